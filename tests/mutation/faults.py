"""A sound file in, a faulty one out: each fault knows the rule that must find it, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from tests.mutation.blocks import Block, Statement, Text, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from random import Random


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one file.

    Attributes:
        kind: name of the kind, in words.
        rule: id of the rule that must find it.
        lines: lines of the faulty text at one of which the rule must point.
        text: the faulty file.
    """

    kind: str
    rule: str
    lines: frozenset[int]
    text: Text


@dataclass(frozen=True)
class Corpus:
    """All data files as they are, and what a fault must know of more than one of them."""

    texts: Mapping[Path, Text]

    @classmethod
    def read(cls, files: Iterator[Path]) -> Corpus:
        """Read files in house style."""
        return cls({file: read(file) for file in files})

    @cached_property
    def blocks(self) -> Mapping[str, Block]:
        """Give each subject's block."""
        return {block.subject: block for text in self.texts.values() for block in text.blocks}

    @cached_property
    def assertions(self) -> Mapping[str, int]:
        """Count the claims on each thing."""
        counts: dict[str, int] = {}
        for block in self.blocks.values():
            for statement in block.having("cartkg:asserts"):
                counts[statement.object] = counts.get(statement.object, 0) + 1
        return counts

    @cached_property
    def disputed(self) -> frozenset[str]:
        """Give what a conflict involves, and what the claims involved assert; rules are lenient with these."""
        involved = {each.object for block in self.blocks.values() for each in block.having("cartkg:involves")}
        claims = [self.blocks[subject] for subject in involved if subject in self.blocks]
        return frozenset(involved | {each.object for claim in claims for each in claim.having("cartkg:asserts")})


class Maker(Protocol):
    """A kind of fault."""

    @property
    def name(self) -> str:
        """The kind, in words."""

    def make(self, corpus: Corpus, text: Text, random: Random) -> Fault | None:
        """Make a fault in a file at a place left to chance, or None when the file offers none."""


#: Where a rule must point: the statement put in, the subject that lacks one, or the statements of a named predicate.
STATEMENT, SUBJECT = "statement", "subject"


def anywhere(_corpus: Corpus, _block: Block, _statement: Statement) -> bool:
    """Let a fault hit every statement of its predicate."""
    return True


@dataclass(frozen=True, slots=True)
class Edit:
    """A kind of fault that changes or drops one statement.

    Attributes:
        name: the kind, in words.
        rule: id of the rule that must find it.
        predicate: predicate of the statements it hits.
        change: turns the object into a faulty one; None drops the statement.
        fits: says which statements of that predicate it can hit.
        at: where the rule must point: STATEMENT, SUBJECT or a predicate.
        renamed: the predicate written instead, when that is the fault.
        beside: whether the sound statement stays, too.
    """

    name: str
    rule: str
    predicate: str
    change: Callable[[str], str] | None
    fits: Callable[[Corpus, Block, Statement], bool] = anywhere
    at: str = STATEMENT
    renamed: str | None = None
    beside: bool = False

    def make(self, corpus: Corpus, text: Text, random: Random) -> Fault | None:
        """Make the fault at a place left to chance."""
        places = [
            (block, statement)
            for block in text.blocks
            for statement in block.having(self.predicate)
            if self.fits(corpus, block, statement)
        ]
        if not places:
            return None
        block, statement = random.choice(places)
        put = None if self.change is None else Statement(self.renamed or self.predicate, self.change(statement.object))
        if put is None:
            after = block.without(statement)
        else:
            after = block.swapped(statement, *((statement, put) if self.beside else (put,)))
        faulty = text.with_block(block, after)
        return Fault(self.name, self.rule, self._lines(faulty, after, put), faulty)

    def _lines(self, faulty: Text, block: Block, put: Statement | None) -> frozenset[int]:
        if self.at == SUBJECT:
            return frozenset({faulty.line(block.subject)})
        if self.at == STATEMENT:
            return frozenset({faulty.line(block.subject, put)})
        return frozenset(faulty.line(block.subject, each) for each in block.having(self.at))
