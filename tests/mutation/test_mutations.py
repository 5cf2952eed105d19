"""Faults made on purpose in the real data are found by the right rule at the right line; the clean data has none."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from tests.mutation.edits import EDITS
from tests.mutation.faults import Corpus, Fault, Maker
from tests.mutation.relations import RELATIONS

from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.project import Project
from cartkg.turtle import SYNTAX
from cartkg.validation import EngineName

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
KINDS: tuple[Maker, ...] = (*EDITS, *RELATIONS)
OPTIONS = CheckOptions(only=frozenset({CheckStage.SYNTAX, CheckStage.SHAPES, CheckStage.CHECKS}))
SEED = 20261122
WHOLE = 500
LEAST_FOUND = 0.95
#: The check runs about as often as a file has faults.
MOST_IN_A_FILE = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one fault: whether its rule pointed at its line, and what was found in its file instead."""

    fault: Fault
    found: bool
    instead: tuple[str, ...]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("mutants")
    for part in ("ontology", "shapes", "queries", "data"):
        shutil.copytree(ROOT / part, root / part)
    return Project(root, root / ".cartkg")


@pytest.fixture(scope="module")
def corpus(project: Project) -> Corpus:
    return Corpus.read(iter(project.data_files()))


def make(corpus: Corpus, count: int) -> list[Fault]:
    """Make faults, each kind in turn, each in a file left to chance among those that have the fewest so far.

    A kind for which all files are full is passed over.
    """
    random = Random(SEED)  # noqa: S311  # no secret, and the same each run
    faults: list[Fault] = []
    used: Counter[Path] = Counter()
    while len(faults) < count:
        for kind in KINDS[: count - len(faults)]:
            files = [file for file in corpus.texts if used[file] < MOST_IN_A_FILE]
            random.shuffle(files)
            files.sort(key=used.__getitem__)
            made = (kind.make(corpus, corpus.texts[file], random) for file in files)
            if fault := next(filter(None, made), None):
                faults.append(fault)
                used[fault.text.file] += 1
    return faults


def batches(faults: list[Fault]) -> Iterator[list[Fault]]:
    """Split faults so that none hits a file twice in a batch; a batch is one run of the check.

    Broken syntax stands apart: what a broken file may describe is held against nobody, so it would hide other faults.
    """
    for broken in (False, True):
        rest = [fault for fault in faults if (fault.rule == SYNTAX) == broken]
        while rest:
            batch = list({fault.text.file: fault for fault in reversed(rest)}.values())
            yield batch
            chosen = {id(fault) for fault in batch}
            rest = [fault for fault in rest if id(fault) not in chosen]


@contextmanager
def faulty(faults: list[Fault]) -> Iterator[None]:
    """Put faults into their files, and the sound text back afterwards."""
    sound = {fault.text.file: fault.text.file.read_text("utf-8") for fault in faults}
    for fault in faults:
        fault.text.file.write_text(fault.text.write(), "utf-8")
    yield
    for file, text in sound.items():
        file.write_text(text, "utf-8")


def judge(project: Project, faults: list[Fault]) -> Iterator[Verdict]:
    """Check the project with faults in it, and say of each whether its rule pointed at its line."""
    with faulty(faults):
        diagnostics = check(project, OPTIONS).diagnostics
    for fault in faults:
        here = [diagnostic for diagnostic in diagnostics if diagnostic.file == fault.text.file]
        found = any(diagnostic.rule == fault.rule and diagnostic.line in fault.lines for diagnostic in here)
        yield Verdict(fault, found, tuple(f"{diagnostic.line} {diagnostic.rule}" for diagnostic in here))


def places(project: Project, faults: list[Fault], engine: EngineName) -> set[tuple[str, int, str, str]]:
    """Give what the shapes find in a project with these faults: file, line, rule and subject."""
    with faulty(faults):
        diagnostics = check(project, CheckOptions(only=frozenset({CheckStage.SHAPES}), engine=engine)).diagnostics
    return {(str(each.file), each.line, each.rule, each.subject) for each in diagnostics}


def table(verdicts: list[Verdict]) -> str:
    """Write the table by kind: faults made, faults found."""
    made = Counter(verdict.fault.kind for verdict in verdicts)
    found = Counter(verdict.fault.kind for verdict in verdicts if verdict.found)
    rules = {verdict.fault.kind: verdict.fault.rule for verdict in verdicts}
    rows = [f"{kind:<44} {rules[kind]:<40} {found[kind]:>4} of {made[kind]:>4}" for kind in sorted(made)]
    return "\n".join((*rows, f"{'all':<85} {found.total():>4} of {made.total():>4}"))


def missed(verdicts: list[Verdict]) -> str:
    return "\n".join(
        f"{each.fault.kind} in {each.fault.text.file.name}: {each.fault.rule} at {sorted(each.fault.lines)}, "
        f"but found {each.instead}"
        for each in verdicts
        if not each.found
    )


@pytest.mark.whole
def test_clean_data_has_no_diagnostic(project: Project) -> None:
    assert [
        f"{each.file}:{each.line}: {each.rule}: {each.message}" for each in check(project, OPTIONS).diagnostics
    ] == []


def test_there_are_at_least_25_kinds_of_fault() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 25


def verdicts_on(project: Project, faults: list[Fault]) -> list[Verdict]:
    """Judge all faults; those not found again in batches of their own, until no more is found that way.

    Another fault of the same batch may undo one: of two things with one DOI, the other gets a new one.
    """
    verdicts = [verdict for batch in batches(faults) for verdict in judge(project, batch)]
    found = [verdict for verdict in verdicts if verdict.found]
    rest = [verdict for verdict in verdicts if not verdict.found]
    if not rest or len(faults) == 1:
        return verdicts
    if not found:  # the batches undo nothing any more, or all that is left is missed
        return [verdict for each in rest for verdict in judge(project, [each.fault])]
    return [*found, *verdicts_on(project, [verdict.fault for verdict in rest])]


@pytest.mark.whole
def test_each_kind_and_almost_all_of_500_faults_are_found_at_their_line(project: Project, corpus: Corpus) -> None:
    faults = make(corpus, WHOLE)
    first = {id(fault) for fault in faults[: len(KINDS)]}
    verdicts = verdicts_on(project, faults)
    print(table(verdicts))
    print(missed(verdicts))
    assert {fault.kind for fault in faults[: len(KINDS)]} == {kind.name for kind in KINDS}
    assert missed([verdict for verdict in verdicts if id(verdict.fault) in first]) == ""
    assert len(verdicts) == WHOLE
    assert sum(verdict.found for verdict in verdicts) >= LEAST_FOUND * WHOLE


@pytest.mark.whole
def test_pyshacl_finds_the_same_in_faulty_data(project: Project, corpus: Corpus) -> None:
    found: set[tuple[str, int, str, str]] = set()
    for batch in batches([fault for fault in make(corpus, len(KINDS)) if fault.rule != SYNTAX]):
        here = places(project, batch, EngineName.CARTKG)
        assert places(project, batch, EngineName.PYSHACL) == here
        found |= here
    assert {fault.rule for fault in make(corpus, len(KINDS)) if "Shape" in fault.rule} <= {
        rule for _, _, rule, _ in found
    }
