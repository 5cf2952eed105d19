"""What the record of a register says of a trial, in the words of data/trials.yaml where they have an equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?")
_AGE = re.compile(r"([0-9]{1,3}) ?(?:Years?|Y|yr)\b.*", re.IGNORECASE)
_SEXES = {"all": "all", "both": "all", "both males and females": "all", "female": "women", "male": "men"}


@dataclass(frozen=True, slots=True)
class Milestone:
    """A date of a trial: what happened or is to happen, when, and whether it is an estimate."""

    what: str
    date: str
    kind: str = "not-stated"


@dataclass(frozen=True, slots=True)
class RegisteredTrial:
    """A trial as a register has it; what it does not state is empty or None.

    Attributes:
        number: its number in the register.
        address: the page of the record.
        recorded: the date of the record, as far as it is stated.
        line: the line of the export at which the record begins.
        status: word of data/trials.yaml; empty where the register's own has no equal.
        status_as_listed: the register's word.
        countries: two-letter codes of the countries of its locations.
        places: its locations.
        unlisted: what is shown to the curator and has no field of its own, such as criteria in words and results.
    """

    number: str
    address: str
    recorded: str | None
    line: int
    title: str = ""
    names: Sequence[str] = ()
    other_numbers: Sequence[str] = ()
    conditions: Sequence[str] = ()
    phase: str = "not-stated"
    status: str = ""
    status_as_listed: str = ""
    planned: int | None = None
    planned_kind: str = "not-stated"
    dates: Sequence[Milestone] = ()
    min_age: int | None = None
    max_age: int | None = None
    sex: str = ""
    arms: Sequence[str] = ()
    primary_outcomes: Sequence[str] = ()
    secondary_outcomes: Sequence[str] = ()
    countries: Sequence[str] = ()
    places: Sequence[str] = ()
    unlisted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RegisterExport:
    """The trials of an export, in its order, and what is wrong with it."""

    trials: tuple[RegisteredTrial, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    name: str = ""


class Register(Protocol):
    """A register that exports its records in a form of its own."""

    @property
    def name(self) -> str:
        """What people call it."""

    def begins(self, head: str) -> bool:
        """Return whether a file that begins so is an export of this register."""

    def read(self, data: bytes, path: Path) -> RegisterExport:
        """Return the trials of an export, and what is wrong with it.

        Raises:
            Undecodable: the bytes are not text.
        """


def day_first(text: str) -> str | None:
    """Return a date written day first, as European registers do, or in ISO form; None where it is neither.

    Example:
        >>> day_first("05/08/2023"), day_first("2023-08-05T00:00:00"), day_first("2023-08"), day_first("soon")
        ('2023-08-05', '2023-08-05', '2023-08', None)
    """
    if found := _DAY_FIRST.match(text.strip()):
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    iso = _ISO.match(text.strip())
    return iso[0] if iso else None


def years(text: str) -> int | None:
    """Return an age in years; None for one in months or none.

    Example:
        >>> years("18 Years"), years("6 Months"), years("18Y")
        (18, None, 18)
    """
    found = _AGE.fullmatch(text.strip())
    return int(found[1]) if found else None


def sex_of(text: str) -> str:
    """Return the word for who may take part; empty for words without an equal."""
    return _SEXES.get(text.strip().casefold().removesuffix("s") if "and" not in text else text.strip().casefold(), "")


def phase_of(text: str) -> str:
    """Return the phase that words name.

    Example:
        >>> phase_of("Phase 1/Phase 2"), phase_of("PHASE2"), phase_of("Early Phase 1"), phase_of("Phase II")
        ('phase-1-2', 'phase-2', 'early-phase-1', 'phase-2')
    """
    folded = re.sub(r"[^a-z0-9]+", " ", text.casefold())
    if "early phase" in folded or "earlyphase" in folded:
        return "early-phase-1"
    if folded.strip() in {"na", "n a", "not applicable"}:
        return "not-applicable"
    roman = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
    found = re.findall(r"\b(?:phase)? ?([0-4]|iv|i{1,3})\b", re.sub(r"phase(?=[0-9])", "phase ", folded))
    digits = sorted({roman.get(each, each) for each in found})
    known = {("1", "2"): "phase-1-2", ("2", "3"): "phase-2-3"} | {(each,): f"phase-{each}" for each in "01234"}
    return known.get(tuple(digits), "not-stated")
