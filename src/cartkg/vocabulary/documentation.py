"""The ontology -> one HTML page that documents every term, written by pyLODE.

    python -m cartkg.vocabulary.documentation FOLDER

writes `FOLDER/index.html`. pyLODE is a tool of the makers and no part of what the package needs to run.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

import pyoxigraph as ox

from cartkg import project as projects
from cartkg.errors import ConfigError
from cartkg.project import replace_file
from cartkg.vocabulary.products import Product, product


def write_documentation(ontology: list[ox.Triple], folder: Path) -> Path:
    """Write the page about our own terms (the base product); give its path.

    Raises:
        ConfigError: pyLODE is not installed, or the folder cannot be written.
    """
    try:
        profile = import_module("pylode.profiles.ontpub")
    except ImportError as error:
        raise ConfigError("is not installed; pip install 'pylode==3.3.4'", setting="pyLODE") from error
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "ontology.ttl"
        base = product(Product.BASE, ontology, ())
        source.write_bytes(ox.serialize(base, format=ox.RdfFormat.TURTLE) or b"")
        page = str(profile.OntPub(str(source)).make_html(destination=None))
    path = folder / "index.html"
    replace_file(path, page.encode())
    return path


def main(arguments: list[str]) -> None:
    """Document the ontology of the project around the current folder; the argument is the folder to write."""
    (folder,) = arguments
    files = projects.find().ontology_files()
    triples = [
        quad.triple
        for file in files
        for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    ]
    sys.stdout.write(f"{write_documentation(triples, Path(folder))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
