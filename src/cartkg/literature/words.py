"""The ids of the vocabularies that words of a source may mean: an exact name, else the nearest for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.nearest import fold

if TYPE_CHECKING:
    from cartkg.dossier.terms import Vocabulary, VocabularyTerm

_LONGEST_ID = 60
_LONGEST_SEARCHED = 120


@dataclass(frozen=True, slots=True)
class Proposed:
    """An id that words may mean.

    Attributes:
        id: the id; the words themselves in the form of an id where no name is the same.
        hint: what to tell the person: which ids are near; empty where a name is the same.
        term: the term of the id; None where no name is the same.
    """

    id: str
    hint: str = ""
    term: VocabularyTerm | None = None


@dataclass(frozen=True)
class Words:
    """Look up words in the vocabularies of a project."""

    terms: Vocabulary
    _names: dict[str, dict[str, VocabularyTerm]] = field(default_factory=dict, repr=False)

    def find(self, kind: str, words: str) -> VocabularyTerm | None:
        """Return the term whose id, label or other name is these words, whatever the case; None when none is.

        Args:
            kind: a kind of the vocabularies, for instance `measure`.
            words: what was written.
        """
        if (term := self.terms.get(kind, words)) is not None:
            return term
        if kind not in self._names:
            self._names[kind] = self._index(kind)
        names, asked = self._names[kind], fold(words)
        return names.get(asked) or names.get(asked.removesuffix("s"))

    def propose(self, kind: str, words: str) -> Proposed:
        """Return the id that words may mean, with the nearest ids where none of them is exact."""
        if (term := self.find(kind, words)) is not None:
            return Proposed(term.id, "", term)
        near = self.terms.nearest(kind, words) if len(words) <= _LONGEST_SEARCHED else []
        return Proposed(slug(words), f"no id: nearest {', '.join(near)}" if near else "no id, and none is near")

    def unit(self, words: str) -> tuple[str, str]:
        """Return the unit that words may mean, as UCUM where it has a code, and a hint where none is exact."""
        found = self.terms.get("unit", words) or self.find("unit", words)
        if found is not None:
            return found.ucum or found.id, ""
        near = self.terms.nearest("unit", words) if len(words) <= _LONGEST_SEARCHED else []
        return words, f"no unit: nearest {', '.join(near)}" if near else "no unit, and none is near"

    def _index(self, kind: str) -> dict[str, VocabularyTerm]:
        found: dict[str, VocabularyTerm] = {}
        for names in (0, 1):  # ids and labels go before other names
            for term in self.terms.by_kind[kind].values():
                for name in (term.id, term.label) if names == 0 else term.names:
                    found.setdefault(fold(name), term)
        return found


def slug(words: str, otherwise: str = "unnamed") -> str:
    """Return words in the form of an id: small letters, digits and hyphens.

    Example:
        >>> slug("Müller F: mRSS (change)")
        'muller-f-mrss-change'
    """
    plain = "".join(sign if sign.isascii() else " " for sign in fold(words))
    return "-".join(plain.split())[:_LONGEST_ID].strip("-") or otherwise
