"""Read query files as `Question` and `Check`.

A file opens with a header of comment lines, `#+ key: value`. Lines with the same key continue each other,
except `answers`, of which each line describes one column: `#+ answers: reached (patients): in DORIS remission`.
The text kept is the whole file, header included, so that line numbers in an error are those of the file.
"""

from __future__ import annotations

import re
import shlex
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pyoxigraph import Store

from cartkg.diagnostics import Severity
from cartkg.errors import QueryError, ShapesError
from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.files import list_files
from cartkg.queries.header import Header, unknown
from cartkg.queries.model import PERSONAS, SCALARS, Check, Column, LeftOut, Parameter, Question, Saved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cartkg.evaluation.evaluator import QueryOutline
    from cartkg.queries.header import HeaderEntry

_COLUMN = re.compile(r"\??(?P<name>\w+)\s*(?:\((?P<unit>[^)]*)\))?\s*:\s*(?P<meaning>.+)\Z")
_PARAMETER = re.compile(r"(?P<name>[a-z][a-zA-Z]*)\s*\((?P<kind>[a-z-]+)\)\s*:\s*(?P<meaning>.+)\Z")
_NAMED = re.compile(r"(?P<name>[a-z][a-zA-Z]*)\s*:\s*(?P<meaning>.+)\Z")
_SAVED = re.compile(r"(?P<name>[a-z][a-z0-9-]*)\s*(?:\[(?P<settings>[^\]]*)\])?\s*:\s*(?P<meaning>.+\?)\Z")
_SAVED_LINE = re.compile(r"^#\+ saved:\s*(?P<name>[a-z][a-z0-9-]*)", re.MULTILINE)
_QUESTION_KEYS = {
    "title", "description", "answers", "how-to-read", "includes", "asked-by", "tags", "min-rows", "uses-inference",
    "same-outcome", "parameter", "leaves-out", "saved", "brief",
}  # fmt: skip
_CHECK_KEYS = {"title", "description", "answers", "tags", "severity", "see-also"}

T = TypeVar("T")


def _outlines(headers: Sequence[Header], parser: Evaluator | None) -> list[QueryOutline | ShapesError]:
    """Guard and parse the texts of files, and say which of them are none that may run; with line."""
    texts = [header.text for header in headers]
    with nullcontext(parser) if parser else Evaluator(Store()) as evaluator:
        found = evaluator.outlines(texts)
    return [
        _error(header, each) if isinstance(each, Failure) else each for header, each in zip(headers, found, strict=True)
    ]


def _error(header: Header, failure: Failure) -> ShapesError:
    stopped = failure.fault is Fault.STOPPED
    return header.error_at(failure.line, failure.tell("this query"), stopped=stopped)


def _columns(header: Header, variables: tuple[str, ...] | None) -> tuple[Column, ...]:
    columns = []
    for entry in header.lines("answers"):
        match = _COLUMN.match(entry.value)
        if match is None:
            message = f"not a column: {entry.value!r}; write `#+ answers: name (unit): meaning`"
            raise header.error_at(entry.line, message)
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
        parser: what parses queries; its own if omitted.
    """
    return _read(_headers(paths, _QUESTION_KEYS), _question, parser)


def try_checks(paths: Sequence[Path], parser: Evaluator | None = None) -> list[Check | ShapesError]:
    """Read check files; each malformed one becomes what is wrong with it.

    Args:
        paths: the files.
        parser: what parses queries; its own if omitted.
    """
    return _read(_headers(paths, _CHECK_KEYS), _check, parser)


def read_questions(folder: Path, parser: Evaluator | None = None) -> list[Question]:
    """Read all questions of a folder, sorted by name; an empty list when it contains none.

    Args:
        folder: the folder.
        parser: what parses queries; its own if omitted.

    Raises:
        ShapesError: the folder is missing or a file is malformed.
    """
    return [_sound(each) for each in try_questions(query_files(folder), parser)]


def read_checks(folder: Path) -> list[Check]:
    """Read all checks of a folder, sorted by name; an empty list when it contains none.

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
    headers: list[Header | ShapesError], make: Callable[[Header, QueryOutline], T], parser: Evaluator | None
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


