"""Codes of countries by the names that registers give them."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from cartkg.dossier.countries import COUNTRIES
from cartkg.nearest import fold

_PARTS = re.compile(r"[()]")


def country_code(name: str) -> str | None:
    """Return the two-letter code of a country by its English name; None for a name that is not known.

    Example:
        >>> country_code("United States"), country_code("Turkey (T\u00fcrkiye)"), country_code("Nowhere")
        ('US', 'TR', None)
    """
    names = _names()
    parts = [name, *(part.strip() for part in _PARTS.split(name) if part.strip())]
    return next((names[fold(each)] for each in parts if fold(each) in names), None)


@cache
def _names() -> dict[str, str]:
    """Return codes by names, among them the short ones for parts of China."""
    known = {code: name for code, name in Locale("en").territories.items() if code in COUNTRIES}
    short = {fold(name.removesuffix(" SAR China")): code for code, name in known.items()}
    return short | {fold(name): code for code, name in known.items()}
