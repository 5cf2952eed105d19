"""Record identifiers that were not found as absences, so that no one searches again, or guesses.

The list states for what an identifier was searched and in which vocabularies it was not found. What was read of each
vocabulary is in the list of verified identifiers, whose rows name their files. Run as

    python -m cartkg.vocabulary.upkeep.missing_identifiers UNVERIFIED VERIFIED [PROJECT]

it writes `data/ttl/shared/identifiers-not-found.ttl` again; with unchanged lists nothing changes.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import SourceError
from cartkg.escaping import one_line
from cartkg.files import is_file, list_files, read_bytes, read_text
from cartkg.namespaces import BASE, RDFS, XSD, read_prefixes
from cartkg.project import replace_file
from cartkg.turtle.style import format_text
from cartkg.vocabulary.upkeep.mapping_sets import LISTED, read_labels, read_verified

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.vocabulary.upkeep.mapping_sets import Verified

FILE = Path("data") / "ttl" / "shared" / "identifiers-not-found.ttl"
TOPIC = "identifier in another vocabulary"
_COLUMNS = ("entity", "category", "wanted_but_not_verified")
#: Vocabularies as the list writes them, and the prefix of their identifiers in the list of verified ones.
_NAMES = {
    "ChEBI": "chebi",
    "LOINC": "loinc",
    "MedDRA": "meddra",
    "MeSH": "mesh",
    "ICD-10": "icd10",
    "ICD-10-CM": "icd10cm",
    "ICD-11": "icd11.code",
    "RxNorm": "rxnorm",
    "SNOMED CT": "snomedct",
    "UO": "uo",
    "qudt": "qudt.unit",
}
_NAMES |= {
    name: name.lower()
    for name in ("CHEBI", "DOID", "EFO", "HP", "MAXO", "MONDO", "NCIT", "OAE", "OBI", "ORPHA", "PR", "RO")
}
_NAMES |= {name: name for name in ("atc", "chembl.compound", "drugbank", "icd10", "icd10cm", "icd11", "icd11.code")}
_NAMES |= {name: name for name in ("loinc", "meddra", "mesh", "rxnorm", "snomedct", "umls", "unii", "STATO")}
_NAMED = re.compile(
    "|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in sorted(_NAMES, key=len, reverse=True))
)
#: What an absence is about, by the lead of the IRI of what has the entity's name.
_ABOUT = {
    f"{BASE}criterion/": "aboutMeasure",
    f"{BASE}term/": "aboutMeasure",
    "http://purl.obolibrary.org/obo/MONDO_": "aboutDisease",
}
#: Where both lists are in a project, and the project.
_PLACES = (Path("ontology/sources/unverified.tsv"), Path("ontology/sources/verified_ids.tsv"), Path())


@dataclass(frozen=True, slots=True)
class Unfound:
    """One row of the list: for what an identifier was searched, its kind, and the vocabularies that lack it."""

    entity: str
    category: str
    wanted: str

    @property
    def vocabularies(self) -> list[str]:
        """The vocabularies that the row names, in its order and spelling; empty when it names none."""
        found = {_NAMES[match[0]].lower(): match[0] for match in reversed(list(_NAMED.finditer(self.wanted)))}
        return list(reversed(found.values()))


def read_unfound(path: Path) -> list[Unfound]:
    """Read the list of what was not found.

    Raises:
        SourceError: the file cannot be read or lacks a column.
    """
    try:
        text = io.StringIO(read_text(path), newline="")
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot read the list: {error}", path) from error
    rows = list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or not set(_COLUMNS) <= set(rows[0]):
        raise SourceError(f"lacks a column; it must have {', '.join(_COLUMNS)}", path, 1, 1)
    return list(dict.fromkeys(Unfound(*(row[name] for name in _COLUMNS)) for row in rows))


def files_read(verified: Iterable[Verified]) -> dict[str, str]:
    """Return, by prefix in lower case, the file from which most of its identifiers were read, with its release."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in verified:
        counts[row.curie.partition(":")[0].lower()][_short(row.source)] += 1
    return {prefix: min(found, key=lambda file: (-found[file], file)) for prefix, found in counts.items()}


