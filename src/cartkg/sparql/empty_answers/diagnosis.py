"""A query without rows in, the part that empties it out: found by asking the engine about more and more of it.

No match (all terms occur, they only do not meet) is told from a broken pattern (a term occurs nowhere, or stands
where it never stands, while something close to it does).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import LimitExceeded
from cartkg.evaluation.syntax import Kind, analyse, tokens
from cartkg.namespaces import GRAPH_ASSERTED, RDF
from cartkg.sparql.empty_answers.patterns import Outline, Part, inner, outline
from cartkg.sparql.empty_answers.probes import Probes, is_literal
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.protocol.negotiation import offers
from cartkg.sparql.protocol.requests import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.sparql.engines.engine import Engine
    from cartkg.sparql.protocol.requests import Dataset

_ORDER = {"values": 0, "triple": 0, "group": 0, "bind": 1, "optional": 2, "minus": 3, "filter": 4}
_TYPE = frozenset({"a", "rdf:type", f"<{RDF}type>"})
_SUBCLASSES = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>*"
_NO_NAMED_GRAPH = (
    f"<{GRAPH_ASSERTED}> is not a named graph but stands for all that is stated: name it in FROM or default-graph-uri, "
    "and leave out GRAPH"
)
_CUTS = ("HAVING", "LIMIT", "OFFSET")


@dataclass(frozen=True, slots=True)
class Absent:
    """A term that the data does not hold, or not there, and terms that it may have been meant for."""

    term: str
    near: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a query has no rows.

    Attributes:
        verdict: `not empty`, `broken pattern`, `no match` or `cannot tell`.
        reason: one sentence.
        pattern: the part that empties the join; None when there is none to name.
        absent: terms of that part that occur nowhere in the graphs asked, or not in this place.
        hint: what would have matches in place of the part; empty when nothing was found.
    """

    verdict: str
    reason: str
    pattern: Part | None = None
    absent: tuple[Absent, ...] = ()
    hint: str = ""


