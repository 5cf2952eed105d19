"""BibTeX and BibLaTeX, parsed by bibtexparser; LaTeX in fields is read by pylatexenc as text, and never run."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import DuplicateBlockKeyBlock, Entry, ParsingFailedBlock
from pylatexenc.latex2text import LatexNodes2Text

from cartkg.diagnostics import Diagnostic
from cartkg.literature.formats.citation import (
    Citation,
    CitationRecord,
    Export,
    doi_of,
    inverted,
    printed_date,
    trials_in,
    with_initials,
)
from cartkg.literature.formats.format import decoded, truncated
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BEGINS = re.compile(r"^[ \t\ufeff]*@(?!(?:comment|string|preamble)\b)[A-Za-z]+[ \t]*[{(][^,={}()\"\n]*,", re.MULTILINE)
#: A command of LaTeX with what it is applied to, or a formula; everything else in a field is text.
_LATEX = re.compile(
    r"\$[^$]*\$|\{\\[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
    r"|\\[^A-Za-z\s]\s*(?:\{[^{}]*\}|\\?[A-Za-z])?|\\[cHkruvbdt]\s+[A-Za-z]|\\[A-Za-z]+(?:\s*\{[^{}]*\})*\s*"
)
#: A name in braces is that of a group, and is not divided.
_WHOLE = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


class Bibtex:
    """BibTeX."""

    name = "BibTeX"

    def begins(self, head: str) -> bool:
        """Look for a line with @, the kind of an entry and its key."""
        return _BEGINS.search(head) is not None

    def read(self, data: bytes, path: Path) -> Export:
        """Read the entries; those with the key of an earlier one are read as well, since keys are the program's."""
        text = decoded(data, path)
        records, problems = list[CitationRecord](), list[Diagnostic]()
        with _silent():
            blocks = parse_string(text).blocks
        for block in blocks:
            line = (block.start_line or 0) + 1
            entry = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else block
            if isinstance(block, DuplicateBlockKeyBlock) or isinstance(entry, Entry):
                if isinstance(entry, Entry):
                    records.append(CitationRecord(_citation(_fields(entry)), line))
            elif isinstance(block, ParsingFailedBlock):
                problems.append(truncated(path, line))
        return Export(tuple(records), tuple(problems), self.name)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the parser from logging what it cannot read; each such entry is a diagnostic."""
    logger = logging.getLogger("bibtexparser")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _fields(entry: Entry) -> dict[str, str]:
    """Return the fields by their names in small letters; of a field that is there twice the first."""
    found: dict[str, str] = {}
    for each in entry.fields:
        name = each.key.casefold()
        found.setdefault(name, str(each.value) if name == "author" else unlatexed(str(each.value)))
    return found


def unlatexed(text: str) -> str:
    r"""Return the text that LaTeX stands for.

    Example:
        >>> unlatexed(r'{CD19} in M{\"u}ller, Garc\'ia: 5% of $\beta$ {T} cells \& more')
        'CD19 in Müller, García: 5% of β T cells & more'
    """
    if "\\" in text or "$" in text:
        text = _LATEX.sub(lambda found: _meaning(found[0]), text)
    return " ".join(text.replace("{", "").replace("}", "").split())


@lru_cache(maxsize=4096)
def _meaning(latex: str) -> str:
    """Return what one command of LaTeX stands for; the same few come again and again."""
    return str(LatexNodes2Text(math_mode="text").latex_to_text(latex))


def _citation(fields: dict[str, str]) -> Citation:
    abstract = fields.get("abstract", "")
    day = "-".join(filter(None, (fields.get("year"), fields.get("month"), fields.get("day"))))
    medline = formed("pmid", fields.get("pmid"))
    if medline is None and fields.get("eprinttype", "").casefold() == "pubmed":
        medline = formed("pmid", fields.get("eprint"))
    return Citation(
        title=fields.get("title", "").rstrip("."),
        authors=list(_authors(fields.get("author", ""))),
        journal=fields.get("journal") or fields.get("journaltitle") or fields.get("booktitle"),
        issued=printed_date(fields.get("date") or day),
        volume=fields.get("volume") or None,
        issue=fields.get("number") or fields.get("issue") or None,
        pages=fields.get("pages", "").replace("--", "-") or None,
        doi=doi_of(fields.get("doi")),
        pmid=medline,
        pmcid=formed("pmcid", fields.get("pmcid") or fields.get("pmc")),
        abstract=abstract,
        trials=trials_in([abstract]),
    )


def _authors(text: str) -> Iterator[str]:
    """Return the authors of a field in LaTeX; `others` names none."""
    for name in split_multiple_persons_names(text):
        if name != "others":
            yield unlatexed(name) if _WHOLE.fullmatch(name) else _author(unlatexed(name))


def _author(name: str) -> str:
    """Return an author as surname and initials, whichever way round the name was written."""
    if "," in name:
        return inverted(name)
    try:
        parts = parse_single_name_into_parts(name)
    except InvalidNameError:
        return name
    return with_initials(" ".join([*parts.von, *parts.last, *parts.jr]), " ".join(parts.first))
