"""Integer programmes of a count: exact, bounded in time, and silent."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from cartkg.errors import BackendError
from cartkg.synthesis.counting import programmes
from cartkg.synthesis.counting.programmes import Least, Programme, least

#: SciPy's names for an infeasible and an unbounded programme.
_INFEASIBLE, _UNBOUNDED = 2, 3


def programme(rows: list[list[float]], lows: list[float], highs: list[float]) -> Programme:
    return Programme(np.array(rows, dtype=float), lows, highs)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Programme, list[int]]:
    columns = draw(st.integers(1, 6))
    number = st.integers(-1, 2)
    rows = draw(st.lists(st.lists(number, min_size=columns, max_size=columns), min_size=1, max_size=5))
    lows = [draw(st.integers(0, 5)) for _ in rows]
    highs = [draw(st.one_of(st.just(math.inf), st.integers(low, low + 9))) for low in lows]
    cost = draw(st.lists(st.integers(-2, 3), min_size=columns, max_size=columns))
    return programme([[float(each) for each in row] for row in rows], [*map(float, lows)], highs), cost


@given(drawn())
def test_the_least_cost_is_that_of_scipy(case: tuple[Programme, list[int]]) -> None:
    held, cost = case
    peer = milp(
        np.array(cost, dtype=float),
        constraints=LinearConstraint(held.matrix, held.lows, held.highs),
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, 12),  # SciPy's HiGHS may search an unbounded programme for ever
    )
    found = least(Programme(held.matrix, held.lows, held.highs, most=12), np.array(cost, dtype=float))
    assert found.is_feasible == (peer.status != _INFEASIBLE)
    if peer.status == 0:
        assert found.bound == pytest.approx(peer.fun)
        assert found.values is not None
        assert np.dot(cost, found.values) == pytest.approx(peer.fun)


def test_a_programme_that_nothing_bounds_has_no_bound() -> None:
    found = least(programme([[1, -1]], [0], [math.inf]), np.array([-1.0, 0.0]))
    assert (found.bound, found.is_feasible) == (-math.inf, True)


def test_a_programme_without_a_solution_is_not_feasible() -> None:
    assert least(programme([[2]], [1], [1]), np.array([1.0])) == Least(math.inf, None, is_feasible=False)


def test_a_condition_without_end_is_refused() -> None:
    with pytest.raises(BackendError, match="HiGHS cannot solve"):
        least(programme([[math.inf]], [0], [1]), np.array([1.0]))
    assert least(programme([[1]], [0], [1]), np.array([1.0])).bound == 0, "the next is solved"


def test_a_programme_that_takes_too_long_gives_a_bound_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    hard = Programme(random.integers(0, 50, (4, 25)).astype(float), np.full(4, 300.0), np.full(4, 310.0), most=3)
    cost = random.integers(1, 50, 25).astype(float)
    exact = least(hard, cost)
    monkeypatch.setattr(programmes, "_SECONDS", 0.0)
    stopped = least(hard, cost)
    assert stopped.bound <= (exact.bound if exact.is_feasible else math.inf)
    monkeypatch.undo()
    assert least(programme([[1]], [2], [3]), np.array([1.0])).bound == 2, "its clock does not stop the next"


def test_threads_have_solvers_of_their_own() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda low: least(programme([[1, 1]], [low], [99]), np.ones(2)).bound, range(50)))
    assert found == list(range(50))


def test_nothing_is_written_to_standard_output() -> None:
    code = (
        "import numpy as np\n"
        "from cartkg.synthesis.counting.programmes import Programme, least\n"
        "least(Programme(np.ones((1, 2)), [1.0], [2.0]), np.ones(2))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (ran.stdout, ran.stderr) == (b"", b"")
