"""Entries in, a database of their names out; a search in, the things that it names in the order of their fitness out.

Source: SQLite FTS5 (https://www.sqlite.org/fts5.html).
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
import weakref
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError, LimitExceeded, QueryError
from cartkg.nearest import suggest
from cartkg.search.codes import forms
from cartkg.search.spelling import MOST_CHARACTERS, keys, searched, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.search.entries import SearchEntry
    from cartkg.search.spelling import Word

#: Seconds that a search may take.
SECONDS = 1.0
#: Most things of one page of results, and most things that are paged through.
MOST, MOST_OFFSET = 200, 10_000
_STEPS = 2_000
_SHOWN = 60
_NAME, _OTHER, _ALL = range(3)
#: Score of each fitness: identifier or whole name, another whole name, words in the name, in another, in all.
_SCORES, _WHOLE = (100, 100, 95, 80, 70, 50), 95
_SCHEMA = """
CREATE TABLE thing(id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, place INT, label TEXT, known INT, said TEXT);
CREATE TABLE name(id INTEGER PRIMARY KEY, thing INT, rank INT, text TEXT);
CREATE TABLE key(key TEXT, name INT, PRIMARY KEY(key, name)) WITHOUT ROWID;
CREATE TABLE code(code TEXT, thing INT, own INT, shown TEXT, PRIMARY KEY(code, thing)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(held, content='', detail=none, columnsize=0);
"""
#: Fitness: an identifier, the whole name, the whole of another name, all words in the name, in another, in all that is
#: said. Among those that only hold the words, the kinds that are looked for most come first.
_FOUND = """WITH hit(thing, fit) AS (
  SELECT thing, 0.5 - 0.5 * own FROM code WHERE code IN (?, ?, ?, ?, ?, ?, ?, ?)
  UNION ALL SELECT name.thing, 1 + name.rank FROM key JOIN name ON name.id = key.name WHERE key IN (?, ?)
  UNION ALL SELECT name.thing, 3 + name.rank FROM words JOIN name ON name.id = words.rowid WHERE words MATCH ?
), best AS (SELECT thing, MIN(fit) AS fit FROM hit GROUP BY thing)
"""
_KINDS = f"""{_FOUND} SELECT kind, COUNT(*) FROM best JOIN thing ON id = thing
GROUP BY kind ORDER BY 2 DESC, kind"""  # noqa: S608  # of constants
_PAGE = f"""{_FOUND} SELECT id, fit, iri, kind, label, said FROM best JOIN thing ON id = thing
WHERE ? IN ('', kind) ORDER BY MIN(fit, 3), place, fit, known DESC, LENGTH(label), iri LIMIT ? OFFSET ?"""  # noqa: S608  # as above
_CODE = (
    """SELECT shown FROM code WHERE code IN (?, ?, ?, ?, ?, ?, ?, ?) AND thing = ? ORDER BY own DESC, shown LIMIT 1"""
)
#: Places for codes and keys in these queries.
_CODES, _KEYS = 8, 2


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is looked for.

    Attributes:
        text: as it was typed.
        kind: only things of this kind; empty for all.
        most: how many things to return.
        offset: how many to pass over first.
        typing: whether the last word may go on.
    """

    text: str
    kind: str = ""
    most: int = 20
    offset: int = 0
    typing: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found.

    Attributes:
        iri: the thing.
        kind: as searches name it.
        label: its name for people.
        said: one line on what is known of it.
        also: the other name or identifier that it was found by; empty where its own name was.
        score: how well it fits, to 100: an identifier or its whole name; 95 another whole name; less for words.
    """

    iri: str
    kind: str
    label: str
    said: str = ""
    also: str = ""
    score: int = 0

    @property
    def exact(self) -> bool:
        """Return whether an identifier or a whole name was typed."""
        return self.score >= _WHOLE


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found.

    Attributes:
        hits: the things of this page.
        total: number of all things found; None when nobody counted them.
        kinds: number of things of each kind, before one was chosen; empty when nobody counted them.
    """

    hits: tuple[Hit, ...]
    total: int | None
    kinds: dict[str, int]


def is_possible() -> bool:
    """Return whether the SQLite of this Python was compiled with FTS5."""
    with closing(sqlite3.connect(":memory:")) as memory:
        return bool(memory.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0])


