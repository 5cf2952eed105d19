"""The whole attack suite against a running `cartkg serve`: nothing falls, nothing leaks, all within bounds."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.attack.attacks import DEADLINE, Target
from tests.attack.backends import hostile
from tests.attack.everything import ALL
from tests.attack.lines import crowd
from tests.live import Live, in_front_of, serving

from cartkg.sparql.pool.jobs import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.attack.attacks import Attack

LIMITS = Limits()

#: What the whole service may take while it is attacked, in bytes (proportional set size): each place of the
#: two lanes with its memory, and the server and keeper.
BOUND = (LIMITS.quick + LIMITS.long) * LIMITS.memory + 400 * 1024**2
QUIET = 150 * 1024**2

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--timeout", str(DEADLINE)) as server:
        yield server


def test_there_are_at_least_sixty_attacks_with_names_of_their_own() -> None:
    assert len({(one.group, one.name) for one in ALL}) == len(ALL) >= 60


@pytest.mark.parametrize("attack", ALL, ids=lambda one: f"{one.group}: {one.name}")
def test_the_endpoint_withstands(live: Live, attack: Attack) -> None:
    assert not attack.play(Target(live.port))
    assert live.process.poll() is None


def test_memory_stays_in_bounds_and_processors_are_free_again_after_a_crowd(live: Live) -> None:
    assert not crowd(20)(Target(live.port))
    assert live.memory() < BOUND
    time.sleep(2.0)
    before = _processor_ticks(live)
    time.sleep(1.0)
    assert _processor_ticks(live) - before < 20
    assert live.memory() < QUIET


def test_nothing_of_an_attack_was_an_unexpected_error(live: Live) -> None:
    assert live.metric('queries_total{outcome="failed"}') == 0


@pytest.mark.parametrize("name", ["silence", "a drip of a body"])
def test_a_crowd_of_queries_that_wait_for_a_slow_service_keeps_nobody_else_waiting(name: str) -> None:
    with hostile() as foe, serving("--timeout", str(DEADLINE), "--allow-service", foe.url) as server:
        query = f'SELECT * {{ SERVICE <{foe.url}> {{ ?x ?y "case-{name}-" }} }}'
        assert not crowd(200, query, {429, 502, 503})(Target(server.port))


@pytest.mark.parametrize("name", ["silence", "a drip of a body"])
def test_a_crowd_of_queries_that_wait_for_a_slow_backend_leaves_the_server_able_to_tell(name: str) -> None:
    with hostile() as foe, in_front_of(foe.url) as server:
        query = f"SELECT * {{ ?x ?y ?z }} # case-{name}-"
        threads = [threading.Thread(target=Target(server.port).post, args=(query, 12)) for _ in range(200)]
        for thread in threads:
            thread.start()
        assert server.request("GET", "/health").status == 200
        for thread in threads:
            thread.join()
        assert foe.held == 0


def _processor_ticks(live: Live) -> int:
    total = 0
    for pid in live.family():
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total
