"""The rules of the check that are neither a shape nor a stored query, with their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Rule, Severity
from cartkg.files import KIND, NAME, NOT_READ, OUTSIDE, SIZE, UNREADABLE
from cartkg.turtle import ENCODING, HOUSE_STYLE, SYNTAX
from cartkg.validation.conformance import FAULTY, NOT_EVALUATED, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterable

QUERY_SYNTAX = "query-syntax"
QUERY_STOPPED = STOPPED
QUERY_TERM = "query-unknown-term"
PATIENTS = "patients-contradictory"
IMPORT_NOT_READ = "import-not-read"
IDENTIFIER_FORM = "identifier-malformed"
IDENTIFIER_UNKNOWN = "identifier-not-imported"

#: What it is about has not been checked, so that no restriction to files or changes may hide it.
NOT_CHECKED = frozenset({QUERY_SYNTAX, QUERY_STOPPED, NOT_EVALUATED, FAULTY})

#: Of a check that could not end; it is a rule of the report alone.
UNFINISHED = Rule("check-unfinished", "check", "The check runs to its end", message="Correct what stopped it.")

#: Why dossiers are not compiled here, nor patients counted.
NEEDS_SYNTHESIS = "needs SciPy, which is not installed: pip install 'cartkg[synthesis]'"

OWN_RULES = (
    Rule(SYNTAX, "syntax", "The file is well-formed Turtle", message="Correct the syntax at this place."),
    Rule(ENCODING, "syntax", "The file is UTF-8", message="Save the file as UTF-8."),
    Rule(UNREADABLE, "syntax", "The file can be opened", message="Make the file readable, or remove it."),
    Rule(
        OUTSIDE,
        "syntax",
        "Every file is inside the project folder",
        why="A link that leads out of the project can expose or change files that do not belong to it.",
        message="Replace the link with the file itself.",
    ),
    Rule(KIND, "syntax", "A file is a regular file", message="Remove the pipe, device or socket."),
    Rule(NAME, "syntax", "A file has a short name without control characters", message="Rename the file."),
    Rule(SIZE, "syntax", "A file is not too large", message="Split the file."),
    Rule(
        NOT_READ,
        "folders",
        "All RDF of a folder is read",
        why="A file that was skipped has not been checked.",
        message="Convert the file to a supported syntax, or name the folders to check one by one.",
    ),
    Rule(
        IMPORT_NOT_READ,
        "syntax",
        "Imports of data and ontology are read",
        why="Nothing is fetched. Classes and labels of an import that was not read are missing from the check.",
        message="Pass the file of the import with --ontology, or put it into the folder of the ontology.",
        severity=Severity.WARNING,
    ),
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
        "A stored query parses, has a complete header and reads only the project's own graph",
        why="A query that cannot run gives no answer; one that queries other servers sends requests from your machine.",
        message="Correct the query at this line.",
    ),
    Rule(
        QUERY_STOPPED,
        "queries",
        "A stored query or shape stays within its time and memory limits",
        why="A query or shape that was stopped has not checked anything.",
        message="Make the query smaller, or split it.",
    ),
    Rule(
        NOT_EVALUATED,
        "queries",
        "Every stage of the check can run here",
        why="Queries run with limits on time, memory and system calls, which requires Linux; the reasoner requires an "
        "optional extra of the package.",
        message="Run the check on Linux as well, or install what is missing.",
        severity=Severity.WARNING,
    ),
    Rule(
        FAULTY,
        "shapes-files",
        "Every shape can be evaluated as it is written",
        why="A constraint that was not evaluated has not been checked.",
        message="Correct the shape at this line; the remaining shapes were evaluated.",
    ),
    Rule(QUERY_TERM, "queries", "A stored query uses declared terms only"),
    Rule(
        PATIENTS,
        "checks",
        "Statements about shared patients do not contradict each other",
        why=(
            "Patients cannot be counted if they are both the same and different "
            "people; `cartkg count` refuses to do so."
        ),
        message="Correct one of the rows named, or mark the one that is right with `overrules: true`.",
    ),
    Rule(
        IDENTIFIER_FORM,
        "identifiers",
        "An identifier from another vocabulary has the format of that vocabulary",
        why="A mistyped identifier refers to nothing, or to the wrong term.",
        message="Copy the identifier again from its source.",
    ),
    Rule(
        IDENTIFIER_UNKNOWN,
        "identifiers",
        "A link to another vocabulary points to an imported term",
        why="A term that is not imported has no label and no place in a hierarchy, so no question can use it.",
        message="Correct the identifier, or import the term.",
    ),
)


def own_rules(found: Iterable[Diagnostic]) -> dict[str, Rule]:
    """Return those of these rules that diagnostics name."""
    ids = {diagnostic.rule for diagnostic in found}
    return {rule.id: rule for rule in OWN_RULES if rule.id in ids}


def gap(what: str, reason: str) -> Diagnostic:
    """Return a diagnostic about what was not looked at."""
    message = f"{what} were not checked: this {reason}"
    return Diagnostic(None, 0, 0, NOT_EVALUATED, message, Severity.WARNING)
