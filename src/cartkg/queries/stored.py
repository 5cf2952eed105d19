"""Query files in, `Question` and `Check` out.

A file opens with a header of comment lines, `#+ key: value`. Lines with the same key continue each other,
except `answers`, of which each line describes one column: `#+ answers: reached (patients): in DORIS remission`.
The text kept is the whole file, header included, so that line numbers in an error are those of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import QuerySolutions, Store

from cartkg.errors import QueryError, ShapesError
from cartkg.findings import Severity
from cartkg.queries.header import Header, unknown

if TYPE_CHECKING:
    from pathlib import Path

_COLUMN = re.compile(r"\??(?P<name>\w+)\s*(?:\((?P<unit>[^)]*)\))?\s*:\s*(?P<meaning>.+)\Z")
_POSITION = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): (?P<what>.*)\Z", re.DOTALL)
_QUESTION_KEYS = {
    "title", "description", "answers", "how-to-read", "includes", "asked-by", "tags", "min-rows", "uses-inference",
    "same-outcome",
}  # fmt: skip
_CHECK_KEYS = {"title", "description", "answers", "tags", "severity", "see-also"}

#: Who may ask; `asked-by` takes these names, separated by commas.
PERSONAS = (
    "rheumatologist", "neurologist", "trialist", "safety-officer", "systematic-reviewer", "data-engineer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer.

    Attributes:
        name: the variable, without its question mark.
        unit: unit of the values ("patients", "months after infusion"); empty for names and labels.
        meaning: what the column says, in words.
    """

    name: str
    unit: str
    meaning: str

    @property
    def heading(self) -> str:
        """Give the name with its unit, as a table prints it."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Question:
    """A stored question with all that a reader needs to use its answer.

    Attributes:
        name: stem of the file, the name it is asked by.
        title: the question in plain words; ends with a question mark.
        description: what it counts and how.
        answers: one entry for each column, in the order of the SELECT; empty for CONSTRUCT and ASK.
        how_to_read: one line on what the answer does and does not show.
        includes: which claims and cohorts stand behind it.
        asked_by: the kinds of reader it is for, out of `PERSONAS`.
        tags: subjects, for lists and search.
        min_rows: fewest rows that the shipped graph must give.
        uses_inference: whether it finds nothing without the reasoner's graph.
        text: the whole file, header included.
        path: the file.
        same_outcome: columns that may differ from row to row while the outcome counted is still one.
    """

    name: str
    title: str
    description: str
    answers: tuple[Column, ...]
    how_to_read: str
    includes: str
    asked_by: tuple[str, ...]
    tags: tuple[str, ...]
    min_rows: int
    uses_inference: bool
    text: str
    path: Path
    same_outcome: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A stored rule that must find nothing; each row it gives is one breach.

    It selects at least ?subject and ?message; ?predicate, ?object, ?severity and ?graph are optional.

    Attributes:
        name: stem of the file, `<breach>-violation`; the rule id in every report.
        title: the rule in words.
        description: why the rule is there.
        severity: how bad a breach is where the row does not say.
        text: the whole file, header included.
        path: the file.
    """

    name: str
    title: str
    description: str
    severity: Severity
    text: str
    path: Path


def _variables(path: Path, text: str) -> tuple[str, ...] | None:
    """Parse a query and give the variables it selects, or None when it is no SELECT.

    Raises:
        ShapesError: the text is no SPARQL 1.1 query; with the line of the fault.
    """
    try:
        result = Store().query(text)
    except SyntaxError as error:
        match = _POSITION.match(str(error.msg))
        line = int(match["line"]) if match else None
        raise ShapesError(f"not a SPARQL query: {match['what'] if match else error.msg}", path, line) from error
    if not isinstance(result, QuerySolutions):
        return None
    return tuple(variable.value for variable in result.variables)


