"""Compile all lists of words of a project: data/vocabulary, data/products.yaml and data/trials.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.compile.context.writer import write_text
from cartkg.compile.lists.listing import Listing
from cartkg.compile.lists.registers import compile_products, compile_trials
from cartkg.compile.lists.vocabulary import compile_vocabulary
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.characters import character_faults
from cartkg.dossier.form import faults
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.dossier.schema import validator
from cartkg.dossier.terms import LISTS, Vocabulary, VocabularyTerm, list_paths, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.namespaces import Prefixes
    from cartkg.project import Project

#: First line of each compiled file.
HEAD = "# Compiled from data/{file} by cartkg; edit that file."


@dataclass(slots=True)
class CompiledLists:
    """The result of compiling all lists.

    Attributes:
        terms: the words, for the compiler of dossiers.
        listings: the lists by kind of word.
        diagnostics: what is wrong, each with its file and line; any error means that nothing may be written.
    """

    terms: Vocabulary
    listings: dict[str, Listing] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether an error keeps everything from being written."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)

    def files(self, prefixes: Prefixes) -> Iterator[tuple[str, bytes]]:
        """Yield path below data/ttl, without suffix, and content of each compiled file."""
        for listing in self.listings.values():
            head = HEAD.format(file=listing.words.file)
            yield listing.home, write_text(listing.facts, prefixes, head, listing.home).encode()


def read_list_files(project: Project) -> dict[str, tuple[Path, bytes]]:
    """Return path and bytes of each list of a project by kind of word; those that it lacks are left out.

    Raises:
        UnusableFile: a list is there and may not be read.
    """
    found: dict[str, tuple[Path, bytes]] = {}
    for kind, path in list_paths(project).items():
        found[kind] = (path, files.read_bytes(path, MAX_BYTES))
    return found


def compile_lists(lists: Mapping[str, tuple[Path, bytes]]) -> CompiledLists:
    """Compile the lists of a project; a list with a form error makes no statements.

    Args:
        lists: path and bytes of each list by kind of word.
    """
    roots: dict[str, tuple[Path, Node]] = {}
    diagnostics: list[Diagnostic] = []
    for kind, (path, data) in lists.items():
        document = read_bytes(data, path)
        wrong = [*document.diagnostics, *_form(kind, path, document.root)]
        diagnostics += [*wrong, *character_faults(document.root, path)]
        if not wrong:
            roots[kind] = (path, document.root)
    words = {kind: terms_of(root, LISTS[kind]) for kind, (_, root) in roots.items()}
    compiled = CompiledLists(Vocabulary({kind: words.get(kind, {}) for kind in LISTS}), {}, diagnostics)
    for kind, (path, root) in roots.items():
        listing = Listing(kind, LISTS[kind], path, root, compiled.terms)
        state(listing)
        compiled.listings[kind] = listing
        compiled.diagnostics += listing.diagnostics
    return compiled


def state(listing: Listing) -> None:
    """Check the entries of a list against each other, and state them."""
    _check_names(listing)
    _check_matches(listing)
    _check_circles(listing)
    {"product": compile_products, "trial": compile_trials}.get(listing.kind, compile_vocabulary)(listing)


def _form(kind: str, path: Path, root: Node) -> Iterator[Diagnostic]:
    words = LISTS[kind]
    if root.value is None:
        return
    if isinstance(root.value, dict) and root.names() == [words.key]:
        yield from faults(root, path, validator(words.schema))
        return
    message = f"the file may contain only the list under the key `{words.key}:`; move everything else elsewhere"
    yield Diagnostic(path, 1, 1, "list-wrong-form", message)


def _check_names(listing: Listing) -> None:
    """Find ids and names that two entries share: a word must lead to one thing."""
    ids: set[str] = set()
    names: dict[str, str] = {}
    for entry in listing.entries:
        word = entry.text("id") or ""
        if word in ids:
            listing.fault(entry.child("id"), "id-twice", f"the id `{word}` occurs twice; give each entry its own")
        ids.add(word)
        if listing.kind == "trial":  # several trials may bear one title
            continue
        for node in (entry.child("label"), *entry.children("synonyms"), *entry.children("hidden")):
            owner = names.setdefault(str(node.value).casefold(), word)
            if owner != word:
                message = f"`{node.value}` is also a name of `{owner}`; a name can stand for one thing only"
                listing.fault(node, "name-twice", message)


def _check_matches(listing: Listing) -> None:
    """Find identifiers that are said to mean exactly two of our words."""
    owners: dict[str, str] = {}
    for entry in listing.entries:
        word = entry.text("id") or ""
        for node in entry.children("exact"):
            owner = owners.setdefault(str(node.value), word)
            if owner != word:
                message = (
                    f"{node.value} is exactly `{owner}` already; use close, narrow or broad, or merge the two terms"
                )
                listing.fault(node, "match-twice", message)


def _check_circles(listing: Listing) -> None:
    """Find words that are, by steps, wider than themselves."""
    words: Mapping[str, VocabularyTerm] = listing.terms.by_kind[listing.kind]
    for entry in listing.entries:
        word = entry.text("id") or ""
        seen: set[str] = set()
        ahead = list(entry.texts("broader"))
        while ahead:
            wider = ahead.pop()
            if wider not in seen and wider in words:
                seen.add(wider)
                ahead += words[wider].broader
        if word in seen:
            message = f"the `broader` steps of `{word}` lead back to itself; remove one of them"
            listing.fault(entry.child("broader"), "circle", message)
