"""The rules of the check that are neither a shape nor a stored query, with their ids."""

from __future__ import annotations

from cartkg.diagnostics import Rule, Severity
from cartkg.files import KIND, NAME, OUTSIDE, SIZE, UNREADABLE
from cartkg.turtle import ENCODING, HOUSE_STYLE, SYNTAX
from cartkg.validation.conformance import NOT_EVALUATED, STOPPED

QUERY_SYNTAX = "query-syntax"
QUERY_STOPPED = STOPPED
QUERY_TERM = "query-unknown-term"
PATIENTS = "patients-contradictory"
IDENTIFIER_FORM = "identifier-malformed"
IDENTIFIER_UNKNOWN = "identifier-not-imported"

#: What it is about has not been checked, so that no restriction to files or changes may hide it.
NOT_CHECKED = frozenset({QUERY_SYNTAX, QUERY_STOPPED, NOT_EVALUATED})

OWN_RULES = (
    Rule(SYNTAX, "syntax", "The file is well-formed Turtle", message="Correct the syntax at this place."),
    Rule(ENCODING, "syntax", "The file is UTF-8", message="Save the file as UTF-8."),
    Rule(UNREADABLE, "syntax", "The file can be opened", message="Let the file be read, or remove it."),
    Rule(
        OUTSIDE,
        "syntax",
        "A file lies in the project",
        why="A link that leads out of the project shows, or changes, files that are not its own.",
        message="Put the file itself into the project.",
    ),
    Rule(KIND, "syntax", "A file is a regular file", message="Remove the pipe, device or socket."),
    Rule(NAME, "syntax", "A file has a short name without control characters", message="Rename the file."),
    Rule(SIZE, "syntax", "A file is not too large", message="Split the file."),
    Rule(HOUSE_STYLE, "style", "The file is in house style", message="Run cartkg fmt."),
    Rule("ontology-profile", "ontology", "The ontology stays in OWL 2 DL"),
    Rule("ontology-inconsistent", "ontology", "The ontology does not contradict itself"),
    Rule("ontology-unsatisfiable", "ontology", "Every class is satisfiable"),
    Rule("ontology-disjoint", "ontology", "No individual is in two disjoint classes"),
    Rule("ontology-functional", "ontology", "A functional property has one value"),
    Rule("ontology-nothing", "ontology", "No individual is in an unsatisfiable class"),
    Rule(
        QUERY_SYNTAX,
        "queries",
        "A stored query parses, has a complete header and reads the project's own graph alone",
        why="What cannot be asked answers nothing, and a query that asks others sends requests from where it is run.",
        message="Correct the query at this line.",
    ),
    Rule(
        QUERY_STOPPED,
        "queries",
        "A stored query or shape is evaluated within its limits of time and memory",
        why="What was stopped has not been checked.",
        message="Ask for less at once, or split the query.",
    ),
    Rule(
        NOT_EVALUATED,
        "queries",
        "Every stage of the check can run here",
        why="Queries of a project are evaluated where their time, memory and system calls are limited, which needs "
        "Linux; the reasoner comes with an extra of the package.",
        message="Check on Linux too, or install what is missing.",
        severity=Severity.WARNING,
    ),
    Rule(QUERY_TERM, "queries", "A stored query uses declared terms only"),
    Rule(
        PATIENTS,
        "checks",
        "What is stated of the patients that cohorts share can all hold",
        why="No count can be made of patients that are the same and are not, and `cartkg count` refuses to.",
        message="Correct one of the rows that are named, or say which of two holds.",
    ),
    Rule(
        IDENTIFIER_FORM,
        "identifiers",
        "An identifier of another vocabulary has that vocabulary's form",
        why="A mistyped identifier leads nowhere, or to another thing.",
        message="Copy the identifier again from its source.",
    ),
    Rule(
        IDENTIFIER_UNKNOWN,
        "identifiers",
        "A link to another vocabulary leads to a term that is imported",
        why="A term that is not imported has no label and no place in a hierarchy, so no question can use it.",
        message="Correct the identifier, or import the term.",
    ),
)
