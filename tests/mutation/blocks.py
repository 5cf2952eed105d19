"""House-style Turtle text in, blocks out that can be edited and written back, with the line of each statement.

It reads the house style alone and shares no code with `cartkg.turtle`, so that the mutation tests judge
the positions of `cartkg check` by a second opinion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TERM = re.compile(r'"(?:[^"\\]|\\.)*"(?:@[A-Za-z-]+|\^\^\S+?(?=[\s,;]|$))?|<[^>]*>|[^\s,]+')


@dataclass(frozen=True, slots=True)
class Statement:
    """One triple as written: predicate and object are source text, without the punctuation that follows."""

    predicate: str
    object: str


@dataclass(frozen=True, slots=True)
class Block:
    """All that a file says about one subject, in the order written."""

    subject: str
    statements: tuple[Statement, ...]

    def first(self, predicate: str) -> str | None:
        """Give the first object of a predicate, or None."""
        return next((each.object for each in self.statements if each.predicate == predicate), None)

    def having(self, predicate: str) -> list[Statement]:
        """Give the statements with a predicate."""
        return [each for each in self.statements if each.predicate == predicate]

    def without(self, statement: Statement) -> Block:
        """Give the block with one statement dropped."""
        return replace(self, statements=tuple(each for each in self.statements if each != statement))

    def swapped(self, old: Statement, *new: Statement) -> Block:
        """Give the block with other statements in the place of one."""
        return replace(
            self, statements=tuple(part for each in self.statements for part in (new if each == old else (each,)))
        )

    def lines(self) -> list[str]:
        """Write the block, each statement on a line of its own."""
        ends = [" ;"] * (len(self.statements) - 1) + [" ."]
        body = [f"    {each.predicate} {each.object}{end}" for each, end in zip(self.statements, ends, strict=True)]
        return [self.subject, *body]


@dataclass(frozen=True, slots=True)
class Text:
    """One file: its parts in order, each a block or a line outside all blocks (prefix, heading, blank)."""

    file: Path
    parts: tuple[Block | str, ...]

    @property
    def blocks(self) -> list[Block]:
        """Give the blocks."""
        return [part for part in self.parts if isinstance(part, Block)]

    def with_block(self, old: Block, *new: Block) -> Text:
        """Give the text with other blocks in the place of one."""
        return replace(self, parts=tuple(piece for part in self.parts for piece in (new if part is old else (part,))))

    def write(self) -> str:
        """Write the file."""
        lines = [line for part in self.parts for line in (part.lines() if isinstance(part, Block) else [part])]
        return "\n".join(lines) + "\n"

    def line(self, subject: str, statement: Statement | None = None) -> int:
        """Give the line, from 1, of a subject or of one of its statements; 0 when it is not there."""
        number = 1
        for part in self.parts:
            if isinstance(part, Block):
                if part.subject == subject:
                    if statement is None:
                        return number
                    if statement in part.statements:
                        return number + 1 + part.statements.index(statement)
                number += len(part.lines())
            else:
                number += 1
        return 0


def read(file: Path) -> Text:
    """Read a file in house style: subject at column 0, predicates at 4, further objects at 8."""
    parts: list[Block | str] = []
    subject, predicate, statements = "", "", list[Statement]()
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith(" "):
            if line and not line.startswith(("@", "#")):
                subject, statements = line, []
            else:
                parts.append(line)
            continue
        terms = _TERM.findall(line)
        if line[4] != " ":
            predicate, terms = terms[0], terms[1:]
        statements += [Statement(predicate, term) for term in terms if term not in {";", ".", ","}]
        if line.endswith("."):
            parts.append(Block(subject, tuple(statements)))
    return Text(file, tuple(parts))