def _question(header: Header, outline: QueryOutline) -> Question:
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
        parameters=_parameters(header),
        leaves_out=_left_out(header),
        saved=_saved(header),
        brief=header.words("brief") if header.lines("brief") else (),
    )


def _parameters(header: Header) -> tuple[Parameter, ...]:
    found = []
    for entry, match in _matched(header, "parameter", _PARAMETER, "name (kind): meaning"):
        kinds = (*SCALARS, *(path.stem for path in list_files(header.path.parent / "lists", ".rq").files))
        if match["kind"] not in kinds:
            raise header.error_at(entry.line, unknown("kind of parameter", match["kind"], kinds))
        _require(header, entry, f"VALUES ?{match['name']}Parameter {{ UNDEF }}")
        found.append(Parameter(match["name"], match["kind"], match["meaning"]))
    return tuple(found)


def _left_out(header: Header) -> tuple[LeftOut, ...]:
    found = []
    for entry, match in _matched(header, "leaves-out", _NAMED, "name: which rows"):
        _require(header, entry, f"VALUES ?{match['name']}Parameter {{ false }}")
        found.append(LeftOut(match["name"], match["meaning"]))
    return tuple(found)


def _saved(header: Header) -> tuple[Saved, ...]:
    known = {"with", *(parameter.name for parameter in _parameters(header))}
    kept = {each.name for each in _left_out(header)}
    found = []
    for entry, match in _matched(header, "saved", _SAVED, "name [parameter=value ...]: title?"):
        try:
            settings = tuple(_setting(word) for word in shlex.split(match["settings"] or ""))
        except ValueError as error:
            raise header.error_at(entry.line, f"a quote in the settings is not closed: {match['settings']}") from error
        for name, value in settings:
            if name not in known:
                raise header.error_at(entry.line, unknown("parameter", name, sorted(known)))
            if name == "with" and value not in kept:
                raise header.error_at(entry.line, unknown("rows left out", value, sorted(kept)))
        found.append(Saved(match["name"], match["meaning"], settings))
    return tuple(found)


def _setting(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _matched(
    header: Header, key: str, form: re.Pattern[str], usage: str
) -> Iterator[tuple[HeaderEntry, re.Match[str]]]:
    for entry in header.lines(key):
        match = form.match(entry.value)
        if match is None:
            raise header.error_at(entry.line, f"not a {key} line: {entry.value!r}; write `#+ {key}: {usage}`")
        yield entry, match


def _require(header: Header, entry: HeaderEntry, block: str) -> None:
    if block not in header.text:
        raise header.error_at(entry.line, f"the query lacks `{block}`, where the value is inserted")


def _check(header: Header, outline: QueryOutline) -> Check:
    if not header.path.stem.endswith("-violation"):
        raise ShapesError("a check is named after its breach: <breach>-violation.rq", header.path)
    severity = header.optional("severity", Severity.ERROR.value)
    if severity not in {level.value for level in Severity}:
        raise header.error("severity", unknown("severity", severity, [level.value for level in Severity]))
    missing = {"subject", "message"} - set(outline.variables or ())
    if missing:
        raise ShapesError(f"a check must also select ?{' and ?'.join(sorted(missing))}", header.path, 1)
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


@dataclass(frozen=True, slots=True)
class FoundQuestion:
    """A question that was found by its name, or by that of one of its saved settings."""

    question: Question
    saved: Saved | None = None


def find_question(folder: Path, name: str, parser: Evaluator | None = None) -> FoundQuestion:
    """Read the question with this name, or with a saved setting of this name, out of a folder.

    Args:
        folder: the folder.
        name: its name.
        parser: what parses queries; its own if omitted.

    Raises:
        QueryError: there is none; it names those that look alike.
        ShapesError: its file is malformed.
    """
    names: dict[str, Path] = {}
    for path in query_files(folder):
        names[path.stem] = path
        names |= {found["name"]: path for found in _SAVED_LINE.finditer(Header(path, _QUESTION_KEYS).text)}
    if name not in names:
        raise QueryError(unknown("question", name, list(names)))
    question = read_question(names[name], parser)
    return FoundQuestion(question, question.setting(name))
