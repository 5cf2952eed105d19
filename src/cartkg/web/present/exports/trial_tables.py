"""Trials as files: CSV, XLSX and JSON with names beside IRIs, publications, and how to cite the list."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

from cartkg.escaping import spreadsheet_lines
from cartkg.web.present.exports.workbooks import WorkbookSheet, workbook
from cartkg.web.present.trial_facets import country

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.facts.trials import Named, Trial
    from cartkg.web.present.exports.citing import CiteAs
    from cartkg.web.present.exports.workbooks import Cell

HEADINGS = (
    "number", "title", "other_numbers", "status", "status_as_of", "phase", "diseases", "conditions_as_stated",
    "targets", "cells", "minimum_age_years", "maximum_age_years", "sex", "countries", "planned_patients", "start",
    "completion", "sponsors", "publications", "records_disagree", "trial_iri", "disease_iris", "cell_iris",
    "publication_iris",
)  # fmt: skip


def as_csv(found: Sequence[Trial], cited: CiteAs) -> bytes:
    """Write trials as CSV, with the citation above."""
    texts = (tuple("" if cell is None else str(cell) for cell in _row(each)) for each in found)
    rows = [(cited.text,), (), HEADINGS, *texts]
    return codecs.BOM_UTF8 + "".join(spreadsheet_lines(rows, "\r\n")).encode()


def as_workbook(found: Sequence[Trial], cited: CiteAs) -> bytes:
    """Write trials as a workbook, with a sheet that says what they are."""
    about = (("cite", cited.text), ("release", cited.release), ("address", cited.address))
    return workbook(
        [WorkbookSheet("Trials", HEADINGS, tuple(map(_row, found))), WorkbookSheet("About", ("what", "text"), about)]
    )


def as_json(found: Sequence[Trial], cited: CiteAs) -> bytes:
    """Write trials as one object; lists stay lists, and what no record states is null."""
    said = {
        "cite": cited.text,
        "release": cited.release,
        "url": cited.address,
        "trials": [_object(each) for each in found],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _row(trial: Trial) -> tuple[Cell, ...]:
    return (
        trial.number, trial.title, _joined(trial.others), trial.status.label, trial.as_of or None, trial.phase.label,
        _labels(trial.diseases), _joined(trial.conditions), _labels(trial.targets), _labels(trial.cells),
        trial.youngest, trial.oldest, trial.sex or None, _joined(map(country, trial.countries)), trial.planned,
        trial.start or None, trial.completion or None, _labels(trial.sponsors), _labels(trial.publications),
        _joined(trial.doubts), trial.iri, _iris(trial.diseases), _iris(trial.cells), _iris(trial.publications),
    )  # fmt: skip


def _object(trial: Trial) -> dict[str, object]:
    return {
        "id": trial.iri,
        "number": trial.number,
        "title": trial.title,
        "other_numbers": trial.others,
        "status": {"name": trial.status.label, "as_of": trial.as_of or None},
        "phase": trial.phase.label,
        "diseases": _things(trial.diseases),
        "conditions_as_stated": trial.conditions,
        "targets": _things(trial.targets),
        "cells": _things(trial.cells),
        "ages": {"minimum": trial.youngest, "maximum": trial.oldest, "unit": "years"},
        "sex": trial.sex or None,
        "countries": trial.countries,
        "planned_patients": trial.planned,
        "start": trial.start or None,
        "completion": trial.completion or None,
        "sponsors": _things(trial.sponsors),
        "publications": _things(trial.publications),
        "records_disagree": trial.doubts,
    }


def _things(named: Iterable[Named]) -> list[dict[str, str]]:
    return [{"name": each.label, "id": each.iri} for each in named]


def _joined(texts: Iterable[str]) -> str | None:
    return "; ".join(texts) or None


def _labels(named: Iterable[Named]) -> str | None:
    return _joined(each.label for each in named)


def _iris(named: Iterable[Named]) -> str | None:
    return _joined(each.iri for each in named if each.iri)
