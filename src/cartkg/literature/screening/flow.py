"""A worklist in, the numbers of a PRISMA 2020 flow diagram out; each record is in one place of it.

Source: Page et al., PRISMA 2020 statement, flow diagram for new reviews which included searches of databases and
registers only (https://www.prisma-statement.org). A living worklist has two more places: records that wait for
screening, and reports that wait for their full text to be read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.literature.screening.searches import REGISTERS
from cartkg.literature.screening.worklist import IN_GRAPH, ExclusionStage, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.literature.screening.searches import Search
    from cartkg.literature.screening.worklist import Item


@dataclass(frozen=True, slots=True)
class Flow:
    """The numbers of the diagram, from the top down.

    Attributes:
        databases: records that searches of databases found.
        registers: records that searches of registers found.
        by_hand: records that no saved search found.
        duplicates: records that were found more than once, apart from the first time.
        waiting: records that no one has screened.
        excluded: reasons of records that were excluded by title and abstract, with their numbers.
        not_retrieved: reports whose text could not be had.
        to_read: reports whose full text no one has assessed.
        rejected: reasons of reports that were excluded by their full text, with their numbers.
        reports: reports of papers that are in the graph.
        trials: records of registers that are in the graph.
    """

    databases: int
    registers: int
    by_hand: int
    duplicates: int
    waiting: int
    excluded: Mapping[str, int]
    not_retrieved: int
    to_read: int
    rejected: Mapping[str, int]
    reports: int
    trials: int

    @property
    def identified(self) -> int:
        """Return the records that were found in all."""
        return self.databases + self.registers + self.by_hand

    @property
    def screened(self) -> int:
        """Return the records that someone has screened."""
        return self.identified - self.duplicates - self.waiting

    @property
    def sought(self) -> int:
        """Return the reports whose text was wanted."""
        return self.screened - sum(self.excluded.values())

    @property
    def assessed(self) -> int:
        """Return the reports whose full text was assessed."""
        return self.sought - self.not_retrieved - self.to_read


def flow_of(items: Iterable[Item], searches: Iterable[Search]) -> Flow:
    """Count the places of the records of a worklist.

    Args:
        items: the records.
        searches: the saved searches, which say what is a register.
    """
    services = {each.id: each.service for each in searches}
    listed = list(items)
    found = [name for each in listed for name in each.searches]
    registers = sum(services.get(name) in REGISTERS for name in found)
    by_hand = sum(not each.searches for each in listed)
    stages = [(each.stage, each.reason) for each in listed if each.state == State.EXCLUDED]
    kept = [each for each in listed if each.state in IN_GRAPH]
    return Flow(
        databases=len(found) - registers,
        registers=registers,
        by_hand=by_hand,
        duplicates=len(found) + by_hand - len(listed),
        waiting=sum(each.state == State.NEW for each in listed),
        excluded=_reasons(stages, ExclusionStage.TITLE),
        not_retrieved=sum(stage == ExclusionStage.RETRIEVAL for stage, _ in stages),
        to_read=sum(each.state == State.TO_EXTRACT for each in listed),
        rejected=_reasons(stages, ExclusionStage.FULL_TEXT),
        reports=sum(not each.trial for each in kept),
        trials=sum(bool(each.trial) for each in kept),
    )


def _reasons(stages: Iterable[tuple[str, str]], wanted: ExclusionStage) -> dict[str, int]:
    counted = Counter(reason for stage, reason in stages if stage == wanted)
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))
