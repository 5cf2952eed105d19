"""Names for people, computed in one place: "Müller 2024 (N Engl J Med)", "8 patients with lupus nephritis"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.compile.context.corpus import CorpusRow, Dossier, DossierCorpus
    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Vocabulary

_YEAR = 4
_LONGEST = 60
#: What `n` of a cohort counts, in words: for one and for several.
_COUNTED = {
    "planned": ("planned patient", "planned patients"),
    "screened": ("screened patient", "screened patients"),
    "centres": ("centre", "centres"),
    "respondents": ("respondent", "respondents"),
    "animals": ("animal", "animals"),
}
_PATIENTS = ("patient", "patients")
_SOURCES = {"ipsc": "iPSC-derived", "in-vivo": "made in vivo", "not-reported": "cell source not reported"}


def publication_name(dossier: Dossier) -> str:
    """Return the name of a publication: first author and year, else journal and year, else its title; then where.

    Example: `Müller 2024 (N Engl J Med)`, `The Rheumatologist 2024`.
    """
    head = dossier.root.child("publication")
    year = (head.text("issued") or "")[:_YEAR]
    journal, authors = head.text("journal"), head.texts("authors")
    if authors:
        name = " ".join(filter(None, (surname(authors[0]), year)))
        return f"{name} ({journal})" if journal else name
    if journal:
        return " ".join(filter(None, (journal, year)))
    return shortened(head.text("title") or dossier.key)


def surname(author: str) -> str:
    """Return the surname of an author written as `Müller F`: all words but the initials at the end.

    Example:
        >>> surname("van der Heijde D")
        'van der Heijde'
    """
    parts = author.split()
    return " ".join(parts[:-1]) if len(parts) > 1 and parts[-1].isupper() else author


def shortened(text: str) -> str:
    """Return a text cut at a word after some 60 characters."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST].rsplit(' ', 1)[0].rstrip(',;:')} …"


def counted(number: int, words: tuple[str, str]) -> str:
    """Return a number with the right form of its noun."""
    return f"{number:,} {words[0] if number == 1 else words[1]}"


def cohort_name(entry: CorpusRow, terms: Vocabulary) -> str:
    """Return the name of a cohort without its publication: `8 patients with systemic lupus erythematosus`."""
    node = entry.node
    number = node.count("n")
    words = _COUNTED.get(node.text("n_is") or "", _PATIENTS)
    people = counted(number, words) if number is not None else f"{words[1]} (number not reported)"
    label = node.text("label")
    diseases = [found.label if (found := terms.get("disease", name)) else name for name in node.texts("diseases")]
    if label and (node.flag("subgroup") or not diseases):
        return f"{people}: {label}"
    if not diseases:
        return people
    # of several patients a list of diseases does not say that each of them has all
    mixed = " among their diseases" if len(diseases) > 1 and number != 1 else ""
    return f"{people} with {_listed(diseases)}{mixed}"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def full_cohort_name(entry: CorpusRow, terms: Vocabulary) -> str:
    """Return the name of a cohort with its publication: `Müller 2024 (N Engl J Med), 8 patients with ...`."""
    return f"{publication_name(entry.dossier)}, {cohort_name(entry, terms)}"


def speaker_name(path: str, corpus: DossierCorpus) -> str:
    """Return the name of a claimant by its path below `publication/`: of a dossier, or of a page with its own title."""
    key, _, page = path.partition("/")
    dossier = corpus.dossiers.get(key)
    if dossier is None:
        return path
    if not page:
        return publication_name(dossier)
    for source in dossier.root.children("sources"):
        if source.text("id") == page:
            return shortened(source.child("page_of").text("title") or page)
    return path


def targets_of(therapy: Node, terms: Vocabulary) -> list[str]:
    """Return the labels of the targets of a therapy, else those of the product that it is."""
    product = terms.get("product", therapy.text("product") or "")
    ids = therapy.texts("targets") or (product.targets if product else ())
    return sorted(found.label if (found := terms.get("target", name)) else name for name in ids)


def therapy_name(therapy: Node, terms: Vocabulary) -> str:
    """Return the name of a therapy with its targets and the source of its cells.

    Example: `zorpocabtagene autoleucel (CD19, autologous)`, `cells (targets not reported, autologous)`.
    """
    product = terms.get("product", therapy.text("product") or "")
    targets = " + ".join(targets_of(therapy, terms)) or f"targets {unnamed_targets(therapy)}"
    sources = [_SOURCES.get(word, word) for word in therapy.texts("cell_source")]
    name = product.label if product else shortened(therapy.text("name") or "cells")
    return f"{name} ({', '.join((targets, ' or '.join(sources)))})"


def unnamed_targets(therapy: Node) -> str:
    """Return why a therapy names no targets: they are kept secret, or were not stated in what was read."""
    return "not disclosed" if "targets" in therapy else "not reported"


def spaced(word: str) -> str:
    """Return a closed word as people write it: `phase 1/2 trial`."""
    return word.replace("-", " ").replace("phase 1 2", "phase 1/2")
