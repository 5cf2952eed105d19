"""A graph in; findings, as the conflict rules want them, out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.conflicts import Quantity, Stated, Window

from cartkg.namespaces import TERM
from cartkg.synthesis.reading.rows import rows, tail

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis.reading.rows import Row

_FINDINGS = """
SELECT ?finding ?label ?cohort ?patients ?measure ?kind ?time ?from ?until ?timeUnit ?numerator ?denominator ?value
  ?unit ?statistic ?comparator ?quantity ?low ?high ?grade ?unsaid ?doubtful ?severity ?drug ?qualifier ?aspect ?result
  ?text ?described WHERE {
  ?finding cartkg:ofCohort ?cohort ; cartkg:measure ?measure .
  OPTIONAL { ?finding rdfs:label ?label }
  OPTIONAL { ?cohort cartkg:patientCount ?patients }
  OPTIONAL { ?finding cartkg:timeKind ?kind }
  OPTIONAL { ?finding cartkg:timeValue ?time }
  OPTIONAL { ?finding cartkg:timeLow ?from }
  OPTIONAL { ?finding cartkg:timeHigh ?until }
  OPTIONAL { ?finding cartkg:timeUnit ?timeUnit }
  OPTIONAL { ?finding cartkg:numerator ?numerator }
  OPTIONAL { ?finding cartkg:denominator ?denominator }
  OPTIONAL { ?finding cartkg:value ?value }
  OPTIONAL { ?finding cartkg:unit ?unit }
  OPTIONAL { ?finding cartkg:statistic ?statistic }
  OPTIONAL { ?finding cartkg:comparator ?comparator }
  OPTIONAL { ?finding cartkg:quantityKind ?quantity }
  OPTIONAL { ?finding cartkg:gradeLow ?low }
  OPTIONAL { ?finding cartkg:gradeHigh ?high }
  OPTIONAL { ?finding cartkg:gradeText ?grade }
  OPTIONAL { ?finding cartkg:severityWord ?severity }
  OPTIONAL { ?finding cartkg:aboutDrug ?drug }
  OPTIONAL { ?finding cartkg:qualifierText ?qualifier }
  OPTIONAL { ?finding cartkg:aspect ?aspect }
  OPTIONAL { ?finding cartkg:resultKind ?result }
  OPTIONAL { ?finding a cartkg:CharacteristicFinding ; cartkg:resultText ?text }
  BIND(EXISTS { ?finding a cartkg:CharacteristicFinding } AS ?described)
  BIND(EXISTS { ?finding cartkg:denominatorNotReported true } AS ?unsaid)
  BIND(EXISTS { ?finding cartkg:doubtful true } AS ?doubtful)
}
"""
_COUNTED = """
SELECT DISTINCT ?measure WHERE {
  VALUES ?kind {
    cartkg:StateCriterion cartkg:ResponseCriterion cartkg:EventMeasure cartkg:AdverseEventTerm
    cartkg:CharacteristicMeasure
  }
  ?class rdfs:subClassOf* ?kind . ?measure a ?class
}
"""

#: What else tells two findings of one measure apart: another drug, another result, onset and duration.
_TELLING_APART = ("drug", "qualifier", "aspect", "severity", "result")
#: Statistics of shares; of a characteristic, words may name the group that the share is of.
_SHARES = frozenset({f"{TERM}count", f"{TERM}percentOnly"})


def read_stated(graph: KnowledgeGraph) -> list[Stated]:
    """Read every finding as the conflict rules need it, sorted by IRI."""
    counted = {row["measure"] for row in rows(graph, _COUNTED)}
    found: dict[str, Stated] = {}
    for row in rows(graph, _FINDINGS):
        quantity = None
        if "value" in row:
            names = (row.get(name, "").removeprefix(TERM) for name in ("statistic", "comparator", "quantity"))
            quantity = Quantity(Decimal(row["value"]), tail(row.get("unit", "")), *names)
        found[row["finding"]] = Stated(
            iri=row["finding"],
            cohort=row["cohort"],
            measure=row["measure"],
            label=row.get("label", tail(row["finding"])),
            window=_window(row),
            numerator=_count(row, "numerator"),
            denominator=_count(row, "denominator"),
            quantity=quantity,
            grade=_grade(row),
            about=_about(row),
            patients=_count(row, "patients"),
            counts_patients=row["measure"] in counted,
            characteristic=row["described"] == "true",
            of_unknown=row["unsaid"] == "true",
            doubtful=row["doubtful"] == "true",
        )
    return [found[iri] for iri in sorted(found)]


def _about(row: Row) -> str:
    names = (*_TELLING_APART, "text") if row.get("statistic") in _SHARES else _TELLING_APART
    return " ".join(row.get(name, "") for name in names).strip()


def _window(row: Row) -> Window:
    time, low, high = (Decimal(row[name]) if name in row else None for name in ("time", "from", "until"))
    return Window(row.get("kind", "").removeprefix(TERM), time, row.get("timeUnit", ""), low, high)


def _grade(row: Row) -> str:
    low, high = row.get("low"), row.get("high")
    if low is None and high is None:
        return row.get("grade", "")
    return str(low) if low == high else f"{low or ''}-{high or ''}"


def _count(row: Row, name: str) -> int | None:
    return int(row[name]) if name in row else None
