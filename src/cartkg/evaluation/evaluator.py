"""Evaluate queries on a store: the only way in which queries of a project run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

import pyoxigraph as ox

from cartkg.evaluation import columns, datasets
from cartkg.evaluation.bounds import BOUNDS, JobBounds, Stopped
from cartkg.evaluation.children import Children
from cartkg.evaluation.guarding import Failure, Fault, breach
from cartkg.evaluation.messages import Frame
from cartkg.systems import is_linux

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cartkg.evaluation.apart import Apart

Statements = tuple[ox.Triple, ...]
Answer = ox.QuerySolutions | ox.QueryBoolean | Statements

_POSITION = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): (?P<what>.*)\Z", re.DOTALL)
_KINDS = _ROWS, _TRUTH, _TRIPLES = "rows", "truth", "triples"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Part:
    """The result of one query on its way: its kind, what is stated about it, and what it carries."""

    kind: str
    said: list[str] = field(default_factory=list)
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class QueryOutline:
    """What a query asks for.

    Attributes:
        variables: what a SELECT selects; None for the other forms.
        triples: whether it is a CONSTRUCT or a DESCRIBE.
    """

    variables: tuple[str, ...] | None
    triples: bool = False


class Evaluator:
    """Query one store: every text is guarded here, then parsed and evaluated in sandboxed children.

    On systems other than Linux, if the bounds do not require a sandbox, the texts are evaluated by a child of another
    kind, bounded in time and reply alone; otherwise every text fails and says why.

    The store must not change between the first question and `close`. To be used from one thread at a time.
    """

    def __init__(
        self,
        store: ox.Store,
        prefixes: Mapping[str, str] | None = None,
        bounds: JobBounds = BOUNDS,
        *,
        union: bool = False,
    ) -> None:
        """Prepare; nothing is forked before the first question.

        Args:
            store: what is asked.
            prefixes: what queries may use without declaring it.
            bounds: what a query may use.
            union: whether the default graph contains the store's derived graphs beside what is stated.
        """
        self._union = union
        self._store = store
        self._prefixes = dict(prefixes or {})
        self._children = Children(self._work, bounds) if bounds.sandboxed or is_linux() else self._apart(bounds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the children; the next question starts new ones."""
        self._children.close()

    def abort(self) -> None:
        """Make the queries of another thread end soon; their answers are unusable."""
        self._children.abort()

    def prepare(self, questions: int) -> None:
        """Fork children for so many questions now; afterwards the store may change, and another thread may ask."""
        self._children.prepare(questions)

    def ask(self, texts: Sequence[str]) -> list[Answer | Failure]:
        """Answer queries in parallel, each within the bounds."""
        return self._run("ask", [[text] for text in texts], _answer)

    def ask_together(self, texts: Sequence[str]) -> list[Answer | Failure]:
        """Answer queries one after another, all within the bounds of one; where these are met, every query failed."""
        return self._run("ask", [list(texts)], _answer)

    def outlines(self, texts: Sequence[str], *, prefixed: bool = False) -> list[QueryOutline | Failure]:
        """Parse queries without evaluating them, all within the bounds of one, or in parallel where one is stopped.

        Args:
            texts: the queries.
            prefixed: whether they may use this evaluator's prefixes without declaring them.
        """
        what = "outline prefixed" if prefixed else "outline"
        found = self._run(what, [list(texts)], _outline)
        if len(texts) > 1 and any(isinstance(each, Failure) and each.fault is Fault.STOPPED for each in found):
            return self._run(what, [[text] for text in texts], _outline)
        return found

    def _run(self, what: str, jobs: list[list[str]], read: Callable[[_Part], T]) -> list[T | Failure]:
        """Guard and send jobs of one or more texts; the results in the order of all texts."""
        broken = [[breach(text, self._prefixes) for text in job] for job in jobs]
        sound = [
            [text for text, fault in zip(*each, strict=True) if not fault] for each in zip(jobs, broken, strict=True)
        ]
        replies = self._children.run([Frame({"what": what, "texts": texts, "union": self._union}) for texts in sound])
        found: list[T | Failure] = []
        for faults, texts, reply in zip(broken, sound, replies, strict=True):
            results = iter(_results(reply, len(texts), read))
            found += [fault or next(results) for fault in faults]
        return found

    def _work(self, job: Frame) -> Frame:
        """Do a job, in a child that shares this process's memory."""
        return answer(job, self._store, self._prefixes)

    def _apart(self, bounds: JobBounds) -> Apart:
        from cartkg.evaluation.apart import Apart  # noqa: PLC0415  # what no check on Linux uses

        return Apart(self._brought, bounds)

    def _brought(self) -> Frame:
        """Return the store and the prefixes for a child that shares nothing."""
        dump = self._store.dump(format=ox.RdfFormat.N_QUADS) or b""
        return Frame({"what": "store", "prefixes": self._prefixes}, dump)


