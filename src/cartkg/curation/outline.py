"""YAML text in, its nodes out, within bounds: a dossier may come from a stranger.

Dossiers need no anchors and aliases, by which eleven lines can stand for ten billion values, and are neither deep nor
large. What is beyond the bounds is refused where it stands, before more of the text is read.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

#: Most bytes of a file of YAML; the largest dossier there is has a fiftieth.
MOST_BYTES = 1024**2
#: Most groups and lists inside one another.
DEEPEST = 50
#: Most values, groups and lists.
MOST_NODES = 50_000


class OutOfBounds(MarkedYAMLError):
    """The text is YAML that a dossier has no need of; `problem` says what, `problem_mark` where."""


class _Bounded(Composer):
    """A composer that counts what it makes and follows no alias."""

    def __init__(self, loader: Any = None) -> None:  # parts of the parser have no types
        super().__init__(loader=loader)
        self._depth = 0
        self._made = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise _refused("anchors and aliases (& and *) are not read; write the values out", event)
        self._made += 1
        if self._made > MOST_NODES:
            raise _refused(f"has more than {MOST_NODES:,} values; split it", event)
        if self._depth >= DEEPEST:
            raise _refused(f"is nested deeper than {DEEPEST} levels; make it flatter", event)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _refused(problem: str, event: Any) -> OutOfBounds:
    return OutOfBounds(problem=problem, problem_mark=event.start_mark)


def reader() -> Any:
    """Return a reader of plain YAML whose `compose` keeps the bounds and whose `constructor` makes plain values."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Bounded
    return yaml


def compose(text: str, yaml: Any = None) -> Any:
    """Return the root node of a text; None when there is nothing in it.

    Args:
        text: one document.
        yaml: what `reader` made, when its constructor is needed afterwards; made here when left out.

    Raises:
        OutOfBounds: the text is deeper or larger than allowed, or has an anchor or alias.
        YAMLError: it is no YAML; a MarkedYAMLError where the place is known.
    """
    return (yaml or reader()).compose(text)


__all__ = ["DEEPEST", "MOST_BYTES", "MOST_NODES", "MarkedYAMLError", "OutOfBounds", "YAMLError", "compose", "reader"]
