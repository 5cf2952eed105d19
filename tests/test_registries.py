"""Exports of trial registers: what they would change is listed, accepted by a person, and history stays."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from click.testing import CliRunner

from cartkg.cli import cli
from cartkg.dossier.reading import read_bytes, read_document
from cartkg.literature.registries.country_names import country_code
from cartkg.literature.registries.posted_results import MOST, result_lines
from cartkg.literature.registries.proposal import Proposals, compare_trials, write_proposals
from cartkg.literature.registries.recognition import REGISTERS, read_register

if TYPE_CHECKING:
    from cartkg.dossier.node import Node
    from cartkg.project import Project

CASES = Path(__file__).parent / "cases" / "registers"
NAMES = {
    "study-2024.json": "ClinicalTrials.gov",
    "study-2025.json": "ClinicalTrials.gov",
    "studies.json": "ClinicalTrials.gov",
    "study-with-results.json": "ClinicalTrials.gov",
    "ictrp.xml": "WHO ICTRP",
    "ctis.json": "CTIS",
}
STORED = """trials:
- id: nct04146051
  number: NCT04146051
  phase: phase-2
  title: Descartes-08 CAR-T Cells in Generalized Myasthenia Gravis (MG)
  status:
  - {id: s1, status: recruiting, date: '2023-05-19', note: as seen}
  enrolment:
  - {id: n1, n: 36, kind: actual}
  dates:
  - {id: d1, what: start, date: '2019-12-04', kind: actual}
