# ruff: noqa: INP001, T201  # a script of the build, no package; it reports what it finds
"""Find misspelt words, and phrases that no native reader would write, in every text that a person reads.

Run by `make lint`. codespell looks for misspellings (settings in pyproject.toml); the phrases are listed here, each
with what to write instead. Data are left out: they hold the words of publications.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
#: Where texts are: folders of git, and the endings of the files that hold them.
PLACES = (
    "*.md",
    ".github",
    ".devcontainer",
    "Makefile",
    "Dockerfile",
    ".ci",
    "docs",
    "ontology",
    "queries",
    "shapes",
    "src",
)
ENDINGS = frozenset((".md", ".py", ".ttl", ".rq", ".yml", ".yaml", ".html", ".json", ".cfg", ""))
#: Files that say what others wrote, are generated, or list what must not be written.
_LEFT_OUT = re.compile(r"\.ci/(locked|clients)/|\.ci/wording\.py|ontology/(imports|mappings|sources)/|\.schema\.json$")

#: Phrase -> what to write instead. Phrases are matched without regard to case.
PHRASES = {
    r"mend(s|ed|ing|ings)?": "fix",
    r"anew": "again, or a word with re-: rebuild, restart",
    r"till": "until",
    r"whosoever": "whoever",
    r"lies? within the bounds": "lies between the bounds",
    r"comes? in whenever": "is merged whenever",
    r"called wrongly": "usage error",
    r"takes a free one": "picks a free one",
    r"could (not|only) be kept (of|in words)": "could only be stored as text",
    r"kept in words only": "stored as text only",
    r"told item by item": "documented item by item",
    r"an answer that was cut says so": "truncated answers are marked",
    r"(has|have) not the form": "is not a valid ...",
    r"is no (Turtle|dossier|manifest|HTTP|SPARQL|known)\b[^;.,]*": "is not a ...",
    r"of no known (format|kind)": "of an unknown ...",
    r"something else than": "something other than",
    r"(names|is named) all that is wrong|all that is wrong is named": "reports every problem",
    r"no place became free": "no slot became free in time",
    r"it made room": "it was stopped to let others run",
    r"ended its worker": "crashed its worker",
    r"calls the query malformed": "rejected the query",
    r"what lies where": "repository layout",
    r"take all of it home": "download everything",
    r"nothing at this address": "page not found",
    r"nobody has read again": "not yet double-checked",
    r"after the cells": "after infusion",
    r"(a|its|have|has) whole headers?": "a complete header",
    r"nor anything like it": "and nothing similar was found",
    r"who evaluates the": "the engine for the",
    r"is nothing that (SHACL|SPARQL|OWL)": "is not a parameter of ...",
    r"false when it is only retold": "false when restated from elsewhere",
    r"how a number stands to the true one": "whether a number is exact, approximate or a bound",
    r"reports? of before": "earlier report",
    r"could not be made now": "is not available at the moment",
    r"which way is better": "direction of benefit",
    r"(every|each|a) class can have (a|no) member": "is satisfiable, is unsatisfiable",
    r"classes that share no members": "disjoint classes",
    r"that can only mean one": "with a single possible correction",
    r"without a content coding": "without Content-Encoding",
    r"needs refuse or mark": "must be 'refuse' or 'mark'",
    r"no worker takes": "no worker is available",
    r"which is not there": "which is missing, which is not defined",
    r"conflicts it takes part in": "conflicts involving it",
    r"smallest changes that matter": "minimal clinically important differences (MCID)",
    r"more (special|general) diseases": "narrower, broader diseases",
    r"to the first page": "back to the home page",
    r"certainty of the reading": "reader's confidence",
    r"is asked of the graph when": "runs when",
    r"were not read to the end": "were only partly read",
    r"(cannot|can|could) (all|both) hold": "be true",
    r"stands? (twice|several times)": "occurs twice, several times",
    r"faults? of form": "form error",
    r"turns? all matches away": "excludes all matches",
    r"takes? all of them away": "removes all of them",
    r"is wanted first": "is expected first",
    r"what (reasoning|reasoning and counting) adds? included": "including inferred facts and counts",
    r"its kinds included": "subtypes included",
    r"with what narrows it": "with any qualifier",
    r"patients looked at": "patients assessed",
    r"known from press alone": "known only from press reports",
    r"the one door": "the only way, the only access",
    r"behind (the same )?walls?": "in a sandbox",
    r"with an error,? nothing": "if there is an error, nothing",
    r"one a (line|file|predicate)": "one per ...",
    r"share nobody": "share no patients",
    r"more than everybody": "exceeds the total",
    r"goes? together with": "can only be used with",
    r"names it otherwise": "has it under another name",
    r"of no (project|settings)": "without a project, outside a project",
}
_PHRASE = re.compile(
    "|".join(rf"(?P<p{number}>\b{each}\b)" for number, each in enumerate(PHRASES)).replace(" ", r"\s+"), re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase that is not to be written.

    Attributes:
        line: from 1.
        phrase: the words as they stand there.
        better: what to write instead.
    """

    line: int
    phrase: str
    better: str


def look(text: str) -> Iterator[Found]:
    """Yield the phrases of a text that are not to be written."""
    better = list(PHRASES.values())
    for match in _PHRASE.finditer(text):
        place = int((match.lastgroup or "p0")[1:])
        yield Found(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), better[place])


def texts() -> list[Path]:
    """Return the files that git knows and that hold texts for people."""
    listed = subprocess.run(  # noqa: S603  # a fixed command
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PLACES],  # noqa: S607  # git's own name
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = sorted(filter(None, listed.split("\0")))
    return [ROOT / each for each in names if Path(each).suffix in ENDINGS and not _LEFT_OUT.search(each)]


def misspelt(files: Iterable[Path]) -> str:
    """Return what codespell says of some files; nothing when they are well spelt."""
    names = [str(file.relative_to(ROOT)) for file in files]
    done = subprocess.run(  # noqa: S603  # a fixed command
        [sys.executable, "-P", "-m", "codespell_lib", *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def main() -> int:
    """Print everything found; 1 when there is anything."""
    files = [each for each in texts() if each.is_file()]
    said = misspelt(files)
    sys.stdout.write(said)
    count = 0
    for file in files:
        for found in look(file.read_text("utf-8")):
            count += 1
            print(f"{file.relative_to(ROOT)}:{found.line}: “{found.phrase}”: write {found.better}")
    return int(bool(said or count))


if __name__ == "__main__":
    sys.exit(main())
