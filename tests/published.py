"""Published shapes with published data, and what is expected of them.

The files are under other people's licences and no part of this repository: what needs them skips where they are
neither beside it nor beside a folder around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cartkg.validation import EngineName

_PLACES = [folder / "shared" / "conformance" / "real" for folder in Path(__file__).resolve().parents[2:]]
REAL = next((place.resolve() for place in _PLACES if place.is_dir()), _PLACES[0])


@dataclass(frozen=True, slots=True)
class Published:
    """Shapes with data; `results` are expected, `faults` are lines of the shapes that are named, imports left out."""

    folder: str
    shapes: tuple[str, ...]
    data: str
    results: int
    faults: tuple[int, ...] = ()
    ontology: bool = False
    engine: EngineName = EngineName.CARTKG


_DCAT = (66, 373, 403, 658, 671)
_MOBILITY = "SE NAP_dataset_expressed in mobilityDCAT-AP_original population_240205.ttl"
PUBLISHED = {
    "DCAT-AP with ranges": Published(
        "dcat-ap-3.0.1", ("shapes.ttl", "range.ttl"), "brandenburg-catalog-original-input.ttl", 1457, _DCAT
    ),
    "DCAT-AP on RDF/XML": Published(
        "dcat-ap-3.0.1", ("shapes.ttl", "range.ttl"), "brandenburg-catalog-original-input.rdf", 1457, _DCAT
    ),
    "DCAT-AP": Published("dcat-ap-3.0.1", ("shapes.ttl",), "brandenburg-catalog-original-input.ttl", 775, _DCAT),
    "DCAT-AP on a series": Published(
        "dcat-ap-3.0.1", ("shapes.ttl",), "example-bee-population-dataset-series.ttl", 5, _DCAT
    ),
    "mobilityDCAT-AP": Published("mobilitydcat-ap-1.0.1", ("mobilitydcat-ap_shacl_shapes.ttl",), _MOBILITY, 0),
    "Science-on-Schema": Published(
        "science-on-schema.org-1.2.3", ("soso_common_v1.2.3.ttl",), "ocddataset.ttl", 4, (122,)
    ),
    "Science-on-Schema, Google": Published(
        "science-on-schema.org-1.2.3", ("googleRecommended.ttl",), "bcodmoDataGraph.ttl", 1
    ),
    "CLARIAH": Published("clariah-tool-discovery", ("software.ttl",), "valid.jsonld", 10, (196,)),
    "CASE partitions": Published("case-uco-1.5", ("case-1.5.0.ttl",), "partitions.jsonld", 39, ontology=True),
    "CASE Oresteia": Published("case-uco-1.5", ("case-1.5.0.ttl",), "Oresteia.jsonld", 2, ontology=True),
    # pySHACL finds 59 and misses 725 deprecation warnings of a SPARQL constraint
    "Brick": Published("brick-1.4", ("Brick.ttl",), "soda_brick.ttl", 784, ontology=True),
    "gist": Published("gist-14.1", ("ontologyShapes.ttl",), "gistCore.ttl", 0, (36, 117, 133)),
    "gist by pySHACL": Published("gist-14.1", ("ontologyShapes.ttl",), "gistCore.ttl", 1, engine=EngineName.PYSHACL),
}
