"""Keep what changed from one release to the next, thing by thing with its diseases, for the pages and feeds of a site.

`cartkg diff OLD NEW --format history` writes one file for each release into `data/changes`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import list_files, read_bytes
from cartkg.namespaces import TERM
from cartkg.release.differences import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.release.differences import Change
    from cartkg.release.snapshots import Snapshot

    Facts = Mapping[str, Mapping[str, frozenset[str]]]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DISEASES = tuple(f"{TERM}{name}" for name in ("hasDisease", "trialCondition", "concernsDisease", "aboutDisease"))
#: What leads from a thing to the patients that it is about; first what it says, then who says it.
_LEADS = (
    ("asserts", "ofCohort", "overlapBetween", "involves", "aboutCohort"),
    ("ofStudy", "reportsStudy", "claimedBy", "aboutPublication"),
)
_OF_STUDY = f"{TERM}ofStudy"
#: Steps from a thing to its patients: a conflict, a claim, a finding, a cohort.
_FARTHEST = 4


@dataclass(frozen=True, slots=True)
class ChangedThing:
    """What happened to one thing.

    Attributes:
        of: kind of thing, as in its IRI.
        kind: added, corrected or withdrawn.
        iri: the thing; when withdrawn, as it was.
        label: its name.
        diseases: IRIs of the diseases that it is about.
    """

    of: str
    kind: ChangeKind
    iri: str
    label: str
    diseases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseChanges:
    """What a release changed.

    Attributes:
        release: its data version, a date.
        since: the data version before.
        things: what changed.
    """

    release: str
    since: str
    things: tuple[ChangedThing, ...]


def changes_of(release: str, old: Snapshot, new: Snapshot, changes: Iterable[Change]) -> ReleaseChanges:
    """Say of which diseases each change is.

    Args:
        release: data version of the new snapshot.
        old: the evidence before.
        new: the evidence after.
        changes: what differs.
    """
    before, after = _cohorts(old.facts), _cohorts(new.facts)
    things = []
    for change in changes:
        facts, groups, iri = (new.facts, after, change.after) if change.after else (old.facts, before, change.before)
        things.append(ChangedThing(change.of, change.kind, iri, change.label, _diseases(facts, groups, iri)))
    return ReleaseChanges(release, old.name, tuple(things))


def as_history(found: ReleaseChanges) -> str:
    """Write what a release changed as the text of its file."""
    rows = [
        {"of": each.of, "kind": each.kind.value, "iri": each.iri, "label": each.label, "diseases": each.diseases}
        for each in found.things
    ]
    head = {"release": found.release, "since": found.since, "changes": rows}
    return json.dumps(head, indent=1, ensure_ascii=False) + "\n"


def is_date(text: str) -> bool:
    """Return whether a text is a date as a release has it, such as 2026-11-22."""
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def read_history(folder: Path) -> tuple[ReleaseChanges, ...]:
    """Read what releases changed, the latest first; nothing where the folder is missing.

    Raises:
        ConfigError: a file cannot be read, or is not such a file.
    """
    listing = list_files(folder, ".json")
    for refused in listing.refused:
        raise refused
    found = [_read(path) for path in listing.files]
    return tuple(sorted(found, key=lambda each: each.release, reverse=True))


def _read(path: Path) -> ReleaseChanges:
    try:
        said = json.loads(read_bytes(path))
        rows = tuple(
            ChangedThing(
                str(row["of"]),
                ChangeKind(row["kind"]),
                str(row["iri"]),
                str(row["label"]),
                tuple(map(str, row["diseases"])),
            )
            for row in said["changes"]
        )
        release, since = str(said["release"]), str(said["since"])
    except UnusableFile:
        raise
    except (ValueError, KeyError, TypeError) as error:
        reason = f"is not what `cartkg diff OLD NEW --format history` writes ({error})"
        raise ConfigError(reason, setting=str(path)) from error
    if not is_date(release):
        raise ConfigError("names no date as its release, such as 2026-11-22", setting=str(path))
    return ReleaseChanges(release, since, rows)


def _cohorts(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Return the cohorts of each study."""
    found: dict[str, list[str]] = {}
    for thing, said in facts.items():
        for study in said.get(_OF_STUDY, ()):
            found.setdefault(study[1:-1], []).append(thing)
    return {study: tuple(sorted(cohorts)) for study, cohorts in found.items()}


def _diseases(facts: Facts, groups: Mapping[str, tuple[str, ...]], thing: str) -> tuple[str, ...]:
    """Return the diseases of the first things around one that have any."""
    for names in _LEADS:
        leads = tuple(f"{TERM}{name}" for name in names)
        here = {thing}
        for _ in range(_FARTHEST):
            found = {end[1:-1] for each in here for name in _DISEASES for end in facts.get(each, {}).get(name, ())}
            if found:
                return tuple(sorted(found))
            ahead = {end[1:-1] for each in here for name in leads for end in facts.get(each, {}).get(name, ())}
            here = ahead | {cohort for each in here for cohort in groups.get(each, ())}
    return ()
