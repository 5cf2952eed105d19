"""One dossier during compilation: what it states so far, who claims it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.compile.context.names import speaker_name
from cartkg.compile.context.statements import LABEL, ROW, Statements, Subject, iri, plain, term, typed, words
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.schema import meanings
from cartkg.nearest import question, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Literal

    from cartkg.compile.context.corpus import CorpusRow, Dossier, DossierCorpus
    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Vocabulary, VocabularyTerm


@dataclass(frozen=True, slots=True)
class Claimant:
    """The publication to which a source page belongs.

    Attributes:
        path: its path below `publication/`.
        source: IRI of the page.
        read: IRI of how much of it was read.
    """

    path: str
    source: str
    read: str


@dataclass(slots=True)
class DossierContext:
    """One dossier during compilation.

    Attributes:
        dossier: the dossier.
        corpus: all dossiers, for references.
        terms: the controlled vocabularies.
        facts: what has been stated so far.
        diagnostics: what is wrong, each with its line.
    """

    dossier: Dossier
    corpus: DossierCorpus
    terms: Vocabulary
    facts: Statements = field(default_factory=Statements)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _claimants: dict[str, Claimant] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the dossier."""
        return self.dossier.key

    @property
    def root(self) -> Node:
        """The content of the dossier."""
        return self.dossier.root

    def fault(self, node: Node, rule: str, message: str, severity: Severity = Severity.ERROR) -> None:
        """Report a problem at the line of a node."""
        place = node.place
        self.diagnostics.append(
            Diagnostic(self.dossier.path, place.line, place.column, f"dossier-{rule}", message, severity)
        )

    def subject(self, kind: str, name: str, *classes: str) -> Subject:
        """Return a subject of this dossier, `kind/<key>/<name>`."""
        return self.facts.subject(iri(kind, self.key, name), self.key, *classes)

    def word(self, enum: str, node: Node, name: str) -> str | None:
        """Return the IRI of the closed word in a field; None when the field is absent or its word has no IRI."""
        value = node.text(name)
        return None if value is None else meanings(enum).get(value)

    def text(self, subject: Subject, predicate: str, node: Node, name: str) -> None:
        """Copy a free text to a statement."""
        if value := node.text(name):
            subject.add(term(predicate), plain(value))

    def number(self, subject: Subject, predicate: str, value: Literal | None) -> None:
        """State a number where there is one."""
        if value is not None:
            subject.add(term(predicate), value)

    def look_up(self, node: Node, kind: str) -> VocabularyTerm | None:
        """Return the term that a node names; an unknown one is a diagnostic with the nearest known words.

        Args:
            node: the node that contains the id.
            kind: what it names, for instance `measure`; also the name of the list in messages.
        """
        name = str(node.value)
        found = self.terms.get(kind, name)
        if found is None:
            hint = question(self.terms.nearest(kind, name)) or "; no similar term was found."
            add = f" To add it: cartkg term add {kind} {name}"
            self.fault(node, f"unknown-{kind}", f"unknown {kind} `{name}`{hint}{add}")
        return found

    def measured(self, section: str, node: Node) -> VocabularyTerm | None:
        """Return the measure of a row, or the event of one in `events`; None when it is unknown."""
        kind = "event" if section == "events" else "measure"
        return self.terms.get(kind, node.text(kind) or "")

    def entry(self, node: Node, sections: frozenset[str], what: str) -> CorpusRow | None:
        """Return the row that a node names; a wrong name is a diagnostic with the nearest ids.

        Args:
            node: the node that contains the reference.
            sections: where the row may stand.
            what: what the reference must name, for messages.
        """
        reference = str(node.value)
        found = self.corpus.find(reference, self.key)
        if found is not None and found.section in sections:
            return found
        key, mark, name = reference.partition("#")
        if mark and key not in self.corpus.dossiers:
            hint = question(suggest(key, self.corpus.dossiers))
            self.fault(node, "unknown-dossier", f"no dossier has the key `{key}`{hint}")
            return None
        ids = self.corpus.ids(key if mark else self.key, sections)
        hint = question(suggest(name or reference, ids)) or (f"; known ids: {', '.join(ids)}" if ids else "")
        self.fault(node, "unknown-row", f"`{reference}` is not the id of {what}{hint}")
        return None

    def claimant(self, node: Node) -> Claimant | None:
        """Return the publication or page whose statement a claim is; an undeclared page is a diagnostic."""
        name = node.text("source") or ""
        if name in self._claimants:
            return self._claimants[name]
        found = next((each for each in self.root.children("sources") if each.text("id") == name), None)
        if found is None:
            known = [each.text("id") or "" for each in self.root.children("sources")]
            hint = question(suggest(name, known)) or f"; declared sources: {', '.join(known)}"
            self.fault(node.child("source"), "unknown-source", f"source `{name}` is not declared{hint}")
            return None
        claimant = self._claimant_of(found, name)
        self._claimants[name] = claimant
        return claimant

    def _claimant_of(self, page: Node, name: str) -> Claimant:
        owner = page.child("page_of").value
        path = f"{self.key}/{name}" if isinstance(owner, dict) else (self.key if owner == "this" else str(owner))
        read = page.text("read")
        if read is None:
            other = self.corpus.dossiers.get(path)
            read = (other.root.child("publication").text("read") if other else None) or "not-stated"
        return Claimant(path, iri("source", self.key, name), meanings("ReadLevel")[read])

    def claims(  # what a claim says, and of what
        self, row: Node, target: str, direction: str = "neutral", text: str | None = None, what: str = ""
    ) -> None:
        """State who claims what a row states; claims that restate another row's finding name that finding.

        Args:
            row: the row, with its `claims`.
            target: IRI of the thing that it states.
            direction: local name of the direction of the claims.
            text: the publication's words for the row, where a claim has none of its own.
            what: the row in words, for the label; the label of the thing if omitted.
        """
        for node in row.children("claims"):
            claim = self.claim(node, row, self.restated(node) or target, direction, text)
            if claim is not None and LABEL not in claim.values:
                speaker = speaker_name(
                    claim.texts(term("claimedBy"))[0].removeprefix(iri("publication", "")), self.corpus
                )
                claim.add(LABEL, words(f"{speaker}: {what or self._label_of(target)}"))

    def _label_of(self, target: str) -> str:
        subject = self.facts.subjects.get(target)
        return (subject.one(LABEL) if subject else None) or target.rpartition("/")[2]

    def restated(self, claim: Node) -> str | None:
        """Return the IRI of the finding of another row that a claim restates; None when it restates none."""
        reference = claim.text("restates") or ""
        found = self.corpus.find(reference, self.key) if "#" in reference else None
        return found.iri if found else None

    def claim(self, node: Node, row: Node, target: str, direction: str, text: str | None) -> Subject | None:
        """State one claim on one thing; None when its page is not declared."""
        claimant = self.claimant(node)
        if claimant is None:
            return None
        path = target.removeprefix(iri(""))
        claim = self.facts.subject(iri("claim", claimant.path, path), self.key, "Claim")
        publication = iri("publication", claimant.path)
        claim.add(term("asserts"), target)
        claim.add(term("claimedBy"), publication)
        claim.add(term("readIn"), claimant.source)
        self._once(claim, "readLevel", claimant.read)
        claim.add(ROW, plain(f"{self.key}#{row.text('id') or path.rpartition('/')[2]}"))
        self._once(claim, "place", meanings("Place")[node.text("place") or "not-stated"])
        self._once(claim, "directness", self._directness(node))
        self._once(claim, "direction", term(direction))
        self._originality(claim, node, publication)
        self.text(claim, "note", node, "note")
        if said := node.text("says") or text:
            claim.add(term("claimText"), plain(said))
        return claim

    def _directness(self, node: Node) -> str:
        stated = self.word("Directness", node, "directness")
        outside = "out_of_scope" in self.root.child("publication")
        return stated or term("indirect" if outside else "direct")

    def _originality(self, claim: Subject, node: Node, publication: str) -> None:
        reference = node.text("restates")
        if node.flag("own") == (reference is not None):
            message = "state whose result it is: write `own: true` or `restates: ...`"
            self.fault(node, "own-or-restated", message)
            return
        self._once(claim, "originality", term("ownResult" if reference is None else "restatement"))
        page = publication.startswith(iri("publication", self.key, ""))
        if reference is None and page and "study" in self.root:
            self.facts.subject(publication, self.key).add(term("reportsStudy"), iri("study", self.key))
        if reference is None:
            return
        if reference == "unnamed":
            claim.add(term("restatesUnrecorded"), typed("true", "boolean"))
            return
        key = self.key if reference == "this" else reference.partition("#")[0]
        if key not in self.corpus.dossiers:
            hint = question(suggest(key, self.corpus.dossiers))
            self.fault(node.child("restates"), "unknown-dossier", f"no dossier has the key `{key}`{hint}")
        elif iri("publication", key) == publication:
            self.fault(
                node.child("restates"), "restates-itself", "a publication cannot restate itself; say `own: true`"
            )
        else:
            claim.add(term("restates"), iri("publication", key))
        if "#" in reference:
            self.entry(node.child("restates"), frozenset({"characteristics", "results", "events"}), "a finding")

    @staticmethod
    def _once(claim: Subject, predicate: str, value: str) -> None:
        """State a property that a claim has once; of several pages of one publication the first counts."""
        if term(predicate) not in claim.values:
            claim.add(term(predicate), value)


def unique(values: Iterable[str]) -> list[str]:
    """Return the values without repetition, in order."""
    return list(dict.fromkeys(values))


def partial_date(value: str) -> Literal:
    """Return a date, month or year as a literal of its XML Schema datatype."""
    return typed(value, {4: "gYear", 7: "gYearMonth"}.get(len(value), "date"))