def write(found: Iterable[SearchEntry]) -> bytes:
    """Return the database of some entries; equal entries give equal bytes.

    Raises:
        ConfigError: SQLite was compiled without FTS5.
    """
    if not is_possible():
        raise ConfigError("was compiled without FTS5, so there is no search index", "SQLite of this Python")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.execute("PRAGMA page_size = 4096")
        made.executescript(_SCHEMA)
        made.execute("BEGIN")
        for number, entry in enumerate(found, 1):
            _add(made, number, entry)
        made.execute("INSERT INTO words(words) VALUES ('optimize')")
        made.execute("COMMIT")
        made.execute("VACUUM")
        return made.serialize()


def _add(made: sqlite3.Connection, thing: int, entry: SearchEntry) -> None:
    values = (thing, entry.iri, entry.kind, entry.place, entry.label, entry.known, entry.said)
    made.execute("INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    names = [(_NAME, entry.label), *((_NAME, title) for title in entry.titles)]
    names += [(_OTHER, name) for name in entry.names]
    everything = set(words(entry.about))
    for rank, text in names:
        held = words(text)
        everything |= held
        kept = text if rank == _OTHER else ""
        row = made.execute("INSERT INTO name(thing, rank, text) VALUES (?, ?, ?)", (thing, rank, kept)).lastrowid
        made.execute("INSERT INTO words(rowid, held) VALUES (?, ?)", (row, " ".join(sorted(held))))
        if len(text) <= MOST_CHARACTERS:
            made.executemany("INSERT INTO key VALUES (?, ?)", [(key, row) for key in keys(text)])
    if entry.about or len(names) > 1:
        row = made.execute("INSERT INTO name(thing, rank) VALUES (?, ?)", (thing, _ALL)).lastrowid
        made.execute("INSERT INTO words(rowid, held) VALUES (?, ?)", (row, " ".join(sorted(everything))))
    rows = {form: (form, thing, int(code.own), code.shown) for code in reversed(entry.codes) for form in code.forms}
    made.executemany("INSERT INTO code VALUES (?, ?, ?, ?)", rows.values())


@dataclass(slots=True)
class _Deadline:
    """When a search has to end, by `time.monotonic`; 0 while there is none."""

    until: float = 0.0

    def has_passed(self) -> bool:
        return self.until > 0 and time.monotonic() > self.until


class Index:
    """A database of names, in memory and never written to; may be asked by several threads."""

    def __init__(self, data: bytes) -> None:
        """Load a database.

        Raises:
            ConfigError: it is none of ours, or this SQLite cannot read it.
        """
        self._lock = Lock()
        self._deadline = _Deadline()
        self._base = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        try:
            self._base.deserialize(data)
            self._base.execute("PRAGMA query_only = 1")
            self._base.execute("PRAGMA trusted_schema = 0")
            self._base.execute(_KINDS, _filled((), (), '""'))
        except sqlite3.Error as error:
            self._base.close()
            raise ConfigError(f"cannot be read ({error}); run cartkg build", "the search index") from error
        # requests may still ask it when a reload puts another in its place, so nobody can say when to close it
        weakref.finalize(self, self._base.close)
        self._base.set_progress_handler(self._deadline.has_passed, _STEPS)
        self.kinds = tuple(kind for (kind,) in self._base.execute("SELECT DISTINCT kind FROM thing ORDER BY kind"))

    def close(self) -> None:
        """Free the memory."""
        self._base.close()

    def thing(self, iri: str) -> Hit | None:
        """Return a thing by its IRI; None where the index has none of it."""
        with self._lock:
            row = self._base.execute("SELECT iri, kind, label, said FROM thing WHERE iri = ?", (iri,)).fetchone()
        return Hit(*row) if row else None

    def search(self, search: SearchRequest) -> Results:
        """Return what a search finds, best match first; nothing for a search without letters and digits.

        Raises:
            QueryError: the text is longer than `spelling.MOST_CHARACTERS`, the kind is unknown, or a number is out of
                bounds.
            LimitExceeded: it took longer than `SECONDS`.
        """
        checked(search)
        if search.kind and search.kind not in self.kinds:
            near = suggest(search.kind[:_SHOWN], self.kinds) or self.kinds
            raise QueryError(f"unknown kind {search.kind[:_SHOWN]!r}; known: {', '.join(near)}")
        asked = searched(search.text)
        codes = forms(search.text)
        if not asked and not codes:
            return Results((), 0, {})
        with self._lock:
            self._deadline.until = time.monotonic() + SECONDS
            try:
                return self._search(search, asked, codes)
            except sqlite3.OperationalError as error:
                if time.monotonic() < self._deadline.until:
                    raise ConfigError(f"cannot be asked ({error}); run cartkg build", "the search index") from error
                raise LimitExceeded(f"the search took longer than {SECONDS:g} s; use fewer words") from error
            finally:
                self._deadline.until = 0.0

    def _search(self, search: SearchRequest, asked: list[Word], codes: tuple[str, ...]) -> Results:
        whole = keys(search.text)
        given = _filled(codes, whole, match(asked, typing=search.typing) or '""')
        kinds: dict[str, int] = dict(self._base.execute(_KINDS, given).fetchall())
        rows = self._base.execute(_PAGE, (*given, search.kind, search.most, search.offset)).fetchall()
        hits = tuple(
            Hit(iri, kind, label, said, self._also(number, fit, search, codes), _SCORES[int(fit)])
            for number, fit, iri, kind, label, said in rows
        )
        return Results(hits, kinds.get(search.kind, 0) if search.kind else sum(kinds.values()), kinds)

    def _also(self, thing: int, fit: float, search: SearchRequest, codes: tuple[str, ...]) -> str:
        """Return the other name or the identifier by which a thing was found."""
        if fit < 1:
            row = self._base.execute(_CODE, (*_padded(codes, _CODES), thing)).fetchone()
            return str(row[0]) if row else ""
        if fit not in {1 + _OTHER, 3 + _OTHER}:
            return ""
        names = self._base.execute("SELECT text FROM name WHERE thing = ? AND rank = ?", (thing, _OTHER)).fetchall()
        whole, asked = set(keys(search.text)), searched(search.text)
        fitting = [name for (name,) in names if whole & set(keys(name))] or [
            name for (name,) in names if holds(name, asked, typing=search.typing)
        ]
        return min(fitting, key=lambda name: (len(name), name), default="")


def checked(search: SearchRequest) -> None:
    """Check the bounds of a search.

    Raises:
        QueryError: the text is longer than `spelling.MOST_CHARACTERS`, or a number is out of bounds.
    """
    if len(search.text) > MOST_CHARACTERS:
        raise QueryError(f"a search has at most {MOST_CHARACTERS} characters")
    if not (1 <= search.most <= MOST and 0 <= search.offset <= MOST_OFFSET):
        raise QueryError(f"ask for 1 to {MOST} results at once, among the first {MOST_OFFSET}")


def match(asked: list[Word], *, typing: bool = False) -> str:
    """Return the words of a search in the language of FTS5: all of them, each in any spelling.

    Example:
        >>> match(searched("kyv-101 lupus"))
        '("kyv101" OR ("kyv" AND "101")) AND ("lupu" OR "lupus")'
    """
    return " AND ".join(
        f"({' OR '.join(_way(way, open_end=typing and word is asked[-1]) for way in word.spellings)})" for word in asked
    )


def holds(name: str, asked: list[Word], *, typing: bool = False) -> bool:
    """Return whether a name holds all words of a search, as `match` asks it."""
    held = words(name)

    def is_held(part: str, *, open_end: bool) -> bool:
        return part in held or (open_end and any(each.startswith(part) for each in held))

    return all(
        any(
            all(is_held(part, open_end=typing and word is asked[-1] and part is way[-1]) for part in way)
            for way in word.spellings
        )
        for word in asked
    )


def _way(parts: tuple[str, ...], *, open_end: bool) -> str:
    quoted = [f'"{part}"' for part in parts]
    if open_end:
        quoted[-1] += "*"
    return quoted[0] if len(quoted) == 1 else f"({' AND '.join(quoted)})"


def _filled(codes: tuple[str, ...], whole: tuple[str, ...], words: str) -> tuple[str | None, ...]:
    """Return what stands for the marks of a query: codes and keys, as many as there are places for, and words."""
    return (*_padded(codes, _CODES), *_padded(whole, _KEYS), words)


def _padded(values: tuple[str, ...], places: int) -> tuple[str | None, ...]:
    return (*values[:places], *(None,) * (places - len(values)))


def digest(data: bytes) -> str:
    """Return the SHA-256 of a database, as the manifest of a build has it."""
    return hashlib.sha256(data).hexdigest()
