"""A query in, the prefixes for an answer in Turtle out; and the answer without those that it does not use; no I/O."""

from __future__ import annotations

import re

import pyoxigraph as ox

from cartkg.evaluation.syntax import prologue
from cartkg.namespaces import BASE

#: The engine compares each term with each prefix, so a query of nothing but prefixes must not make it slow.
_MOST = 200


def declared(query: str) -> dict[str, str]:
    """Return the prefixes that a query declares, the first of them when they are very many."""
    spaces = list(prologue(query, BASE).prefixes.items())[:_MOST]
    return {prefix: space for prefix, space in spaces if _is_iri(space)}


def size(prefixes: dict[str, str]) -> int:
    """Return the bytes that the lines of prefixes take at most."""
    return sum(len(f"@prefix {prefix}: <{space}> .\n".encode()) for prefix, space in prefixes.items())


def trimmed(turtle: bytes, prefixes: dict[str, str]) -> bytes:
    """Return an answer in Turtle with the lines of those prefixes that it uses, in order.

    A prefix whose name stands in a string as if it were used may be kept, which harms nobody.
    """
    lines = turtle.split(b"\n", len(prefixes))
    head, rest = lines[:-1], lines[-1]
    kept = sorted(line for line in head if _is_used(line.split(b" ", 2)[1], rest))
    return b"".join(line + b"\n" for line in kept) + rest


def _is_used(prefix: bytes, rest: bytes) -> bool:
    """Return whether a prefix, with its colon, begins a name; an address in brackets is none."""
    return prefix in rest and re.search(rb"(?<![^\s(^])" + re.escape(prefix), rest) is not None


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True
