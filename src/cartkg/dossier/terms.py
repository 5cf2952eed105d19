"""Terms: the ids of the controlled vocabularies and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from cartkg.dossier.reading import read_document
from cartkg.namespaces import BASE
from cartkg.nearest import fold, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.project import Project

_OBO = "http://purl.obolibrary.org/obo/"


@dataclass(frozen=True, slots=True)
class WordList:
    """One list of words.

    Attributes:
        file: its path below the folder data.
        key: the key under which the list is in the file.
        kind: the kind in the IRIs of its words.
        schema: the JSON Schema that it follows.
    """

    file: str
    key: str
    kind: str
    schema: str = "vocabulary.schema.json"

    @property
    def stem(self) -> str:
        """The stem of the Turtle file compiled from the list."""
        stem = self.file.rpartition("/")[2].removesuffix(".yaml")
        return "criteria" if stem == "measures" else stem

    @property
    def source(self) -> str:
        """The LinkML schema from which the JSON Schema is generated."""
        return self.schema.replace(".schema.json", ".linkml.yaml")


#: The lists by kind of word.
LISTS: Mapping[str, WordList] = {
    "measure": WordList("vocabulary/measures.yaml", "measures", "criterion"),
    "event": WordList("vocabulary/adverse-events.yaml", "events", "term"),
    "disease": WordList("vocabulary/diseases.yaml", "diseases", "disease"),
    "drug": WordList("vocabulary/drugs.yaml", "drugs", "drug"),
    "target": WordList("vocabulary/targets.yaml", "targets", "target"),
    "unit": WordList("vocabulary/units.yaml", "units", "unit"),
    "site": WordList("vocabulary/sites.yaml", "sites", "site"),
    "organization": WordList("vocabulary/organizations.yaml", "organizations", "organization"),
    "product": WordList("products.yaml", "products", "product", "registers.schema.json"),
    "trial": WordList("trials.yaml", "trials", "trial", "registers.schema.json"),
}
#: Fields that hold further names of a thing.
_NAMES = ("synonyms", "hidden", "names", "number", "other_numbers")
#: Most words that are offered for one that is unknown, and how alike they must be (0 to 1).
_MOST = 4


@dataclass(frozen=True, slots=True)
class VocabularyTerm:
    """One word of a vocabulary.

    Attributes:
        id: the word to write in a dossier.
        iri: what it stands for in the graph.
        label: its name for people.
        kinds: closed words that say what it is, such as `score`.
        better: `higher`, `lower` or `neither`; None where that makes no sense.
        broader: ids of the terms that are wider than it.
        names: synonyms and other names.
        ucum: UCUM code of a unit.
        days: days in one unit of time.
        targets: ids of the targets of a product.
    """

    id: str
    iri: str
    label: str
    kinds: tuple[str, ...] = ()
    better: str | None = None
    broader: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ucum: str | None = None
    days: float | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """All words that a dossier may use, by kind and id."""

    by_kind: Mapping[str, Mapping[str, VocabularyTerm]]
    _nearest: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, project: Project) -> Vocabulary:
        """Read the lists of a project; a list that is missing is empty.

        Raises:
            SourceError: a list is not YAML.
        """
        return cls({kind: _read(project.root / "data" / words.file, words) for kind, words in LISTS.items()})

    def get(self, kind: str, word: str) -> VocabularyTerm | None:
        """Return the term of a kind with this id, or None; a unit also by its UCUM code."""
        found = self.by_kind[kind].get(word)
        return self._units_by_code.get(word) if found is None and kind == "unit" else found

    def nearest(self, kind: str, text: str) -> list[str]:
        """Return the ids of a kind whose id, label or other name is most like a text, best first; none if none is."""
        found = self._nearest.get((kind, text))
        if found is None:
            found = self._nearest[kind, text] = self._search(kind, text)
        return found

    def _search(self, kind: str, text: str) -> list[str]:
        ids: dict[str, str] = {}
        for term in self.by_kind[kind].values():
            for name in (term.id, term.label, *term.names, *([term.ucum] if term.ucum else [])):
                ids.setdefault(fold(name), term.id)
        asked = fold(text)
        near = [name for name in ids if f" {asked} " in f" {name} "]
        near = sorted(near, key=lambda name: (len(name), name))
        near += suggest(asked, ids, _MOST)
        return list(dict.fromkeys(ids[name] for name in near))[:_MOST]

    @cached_property
    def _units_by_code(self) -> Mapping[str, VocabularyTerm]:
        return {term.ucum: term for term in self.by_kind["unit"].values() if term.ucum}


def list_paths(project: Project) -> dict[str, Path]:
    """Return the lists of a project by kind of word; those that it lacks are left out."""
    paths = {kind: project.root / "data" / words.file for kind, words in LISTS.items()}
    return {kind: path for kind, path in paths.items() if path.is_file()}


def _read(path: Path, words: WordList) -> Mapping[str, VocabularyTerm]:
    if not path.is_file():
        return {}
    return terms_of(read_document(path), words)


def terms_of(root: Node, words: WordList) -> Mapping[str, VocabularyTerm]:
    """Return the terms of a list by id; of two entries with one id the first counts."""
    found: dict[str, VocabularyTerm] = {}
    for entry in root.children(words.key):
        if (word := entry.text("id")) is not None:
            found.setdefault(word, _term(entry, word, words.kind))
    return found


def _term(entry: Node, word: str, kind: str) -> VocabularyTerm:
    days = entry.child("days_per_unit").value
    return VocabularyTerm(
        id=word,
        iri=term_iri(kind, word),
        label=entry.text("label") or entry.text("title") or entry.text("number") or word,
        kinds=tuple(entry.texts("kind") + entry.texts("type")),
        better=entry.text("better"),
        broader=tuple(entry.texts("broader")),
        names=tuple(name for field in _NAMES for name in entry.texts(field)),
        ucum=entry.text("ucum"),
        days=float(days) if isinstance(days, int | Decimal) else None,
        targets=tuple(entry.texts("targets")),
    )


def term_iri(kind: str, word: str) -> str:
    """Return the IRI of a word: a disease of MONDO is named by MONDO itself."""
    prefix, colon, number = word.partition(":")
    return f"{_OBO}{prefix}_{number}" if colon else f"{BASE}{kind}/{word}"