def answer(job: Frame, store: ox.Store, prefixes: dict[str, str]) -> Frame:
    """Do a job: parse or evaluate its texts; what is wrong with one is part of the reply."""
    declared = prefixes if job.head["what"] == "outline prefixed" else {}
    ask = job.head["what"] == "ask"
    beside = datasets.derived(store) if job.head["union"] else ()
    done = [_asked(text, store, prefixes, beside) if ask else _parsed(text, declared) for text in job.head["texts"]]
    heads = [[part.kind, part.said, len(part.data)] for part in done]
    return Frame({"parts": heads}, b"".join(part.data for part in done))


def _asked(text: str, store: ox.Store, prefixes: dict[str, str], beside: Sequence[ox.NamedNode]) -> _Part:
    try:
        query = columns.named(text, prefixes=prefixes)
        result = store.query(query, prefixes=prefixes, **datasets.of_query(text, prefixes, beside))
        if isinstance(result, ox.QueryTriples):
            return _Part(_TRIPLES, [], ox.serialize(result, format=ox.RdfFormat.N_TRIPLES) or b"")
        return _Part(_ROWS, [], result.serialize(format=ox.QueryResultsFormat.JSON) or b"")
    except (SyntaxError, OSError, ValueError, RuntimeError) as error:
        return _failed(error)


def _parsed(text: str, prefixes: dict[str, str]) -> _Part:
    try:
        result = ox.Store().query(text, prefixes=prefixes)
    except (SyntaxError, OSError, ValueError, RuntimeError) as error:
        return _failed(error)
    if isinstance(result, ox.QuerySolutions):
        return _Part(_ROWS, [variable.value for variable in result.variables])
    return _Part(_TRIPLES if isinstance(result, ox.QueryTriples) else _TRUTH)


def _failed(error: Exception) -> _Part:
    """Say what the engine said, with the place in the text where it says one."""
    fault = Fault.SYNTAX if isinstance(error, SyntaxError) else Fault.ENGINE
    said = str(error.msg) if isinstance(error, SyntaxError) else str(error)
    found = _POSITION.match(said)
    place = [found["line"], found["column"]] if found else ["1", "1"]
    return _Part(fault.value, [found["what"] if found else said, *place])


def _results(reply: Frame | Stopped, count: int, read: Callable[[_Part], T]) -> list[T | Failure]:
    """Take a reply apart; a child that a query took over may have written anything."""
    if isinstance(reply, Stopped):
        return [Failure(Fault.SYSTEM if reply.system else Fault.STOPPED, reply.reason)] * count
    try:
        return [read(part) if part.kind in _KINDS else _failure(part) for part in _parts(reply, count)]
    except (ValueError, LookupError, TypeError, SyntaxError):
        return [Failure(Fault.ENGINE, "its answer is unreadable")] * count


def _parts(reply: Frame, count: int) -> Iterator[_Part]:
    start = 0
    for _, (kind, said, size) in zip(range(count), reply.head["parts"], strict=True):
        yield _Part(kind, said, reply.body[start : start + size])
        start += size


def _failure(part: _Part) -> Failure:
    message, line, column = part.said
    return Failure(Fault(part.kind), message, int(line), int(column))


def _answer(part: _Part) -> Answer:
    if part.kind == _TRIPLES:
        return tuple(quad.triple for quad in ox.parse(part.data, format=ox.RdfFormat.N_TRIPLES))
    return ox.parse_query_results(part.data, format=ox.QueryResultsFormat.JSON)


def _outline(part: _Part) -> QueryOutline:
    return QueryOutline(tuple(part.said) if part.kind == _ROWS else None, triples=part.kind == _TRIPLES)
