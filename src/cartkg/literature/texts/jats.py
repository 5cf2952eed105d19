"""JATS XML, in which journals and PMC give the whole text of a paper: its head, paragraphs and tables.

Specification: NISO Z39.96, JATS. Numbers of references in superscript are left out, since they would stand beside
numbers of patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.literature.formats.citation import Citation, doi_of, trials_in
from cartkg.literature.formats.format import UNREADABLE
from cartkg.literature.formats.xml_records import elements, root_name, text_of, texts_of
from cartkg.literature.heads import formed
from cartkg.literature.texts.source_text import PaperTable, Passage, SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_ARTICLE, _GROUPS = frozenset({"article"}), frozenset({"pmc-articleset"})
#: What is not prose of a paragraph: references, formulas, and what has a place of its own.
_APART = frozenset({"table-wrap", "fig", "disp-formula", "inline-formula", "ref-list", "fn", "supplementary-material"})
_MOST_CELLS, _WIDEST = 20_000, 100


def is_jats(head: str) -> bool:
    """Return whether a text begins as an article in JATS does."""
    return root_name(head) in _ARTICLE | _GROUPS


def read_jats(data: bytes, path: Path) -> SourceText:
    """Read the article of a file; of several the first, and the others are named.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
    """
    found = elements(data, path, _ARTICLE, _GROUPS)
    problems = list(found.diagnostics)
    if not found.elements:
        return SourceText(diagnostics=tuple(problems))
    article, _ = found.elements[0]
    for _, line in found.elements[1:]:
        message = "a second article in the file was not read; give each a file of its own"
        problems.append(Diagnostic(path, line, 1, UNREADABLE, message))
    return SourceText(_citation(article), tuple(_passages(article)), tuple(_tables(article)), tuple(problems))


def _citation(article: Element) -> Citation:
    meta = article.find("front/article-meta")
    if meta is None:
        return Citation("")
    abstract = " ".join(_text(each) for each in meta.iterfind("abstract"))
    names = meta.iterfind("contrib-group/contrib[@contrib-type='author']/name")
    first, last = text_of(meta, "fpage"), text_of(meta, "lpage")
    return Citation(
        title=text_of(meta, "title-group/article-title").rstrip("."),
        authors=[_author(each) for each in names],
        journal=text_of(article, "front/journal-meta/journal-id[@journal-id-type='nlm-ta']")
        or text_of(article, "front/journal-meta/journal-title-group/journal-title")
        or None,
        issued=_issued(meta),
        volume=text_of(meta, "volume") or None,
        issue=text_of(meta, "issue") or None,
        pages="-".join(filter(None, (first, last))) or text_of(meta, "elocation-id") or None,
        doi=doi_of(text_of(meta, "article-id[@pub-id-type='doi']")),
        pmid=formed("pmid", text_of(meta, "article-id[@pub-id-type='pmid']")),
        pmcid=formed("pmcid", text_of(meta, "article-id[@pub-id-type='pmcid']")),
        types=texts_of(meta, "article-categories/subj-group/subject"),
        abstract=abstract,
        trials=trials_in([abstract, *(each.text for each in _passages(article))]),
    )


def _author(name: Element) -> str:
    initials = "".join(part[0] for part in text_of(name, "given-names").replace("-", " ").split())
    return f"{text_of(name, 'surname')} {initials}".strip()


def _issued(meta: Element) -> str | None:
    """Return the first date of publication that is printed, as far as it is."""
    dates = []
    for each in meta.iterfind("pub-date"):
        year, month, day = (text_of(each, name) for name in ("year", "month", "day"))
        parts = [year, month.zfill(2) if month.isdecimal() else "", day.zfill(2) if day.isdecimal() else ""]
        dates.append("-".join(parts[: next((at for at, part in enumerate(parts) if not part), len(parts))]))
    return formed("issued", min(filter(None, dates), default=""))


def _text(element: Element) -> str:
    """Return the prose of an element, with single spaces."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag not in _APART and not (child.tag == "xref" and child.get("ref-type") == "bibr"):
            if child.tag == "sup" and not "".join(_pieces(child)).strip(" ,-\u2013"):
                yield ""  # a superscript of references alone
            else:
                yield from _pieces(child)
                yield " " if child.tag in {"title", "p", "break", "list-item"} else ""
        yield child.tail or ""


def _passages(article: Element) -> Iterator[Passage]:
    for name, path in (("Abstract", "front/article-meta/abstract"), ("Text", "body")):
        for part in article.iterfind(path):
            yield from _section(part, name)


def _section(part: Element, name: str) -> Iterator[Passage]:
    number = 0
    for child in part:
        if child.tag == "p":
            number += 1
            if text := _text(child):
                yield Passage(f"{name}, paragraph {number}", text)
        elif child.tag == "sec":
            title = text_of(child, "title")
            yield from _section(child, f"{name}, {title}" if title else name)


def _tables(article: Element) -> Iterator[PaperTable]:
    for number, wrap in enumerate(article.iter("table-wrap"), 1):
        label = text_of(wrap, "label") or f"Table {number}"
        rows = _grid([each for table in wrap.iter("table") for each in table.iter("tr")])
        if rows:
            yield PaperTable(label, rows)


def _grid(rows: list[Element]) -> tuple[tuple[str, ...], ...]:
    """Return the cells of rows in their columns; one that spans several is in each of them."""
    found: list[dict[int, str]] = [{} for _ in rows]
    filled = 0
    for at, row in enumerate(rows):
        column = 0
        for cell in (each for each in row if each.tag in {"th", "td"}):
            while column in found[at]:
                column += 1
            wide, high = (_span(cell.get(name)) for name in ("colspan", "rowspan"))
            for below in found[at : at + high]:
                below.update(dict.fromkeys(range(column, min(column + wide, _WIDEST)), _text(cell)))
                filled += wide
            if filled > _MOST_CELLS:
                return ()
    return tuple(tuple(row.get(at, "") for at in range(max(row, default=-1) + 1)) for row in found)


def _span(said: str | None) -> int:
    return min(int(said), _WIDEST) if said and said.isdecimal() and int(said[:4]) else 1
