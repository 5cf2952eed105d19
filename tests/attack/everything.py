"""All attacks there are, in the order of the table."""

from __future__ import annotations

from tests.attack.attacks import ATTACKS, Attack
from tests.attack.hostile import HOSTILE
from tests.attack.lines import LINES
from tests.attack.readings import READINGS

ALL: list[Attack] = sorted([*ATTACKS, *LINES, *HOSTILE, *READINGS], key=lambda one: one.group)
