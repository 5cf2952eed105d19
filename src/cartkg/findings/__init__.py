"""Findings: problems at a place in a file, and their renderings for people, code hosts, CI and RDF tools."""

from cartkg.findings.model import Finding, Severity, Trace
from cartkg.findings.report import FORMATS, Report, Rule, render

__all__ = ["FORMATS", "Finding", "Report", "Rule", "Severity", "Trace", "render"]
