"""Decide whether the value of a literal is in an XML Schema datatype, as OWL 2 sees the datatypes.

The lexical forms are those of XML Schema 1.1, part 2; of datatypes that are not distinguished here nothing is ruled
out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.namespaces import XSD

if TYPE_CHECKING:
    import pyoxigraph as ox

_LEAST = {"nonNegativeInteger": 0, "positiveInteger": 1}
_FORMS = {
    "boolean": re.compile(r"true|false|1|0"),
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"),
    "integer": re.compile(r"[+-]?\d+"),
    "date": re.compile(r"-?\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?"),
    "gYear": re.compile(r"-?\d{4,}(Z|[+-]\d\d:\d\d)?"),
    "gYearMonth": re.compile(r"-?\d{4,}-\d\d(Z|[+-]\d\d:\d\d)?"),
    "anyURI": re.compile(r".*"),
    "string": re.compile(r".*", re.DOTALL),
}


def fits(literal: ox.Literal, datatype: str) -> bool:
    """Return whether a literal is a value of a datatype; True where that is not known here."""
    wanted, given = datatype.removeprefix(XSD), literal.datatype.value.removeprefix(XSD)
    if wanted not in _FORMS.keys() | _LEAST.keys():
        return True
    number = {"integer", "decimal", *_LEAST}
    if wanted in number and given in number:
        return _is_number(literal.value, given) and _is_number(literal.value, wanted)
    return given == wanted and _FORMS[wanted].fullmatch(literal.value) is not None


def _is_number(text: str, datatype: str) -> bool:
    form = _FORMS["decimal" if datatype == "decimal" else "integer"]
    if datatype != "decimal" and _FORMS["decimal"].fullmatch(text) and float(text).is_integer():
        return float(text) >= _LEAST.get(datatype, float("-inf"))  # 3.0 is a whole number to OWL
    return form.fullmatch(text) is not None and float(text) >= _LEAST.get(datatype, float("-inf"))
