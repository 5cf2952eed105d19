"""Desk: one dossier at work. It mints publications, findings and claims, and keeps what could not be placed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import Amount, result_kind
from cartkg.curation.asides import Told
from cartkg.curation.directions import direction_of
from cartkg.curation.facts import LABEL, RDF_TYPE, ROW, Facts, Subject, iri, slug, term, typed, words
from cartkg.curation.node import Node
from cartkg.curation.pages import Page, PageType
from cartkg.curation.spelling import unknown
from cartkg.findings import Finding, Severity

if TYPE_CHECKING:
    from cartkg.curation.dossier import Dossier
    from cartkg.curation.lexicon import Entry, Lexicon
    from cartkg.curation.library import Library
    from cartkg.curation.spelling import Words
    from cartkg.curation.times import Timing

#: Longest words, in characters, that tell one result; beside a count they may say more of whom was counted.
_PLAIN_WORDS, _COUNTED_WORDS = 60, 70
_FELL = re.compile(r"\b(?:fell|fall)\b")
#: Two grades in the name of a result: `grade-1-2`.
_SPAN = re.compile(r"\b(\d)-(\d)\b")
#: A text of one clause that ends in a source id is that source's.
_TRAILING_SOURCE = re.compile(r"^[^;(]*\((s\d+)\)\s*$")
_SECONDARY = {
    PageType.PRESS: ("NewsItem", "pressOnly"),
    PageType.REGISTRY: ("RegistryEntry", "registryOnly"),
    PageType.CONGRESS: ("CongressAbstract", "congressAbstractRead"),
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says something, and where it was read.

    Attributes:
        name: slug of the publication, used in the claim's IRI.
        source: IRI of the page read.
        place: where in the publication (local name).
        read_level: how much of it was read (local name).
        retells: whether the speaker only retells what others found.
    """

    name: str
    source: str
    place: str
    read_level: str
    retells: bool


@dataclass(frozen=True, slots=True)
class CohortRef:
    """A cohort as the rows of this dossier use it; `path` is `study/cohort`."""

    iri: str
    path: str
    count: int | None

    @property
    def study(self) -> str:
        """Give the key of the study the cohort belongs to."""
        return self.path.partition("/")[0]