def _short(source: str) -> str:
    """Name a source by package or repository, with version, and file."""
    first = re.split(r" ; | \|\| ", source)[0]
    package = re.match(r"(?:PyPI|npm) (\S+) (\S+)", first)
    repository = re.match(r"github:([^:]+):(\S+)", first)
    match = package or repository
    return f"{match[1]}, {match[2].rpartition('/')[2]}" if match else first


def make(rows: Iterable[Unfound], files: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Write the absences as Turtle, not yet in house style.

    Args:
        rows: what was not found.
        files: what was read of each vocabulary, by prefix in small letters.
        labels: IRI -> label of our things, to say what an absence is about.
    """
    things = {label.lower(): iri for iri, label in sorted(labels.items(), reverse=True) if _about(iri)}
    same: dict[str, list[Unfound]] = {}
    for row in rows:
        stem = "/".join(map(_slug, (row.category, row.entity, " ".join(row.vocabularies) or "any vocabulary")))
        same.setdefault(f"{BASE}absence/identifiers/{stem}", []).append(row)
    blocks = ["@prefix cartkg: <https://w3id.org/cartkg/ontology#> ."]
    blocks += [_block(name, unfound, files, things.get(unfound[0].entity.lower())) for name, unfound in same.items()]
    return "\n".join(blocks) + "\n"


def _block(name: str, unfound: list[Unfound], files: Mapping[str, str], thing: str | None) -> str:
    """Write one absence: rows that miss the same vocabulary for the same thing are one, in the words of all."""
    row, wanted = unfound[0], "; ".join(each.wanted for each in unfound)
    where = [f"{each} ({files.get(_NAMES[each].lower(), 'file not noted')})" for each in row.vocabularies]
    searched = f"searched in: {'; '.join(where) or 'every file of the list of verified identifiers'}"
    missed = ", ".join(row.vocabularies) or "any vocabulary"
    rows = [
        "a cartkg:Absence",
        f"<{RDFS}label> {_string(f'no identifier of {row.entity} in {missed}')}@en",
        "cartkg:absenceKind cartkg:searchedNotFound",
        f"cartkg:topic {_string(TOPIC)}",
        f"cartkg:claimText {_string(f'{row.entity} ({row.category}): {wanted}')}",
        f"cartkg:searchText {_string(searched)}",
        f'cartkg:asOf "{LISTED}"^^<{XSD}date>',
        f"cartkg:judgedBy <{BASE}organization/curators>",
    ]
    rows += [f"cartkg:{_about(thing)} <{thing}>"] if thing else []
    return f"<{name}> " + " ;\n    ".join(rows) + " ."


def _about(iri: str) -> str:
    return next((local for lead, local in _ABOUT.items() if iri.startswith(lead)), "")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().replace("%", " percent "))
    return "-".join(re.findall(r"[a-z0-9]+", "".join(each for each in plain if not unicodedata.combining(each))))


def _string(text: str) -> str:
    return str(ox.Literal(" ".join(text.split())))


def make_file(unfound: Path, verified: Path, project: Path) -> Path | None:
    """Write the file of absences of a project; None when nothing has changed.

    Raises:
        SourceError: a list cannot be read.
    """
    shared = [path for path in list_files(project / "data" / "ttl" / "shared", ".ttl").files if path.name != FILE.name]
    text = make(read_unfound(unfound), files_read(read_verified(verified)), read_labels(shared))
    path = project / FILE
    data = format_text(text, read_prefixes(project / "ontology" / "prefixes.ttl")).encode()
    if is_file(path) and read_bytes(path) == data:
        return None
    replace_file(path, data)
    return path


def main(arguments: list[str]) -> None:
    """Write the absences; arguments are the two lists and the project's folder, where they are others."""
    unfound, verified, root = [*map(Path, arguments), *_PLACES[len(arguments) :]]
    path = make_file(unfound, verified, root)
    sys.stdout.write(f"{one_line(str(path))}\n" if path else "")


if __name__ == "__main__":
    main(sys.argv[1:])
