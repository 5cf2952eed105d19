"""The lists of data/vocabulary, data/trials.yaml and data/products.yaml, their schemas, and looking words up."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from cartkg.dossier.form import faults
from cartkg.dossier.reading import read_bytes, read_document
from cartkg.dossier.schema import resource, validator
from cartkg.dossier.terms import LISTS, Vocabulary, terms_of
from cartkg.project import Project, find

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PROJECT = find(ROOT)
FOLDER = ROOT / "src" / "cartkg" / "dossier"


@pytest.fixture(scope="module")
def terms() -> Vocabulary:
    return Vocabulary.read(PROJECT)


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("schema", ROOT / ".ci" / "schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # raised inside linkml
@pytest.mark.parametrize("name", ["dossier", "vocabulary", "registers"])
def test_the_committed_json_schema_is_the_one_generated(name: str) -> None:
    pytest.importorskip("linkml", reason="linkml comes with make lint and make test-all")
    made = _generator().generate(FOLDER / f"{name}.linkml.yaml")
    assert made == resource(f"{name}.schema.json"), "run make schema"


@pytest.mark.parametrize("kind", LISTS)
def test_every_list_has_the_form_of_its_schema(kind: str) -> None:
    words = LISTS[kind]
    path = ROOT / "data" / words.file
    root = read_document(path)
    assert [fault.message for fault in faults(root, path, validator(words.schema))] == []
    assert root.names() == [words.key]


@pytest.mark.parametrize("kind", LISTS)
def test_no_id_and_no_name_stands_twice_in_a_list(kind: str) -> None:
    root = read_document(ROOT / "data" / LISTS[kind].file)
    entries = root.children(LISTS[kind].key)
    ids = Counter(entry.text("id") for entry in entries)
    assert [word for word, times in ids.items() if times > 1] == []
    names: dict[str, set[str | None]] = {}
    if kind == "trial":  # several trials may bear one title
        return
    for entry in entries:
        for field in ("label", "synonyms", "hidden"):
            for name in entry.texts(field):
                names.setdefault(name.casefold(), set()).add(entry.text("id"))
    assert {name: owners for name, owners in names.items() if len(owners) > 1} == {}


def test_every_word_that_a_list_names_is_in_its_list(terms: Vocabulary) -> None:
    asked = {"base": "measure", "variant_of": "measure", "diseases": "disease", "targets": "target"}
    asked |= {"sponsor": "organization", "collaborators": "organization", "developers": "organization"}
    missing = []
    for kind, words in LISTS.items():
        for entry in read_document(ROOT / "data" / words.file).children(words.key):
            fields = {**asked, "broader": kind, "products": "product"}
            for field, other in fields.items():
                missing += [
                    f"{kind} {entry.text('id')}: {field} {word}"
                    for word in entry.texts(field)
                    if terms.get(other, word) is None
                ]
    assert missing == []


def test_the_page_of_every_entry_of_a_trial_is_one_of_its_pages() -> None:
    for trial in read_document(ROOT / "data" / "trials.yaml").children("trials"):
        pages = {page.text("id") for page in trial.children("pages")}
        named = [entry.text("page") for field in ("status", "enrolment", "dates") for entry in trial.children(field)]
        named.append(trial.child("eligibility").text("page"))
        named += [str(trial.child("read_in").child(name).value) for name in trial.child("read_in").names()]
        assert {name for name in named if name} <= pages, trial.text("id")


def test_a_word_is_found_by_its_id_and_a_unit_by_its_code_too(terms: Vocabulary) -> None:
    doris = terms.get("measure", "doris-remission")
    assert doris is not None
    assert (doris.iri, doris.better, doris.kinds) == (
        "https://w3id.org/cartkg/criterion/doris-remission",
        "higher",
        ("remission-criterion",),
    )
    assert terms.get("unit", "mg/dL") == terms.get("unit", "mg-per-dl")
    lupus = terms.get("disease", "MONDO:0007915")
    assert lupus is not None
    assert lupus.iri == "http://purl.obolibrary.org/obo/MONDO_0007915"
    assert terms.get("trial", "nct05859997") is not None
    assert terms.get("event", "cytokine-release-syndrom") is None


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("measure", "SLEDAI 2k", "sledai-2k"),
        ("measure", "lupus low disease activity state", "lldas"),
        ("event", "serious adverse events", "serious-adverse-event"),
        ("event", "HBV reactivation", "hepatitis-b-reactivation"),
        ("disease", "Sjögren's disease", "MONDO:0010030"),
        ("unit", "ng/ml", "ng-per-ml"),
        ("product", "KYV-101", "mivocabtagene-autoleucel"),
        ("trial", "NCT05859997", "nct05859997"),
    ],
)
def test_the_nearest_word_comes_first(terms: Vocabulary, kind: str, text: str, word: str) -> None:
    assert terms.nearest(kind, text)[0] == word


def test_nothing_is_near_a_text_that_is_like_no_word(terms: Vocabulary) -> None:
    assert terms.nearest("drug", "zzqx") == []


def test_lists_that_a_project_lacks_are_empty(tmp_path: Path) -> None:
    assert Vocabulary.read(Project(tmp_path, tmp_path / "work")).get("measure", "doris-remission") is None


def test_of_two_entries_with_one_id_the_first_counts() -> None:
    text = b"sites:\n- {id: a, label: first}\n- {id: a, label: second}\n"
    root = read_bytes(text, Path("sites.yaml")).root
    assert terms_of(root, LISTS["site"])["a"].label == "first"


def _wanted() -> list[tuple[str, str]]:
    with (ROOT / "tests" / "cases" / "words.tsv").open(encoding="utf-8") as file:
        return [cast("tuple[str, str]", tuple(row[:2])) for row in csv.reader(file, delimiter="\t") if row]


@pytest.mark.parametrize(("kind", "text"), _wanted())
def test_a_word_that_a_clinician_uses_is_known(terms: Vocabulary, kind: str, text: str) -> None:
    fold = text.casefold()
    known = [
        term.id
        for term in terms.by_kind[kind].values()
        if fold in {name.casefold() for name in (term.label, *term.names, *filter(None, [term.ucum]))}
    ]
    assert len(known) == 1, terms.nearest(kind, text)