@dataclass(slots=True)
class Desk:
    """What the makers of facts share while one dossier is worked through."""

    dossier: Dossier
    lexicon: Lexicon
    library: Library
    pages: dict[str, Page]
    facts: Facts = field(default_factory=Facts)
    cohorts: dict[str, CohortRef] = field(default_factory=dict)
    notices: list[Finding] = field(default_factory=list)
    worded: list[Finding] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    studies: list[str] = field(default_factory=list)
    read_level: str = "readLevelNotStated"
    out_of_scope: bool = False

    @property
    def key(self) -> str:
        """Give the dossier's key."""
        return self.dossier.key

    @property
    def root(self) -> Node:
        """Give the dossier's content."""
        return self.dossier.root

    @property
    def publication(self) -> str:
        """Give the IRI of the dossier's publication."""
        return iri("publication", self.key)

    def notice(self, node: Node, rule: str, message: str, severity: Severity = Severity.ERROR) -> None:
        """Note a problem at a place of the dossier."""
        place = node.place
        self.notices.append(Finding(place.file or self.dossier.path, place.line, place.column, rule, message, severity))

    def in_words(self, path: str, why: str) -> None:
        """Note that a fact is kept in words only, and why no statement of the graph holds it."""
        self.noted.add(path.partition(" ")[0])
        place = Node(path.partition(" ")[0], None, self.root.places).place
        file = place.file or self.dossier.path
        message = f"`{path}` is kept in words only: {why}"
        self.worded.append(Finding(file, place.line, place.column, "dossier-in-words", message, Severity.INFO))

    def unknown(self, node: Node, part: Words, word: str | None = None, *, severity: Severity = Severity.ERROR) -> None:
        """Note a word that is not in the vocabulary, with the nearest ones.

        Args:
            node: where it stands.
            part: the part of the vocabulary that lacks it.
            word: the word, where it is not all that stands there.
            severity: how bad it is.
        """
        message = unknown(self.lexicon, part, str(node.value) if word is None else word)
        self.notice(node, f"dossier-unknown-{part.what.replace(' ', '-')}", message, severity)

    def own(self, name: str, *kinds: str) -> Subject:
        """Give a subject that lives in this dossier's own file."""
        return self.facts.subject(name, self.key, *kinds)

    def speaker(self, source: str | None, text: str | None = None) -> Speaker:
        """Give who speaks in a source of the dossier; the first source when none is named."""
        trailing = _TRAILING_SOURCE.search(text or "")
        name = trailing[1] if trailing and trailing[1] in self.pages else source
        page = self.pages.get(name or "") or next(iter(self.pages.values()))
        owner = self.library.page_owner(page, self.key)
        if owner and not page.own and not (page.quotes and "web post" not in (text or "")):
            known = self.library.known[owner.key]
            level = "pressOnly" if known.news else known.read_level
            place = "wholePagePlace" if page.kind in (PageType.PRESS, PageType.WHOLE) else page.kind.value
            return Speaker(owner.key, iri("source", owner.key, owner.source), place, level, retells=True)
        source_iri = iri("source", self.key, page.name)
        if page.own or page.quotes:
            news = self.is_news
            level = "pressOnly" if news else self.read_level
            place = "abstract" if page.quotes else page.kind.value
            return Speaker(self.key, source_iri, place, level, retells=news and "release" not in page.what)
        return self._bystander(page, source_iri)

    @property
    def is_news(self) -> bool:
        """Tell whether the publication itself is a news item."""
        return str(self.root.child("publication").child("kind").value) == "news"

    def _bystander(self, page: Page, source: str) -> Speaker:
        kind, level = _SECONDARY.get(page.kind, ("WebPage", "secondarySummaries"))
        name = f"{self.key}/{page.name}"
        if kind == "NewsItem" and ("press release" in page.what or "company" in page.what):
            kind = "PressRelease"
        subject = self.own(iri("publication", name), kind)
        subject.add(LABEL, words(page.what))
        subject.add(term("ownTitle"), typed("true", "boolean"))
        subject.add(term("reportsOn"), self.publication)
        subject.add(term("hasSource"), source)
        subject.add(term("readLevel"), term(level))
        subject.add(term("retractionStatus"), term("retractionUnknown"))
        return Speaker(name, source, page.kind.value, level, retells=True)

    def row(self, node: Node, path: str | None = None) -> Literal:
        """Give the audit trail of a row: `key path`, or `key supplement path` of a row the dossier itself lacks."""
        added = Node(path or node.path, None, node.places).place.file
        return Literal(f"{self.key} {'supplement ' if added else ''}{path or node.path}")

    def claim(self, node: Node, target: Subject, text: str | None = None, source: str | None = None) -> Subject:
        """Make the claim that this row's source says so; `target` is what is claimed."""
        counted = term("ofCohort") in target.values and term("DescriptiveFinding") not in target.texts(RDF_TYPE)
        named = source or str(node.child("source").value or "") or None
        speaker = self.speaker(named, None if counted and "web post" not in (text or "") else text)
        node.text("source")
        path = target.iri.partition("w3id.org/cartkg/")[2].partition("/")[2]
        kind = target.iri.partition("w3id.org/cartkg/")[2].partition("/")[0]
        lead = () if kind == "finding" else (kind,)
        home = speaker.name.partition("/")[0]
        claim = self.facts.subject(iri("claim", speaker.name, *lead, path), home, "Claim")
        study = path.partition("/")[0]
        own = study == speaker.name and not speaker.retells
        claim.add(LABEL, Literal(f"{speaker.name} on {target.one(LABEL) or path}", language="en"))
        claim.add(term("claimedBy"), iri("publication", speaker.name))
        claim.add(term("asserts"), target.iri)
        claim.add(term("readIn"), speaker.source)
        claim.add(term("place"), term(speaker.place))
        claim.add(term("readLevel"), term(speaker.read_level))
        claim.add(term("originality"), term("ownResult" if own else "restatement"))
        if not own and study != speaker.name:
            claim.add(term("restates"), iri("publication", study))
        claim.add(term("direction"), term(direction_of(target, self.lexicon)))
        claim.add(term("directness"), term("indirect" if self.out_of_scope else "direct"))
        if not own and study == speaker.name:
            claim.add(term("note"), Literal("the publication restated is not named"))
        if text:
            claim.add(term("claimText"), Literal(" ".join(text.split())))
        claim.add(ROW, self.row(node))
        return claim

    def tell(self, node: Node, target: Subject, told: Told, source: str | None = None) -> Subject:
        """Make the claims of a row in words: that of its source, and of one that says the same by the reader's note."""
        claim = self.claim(node, target, told.text, told.source or source)
        if told.note:
            target.add(term("note"), Literal(told.note))
        if told.same in self.pages:
            self.claim(node, target, None, told.same)
        return claim

    def _falls_to_the_good(self, measure: Entry) -> bool:
        return self.lexicon.directions.get(measure.iri) == "lowerIsBetter"

    def finding(self, cohort: CohortRef, measure: Entry, subject_kind: str, said: Said) -> Subject:
        """Make the finding: this cohort, measure, time and result."""
        parts = (cohort.path, measure.name, said.time.slug, said.slug)
        finding = self.facts.subject(iri("finding", *parts), cohort.study, subject_kind, said.amount.form)
        counts = said.amount.form == "CountFinding"
        kind = result_kind(said.text, _COUNTED_WORDS if counts else _PLAIN_WORDS)
        if counts and kind == "improved" and _FELL.search(said.text or "") and not self._falls_to_the_good(measure):
            kind = "described"
        told = counts and kind != "described"
        became = f" {kind}" if told and subject_kind == "OutcomeFinding" else ""
        shown = said.describe(measure.label) + became
        finding.add(LABEL, words(f"{shown} ({said.time.describe()}; {cohort.path.replace('/', ', ')})"))
        finding.add(term("ofCohort"), cohort.iri)
        finding.add(term("measure"), measure.iri)
        said.time.write(finding)
        said.amount.write(finding)
        wordless = said.amount.form == "DescriptiveFinding" and not said.text
        text = f"{measure.label}: {said.time.describe()}" if wordless else said.text
        if text:
            finding.add(term("resultText"), Literal(" ".join(text.split())))
        if said.amount.form == "DescriptiveFinding" or told:
            finding.add(term("resultKind"), term(said.kind or kind))
        return finding


@dataclass(slots=True)
class Said:
    """What a row says beyond whose and of what: time, amount, words."""

    time: Timing
    amount: Amount
    text: str | None = None
    kind: str | None = None
    extra: str = ""
    qualifier: str = ""
    told: Told = field(default_factory=lambda: Told(None))

    @property
    def slug(self) -> str:
        """Give the part of the IRI that names the result."""
        known = self.amount.slug or self.kind or result_kind(self.text)
        if known == "described" and self.text:
            known = f"described-{slug(self.text, 6)}"
        return f"{self.extra}-{known}" if self.extra else known

    def describe(self, measure: str) -> str:
        """Give measure and result in words, for labels, each word said once."""
        named = slug(self.qualifier) == self.extra and self.qualifier
        plain = _SPAN.sub(r"\1 to \2", self.extra).replace("-", " ")
        more, told = named or plain, self.amount.describe()
        if not told:
            told = self.text or self.kind or ""
            more = "" if self.extra and slug(told).startswith(self.extra) else more
            if self.kind == "present":
                told = "present" if slug(told) in slug(measure) else told.rpartition(": ")[2]
        return f"{measure}, {more}: {told}" if more else f"{measure}: {told}"