"""


def stored(text: str = STORED) -> Node:
    document = read_bytes(text.encode(), Path("trials.yaml"))
    assert document.diagnostics == ()
    return document.root


def compared(name: str, text: str = STORED) -> Proposals:
    export = read_register((CASES / name).read_bytes(), Path(name))
    return compare_trials(export.trials, stored(text), Path(name))


def changes(name: str, text: str = STORED) -> dict[str, tuple[str, str]]:
    (trial,) = compared(name, text).trials
    return {change.field: (change.stored, change.found) for change in trial.changes}


def run(project: Project, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["--project", str(project.root), *arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize("name", NAMES)
def test_a_register_is_known_by_the_content(name: str) -> None:
    export = read_register((CASES / name).read_bytes(), Path("export"))
    assert export.name == NAMES[name]
    assert {each.name for each in REGISTERS} == set(NAMES.values())


def test_what_differs_is_listed_and_what_is_the_same_is_not() -> None:
    found = changes("study-2025.json")
    assert found["status"] == ("recruiting (2023-05-19)", "completed (2025-11-10)")
    assert found["dates"] == ("", "registered 2019-10-29 (actual); completion 2025-09-30 (actual)")
    assert set(found) == {
        "status", "dates", "eligibility", "conditions", "arms", "primary_outcomes", "other_numbers", "countries",
        "places",
    }  # fmt: skip


def test_history_is_kept_behind_what_stands_now() -> None:
    (trial,) = compared("study-2025.json").trials
    (status,) = [change.value for change in trial.changes if change.field == "status"]
    assert status == [
        {"id": "s2", "status": "completed", "date": "2025-11-10", "page": "r1"},
        {"id": "s1", "status": "recruiting", "date": "2023-05-19", "note": "as seen"},
    ]


def test_an_older_record_changes_nothing_that_stands() -> None:
    later = STORED.replace("2023-05-19", "2025-01-01").replace(
        "kind: actual}\n  dates", "kind: actual, date: '2025'}\n  dates"
    )
    (trial,) = compared("study-2024.json", later).trials
    found = {change.field: change for change in trial.changes}
    assert found["status"].found == "active-not-recruiting (2024-06-03), an older record"
    assert found["status"].value is found["enrolment"].value is None


def test_not_recruiting_does_not_contradict_completed() -> None:
    assert "status" in changes("ictrp.xml")
    assert "status" not in changes("ictrp.xml", STORED.replace("recruiting", "completed"))
    assert "enrolment" not in changes("ictrp.xml"), "36 planned says less than 36 actual"


def test_trials_are_matched_by_any_of_their_numbers() -> None:
    other = "trials:\n- {id: nct06799247, number: NCT06799247, phase: phase-3, other_numbers: ['2024-520355-25']}\n"
    (trial,) = compared("ctis.json", other).trials
    assert (trial.id, trial.is_new) == ("nct06799247", False)
    (unknown,) = compared("ctis.json").trials
    assert (unknown.id, unknown.is_new) == ("2024-520355-25-00", True)


def test_every_record_is_accounted_for() -> None:
    export = read_register((CASES / "studies.json").read_bytes(), Path("e"))
    assert [each.number for each in export.trials] == ["NCT04146051", "NCT06799247"]
    assert [each.rule for each in export.diagnostics] == ["record-twice"]
    data = (CASES / "ctis.json").read_bytes()
    assert [each.rule for each in read_register(data, Path("e")).diagnostics] == ["record-foreign"]
    unknown = read_register(data.replace(b"Ongoing, recruiting", b"8"), Path("e"))
    assert [each.rule for each in unknown.diagnostics] == ["record-foreign", "register-status"] or [
        each.rule for each in unknown.diagnostics
    ] == ["register-status", "record-foreign"]
    assert unknown.trials[0].status == ""
    cut = (CASES / "studies.json").read_bytes()
    cut = cut[: cut.index(b"Another sample")]
    export = read_register(cut, Path("e"))
    assert [each.number for each in export.trials] == ["NCT04146051"]
    assert "record-truncated" in {each.rule for each in export.diagnostics}


@pytest.mark.parametrize(
    "data",
    [b"", b"words", b"{}", b'{"protocolSection": 3}', b'{"ctNumber": [[]]}', b'{"studies": [{"protocolSection": []}]}',
     b"<Trials_downloaded_by_XML/>", b"<Trials_downloaded_by_XML><Trial/></Trials_downloaded_by_XML>",
     b'<!DOCTYPE Trials_downloaded_by_XML [<!ENTITY a "b">]><Trials_downloaded_by_XML>&a;</Trials_downloaded_by_XML>'],
)  # fmt: skip
def test_bad_exports_end_with_a_line_or_nothing(data: bytes) -> None:
    export = read_register(data, Path("e"))
    assert export.trials == ()
    assert export.diagnostics or data == b"<Trials_downloaded_by_XML/>"


@pytest.mark.whole
def test_changes_are_accepted_with_add_and_then_agree(tmp_project: Project, tmp_path: Path) -> None:
    home = tmp_project.root / "data" / "trials.yaml"
    before = home.read_bytes()
    for name in ("study-2024.json", "study-2025.json"):
        output = tmp_path / f"{name}.yaml"
        code, said = run(tmp_project, "registry", str(CASES / name), "--output", str(output))
        assert (code, home.read_bytes()) == (0, before), said
        code, said = run(tmp_project, "registry", str(CASES / name), "--output", str(output))
        assert code != 0, "a file that is there is never overwritten"
        code, said = run(tmp_project, "add", str(output))
        assert (code, home.read_bytes()) == (1, before), "nothing is stated that no one has confirmed"
        assert "error list-unconfirmed: confirm the trial" in said
        output.write_text(output.read_text("utf-8").replace("  unconfirmed: true\n", ""), "utf-8")
        code, said = run(tmp_project, "add", str(output))
        assert code == 0, said
        before = home.read_bytes()
    code, said = run(tmp_project, "registry", str(CASES / "study-2025.json"))
    assert "1 trials: 0 changed, 0 new, 1 as stored, 1 of them in other words or older" in said
    (entry,) = [each for each in read_document(home).children("trials") if each.text("id") == "nct04146051"]
    history = [(each.text("status"), each.text("date")) for each in entry.children("status")]
    assert history == [
        ("completed", "2025-11-10"),
        ("active-not-recruiting", "2024-06-03"),
        ("recruiting", "2023-05-19"),
    ]


def test_changes_are_written_as_json_and_csv(tmp_project: Project) -> None:
    code, said = run(tmp_project, "registry", str(CASES / "ictrp.xml"), "--format", "json")
    assert code == 0
    rows = json.loads(said[: said.rindex("]") + 1])
    assert rows[0] == {
        "trial": "nct04146051", "field": "status", "stored": "recruiting (2023-05-19)",
        "found": "not-recruiting (2025-11-10)", "record": "2025-11-10",
    }  # fmt: skip
    code, said = run(tmp_project, "registry", str(CASES / "ctis.json"), "--format", "csv", "--known")
    assert next(csv.reader(StringIO(said))) == ["trial", "field", "stored", "found", "record"]


RESULTS = "study-with-results.json"
DLT = "Dose-limiting toxicity [28 days]"


def test_arms_outcomes_places_and_eligibility_are_proposed_where_nothing_is_stored() -> None:
    (trial,) = compared(RESULTS).trials
    assert trial.is_new
    found = {change.field: change.value for change in trial.changes}
    assert found["arms"] == [
        "Low dose (experimental; Biological: sample cells; Drug: fludarabine)",
        "Standard care (active comparator)",
    ]
    assert found["primary_outcomes"] == [DLT]
    assert found["secondary_outcomes"] == ["SRI-4 [24 weeks]", "B cells"]
    assert found["countries"] == ["DE", "TR", "HK"]
    assert found["places"] == (
        "First site, Berlin, Germany; Second site, Ankara, Turkey (T\u00fcrkiye); "
        "Third site, Hong Kong, Hong Kong; X, Atlantis"
    )
    assert found["eligibility"] == {"min_age": 18, "max_age": 65, "sex": "all", "page": "r1"}
    (posted,) = [each for each in cast("list[dict[str, str]]", found["dates"]) if each["what"] == "results-posted"]
    assert (posted["date"], posted["kind"]) == ("2026-03-04", "actual")


def test_what_is_stored_in_other_words_is_listed_and_never_written_over() -> None:
    text = """trials:
