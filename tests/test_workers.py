"""The pool: each query within its limits, a bad one costs one worker, the others never notice."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cartkg.errors import BackendError, ConfigError, LimitExceeded
from cartkg.evaluation.messages import Frame
from cartkg.sparql.pool import loading
from cartkg.sparql.pool.fork_client import Worker
from cartkg.sparql.pool.jobs import Limits, Source
from cartkg.sparql.pool.scheduler import Hangup, Lane, Outbid, Scheduler, Ticket
from cartkg.sparql.pool.workers import Pool, PoolJob

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "cases" / "endpoint" / "data.trig"
SMALL = Limits(seconds=2.0, memory=256 * 1024**2, result=64 * 1024, quick=2, long=1, waiting=4)
MANY = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(12))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {MANY} }}"
SORTED = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6)) + " } ORDER BY ?a0 ?c5"
DOUBLING = (
    'SELECT (STRLEN(?x40) AS ?n) { BIND("0123456789" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
    + " }"
)
NESTED = "ASK { FILTER(" + "(" * 20_000 + "true" + ")" * 20_000 + ") }"


def never() -> bool:
    return False


def job(query: str, **more: Any) -> Frame:
    fields = {"query": query, "format": "json", "default_graphs": [], "named_graphs": []}
    return Frame({**fields, "limit": SMALL.result, "mark": False, **more})


def call(query: str, seconds: float = SMALL.seconds, **more: Any) -> PoolJob:
    return PoolJob(job(query), more.get("client", "me"), more.get("cost", 1), seconds, more.get("gone", never))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(Source((DATA,)), SMALL)
    made.start()
    yield made
    made.close()


def test_a_query_is_answered(pool: Pool) -> None:
    assert pool.run(call("ASK {}")).body == b'{"head":{},"boolean":true}'


@pytest.mark.parametrize(
    ("query", "limit"), [(ENDLESS, "time"), (SORTED, "memory"), (DOUBLING, "memory"), (NESTED, "engine")]
)
def test_a_runaway_query_meets_its_limit_and_the_next_one_is_answered(pool: Pool, query: str, limit: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        pool.run(call(query, 5.0 if limit == "memory" else SMALL.seconds))
    assert (caught.value.limit, caught.value.retry_after > 0) == (limit, True)
    assert pool.run(call("ASK {}")).head["rows"] == 1


def test_a_killed_worker_is_gone(pool: Pool) -> None:
    before = pool.state().get("workers_ended_time_total", 0.0)
    with pytest.raises(LimitExceeded):
        pool.run(call(ENDLESS, 0.5))
    assert pool.state()["workers_ended_time_total"] == before + 1
    assert pool.state()["workers_busy"] == 0


def test_a_hangup_ends_the_query(pool: Pool) -> None:
    started = time.monotonic()
    with pytest.raises(Hangup):
        pool.run(call(ENDLESS, 30.0, gone=lambda: time.monotonic() > started + 0.3))
    assert pool.state()["workers_ended_hangup_total"] >= 1


@pytest.mark.whole
def test_more_runaways_than_places_leave_room_for_a_short_query(pool: Pool) -> None:
    refusals: list[str] = []

    def run_away() -> None:
        try:
            pool.run(call(ENDLESS, 3.0, cost=3))
        except LimitExceeded as error:
            refusals.append(error.limit)

    threads = [threading.Thread(target=run_away) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert pool.run(call("ASK {}", 2.5, cost=0)).head["rows"] == 1
    assert any(thread.is_alive() for thread in threads), "the short query had to wait for all runaways"
    for thread in threads:
        thread.join()
    assert sorted(set(refusals)) == ["busy", "time"]
    assert len(refusals) == 8


@pytest.mark.parametrize("starved", [True, False])
def test_a_query_that_others_keep_from_the_processor_is_not_taken_for_a_long_one(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, *, starved: bool
) -> None:
    moved: list[Ticket] = []
    promote = Scheduler.promote

    def noted(lanes: Scheduler, ticket: Ticket) -> bool:
        moved.append(ticket)
        return promote(lanes, ticket)

    monkeypatch.setattr(Scheduler, "promote", noted)
    if starved:
        monkeypatch.setattr(Worker, "spent", lambda _: 0.0)
    with pytest.raises(LimitExceeded):
        pool.run(call(ENDLESS, 1.5))
    assert bool(moved) is not starved


def test_a_worker_tells_the_processor_time_of_its_last_job(pool: Pool) -> None:
    times: list[float] = []
    worker = pool._lease()
    worker.send(job(ENDLESS))
    for _ in range(2):
        time.sleep(0.3)
        times.append(worker.spent())
    pool._drop(worker, "time")
    assert 0 < times[0] < times[1]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:{port}/> { ?s ?p ?o } }",
        "ASK FROM <http://127.0.0.1:{port}/> { ?s ?p ?o }",
        "ASK FROM NAMED <http://127.0.0.1:{port}/> { GRAPH ?g { ?s ?p ?o } }",
    ],
)
def test_a_worker_cannot_reach_the_network_even_when_it_is_told_to(pool: Pool, query: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        pool.run(call(query.replace("{port}", str(listener.getsockname()[1]))))
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_answer_above_the_limit_is_refused_or_cut_at_a_whole_row(pool: Pool) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    assert pool.run(call(query)).head["error"] == "bytes"
    marked = PoolJob(job(query, mark=True, format="tsv"), "me", 1, 2.0, never)
    reply = pool.run(marked)
    assert reply.head["cut"] == "bytes"
    assert reply.head["rows"] == reply.body.count(b"\n") - 1 > 10
    assert reply.body.endswith(b"\n")
    assert len(reply.body) <= SMALL.result


def test_a_worker_that_died_while_idle_is_replaced_unnoticed(pool: Pool) -> None:
    pool.run(call("ASK {}"))
    for worker in list(pool._idle):
        os.kill(worker.pid, signal.SIGKILL)
    time.sleep(0.1)
    assert pool.run(call("ASK {}")).head["rows"] == 1


def test_a_new_build_is_taken_over_without_a_failed_query(pool: Pool, tmp_path: Path) -> None:
    other = tmp_path / "other.nq"
    other.write_text('<http://a.example/s> <http://a.example/p> "new" <http://a.example/g> .\n', "utf-8")
    failures: list[Exception] = []
    stop = threading.Event()

    def ask_on() -> None:
        while not stop.is_set():
            try:
                pool.run(call("SELECT ?o { ?s ?p ?o } LIMIT 1"))
            except (LimitExceeded, BackendError) as error:
                failures.append(error)

    asker = threading.Thread(target=ask_on)
    asker.start()
    assert pool.replace(Source((other,), version="2", edition="e")).graphs == {"http://a.example/g": 1}
    reply = pool.run(call("SELECT ?o { ?s ?p ?o }"))
    stop.set()
    asker.join()
    assert failures == []
    assert (reply.head["version"], reply.head["edition"], b"new" in reply.body) == ("2", "e", True)
    pool.replace(Source((DATA,)))


def test_a_build_that_cannot_be_read_leaves_the_old_one_in_use(pool: Pool, tmp_path: Path) -> None:
    broken = tmp_path / "broken.nq"
    broken.write_text("<a> nonsense", "utf-8")
    with pytest.raises(ConfigError, match=r"broken\.nq"):
        pool.replace(Source((broken,)))
    assert pool.run(call("ASK {}")).head["rows"] == 1


def test_missing_data_is_told_with_its_name(tmp_path: Path) -> None:
    absent = Pool(Source((tmp_path / "absent.nq",)), SMALL)
    with pytest.raises(ConfigError, match=r"absent\.nq"):
        absent.start()


def test_nothing_is_left_when_the_pool_is_closed() -> None:
    made = Pool(Source((DATA,)), SMALL)
    made.start()
    made.run(call("ASK {}"))
    pids = [worker.pid for worker in made._idle] + [made._keeper._process.pid]
    made.close()
    until = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def ticket(cost: int = 1, client: str = "me", seconds: float = 0.0) -> Ticket:
    return Ticket(client, cost, time.monotonic() + seconds, never)


def test_a_full_queue_turns_the_next_one_away() -> None:
    lanes = Scheduler(quick=1, long=1, waiting=0)
    lanes.enter(ticket())
    with pytest.raises(LimitExceeded, match="too many") as caught:
        lanes.enter(ticket(seconds=5))
    assert caught.value.limit == "busy"


def test_a_cheaper_query_takes_the_place_of_the_costliest_that_waits() -> None:
    lanes = Scheduler(quick=1, long=1, waiting=1)
    first, costly, cheap = ticket(), ticket(cost=3, seconds=20), ticket(cost=0, seconds=20)
    lanes.enter(first)
    lost: list[LimitExceeded] = []

    def enter_costly() -> None:
        try:
            lanes.enter(costly)
        except LimitExceeded as error:
            lost.append(error)

    one = threading.Thread(target=enter_costly)
    one.start()
    while not lanes.waiting:
        time.sleep(0.01)
    two = threading.Thread(target=lanes.enter, args=(cheap,))
    two.start()
    one.join(10)
    assert [error.limit for error in lost] == ["busy"]
    lanes.leave(first)
    two.join(10)
    assert cheap.lane is Lane.SHORT


def test_a_place_that_becomes_free_goes_to_the_cheapest_then_the_earliest() -> None:
    lanes = Scheduler(quick=1, long=1, waiting=9)
    first = ticket()
    lanes.enter(first)
    order: list[int] = []

    def wait_for(one: Ticket, number: int) -> None:
        lanes.enter(one)
        order.append(number)
        lanes.leave(one)

    threads = []
    for number, cost in enumerate([3, 1, 1, 0]):
        threads.append(threading.Thread(target=wait_for, args=(ticket(cost, f"c{number}", 20), number)))
        threads[-1].start()
        while lanes.waiting <= number:
            time.sleep(0.01)
    lanes.leave(first)
    for thread in threads:
        thread.join()
    assert order == [3, 1, 2, 0]


def test_a_long_query_moves_over_only_when_there_is_room() -> None:
    lanes = Scheduler(quick=2, long=1, waiting=0)
    one, two = ticket(), ticket()
    lanes.enter(one)
    lanes.enter(two)
    assert lanes.promote(one)
    assert not lanes.promote(two)
    lanes.leave(one)
    assert lanes.promote(two)


def test_a_client_with_many_queries_waits_behind_one_with_few() -> None:
    lanes = Scheduler(quick=6, long=1, waiting=0)
    greedy = [ticket(client="greedy") for _ in range(5)]
    for one in greedy:
        lanes.enter(one)
    modest = ticket(client="modest")
    lanes.enter(modest)
    assert modest.order < greedy[-1].order


def waiting(lanes: Scheduler, one: Ticket, lane: Lane, number: int = 1) -> threading.Thread:
    """Let a ticket wait for a place in a lane, in a thread of its own."""

    def wait() -> None:
        with contextlib.suppress(LimitExceeded):
            lanes.enter(one) if lane is Lane.SHORT else lanes.wait_long(one)

    thread = threading.Thread(target=wait)
    thread.start()
    while lanes.waiting < number:
        time.sleep(0.01)
    return thread


def test_who_has_held_a_long_place_makes_room_for_one_that_is_not_costlier() -> None:
    lanes = Scheduler(quick=3, long=1, waiting=4, hold=0.1)
    holder, costlier, equal = ticket(cost=2), ticket(cost=3, seconds=20), ticket(cost=2, seconds=20)
    lanes.enter(holder)
    assert lanes.promote(holder)
    lanes.enter(costlier)
    lanes.enter(equal)
    threads = [waiting(lanes, costlier, Lane.LONG)]
    time.sleep(0.15)
    lanes.check_held(holder)
    threads.append(waiting(lanes, equal, Lane.LONG, 2))
    with pytest.raises(Outbid) as caught:
        lanes.check_held(holder)
    assert (caught.value.limit, caught.value.retry_after > 0) == ("busy", True)
    lanes.leave(holder)
    threads[1].join(5)
    assert equal.lane is Lane.LONG
    lanes.leave(equal)
    threads[0].join(5)
    assert costlier.lane is Lane.LONG


def test_nobody_makes_room_before_the_time_is_over() -> None:
    lanes = Scheduler(quick=1, long=1, waiting=4, hold=30)
    holder, other = ticket(), ticket(seconds=0.3)
    lanes.enter(holder)
    lanes.promote(holder)
    lanes.enter(other)
    thread = waiting(lanes, other, Lane.LONG)
    lanes.check_held(holder)
    assert (holder.lane, other.lane) == (Lane.LONG, None)
    thread.join(5)


@pytest.mark.parametrize(
    ("cost", "used", "leaves"), [(1, 0.05, False), (1, 0.2, True), (3, 0.05, True), (3, 0.01, False), (0, 0.2, False)]
)
def test_the_costliest_or_who_had_enough_makes_room_in_the_short_lane(cost: int, used: float, *, leaves: bool) -> None:
    lanes = Scheduler(quick=3, long=1, waiting=4)
    here, cheap, costly = ticket(cost), ticket(0), ticket(3)
    here.used, cheap.used, costly.used = used, 0.3, 0.02
    for one in (here, cheap, costly):
        lanes.enter(one)
    assert not lanes.pressed(here, 0.1), "nobody waits"
    thread = waiting(lanes, ticket(1, seconds=0.2), Lane.SHORT)
    assert lanes.pressed(here, 0.1) is leaves
    thread.join(5)


def test_queries_that_wait_for_a_long_place_take_no_room_from_those_that_wait_for_a_short_one() -> None:
    lanes = Scheduler(quick=2, long=0, waiting=1)
    moved, holder, newcomer, last = ticket(seconds=0.4), ticket(), ticket(), ticket(seconds=0.2)
    lanes.enter(moved)
    lanes.enter(holder)
    threads = [waiting(lanes, moved, Lane.LONG)]
    lanes.enter(newcomer)
    assert newcomer.lane is Lane.SHORT
    threads.append(waiting(lanes, last, Lane.SHORT, 2))
    assert [moved.evicted, last.evicted] == [False, False]
    for thread in threads:
        thread.join(5)


def test_a_costly_query_gets_the_processor_last(pool: Pool) -> None:
    seen: list[int] = []

    def look() -> bool:
        seen.extend(os.getpriority(os.PRIO_PROCESS, worker.pid) for worker in pool._leased)
        return len(seen) > 2

    with pytest.raises(Hangup):
        pool.run(call(ENDLESS, 5.0, cost=3, gone=look))
    assert set(seen) == {5}


def test_the_processor_time_of_a_worker_is_known(pool: Pool) -> None:
    used: list[float] = []

    def look() -> bool:
        used.extend(worker.spent() for worker in pool._leased)
        return used[-1] > used[0] + 0.1

    with pytest.raises(Hangup):
        pool.run(call(ENDLESS, 20.0, gone=look))
    assert 0 <= used[0] < used[-1] < 20


@pytest.mark.whole
def test_a_query_of_half_a_second_is_answered_beside_runaways_without_end(pool: Pool) -> None:
    medium = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(6))} }}"
    pool.run(call(medium, 20.0))
    stop = threading.Event()

    def run_away() -> None:
        while not stop.is_set():
            with contextlib.suppress(LimitExceeded):
                pool.run(call(ENDLESS, 2.0, cost=3))
            time.sleep(0.02)

    threads = [threading.Thread(target=run_away) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert pool.run(call(medium, 6.0, cost=2)).head["rows"] == 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def keeper_of(pool: Pool) -> int:
    return pool._keeper._process.pid


def kill_keeper(pool: Pool) -> int:
    """Kill the keeper and wait until it and its idle workers are dead; give its process id."""
    dead = keeper_of(pool)
    os.kill(dead, signal.SIGKILL)
    os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)
    assert all(worker.wait(5) for worker in pool._idle)
    return dead


@pytest.mark.parametrize("asked_first", ["health", "query"])
def test_a_keeper_that_was_killed_is_started_again(asked_first: str) -> None:
    made = Pool(Source((DATA,)), SMALL)
    made.start()
    dead = kill_keeper(made)
    if asked_first == "health":
        assert made.ready()
    assert made.run(call("ASK {}")).head["rows"] == 1
    assert made.ready()
    assert keeper_of(made) != dead
    assert made.state()["workers_ended_keeper_total"] == 1
    made.close()


def test_a_keeper_is_not_started_again_over_data_that_changed(tmp_path: Path) -> None:
    data = tmp_path / "data.nq"
    data.write_text("<x:s> <x:p> <x:o> <x:g> .\n", "utf-8")
    made = Pool(Source((data,)), SMALL)
    made.start()
    data.write_text("<x:s> <x:p> <x:o> <x:g> .\n<x:s> <x:p> <x:q> <x:g> .\n", "utf-8")
    kill_keeper(made)
    with pytest.raises(BackendError, match="changed"):
        made.run(call("ASK {}"))
    assert not made.ready()
    made.replace(Source((data,)))
    assert made.run(call("ASK {}")).head["rows"] == 1
    assert made.ready()
    made.close()


HIDDEN = """
import ctypes, socket
import pyoxigraph as ox
from cartkg.sparql.pool.fork_server import ForkServer
from cartkg.sparql.pool.stores import Stores
dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
before = dumpable()
ForkServer(socket.socketpair()[0], Stores(ox.Store()), 1)
print(before, dumpable())
"""


def test_a_keeper_hides_its_memory() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", HIDDEN], capture_output=True, text=True, check=True)
    assert done.stdout == "1 0\n"


@pytest.mark.whole
def test_loading_has_a_limit_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data.nq"
    data.touch()
    before = resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.setattr(
        loading, "_load_file", lambda *_, **__: bytearray(3 * 1024**3)
    )  # of zeros, so no memory is taken
    with pytest.raises(MemoryError):
        loading.load(Source((data,)))
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    with data.open("wb") as file:
        file.truncate(64 * 1024**2)
    loading.load(Source((data,), union=False))


def test_loading_has_no_limit_of_time_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cartkg.sparql.pool.fork_client._LOGGED_SECONDS", 0.01)
    data = tmp_path / "data.nt"
    data.write_text("".join(f"<http://e/{number}> <http://e/p> <http://e/o> .\n" for number in range(1000)), "utf-8")
    pool = Pool(Source((data,)), Limits())
    try:
        with caplog.at_level(logging.INFO, "cartkg.loading"):
            assert pool.start().graphs == {"https://w3id.org/cartkg/graph/data": 1000}
    finally:
        pool.close()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) > 3
    assert all(re.fullmatch(r"loading: \d+ s so far, \d+ MiB of memory in use", line) for line in lines)


def test_the_kernel_ends_a_worker_before_its_keeper_when_memory_is_used_up(pool: Pool) -> None:
    pool.run(call("ASK {}"))
    score = Path(f"/proc/{pool._idle[-1].pid}/oom_score_adj").read_text("ascii")
    assert int(score) > int(Path(f"/proc/{keeper_of(pool)}/oom_score_adj").read_text("ascii"))
