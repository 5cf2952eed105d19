"""Decide whether literals are well formed, and compare them (XML Schema 1.1, part 2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

from cartkg.namespaces import RDF, XSD
from cartkg.validation.rdf.terms import Literal, Term, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from elementpath.datatypes import AbstractDateTime

_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_FLOAT = re.compile(r"(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN)\Z")
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_PATTERNS = {
    f"{XSD}boolean": re.compile(r"(?:true|false|0|1)\Z"),
    f"{XSD}decimal": _DECIMAL,
    f"{XSD}double": _FLOAT,
    f"{XSD}float": _FLOAT,
}
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_YEAR = r"(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_DAY = rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
#: The forms that nearly all moments have and Python reads as XML Schema does; all others are left to elementpath.
_USUAL = {
    f"{XSD}date": re.compile(rf"{_DAY}{_ZONE}\Z"),
    f"{XSD}dateTime": re.compile(rf"{_DAY}T{_CLOCK}{_ZONE}\Z"),
    f"{XSD}dateTimeStamp": re.compile(rf"{_DAY}T{_CLOCK}{_ZONE[:-1]}\Z"),
    f"{XSD}time": re.compile(rf"{_CLOCK}{_ZONE}\Z"),
}
#: The forms that nearly all years and months of a year have; here, too, all others are left to elementpath.
_PLAIN = {
    f"{XSD}gYear": re.compile(rf"{_YEAR}{_ZONE}\Z"),
    f"{XSD}gYearMonth": re.compile(rf"{_YEAR}-(?:0[1-9]|1[0-2]){_ZONE}\Z"),
}
#: Datatype -> elementpath's class, which contains the lexical space of XML Schema 1.1, part 2.
_CLASSES = {
    f"{XSD}{name}": kind
    for name, kind in {
        "date": "Date",
        "dateTime": "DateTime",
        "dateTimeStamp": "DateTimeStamp",
        "time": "Time",
        "gYear": "GregorianYear",
        "gYearMonth": "GregorianYearMonth",
        "gMonth": "GregorianMonth",
        "gDay": "GregorianDay",
        "gMonthDay": "GregorianMonthDay",
        "duration": "Duration",
        "dayTimeDuration": "DayTimeDuration",
        "yearMonthDuration": "YearMonthDuration",
        "hexBinary": "HexBinary",
        "base64Binary": "Base64Binary",
        "language": "Language",
        "Name": "Name",
        "NCName": "NCName",
        "NMTOKEN": "NMToken",
    }.items()
}
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    f"{XSD}integer": (None, None),
    f"{XSD}long": (-(2**63), 2**63 - 1),
    f"{XSD}int": (-(2**31), 2**31 - 1),
    f"{XSD}short": (-(2**15), 2**15 - 1),
    f"{XSD}byte": (-128, 127),
    f"{XSD}nonNegativeInteger": (0, None),
    f"{XSD}positiveInteger": (1, None),
    f"{XSD}nonPositiveInteger": (None, 0),
    f"{XSD}negativeInteger": (None, -1),
    f"{XSD}unsignedLong": (0, 2**64 - 1),
    f"{XSD}unsignedInt": (0, 2**32 - 1),
    f"{XSD}unsignedShort": (0, 2**16 - 1),
    f"{XSD}unsignedByte": (0, 255),
}
_NUMERIC = {*_BOUNDS, f"{XSD}decimal", f"{XSD}double", f"{XSD}float"}
_TEMPORAL = {f"{XSD}date": date, f"{XSD}dateTime": datetime, f"{XSD}time": time, f"{XSD}dateTimeStamp": datetime}

#: What orders the literals of a datatype, from their text.
_READERS: dict[str, Callable[[str], Decimal | float | str | bool]] = {
    **dict.fromkeys((*_BOUNDS, f"{XSD}decimal"), Decimal),
    **dict.fromkeys((f"{XSD}double", f"{XSD}float"), float),
    f"{XSD}string": str,
    f"{XSD}boolean": lambda lexical: lexical in {"true", "1"},
    f"{XSD}gYear": lambda lexical: Decimal(lexical) if lexical.isdecimal() else lexical,
}
#: A moment may be one of elementpath's, which Python has no type for: years above 9999, and those before the first.
Value: TypeAlias = "Decimal | float | str | bool | date | datetime | time | AbstractDateTime"


def well_formed(parts: Literal) -> bool:
    """Return whether a literal's text belongs to its datatype; texts of unknown datatypes are taken as they are."""
    if parts.datatype in _BOUNDS:
        low, high = _BOUNDS[parts.datatype]
        if not _INTEGER.match(parts.lexical):
            return False
        number = int(parts.lexical)
        return (low is None or number >= low) and (high is None or number <= high)
    if parts.datatype in _TEMPORAL:
        return _moment(parts) is not None
    if parts.datatype == f"{RDF}langString":
        return bool(parts.language)
    if parts.datatype in _CLASSES:
        plain = _PLAIN.get(parts.datatype)
        if plain and plain.match(parts.lexical):
            return True
        return _read(parts.datatype, parts.lexical) is not None
    pattern = _PATTERNS.get(parts.datatype)
    return pattern is None or pattern.match(parts.lexical) is not None


