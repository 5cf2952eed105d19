"""`count_once`: distinct patients with bounds, reasons and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartkg.assistant import answering, schema
from cartkg.assistant.limits import limited
from cartkg.errors import QueryError
from cartkg.facts.evidence import attributions
from cartkg.facts.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.assistant.knowledge import ToolCall
    from cartkg.facts.evidence import Attribution
    from cartkg.synthesis import PatientCount, PatientGroup, PatientQuestion
    from cartkg.synthesis.counting.shares import GroupShare

#: Groups, reasons and rows left out that an answer contains.
_MOST = 60
#: Groups of each kind that its text contains.
_SHOWN = 20


def count_once(call: ToolCall, asked: schema.CountOnce) -> tuple[schema.CountedOnce, str]:
    """Count the patients that answer a question, each once.

    Raises:
        QueryError: a word names nothing in the graph; it names the nearest.
        LimitExceeded: it took longer than a query may.
    """
    from cartkg.synthesis import count  # noqa: PLC0415  # NumPy takes its time to load
    from cartkg.synthesis.questions.asking import CountRequest, question_of  # noqa: PLC0415  # as above
    from cartkg.synthesis.reports.count_report import tell  # noqa: PLC0415  # as above

    if asked.summary and not (asked.measure or asked.event):
        raise QueryError("a summary needs a measure or an event")
    counting = call.knowledge.counting
    words = CountRequest(**asked.model_dump(exclude={"summary"}))
    graph, relations = counting.graph, counting.relations  # read once, outside the limit of a single count
    with limited(call, "the count"):
        question, title = question_of(graph, words)
        found = count(question, relations, graph)
        summary, lines = _summary(call, question, title) if asked.summary and not found.contradictions else (None, [])
    answer = _answer(call, found, title)
    answer.summary = summary
    body = [*tell(found, title, "the structured answer has more", _SHOWN).rstrip("\n").splitlines(), *lines]
    return answer, answering.text_of(answer, body)


def _summary(call: ToolCall, question: PatientQuestion, title: str) -> tuple[dict[str, Any], list[str]]:
    from cartkg.synthesis.reports.summary import summarise  # noqa: PLC0415  # statsmodels takes its time to load
    from cartkg.synthesis.reports.summary_report import document, lines  # noqa: PLC0415  # as above

    row = summarise(question, call.knowledge.counting.relations, call.knowledge.counting.graph)
    return document(row, title), ["", "Summary of findings", *lines(row, title)]


def _answer(call: ToolCall, found: PatientCount, title: str) -> schema.CountedOnce:
    said = attributions(call.stated, [Record(group.finding or group.cohort, {}) for group in found.used[:_MOST]])
    refused = bool(found.contradictions)
    shares: list[GroupShare | None] = [share for share in found.shares if share.group]
    shares += [None] * (len(found.used) - len(shares))
    groups = [
        _patients(group, share, said.get(group.finding or group.cohort, []))
        for group, share in zip(found.used[:_MOST], shares, strict=False)
    ]
    cut = [
        f"{shown} of {total} {what}"
        for what, total in (
            ("groups", len(found.used)), ("reasons", len(found.gaps)), ("rows left out", len(found.left_out))
        )
        if (shown := min(total, _MOST)) < total
    ]  # fmt: skip
    complete = f"the count is over all {len(found.used)} groups of patients that the graph contains for the question"
    return schema.CountedOnce(
        release=answering.release_of(call),
        complete=not cut,
        completeness=f"{complete}; listed here: {', '.join(cut)}" if cut else complete,
        sources=answering.distinct(source for group in groups for source in group.sources),
        notes=_notes(found),
        warnings=list(_warnings(found, cut)),
        question=title,
        answer=str(found),
        low=None if refused else found.low,
        high=None if refused else found.high,
        exact=found.exact and not refused,
        bare_sum=found.bare_sum,
        groups=groups,
        counted_elsewhere=[
            f"{share.counted} of {share.cohort}: {share.why}" for share in found.shares if share.group is None
        ],
        why_bounds_differ=[f"{gap}; settled by {gap.closed_by}" for gap in found.gaps[:_MOST]],
        left_out=[f"{each.label}: {each.reason}" for each in found.left_out[:_MOST]],
        contradictions=[str(each) for each in found.contradictions],
        summary=None,
    )


def _warnings(found: PatientCount, cut: list[str]) -> Iterator[schema.Warned]:
    if found.contradictions:
        yield schema.Warned(kind="refused", text="the count is refused: the statements listed cannot all be true")
    elif any(group.press_only for group in found.used):
        yield schema.Warned(
            kind="press", text="some groups are known only from press reports; see press_only of each group"
        )
    if cut:
        yield schema.Warned(kind="cut", text=f"listed here: {', '.join(cut)}; the number is over all")


def _notes(found: PatientCount) -> list[str]:
    notes = ["Give both bounds: the number lies between them if the dossiers are right.", answering.UNKNOWN]
    if found.contradictions:
        notes = ["The count is refused: the statements listed cannot all be true. Do not give a number."]
    elif any(group.press_only for group in found.used):
        notes.append(answering.PRESS)
    return [*notes, answering.DATA]


def _patients(group: PatientGroup, share: GroupShare | None, said: list[Attribution]) -> schema.Patients:
    known = [claim.source for claim in answering.claims_of(said)]
    return schema.Patients(
        cohort=group.cohort,
        low=group.low,
        high=group.high,
        assessed=group.of,
        says=group.says,
        sources=known or [schema.CitedSource(report=source) for source in group.sources],
        derived=group.derived,
        press_only=group.press_only,
        counted=share.counted if share else 0,
        why_not_all=share.why if share else "the count is refused",
        in_lower_bound=bool(share and share.counted),
    )
