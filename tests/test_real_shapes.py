"""Published shapes run as they are published, with their faults as diagnostics at their lines.

The files are under other people's licences and no part of this repository: the tests skip where they are not beside it.
Counts are pySHACL's, from the note beside the files, unless a remark says otherwise.
"""

from __future__ import annotations

from collections import Counter

import pytest
from tests.published import PUBLISHED, REAL, Published

from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.project import shipped
from cartkg.validation import EngineName
from cartkg.validation.conformance import FAULTY


def is_long(case: Published) -> bool:
    return case.engine is EngineName.PYSHACL or case.folder.startswith(("brick", "case"))


@pytest.mark.skipif(not REAL.is_dir(), reason="the published shapes and data are not beside the repository")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.whole] if is_long(case) else []) for name, case in PUBLISHED.items()]
)
def test_published_shapes_run_as_published(name: str) -> None:
    case = PUBLISHED[name]
    folder = REAL / case.folder
    shapes = tuple(folder / each for each in case.shapes)
    options = CheckOptions((folder / case.data,), shapes, ontology=shapes if case.ontology else (), engine=case.engine)
    found = check(shipped(), options, folder).fresh()
    assert sum(each.trace is not None for each in found) == case.results
    faults = [each for each in found if each.rule == FAULTY and " imports " not in each.message]
    assert {each.file for each in faults} <= set(shapes)
    if case.faults:
        assert Counter(each.line for each in faults) == Counter(case.faults)
    assert all(each.trace is not None or each.rule in {FAULTY, "import-not-read"} for each in found)


#: Where QUDT refers to shapes of files that are not part of the set.
_UNDEFINED = {
    ("SCHEMA_QUDT-DATATYPES_NoOWL.ttl", 93): "qudt/DimensionalityShape>",
    ("SCHEMA_QUDT-DATATYPES_NoOWL.ttl", 822): "#nil>",
    ("SCHEMA_QUDT-DATATYPES_NoOWL.ttl", 1222): "#nil>",
    ("SCHEMA_QUDT-DATATYPES_NoOWL.ttl", 1366): "#nil>",
    ("SCHEMA_QUDT_NoOWL.ttl", 410): "#nil>",
}


@pytest.mark.skipif(not REAL.is_dir(), reason="the published shapes and data are not beside the repository")
def test_every_shape_that_is_missing_is_named_and_the_rest_is_evaluated() -> None:
    """pySHACL refuses the whole set."""
    folder = REAL / "qudt"
    options = CheckOptions((folder / "VOCAB_QUDT-CONSTANTS.ttl",), tuple(sorted(folder.glob("S*.ttl"))))
    found = check(shipped(), options, folder).fresh()
    faults = [each for each in found if each.rule == FAULTY and " imports " not in each.message]
    assert {(each.file.name, each.line) for each in faults if each.file} == _UNDEFINED.keys()
    assert all(each.message.endswith(", which is not defined") for each in faults)
    assert all(_UNDEFINED[each.file.name, each.line] in each.message for each in faults if each.file)
    assert len(faults) == len(_UNDEFINED)
    assert any(each.trace is not None for each in found)


@pytest.mark.skipif(not REAL.is_dir(), reason="the published shapes and data are not beside the repository")
def test_data_that_are_published_broken_are_so_at_their_place() -> None:
    folder = REAL / "mobilitydcat-ap-1.0.1"
    data = folder / "SE NAP_dataset_expressed in mobilityDCAT-AP_minimum population_240205.ttl"
    found = check(shipped(), CheckOptions((data,), (folder / "mobilitydcat-ap_shacl_shapes.ttl",)), folder).fresh()
    (broken,) = [each for each in found if each.file == data]
    assert (broken.rule, broken.line) == ("syntax", 62)
    assert "end the last statement with ' .'" in broken.message
