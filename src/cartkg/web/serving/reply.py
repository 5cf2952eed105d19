"""Responses to the client, including those that need no app."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """A response in parts; header names in any case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def plain(status: int, title: str, detail: str, *headers: tuple[str, str]) -> Reply:
    """Make a problem document (RFC 9457) without calling the app."""
    fields = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    common = [("Content-Type", "application/problem+json"), ("Access-Control-Allow-Origin", "*")]
    return Reply(status, [*common, *headers], json.dumps(fields).encode() + b"\n")
