"""Diagnostics: problems at a place in a file, and their renderings for people, code hosts, CI and RDF tools."""

from cartkg.diagnostics.model import Detail, Diagnostic, Severity, Trace
from cartkg.diagnostics.report import FORMATS, Report, Rule, render

__all__ = ["FORMATS", "Detail", "Diagnostic", "Report", "Rule", "Severity", "Trace", "render"]
