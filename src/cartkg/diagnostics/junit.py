"""Diagnostics as JUnit XML: a test suite for each file, a case for each rule that it breaks, or one that passes."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from cartkg.diagnostics.model import Diagnostic
    from cartkg.diagnostics.report import Report

#: Characters that XML 1.0 cannot hold, not even escaped (section 2.2).
_NOT_XML = re.compile(r"[^\t\n\r -\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


#: The case of a file in which nothing is wrong.
_CLEAN = "cartkg check"


def render(report: Report) -> str:
    """Write a case for each file and rule; diagnostics milder than `fail_on` are output and fail nothing."""
    broken: dict[str, dict[str, list[Diagnostic]]] = defaultdict(lambda: defaultdict(list))
    for found in report.fresh():
        broken[_clean(report.place(found.file)) or "project"][found.rule].append(found)
    places = sorted({_clean(report.place(file)) for file in report.files} | set(broken))
    top = ET.Element("testsuites", name="cartkg check")
    counts = [_suite(top, report, place, broken[place] or {_CLEAN: []}) for place in places]
    top.set("tests", str(sum(len(suite) for suite in top)))
    top.set("failures", str(sum(counts)))
    top.set("errors", "0")
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _suite(top: ET.Element, report: Report, place: str, broken: dict[str, list[Diagnostic]]) -> int:
    suite = ET.SubElement(top, "testsuite", name=place, tests=str(len(broken)), errors="0", skipped="0", time="0")
    failures = 0
    for rule, found in sorted(broken.items()):
        case = ET.SubElement(suite, "testcase", name=_clean(rule), classname=place, time="0")
        bad = [each for each in found if each.severity.rank <= report.fail_on.rank]
        if bad:
            failures += 1
            failure = ET.SubElement(case, "failure", message=_clean(bad[0].message), type=bad[0].severity.value)
            failure.text = "\n".join(_line(place, each) for each in bad)
        mild = [each for each in found if each not in bad]
        if mild:
            ET.SubElement(case, "system-out").text = "\n".join(_line(place, each) for each in mild)
    suite.set("failures", str(failures))
    return failures


def _line(place: str, found: Diagnostic) -> str:
    return _clean(f"{place}:{found.line}:{found.column}: {found.severity.value}: {found.message}")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
