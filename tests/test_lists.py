"""The lists compile to data/ttl/shared byte for byte; what they state is true; what is wrong in them is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartkg.compile.lists.compiled_lists import CompiledLists, compile_lists, read_list_files
from cartkg.compile.lists.vocabulary import expand
from cartkg.dossier.entries import FIELDS, insert_entry, write_entry
from cartkg.dossier.reading import read_document
from cartkg.dossier.terms import LISTS
from cartkg.namespaces import BASE, SKOS, TERM, read_prefixes
from cartkg.project import find

if TYPE_CHECKING:
    from cartkg.dossier.entries import Value

ROOT = Path(__file__).resolve().parent.parent
PROJECT = find(ROOT)
VOCABULARIES = [kind for kind, words in LISTS.items() if words.file.startswith("vocabulary/")]


@pytest.fixture(scope="module")
def compiled() -> CompiledLists:
    return compile_lists(read_list_files(PROJECT))


def values(compiled: CompiledLists, iri: str, predicate: str) -> list[str]:
    for listing in compiled.listings.values():
        if iri in listing.facts.subjects:
            return listing.facts.subjects[iri].texts(predicate)
    raise AssertionError(f"nothing is stated of {iri}")


def test_nothing_is_wrong_in_the_lists(compiled: CompiledLists) -> None:
    assert compiled.diagnostics == []
    assert set(compiled.listings) == set(LISTS)


def test_compiling_the_lists_reproduces_the_shared_files(compiled: CompiledLists) -> None:
    prefixes = read_prefixes(PROJECT.ontology / "prefixes.ttl")
    stale = [home for home, data in compiled.files(prefixes) if (PROJECT.data / f"{home}.ttl").read_bytes() != data]
    assert stale == []


def test_a_compiled_file_says_in_its_first_line_what_to_edit() -> None:
    first = (PROJECT.data / "shared" / "criteria.ttl").read_text("utf-8").splitlines()[0]
    assert first == "# Compiled from data/vocabulary/measures.yaml by cartkg; edit that file."


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_every_entry_of_a_vocabulary_is_written_in_house_style_and_in_order(kind: str) -> None:
    path = ROOT / "data" / LISTS[kind].file
    entries = read_document(path).children(LISTS[kind].key)
    written = ""
    for entry in entries:
        fields: dict[str, Value] = {}
        for name in entry.names():
            value = entry.child(name).value
            fields[name] = entry.texts(name) if isinstance(value, list) else (entry.text(name) or "")
            if name == "days_per_unit":
                fields[name] = entry.number(name) or 0
        assert list(fields) == [name for name in FIELDS if name in fields]
        written += write_entry(fields)
    text = path.read_text("utf-8")
    assert text.partition(f"\n{LISTS[kind].key}:\n")[2] == written
    ids = [entry.text("id") or "" for entry in entries]
    assert ids == sorted(ids)


def test_every_identifier_of_the_lists_is_a_verified_one() -> None:
    lines = (ROOT / "data" / "vocabulary" / "identifiers.tsv").read_text("utf-8").splitlines()[1:]
    verified = {line.split("\t")[0] for line in lines}
    assert all(len(line.split("\t")) == 3 for line in lines)
    used = {
        curie
        for kind in VOCABULARIES
        for entry in read_document(ROOT / "data" / LISTS[kind].file).children(LISTS[kind].key)
        for field in ("exact", "close", "narrow", "broad")
        for curie in entry.texts(field)
    }
    mondo = {
        entry.text("id") or "" for entry in read_document(ROOT / "data/vocabulary/diseases.yaml").children("diseases")
    }
    used |= {word for word in mondo if word.startswith("MONDO:")}
    assert used - verified == set()


@pytest.mark.parametrize(
    ("subject", "predicate", "expected"),
    [
        # E101 to E104 of the review
        ("trial/nct06310811", "trialStatus", [f"{TERM}suspended"]),
        ("trial/nct06310811", "statusOn", ["2026-06-27"]),
        ("trial/nct07052565", "trialPhase", [f"{TERM}phaseNotApplicable"]),
        ("trial/nct07212322", "trialPhase", [f"{TERM}phaseNotApplicable"]),
        ("trial/nct07193667", "trialPhase", [f"{TERM}phaseNotApplicable"]),
        ("trial/nct05846347", "plannedEnrolment", ["15"]),
        ("trial/nct06588491", "plannedEnrolment", ["25"]),
        ("product/et-901", "cellSource", [f"{TERM}cellSourceNotReported"]),
        # a plan that a later number has replaced does not stand
        ("trial/nct05938725", "plannedEnrolment", []),
        ("trial/nct06189157", "plannedEnrolment", ["29"]),
        # numbers on which two pages disagree are both kept, each with its date
        ("trial-entry/nct06801119/n1", "entryEnrolment", ["30"]),
        ("trial-entry/nct06801119/n2", "entryEnrolment", ["9"]),
        ("trial-entry/nct06801119/n2", "entryDate", ["2025-03-25"]),
        ("trial/nct06799247", "minimumAge", ["18"]),
        ("trial/nct06451159", "maximumAge", ["70"]),
        ("trial/nct06451159", "eligibleSex", [f"{TERM}allSexes"]),
        ("trial/nct05869955", "startDate", ["2023-09-13"]),
        ("trial/nct05869955", "completionDate", ["2028-08-29"]),
        ("trial/nct06655896", "otherRegistryNumber", ["2023-510380-34-00", "CYTB323K12201", "jRCT2013240056"]),
        ("trial/nct04146051", "country", ["CA", "TR", "US"]),
        ("product/tyu19", "geneEditing", [f"{TERM}crisprCas9"]),
        # synonyms that are not: R7 of the review
        ("criterion/time-to-car-t-peak", "scoreDirection", [f"{TERM}notOrdered"]),
        ("criterion/sledai-2k", "broaderMeasure", [f"{BASE}criterion/sledai"]),
    ],
)
def test_a_list_states_what_was_read(
    compiled: CompiledLists, subject: str, predicate: str, expected: list[str]
) -> None:
    assert values(compiled, BASE + subject, TERM + predicate) == expected


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("term/hypogammaglobulinaemia", "fall in total immunoglobulins"),
        ("term/hypogammaglobulinaemia", "low IgG"),
        ("term/significant-toxicity", "toxicity"),
        ("term/death", "fatal adverse event"),
        ("term/neutropenia", "late neutropenia"),
        ("criterion/b-cell-recovery", "time to return of B cells"),
        ("criterion/dyspnoea", "breathlessness by NYHA class"),
        ("criterion/haq-di", "HAQ"),
        ("criterion/autoantibodies", "serology"),
        ("criterion/sledai", "baseline SLEDAI"),
        ("criterion/overall-survival", "median overall survival"),
    ],
)
def test_a_narrower_word_is_no_name_of_a_wider_one(compiled: CompiledLists, word: str, name: str) -> None:
    names = [each for field in ("altLabel", "hiddenLabel") for each in values(compiled, BASE + word, SKOS + field)]
    names += values(compiled, BASE + word, "http://www.w3.org/2000/01/rdf-schema#label")
    assert name not in names


def test_no_grade_is_part_of_the_name_of_an_event_that_has_grades(compiled: CompiledLists) -> None:
    graded = [
        iri
        for iri, subject in compiled.listings["event"].facts.subjects.items()
        if any("grade" in name for name in subject.texts("http://www.w3.org/2000/01/rdf-schema#label"))
    ]
    assert graded == [f"{BASE}term/crs-icans-gvhd-or-death"], "a composite that a source reports as one"


_TRIAL = "trials:\n- id: nct00000001\n  number: NCT00000001\n  phase: phase-1\n"
_FLOW = "trials:\n- {{id: {}, number: {}, phase: {}{}}}\n"
_EVENT = "- {{id: {}, label: {}, kind: infection, better: lower, broader: [{}]}}\n"
_DRUG = "- {{id: {}, label: {}, kind: drug, exact: ['{}']}}\n"


@pytest.mark.parametrize(
    ("kind", "text", "line", "message"),
    [
        ("site", "sites:\n- {id: a, label: A}\n- {id: a, label: B}\n", 3, "the id `a` occurs twice"),
        ("site", "sites:\n- {id: a, label: A}\n- {id: b, label: a}\n", 3, "`a` is also a name of `a`"),
        ("site", "sites:\n- {id: a}\n", 2, "needs the field `label`"),
        ("site", "sites:\n- {id: a, label: A, town: B}\n", 2, "unknown field `town`"),
        ("site", "- {id: a, label: A}\n", 1, "under the key `sites:`"),
        ("site", "sites: [\n", 2, "the text is not valid YAML"),
        ("unit", "units:\n- {id: a, label: A, kind: time}\n", 2, "needs `days_per_unit`"),
        ("unit", "units:\n- {id: a, label: A, kind: length}\n", 2, 'cannot be "length"'),
        (
            "drug",
            "drugs:\n" + _DRUG.format("a", "A", "NCIT:C1") + _DRUG.format("b", "B", "NCIT:C1"),
            3,
            "exactly `a` already",
        ),
        ("drug", "drugs:\n" + _DRUG.format("a", "A", "C1"), 2, 'has the wrong form: "C1"'),
        ("event", "events:\n" + _EVENT.format("a", "A", "b"), 2, "unknown event `b`"),
        (
            "event",
            "events:\n" + _EVENT.format("a", "A", "b") + _EVENT.format("b", "B", "a"),
            2,
            "the `broader` steps of `a` lead back to itself",
        ),
        ("trial", _FLOW.format("nct1", "NCT00000001", "phase-1", ""), 2, "the id of a trial is its number"),
        ("trial", _FLOW.format("nct00000001", "NCT1", "phase-1", ""), 2, "`trials[0].number` has the wrong form"),
        ("trial", _FLOW.format("nct00000001", "NCT00000001", "'1'", ""), 2, 'cannot be "1"'),
        ("trial", _FLOW.format("nct00000001", "NCT00000001", "phase-1", ", sponsor: x"), 2, "unknown organization"),
        (
            "trial",
            _TRIAL + "  eligibility: {min_age: 70, max_age: 18}\n",
            5,
            "the youngest age 70 is above the oldest 18",
        ),
        ("trial", _TRIAL + "  status:\n  - {id: s, status: recruiting, page: r9}\n", 6, "`r9` is not the id of a page"),
        (
            "trial",
            _TRIAL + "  status:\n  - {id: s, status: recruiting}\n  enrolment:\n  - {id: s, n: 4, kind: planned}\n",
            8,
            "the id `s` occurs twice in this trial",
        ),
    ],
)
def test_what_is_wrong_in_a_list_is_named_with_its_line(kind: str, text: str, line: int, message: str) -> None:
    path = Path("list.yaml")
    found = compile_lists({kind: (path, text.encode())})
    assert found.refused
    assert [fault.line for fault in found.diagnostics if message in fault.message] == [line], found.diagnostics


def test_an_identifier_is_expanded_to_the_iri_of_its_vocabulary() -> None:
    assert expand("HGNC:1633") == "http://identifiers.org/hgnc/1633"
    assert expand("UO:0000033") == "http://purl.obolibrary.org/obo/UO_0000033"


def test_an_entry_goes_to_its_place_and_the_rest_stays() -> None:
    text = "# head\nsites:\n- id: a\n  label: A\n- id: c\n  label: C\n"
    entry = write_entry({"id": "b", "label": "yes"})
    assert entry == "- id: b\n  label: 'yes'\n"
    assert insert_entry(text, entry, "b", ["a", "c"]) == text.replace("- id: c", f"{entry}- id: c")
    assert insert_entry(text, write_entry({"id": "d", "label": "D"}), "d", ["a", "c"]) == f"{text}- id: d\n  label: D\n"
    assert insert_entry("sites:\n", entry, "b", []) == f"sites:\n{entry}"