def _columns(header: Header, variables: tuple[str, ...] | None) -> tuple[Column, ...]:
    columns = []
    for entry in header.lines("answers"):
        match = _COLUMN.match(entry.value)
        if match is None:
            message = f"not a column: {entry.value!r}; write `#+ answers: name (unit): meaning`"
            raise ShapesError(message, header.path, entry.line)
        columns.append(Column(match["name"], match["unit"] or "", match["meaning"]))
    described = tuple(column.name for column in columns)
    if variables is not None and described != variables:
        message = f"`answers` describes {', '.join(described) or 'nothing'}, the query selects {', '.join(variables)}"
        raise header.error("answers", message)
    return tuple(columns)


def _min_rows(header: Header) -> int:
    value = header.required("min-rows")
    if not value.isdecimal():
        raise header.error("min-rows", f"min-rows is a whole number from 0, not {value!r}")
    return int(value)


def read_question(path: Path) -> Question:
    """Read one question file.

    Raises:
        ShapesError: the header lacks a key or has an unknown one, the title does not end with a question mark,
            `answers` and SELECT disagree, or the text is no SPARQL; with file and line.
    """
    header = Header(path, _QUESTION_KEYS)
    title = header.required("title")
    if not title.endswith("?"):
        raise header.error("title", "a question's title ends with a question mark")
    asked_by = header.words("asked-by")
    for persona in asked_by:
        if persona not in PERSONAS:
            raise header.error("asked-by", unknown("reader", persona, PERSONAS))
    infers = header.optional("uses-inference", "no")
    if infers not in {"yes", "no"}:
        raise header.error("uses-inference", f"uses-inference is yes or no, not {infers!r}")
    return Question(
        name=path.stem,
        title=title,
        description=header.required("description"),
        answers=_columns(header, _variables(path, header.text)),
        how_to_read=header.required("how-to-read"),
        includes=header.optional("includes", "every claim in the graph, whatever was read of the publication"),
        asked_by=asked_by,
        tags=header.words("tags"),
        min_rows=_min_rows(header),
        uses_inference=infers == "yes",
        text=header.text,
        path=path,
        same_outcome=header.words("same-outcome") if header.lines("same-outcome") else (),
    )


def read_check(path: Path) -> Check:
    """Read one check file.

    Raises:
        ShapesError: the stem does not end with `-violation`, the header lacks title or description, the text is no
            SPARQL, or it does not select ?subject and ?message; with file and line.
    """
    header = Header(path, _CHECK_KEYS)
    if not path.stem.endswith("-violation"):
        raise ShapesError("a check is named for its breach: <breach>-violation.rq", path)
    severity = header.optional("severity", Severity.ERROR.value)
    if severity not in {level.value for level in Severity}:
        raise header.error("severity", unknown("severity", severity, [level.value for level in Severity]))
    missing = {"subject", "message"} - set(_variables(path, header.text) or ())
    if missing:
        raise ShapesError(f"a check selects ?{' and ?'.join(sorted(missing))} too", path, 1)
    return Check(
        name=path.stem,
        title=header.required("title"),
        description=header.required("description"),
        severity=Severity(severity),
        text=header.text,
        path=path,
    )


def read_questions(folder: Path) -> list[Question]:
    """Read all questions of a folder, sorted by name; an empty list when it holds none.

    Raises:
        ShapesError: the folder is missing or a file is malformed.
    """
    return [read_question(path) for path in _files(folder)]


def read_checks(folder: Path) -> list[Check]:
    """Read all checks of a folder, sorted by name; an empty list when it holds none.

    Raises:
        ShapesError: the folder is missing or a file is malformed.
    """
    return [read_check(path) for path in _files(folder)]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ShapesError("no such folder of queries", folder)
    return sorted(folder.glob("*.rq"))


def find_question(folder: Path, name: str) -> Question:
    """Read the question with this name out of a folder.

    Raises:
        QueryError: there is none; it names those that look alike.
        ShapesError: its file is malformed.
    """
    names = [path.stem for path in _files(folder)]
    if name not in names:
        raise QueryError(unknown("question", name, names))
    return read_question(folder / f"{name}.rq")
