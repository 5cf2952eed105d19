"""A store on disk gives the answers of the same data in memory; what is wrong with one is said, and harms none."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from tests.command import cartkg
from tests.live import Live, listening_port
from tests.test_stores import QUADS, QUERIES, rows

from cartkg.errors import ConfigError, SourceError
from cartkg.facts import prepared_answers
from cartkg.facts.prepared_answers import PREPARED
from cartkg.facts.result_cache import Key, ResultCache
from cartkg.graph import KnowledgeGraph, disk_store
from cartkg.namespaces import GRAPH_INFERRED
from cartkg.pipeline.storing import store_files
from cartkg.project import shipped
from cartkg.sparql.engines.data_source import DataSource
from cartkg.sparql.engines.engine import Answer
from cartkg.sparql.pool.jobs import Job, Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.pool.stores import Stores
from cartkg.sparql.pool.worker import answer
from cartkg.sparql.protocol.requests import Dataset
from cartkg.web.preparing import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.graph.disk_store import DiskStore

SPACE = "https://w3id.org/cartkg/"
TRIPLE = "<http://a.example/s> <http://a.example/p> <http://a.example/o> .\n"


def dump(folder: Path) -> Path:
    KnowledgeGraph.of_quads(QUADS).write_dump(folder / "d.nq")
    return folder / "d.nq"


def small(folder: Path, text: str = TRIPLE) -> Path:
    (folder / "small.nt").write_text(text, "utf-8")
    return folder / "small.nt"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DiskStore:
    folder = tmp_path_factory.mktemp("disk")
    return store_files((dump(folder),), folder / "store")


@contextmanager
def opened(found: DiskStore) -> Iterator[Stores]:
    held = disk_store.open_store(found)
    try:
        yield Stores(held.store, files=held.files)
    finally:
        os.close(held.lock)


@contextmanager
def served(folder: Path) -> Iterator[Live]:
    command = [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--store", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield Live(process, listening_port(process), [])
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("stated", [False, True])
def test_answers_from_disk_are_those_from_memory(query: str, made: DiskStore, *, stated: bool) -> None:
    in_memory = load(Source((made.path.parents[1] / "d.nq",)))
    with opened(made) as stores:
        assert rows(stores, query, stated=stated) == rows(in_memory, query, stated=stated)


def test_a_store_describes_itself_and_is_opened_whole(made: DiskStore) -> None:
    found = disk_store.served(made.path.parent)
    assert found == made
    assert (found.quads, sum(found.graphs.values())) == (9, 9)
    with opened(found) as stores:
        tables = [name for name in found.files if name.endswith(".sst")]
        assert len(stores.files) == len(tables) > 3


def test_a_triple_that_is_stated_is_not_also_derived(tmp_path: Path) -> None:
    stated = QUADS[0]
    lines = f"{stated} .\n{ox.Quad(stated.subject, stated.predicate, stated.object, ox.NamedNode(GRAPH_INFERRED))} .\n"
    (tmp_path / "d.nq").write_text(lines, "utf-8")
    with opened(store_files((tmp_path / "d.nq",), tmp_path / "store")) as stores:
        assert len(rows(stores, "SELECT * { ?s ?p ?o }")) == 2, "a head and one row"


def test_files_of_any_format_become_a_store(tmp_path: Path) -> None:
    (tmp_path / "one.ttl").write_text("<http://a.example/s> <http://a.example/p> 1, [] .", "utf-8")
    (tmp_path / "two.nq.gz").write_bytes(gzip.compress(f"{TRIPLE[:-2]} <http://a.example/g> .\n".encode()))
    (tmp_path / "three.rdf").write_text("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "utf-8")
    paths = tuple(tmp_path / name for name in ("one.ttl", "two.nq.gz", "three.rdf"))
    made = store_files(paths, tmp_path / "store")
    assert made.graphs == {"http://a.example/g": 1, f"{SPACE}graph/one": 2}


@pytest.mark.whole
def test_a_store_on_disk_is_served_and_not_changed(tmp_path: Path) -> None:
    store = tmp_path / "store"
    done = cartkg(tmp_path, "build", "--store", str(store), "--data", str(dump(tmp_path)))
    assert (done.returncode, done.stdout) == (0, f"9 quads, data of unreleased: {store}\n")
    before = {path: path.stat().st_size for path in store.rglob("*") if not path.name.startswith("LOG")}
    with served(store) as live:
        said = live.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv")
        assert said.text.split() == ["n", "8"]
        assert said.headers["etag"]
        assert live.ask("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples").text.count("\n") == 8
        assert live.request("GET", "/").status == 200
    assert {path: path.stat().st_size for path in store.rglob("*") if not path.name.startswith("LOG")} == before


def test_a_new_release_replaces_the_old_one_once_nobody_reads_it(tmp_path: Path) -> None:
    first = store_files((small(tmp_path),), tmp_path / "store")
    with opened(first) as stores:
        second = store_files((dump(tmp_path),), tmp_path / "store")
        assert disk_store.served(tmp_path / "store") == second
        assert first.path.is_dir()
        assert len(rows(stores, "SELECT * { ?s ?p ?o }")) == 2, "who reads the old release goes on"
    third = store_files((small(tmp_path),), tmp_path / "store")
    assert [path.name for path in (tmp_path / "store").iterdir() if path.is_dir()] == [third.path.name]


@pytest.mark.whole
def test_a_reload_serves_the_new_release(tmp_path: Path) -> None:
    store_files((small(tmp_path),), tmp_path / "store")
    with served(tmp_path / "store") as live:
        assert live.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").text.split() == ["n", "1"]
        store_files((dump(tmp_path),), tmp_path / "store")
        live.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        while live.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").text.split() != ["n", "8"]:
            assert time.monotonic() < end, "did not happen in time"
            time.sleep(0.05)


def layout(store: Path) -> None:
    (store / "store.json").write_text(json.dumps({"format": 99, "release": "x"}), "utf-8")


def cut_file(store: Path) -> None:
    path = max(store.glob("*/*.sst"))
    path.write_bytes(path.read_bytes()[:-1])


def lost_file(store: Path) -> None:
    max(store.glob("*/*.sst")).unlink()


def changed_file(store: Path) -> None:
    for path in store.glob("*/MANIFEST-*"):
        path.write_bytes(b"x" * path.stat().st_size)


def no_release(store: Path) -> None:
    (store / "store.json").write_text(json.dumps({"format": 1, "release": "../x"}), "utf-8")


def nonsense(store: Path) -> None:
    (store / "store.json").write_text("[", "utf-8")


@pytest.mark.whole
@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (layout, "has layout 99, and this version of cartkg reads layout 1"),
        (cut_file, "bytes in place of"),
        (lost_file, "No such file"),
        (changed_file, "is damaged ("),
        (no_release, "names no release"),
        (nonsense, "does not describe a store"),
    ],
)
def test_a_store_that_cannot_be_read_is_one_clear_line(harm: object, words: str, tmp_path: Path) -> None:
    store_files((small(tmp_path),), tmp_path / "store")
    assert callable(harm)
    harm(tmp_path / "store")
    done = cartkg(tmp_path, "serve", "--port", "0", "--store", "store")
    assert (done.returncode, done.stdout) == (3, "")
    assert words in done.stderr
    assert "cartkg build --store" in done.stderr
    assert done.stderr.count("\n") == 1
    store_files((small(tmp_path),), tmp_path / "store")
    with opened(disk_store.served(tmp_path / "store")) as stores:
        assert len(rows(stores, "SELECT * { ?s ?p ?o }")) == 2, "the next build repairs it"


def test_an_empty_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="contains no store; write one with cartkg build --store"):
        DataSource(None, store=tmp_path).find()  # type: ignore[arg-type]  # no project is looked at


def test_a_folder_with_other_files_is_not_written_to(tmp_path: Path) -> None:
    path = small(tmp_path)
    with pytest.raises(ConfigError, match="contains files that are not of a cartkg store"):
        store_files((path,), tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["small.nt"]


def test_two_builds_do_not_write_one_store(tmp_path: Path) -> None:
    path = small(tmp_path)
    with (
        disk_store.writing(tmp_path / "store"),
        pytest.raises(ConfigError, match="another process is writing this store"),
    ):
        store_files((path,), tmp_path / "store")


@pytest.mark.parametrize("text", [f"{TRIPLE}<x", f"{TRIPLE}<x> <y> <z> .\n"])
def test_a_malformed_file_leaves_the_store_as_it_was(text: str, tmp_path: Path) -> None:
    first = store_files((small(tmp_path),), tmp_path / "store")
    with pytest.raises(SourceError, match=r"small\.nt:2:"):
        store_files((small(tmp_path, text),), tmp_path / "store")
    assert disk_store.served(tmp_path / "store") == first
    assert not list((tmp_path / "store").glob(".new-*"))


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    first = store_files((small(tmp_path),), tmp_path / "store")
    text = "".join(f'<http://a.example/{number}> <http://a.example/p> "{number}" .\n' for number in range(20_000))
    path = small(tmp_path, text)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(ConfigError, match=r"cannot be written: .*nothing was changed"):
            store_files((path,), tmp_path / "store")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert disk_store.served(tmp_path / "store") == first
    assert not list((tmp_path / "store").glob(".new-*"))


def test_what_an_ended_build_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "store" / ".new-0123").mkdir(parents=True)
    store_files((small(tmp_path),), tmp_path / "store")
    assert not list((tmp_path / "store").glob(".new-*"))


@pytest.mark.parametrize("arguments", [("--data", "x.ttl"), ("--store", "s", "--data", "x.ttl", "--packed")])
def test_data_without_a_store_is_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = cartkg(tmp_path, "build", *arguments)
    assert (done.returncode, "--data needs --store" in done.stderr) == (2, True)


@pytest.mark.whole
def test_the_answers_of_pages_are_prepared_and_told_by_the_server(tmp_path: Path) -> None:
    path = dump(tmp_path)
    made = store_files((path,), tmp_path / "store", partial(prepare, project=shipped()))
    answers = prepared_answers.read(made.path / PREPARED, made.edition)
    assert {key.format for key in answers} == {"json"}
    with opened(made) as stores:
        for key, kept in answers.items():
            job = Job(key.query, key.format, [], [], 1 << 26, mark=False, stated=key.dataset.stated)
            assert json.loads(answer(stores, job).body) == json.loads(kept.body)
    assert len(answers) > 5
    with served(tmp_path / "store") as live:
        assert live.request("GET", "/").status == 200


def test_prepared_answers_are_of_one_edition_and_give_way_to_the_next() -> None:
    key, found = Key("first", "ASK {}", Dataset(), "json"), Answer(b"{}", 1)
    cache = ResultCache()
    cache.prepare({key: found})
    assert cache.get(key) == found
    assert cache.get(replace(key, release="second")) is None
    cache.prepare({})
    assert cache.get(key) is None


def test_a_file_of_answers_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / PREPARED).write_bytes(gzip.compress(b"[1]"))
    with pytest.raises(ConfigError, match="is not a file of answers"):
        prepared_answers.read(tmp_path / PREPARED, "first")


def test_all_triples_are_counted_where_only_the_first_graphs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    store = ox.Store()
    subject, predicate = ox.NamedNode("http://a.example/s"), ox.NamedNode("http://a.example/p")
    for size, name in enumerate(("a", "b", "c"), 1):
        graph = ox.NamedNode(f"http://a.example/{name}")
        store.extend([ox.Quad(subject, predicate, ox.Literal(number), graph) for number in range(size)])
    monkeypatch.setattr(disk_store, "_MOST_GRAPHS", 2)
    found = disk_store.graph_sizes(store)
    assert (found.quads, found.first) == (6, {"http://a.example/a": 1, "http://a.example/b": 2})