@lru_cache(maxsize=200_000)
def value(term: Term) -> Value | None:
    """Return the value that orders a literal; None when it is ill-formed, has no order here, or is not a literal."""
    parts = literal(term)
    if parts is None or not well_formed(parts):
        return None
    if parts.datatype in _TEMPORAL:
        return _moment(parts)
    return _READERS[parts.datatype](parts.lexical) if parts.datatype in _READERS else None


def compare(left: Term, right: Term) -> int | None:
    """Order two literals: below zero, zero, above zero; None when they cannot be compared.

    Numbers compare across numeric types, all else within its datatype;
    a time with a zone and one without do not compare (SPARQL 1.1, section 17.3).
    """
    first, second = literal(left), literal(right)
    if first is None or second is None:
        return None
    numbers = first.datatype in _NUMERIC and second.datatype in _NUMERIC
    if not numbers and first.datatype != second.datatype:
        return None
    one, two = value(left), value(right)
    if one is None or two is None or one != one or two != two:  # noqa: PLR0124  # NaN is not equal to itself
        return None
    if first.datatype in _TEMPORAL and _has_zone(first) != _has_zone(second):
        return None
    if type(one) is not type(two) and first.datatype in _TEMPORAL:
        one = cast("Value", _read(first.datatype, first.lexical))
        two = cast("Value", _read(second.datatype, second.lexical))
    try:
        return (one > two) - (one < two)  # type: ignore[operator]  # same kind of value, as just checked
    except TypeError:
        return None


def _has_zone(parts: Literal) -> bool:
    return re.search(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z", parts.lexical) is not None


def _moment(parts: Literal) -> date | datetime | time | AbstractDateTime | None:
    kind, lexical = _TEMPORAL[parts.datatype], parts.lexical
    if not _USUAL[parts.datatype].match(lexical):
        return cast("AbstractDateTime | None", _read(parts.datatype, lexical))
    try:
        if kind is date:
            return _day(lexical, re.search(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z", lexical))
        return (datetime if kind is datetime else time).fromisoformat(_microseconds(lexical))
    except ValueError:
        return None


def _read(datatype: str, lexical: str) -> object | None:
    """Return a value as elementpath reads it; None when the text does not belong to the datatype."""
    from elementpath import datatypes  # noqa: PLC0415  # a fifth of a second, for forms that few data have

    kind = getattr(datatypes, _CLASSES[datatype])
    try:
        if not kind.is_valid(lexical):
            return None
        return kind.fromstring(lexical) if hasattr(kind, "fromstring") else lexical
    except (ValueError, OverflowError):
        return None


def _day(lexical: str, zone: re.Match[str] | None) -> date | datetime:
    if zone is None:
        return date.fromisoformat(lexical)
    midnight = datetime.fromisoformat(f"{lexical[: zone.start()]}T00:00:00{zone.group()}")
    return midnight.astimezone(UTC)


def _microseconds(lexical: str) -> str:
    """Cut fractions of a second to the six digits that Python keeps."""
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", lexical)
