"""Dossiers in, study files written and a report of what was placed out: the work of `cartkg add`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.curation import (
    absences,
    bibliography,
    characteristics,
    cohorts,
    courses,
    criteria,
    overlaps,
    regimen,
    relations,
    remarks,
    results,
    therapy,
    titles,
)
from cartkg.curation.desk import Desk
from cartkg.curation.divisions import warn_parts
from cartkg.curation.dossier import Dossier, Opened, load, open_dossier
from cartkg.curation.facts import Facts
from cartkg.curation.lexicon import Lexicon, read_lexicon
from cartkg.curation.library import Known, Library, known_from_facts
from cartkg.curation.outline import MOST_BYTES
from cartkg.curation.pages import read_pages
from cartkg.curation.partial import lost_cohorts, well_formed
from cartkg.curation.registers import Register, place_register
from cartkg.curation.scores import Scales, warn_scores
from cartkg.curation.shelf import Shelf
from cartkg.curation.wording import name_texts
from cartkg.errors import SourceError, UnusableFile
from cartkg.files import list_files, read_bytes, read_text
from cartkg.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cartkg.project import Project


@dataclass(slots=True)
class Added:
    """What adding dossiers gave.

    Attributes:
        keys: keys of the dossiers turned into facts, in order.
        again: keys of dossiers beside them that were added again because they speak of one of these.
        written: files whose text has changed.
        rows: number of dossier rows that stand in the graph.
        in_words: what could be kept in words only, each with its line and why; nothing of neighbours.
        findings: problems and notes, with line; any error means that nothing was written.
    """

    keys: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    rows: int = 0
    in_words: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Tell whether an error kept everything from being written."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def add(paths: Sequence[Path], project: Project) -> Added:
    """Turn dossiers into study files; all or, when one has an error, none.

    Raises:
        SourceError: a list cannot be read as YAML, or a file of the project as Turtle.
    """
    report = Added()
    lists = [path for path in paths if _is_list(path)]
    dossiers, faulty = _open([path for path in paths if path not in lists], project, report)
    shelf = Shelf.of(project)
    for path in lists:
        _add_list(path, shelf, report)
    if report.refused:
        _look_further(dossiers, faulty, shelf, report)
        return report
    if not dossiers:
        report.written = shelf.write()
        return report
    dossiers += _neighbours(dossiers, shelf, report)
    desks = compile_all(dossiers, _lexicon(shelf), shelf)
    for desk in desks:
        report.findings += desk.notices
    if report.refused:
        return report
    for desk in desks:
        shelf.facts(desk.key)
        shelf.retract(desk.key)
    for desk in desks:
        shelf.add(desk.key, desk.facts, again=desk.key in report.again)
        report.rows += len({row for subject in desk.facts for row in subject.texts(_ROW)})
        report.in_words += [] if desk.key in report.again else desk.worded
    report.keys = [dossier.key for dossier in dossiers if dossier.key not in report.again]
    report.written = shelf.write()
    return report


def _look_further(dossiers: list[Dossier], faulty: list[Opened], shelf: Shelf, report: Added) -> None:
    """Find also what is wrong with the words, where faults of form keep everything from being written anyway."""
    parts = {part.path: part for index, opened in enumerate(faulty) if (part := well_formed(opened, index))}
    unsure = {opened.path for opened in faulty if opened.path in parts and lost_cohorts(opened, parts[opened.path])}
    taken = {dossier.key for dossier in dossiers}
    named = {part.key: part for part in parts.values() if part.key not in taken}
    for desk in compile_all([*dossiers, *named.values()], _lexicon(shelf), shelf):
        report.findings += [
            found
            for found in desk.notices
            if (found.severity is not Severity.INFO or found.rule == "dossier-unknown-trial")
            and not (found.rule == "dossier-unknown-cohort" and desk.dossier.path in unsure)
        ]


def _lexicon(shelf: Shelf) -> Lexicon:
    """Read the vocabulary as it will be once the lists of this run are written."""
    changed = {shelf.path(home) for home in shelf.changed}
    lexicon = read_lexicon(path for path in shelf.project.shared_files() if path not in changed)
    for home in sorted(shelf.changed):
        lexicon.learn(shelf.facts(home))
    return lexicon


def _is_list(path: Path) -> bool:
    """Tell a list of trials or products from a dossier by its first line that is no comment."""
    try:
        lines = read_text(path, MOST_BYTES).splitlines()
    except (UnusableFile, UnicodeDecodeError):
        return False
    return next((line for line in lines if line.strip() and not line.startswith(("#", "---"))), "").startswith("-")


def _add_list(path: Path, shelf: Shelf, report: Added) -> None:
    """Add a list of trials or products to the shared files."""
    register = Register(path, _lexicon(shelf))
    place_register(register, load(path))
    report.findings += register.notices
    for home in {subject.home for subject in register.facts} - {"shared/organizations"}:
        kept = shelf.facts(home)
        kept.subjects.clear()
        shelf.changed.add(home)
    shelf.add(path.stem, register.facts)
    report.rows += len({row for subject in register.facts for row in subject.texts(_ROW)})


_DOI = re.compile(r'cartkg:doi "([^"]+)"')
_ROW = "https://w3id.org/cartkg/ontology#dossierRow"


def _open(paths: Iterable[Path], project: Project, report: Added) -> tuple[list[Dossier], list[Opened]]:
    """Open dossiers; give those in good form, and those that are not."""
    dossiers: list[Dossier] = []
    faulty: list[Opened] = []
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            opened = open_dossier(path, project.supplements)
        except SourceError as error:
            line, column = error.line or 1, error.column or 1
            report.findings.append(Finding(error.file or path, line, column, "dossier-unreadable", error.message))
            continue
        report.findings += opened.findings
        if opened.broken:
            faulty.append(opened)
            continue
        dossier = opened.dossier()
        if dossier.key in seen:
            place = dossier.root.child("key").place
            message = f"key `{dossier.key}` is also that of {seen[dossier.key].name}; give each dossier its own key"
            report.findings.append(Finding(path, place.line, place.column, "dossier-key-twice", message))
            continue
        seen[dossier.key] = path
        dossiers.append(dossier)
    return dossiers, faulty


def _neighbours(dossiers: list[Dossier], shelf: Shelf, report: Added) -> list[Dossier]:
    """Find dossiers in the same folders, already in the project, that speak of these or share a page with them."""
    mine = {dossier.key for dossier in dossiers}
    marks = {
        mark
        for dossier in dossiers
        for page in read_pages(dossier.root).values()
        for mark in page.marks
        if mark.startswith("seed:")
    }
    words = mine | {f"seed {mark[5:]}_" for mark in marks}
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(word)}" for word in sorted(words)))
    found: list[Dossier] = []
    for folder in sorted({dossier.path.parent for dossier in dossiers}):
        for path in list_files(folder, ".yaml").files:
            if path.stem in mine or path.stem not in shelf.texts:
                continue
            if not pattern.search(read_bytes(path, MOST_BYTES).decode("utf-8", "replace")):
                continue
            opened = open_dossier(path, shelf.project.supplements)
            if not opened.broken and opened.dossier().key == path.stem:
                found.append(opened.dossier())
    report.again = [dossier.key for dossier in found]
    return found


def compile_all(dossiers: Sequence[Dossier], lexicon: Lexicon, shelf: Shelf) -> list[Desk]:
    """Turn dossiers into facts; those that report on others come after them.

    Two rounds: the first fills the library, so that in the second each dossier can find what the others state.
    """
    library = _library(dossiers, shelf)
    ordered = sorted(dossiers, key=lambda dossier: ("reports_on" in dossier.root, dossier.key))
    for _ in range(1 if len(ordered) == 1 else 2):
        desks = []
        for dossier in ordered:
            dossier.root.used.clear()
            desk = compile_one(dossier, lexicon, library)
            desks.append(desk)
            _remember(library, desk)
    added = {desk.key: desk.facts for desk in desks}
    scales = Scales(lexicon, lambda key: added.get(key) or shelf.facts(key))
    for desk in desks:
        warn_scores(desk, scales)
        warn_parts(desk)
    return desks


def _library(dossiers: Sequence[Dossier], shelf: Shelf) -> Library:
    """Fill the library with what these dossiers can mean: named in them, owners of their pages, or told by rows joined.

    A row's claims stand in the file of whoever makes them, which need not be that of the row's dossier.
    """
    library = Library()
    added = {dossier.key for dossier in dossiers}
    text = "\n".join(str(dossier.root.value) for dossier in dossiers)
    marks = {mark for dossier in dossiers for page in read_pages(dossier.root).values() for mark in page.marks}
    marks |= {mark for dossier in dossiers for mark in relations.joined_rows(dossier.root)}
    for key in shelf.publications():
        if key in added:
            continue
        named = key in text or any(f'"{mark}"' in shelf.texts[key] for mark in marks)
        library.known[key] = known_from_facts(key, shelf.facts(key)) if named else Known(key)
        doi = _DOI.search(shelf.texts[key])
        library.known[key].doi = doi[1] if doi else None
    for dossier in dossiers:
        news = str(dossier.root.child("publication").child("kind").value) == "news"
        level = bibliography.read_level(bibliography.level_text(dossier.root))
        own_doi = dossier.root.child("publication").child("doi").value
        library.learn_pages(dossier.key, read_pages(dossier.root).values(), news=news, read_level=level)
        library.known[dossier.key].doi = str(own_doi) if own_doi else None
        if dossier.key in shelf.texts and len(dossiers) == 1:
            library.known[dossier.key].cohorts = known_from_facts(dossier.key, shelf.facts(dossier.key)).cohorts
    return library


def _remember(library: Library, desk: Desk) -> None:
    mine = Facts(dict(desk.facts.subjects))
    known = library.known[desk.key]
    fresh = known_from_facts(desk.key, mine)
    known.cohorts, known.facts = fresh.cohorts, mine


def compile_one(dossier: Dossier, lexicon: Lexicon, library: Library) -> Desk:
    """Turn one dossier into facts, everything the library knows of others being as it stands."""
    desk = Desk(dossier, lexicon, library, read_pages(dossier.root))
    desk.read_level = bibliography.read_level(bibliography.level_text(dossier.root))
    desk.out_of_scope = "scope" in dossier.root
    bibliography.place_publication(desk)
    cohorts.place_cohorts(desk)
    therapy.place_therapy(desk)
    regimen.place_regimen(desk)
    characteristics.place_characteristics(desk)
    characteristics.warn_size(desk)
    cohorts.claim_mapped(desk)
    results.place_outcomes(desk)
    results.place_safety(desk)
    criteria.place_definition(desk)
    bibliography.place_links(desk)
    drafts = relations.place_conflicts(desk)
    overlaps.place_overlaps(desk)
    overlaps.ask_shared_trials(desk)
    absences.place_not_found(desk)
    remarks.place_remarks(desk)
    remarks.place_rest(desk)
    relations.join_conflicts(desk, drafts)
    characteristics.warn_study_size(desk)
    courses.direct_courses(desk)
    absences.place_absences(desk)
    titles.name_study(desk)
    name_texts(desk)
    return desk
