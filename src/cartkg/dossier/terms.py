"""Terms: the ids of the controlled vocabularies in, what they stand for out."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from cartkg.dossier.reading import read_document
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.dossier.node import Plain
    from cartkg.project import Project

_OBO = "http://purl.obolibrary.org/obo/"
#: Lists by kind of word: folder below data, file, and the kind in the IRI.
LISTS: Mapping[str, tuple[str, str]] = {
    "measure": ("vocabulary/measures.yaml", "criterion"),
    "event": ("vocabulary/adverse-events.yaml", "term"),
    "disease": ("vocabulary/diseases.yaml", "disease"),
    "drug": ("vocabulary/drugs.yaml", "drug"),
    "target": ("vocabulary/targets.yaml", "target"),
    "unit": ("vocabulary/units.yaml", "unit"),
    "site": ("vocabulary/sites.yaml", "site"),
    "organization": ("vocabulary/organizations.yaml", "organization"),
    "product": ("products.yaml", "product"),
    "trial": ("trials.yaml", "trial"),
}
Entry: TypeAlias = "dict[str, Plain]"
#: Most words that are offered for one that is unknown, and how alike they must be (0 to 1).
_MOST, _ALIKE = 4, 0.6


@dataclass(frozen=True, slots=True)
class Term:
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


@dataclass(frozen=True)
class Terms:
    """All words that a dossier may use, by kind and id."""

    by_kind: Mapping[str, Mapping[str, Term]]
    _nearest: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, project: Project) -> Terms:
        """Read the lists of a project; a list that is missing is empty.

        Raises:
            SourceError: a list is not YAML.
        """
        return cls({kind: _read(project.root / "data" / file, name) for kind, (file, name) in LISTS.items()})

    def get(self, kind: str, word: str) -> Term | None:
        """Return the term of a kind with this id, or None."""
        return self.by_kind[kind].get(word)

    def measure(self, word: str) -> Term | None:
        """Return a measure by its id."""
        return self.get("measure", word)

    def event(self, word: str) -> Term | None:
        """Return an adverse event by its id."""
        return self.get("event", word)

    def disease(self, word: str) -> Term | None:
        """Return a disease by its id, such as MONDO:0007915."""
        return self.get("disease", word)

    def drug(self, word: str) -> Term | None:
        """Return a drug or a group of drugs by its id."""
        return self.get("drug", word)

    def target(self, word: str) -> Term | None:
        """Return a target antigen by its id."""
        return self.get("target", word)

    def unit(self, word: str) -> Term | None:
        """Return a unit by its id or its UCUM code."""
        return self.get("unit", word) or self._units_by_code.get(word)

    def site(self, word: str) -> Term | None:
        """Return a site by its id."""
        return self.get("site", word)

    def organization(self, word: str) -> Term | None:
        """Return an organization by its id."""
        return self.get("organization", word)

    def product(self, word: str) -> Term | None:
        """Return a product by its id."""
        return self.get("product", word)

    def trial(self, word: str) -> Term | None:
        """Return a trial by its id, such as nct05859997."""
        return self.get("trial", word)

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
                ids.setdefault(_normal(name), term.id)
        asked = _normal(text)
        near = [name for name in ids if f" {asked} " in f" {name} "]
        near = sorted(near, key=lambda name: (len(name), name))
        near += get_close_matches(asked, ids, _MOST, _ALIKE)
        return list(dict.fromkeys(ids[name] for name in near))[:_MOST]

    @cached_property
    def _units_by_code(self) -> Mapping[str, Term]:
        return {term.ucum: term for term in self.by_kind["unit"].values() if term.ucum}


def _normal(name: str) -> str:
    return " ".join(name.lower().replace("\u2019", "'").replace("\u2013", "-").replace("-", " ").split())


def _read(path: Path, kind: str) -> Mapping[str, Term]:
    if not path.is_file():
        return {}
    rows = read_document(path).value
    return {term.id: term for term in _terms(rows if isinstance(rows, list) else [], kind)}


def _terms(rows: list[Plain], kind: str) -> Iterable[Term]:
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("id"), str):
            yield _term(row, kind)


def _term(row: Entry, kind: str) -> Term:
    word = str(row["id"])
    code, days = row.get("ucum"), row.get("days_per_unit")
    return Term(
        id=word,
        iri=term_iri(kind, word),
        label=str(row.get("label") or row.get("name") or row.get("title") or word),
        kinds=_texts(row, "kind"),
        better=str(row["better"]) if "better" in row else None,
        broader=_texts(row, "broader"),
        names=_texts(row, "synonyms") + _texts(row, "hidden"),
        ucum=None if code is None else str(code),
        days=float(days) if isinstance(days, int | Decimal) else None,
    )


def term_iri(kind: str, word: str) -> str:
    """Return the IRI of a word: a disease of MONDO is named by MONDO itself."""
    prefix, colon, number = word.partition(":")
    return f"{_OBO}{prefix}_{number}" if colon else f"{BASE}{kind}/{word}"


def _texts(row: Entry, name: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)