class Diagnoser:
    """Asks an engine small questions about one query."""

    def __init__(self, found: Outline, probes: Probes) -> None:
        """Look at a query taken apart; it is assumed to be well-formed and allowed."""
        self._found = found
        self._probes = probes

    def diagnose(self) -> Diagnosis:
        """Find the part that empties the query: graphs first, then triples, then what binds, takes away, and tests.

        Raises:
            LimitExceeded: it takes too many questions, or one of them too long.
        """
        missing = tuple(self._missing_graphs())
        if missing and not self._probes.parts(self._found.parts):
            names = ", ".join(one.term for one in missing)
            return Diagnosis("broken pattern", f"there is no graph {names}, which the query asks", None, missing)
        held: list[Part] = []
        for part in sorted(self._found.parts, key=lambda one: _ORDER[one.kind]):
            held.append(part)
            if part.kind != "optional" and not self._probes.parts(held):
                return self._judge(part, held[:-1])
        said = [word for word in _CUTS if word in self._found.rest]
        cause = (
            f"an empty answer comes from {' or '.join(said)}" if said else "an empty answer comes from what follows it"
        )
        return Diagnosis("not empty", f"the pattern has solutions; {cause}")

    def _missing_graphs(self) -> Iterator[Absent]:
        for graph in self._probes.graphs:
            if graph.iri == GRAPH_ASSERTED:
                if graph.named:
                    yield Absent(graph.term, (), _NO_NAMED_GRAPH)
            elif not self._probes.holds(f"GRAPH {graph.term} {{ }}", anywhere=True):
                yield Absent(graph.term, self._probes.near(graph.term, "graph"))

    def _judge(self, part: Part, before: list[Part]) -> Diagnosis:
        absent = tuple(self._absent(part)) if part.kind != "minus" else ()
        if absent:
            if _NO_NAMED_GRAPH in (one.note for one in absent):
                return Diagnosis("broken pattern", _NO_NAMED_GRAPH, part)
            names = ", ".join(one.term for one in absent)
            verb = "occurs" if len(absent) == 1 else "occur"
            return Diagnosis("broken pattern", f"{names} {verb} nowhere in the graphs asked", part, absent)
        if part.kind == "minus":
            return Diagnosis("no match", "there are matches, and this MINUS takes all of them away", part)
        if part.kind == "filter":
            return self._judge_filter(part, before)
        if part.kind == "bind":
            return Diagnosis("no match", "what this BIND gives meets none of the other parts", part)
        return self._misplaced(part, before) or self._apart(part, before)

    def _apart(self, part: Part, before: list[Part]) -> Diagnosis:
        listed = [one for one in before if one.kind == "values" and set(_variables(one)) & set(_variables(part))]
        absent = tuple(one for values in listed for one in self._absent(values))
        if absent:
            names = ", ".join(one.term for one in absent)
            return Diagnosis("broken pattern", f"{names}, listed by VALUES, occurs nowhere", listed[0], absent)
        if before and self._probes.parts([part]):
            reason = "this part has matches, and none of them meets those of the parts before it"
            return Diagnosis("no match", reason, part)
        return Diagnosis("no match", "all its terms occur, but never together in this way", part)

    def _misplaced(self, part: Part, before: list[Part]) -> Diagnosis | None:
        """Find what would match in place of a part whose terms all occur."""
        rest = "\n".join(one.text for one in before)
        if self._probes.stated_only and self._probes.holds(f"{rest}\n{part.text}", anywhere=True):
            reason = f"reasoning adds this, and <{GRAPH_ASSERTED}> leaves it out: ask without naming that graph"
            return Diagnosis("broken pattern", reason, part)
        for hint, reason in self._alternatives(part):
            if self._probes.holds(f"{rest}\n{hint}"):
                return Diagnosis("broken pattern", reason, part, (), hint)
        if part.kind == "triple" and is_literal(part.terms[2]):
            near = self._probes.near_literals(part.terms[2], _plain(part.terms[1]))
            near = tuple(one for one in near if one != part.terms[2])
            if near:
                reason = f"{part.terms[2]} never stands in this place; literals differ by type, language tag and case"
                return Diagnosis("broken pattern", reason, part, (Absent(part.terms[2], near),))
        if self._probes.bounded and self._probes.holds(f"{rest}\n{part.text}", anywhere=True):
            return Diagnosis("broken pattern", "the graphs that the query names do not hold it, others do", part)
        return None

    def _alternatives(self, part: Part) -> Iterator[tuple[str, str]]:
        """Return other ways to write a part, each with what to say if it has matches; none repeats a row."""
        if part.kind == "group":
            _, _, body = part.text.partition("{")
            if part.graph:
                yield f"{{{body}", "other graphs hold this, the one named does not"
            return
        subject, predicate, value = part.terms
        if is_constant(value) and not is_literal(value) and _is_simple(predicate):
            kinds = (
                "no thing is of this class itself, but of a kind of it"
                if predicate in _TYPE
                else ("nothing has this value itself, but a kind of it")
            )
            path = f"{{ {subject} {predicate}/{_SUBCLASSES} {value} }}"
            yield (f"{{ SELECT DISTINCT {subject} {path} }}" if subject[0] in "?$" else f"FILTER EXISTS {path}"), kinds
        if not is_literal(value) and _is_simple(predicate) and predicate not in _TYPE:
            yield f"{value} {predicate} {subject} .", "the property leads the other way: turned round, it has matches"

    def _judge_filter(self, part: Part, before: list[Part]) -> Diagnosis:
        rest = "\n".join(one.text for one in self._found.parts if one in before)
        unbound = [name for name in _variables(part) if not self._probes.holds(f"{rest}\nFILTER(BOUND({name}))")]
        if unbound and "BOUND" not in part.text.upper() and "EXISTS" not in part.text.upper():
            absent = tuple(one for other in before if other.kind == "optional" for one in self._absent(other))
            names = ", ".join(unbound)
            reason = f"{names} is never bound where this FILTER tests it, so the test fails for every match"
            return Diagnosis("broken pattern", reason, part, absent)
        for text, near in () if _denies(part) else self._retyped(part):
            if self._probes.holds(f"{rest}\n{text}"):
                reason = "this FILTER turns all matches away; strings differ by case, and are neither numbers nor IRIs"
                return Diagnosis("broken pattern", reason, part, near, text)
        expression = part.text[len("FILTER") :].strip()
        if expression.startswith("(") and not self._probes.holds(f"{rest}\nFILTER(!{expression})"):
            reason = "the expression of this FILTER is an error for every match: a term is of the wrong type for it"
            return Diagnosis("broken pattern", reason, part)
        return Diagnosis("no match", "there are matches, and this FILTER turns all of them away", part)

    def _retyped(self, part: Part) -> Iterator[tuple[str, tuple[Absent, ...]]]:
        """Return a filter with a string in other letters, as a number or an IRI, and with IRIs read as strings."""
        for token in tokens(part.text):
            if token.kind != "string":
                continue
            bare = token.text.strip("'\"")
            forms = [f'"{one}"' for one in dict.fromkeys((bare.lower(), bare.upper(), bare.capitalize(), bare.title()))]
            forms += [bare] if bare.replace(".", "", 1).lstrip("+-").isdigit() else []
            forms += [f"<{bare}>"] if ":" in bare and not set(bare) & set('<>"{}|^`\\ ') else []
            for form in forms:
                if form != token.text:
                    text = part.text[: token.offset] + form + part.text[token.offset + len(token.text) :]
                    yield text, (Absent(token.text, (form,)),)
        for name in _variables(part):
            text = part.text
            for token in reversed([one for one in tokens(text) if one.text == name]):
                text = f"{text[: token.offset]}STR({name}){text[token.offset + len(name) :]}"
            yield text, ()

    def _absent(self, part: Part) -> Iterator[Absent]:
        for term, place in _constants(part):
            if place == "graph" and self._probes.iri(term) == GRAPH_ASSERTED:
                yield Absent(term, (), _NO_NAMED_GRAPH)
            elif not self._probes.occurs(term):
                near = (
                    self._probes.near_literals(term, _plain(part.terms[1])) if part.terms and is_literal(term) else ()
                )
                yield Absent(term, near or self._probes.near(term, place), self._probes.elsewhere(term))


