"""What `cartkg add` says to somebody who has never seen the project: what was meant, what is asked for, all at once."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from cartkg import cli
from cartkg.curation import spelling
from cartkg.curation.adding import Added, add
from cartkg.curation.dossier import load
from cartkg.curation.facts import Facts
from cartkg.curation.forms import flow
from cartkg.curation.glossary import near_words
from cartkg.curation.scores import Scales
from cartkg.curation.shelf import Shelf
from cartkg.findings import Finding, Severity
from cartkg.namespaces import BASE, TERM
from cartkg.project import Project

if TYPE_CHECKING:
    from cartkg.curation.lexicon import Lexicon

ROOT = Path(__file__).resolve().parents[1]
FINDING = f"{BASE}finding/alpha-2025-lancet/all/"
STUDY = ROOT / "tests" / "cases" / "dossiers" / "good" / "alpha-2025-lancet.yaml"


def added(project: Project, *changes: tuple[str, str]) -> list[Finding]:
    """Add the example study with changes to its text; each change must change something."""
    text = STUDY.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = project.root / STUDY.name
    path.write_text(text, "utf-8")
    return add([path], project).findings


def line_of(project: Project, words: str) -> int:
    lines = (project.root / STUDY.name).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


@pytest.mark.parametrize(
    ("part", "word", "near"),
    [
        (spelling.MEASURES, "MG ADL", "`MG-ADL`"),
        (spelling.MEASURES, "QMG score", "`QMG`"),
        (spelling.MEASURES, "SLEDAI2K", "`SLEDAI-2K`"),
        (spelling.EVENTS, "upper respiratory infection", "`respiratory tract infection`"),
        (spelling.DISEASES, "myasthenia", "`myasthenia gravis`"),
        (spelling.DRUGS, "cyclophosphamid", "`cyclophosphamide`"),
        (spelling.TARGETS, "CD-19", "`CD19`"),
        (spelling.UNITS, "monhts", "`months`"),
        (spelling.TRIALS, "NCT05859998", "`NCT05859997`"),
    ],
    ids=lambda value: value if isinstance(value, str) and "`" not in value else "",
)
def test_nearest_words_are_named(lexicon: Lexicon, part: spelling.Words, word: str, near: str) -> None:
    message = spelling.unknown(lexicon, part, word)
    question = message.partition("did you mean ")[2].partition("?")[0]
    assert near in question
    assert 1 <= question.count("`") / 2 <= 3
    assert f"add it in data/ttl/shared/{part.file}" in message
    assert "skos:altLabel" in message


def test_number_of_a_new_trial_is_taken_for_no_other(lexicon: Lexicon) -> None:
    assert spelling.meant(lexicon, spelling.TRIALS, "NCT09999999") == ""


def test_word_like_no_other_says_where_the_words_are(lexicon: Lexicon) -> None:
    message = spelling.unknown(lexicon, spelling.MEASURES, "happiness")
    assert "nor anything like it" in message
    assert "data/ttl/shared/criteria.ttl" in message


@pytest.mark.parametrize(
    ("change", "rule", "near"),
    [
        (("criterion: LLDAS", "criterion: LLDSA"), "dossier-unknown-measure", "LLDAS"),
        (
            ("term: cytokine release syndrome, grade", "term: cytokine releas, grade"),
            "dossier-unknown-adverse-event",
            "",
        ),
        (("disease: systemic lupus erythematosus", "disease: systemic lupos"), "dossier-unknown-disease", ""),
        (("drug: fludarabine", "drug: fludarabin"), "dossier-unknown-drug", "fludarabine"),
        (("[CD19]", "[CD91]"), "dossier-unknown-target", "CD19"),
        (("unit: months", "unit: monhts"), "dossier-unknown-unit", "months"),
        (("unit: years", "unit: yeers"), "dossier-unknown-unit", "years"),
        (("unit: mg/m2", "unit: mgg/m2"), "dossier-unknown-unit", "mg/m2"),
        (("unit: CAR T cells per kg", "unit: cels per kg"), "dossier-unknown-unit", "cells per kg"),
    ],
)
def test_every_finding_on_an_unknown_word_asks_what_was_meant(
    empty: Project, change: tuple[str, str], rule: str, near: str
) -> None:
    found = [finding for finding in added(empty, change) if finding.rule == rule]
    assert found
    assert all(f"did you mean `{near}" in finding.message for finding in found)
    assert {finding.line for finding in found} >= {line_of(empty, change[1].partition(",")[0])}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("timepoint: {value: 6, unit: months}", "timepoint: baseline"), "must be a group of fields (value, unit, "),
        (("timepoint: {value: 6, unit: months}", "timepoint: baseline"), "for example `timepoint: {text: baseline}`"),
        (
            ("timepoint: {value: 6, unit: months}", "timepoint: 3 months"),
            "example `timepoint: {value: 3, unit: months}`",
        ),
        (("age: {stat: median, value: 22, range_width: 6, unit: years}", "age: 22"), "`age: {value: 22, unit: years}`"),
        (
            ("  - {drug: fludarabine, dose: 25, unit: mg/m2, source: s1}\n", "    none\n"),
            "[{text: 'none', source: s1}]`",
        ),
        (
            ("n_achieved: 8, n_assessed: 8, source: s1", "n: 8, N: 8, source: s1"),
            "unknown field `N`; did you mean `n_achieved`",
        ),
        (("kind: laboratory, text: normalised", "kind: lab, text: normalised"), "did you mean `laboratory`?"),
        (
            ("stat: median, value: 22,", "stat: medain, value: 22,"),
            "`cohorts[0].age.stat` must be one of: value, median, mean",
        ),
        (("conclusion:", "funding: A fund\nconclusion:"), "for example `funding: {text: A fund, source: s1}`"),
        (("n: 8\n", "n: eight\n"), 'must be a whole number, not "eight"; for example `n: '),
        (("year: 2025", "year:"), "`publication.year` is empty; fill it in with a whole number"),
        (("criterion: LLDAS", "critereon: LLDAS"), "unknown field `critereon`; did you mean `criterion`?"),
        (("kind: case series", "kind: case serie"), "did you mean `case series`"),
        (("  level: whole abstract\n", ""), "lacks `level`"),
        (
            ("readable:\n  level: whole abstract\n  certainty: high\n", ""),
            "needs `readable` or `read_level`; add one of them; for example `read_level: ",
        ),
        (("sources:\n", "sources: []\nnote_s:\n"), "`sources` is an empty list"),
        (("country: Germany", "refractory: [a]"), "must be true or false or a text, not"),
        (
            ("journal: Example Journal", "journal: 7"),
            "must be a text, not 7; put it in quotes; for example `journal: Lancet`",
        ),
        (
            ("year: 2025", "year: 2025\n  pmid: [1]"),
            "must be a text or a whole number, not [1]; for example `pmid: 12345678`",
        ),
    ],
)
def test_finding_on_form_names_the_shape_asked_for(empty: Project, change: tuple[str, str], words: str) -> None:
    messages = [finding.message for finding in added(empty, change)]
    assert [message for message in messages if words in message], messages


def test_examples_are_written_as_in_a_dossier() -> None:
    assert flow({"a": [1, True, "it's"], "b": "on"}) == "{a: [1, true, 'it''s'], b: 'on'}"


def test_faults_of_form_hide_no_unknown_word(empty: Project) -> None:
    """One run names all: form where it stands, words on the rows that are well typed and on those that are not."""
    found = added(
        empty,
        ("n: 8\n", "n: eight\n"),
        ("  kind: case series\n", ""),
        (
            "criterion: DORIS, kind: responder, timepoint: {value: 6, unit: months}, n_achieved",
            "criterion: DORISS, kind: responder, timepoint: baseline, n_achieved",
        ),
        ("criterion: LLDAS, kind", "critereon: LLDAS, kind"),
        ("criterion: C3 and C4", "criterion: C3 or C4"),
        ("drug: fludarabine", "drug: fludarabin"),
        ("n: 9, N: 8, flag: impossible_as_printed", "n: 9, N: 8"),
    )
    rules = [(finding.rule, finding.line) for finding in sorted(found, key=lambda each: each.sort_key)]
    assert rules == [
        ("dossier-required", 2),
        ("dossier-unknown-drug", 25),
        ("dossier-type", 32),
        ("dossier-unknown-measure", 44),
        ("dossier-type", 44),
        ("dossier-unknown-measure", 45),
        ("dossier-type", 45),
        ("dossier-unknown-measure", 48),
        ("dossier-required", 49),
        ("dossier-additionalProperties", 49),
        ("dossier-count-above-n", 52),
    ]


def test_row_behind_one_that_had_to_go_keeps_its_line(empty: Project) -> None:
    found = added(
        empty,
        ("- {cohort: all, criterion: DORIS, kind: responder", "- {cohort: all, kind: responder"),
        ("C3 and C4", "C3 or C4"),
    )
    assert {(f.rule, f.line) for f in found if f.severity is Severity.ERROR} == {
        ("dossier-required", 45),
        ("dossier-required", 46),
        ("dossier-unknown-measure", 49),
    }


def test_cohort_that_had_to_go_is_not_called_unknown(empty: Project) -> None:
    found = added(empty, ("- id: all\n  disease", "- disease"))
    assert {f.rule for f in found if f.severity is Severity.ERROR} == {"dossier-required"}


def test_faults_in_one_dossier_hide_none_in_another_nor_in_a_list(empty: Project) -> None:
    first, second, products = (empty.root / name for name in ("a.yaml", "b.yaml", "products.yaml"))
    text = STUDY.read_text("utf-8")
    first.write_text(text.replace("year: 2025", "year: none"), "utf-8")
    second.write_text(text.replace("alpha-2025", "delta-2025").replace("C3 and C4", "C3 or C4"), "utf-8")
    products.write_text("- {name: X1, targets: [CD91]}\n", "utf-8")
    before = {path: path.read_bytes() for path in empty.data.rglob("*.ttl")}
    report = add([first, second, products], empty)
    errors = {(f.file.name if f.file else "", f.rule) for f in report.findings if f.severity is Severity.ERROR}
    assert errors >= {("a.yaml", "dossier-type"), ("b.yaml", "dossier-unknown-measure")}
    assert any(file == "products.yaml" for file, _ in errors)
    assert {path: path.read_bytes() for path in empty.data.rglob("*.ttl")} == before


def rewritten(project: Project, *changes: tuple[str, str]) -> Added:
    """Add the example study with changes to its text and give the whole report."""
    text = STUDY.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = project.root / STUDY.name
    path.write_text(text, "utf-8")
    return add([path], project)


#: Texts put in before the conclusion, the path that is kept in words only, and why.
KEPT = [
    ("context:\n  text: cost\n  source: s1\n", "context", "nothing that is counted or measured"),
    ("disclosures: {text: two advise the maker, source: s1}\n", "disclosures", "disclosures are texts"),
    ("search: {databases: [PubMed], source: s1}\n", "search.databases[0]", "no term"),
    ("reports_on: [{with: nobody-2020, what: the same, source: s1}]\n", "reports_on[0]", "no dossier of the project"),
    ("overlap: [{with: some other series, what: perhaps, source: s1}]\n", "overlap[0]", "no key of a dossier"),
]


@pytest.mark.parametrize(("part", "path", "why"), KEPT, ids=[path for _, path, _ in KEPT])
def test_fact_kept_in_words_only_is_named_with_line_and_reason(empty: Project, part: str, path: str, why: str) -> None:
    report = rewritten(empty, ("conclusion:", f"{part}conclusion:"))
    found = [finding for finding in report.in_words if f"`{path}`" in finding.message]
    assert [(finding.line, finding.severity) for finding in found] == [(54, Severity.INFO)]
    assert why in found[0].message
    assert not report.refused


def test_result_without_a_cohort_drug_without_a_name_and_unknown_source_of_cells_are_named(empty: Project) -> None:
    report = rewritten(
        empty,
        ("- {cohort: all, criterion: LLDAS", "- {criterion: LLDAS"),
        ("- {drug: mycophenolate mofetil, dose: 2, unit: g/day,", "- {text: supportive care,"),
        ("[rituximab 3/8,", "[sun cream 3/8,"),
        ("cell_source: autologous", "cell_source: of a twin"),
    )
    found = {finding.line: finding.message for finding in report.in_words}
    assert "none of these words: in vivo" in found[22]
    assert "names no cohort" in found[50]
    assert "names no drug" in found[29]
    assert "no drug of data/ttl/shared/drugs.ttl" in found[37]


def test_command_lists_what_it_kept_in_words_and_counts_it(empty: Project) -> None:
    rewritten(
        empty, ("conclusion:", "context: {text: cost, source: s1}\nfunding: {text: a fund, source: s1}\nconclusion:")
    )
    path = empty.root / STUDY.name
    result = CliRunner().invoke(cli.cli, ["--project", str(empty.root), "add", str(path)])
    listed = [line for line in result.stderr.splitlines() if line.endswith("[dossier-in-words]")]
    assert any(line.startswith(f"{path}:54:1: info: `context` is kept in words only") for line in listed)
    assert f"{len(listed)} facts kept in words only; no file had to change" in result.stderr
    quiet = CliRunner().invoke(cli.cli, ["--project", str(empty.root), "add", "--quiet", str(path)])
    assert "dossier-in-words" not in quiet.stderr


def test_new_site_is_warned_of_once_with_those_it_is_like(empty: Project) -> None:
    change = ("  cell_source: autologous\n", "  cell_source: autologous\n  site: Peking Univ. Third Hospital\n")
    found = [each for each in rewritten(empty, change).findings if each.rule == "dossier-new-site"]
    assert [(each.line, each.severity) for each in found] == [(23, Severity.WARNING)]
    assert "did you mean `Peking University Third Hospital, Beijing`" in found[0].message
    assert "https://w3id.org/cartkg/site/peking-univ-third-hospital stays for good" in found[0].message
    assert not [each for each in rewritten(empty, change).findings if each.rule == "dossier-new-site"]


def test_patients_treated_again_are_counted_and_the_stored_question_finds_them(empty: Project) -> None:
    row = "- {cohort: all, criterion: retreatment, kind: event, n_achieved: 1, n_assessed: 8, source: s1}\n"
    assert not rewritten(empty, ("outcomes:\n", f"outcomes:\n{row}")).refused
    store = ox.Store()
    for path in empty.data_files():
        store.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE)
    answer = store.query((ROOT / "queries" / "retreatment.rq").read_text("utf-8"))
    assert isinstance(answer, ox.QuerySolutions)
    rows = [(row["again"].value, row["reached"].value, row["assessed"].value) for row in answer]
    assert rows == [("treated again with CAR T cells", "1", "8")]


LATER = "criterion: SLEDAI-2K, kind: score, timepoint: {value: 6, unit: months}, stat: median, value: 2, source: s1}\n"
BEFORE = "criterion: SLEDAI-2K, kind: score, timepoint: {text: baseline}, stat: median, value: 16, source: s1}\n"


@pytest.mark.parametrize(
    ("before", "later", "direction"),
    [
        (BEFORE, LATER, "supports"),
        (BEFORE, LATER.replace("value: 2", "value: 20"), "refutes"),
        (BEFORE, LATER.replace("value: 2", "value: 16"), "neutral"),
        (BEFORE, LATER.replace("median", "mean"), "neutral"),
        (BEFORE.replace("value: 16", "n_assessed: 8, value: 16"), LATER, "neutral"),
        (BEFORE.replace("SLEDAI-2K", "SLEDAI"), LATER, "neutral"),
        (f"{BEFORE}- {{cohort: all, {BEFORE.replace('value: 16', 'value: 17')}", LATER, "neutral"),
        (BEFORE.replace("SLEDAI-2K", "B-cell count"), LATER.replace("SLEDAI-2K", "B-cell count"), "neutral"),
    ],
    ids=[
        "fell",
        "rose",
        "same",
        "other-statistic",
        "other-patients",
        "other-measure",
        "two-baselines",
        "no-better-end",
    ],
)
def test_later_level_has_a_direction_where_its_baseline_is_plain(
    empty: Project, before: str, later: str, direction: str
) -> None:
    for order in (
        f"- {{cohort: all, {before}- {{cohort: all, {later}",
        f"- {{cohort: all, {later}- {{cohort: all, {before}",
    ):
        assert not rewritten(empty, ("outcomes:\n", f"outcomes:\n{order}")).refused
        facts = Shelf.of(empty).facts("alpha-2025-lancet")
        found = {
            claim.one(f"{TERM}direction")
            for claim in facts
            if "/6mo/" in claim.iri and re.search("claim/.*/(sledai-2k|b-cell-count)/", claim.iri)
        }
        assert found == {f"{TERM}{direction}"}


def test_what_the_reader_looked_for_in_vain_is_an_absence(empty: Project) -> None:
    report = rewritten(empty, ("conclusion:", "not_found: [number of infections]\nconclusion:"))
    assert [finding for finding in report.in_words if "not_found" in finding.message] == []
    absence = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{BASE}absence/alpha-2025-lancet/not-found-1"]
    assert absence.one(f"{TERM}absenceKind") == f"{TERM}searchedNotFound"
    assert absence.one(f"{TERM}claimText") == "number of infections"
    assert absence.one(f"{TERM}dossierRow") == "alpha-2025-lancet not_found[0]"


def test_numbers_of_a_citation_need_no_quotes(empty: Project) -> None:
    more = "year: 2025\n  volume: 407\n  issue: 2\n  pages: 141\n  pmid: 12345678"
    assert not rewritten(empty, ("year: 2025", more)).refused
    publication = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{BASE}publication/alpha-2025-lancet"]
    said = [publication.one(TERM + name) for name in ("volume", "issue", "pages", "pmid")]
    assert said == ["407", "2", "141", "12345678"]


def test_autoantibodies_are_counted_where_a_number_is_told(empty: Project) -> None:
    told = "[anti-dsDNA in 7, anti-acetylcholine receptor 2/6, anti-SRP, anti-nothing 1/8]"
    report = rewritten(empty, ("country: Germany", f"country: Germany\n  autoantibodies: {told}"))
    names = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    assert f"{FINDING}anti-dsdna/baseline/7-of-8" in names
    assert f"{FINDING}anti-achr/baseline/2-of-6" in names
    assert f"{FINDING}anti-srp/baseline/present" in names
    assert [f.message for f in report.in_words if "cohorts" in f.message] == [
        "`cohorts[0].autoantibodies[3]` is kept in words only: no autoantibody of data/ttl/shared/criteria.ttl is in it"
    ]


def test_part_by_a_name_that_is_plainly_meant_is_looked_at_too(empty: Project) -> None:
    found = added(
        empty, ("adverse_events:", "adverse events:"), ("cytokine release syndrome, grade", "cytokine storms, grade")
    )
    assert {(f.rule, f.line) for f in found if f.severity is Severity.ERROR} == {
        ("dossier-additionalProperties", 51),
        ("dossier-unknown-adverse-event", 52),
    }


def test_sources_in_a_wrong_form_are_one_finding(empty: Project) -> None:
    text = STUDY.read_text("utf-8")
    sources = text[text.index("sources:") : text.index("therapy:")]
    found = added(empty, (sources, "sources: {s1: abstract}\n"))
    assert [(f.rule, f.line) for f in found if f.severity is Severity.ERROR] == [("dossier-type", 12)]


def test_that_nothing_was_given_is_more_than_words(empty: Project) -> None:
    row = "  - {drug: fludarabine, dose: 25, unit: mg/m2, source: s1}\n"
    report = rewritten(empty, (row, "  - {text: none, source: s1}\n"))
    assert (report.refused, [f for f in report.in_words if "regimen" in f.message]) == (False, [])
    regimen = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{BASE}regimen/alpha-2025-lancet"]
    assert regimen.one(f"{TERM}noLymphodepletion") == "true"


def test_sides_of_a_conflict_may_be_numbers(empty: Project) -> None:
    report = rewritten(empty, ("mine: median 22, theirs: median 23", "mine: 22, theirs: 23.5"))
    assert not report.refused
    conflicts = [s for s in Shelf.of(empty).facts("alpha-2025-lancet") if "/conflict/" in s.iri]
    assert [(s.one(f"{TERM}firstSide"), s.one(f"{TERM}secondSide")) for s in conflicts] == [("22", "23.5")]


@pytest.mark.parametrize(
    ("change", "line", "hint"),
    [
        (("title: CD19 CAR", "title: CD19: CAR"), 3, "put a text that holds a colon in quotes"),
        (("  journal:", "\tjournal:"), 5, "use spaces, no tabs"),
        (("[CD19]", "[CD19"), 22, "close the bracket"),
        (("title: CD19 CAR T cells", "title: 'CD19' CAR T cells"), 3, "in quotes of the other kind"),
    ],
)
def test_file_that_is_no_yaml_is_a_finding_with_a_hint_and_hides_no_other_file(
    empty: Project, change: tuple[str, str], line: int, hint: str
) -> None:
    other = empty.root / "other.yaml"
    other.write_text(STUDY.read_text("utf-8").replace("C3 and C4", "C3 or C4"), "utf-8")
    path = empty.root / STUDY.name
    path.write_text(STUDY.read_text("utf-8").replace(*change), "utf-8")
    found = {(f.file, f.rule): f for f in add([path, other], empty).findings if f.severity is Severity.ERROR}
    assert set(found) == {(path, "dossier-unreadable"), (other, "dossier-unknown-measure")}
    broken = found[(path, "dossier-unreadable")]
    assert (broken.line, hint in broken.message) == (line, True), broken.message


def test_yaml_is_read_with_the_place_of_each_value(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "a: {x: 1, y: no}\nc:\n  <<: {x: 1, y: no}\n  y: 2026-01-12\nd:\n- !own 5\n- 1e3\n? [k]\n: ~\n", "utf-8"
    )
    root = load(path)
    assert root.value == {
        "a": {"x": 1, "y": "no"},
        "c": {"y": "2026-01-12", "x": 1},
        "d": ["5", 1000.0],
        "['k']": None,
    }
    places = {name: (place.line, place.column) for name, place in root.places.items()}
    assert places | {"c.x": (3, 8), "c.y": (4, 3), "d": (5, 1), "d[0]": (6, 3), "d[1]": (7, 3)} == places


#: Values that people put in the wrong place; drawn at random, with a seed, for random places of the example study.
ODD: tuple[object, ...] = (
    None,
    5,
    -3,
    2.5,
    "x",
    "s9",
    "baseline",
    [],
    {},
    True,
    [1],
    {"a": 1},
    [{"source": "s1"}],
    [None],
    "3 months",
)


def places_of(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Give the path of every value of a dossier."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, each in below for found in places_of(each, (*path, name)))]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_stands_wherever_there_is_a_finding_and_no_traceback(empty: Project, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # places, no secrets
    reader = YAML(typ="safe", pure=True)
    dossier = reader.load(STUDY.read_text("utf-8"))
    for _ in range(draw.randint(1, 4)):
        *steps, last = draw.choice(places_of(dossier)[1:])
        node = dossier
        for step in steps:
            node = node[step]
        node[last] = draw.choice(ODD)
    path = empty.root / STUDY.name
    with path.open("w", encoding="utf-8") as stream:
        YAML().dump(dossier, stream)
    report = add([path], empty)
    assert report.refused is not bool(report.written)
    assert all(finding.line >= 1 and finding.column >= 1 for finding in (*report.findings, *report.in_words))


@pytest.mark.parametrize(
    ("site", "near"),
    [
        ("University Hospital of Padua", ""),
        ("Medical Center of the University of Ulm, Germany", ""),
        ("University Hospital", ""),
        ("Univ. Hospital of Erlangen", "Erlangen"),
        ("Heidelberg University Hospital", "Heidelberg"),
        ("Changhai Hosp., Shanghai", "Changhai"),
    ],
)
def test_sites_are_near_by_the_words_that_tell_them_apart(lexicon: Lexicon, site: str, near: str) -> None:
    asked = spelling.meant(lexicon, spelling.SITES, site)
    assert (near in asked) is True
    assert bool(asked) is bool(near)


def test_site_like_no_other_is_said_to_be_so(empty: Project) -> None:
    change = ("  cell_source: autologous\n", "  cell_source: autologous\n  site: University Hospital of Padua\n")
    found = [each.message for each in rewritten(empty, change).findings if each.rule == "dossier-new-site"]
    assert "no site known there is like it" in found[0]


def test_trial_known_by_its_number_is_not_offered_for_itself_nor_kept_back_by_faults_of_form(empty: Project) -> None:
    """The number that was typed is never what was perhaps meant; each run names it, also one that fails."""
    trial = ("year: 2025", "year: 2025\n  trial_ids: [NCT09999999]")
    told = [
        [each for each in added(empty, *changes) if each.rule == "dossier-unknown-trial"]
        for changes in ((trial,), (trial,), (trial, ("n: 8\n", "n: eight\n")))
    ]
    assert [[each.line for each in found] for found in told] == [[7], [7], [7]]
    assert all("did you mean" not in each.message for found in told for each in found)
    assert "it is known, and stays, with its number only" in told[1][0].message
    assert "kept with its number only" in told[0][0].message


EVENTS = "- {cohort: all, term: infection, value: 2, source: s1}\n"


def test_number_of_a_harm_without_a_unit_counts_events_and_the_check_is_content(empty: Project) -> None:
    """Two infections may be two patients or one: the number stands with its unit, and no patients are made of it."""
    report = rewritten(empty, ("adverse_events:\n", f"adverse_events:\n{EVENTS}"))
    assert not report.refused
    told = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{FINDING}infection/time-not-reported/2"]
    assert (told.one(f"{TERM}value"), told.one(f"{TERM}unit")) == ("2.0", f"{BASE}unit/events")
    assert told.one(f"{TERM}numerator") is None
    assert "infection: 2 events" in (told.one("http://www.w3.org/2000/01/rdf-schema#label") or "")
    store = ox.Store()
    for path in empty.data_files():
        store.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE)
    for check in ("value-without-unit", "value-outside-score-range", "share-without-number-assessed"):
        answer = store.query((ROOT / "queries" / "checks" / f"{check}-violation.rq").read_text("utf-8"))
        assert isinstance(answer, ox.QuerySolutions)
        assert [row["message"].value for row in answer] == []


@pytest.mark.parametrize("unit", ["events", "event", "number of events"])
def test_events_are_a_unit_that_can_be_written(empty: Project, unit: str) -> None:
    row = EVENTS.replace("value: 2", f"value: 2, unit: {unit}")
    assert not rewritten(empty, ("adverse_events:\n", f"adverse_events:\n{row}")).refused


def test_events_per_time_are_no_number_of_events(empty: Project) -> None:
    row = EVENTS.replace("value: 2", "value: 2, unit: events per 100 patient-years")
    found = added(empty, ("adverse_events:\n", f"adverse_events:\n{row}"))
    assert [each.rule for each in found if each.severity is Severity.ERROR] == ["dossier-unknown-unit"]


@pytest.mark.parametrize(("given", "whole"), [("all", True), ("eight people", False), ("[all]", False)])
def test_subgroup_is_told_to_leave_out_from_how_many_it_was_chosen(empty: Project, given: str, whole: bool) -> None:  # noqa: FBT001
    """Whoever obeys writes no number of a source population that nobody told."""
    row = f"- id: kidneys\n  disease: systemic lupus erythematosus\n  n: 3\n  of: {given}\n  source: s1\n"
    found = [each for each in added(empty, ("outcomes:\n", f"{row}outcomes:\n")) if each.severity is Severity.ERROR]
    assert [(each.rule, each.line) for each in found] == [("dossier-type", line_of(empty, "  of: "))]
    assert "a cohort is part of `all` by itself: leave `of` out, unless the source tells" in found[0].message
    assert "for example" not in found[0].message
    assert ("`all` is a cohort of this dossier, and `of` names none" in found[0].message) is whole


@pytest.mark.parametrize(("of", "count"), [(8, 1), (20, 0)])
def test_subgroup_chosen_from_all_is_told_that_it_is_a_part_anyway(empty: Project, of: int, count: int) -> None:
    row = f"- id: kidneys\n  disease: systemic lupus erythematosus\n  n: 3\n  of: {of}\n  source: s1\n"
    found = [each for each in added(empty, ("outcomes:\n", f"{row}outcomes:\n")) if each.rule == "dossier-of-is-all"]
    assert [(each.line, each.severity) for each in found] == [(line_of(empty, "  of: "), Severity.WARNING)] * count


def test_subgroup_without_of_is_a_part_of_all(empty: Project) -> None:
    row = "- id: kidneys\n  disease: systemic lupus erythematosus\n  subtype: with nephritis\n  n: 3\n  source: s1\n"
    assert not rewritten(empty, ("outcomes:\n", f"{row}outcomes:\n")).refused
    subjects = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    part = subjects[f"{BASE}cohort/alpha-2025-lancet/kidneys"]
    assert part.texts(f"{TERM}partOfCohort") == [f"{BASE}cohort/alpha-2025-lancet/all"]
    assert not [name for name in subjects if "source-population" in name]


@pytest.fixture
def defined(empty: Project) -> Project:
    """The same, with the papers that define two scores."""
    for key in ("rider-2010-acr-mmt8", "gladman-2002-jrheum-sledai2k"):
        shutil.copy(ROOT / "data" / "ttl" / f"{key}.ttl", empty.data / f"{key}.ttl")
    return empty


MMT = "- {cohort: all, criterion: MMT8, kind: score, timepoint: {value: 6, unit: months}, value: 146, source: s1}\n"


def test_score_outside_its_range_is_found_at_its_line_with_the_form_that_fits(defined: Project) -> None:
    before = {path: path.read_bytes() for path in defined.data.rglob("*.ttl")}
    found = [each for each in added(defined, ("outcomes:\n", f"outcomes:\n{MMT}")) if each.severity is Severity.ERROR]
    assert [(each.rule, each.line) for each in found] == [
        ("dossier-value-outside-range", line_of(defined, "criterion: MMT8"))
    ]
    assert "146 cannot be: `MMT8` runs from 0 to 80; did you mean `MMT8 bilateral` (from 0 to 150)?" in found[0].message
    assert {path: path.read_bytes() for path in defined.data.rglob("*.ttl")} == before


@pytest.mark.parametrize(
    "row",
    [
        MMT.replace("MMT8", "MMT8 bilateral"),
        MMT.replace("146", "80"),
        MMT.replace("value: 146", "value: 146, unit: percent"),
        MMT.replace("kind: score", "kind: change").replace("146", "-62"),
        MMT.replace("MMT8", "EUSTAR AI"),
    ],
    ids=["other-form", "highest", "percent", "change", "no-range-known"],
)
def test_score_within_its_range_is_no_finding(defined: Project, row: str) -> None:
    assert not rewritten(defined, ("outcomes:\n", f"outcomes:\n{row}")).refused


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("outcomes:\n", "outcomes:\n" + MMT.replace("kind: score", "kind: change").replace("146", "-92"), "-92 cannot"),
        ("outcomes:\n", "outcomes:\n" + MMT.replace("value: 146", "baseline: 90, value: 70"), "baseline: 90"),
        ("country: Germany", "country: Germany\n  baseline_SLEDAI_2K: {value: 106, unit: points}", "value: 106"),
    ],
    ids=["change", "baseline", "cohort"],
)
def test_every_number_of_a_score_is_held_against_its_range(defined: Project, old: str, new: str, words: str) -> None:
    found = [each for each in added(defined, (old, new)) if each.rule == "dossier-value-outside-range"]
    assert len(found) == 1
    assert found[0].line == line_of(defined, words.removesuffix(" cannot"))


def test_faults_of_form_hide_no_score_outside_its_range(defined: Project) -> None:
    found = added(defined, ("outcomes:\n", f"outcomes:\n{MMT}"), ("n: 8\n", "n: eight\n"))
    assert {each.rule for each in found if each.severity is Severity.ERROR} == {
        "dossier-type",
        "dossier-value-outside-range",
    }


def test_range_of_every_score_that_has_one_is_read(lexicon: Lexicon) -> None:
    scales = Scales(lexicon, Shelf.of(Project(ROOT, ROOT / ".cartkg")).facts)
    assert len(lexicon.ranges) > 10
    assert [measure for measure in lexicon.ranges if scales.of(measure) is None] == []


def test_score_printed_so_stays_with_a_conflict_that_joins_it(defined: Project) -> None:
    conflict = (
        "- {about: muscle strength, mine: 146 in the table, theirs: 80 at most in the methods, kind: misprint, "
        "joins: [alpha-2025-lancet outcomes[0]]}\n"
    )
    row = MMT.replace("{value: 6, unit: months}", "{text: baseline}")
    for changes in (
        [],
        [("conflicts:\n", f"conflicts:\n{conflict}".replace("[alpha", "['alpha").replace("]]}", "]']}"))],
    ):
        report = rewritten(defined, ("outcomes:\n", f"outcomes:\n{row}"), *changes)
        assert report.refused is not bool(changes), [each.message for each in report.findings]


PART = "- {{id: {0}, disease: {1}, n: {2}, source: s1}}\n"


@pytest.mark.parametrize(("second", "count"), [(3, 1), (4, 1), (2, 0)])
def test_parts_by_disease_that_are_more_than_their_whole_are_warned_of(empty: Project, second: int, count: int) -> None:
    parts = PART.format("a", "myasthenia gravis", 6) + PART.format("b", "multiple sclerosis", second)
    disease = ("  disease: systemic lupus erythematosus\n", "")
    found = added(empty, ("outcomes:\n", f"{parts}outcomes:\n"), disease)
    told = [each for each in found if each.rule == "dossier-parts-above-whole"]
    assert [(each.line, each.severity) for each in told] == [(line_of(empty, "  n: 8"), Severity.WARNING)] * count
    assert all(f"6 of `a` + {second} of `b` are more than the 8 of `all`" in each.message for each in told)


def listed(text: str) -> list[str]:
    result = CliRunner().invoke(cli.cli, ["--project", str(ROOT), "add", "--words", text])
    assert result.exit_code == 0
    return result.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("mmt8", "measure", "MMT8"),
        ("mmt8", "measure", "MMT8 bilateral"),
        ("cytokine", "adverse event", "cytokine release syndrome"),
        ("myasthenia", "disease", "myasthenia gravis"),
        ("CD 19", "target", "CD19"),
        ("fludarabin", "drug", "fludarabine"),
        ("mg/m²", "unit", "mg/m2"),
        ("events", "unit", "events"),
        ("erlangen", "site", "Universitätsklinikum Erlangen"),
        ("refractory lupus nephritis", "trial", "NCT05938725"),
        ("medain", "statistic", "median"),
    ],
)
def test_words_near_a_text_are_listed_by_kind_as_they_are_written(text: str, kind: str, word: str) -> None:
    lines = listed(text)
    heads = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    start = next(number for number in heads if lines[number].startswith(f"{kind} ("))
    end = min((number for number in heads if number > start), default=len(lines))
    assert word in [re.split(r"   \(", line.strip())[0] for line in lines[start + 1 : end]]


def test_scores_are_listed_with_their_range() -> None:
    told = "\n".join(listed("MMT8"))
    assert "  MMT8   (from 0 to 80 points;" in told
    assert "  MMT8 bilateral   (from 0 to 150 points;" in told


def test_nothing_near_is_said_and_each_listed_word_can_be_written(lexicon: Lexicon) -> None:
    assert [line[:22] for line in listed("zzzqqq")] == ["no word is near `zzzqq"]
    for near in near_words("lupus", lexicon, Scales(lexicon, lambda _: Facts())):
        kind = next(part.kind for part in spelling.PARTS if near.kind.startswith(f"{part.what} ("))
        assert all(lexicon.find(kind, word) for word in (near.word, *near.others))


def test_unknown_word_names_the_command_that_lists_more(lexicon: Lexicon) -> None:
    told = spelling.unknown(lexicon, spelling.MEASURES, "MG strength's")
    assert told.endswith("More words: cartkg add --words 'MG strength'\"'\"'s'")


def test_statistics_listed_are_those_of_the_schema() -> None:
    assert set(outcome_stats()) >= {"median", "mean", "pooled mean", "hazard ratio"}
    lines = listed("m")
    for line in lines[lines.index("statistic (for `stat`)") + 1 :]:
        assert line.strip() in outcome_stats()


def outcome_stats() -> list[str]:
    schema = json.loads((ROOT / "src" / "cartkg" / "curation" / "dossier.schema.json").read_text("utf-8"))
    return [str(each) for each in schema["$defs"]["outcome"]["properties"]["stat"]["enum"]]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("country: Germany", "site: a ward in Bonn"), "cohorts[0].site"),
        (("country: Germany", "design: open label, one arm"), "cohorts[0].design"),
        (("country: Germany", "enrolment_window: May 2023 to June 2024"), "cohorts[0].enrolment_window"),
        (("  cell_source: autologous\n", "  cell_source: autologous\n  n: 8\n"), "therapy.n"),
        (
            ("start: 35 days after infusion", "text: stopped before leukapheresis"),
            "regimen.concomitant_or_post[0].text",
        ),
        (("start: 35 days after infusion", "start: when cells were back"), "regimen.concomitant_or_post[0].start"),
        (("unit: years}", "unit: years, text: of those seen}"), "cohorts[0].age.text"),
        (("text: normalised", "text: 'much nearer to what is normal; not in all'"), "outcomes[4].text"),
    ],
)
def test_text_beside_data_is_named_as_words_only(empty: Project, change: tuple[str, str], path: str) -> None:
    report = rewritten(empty, change)
    assert not report.refused
    found = {each.message.split("`")[1]: each.line for each in report.in_words}
    assert found[path] == line_of(empty, change[1].strip().splitlines()[-1].strip())


@pytest.mark.parametrize(
    "change",
    [
        ("dose: 25, unit: mg/m2,", "dose: 25, unit: mg/m2, schedule: 'days -5, -4',"),
        ("age: {stat", "follow_up: {longest: 29 months}\n  age: {stat"),
        ("  cell_source: autologous\n", "  cell_source: autologous\n  cell_type: T\n"),
        ("text: normalised", "text: 81%"),
    ],
)
def test_text_that_was_read_is_no_words_only(empty: Project, change: tuple[str, str]) -> None:
    before = [each.message for each in rewritten(empty).in_words]
    assert [each.message for each in rewritten(empty, change).in_words] == before


def test_single_patient_beside_a_subgroup_is_part_of_all(empty: Project) -> None:
    group = "- {id: kidneys, disease: systemic lupus erythematosus, subtype: with nephritis, n: 3, source: s1}\n"
    patient = "patients:\n- {id: p1, sex: female, source: s1}\n"
    assert not rewritten(empty, ("outcomes:\n", f"{group}{patient}outcomes:\n")).refused
    told = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{BASE}cohort/alpha-2025-lancet/p1"]
    assert told.texts(f"{TERM}partOfCohort") == [f"{BASE}cohort/alpha-2025-lancet/all"]
    assert told.values[f"{TERM}hasDisease"]
