"""Look-ups of terms: what a name, a label or a property may have been meant for, and which things have a property."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import tokens
from cartkg.namespaces import RDF
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, Diagnosis
from cartkg.sparql.empty_answers.probing.likeness import LABEL, local_name, similar
from cartkg.sparql.empty_answers.probing.values import Value, meant, quoted, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.sparql.empty_answers.probing.patterns import PatternPart
    from cartkg.sparql.empty_answers.probing.probes import Probes

TYPE = frozenset({"a", "rdf:type", f"<{RDF}type>"})
_OWNERS = 3
_TRIED = 12
_FEW = 400
_LIKE = 3
_LEAST = 6
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_NAMING = (
    LABEL,
    f"{_SKOS}prefLabel",
    f"{_SKOS}altLabel",
    f"{_SKOS}notation",
    "http://www.geneontology.org/formats/oboInOwl#id",
    "http://purl.org/dc/terms/identifier",
)
_NAMES = " ".join(f"<{name}>" for name in _NAMING)
_PLACES = {
    "predicate": "?s ?x ?o",
    "class": "?s a ?x",
    "subject": "?x ?p ?o",
    "object": "?s ?p ?x",
    "graph": "GRAPH ?x { }",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """A class and how many of its things have a property."""

    iri: str
    number: int


#: Names of properties that lead from a thing to what it is a kind or a part of.
_UPWARD = re.compile("broader|subclass|partof|variantof", re.IGNORECASE)


@dataclass
class Things:
    """Look-ups in the data of one query."""

    probes: Probes
    _known: dict[str, list[Owner]] = field(default_factory=dict)

    def kind_of(self, name: str, terms: Iterable[str], part: PatternPart, rest: str) -> Diagnosis | None:
        """Say that the values of a variable are not a term but a kind of it, and how a path finds them.

        Args:
            name: the variable.
            terms: what it was compared with.
            part: the part of the query that does so.
            rest: the text of the other parts.
        """
        for term in terms:
            up = self.probes.names(f"{rest}\n{name} ?goesUp {term}", "?goesUp")
            way = next((one for one in up if _UPWARD.search(local_name(one))), None)
            if way:
                short = self.probes.short(way)
                reason = f"no {name} is {term} itself, but a kind of it: {short} leads up to it"
                return Diagnosis(BROKEN, reason, part, (), f"FILTER EXISTS {{ {name} {short}* {term} }}")
        return None

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Return how many things each class has."""
        rows = self.probes.rows("?k (COUNT(*) AS ?n)", "?x a ?k", "GROUP BY ?k")
        return {row[0].text: int(row[1].text) for row in rows if len(row) > 1}

    def literal(self, term: str) -> Value:
        """Read a literal of the query; its type is that which the engine sees."""
        found = self.probes.rows(f"(({term}) AS ?x)", "")
        return found[0][0] if found else read(term)

    def near(self, term: str, place: str, body: str, variable: str) -> tuple[str, ...]:
        """Return IRIs that one which is nowhere may have been meant for, likeliest first.

        Args:
            term: as the query writes it.
            place: predicate, class, subject, object or graph.
            body: the part of the query, with a variable in place of the term.
            variable: that variable.
        """
        whole = self.probes.iri(term)
        meant_by_prefix = self.probes.expand(whole)
        here = self.probes.names(body, variable) if body else []
        if meant_by_prefix and (meant_by_prefix in here or self.probes.may_hold(_anywhere(meant_by_prefix))):
            return (meant_by_prefix,)
        found = similar(whole, here)
        if place == "predicate" and found:
            return found
        exact = similar(whole, here, exists=True)
        return exact or self.named(whole, place) or found or self._spelt(whole, place)

    def named(self, whole: str, place: str = "") -> tuple[str, ...]:
        """Return IRIs of the same local name in other namespaces, those of the place first."""
        local = local_name(whole)
        if not local or len(local) > _FEW:
            return ()
        ends = f"FILTER(isIRI(?x) && STRENDS(LCASE(STR(?x)), {quoted(re.split('[:#]', local.lower())[-1])}))"
        for pattern in filter(None, (_PLACES.get(place), "?x ?p ?o" if place in {"", "subject", "object"} else None)):
            found = similar(whole, self.probes.names(f"{pattern} {ends}", "?x", anywhere=True), exists=True)
            if found:
                return found
        return ()

    def _spelt(self, whole: str, place: str) -> tuple[str, ...]:
        """Return IRIs spelt like one: of the same namespace, with the same start, of the same place."""
        local = local_name(whole)
        start = quoted(local[:_LIKE].lower())
        beside = f"STRSTARTS(STR(?x), {quoted(whole.removesuffix(local))})"
        pattern = _PLACES[place]
        names: list[str] = []
        for test in (beside, f"CONTAINS(LCASE(STR(?x)), {start})"):
            names += self.probes.names(f"{pattern} FILTER(isIRI(?x) && {test})", "?x", anywhere=True)
        if place in {"predicate", "class", "graph"}:
            names += self.probes.names(pattern, "?x", anywhere=True)
        return similar(whole, names)

    def text_of(self, whole: str) -> tuple[str, str]:
        """Return a property and its text for a name that contains the text, as an address contains a DOI."""
        if len(whole) > _FEW:
            return "", ""
        test = f"isLiteral(?x) && STRLEN(STR(?x)) > {_LEAST} && STRENDS({quoted(whole)}, STR(?x))"
        rows = self.probes.rows("?p ?x", f"?s ?p ?x FILTER({test})", "LIMIT 1")
        return (rows[0][0].text, rows[0][1].written) if rows else ("", "")

    def labelled(self, term: Value, body: str, variable: str, *, close: bool = True) -> tuple[str, ...]:
        """Return the things among the values of a variable whose label, other name or identifier is a text.

        With `close`, a label that is only similar counts too.
        """
        named = f"{body} {variable} ?itsName ?aName VALUES ?itsName {{ {_NAMES} }}"
        rows = self.probes.rows(f"DISTINCT {variable} ?aName", named, "LIMIT 20000")
        by_name: dict[str, list[str]] = {}
        values: dict[str, Value] = {}
        for thing, name in (row for row in rows if len(row) == 2):  # noqa: PLR2004  # thing and name
            by_name.setdefault(name.written, []).append(thing.text)
            values[name.written] = name
        for iri in self.probes.names(body, variable):
            local = Value(f"local {iri}", local_name(iri), "local")
            by_name.setdefault(local.written, []).append(iri)
            values[local.written] = local
        same = [Value("", term.text, "", "")] if term.text else []
        found = [one for like in same for one in meant(like, list(values.values()), similar=close)]
        things = dict.fromkeys(thing for one in found for thing in by_name[one.written])
        return tuple(things)[:_OWNERS]

    def owners(self, name: str, *, inverse: bool = False) -> list[Owner]:
        """Return the classes whose things have a property, at most three that do not hold one another.

        Args:
            name: the property, as SPARQL writes it.
            inverse: whether the classes of the things that it leads to are wanted.
        """
        key = f"^{name}" if inverse else name
        if key not in self._known:
            triple = f"?y {name} ?x" if inverse else f"?x {name} ?y"
            self._known[key] = self._chosen(triple, name)
        return self._known[key]

    def _chosen(self, triple: str, name: str) -> list[Owner]:
        rows = self.probes.rows("?k (COUNT(DISTINCT ?x) AS ?n)", f"{triple} . ?x a ?k", "GROUP BY ?k")
        left = self._ordered(rows, self.probes.iri(name))[:_TRIED]
        found: list[Owner] = []
        for owner in left:
            taken = " ".join(f"FILTER NOT EXISTS {{ ?x a <{one.iri}> }}" for one in found)
            if len(found) < _OWNERS and (not found or self.probes.may_hold(f"{triple} . ?x a <{owner.iri}> {taken}")):
                found.append(owner)
        return found

    def _ordered(self, rows: Iterable[tuple[Value, ...]], name: str) -> list[Owner]:
        """Order classes: those of most things first; of equal ones the narrowest, of the property's own vocabulary."""
        space = name.removesuffix(local_name(name))
        owners = [Owner(row[0].text, int(row[1].text)) for row in rows if len(row) > 1 and row[0].is_iri]
        return sorted(
            owners,
            key=lambda one: (not one.iri.startswith(space), -one.number, self.sizes.get(one.iri, 0), one.iri),
        )

    def classes(self, body: str, term: str) -> list[Owner]:
        """Return the classes of what a term stands for in a group, the narrowest of those that hold all first."""
        rows = self.probes.rows(f"?kind (COUNT(DISTINCT {term}) AS ?n)", f"{body} {term} a ?kind", "GROUP BY ?kind")
        if term[0] not in "?$":
            rows = [(kind, Value("1", "1")) for kind in self.probes.values(f"{body} {term} a ?kind", "?kind")]
        owners = [Owner(row[0].text, int(row[1].text)) for row in rows if len(row) > 1 and row[0].is_iri]
        return sorted(
            owners, key=lambda one: (-one.number, self._strange(one.iri), self.sizes.get(one.iri, 0), one.iri)
        )

    def _strange(self, iri: str) -> bool:
        """Return whether a class is of a vocabulary that the query does not write by prefix with a readable name."""
        return any(sign.isdigit() for sign in local_name(iri)) or "#" not in iri

    def values(self, term: Value, body: str, variable: str) -> list[Value]:
        """Return the values of a variable, those first that have the text of a literal but for case."""
        test = f"FILTER(isLiteral({variable}) && LCASE(STR({variable})) = {quoted(term.text.lower())})"
        same = self.probes.values(f"{body} {test}", variable) if 0 < len(term.text) <= _FEW else []
        return list(dict.fromkeys([*same, *self.probes.values(body, variable)]))


def terms_of(text: str) -> list[str]:
    """Return the IRIs in an expression that are not names of functions or types."""
    found = [*tokens(text)]
    chosen = []
    for before, token, after in zip((None, *found), found, (*found[1:], None), strict=False):
        is_called = after is not None and after.text == "("
        is_type = before is not None and before.text == "^^"
        if token.kind in {"iri", "name"} and not is_called and not is_type:
            chosen.append(token.text)
    return chosen


def _anywhere(iri: str) -> str:
    return f"{{ ?s ?p <{iri}> }} UNION {{ <{iri}> ?p ?o }} UNION {{ ?s <{iri}> ?o }}"