def diagnose(engine: Engine, query: str, dataset: Dataset) -> Diagnosis:
    """Say why a query has no rows.

    Raises:
        QueryError: the query is malformed; the engine's own error.
        LimitExceeded: the query itself met a limit.
    """
    kind = analyse(query).kind
    answer = engine.answer(Operation(query, offers(kind)[0], dataset, cut=Cut.MARK))
    nothing = b"false" in answer.body if kind is Kind.BOOLEAN else not answer.rows
    if not nothing and not (kind is Kind.TABLE and _counts_zero(answer.body)):
        return Diagnosis("not empty", f"the query has {answer.rows} row{'' if answer.rows == 1 else 's'}")
    found = outline(query)
    if found is None or not (found.parts or found.described):
        return Diagnosis("cannot tell", "the query has no pattern that could be empty")
    probes = Probes(engine, found, dataset)
    try:
        return Diagnoser(found, probes).diagnose() if found.parts else _undescribed(found, probes)
    except LimitExceeded:
        return Diagnosis("cannot tell", "finding the cause met a limit; try a part of the query")


def _undescribed(found: Outline, probes: Probes) -> Diagnosis:
    """Judge a DESCRIBE of things by their names alone."""
    absent = tuple(Absent(one, probes.near(one, "subject")) for one in found.described if not probes.occurs(one))
    if not absent:
        return Diagnosis("no match", "what is described occurs, but nothing is said of it")
    names = ", ".join(one.term for one in absent)
    return Diagnosis("broken pattern", f"nothing is known of {names}", None, absent)


def _counts_zero(body: bytes) -> bool:
    """Return whether a table is one row of zeros, as COUNT over nothing gives."""
    rows = body.count(b'"value":')
    return rows > 0 and body.count(b'"value":"0"') == rows and b"},{" not in body


def _constants(part: Part) -> Iterator[tuple[str, str]]:
    """Return the IRIs and literals of a triple and of the triples within another part, each with its place."""
    if part.kind in {"bind", "filter", "values"} and "EXISTS" not in part.text.upper():
        yield from ((one, "object") for one in _named(part.text))
        return
    if part.kind != "triple":
        for one in inner(part):
            yield from _constants(one)
        if part.graph:
            yield part.graph, "graph"
        return
    subject, predicate, value = part.terms
    if is_constant(subject):
        yield subject, "subject"
    for token in tokens(predicate):
        if token.kind in {"iri", "name"}:
            yield token.text, "predicate"
    if is_constant(value):
        yield value, "class" if predicate in _TYPE else "object"


def _named(text: str) -> Iterator[str]:
    """Return the IRIs in an expression that are not names of functions or types."""
    found = [*tokens(text)]
    for before, token, after in zip((None, *found), found, (*found[1:], None), strict=False):
        is_called = after is not None and after.text == "("
        is_type = before is not None and before.text == "^^"
        if token.kind in {"iri", "name"} and not is_called and not is_type:
            yield token.text


def _variables(part: Part) -> list[str]:
    return list(dict.fromkeys(one.text for one in tokens(part.text) if one.kind == "variable"))


def _denies(part: Part) -> bool:
    """Return whether an expression says no to something: then another text would match for the wrong reason."""
    return any(one.text in {"!", "!="} or one.text.upper() == "NOT" for one in tokens(part.text))


def _is_simple(predicate: str) -> bool:
    """Return whether a predicate is one IRI, no path and no variable."""
    found = list(tokens(predicate))
    return len(found) == 1 and (found[0].kind in {"iri", "name"} or predicate == "a")


def _plain(predicate: str) -> str:
    return predicate if _is_simple(predicate) else "?p"


def is_constant(term: str) -> bool:
    """Return whether a term as written is an IRI or a literal."""
    return bool(term) and not term.startswith(("?", "$", "_:", "[", "("))
