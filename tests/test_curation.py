"""Dossiers in, study files out: what is written, what is refused and where, and that nothing is lost."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cartkg import cli
from cartkg.curation.adding import add
from cartkg.curation.amounts import Amount, UnitReading, counted, read_unit, result_kind
from cartkg.curation.asides import Told, told_apart
from cartkg.curation.bibliography import read_level
from cartkg.curation.dossier import SCHEMA_FILE, TEMPLATE_FILE, load, open_dossier
from cartkg.curation.facts import LABEL, number_text, slug
from cartkg.curation.lexicon import Entry, Lexicon
from cartkg.curation.limits import Limit, Share, read_changes, read_limit, read_limit_in_name, read_share
from cartkg.curation.overlaps import basis_kinds
from cartkg.curation.pages import read_pages
from cartkg.curation.regimen import drugs_in
from cartkg.curation.shelf import Shelf
from cartkg.curation.sides import Sides, named_source, numbers, split_sides
from cartkg.curation.titles import first_author
from cartkg.errors import SourceError
from cartkg.findings import Severity
from cartkg.namespaces import BASE, TERM
from cartkg.project import Project

if TYPE_CHECKING:
    from cartkg.curation.adding import Added
    from cartkg.curation.facts import Subject

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "dossiers"
STUDY = CASES / "good" / "alpha-2025-lancet.yaml"
NEWS = CASES / "good" / "beta-2025-news.yaml"
FINDING = f"{BASE}finding/alpha-2025-lancet/all/"
CLAIM = f"{BASE}claim/"


def subject(project: Project, home: str, iri: str) -> Subject:
    return Shelf.of(project).facts(home).subjects[iri]


def texts(project: Project) -> dict[str, str]:
    return {str(path.relative_to(project.data)): path.read_text("utf-8") for path in project.data_files()}


def errors(report: Added) -> list[tuple[str, int, int]]:
    return [(f.rule, f.line, f.column) for f in report.findings if f.severity is Severity.ERROR]


def test_own_result_is_a_claim_of_the_study_on_its_finding(empty: Project) -> None:
    add([STUDY], empty)
    finding = subject(empty, "alpha-2025-lancet", f"{FINDING}doris-remission/6mo/8-of-8")
    assert finding.one(f"{TERM}numerator") == "8"
    assert finding.one(f"{TERM}denominator") == "8"
    assert finding.one(f"{TERM}timeValue") == "6.0"
    claim = subject(
        empty, "alpha-2025-lancet", f"{CLAIM}alpha-2025-lancet/alpha-2025-lancet/all/doris-remission/6mo/8-of-8"
    )
    assert claim.one(f"{TERM}originality") == f"{TERM}ownResult"
    assert claim.texts(f"{TERM}dossierRow") == ["alpha-2025-lancet outcomes[0]"]


def test_page_of_nobody_known_speaks_as_a_bystander_that_restates(empty: Project) -> None:
    add([STUDY], empty)
    claim = subject(
        empty, "alpha-2025-lancet", f"{CLAIM}alpha-2025-lancet/s2/alpha-2025-lancet/all/doris-remission/6mo/8-of-8"
    )
    assert claim.one(f"{TERM}claimedBy") == f"{BASE}publication/alpha-2025-lancet/s2"
    assert claim.one(f"{TERM}restates") == f"{BASE}publication/alpha-2025-lancet"
    assert claim.one(f"{TERM}readLevel") == f"{TERM}pressOnly"


def test_news_and_study_dossier_make_one_claim_in_the_file_of_the_news(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    name = f"{CLAIM}beta-2025-news/alpha-2025-lancet/all/doris-remission/6mo/8-of-8"
    claim = subject(empty, "beta-2025-news", name)
    assert claim.texts(f"{TERM}dossierRow") == ["alpha-2025-lancet outcomes[1]", "beta-2025-news outcomes[0]"]
    assert name not in Shelf.of(empty).facts("alpha-2025-lancet").subjects


def test_patients_of_news_are_those_of_the_study(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    assert not [name for name in Shelf.of(empty).facts("beta-2025-news").subjects if name.startswith(f"{BASE}cohort/")]


def test_other_words_of_the_news_mean_the_same_finding(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    found = [
        name
        for name in Shelf.of(empty).facts("alpha-2025-lancet").subjects
        if "/b-cell-count/" in name and "/finding/" in name
    ]
    assert len(found) == 1


def test_other_number_makes_a_second_finding(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    names = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    assert f"{FINDING}age/baseline/median-22-range-width-6" in names
    assert f"{FINDING}age/baseline/median-23" in names


def test_conflict_involves_the_findings_of_both_sides(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    conflict = subject(empty, "alpha-2025-lancet", f"{BASE}conflict/alpha-2025-lancet/1-age")
    assert f"{FINDING}age/baseline/median-23" in conflict.texts(f"{TERM}involves")
    assert conflict.one(f"{TERM}firstSide") == "median 22"


def test_width_of_a_range_invents_no_ends(empty: Project) -> None:
    add([STUDY], empty)
    age = subject(empty, "alpha-2025-lancet", f"{FINDING}age/baseline/median-22-range-width-6")
    assert age.one(f"{TERM}rangeWidth") == "6.0"
    assert age.one(f"{TERM}rangeLow") is None


def test_count_printed_though_impossible_is_kept_with_its_note(empty: Project) -> None:
    report = add([STUDY], empty)
    assert not report.refused
    finding = subject(empty, "alpha-2025-lancet", f"{FINDING}cytokine-release-syndrome/time-not-reported/9-of-8")
    assert finding.one(f"{TERM}note") == "impossible as printed"


def test_two_measures_in_one_row_are_two_findings(empty: Project) -> None:
    add([STUDY], empty)
    names = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    assert {f"{FINDING}complement-c{n}/time-not-reported/normalised" for n in (3, 4)} <= set(names)


def test_report_named_but_not_read_gets_a_stand_in(empty: Project) -> None:
    add([STUDY], empty)
    assert f"{BASE}study/gamma-2024-medrxiv" in Shelf.of(empty).facts("shared/named-only").subjects


def test_adding_again_changes_nothing(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    before = texts(empty)
    for paths in ([STUDY], [NEWS], [NEWS, STUDY]):
        assert add(paths, empty).written == []
    assert texts(empty) == before


@pytest.mark.parametrize("order", [(STUDY, NEWS), (NEWS, STUDY)], ids=["study-first", "news-first"])
def test_order_of_adding_does_not_matter(
    empty: Project, tmp_path_factory: pytest.TempPathFactory, order: tuple[Path, Path]
) -> None:
    for path in order:
        add([path], empty)
    other = Project(tmp_path_factory.mktemp("both"), Path())
    shutil.copytree(ROOT / "data" / "ttl" / "shared", other.data / "shared")
    shutil.copytree(empty.ontology, other.ontology)
    add([STUDY, NEWS], other)
    assert texts(empty) == texts(other)


def test_changed_dossier_takes_its_old_facts_out(empty: Project, tmp_path: Path) -> None:
    add([STUDY, NEWS], empty)
    changed = tmp_path / STUDY.name
    changed.write_text(
        STUDY.read_text("utf-8").replace(
            "n_achieved: 8, n_assessed: 8, source: s1", "n_achieved: 7, n_assessed: 8, source: s1"
        )
    )
    add([changed], empty)
    names = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    assert f"{FINDING}doris-remission/6mo/7-of-8" in names
    news = subject(empty, "beta-2025-news", f"{CLAIM}beta-2025-news/alpha-2025-lancet/all/doris-remission/6mo/8-of-8")
    assert news.one(f"{TERM}asserts") in names


def bad_cases() -> list[dict[str, str]]:
    with (CASES / "bad.tsv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.mark.parametrize("case", bad_cases(), ids=lambda case: case["file"])
def test_bad_dossier_is_refused_at_its_line(empty: Project, case: dict[str, str]) -> None:
    before = texts(empty)
    report = add([CASES / "bad" / f"{case['file']}.yaml"], empty)
    assert errors(report) == [(case["rule"], int(case["line"]), int(case["column"]))]
    assert case["words"] in next(f.message for f in report.findings if f.severity is Severity.ERROR)
    assert texts(empty) == before


def test_two_dossiers_with_one_key_are_refused(empty: Project, tmp_path: Path) -> None:
    twin = tmp_path / "twin.yaml"
    shutil.copy(STUDY, twin)
    assert errors(add([STUDY, twin], empty)) == [("dossier-key-twice", 1, 1)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [("a: [1, 2\nb: 3\n", 2, "is no YAML"), ("a: 1\na: 2\n", 2, "a key stands twice"), ("7\n", 1, "is no dossier")],
    ids=["broken", "key-twice", "no-mapping"],
)
def test_file_that_is_no_dossier_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=words) as caught:
        open_dossier(path)
    assert caught.value.line == line


def test_missing_share_and_denominator_are_warned_of(empty: Project) -> None:
    rules = {f.rule for f in add([STUDY], empty).findings if f.severity is Severity.WARNING}
    assert rules == {"dossier-percent-without-n", "dossier-count-above-n"}


@pytest.mark.parametrize(
    ("row", "rule", "what"),
    [
        ("kind: responder, value: 40, unit: percent", "dossier-percent-without-n", "percentage of patients without"),
        ("kind: responder, n_achieved: 4", "dossier-no-denominator", "without its denominator"),
        ("kind: change, value: -40, unit: percent", None, ""),
        ("kind: responder, value: 50, unit: percent, n_achieved: 4, n_assessed: 8", None, ""),
    ],
)
def test_share_without_its_number_is_warned_of_at_its_line(
    empty: Project, tmp_path: Path, row: str, rule: str | None, what: str
) -> None:
    dossier = tmp_path / STUDY.name
    lines = STUDY.read_text("utf-8").splitlines()
    line = lines.index("outcomes:") + 1
    lines.insert(line, f"- {{cohort: all, criterion: LLDAS, {row}, source: s1}}")
    dossier.write_text("\n".join(lines), "utf-8")
    found = [(f.rule, f.message) for f in add([dossier], empty).findings if f.line == line + 1]
    assert [told[0] for told in found] == ([rule] if rule else [])
    assert all(what in message and "; add `n_assessed`" in message for _, message in found)


def test_command_prints_file_line_column_and_ends_with_3(empty: Project) -> None:
    bad = CASES / "bad" / "unknown-field.yaml"
    result = CliRunner().invoke(cli.cli, ["--project", str(empty.root), "add", str(bad)])
    assert result.exit_code == 3
    assert f"{bad}:50:17: error: unknown field `critereon`" in result.stderr
    assert "nothing was written" in result.stderr


def test_command_says_what_it_wrote(empty: Project) -> None:
    result = CliRunner().invoke(cli.cli, ["--project", str(empty.root), "add", str(STUDY)])
    assert result.exit_code == 0
    assert f"wrote {empty.data / 'alpha-2025-lancet.ttl'}" in result.stdout
    assert "\n1 dossier, 21 rows in the graph, 1 fact kept in words only\n" in result.stderr


def test_template_is_a_dossier_that_can_be_added(empty: Project) -> None:
    report = add([ROOT / "src" / "cartkg" / "curation" / TEMPLATE_FILE], empty)
    assert report.findings == []
    assert report.keys == ["smith-2026-lancet"]


def test_command_prints_the_template() -> None:
    result = CliRunner().invoke(cli.cli, ["add", "--template"])
    assert result.exit_code == 0
    assert result.stdout == (ROOT / "src" / "cartkg" / "curation" / TEMPLATE_FILE).read_text("utf-8")


def test_schema_is_a_schema() -> None:
    schema = json.loads((ROOT / "src" / "cartkg" / "curation" / SCHEMA_FILE).read_text("utf-8"))
    assert Draft202012Validator(Draft202012Validator.META_SCHEMA).is_valid(schema)


@pytest.mark.parametrize("path", [STUDY, NEWS], ids=lambda path: path.stem)
def test_every_row_of_a_dossier_is_in_the_graph(empty: Project, path: Path) -> None:
    add([STUDY, NEWS], empty)
    rows = {
        row
        for home in Shelf.of(empty).texts
        for s in Shelf.of(empty).facts(home)
        for row in s.texts(f"{TERM}dossierRow")
    }
    root = load(path)
    for part in ("cohorts", "outcomes", "adverse_events", "conflicts", "unconfirmed_links"):
        for index in range(len(root.children(part))):
            assert f"{path.stem} {part}[{index}]" in rows


@pytest.mark.parametrize(
    ("words", "unit", "comparator"),
    [
        ("months", "month", None),
        ("% of CD3+ T cells", "percent", None),
        ("km, more than", "km", "moreThan"),
        ("m at most", "m", "atMost"),
        ("% or more", "percent", "atLeast"),
        ("of 150", "point", None),
        ("mg/m2 per day", "mg-per-m2-per-day", None),
    ],
)
def test_words_of_a_unit_are_read(lexicon: Lexicon, words: str, unit: str, comparator: str | None) -> None:
    reading = read_unit(words, lexicon)
    assert reading is not None
    assert reading.unit is not None
    assert (reading.unit.name, reading.comparator) == (unit, comparator)


def test_unknown_unit_is_not_guessed(lexicon: Lexicon) -> None:
    assert read_unit("stone", lexicon) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("normalised", "normalised"),
        ("almost normal", "improved"),
        ("no sign of myositis left", "resolved"),
        ("stable", "unchanged"),
        ("improved", "improved"),
        ("low, then lower after treatment, then recovery", "described"),
        (None, "described"),
    ],
)
def test_short_words_tell_a_result(text: str | None, kind: str) -> None:
    assert result_kind(text) == kind


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("= 0", Limit(0, "equal")),
        ("below 0.5", Limit(0.5, "lessThan")),
        ("4 or less", Limit(4, "atMost")),
        ("5 mg per day or less", Limit(5, "atMost", unit="mg per day")),
        ("fall of 4 points or more", Limit(-4, "atMost", change=True)),
        ("no worsening (rise below 0.3 points)", Limit(0.3, "lessThan", change=True)),
        ("1-4", Limit(1, "between", 4)),
        ("2.5 or more", Limit(2.5, "atLeast")),
        ("allowed if stable", None),
    ],
)
def test_limits_are_read_from_words(text: str, limit: Limit | None) -> None:
    assert read_limit(text) == limit


def test_of_two_cut_offs_the_higher_counts_and_a_note_says_so() -> None:
    limit = read_limit("3 or 4 as best cut-off")
    assert limit is not None
    assert (limit.value, limit.comparator) == (4, "atLeast")
    assert "two cut-offs" in limit.note


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("mRSS above 18", Limit(18, "moreThan")),
        ("C-reactive protein above 1 mg/dL", Limit(1, "moreThan", unit="mg/dL")),
        ("DLCO below 70% predicted", Limit(70, "lessThan", unit="% predicted")),
        ("tendon friction rubs", None),
    ],
)
def test_limits_are_read_from_the_name_of_an_item(name: str, limit: Limit | None) -> None:
    assert read_limit_in_name(name) == limit


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("3-point improvement", [(3, 3, "atLeast", "importantImprovement")]),
        ("2 points or more", [(2, 2, "atLeast", None)]),
        ("3 to 4 units over 12 months (20-27% better)", [(3, 4, "atLeast", "importantImprovement")]),
        ("earlier estimate 3.2 to 5.3 units from a trial", [(3.2, 5.3, "atLeast", None)]),
        ("cut-offs all lay below a change of 3.0 points", [(None, 3, "atLeast", None)]),
        (
            "rise of more than 3 = flare; fall of more than 3 = improvement; change within ±3 = persistent",
            [(3, 3, "moreThan", "importantImprovement"), (3, 3, "moreThan", "importantWorsening")],
        ),
        ("mean difference between visits 2.64 (95% CI 2.16 to 3.14)", []),
    ],
)
def test_important_changes_are_read_from_words(
    text: str, changes: list[tuple[float | None, float, str, str | None]]
) -> None:
    assert [(each.low, each.high, each.comparator, each.category) for each in read_changes(text)] == changes


def test_shares_of_components_are_read_from_words() -> None:
    assert read_share("at least 20% better in three or more of five") == Share(20, 3)
    assert read_share("the same with a larger share") is None


@pytest.mark.parametrize(
    ("note", "level"),
    [
        ("whole abstract", "wholeAbstract"),
        ("abstract, cut in the Results part", "partialAbstract"),
        ("congress abstract, cut off; results from company data in news", "congressAbstractRead"),
        ("citation only", "citationOnly"),
        ("news only", "pressOnly"),
        ("whole page", "wholePage"),
        ("secondary summaries only (no abstract was found)", "secondarySummaries"),
    ],
)
def test_read_level_follows_the_readers_note(note: str, level: str) -> None:
    assert read_level(note) == level


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        (
            "cyclophosphamide (single dose) or bendamustine (two days), no fludarabine",
            {"cyclophosphamide": "lymphodepletion", "bendamustine": "lymphodepletion"},
        ),
        ("bendamustine instead of fludarabine", {"bendamustine": "lymphodepletion"}),
        ("without fludarabine or cyclophosphamide", {}),
        ("chemotherapy, drugs not named", {"lymphodepleting-chemotherapy": "lymphodepletion"}),
        ("not fludarabine but bendamustine", {"bendamustine": "lymphodepletion"}),
        ("without fludarabine, cyclophosphamide alone", {"cyclophosphamide": "lymphodepletion"}),
        ("no more than 300 mg/m2 cyclophosphamide", {"cyclophosphamide": "lymphodepletion"}),
        (
            "regimen B: no conditioning, maintenance drugs (mycophenolate included) go on",
            {"mycophenolate-mofetil": "concomitant"},
        ),
    ],
)
def test_drug_that_a_text_denies_is_not_given(lexicon: Lexicon, text: str, drugs: dict[str, str]) -> None:
    assert {drug.name: role for drug, role in drugs_in(text, lexicon, "lymphodepletion")} == drugs


def test_conflict_told_in_one_sentence_has_two_sides() -> None:
    assert split_sides("infusion in May versus in June") == Sides("infusion in May", "in June")
    assert split_sides("no sides here") == Sides(None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10 of 15 had grade 1 CRS (s2), one had grade 2", {10, 1}),
        ("no moderate or high grade CRS (seed 003)", {0}),
        ("none of 8 by March 2024", {0, 8}),
        ("33% (4/12) at month 3 of NCT04146051", {33, 4, 3}),
        ("18-24 (s4; median 22, width 6)", {18, 24, 22, 6}),
        ("doi 10.1002/art.40060", set()),
    ],
)
def test_numbers_of_a_side_leave_out_sources_grades_years_and_denominators(text: str, said: set[int]) -> None:
    assert numbers(text) == said


def test_source_of_a_side_is_the_first_named_in_brackets() -> None:
    assert named_source("5 mg/day or less (abstract, s1)") == "s1"
    assert named_source("what s1 says") is None


def test_side_that_nothing_in_the_graph_says_is_kept_as_a_remark_of_its_source(empty: Project, tmp_path: Path) -> None:
    dossier = tmp_path / STUDY.name
    said = "- {about: number, mine: '8 patients (s1)', theirs: '9 patients (s2)'}"
    dossier.write_text(STUDY.read_text("utf-8").replace("conflicts:\n", f"conflicts:\n{said}\n"), "utf-8")
    assert said in dossier.read_text("utf-8")
    assert not add([dossier], empty).refused
    conflict = subject(empty, "alpha-2025-lancet", f"{BASE}conflict/alpha-2025-lancet/1-number")
    involved = conflict.texts(f"{TERM}involves")
    assert f"{BASE}cohort/alpha-2025-lancet/all" in involved
    made = f"{BASE}remark/alpha-2025-lancet/conflicts-0-second-side"
    assert made in involved
    remark = subject(empty, "alpha-2025-lancet", made)
    assert remark.one(f"{TERM}claimText") == "9 patients (s2)"
    assert remark.one(f"{TERM}claimedBy") == f"{BASE}publication/alpha-2025-lancet/s2"


@pytest.mark.parametrize(
    ("what", "stated", "kinds"),
    [
        ("first patient already reported in two papers", True, ["statedOutright"]),
        ("same trial and same first six patients", "same registry number", ["sameRegistryNumber", "sameNumbers"]),
        ("same product, other trial number (NCT05859997 there)", None, ["sameProduct"]),
        ("same hospital and shared authors", False, ["sameSite"]),
        ("earlier report of three patients of the same trial", None, ["sameRegistryNumber", "earlierOrLaterCut"]),
        ("very likely the same two patients", None, ["basisNotGiven"]),
    ],
)
def test_what_an_overlap_rests_on_is_told_by_its_words(what: str, stated: object, kinds: list[str]) -> None:
    assert basis_kinds(what, stated) == kinds


def test_overlap_that_no_report_states_is_concluded_by_the_readers(empty: Project) -> None:
    add([STUDY], empty)
    overlap = subject(empty, "alpha-2025-lancet", f"{BASE}overlap/alpha-2025-lancet/unconfirmed-gamma-2024-medrxiv")
    assert overlap.texts(f"{TERM}statedBy") == []
    assert overlap.texts(f"{TERM}judgedBy") == [f"{BASE}organization/readers-of-the-reports"]


def absences(project: Project, home: str) -> dict[str, tuple[str, str]]:
    """Give kind and words of each absence about a publication, by the last part of its name."""
    found: dict[str, tuple[str, str]] = {}
    for each in Shelf.of(project).facts(home):
        if each.iri.startswith(f"{BASE}absence/{home}/") and each.values.get(f"{TERM}aboutPublication"):
            kind = (each.one(f"{TERM}absenceKind") or "").removeprefix(TERM)
            found[each.iri.rpartition("/")[2]] = kind, each.one(f"{TERM}claimText") or ""
    return found


def test_parts_not_read_and_retraction_are_not_yet_looked_for(empty: Project) -> None:
    add([STUDY, NEWS], empty)
    found = absences(empty, "alpha-2025-lancet")
    assert found["parts-not-read"] == (
        "notYetLooked",
        "what stands in the parts that were not read; read was: whole abstract",
    )
    assert found["retraction"][0] == "notYetLooked"
    assert found["notes-1"] == ("notYetLooked", "The supplement was not seen")


def test_report_that_was_read_whole_has_no_part_left(empty: Project, tmp_path: Path) -> None:
    dossier = tmp_path / STUDY.name
    text = STUDY.read_text("utf-8")
    dossier.write_text(text.replace("whole abstract", "whole text as given"), "utf-8")
    assert dossier.read_text("utf-8") != text
    add([dossier], empty)
    assert "parts-not-read" not in absences(empty, "alpha-2025-lancet")


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("The letter itself was searched for and not found", "searchedNotFound"),
        ("Doses were not read", "notYetLooked"),
        ("The date was not shown on the page", "notReported"),
    ],
)
def test_notes_on_reading_tell_three_kinds_of_absence(empty: Project, tmp_path: Path, note: str, kind: str) -> None:
    dossier = tmp_path / STUDY.name
    dossier.write_text(STUDY.read_text("utf-8").replace("The supplement was not seen", note), "utf-8")
    add([dossier], empty)
    assert absences(empty, "alpha-2025-lancet")["notes-1"] == (kind, note)


@pytest.mark.parametrize(
    ("authors", "name"),
    [
        ("Müller F, Boeltz S, Knitza J, et al.", "Müller et al."),
        ("Nordmann-Gomes A et al.", "Nordmann-Gomes et al."),
        ("Ricafort R (interview)", "Ricafort"),
        ("Müller et al. (with Neurath MF)", "Müller et al."),
        ("not read", None),
        ("names include Wang Xiaobing, Wu Xin (order not shown)", None),
        ("U.S. Food and Drug Administration", None),
    ],
)
def test_a_study_is_named_for_its_first_author(authors: str, name: str | None) -> None:
    assert first_author(authors) == name


def test_a_study_says_who_when_and_which_diseases(empty: Project) -> None:
    add([STUDY], empty)
    study = subject(empty, "alpha-2025-lancet", f"{BASE}study/alpha-2025-lancet")
    assert study.one(LABEL) == "Alpha et al. 2025: systemic lupus erythematosus (alpha-2025-lancet)"


@pytest.mark.parametrize(
    ("row", "direction"),
    [
        ("criterion: LLDAS, kind: responder, value: 100, unit: percent", "supports"),
        ("criterion: LLDAS, kind: responder, value: 0, unit: percent", "refutes"),
        ("criterion: relapse, kind: event, value: 60, unit: percent", "refutes"),
        ("criterion: SF-36 physical health, kind: score, value: 75.5, unit: percent", "neutral"),
        ("criterion: SLEDAI-2K, kind: score, stat: mean, baseline: 12.6, text: fell", "supports"),
        ("criterion: SLEDAI-2K, kind: score, stat: mean, baseline: 12.6, value: 4", "supports"),
        ("criterion: SLEDAI-2K, kind: score, stat: mean, baseline: 4, value: 12.6", "refutes"),
        ("criterion: clinical course, kind: change, text: clear improvement", "supports"),
        ("criterion: clinical course, kind: change, text: then a relapse", "neutral"),
    ],
)
def test_share_in_percent_and_words_beside_a_baseline_have_a_direction(
    empty: Project, tmp_path: Path, row: str, direction: str
) -> None:
    dossier = tmp_path / STUDY.name
    lines = STUDY.read_text("utf-8").splitlines()
    lines.insert(lines.index("outcomes:") + 1, f"- {{cohort: all, {row}, source: s1}}")
    dossier.write_text("\n".join(lines), "utf-8")
    assert not add([dossier], empty).refused
    said = [
        claim.one(f"{TERM}direction")
        for claim in Shelf.of(empty).facts("alpha-2025-lancet")
        if "alpha-2025-lancet outcomes[0]" in claim.texts(f"{TERM}dossierRow") and "/claim/" in claim.iri
    ]
    assert said == [f"{TERM}{direction}"]


@pytest.mark.parametrize("word", ["severe infection", "severe adverse events"])
def test_severe_is_not_serious(lexicon: Lexicon, word: str) -> None:
    assert [entry.name for entry in lexicon.find("term", word)] == [word.split()[1].replace("adverse", "adverse-event")]


@pytest.mark.parametrize(
    ("place", "said"),
    [("Germany, Bochum", "country"), ("KYSA-6", "cohortText"), ("two studies run elsewhere", "cohortText")],
)
def test_place_that_is_no_country_is_not_called_one(empty: Project, tmp_path: Path, place: str, said: str) -> None:
    dossier = tmp_path / STUDY.name
    lines = STUDY.read_text("utf-8").splitlines()
    lines.insert(lines.index("cohorts:") + 1, f"- {{id: there, country/site: '{place}', n: 1, source: s1}}")
    dossier.write_text("\n".join(lines), "utf-8")
    add([dossier], empty)
    cohort = subject(empty, "alpha-2025-lancet", f"{BASE}cohort/alpha-2025-lancet/there")
    assert place in cohort.texts(f"{TERM}{said}")


def test_amounts_and_times_read_as_people_write_them(empty: Project, tmp_path: Path) -> None:
    dossier = tmp_path / STUDY.name
    lines = STUDY.read_text("utf-8").splitlines()
    told = "timepoint: {value: 3, unit: months, note: within}, stat: median, value: 2, range_low: 0, range_high: 4"
    lines.insert(
        lines.index("outcomes:") + 1, f"- {{cohort: all, criterion: SLEDAI-2K, kind: score, {told}, source: s1}}"
    )
    dossier.write_text("\n".join(lines), "utf-8")
    add([dossier], empty)
    labels = [each.one(LABEL) or "" for each in Shelf.of(empty).facts("alpha-2025-lancet")]
    assert any("median 2 points of a score (range 0 to 4) (within 3 months;" in label for label in labels)


def test_own_pages_are_told_from_those_of_others() -> None:
    pages = read_pages(open_dossier(STUDY).root)
    assert pages["s1"].own
    assert pages["s1"].address is None
    assert not pages["s2"].own
    assert pages["s2"].address == "https://news.example.org/eight-people"


def test_names_are_readable() -> None:
    assert slug("Tübingen: CK (U/L)") == "tuebingen-ck-u-l"
    assert number_text(1e6) == "1000000"
    assert number_text(-4.20) == "-4.2"


@pytest.mark.parametrize(
    ("stating", "study"),
    [
        ("institut-myologie-2023-two-german-cases", "pecher-2023-jama"),
        ("qn139b-2025-ssc-carnk/s2", "qn139b-2025-ssc-carnk"),
    ],
)
def test_a_fact_is_told_of_the_source_that_the_note_of_its_cohort_names(stating: str, study: str) -> None:
    fact = "anti-jo-1/baseline/present" if study.startswith("pecher") else "age/baseline/36"
    claim = f"<https://w3id.org/cartkg/claim/{{}}/{study}/c1/{fact}>\n    a cartkg:Claim"
    texts = "".join(path.read_text("utf-8") for path in (ROOT / "data" / "ttl").glob("*.ttl"))
    assert claim.format(stating) in texts
    assert claim.format("hicks-2023-medscape") not in texts
    assert claim.format("qn139b-2025-ssc-carnk") not in texts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, Told(None)),
        ("lesions gone", Told("lesions gone")),
        ("all immunosuppression had failed (s3)", Told("all immunosuppression had failed", source="s3")),
        (
            "not more than ten metres (s6 gives the same)",
            Told("not more than ten metres", "s6 gives the same", same="s6"),
        ),
        (
            "stopped without relapse; the society (s10) says the same of all 15",
            Told("stopped without relapse", "the society (s10) says the same of all 15", same="s10"),
        ),
        ("class III/IV lupus nephritis (s8 adds III/V)", Told("class III/IV lupus nephritis", "s8 adds III/V")),
        ("54 events; 15 patients had more than one (s3)", Told("54 events; 15 patients had more than one (s3)")),
        ("antibodies were lost (seroconversion)", Told("antibodies were lost (seroconversion)")),
    ],
)
def test_a_readers_note_on_sources_is_no_word_of_the_source(text: str | None, told: Told) -> None:
    assert told_apart(text) == told


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1, "year", "year"),
        (41, "year", "years"),
        (9, "point of a score", "points of a score"),
        (13600, "unit per litre", "units per litre"),
        (1000, "milligram per square metre of body surface", "milligrams per square metre of body surface"),
        (3.5, "percent", "percent"),
        (2, "cells per kilogram of body weight", "cells per kilogram of body weight"),
    ],
)
def test_units_are_written_as_people_count(value: float, unit: str, words: str) -> None:
    assert counted(value, unit) == words


def test_an_amount_names_its_comparator_and_the_kind_of_its_spread() -> None:
    year, metre = Entry("", "year"), Entry("", "metre")
    assert Amount(value=10, unit=UnitReading(metre, "atMost")).describe() == "at most 10 metres"
    spread = {"rangeLow": 20.0, "rangeHigh": 60.0}
    assert Amount(statistic="range", unit=UnitReading(year), spreads=spread).describe() == "range 20 to 60 years"
    wide = Amount(value=22, statistic="median", unit=UnitReading(year), spreads={"rangeWidth": 6.0})
    assert wide.describe() == "median 22 years (range width 6)"
    shown = Amount(value=15, statistic="median", unit=UnitReading(Entry("", "month")), spreads={"iqrLow": 7.0})
    assert shown.describe() == "median 15 months (IQR 7 to unknown)"


INSTITUT, SHAPIRO = "institut-myologie-2023-two-german-cases", "shapiro-2024-the-rheumatologist"
B_CELLS = "pecher-2023-jama/c1/b-cell-count/time-not-reported/described-low-at-the-start-fell-further"
SEED_CLAIMS = [
    ("mueller-2023-lancet/s6", "mueller-2023-lancet/c1/walking-distance/baseline/at-most-10", "neutral"),
    ("mueller-2024-nejm/s10", "mueller-2024-nejm/all/relapse/time-not-reported/0-of-15", "supports"),
    (INSTITUT, "pecher-2023-jama/c1/anti-jo-1/8mo/4", "supports"),
    (INSTITUT, "mueller-2023-lancet/c1/muscle-mri/3mo/resolved", "supports"),
    (INSTITUT, "mueller-2023-lancet/c1/oxygen-need/3mo/resolved", "supports"),
    ("hicks-2023-medscape", B_CELLS, "neutral"),
    (SHAPIRO, "mueller-2024-nejm/all/disease-activity/time-not-reported/15-of-15", "supports"),
    (SHAPIRO, "mueller-2024-nejm/sle/disease-activity/over-29mo/absent", "supports"),
    ("mackensen-2022-webpost", "mackensen-2022-natmed/c1/anti-dsdna/time-not-reported/resolved", "supports"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "finding", "direction"), SEED_CLAIMS, ids=lambda value: str(value).rpartition("/")[2])
def test_a_seed_text_says_this_in_this_direction(who: str, finding: str, direction: str) -> None:
    home = ROOT / "data" / "ttl" / f"{who.partition('/')[0]}.ttl"
    block = home.read_text("utf-8").partition(f"<{CLAIM}{who}/{finding}>\n")[2].partition("\n\n")[0]
    assert f"cartkg:direction cartkg:{direction} ;" in block


@pytest.mark.parametrize(
    ("study", "part", "told"),
    [
        ("mueller-2023-lancet", "c1/fever/", 1),
        ("mueller-2023-lancet", "c1/myalgia/", 1),
        ("mueller-2023-lancet", "c1/hypogammaglobulinaemia/", 1),
        ("pecher-2023-jama", "c1/refractory-status/", 2),
        ("mueller-2024-nejm", "all/refractory-status/", 1),
        ("mueller-2024-nejm", "sle/organ-involvement/", 1),
        ("mueller-2024-nejm", "all/infection/", 1),
        ("mackensen-2022-natmed", "c1/b-cell-phenotype/", 1),
        ("mackensen-2022-natmed", "c1/cytokine-release-syndrome/", 2),
    ],
)
def test_one_sentence_in_two_wordings_is_one_finding(study: str, part: str, told: int) -> None:
    text = (ROOT / "data" / "ttl" / f"{study}.ttl").read_text("utf-8")
    assert text.count(f"\n<{BASE}finding/{study}/{part}") == told


def test_a_range_in_percent_is_a_range() -> None:
    text = (ROOT / "data" / "ttl" / "mackensen-2022-natmed.ttl").read_text("utf-8")
    block = text.partition("c1/car-t-peak/time-not-reported/range-11p48-to-59p12>\n    a cartkg:Meas")[2].partition(
        "\n\n"
    )[0]
    assert "cartkg:statistic cartkg:range ;" in block


def test_a_claim_on_cells_says_where_they_come_from_and_how_many_were_given() -> None:
    text = (ROOT / "data" / "ttl" / "mackensen-2022-webpost.ttl").read_text("utf-8")
    assert 'claimText "target antigen: CD19; cell source: autologous; vector: lentiviral' in text
    assert 'claimText "1 million CAR T cells per kg body weight; printed as 1 x 106"' in text


def test_what_one_side_explains_is_no_open_contradiction_on_the_other() -> None:
    text = (ROOT / "data" / "ttl" / "pecher-2023-jama.ttl").read_text("utf-8")
    block = text.partition("/conflict/pecher-2023-jama/1-post-infusion-treatment>\n")[2].partition("\n\n")[0]
    assert "cartkg:conflictKind cartkg:differentPractice" in block
    assert "cartkg:conflictStatus cartkg:explainedConflict" in block
    start = (ROOT / "data" / "ttl" / "mackensen-2022-natmed.ttl").read_text("utf-8")
    about = start.partition("/conflict/mackensen-2022-natmed/1-baseline-sledai>\n")[2].partition("\n\n")[0]
    assert "/sledai/baseline/" in about
    assert "/sledai/3mo/" not in about


def test_a_row_that_tells_nothing_of_its_cohort_claims_no_cohort() -> None:
    text = (ROOT / "data" / "ttl" / "mackensen-2022-natmed.ttl").read_text("utf-8")
    assert "/claim/mackensen-2022-natmed/s6/mackensen-2022-natmed/c1/" in text
    assert "/claim/mackensen-2022-natmed/s6/cohort/" not in text


def test_a_drug_begun_for_a_fall_after_the_cells_is_given_after_them_whoever_retells_it() -> None:
    study = (ROOT / "data" / "ttl" / "mueller-2023-lancet.ttl").read_text("utf-8")
    assert "/administration/mueller-2023-lancet/concomitant/" not in study
    assert "/administration/mueller-2023-lancet/post-infusion/immunoglobulin>\n    a cartkg:DrugAdministration" in study
    retold = (ROOT / "data" / "ttl" / "institut-myologie-2023-two-german-cases.ttl").read_text("utf-8")
    assert "/administration/mueller-2023-lancet/post-infusion/immunoglobulin>\n    a cartkg:Claim" in retold


def test_a_label_says_each_word_once() -> None:
    text = (ROOT / "data" / "ttl" / "mueller-2023-lancet.ttl").read_text("utf-8")
    assert '"prior therapy with a drug or procedure: rituximab (three times) (baseline; ' in text
    assert '"anti-Jo-1 antibodies: present (baseline; ' in text
    assert '"refractory to earlier treatment: yes (baseline; ' in text
    assert '"Müller et al. 2023: antisynthetase syndrome (mueller-2023-lancet)"' in text
