"""A build holds everything or is not there, and is known to be old when a source has changed."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg import files, manifest
from cartkg.builds import dump_in, sources_digest
from cartkg.errors import ConfigError, UnusableFile
from cartkg.graph import KnowledgeGraph
from cartkg.manifest import Manifest
from cartkg.namespaces import GRAPH_COUNTS, GRAPH_INFERRED, GRAPH_MAPPINGS, GRAPH_ONTOLOGY, GRAPH_RELEASE
from cartkg.pipeline.building import BuildOptions, Stage, build
from cartkg.pipeline.freshness import is_fresh
from cartkg.project import DUMP, INDEX, MANIFEST, PACKED, PACKED_INDEX, PACKED_PAGE, PAGE, PICTURE
from cartkg.search.index import SearchRequest
from cartkg.search.opening import beside
from cartkg.sparql.pool.jobs import Source
from cartkg.sparql.pool.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project

LATE = "http://example.org/late"


@pytest.fixture
def opened(tmp_project: Project, monkeypatch: pytest.MonkeyPatch) -> Counter[Path]:
    """How often each file of the project is opened; after its first reading one study is changed on disk."""
    counts: Counter[Path] = Counter()
    read = files._read_now

    def counted(path: Path, most: int) -> bytes:
        data = read(path, most)
        if path.is_relative_to(tmp_project.root):
            counts[path] += 1
            if path == tmp_project.data_files()[0]:
                path.write_bytes(data + f"<{LATE}> a <http://example.org/Unchecked> .\n".encode())
        return data

    monkeypatch.setattr(files, "_read_now", counted)
    return counts


@pytest.mark.whole
def test_a_build_for_the_package_holds_the_dump_packed_and_says_the_same(tmp_project: Project, tmp_path: Path) -> None:
    build(tmp_project, tmp_path / "plain", BuildOptions(checked=False))
    shutil.copytree(tmp_path / "plain", tmp_path / "packed")  # the other form that an earlier build left is removed
    build(tmp_project, tmp_path / "packed", BuildOptions(checked=False, packed=True))
    assert {path.name for path in (tmp_path / "packed").iterdir()} == {
        PACKED,
        MANIFEST,
        PACKED_PAGE,
        PACKED_INDEX,
        PICTURE,
    }
    plain, small = ((tmp_path / name / MANIFEST).read_bytes() for name in ("plain", "packed"))
    assert json.loads(plain)["sha256"] == json.loads(small)["sha256"]
    assert gzip.decompress((tmp_path / "packed" / PACKED).read_bytes()) == (tmp_path / "plain" / DUMP).read_bytes()
    small_index = gzip.decompress((tmp_path / "packed" / PACKED_INDEX).read_bytes())
    assert small_index == (tmp_path / "plain" / INDEX).read_bytes()
    assert json.loads(small)["search"] == hashlib.sha256(small_index).hexdigest()
    for name in ("plain", "packed"):
        index = beside(dump_in(tmp_path / name))
        assert index is not None
        assert index.search(SearchRequest("MeSH D008180")).hits[0].label == "systemic lupus erythematosus"
    read = [KnowledgeGraph.from_dump(dump_in(tmp_path / name)).sizes() for name in ("plain", "packed")]
    served = [len(load(Source((dump_in(tmp_path / name),))).quads) for name in ("plain", "packed")]
    assert (read[0], served[0]) == (read[1], served[1])


@pytest.mark.parametrize("held", [b"<a:s> <a:p> <a:o> .\n", gzip.compress(b"<a:s> <a:p> <a:o> .\n", mtime=0)[:-9]])
def test_a_packed_dump_that_is_damaged_is_refused(tmp_path: Path, held: bytes) -> None:
    (tmp_path / PACKED).write_bytes(held)
    with pytest.raises(ValueError, match=r"cartkg\.nq\.gz: is not a complete gzip file"):
        load(Source((tmp_path / PACKED,)))
    with pytest.raises(UnusableFile, match=r"is not a (complete )?gzip file"):
        KnowledgeGraph.from_dump(tmp_path / PACKED)


def test_only_n_quads_are_read_packed(tmp_path: Path) -> None:
    (tmp_path / "d.rdf.gz").write_bytes(gzip.compress(b"<x/>"))
    with pytest.raises(ValueError, match=r"d\.rdf\.gz: the file name ending is not that of an RDF format"):
        load(Source((tmp_path / "d.rdf.gz",)))


@pytest.mark.whole
def test_a_build_holds_every_graph_as_it_was_checked_and_keeps_what_is_inferred_apart(
    tmp_project: Project, opened: Counter[Path]
) -> None:
    told: list[Stage] = []
    built = build(tmp_project, tmp_project.build, progress=told.append)
    assert [stage.name for stage in told] == [
        "read",
        "reason",
        "check",
        "document",
        "count",
        "describe",
        "index",
        "write",
    ]
    assert built.diagnostics == []
    assert set(opened) >= {*tmp_project.data_files(), *tmp_project.ontology_files(), *tmp_project.query_files()}
    assert set(opened.values()) == {1}, "each file is opened once"
    assert 'id="Finding"' in (tmp_project.build / PAGE).read_text("utf-8")
    assert (tmp_project.build / PICTURE).read_text("utf-8").startswith("<svg ")
    graph = KnowledgeGraph.from_dump(tmp_project.build / DUMP)
    wanted = {GRAPH_ONTOLOGY, GRAPH_INFERRED, GRAPH_COUNTS, GRAPH_MAPPINGS, GRAPH_RELEASE}
    assert wanted <= set(graph.graphs())
    made = manifest.read(tmp_project.build / MANIFEST)
    assert made.quads == len(graph) == sum(made.graphs.values())
    assert made.data_version == built.data_version
    assert not any(graph.store.quads_for_pattern(ox.NamedNode(LATE), None, None)), "what is published was checked"
    inferred = next(iter(graph.quads(GRAPH_INFERRED)))
    stated = list(graph.store.quads_for_pattern(inferred.subject, inferred.predicate, inferred.object))
    assert {quad.graph_name for quad in stated} == {ox.NamedNode(GRAPH_INFERRED)}


@pytest.mark.whole
def test_malformed_data_that_is_not_checked_gets_no_counts_and_a_build_of_the_same_is_kept(
    tmp_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_project.data / "mueller-2024-nejm.ttl"
    number = 'cartkg:patientCount "15"^^xsd:nonNegativeInteger'
    assert number in study.read_text("utf-8")
    study.write_text(study.read_text("utf-8").replace(number, 'cartkg:patientCount "many"'), "utf-8")
    told: list[Stage] = []
    built = build(tmp_project, tmp_project.build, BuildOptions(checked=False), progress=told.append)
    assert next(stage.detail for stage in told if stage.name == "count").startswith("no counts: ")
    graph = KnowledgeGraph.from_dump(tmp_project.build / DUMP)
    assert GRAPH_COUNTS not in graph.graphs()

    def read_again(*_: object) -> None:
        raise AssertionError("it is built again")

    monkeypatch.setattr("cartkg.pipeline.building.read", read_again)
    assert build(tmp_project, tmp_project.build, BuildOptions(checked=False)) == replace(built, is_kept=True)
    assert build(tmp_project, tmp_project.build).diagnostics, "what is kept is checked"
    for options in (BuildOptions(checked=False, forced=True), BuildOptions(checked=False, packed=True)):
        with pytest.raises(AssertionError, match="built again"):
            build(tmp_project, tmp_project.build, options)
    study.write_text(study.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(AssertionError, match="built again"):
        build(tmp_project, tmp_project.build, BuildOptions(checked=False))


@pytest.mark.whole
def test_a_finding_stops_the_build_and_nothing_is_written(tmp_project: Project) -> None:
    study = tmp_project.data / "mueller-2024-nejm.ttl"
    study.write_text(study.read_text("utf-8").replace("cartkg:ofCohort", "cartkg:ofCohrt"), "utf-8")
    built = build(tmp_project, tmp_project.build)
    assert "unknown-term-violation" in {diagnostic.rule for diagnostic in built.diagnostics if diagnostic.file == study}
    assert all(diagnostic.line for diagnostic in built.diagnostics)
    assert not tmp_project.build.exists()


@pytest.mark.whole
def test_broken_syntax_stops_the_build_and_nothing_is_written(tmp_project: Project) -> None:
    study = tmp_project.data_files()[0]
    study.write_text(study.read_text("utf-8") + "\n<https://example.org/a> <https://example.org/b>", "utf-8")
    built = build(tmp_project, tmp_project.build)
    assert [diagnostic.rule for diagnostic in built.diagnostics] == ["syntax"]
    assert not tmp_project.build.exists()


def test_a_project_without_data_says_what_to_do(tmp_project: Project) -> None:
    for path in tmp_project.data_files():
        path.unlink()
    with pytest.raises(ConfigError, match="cartkg add"):
        build(tmp_project, tmp_project.build)


def test_a_changed_source_makes_a_build_old(tmp_project: Project) -> None:
    assert not is_fresh(tmp_project)
    tmp_project.build.mkdir(parents=True)
    for name in (DUMP, PAGE, PICTURE, INDEX):
        (tmp_project.build / name).touch()
    for changed in ("data/ttl/shared/units.ttl", "queries/overlaps.rq", "shapes/study.ttl"):
        made = Manifest("2026-11-22", "0", hashlib.sha256(b"").hexdigest(), 0, sources=sources_digest(tmp_project))
        (tmp_project.build / MANIFEST).write_bytes(manifest.write(made))
        assert not is_fresh(tmp_project), "anybody can write these files"
        tmp_project.cache.remember(tmp_project.build_files())
        assert is_fresh(tmp_project)
        path = tmp_project.root / changed
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")
        assert not is_fresh(tmp_project), changed
