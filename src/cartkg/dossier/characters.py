"""Find faulty characters in texts: invisible ones, look-alikes, broken encodings."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.dossier.node import Node

_PARAGRAPHS = frozenset({"note", "says", "text", "conclusion", "disclosure", "explanation", "matter", "read_note"})
#: Fields that hold a text of people, whose last word can show that it was cut off.
_TEXTS = frozenset({"title", "label", "conclusion", "says", "note", "matter", "explanation", "read_note"})
_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"[^\x00-\x7f]{2,}")
_MARKUP = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(\s[^<>]*)?/?>|<!--|&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]+);")
#: Ligatures, letters of full width, and letters of mathematics: copies of plain letters.
_COPIES = re.compile("[\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff]")
#: Letters of other scripts that look like Latin ones.
_TWINS = {
    "CYRILLIC": frozenset("асеорхуіѕјԁһԛԝАВЕКМНОРСТХУІЅЈԌԚԜ"),
    "GREEK": frozenset("ονιυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
}
_QUOTES = {"\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb", '"': '"'}
#: Words and signs after which a text goes on; words with which English can end a sentence are not among them.
_UNENDED = re.compile(r"(?:\b(?:a|an|and|from|of|or|the|with)|[,;:(\[/–-])$")
_ENDED = re.compile(r"[.!?][)\]'\"\u2019\u201d]*$")


def character_faults(root: Node, path: Path) -> Iterator[Diagnostic]:
    """Yield what is wrong with the letters of each text of a file, at most one fault of a kind for each text.

    Args:
        root: the content of the file.
        path: the file, named in diagnostics.
    """
    for node in root.walk():
        if not isinstance(node.value, str):
            continue
        field = re.sub(r"\[[0-9]+\]$", "", node.path).rpartition(".")[2]
        for rule, message in _faults(node.value, field):
            yield Diagnostic(path, node.place.line, node.place.column, f"dossier-{rule}", f"`{node.path}` {message}")


def _faults(text: str, field: str) -> Iterator[tuple[str, str]]:
    if text.isascii():
        yield from _spaces(text, field)
    else:
        yield from _unseen(text)
        yield from _spaces(text, field)
        yield from _mistaken(text)
        yield from _broken(text)
    if field != "address" and (found := _MARKUP.search(text)):
        yield "markup", f"contains markup ({found[0]}); write the character itself, or plain text"
    if text[:1] in _QUOTES and len(text) > 1 and text[-1] in _QUOTES[text[0]] and not set(text[1:-1]) & set(text[0]):
        yield "quotes", f"is enclosed in quotes that are part of the text ({text[0]}...{text[-1]}); remove them"
    if field in _TEXTS:
        yield from _cut(text.strip(), field)


def _unseen(text: str) -> Iterator[tuple[str, str]]:
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in {"Cf", "Cc", "Co", "Cn"} and letter not in "\n\t":
            yield "invisible", f"contains an invisible character ({_named(letter)}); remove it"
            return
        if kind in {"Zs", "Zl", "Zp"} and letter != " ":
            yield "space", f"contains a non-standard space ({_named(letter)}); use a plain space"
            return


def _spaces(text: str, field: str) -> Iterator[tuple[str, str]]:
    plain = text.removesuffix("\n") if field in _PARAGRAPHS else text
    if plain != plain.strip() and plain.strip():
        yield "space", "begins or ends with a space or line break; remove it"
    elif field not in _PARAGRAPHS and re.search(r"[\n\t]", text):
        yield "space", "contains a line break or tab; write it on one line"


def _mistaken(text: str) -> Iterator[tuple[str, str]]:
    """Find letters that look like others: single ones inside Latin words, or words of nothing but such letters."""
    for name, twins in _TWINS.items():
        own = [letter for letter in text if letter.isalpha() and unicodedata.name(letter, "").startswith(name)]
        lone = set(own) <= twins and re.search("[A-Za-z]", text)
        mixed = name == "CYRILLIC" or bool(set(own) & twins)
        for word in _WORD.findall(text) if own else ():
            inside = [letter for letter in word if letter in own and (name == "CYRILLIC" or letter in twins)]
            if inside and (lone or (mixed and re.search("[A-Za-z]", word))):
                yield "look-alike", f"contains the {_named(inside[0])} in `{word}`; write the Latin letter"
                return
    if found := _COPIES.search(text):
        plain = unicodedata.normalize("NFKC", found[0])
        yield "look-alike", f"contains {_named(found[0])}; write {plain}"
    elif not unicodedata.is_normalized("NFC", text):
        yield (
            "look-alike",
            "contains letters with separate accent characters; write each as one character (Unicode NFC)",
        )


def _broken(text: str) -> Iterator[tuple[str, str]]:
    if "\ufffd" in text:
        yield (
            "encoding",
            (
                "contains a replacement character (U+FFFD) in place of a lost letter; "
                "write the letter that the source prints"
            ),
        )
        return
    for run in _RUN.findall(text):
        for code in ("cp1252", "latin-1"):
            try:
                meant = run.encode(code).decode("utf-8")
            except UnicodeError:
                continue
            yield "encoding", f"holds {run!r}, which is {meant!r} read in the wrong encoding; write that"
            return


def _cut(text: str, field: str) -> Iterator[tuple[str, str]]:
    if found := _UNENDED.search(text):
        yield "text-cut", f"ends with `{found[0]}`, as if it were cut off; write the whole text"
    elif field == "conclusion" and not _ENDED.search(text):
        yield "text-cut", "does not end with a full stop; write the whole sentence"
    elif any(text.count(first) > text.count(last) for first, last in ("()", "[]")):
        yield "text-cut", "opens a bracket that is not closed; write the whole text"


def _named(letter: str) -> str:
    return f"{unicodedata.name(letter, 'character').lower()} (U+{ord(letter):04X})"
