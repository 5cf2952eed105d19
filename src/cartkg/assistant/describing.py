"""`describe`: what the graph states about one thing, its findings with their sources, and related things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.assistant import answering, schema
from cartkg.errors import QueryError
from cartkg.escaping import one_line
from cartkg.facts.evidence import attributions
from cartkg.facts.kinds import surroundings
from cartkg.facts.links import links_to
from cartkg.facts.phrases import amount, citation, grade, when
from cartkg.facts.records import Record, is_iri
from cartkg.facts.search import look_up
from cartkg.namespaces import BASE, GRAPH_COUNTS
from cartkg.search.entries import kind_of
from cartkg.search.index import SearchRequest
from cartkg.search.spelling import MOST_CHARACTERS
from cartkg.vocabulary.external_vocabularies import iri_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.assistant.knowledge import ToolCall
    from cartkg.facts.evidence import Evidence
    from cartkg.facts.kinds import Surroundings
    from cartkg.facts.records import AnswerTerm, Records

#: Values of a property, and things under a heading, that an answer contains.
_MOST = 20
#: Things that are offered in place of one that is not there.
_NEAR = 5


def describe(call: ToolCall, asked: schema.Describe) -> tuple[schema.Description, str]:
    """Describe a thing.

    Raises:
        QueryError: no thing has this name; it names some with similar names.
        LimitExceeded: it took too long.
    """
    facts = call.stated
    record = _find(call, facts, asked.thing)
    around = surroundings(facts, record)
    total = len(around.evidence)
    findings = [_finding(item) for item in answering.part(around.evidence, asked.offset, asked.limit)]
    complete, said = answering.completeness(total, len(findings), asked.offset, "findings")
    claims = answering.claims_of(attributions(facts, [record]).get(record.iri, ()))
    sources = [claim.source for claim in claims] + [claim.source for each in findings for claim in each.claims]
    related = _related(around) or ([] if total else _links(facts, record.iri))
    if cut := _cut(record, related):
        complete, said = False, f"{said}; cut to {_MOST} entries each: {', '.join(cut)}"
    notes = [answering.OVERLAP, answering.UNKNOWN, answering.RESTATED] if total else []
    answer = schema.Description(
        release=answering.release_of(call),
        complete=complete,
        completeness=said,
        sources=answering.distinct(sources),
        notes=[*notes, answering.DATA],
        iri=record.iri,
        name=record.label,
        kind=around.kind,
        statements={name: _values(call, values) for name, values in record.values.items()},
        claims=claims,
        findings_total=total,
        findings=findings,
        related=related,
    )
    return answer, answering.text_of(answer, _lines(answer))


def _related(around: Surroundings) -> list[schema.RelatedThings]:
    return [
        schema.RelatedThings(
            heading=each.title, total=len(each.things), things=[_thing(one) for one in each.things[:_MOST]]
        )
        for each in around.related
    ]


def _cut(record: Record, related: list[schema.RelatedThings]) -> list[str]:
    """Return the properties and headings of which an answer does not hold everything."""
    cut = [name for name, values in record.values.items() if len(values) > _MOST]
    return cut + [each.heading for each in related if each.total > len(each.things)]


def _find(call: ToolCall, facts: Records, name: str) -> Record:
    iri = iri_of(name.strip(), call.knowledge.prefixes)
    if iri is not None and is_iri(iri):
        record = facts.record(iri, GRAPH_COUNTS if iri.startswith(f"{BASE}count/") else "")
        if record is not None:
            return record
        if links_to(facts, iri):
            return Record(iri, {})
    text = name.replace("/", " ").replace(":", " ").replace("-", " ")[:MOST_CHARACTERS]
    hits = look_up(call.stated, call.knowledge.index, SearchRequest(text, most=_NEAR)).hits
    near = [f"{one_line(hit.label)} <{hit.iri}>" for hit in hits]
    hint = f"; did you mean {' or '.join(near)}?" if near else "; search finds things by words in their names"
    raise QueryError(f"the graph has no thing {name!r}{hint}")


def _thing(record: Record) -> schema.Thing:
    is_publication = record.iri.startswith(f"{BASE}publication/")
    name = citation(record) if is_publication else record.label
    return schema.Thing(iri=record.iri, name=name, kind=kind_of(record.iri))


def _finding(item: Evidence) -> schema.Finding:
    finding = item.finding
    return schema.Finding(
        iri=finding.iri,
        measure=finding.text("measure"),
        amount=amount(finding),
        when=when(finding),
        grade=grade(finding),
        cohort=_thing(item.cohort) if item.cohort else None,
        diseases=[node.label or node.local for node in item.diseases],
        claims=answering.claims_of(item.said),
        conflicts=[conflict.label for conflict in item.conflicts],
        may_share_patients=[overlap.label for overlap in item.overlaps],
    )


def _values(call: ToolCall, values: tuple[AnswerTerm, ...]) -> list[str]:
    return [answering.shortened(_value(call, node)) for node in values[:_MOST]]


def _value(call: ToolCall, node: AnswerTerm) -> str:
    if not node.is_iri:
        return node.value
    short = call.knowledge.prefixes.compact(node.value) or node.value
    return f"{node.label} ({short})" if node.label else short


def _links(facts: Records, iri: str) -> list[schema.RelatedThings]:
    """Return what points to a thing without findings, where nothing else is known to be around it."""
    found = links_to(facts, iri)
    things = [
        schema.Thing(iri=link.other.value, name=link.other.label or link.other.local, kind=kind_of(link.other.value))
        for link in found[:_MOST]
    ]
    return [schema.RelatedThings(heading="What names it", total=len(found), things=things)] if things else []


def _lines(answer: schema.Description) -> Iterator[str]:
    yield f"{one_line(answer.name)} [{answer.kind}] <{answer.iri}>"
    for name, values in answer.statements.items():
        yield f"  {one_line(name)}: {'; '.join(map(one_line, values))}"
    if answer.findings:
        yield f"Findings ({answer.findings_total}):"
    for finding in answer.findings:
        of = f"; {one_line(finding.cohort.name)}" if finding.cohort else ""
        yield one_line(f"  {finding.measure}: {finding.amount}; {finding.when}{of} <{finding.iri}>")
        yield from (f"    says {answering.described(claim.source)}" for claim in finding.claims)
        yield from (f"    sources disagree: {one_line(text)}" for text in finding.conflicts)
        yield from (f"    shared patients: {one_line(text)}" for text in finding.may_share_patients[:3])
    for each in answer.related:
        yield f"{each.heading} ({each.total}):"
        yield from (f"  {one_line(thing.name)} <{thing.iri}>" for thing in each.things)
