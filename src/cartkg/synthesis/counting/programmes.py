"""Solve small integer programmes by HiGHS (Huangfu and Hall 2018, Math Program Comput 10:119).

They have a few dozen unknowns, so the steps that pay off in large ones (presolve, heuristics before the root, threads)
are off: they take most of the time here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import local
from typing import TYPE_CHECKING

import numpy as np
from highspy import Highs, HighsLp, HighsModelStatus, HighsStatus, HighsVarType, MatrixFormat

from cartkg.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Seconds for one programme.
_SECONDS = 1.0
_OPTIONS: dict[str, bool | float | str] = {
    "output_flag": False,
    "threads": 1,
    "presolve": "off",
    "mip_rel_gap": 0.0,
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_feasibility_jump": False,
}
#: How HiGHS ends with an answer, or with a bound that holds.
_ANSWERED = (
    HighsModelStatus.kOptimal,
    HighsModelStatus.kUnbounded,
    HighsModelStatus.kUnboundedOrInfeasible,
    HighsModelStatus.kTimeLimit,
)
#: The solver of each thread: making one takes longer than most programmes.
_HELD = local()


@dataclass(frozen=True, slots=True)
class Programme:
    """Unknown whole numbers and what they must satisfy: `lows <= matrix @ unknowns <= highs`.

    Attributes:
        matrix: a row for each condition, a column for each unknown.
        lows: least value of each row; minus infinity when nothing bounds it.
        highs: largest value of each row; infinity when nothing bounds it.
        most: largest value of each unknown; the least is zero.
    """

    matrix: NDArray[np.float64]
    lows: Sequence[float] | NDArray[np.float64]
    highs: Sequence[float] | NDArray[np.float64]
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Least:
    """The least cost that a programme allows.

    Attributes:
        bound: no solution costs less; minus infinity when that is not known.
        values: the unknowns of the best solution found; None when none was.
        is_feasible: False when no solution exists.
    """

    bound: float
    values: tuple[float, ...] | None
    is_feasible: bool = True


def least(programme: Programme, cost: NDArray[np.float64]) -> Least:
    """Minimise the cost of the unknowns, for a second at most.

    Args:
        programme: what they must satisfy.
        cost: of one of each unknown.

    Raises:
        BackendError: HiGHS cannot solve it.
    """
    solver = _solver()
    solver.setOptionValue("time_limit", solver.getRunTime() + _SECONDS)  # its clock runs on from programme to programme
    accepted = solver.passModel(_model(programme, cost))
    solver.run()
    status = solver.getModelStatus()
    if status == HighsModelStatus.kInfeasible:
        return Least(math.inf, None, is_feasible=False)
    if accepted == HighsStatus.kError or status not in _ANSWERED:
        raise BackendError(f"HiGHS cannot solve a programme of the count: {solver.modelStatusToString(status)}")
    info, solution = solver.getInfo(), solver.getSolution()
    optimal = status == HighsModelStatus.kOptimal
    bound = info.objective_function_value if optimal else info.mip_dual_bound
    found = tuple(solution.col_value) if solution.value_valid else None
    return Least(bound if math.isfinite(bound) else -math.inf, found)


def _solver() -> Highs:
    solver: Highs | None = getattr(_HELD, "solver", None)
    if solver is None:
        solver = _HELD.solver = Highs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS.items():
            solver.setOptionValue(name, value)
    return solver


def _model(programme: Programme, cost: NDArray[np.float64]) -> HighsLp:
    rows, columns = programme.matrix.shape
    at_column, at_row = np.nonzero(programme.matrix.T)
    model = HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.full(columns, programme.most)
    model.row_lower_, model.row_upper_ = np.asarray(programme.lows, float), np.asarray(programme.highs, float)
    model.a_matrix_.format_ = MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(at_column, np.arange(columns + 1)).astype(np.int32)
    model.a_matrix_.index_ = at_row.astype(np.int32)
    model.a_matrix_.value_ = programme.matrix[at_row, at_column]
    model.integrality_ = [HighsVarType.kInteger] * columns
    return model
