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
