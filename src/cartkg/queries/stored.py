"""Query files in, `Question` and `Check` out.

A file opens with a header of comment lines, `#+ key: value`. Lines with the same key continue each other,
except `answers`, of which each line describes one column: `#+ answers: reached (patients): in DORIS remission`.
The text kept is the whole file, header included, so that line numbers in an error are those of the file.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

from pyoxigraph import Store

from cartkg.diagnostics import Severity
from cartkg.errors import QueryError, ShapesError
from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.files import list_files
from cartkg.queries.header import Header, unknown
from cartkg.queries.model import PERSONAS, Check, Column, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cartkg.evaluation.evaluator import Outline

_COLUMN = re.compile(r"\??(?P<name>\w+)\s*(?:\((?P<unit>[^)]*)\))?\s*:\s*(?P<meaning>.+)\Z")
_QUESTION_KEYS = {
    "title", "description", "answers", "how-to-read", "includes", "asked-by", "tags", "min-rows", "uses-inference",
    "same-outcome",
}  # fmt: skip
_CHECK_KEYS = {"title", "description", "answers", "tags", "severity", "see-also"}

T = TypeVar("T")


def _outlines(headers: Sequence[Header], parser: Evaluator | None) -> list[Outline | ShapesError]:
    """Guard and parse the texts of files, and say which of them are none that may run; with line."""
    texts = [header.text for header in headers]
    with nullcontext(parser) if parser else Evaluator(Store()) as evaluator:
        found = evaluator.outlines(texts)
    return [
        _error(header, each) if isinstance(each, Failure) else each for header, each in zip(headers, found, strict=True)
    ]


def _error(header: Header, failure: Failure) -> ShapesError:
    stopped = failure.fault is Fault.STOPPED
    return ShapesError(failure.tell("this query"), header.path, failure.line, stopped)


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


def read_question(path: Path, parser: Evaluator | None = None) -> Question:
    """Read one question file.

    Raises:
        ShapesError: the header lacks a key or has an unknown one, the title does not end with a question mark,
            `answers` and SELECT disagree, or the text is not SPARQL that may run here; with file and line.
    """
    return _sound(try_questions([path], parser)[0])


def try_questions(paths: Sequence[Path], parser: Evaluator | None = None) -> list[Question | ShapesError]:
    """Read question files; each malformed one becomes what is wrong with it.

    Args:
        paths: the files.
        parser: what parses queries; its own when left out.
    """
    return _read(_headers(paths, _QUESTION_KEYS), _question, parser)


def try_checks(paths: Sequence[Path], parser: Evaluator | None = None) -> list[Check | ShapesError]:
    """Read check files; each malformed one becomes what is wrong with it.

    Args:
        paths: the files.
        parser: what parses queries; its own when left out.
    """
    return _read(_headers(paths, _CHECK_KEYS), _check, parser)


def read_questions(folder: Path, parser: Evaluator | None = None) -> list[Question]:
    """Read all questions of a folder, sorted by name; an empty list when it holds none.

    Args:
        folder: the folder.
        parser: what parses queries; its own when left out.

    Raises:
        ShapesError: the folder is missing or a file is malformed.
    """
    return [_sound(each) for each in try_questions(query_files(folder), parser)]


def read_checks(folder: Path) -> list[Check]:
    """Read all checks of a folder, sorted by name; an empty list when it holds none.

    Raises:
        ShapesError: the folder is missing or a file is malformed.
    """
    return [_sound(each) for each in try_checks(query_files(folder))]


def _sound(found: T | ShapesError) -> T:
    if isinstance(found, ShapesError):
        raise found
    return found


def _headers(paths: Sequence[Path], keys: set[str]) -> list[Header | ShapesError]:
    found: list[Header | ShapesError] = []
    for path in paths:
        try:
            found.append(Header(path, keys))
        except ShapesError as error:
            found.append(error)
    return found


def _read(
    headers: list[Header | ShapesError], make: Callable[[Header, Outline], T], parser: Evaluator | None
) -> list[T | ShapesError]:
    """Parse the texts of files all at once, and make of each what it is to be."""
    outlines = iter(_outlines([each for each in headers if isinstance(each, Header)], parser))
    found: list[T | ShapesError] = []
    for header in headers:
        try:
            found.append(make(header, _sound(next(outlines))) if isinstance(header, Header) else header)
        except ShapesError as error:
            found.append(error)
    return found


def _question(header: Header, outline: Outline) -> Question:
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
        name=header.path.stem,
        title=title,
        description=header.required("description"),
        answers=_columns(header, outline.variables),
        how_to_read=header.required("how-to-read"),
        includes=header.optional("includes", "every claim in the graph, whatever was read of the publication"),
        asked_by=asked_by,
        tags=header.words("tags"),
        min_rows=_min_rows(header),
        uses_inference=infers == "yes",
        text=header.text,
        path=header.path,
        same_outcome=header.words("same-outcome") if header.lines("same-outcome") else (),
    )


def _check(header: Header, outline: Outline) -> Check:
    if not header.path.stem.endswith("-violation"):
        raise ShapesError("a check is named for its breach: <breach>-violation.rq", header.path)
    severity = header.optional("severity", Severity.ERROR.value)
    if severity not in {level.value for level in Severity}:
        raise header.error("severity", unknown("severity", severity, [level.value for level in Severity]))
    missing = {"subject", "message"} - set(outline.variables or ())
    if missing:
        raise ShapesError(f"a check selects ?{' and ?'.join(sorted(missing))} too", header.path, 1)
    return Check(
        name=header.path.stem,
        title=header.required("title"),
        description=header.required("description"),
        severity=Severity(severity),
        text=header.text,
        path=header.path,
    )


def query_files(folder: Path) -> list[Path]:
    """Return the query files of a folder, sorted by name.

    Raises:
        ShapesError: the folder does not exist.
    """
    if not folder.is_dir():
        raise ShapesError("no such folder of queries", folder)
    return list(list_files(folder, ".rq").files)


def find_question(folder: Path, name: str, parser: Evaluator | None = None) -> Question:
    """Read the question with this name out of a folder.

    Args:
        folder: the folder.
        name: its name.
        parser: what parses queries; its own when left out.

    Raises:
        QueryError: there is none; it names those that look alike.
        ShapesError: its file is malformed.
    """
    names = [path.stem for path in query_files(folder)]
    if name not in names:
        raise QueryError(unknown("question", name, names))
    return read_question(folder / f"{name}.rq", parser)
