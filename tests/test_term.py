"""`cartkg term add`: one word more in its list and in the file that the list becomes, or all that is wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cartkg.cli import cli
from cartkg.compile.lists.additions import KINDS
from cartkg.dossier.terms import LISTS, Vocabulary
from cartkg.project import find

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project with the lists, the prefixes and the compiled lists of this one."""
    for part in ("data/vocabulary", "data/ttl/shared"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for file in ("data/trials.yaml", "data/products.yaml", "ontology/cartkg.ttl", "ontology/prefixes.ttl"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def run(project: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--project", str(project), "term", "add", *words])


def state(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_a_measure_is_added_to_its_list_and_to_the_graph(project: Path) -> None:
    before = state(project)
    words = ["--label", "Example Score", "--kind", "score", "--better", "lower", "--synonym", "EXS"]
    done = run(project, "measure", "example-score", *words, "--broader", "disease-activity", "--close", "NCIT:C120626")
    assert done.exit_code == 0, done.output
    entry = (
        "- id: example-score\n  label: Example Score\n  kind: score\n  better: lower\n  synonyms: [EXS]\n"
        "  broader: [disease-activity]\n  close: ['NCIT:C120626']\n"
    )
    assert done.stdout.startswith(entry)
    path = project / "data" / LISTS["measure"].file
    old = before[path].decode()
    new = path.read_text("utf-8")
    assert new.replace(entry, "") == old
    found = Vocabulary.read(find(project)).get("measure", "example-score")
    assert found is not None
    assert (found.better, found.names) == ("lower", ("EXS",))
    turtle = (project / "data/ttl/shared/criteria.ttl").read_text("utf-8")
    assert "criterion:example-score\n    a cartkg:ScoreMeasure ;" in turtle
    changed = {path.name for path, data in state(project).items() if before.get(path) != data}
    assert changed == {"measures.yaml", "criteria.ttl"}


@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (
            ["measure", "essdai", "--label", "SLEDAI", "--kind", "scor", "--better", "low", "--match", "NCIT:C1",
             "--broader", "sledaii"],
            ["the id `essdai` occurs twice", "`SLEDAI` is also a name of", 'cannot be "scor"; did you mean `score`',
             'cannot be "low"; did you mean `lower`', "NCIT:C1 is not verified", "unknown measure `sledaii`"],
        ),
        (["measure", "new-one", "--label", "New one"], ["needs the field `better`", "needs the field `kind`"]),
        (["drug", "new-drug", "--label", "new drug", "--better", "lower"], ["unknown field `better`"]),
        (["drug", "new-drug", "--label", "new drug", "--match", "CHEBI:4027"], ["exactly `cyclophosphamide`"]),
        (["disease", "MONDO:9999999", "--label", "x disease"], ["MONDO:9999999 is not verified"]),
        (["site", "New Site", "--label", "New Site"], ["has the wrong form"]),
        (["site", "new-site", "--label", "New Site", "--country", "Germany"], ["has the wrong form"]),
        (["unit", "decade", "--label", "decade", "--kind", "time", "--days", "many"], ["must be a number"]),
        (["unit", "decade", "--label", "decade", "--kind", "time"], ["needs `days_per_unit`"]),
    ],
)  # fmt: skip
def test_a_word_that_is_wrong_is_refused_with_all_its_faults(
    project: Path, words: list[str], messages: list[str]
) -> None:
    before = state(project)
    done = run(project, *words)
    assert done.exit_code == 1
    assert [message for message in messages if message not in done.stderr] == []
    assert "nothing written" in done.stderr
    assert state(project) == before


def test_an_unknown_kind_or_option_is_a_wrong_call(project: Path) -> None:
    for words in (
        ["trial", "nct00000001", "--label", "x"],
        ["drug", "x", "--label", "x", "--town", "y"],
        ["drug", "x"],
    ):
        assert run(project, *words).exit_code == 2


def test_a_dry_run_shows_the_entry_and_writes_nothing(project: Path) -> None:
    before = state(project)
    done = run(project, "drug", "examplumab", "--label", "examplumab", "--dry-run")
    assert (done.exit_code, done.stdout) == (0, "- id: examplumab\n  label: examplumab\n  kind: drug\n")
    assert state(project) == before


@pytest.mark.whole
def test_lists_that_are_wrong_already_take_no_word(project: Path) -> None:
    path = project / "data/vocabulary/drugs.yaml"
    path.write_text(path.read_text("utf-8") + "- id: zz\n", "utf-8")
    done = run(project, "site", "new-site", "--label", "New Site")
    assert done.exit_code == 1
    assert "already contain 2 errors" in done.stderr


def test_the_words_of_each_kind_are_listed() -> None:
    done = CliRunner().invoke(cli, ["term", "add", "--help-kinds"])
    assert done.exit_code == 0
    assert "measure: patient-reported" in done.stdout
    assert "event: infection" in done.stdout


def test_every_vocabulary_can_be_added_to() -> None:
    assert set(KINDS) == {kind for kind in LISTS if kind not in ("trial", "product")}
