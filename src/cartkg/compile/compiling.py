"""All dossiers of a project compiled into Turtle: deterministic, one file per dossier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cartkg import files
from cartkg.compile.checks.confirmation import check_confirmed
from cartkg.compile.checks.plausibility import check_plausible
from cartkg.compile.context.corpus import Dossier, DossierCorpus, Dossiers, entries_of
from cartkg.compile.context.dossier_context import DossierContext
from cartkg.compile.context.statements import RDF_TYPE, Statements, Subject, term
from cartkg.compile.context.writer import write_text
from cartkg.compile.sections.cohorts import compile_cohorts
from cartkg.compile.sections.definitions import compile_definitions
from cartkg.compile.sections.disagreements import compile_disagreements
from cartkg.compile.sections.findings import compile_findings
from cartkg.compile.sections.publications import compile_publication
from cartkg.compile.sections.treatments import compile_treatments
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.bibliography import abbreviates
from cartkg.dossier.characters import character_faults
from cartkg.dossier.form import faults
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.dossier.schema import validator
from cartkg.errors import UnusableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.dossier.terms import Vocabulary
    from cartkg.namespaces import Prefixes

#: In this order: an arm names therapies, a cohort its arm, a finding its cohort.
_PARTS = (
    compile_publication,
    compile_treatments,
    compile_cohorts,
    compile_findings,
    compile_definitions,
    compile_disagreements,
    check_plausible,
)
#: First line of every compiled file.
HEAD = "# Compiled from data/dossiers/{key}.yaml by `cartkg add`; edit the dossier, not this file."


@dataclass(slots=True)
class Compiled:
    """The result of compiling dossiers.

    Attributes:
        corpus: the dossiers whose form is right.
        facts: the subjects of each dossier, by key.
        diagnostics: what is wrong, each with its file and line; any error means that nothing may be written.
    """

    corpus: DossierCorpus
    facts: dict[str, Statements] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether an error keeps everything from being written."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


class ReadDossiers(Protocol):
    """Dossiers that can be compiled together.

    Attributes:
        corpus: the dossiers whose form is right.
        diagnostics: form errors found so far; reading more dossiers adds to them.
    """

    corpus: DossierCorpus
    diagnostics: list[Diagnostic]


class Reader:
    """Read the dossiers of a folder on demand, each once; form errors are kept."""

    def __init__(self, files: Mapping[str, Path], contents: Mapping[str, bytes] | None = None) -> None:
        """Name the file of each key; `contents` contains bytes that are not (yet) in the file."""
        self._files = files
        self._contents = contents or {}
        self.diagnostics: list[Diagnostic] = []
        self.corpus = DossierCorpus(Dossiers(files, self.read))

    def read(self, key: str) -> Dossier | None:
        """Return the dossier of a key; None when its form has an error, which is then in `diagnostics`."""
        path = self._files[key]
        try:
            data = self._contents[key] if key in self._contents else files.read_bytes(path, MAX_BYTES)
        except UnusableFile as error:
            self.diagnostics.append(Diagnostic.unusable(error))
            return None
        document = read_bytes(data, path)
        self.diagnostics += document.diagnostics
        if document.diagnostics:
            return None
        wrong = [*faults(document.root, path, validator()), *character_faults(document.root, path)]
        self.diagnostics += wrong
        if any(fault.severity is Severity.ERROR for fault in wrong):
            return None
        if document.root.text("key") != key:
            place = document.root.child("key").place
            message = f"the key `{document.root.text('key')}` is not the name of the file; rename one of them to match"
            self.diagnostics.append(Diagnostic(path, place.line, place.column, "dossier-key", message))
            return None
        return Dossier(key, path, document.root)


def compile_dossiers(reader: ReadDossiers, terms: Vocabulary, keys: Iterable[str] | None = None) -> Compiled:
    """Compile dossiers of a corpus.

    Args:
        reader: reads the dossiers.
        terms: the controlled vocabularies.
        keys: which dossiers to compile; all if omitted.
    """
    compiled = Compiled(reader.corpus)
    for key in sorted(reader.corpus.dossiers if keys is None else keys):
        dossier = reader.corpus.dossiers.get(key)
        if dossier is None:
            continue
        context = DossierContext(dossier, reader.corpus, terms)
        _check_ids(context)
        check_confirmed(context)
        for part in _PARTS:
            part(context)
        compiled.facts[key] = context.facts
        compiled.diagnostics += context.diagnostics
    compiled.diagnostics += [*reader.diagnostics, *_overlaps_twice(compiled), *_journals_spelt(compiled)]
    _share_claims(compiled.facts)
    return compiled


def turtle_of(key: str, facts: Statements, prefixes: Prefixes) -> bytes:
    """Write the Turtle file of one dossier in house style."""
    return write_text(facts, prefixes, HEAD.format(key=key), key).encode()


def _check_ids(context: DossierContext) -> None:
    seen = Counter(entry.id for entry in entries_of(context.dossier))
    for entry in entries_of(context.dossier):
        if seen[entry.id] > 1:
            message = f"the id `{entry.id}` occurs {seen[entry.id]} times; give each row its own"
            context.fault(entry.node.child("id"), "id-twice", message)


def _overlaps_twice(read: Compiled) -> Iterable[Diagnostic]:
    """Find pairs of cohorts with more than one overlap: one pair has one degree."""
    first: dict[frozenset[str], str] = {}
    for facts in read.facts.values():
        for overlap in _of_class(facts, "Overlap"):
            pair = frozenset(overlap.texts(term("overlapBetween")))
            other = first.setdefault(pair, overlap.iri)
            if other != overlap.iri:
                yield _twice(read, overlap, other)


def _journals_spelt(read: Compiled) -> Iterable[Diagnostic]:
    """Find journals that most dossiers write in another way: in full, or abbreviated (`Nat Med`, `Nature Medicine`)."""
    heads = [read.corpus.dossiers[key].root.child("publication") for key in read.facts]
    names = Counter(name for head in heads if (name := head.text("journal")))
    for key, head in zip(read.facts, heads, strict=True):
        name = head.text("journal")
        if name is None:
            continue
        usual = max((other for other in names if abbreviates(other, name)), key=lambda each: names[each])
        if names[usual] > names[name]:
            place = head.child("journal").place
            message = f"the journal `{name}` is written `{usual}` in other dossiers; write it like them"
            path = read.corpus.dossiers[key].path
            yield Diagnostic(path, place.line, place.column, "dossier-journal", message)


def _twice(read: Compiled, overlap: Subject, other: str) -> Diagnostic:
    entry = read.corpus.find(overlap.iri.rpartition("/")[2], overlap.home)
    place = entry.node.place if entry else None
    path = read.corpus.dossiers[overlap.home].path
    key, _, name = other.partition("/overlap/")[2].partition("/")
    message = f"these cohorts have an overlap already, `{key}#{name}`; keep one"
    return Diagnostic(path, place.line if place else 1, place.column if place else 1, "dossier-overlap-twice", message)


def _of_class(facts: Statements, name: str) -> Iterable[Subject]:
    return (subject for subject in facts if term(name) in subject.texts(RDF_TYPE))


def _share_claims(facts: Mapping[str, Statements]) -> None:
    """Give a claim that several dossiers state to one of them: that of the claimant, else the first by key."""
    for key in sorted(facts):
        for claim in list(_of_class(facts[key], "Claim")):
            owner = claim.texts(term("claimedBy"))[0].partition("/publication/")[2].partition("/")[0]
            others = [other for other in sorted(facts) if other != key and claim.iri in facts[other].subjects]
            home = owner if owner in others else key
            if home != key or not others:
                continue
            for other in others:
                twin = facts[other].subjects.pop(claim.iri)
                _merge(claim, twin)


_SHARED = frozenset({"dossierRow", "readIn", "note"})


def _merge(claim: Subject, twin: Subject) -> None:
    """Take over what a twin adds; of what a claim says once, its own words count."""
    for predicate, values in twin.values.items():
        if predicate not in claim.values or predicate.rpartition("#")[2] in _SHARED:
            claim.values.setdefault(predicate, set()).update(values)
