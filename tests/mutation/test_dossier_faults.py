"""Faults that people make in dossiers are found at the record that is wrong; the dossiers as shipped have none.

The kinds were written down before the rules were read. The bound is the share of a sample drawn at random over kinds
and dossiers; another sample has kinds that were thought of only after the rules had been extended for the first.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from tests.mutation.dossier_kinds import KINDS, LATER, Chance, Make, NoPlaceError, World
from tests.mutation.dossier_text import read

from cartkg.pipeline.checking import check
from cartkg.pipeline.curation import compile_project
from cartkg.pipeline.options import CheckOptions, Kind
from cartkg.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
#: What an author of dossiers waits for; queries and the reasoner look at nothing that a dossier says.
OPTIONS = CheckOptions(skip=frozenset({Kind.QUERIES, Kind.ONTOLOGY, Kind.STYLE}))
SAMPLE = 100
LEAST_FOUND = 94
LISTS = {
    "measures": "vocabulary/measures.yaml",
    "diseases": "vocabulary/diseases.yaml",
    "products": "products.yaml",
    "trials": "trials.yaml",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One faulty dossier: its file and text, and the lines of the records that are wrong."""

    kind: str
    path: Path
    text: str
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a fault: the rules that point at its records, and what else is found in its file."""

    fault: Fault
    rules: tuple[str, ...]
    elsewhere: tuple[str, ...]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("dossiers")
    for part in ("ontology", "shapes", "queries", "data"):
        shutil.copytree(ROOT / part, root / part)
    return Project(root, root / ".cartkg")


def world_of(project: Project) -> World:
    drafts = {path.stem: read(path) for path in project.dossier_files()}
    disputed = {
        row if "#" in row else f"{draft.key}#{row}"
        for draft in drafts.values()
        for _, conflict in draft.records("conflicts")
        for side in conflict["sides"]
        for row in side.get("rows", ())
    }
    lists = {
        name: {each["id"]: each for each in read(project.root / "data" / file).root[name]}
        for name, file in LISTS.items()
    }
    return World(drafts, lists, frozenset(disputed))


@pytest.fixture(scope="module")
def world(project: Project) -> World:
    return world_of(project)


def made(kind: str, make: Make, world: World, random: Random) -> Fault:
    """Make one fault of a kind in a dossier left to chance."""
    keys = sorted(world.drafts)
    random.shuffle(keys)
    for key in keys:
        draft = world.drafts[key].copied()
        try:
            wrong = make(Chance(draft, world, random))
        except NoPlaceError:
            continue
        text, places = draft.write()
        return Fault(kind, draft.path, text, frozenset(line for steps in wrong for line in places[steps]))
    pytest.fail(f"no dossier has a place for {kind}")


def drawn(kinds: Mapping[str, Make], world: World, seed: int) -> list[Fault]:
    """Draw faults at random over kinds and dossiers."""
    random = Random(seed)  # noqa: S311  # no secret, and the same each run
    names = [random.choice(sorted(kinds)) for _ in range(SAMPLE)]
    return [made(name, kinds[name], world, random) for name in names]


def verdicts(project: Project, faults: list[Fault]) -> Iterator[Verdict]:
    """Check the project with the faults in it, as few times as there are faults of one dossier."""
    rest = faults
    while rest:
        batch = {fault.path: fault for fault in reversed(rest)}
        yield from _judged(project, list(batch.values()))
        chosen = {id(fault) for fault in batch.values()}
        rest = [fault for fault in rest if id(fault) not in chosen]


def _judged(project: Project, faults: list[Fault]) -> Iterator[Verdict]:
    sound = {path: path.read_bytes() for path in (*project.data_files(), *(fault.path for fault in faults))}
    for fault in faults:
        fault.path.write_text(fault.text, "utf-8")
    for path, data in compile_project(project).files.items():
        path.write_bytes(data)
    found = check(project, OPTIONS).diagnostics
    for fault in faults:
        here = [each for each in found if each.file == fault.path]
        rules = sorted({each.rule for each in here if each.line in fault.lines})
        yield Verdict(fault, tuple(rules), tuple(f"{each.line} {each.rule}" for each in here))
    for path, data in sound.items():
        path.write_bytes(data)


def table(judged: list[Verdict]) -> str:
    """Write the faults made and found by kind, and what became of those that were not found."""
    drawn_ = Counter(each.fault.kind for each in judged)
    found = Counter(each.fault.kind for each in judged if each.rules)
    rows = [f"{kind:<55} {found[kind]:>3} of {drawn_[kind]:>3}" for kind in sorted(drawn_)]
    missed = [
        f"missed: {each.fault.kind} in {each.fault.path.name} at {sorted(each.fault.lines)}: {each.elsewhere}"
        for each in judged
        if not each.rules
    ]
    return "\n".join((*rows, *missed, f"found {found.total()} of {drawn_.total()}"))


def test_there_are_at_least_40_kinds_of_fault() -> None:
    assert len(KINDS) >= 40
    assert not KINDS.keys() & LATER.keys()


def test_a_dossier_without_fault_says_the_same_when_written_by_the_tests(project: Project, world: World) -> None:
    sound = [Fault("none", draft.path, draft.write()[0], frozenset()) for draft in world.drafts.values()]
    (*judged,) = verdicts(project, sound)
    assert [each.elsewhere for each in judged] == [()] * len(world.drafts)
