"""What changed, by release and disease: counts for the page, entries for the feed (Atom, RFC 4287)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.namespaces import BASE
from cartkg.release.differences import KINDS, ChangeKind
from cartkg.release.history import is_date
from cartkg.web.present.site import site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.release.history import ChangedThing, ReleaseChanges

_PLURALS = {"study": "studies", "therapy": "therapies", "criterion": "criteria"}
#: Things named on a page or in an entry; the files of the release have all.
_MOST = 100


@dataclass(frozen=True, slots=True)
class KindOfChange:
    """How many things of a kind were added, corrected and withdrawn."""

    kind: str
    added: int
    corrected: int
    withdrawn: int

    @property
    def text(self) -> str:
        """Return it in words, such as "claims: 3 added, 1 corrected"."""
        numbers = {"added": self.added, "corrected": self.corrected, "withdrawn": self.withdrawn}
        return f"{self.kind}: {', '.join(f'{number} {name}' for name, number in numbers.items() if number)}"


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release with what it changed, for a disease or for all.

    Attributes:
        release: its data version.
        since: the data version before; empty for the first whose changes are kept.
        counts: what changed, by kind of thing.
        things: the first of the things that changed.
        total: how many changed.
    """

    release: str
    since: str = ""
    counts: tuple[KindOfChange, ...] = ()
    things: tuple[ChangedThing, ...] = ()
    total: int = 0

    @property
    def updated(self) -> str:
        """Return the day of the release as a moment (RFC 3339); that of the epoch where its version has no day."""
        return f"{self.release if is_date(self.release) else '1970-01-01'}T00:00:00Z"

    @property
    def summary(self) -> str:
        """Return what changed in one sentence."""
        if not self.since:
            return "The first release whose changes are kept: there is no earlier one to compare it with."
        return f"Changes since {self.since}: {'; '.join(each.text for each in self.counts) or 'none'}."


def entries(disease: str = "") -> tuple[ReleaseEntry, ...]:
    """Return the releases, the latest first: those whose changes are kept, and the one served.

    Args:
        disease: IRI of a disease, to keep only what is about it; empty for all.
    """
    found = [_entry(each, disease) for each in site().history]
    served = site().data_version
    if served not in {each.release for each in found}:
        found.insert(0, ReleaseEntry(served))
    return tuple(sorted(found, key=lambda each: each.release, reverse=True))


def by_disease() -> Mapping[str, int]:
    """Return how many changes of the latest release with any are about each disease: IRI -> number, most first."""
    latest = site().history[:1]
    return dict(Counter(iri for each in latest for thing in each.things for iri in thing.diseases).most_common())


def feed_id(disease: str = "", release: str = "") -> str:
    """Return the lasting IRI of a feed, or of its entry on a release."""
    parts = [part for part in ("changes", disease, release) if part]
    return BASE + "/".join(parts)


def _entry(changes: ReleaseChanges, disease: str) -> ReleaseEntry:
    things = [each for each in changes.things if not disease or disease in each.diseases]
    counted = Counter((each.of, each.kind) for each in things)
    kinds = dict.fromkeys((*KINDS, *(each.of for each in things)))
    counts = tuple(
        KindOfChange(_PLURALS.get(of, f"{of}s"), *(counted[of, kind] for kind in ChangeKind))
        for of in kinds
        if any(counted[of, kind] for kind in ChangeKind)
    )
    return ReleaseEntry(changes.release, changes.since, counts, tuple(things[:_MOST]), len(things))