- id: nct00000009
  number: NCT00000009
  phase: phase-1
  arms: [one low dose]
  secondary_outcomes: [B cells, 'SRI-4 [24 weeks]']
  countries: [DE, CH]
  places: one site in Berlin
"""
    (trial,) = compared(RESULTS, text).trials
    found = {change.field: change for change in trial.changes}
    assert (found["arms"].stored, found["arms"].value) == ("one low dose", None)
    assert found["arms"].found.startswith("Low dose (experimental")
    assert "secondary_outcomes" not in found, "the order does not count"
    assert found["countries"].found == "TR; HK; CH is not in the record"
    assert found["countries"].value == ["DE", "CH", "TR", "HK"]
    assert (found["places"].stored, found["places"].value) == ("one site in Berlin", None)
    written = write_proposals([trial], stored(text))
    assert "#   arms: one low dose -> Low dose (experimental" in written
    entry = read_bytes(written.encode(), Path("changes.yaml")).root.children("trials")[0]
    assert "arms" not in entry.names()
    assert entry.texts("countries") == ["DE", "CH", "TR", "HK"]


def test_criteria_and_results_are_shown_to_the_curator_and_stored_nowhere() -> None:
    (trial,) = compared(RESULTS).trials
    shown = set(trial.trial.unlisted)
    assert shown >= {
        "country that has no code here: Atlantis",
        "healthy volunteers: no",
        "criteria: * SLE by EULAR/ACR 2019",
        "the record has results",
        "participants: Overall Study, STARTED: Low dose: 8",
        "baseline: Age, Continuous: Low dose: mean 34.5 (spread 6.1) years",
        f"primary outcome: {DLT}, Grade 3, Yes: Low dose: count of participants 1 Participants of 8 analysed",
        "secondary outcome: SRI-4: not posted",
        "events: Low dose: 0 of 8 died",
        "events: Low dose: 2 of 8 had serious events",
        "serious event: Cytokine release syndrome: Low dose: 2 of 8",
    }
    written = write_proposals([trial], stored())
    assert "#   in the record, and in no field: serious event: Cytokine release syndrome: Low dose: 2 of 8" in written
    assert all("Cytokine" not in line for line in written.splitlines() if not line.startswith("#"))


def test_results_of_any_length_and_shape_are_bounded() -> None:
    stats = [{"groupId": "E", "numAffected": 1, "numAtRisk": 9}]
    events = [{"term": f"event {number}", "stats": stats} for number in range(MOST + 5)]
    many = {"eventGroups": [{"id": "E", "title": "All"}], "seriousEvents": events}
    lines = result_lines({"adverseEventsModule": many})
    assert len(lines) == MOST + 1
    assert lines[-1] == "results: 5 more lines of results are in the record"
    cut: object = {"outcomeMeasuresModule": {"outcomeMeasures": [3, None]}}
    for odd in (cut, {"participantFlowModule": []}, None, "x"):
        assert len(result_lines(odd)) <= MOST


def test_a_country_is_known_by_its_english_name() -> None:
    names = {"United States": "US", "China": "CN", "South Korea": "KR", "Czechia": "CZ", "Taiwan": "TW", "Russia": "RU"}
    assert {name: country_code(name) for name in names} == names
    assert country_code("") is None
