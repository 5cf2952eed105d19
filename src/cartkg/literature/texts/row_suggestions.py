"""Rows that sentences and cells may mean: a name of the vocabularies beside a number of patients, never a fact.

A row is suggested only where a measure or an event is named exactly. Which patients it is about, and when, is left to
the person, and so is everything that a sentence with several numbers leaves open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.literature.suggestions import DESCRIBED, is_denied, suggest_result
from cartkg.literature.texts.source_text import cell_name
from cartkg.literature.words import slug
from cartkg.literature.writing import DraftRow
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.dossier.terms import VocabularyTerm
    from cartkg.literature.texts.source_text import PaperTable, SourceText
    from cartkg.literature.words import Words
    from cartkg.literature.writing import Value

#: The cohort of every suggestion, until a person names it.
UNNAMED = "cohort-to-name"
#: The sections of a dossier that rows are suggested for, with the kind of word that each row names.
KINDS = {"events": "event", "results": "measure"}
MOST = 500
#: Names of measures that stand in nearly every sentence and tell nothing there.
_EVERYWHERE = frozenset({"patient", "patients", "participants", "persons"})
_LONGEST_NAME, _SHORTEST_NAME = 6, 3
_SHARE = re.compile(r"(?<![\w./-])(\d{1,4})(?: ?/ ?| of (?:the )?| out of (?:the )?)(\d{1,4})(?![\w/-]|\.\d)")
_COUNT = re.compile(r"(\d{1,4}) ?\( ?\d+(?:\.\d+)? ?%? ?\)")
_SIZE = re.compile(r"\b[nN] ?= ?(\d{1,4})\b")


@dataclass(frozen=True, slots=True)
class CountedPatients:
    """A number of patients out of a number: 6 of 8; None where the second is not stated."""

    n: int
    of: int | None


@dataclass(frozen=True, slots=True)
class SuggestedRow:
    """A row that a passage may mean.

    Attributes:
        section: `results` or `events`.
        term: the measure or event that is named.
        share: the patients; None where the passage leaves them open.
        place: where it is in the paper.
        said: the sentence, or the cell with the names of its row and column.
        remark: what else the person has to know; empty for nothing.
    """

    section: str
    term: VocabularyTerm
    share: CountedPatients | None
    place: str
    said: str
    remark: str = ""

    def row(self, number: int) -> DraftRow:
        """Return the row of a draft; its id has a number, so that it is like no other."""
        amount = self._amount()
        described = DESCRIBED in (amount.get("result"), *(_inner(each) for each in amount.values()))
        fields: dict[str, Value | None] = {
            "id": slug(f"{self.term.id}-{number}"),
            "unconfirmed": True,
            "cohort": UNNAMED,
            KINDS[self.section]: self.term.id,
            "time": "not-reported",
            "grade": "not-reported" if self.section == "events" else None,
            **amount,
            "says": self.said if described else None,
            "claims": [{"source": "s1", "own": True}],
        }
        remarks = (f"from {self.place}: {self.said}", *([self.remark] if self.remark else []))
        return DraftRow(fields, remarks, {"cohort": "name the cohort"})

    def _amount(self) -> dict[str, Value]:
        if self.share is None:
            return {"result": DESCRIBED}
        of: Value = self.share.of if self.share.of is not None else "not-reported"
        return {"count": {"n": self.share.n, "of": of, "result": self._result()}}

    def _result(self) -> str:
        """Return what became of these patients, as far as the words say so; a denial is left to the person."""
        if self.section == "events":
            return DESCRIBED if is_denied(self.said) else "present"
        names = (self.term.label, *self.term.names)
        found = suggest_result(self.said, frozenset(word for name in names for word in fold(name).split()))
        return DESCRIBED if found.denied else found.result


def _inner(value: Value) -> Value | None:
    return value.get("result") if isinstance(value, dict) else None


def suggest_rows(source: SourceText, words: Words) -> list[SuggestedRow]:
    """Return what the sentences and cells of a paper may mean, in their order, at most `MOST`."""
    found: list[SuggestedRow] = []
    for passage in source.passages:
        for sentence in passage.sentences:
            found += _of_sentence(sentence, passage.place, words)
    for table in source.tables:
        found += _of_table(table, words)
    return found[:MOST]


def shares_in(text: str) -> list[CountedPatients]:
    """Return the numbers of patients in a text, in their order; one that is larger than its whole is none.

    Example:
        >>> shares_in("6 of 8 patients, 3/4 and 12/05/2024")
        [CountedPatients(n=6, of=8), CountedPatients(n=3, of=4)]
    """
    pairs = [(int(each[1]), int(each[2])) for each in _SHARE.finditer(text)]
    return [CountedPatients(n, of) for n, of in pairs if 0 < of >= n]


def _of_sentence(sentence: str, place: str, words: Words) -> Iterator[SuggestedRow]:
    shares = shares_in(sentence)
    named = list(_named(sentence, words)) if shares else []
    for at, (section, term) in enumerate(named):
        remark, share = "", None
        if len(shares) == 1:
            share = shares[0]
            remark = "the number may belong to one of the names alone" if len(named) > 1 else ""
        elif len(shares) == len(named):
            share, remark = shares[at], "numbers and names are paired in their order"
        else:
            remark = f"the sentence has {len(shares)} numbers and {len(named)} names"
        yield SuggestedRow(section, term, share, place, sentence, remark)


def _named(text: str, words: Words) -> Iterator[tuple[str, VocabularyTerm]]:
    """Yield the events and measures that a text names, each once; of names within one another the longest."""
    tokens = fold(text).split()
    seen: set[tuple[str, str]] = set()
    at = 0
    while at < len(tokens):
        for length in range(min(_LONGEST_NAME, len(tokens) - at), 0, -1):
            found = _term(" ".join(tokens[at : at + length]), words)
            if found is not None:
                if (found[0], found[1].id) not in seen:
                    yield found
                seen.add((found[0], found[1].id))
                at += length - 1
                break
        at += 1


def _term(name: str, words: Words) -> tuple[str, VocabularyTerm] | None:
    if len(name) < _SHORTEST_NAME or name.isdigit() or name in _EVERYWHERE:
        return None
    for section, kind in KINDS.items():
        if (term := words.find(kind, name)) is not None:
            return section, term
    return None


def _of_table(table: PaperTable, words: Words) -> Iterator[SuggestedRow]:
    """Yield a row for each number of patients in a line of a table that a measure or event names."""
    columns = table.rows[0] if table.rows else ()
    for number, cells in enumerate(table.rows[1:], 2):
        found = _term(fold(_plain_name(cells[0])), words) if cells else None
        if found is None:
            continue
        for at, cell in enumerate(cells[1:], 1):
            column = columns[at] if at < len(columns) else ""
            share = _share_of_cell(cell, column)
            if share is not None:
                said = " | ".join(filter(None, (cells[0], column, cell)))
                yield SuggestedRow(*found, share, f"{table.name}, cell {cell_name(at + 1, number)}", said)


def _plain_name(cell: str) -> str:
    """Return the name of a line without the unit behind it: `CRS, n (%)`."""
    return re.sub(r"[,;:]? ?(?:no\.|n|N)? ?\(%\).*$|, ?(?:no\.|n|N)$", "", cell).strip()


def _share_of_cell(cell: str, column: str) -> CountedPatients | None:
    shares = shares_in(cell)
    if len(shares) == 1:
        return shares[0]
    counted = _COUNT.fullmatch(cell.strip())
    if shares or counted is None:
        return None
    size = _SIZE.search(column)
    share = CountedPatients(int(counted[1]), int(size[1]) if size else None)
    return None if share.of is not None and share.n > share.of else share


def draft_sections(rows: Sequence[SuggestedRow]) -> dict[str, list[DraftRow]]:
    """Return the rows of each section of a draft."""
    numbered = list(enumerate(rows, 1))
    return {name: [each.row(number) for number, each in numbered if each.section == name] for name in KINDS}
