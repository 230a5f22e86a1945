"""Solving: errors against known solutions, stages, and rows that no memory holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sinefield as sf

SMALL: dict[str, Any] = {"hidden": 8, "layers": 1, "omega": 3, "first_omega": 3}
UNKNOWNS = (8 + 8) + (8 * 8 + 8) + (8 + 1)
PLACES = np.linspace(0, 1, 9)


def line(**more: Any) -> sf.Problem:
    """A field that has the values of sin(2 x) at nine places."""
    x = sf.coordinates("x")
    u = sf.field("u", x, **SMALL)
    return sf.Problem([sf.Constraint(u - sf.sin(2 * x), sf.Grid(x=(0, 1, 9)))], **more)


def relative(found: Any, wanted: Any) -> float:
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def test_the_error_is_that_against_the_known_solution(tmp_path: Path) -> None:
    x = sf.coordinates("x")
    problem = line(exact={"u": np.sin(2 * x)})
    steps: list[sf.Step] = []
    solution = problem.solve(optimizer="gauss-newton", steps=5, on_step=steps.append)
    wanted = relative(solution.u(PLACES, precision="f64")[:, 0], np.sin(2 * PLACES))
    assert wanted < 1e-3 and np.isclose(solution.error, wanted, rtol=1e-6)
    assert steps[-1].error == solution.error
    # The words have no zero before an exponent of one digit.
    assert f"relative L2 error {wanted:.2e}".replace("e-0", "e-") in solution.words
    assert np.array_equal(solution.history["error"], np.array([step.error for step in steps], dtype=float))
    # The mean square of the difference at the places is also the loss before the next step.
    squares = solution.history["error"][:-1] ** 2 * np.mean(np.sin(2 * PLACES) ** 2)
    assert np.allclose(squares, solution.history["loss"][1:], rtol=1e-2, atol=0)

    problem.save(tmp_path / "p.toml")
    read = sf.Problem.from_toml(tmp_path / "p.toml").solve(optimizer="gauss-newton", steps=5)
    assert read.error == solution.error
    without = line().solve(optimizer="gauss-newton", steps=1, on_step=steps.append)
    assert steps[-1].error is None and "error" not in without.numbers and "error" not in without.history


def test_an_output_may_have_the_known_solution() -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, outputs=["p", "q"], **SMALL)
    problem = sf.Problem([sf.Constraint(u - [x, 1], sf.Grid(x=(0, 1, 9)))], exact={"q": np.exp(x)})
    solution = problem.solve(steps=2)
    wanted = relative(solution.u(PLACES, precision="f64")[:, 1], np.exp(PLACES))
    assert np.isclose(solution.error, wanted, rtol=1e-6)
    with pytest.raises(ValueError, match='exact solution of "r": there is no such field or output'):
        sf.Problem([sf.Constraint(u, sf.Grid(x=(0, 1, 9)))], exact={"r": x})


def test_stages_are_solved_one_after_the_other(tmp_path: Path, command: Callable[..., str]) -> None:
    stages = [{"optimizer": "adam", "steps": 20, "rate": 1e-2}, {"optimizer": "gauss-newton", "steps": 5}]
    problem = line(fit={"stage": stages})
    assert problem.plan().numbers["optimizer"] == "adam, gauss-newton"
    steps: list[sf.Step] = []
    solution = problem.solve(on_step=steps.append)
    assert solution.steps == len(steps) == 25
    assert all(step.rows is None and step.rate for step in steps[:20])
    assert all(step.rows == 9 and step.damping and step.rate is None for step in steps[20:])
    loss = solution.history["loss"]
    assert loss[20] < 0.5 * loss[0] and solution.final_loss < 1e-3 * loss[20]

    problem.save(tmp_path / "p.toml")
    told = json.loads(command("solve", "p.toml", "-o", "f.safetensors", "--json", "--quiet", cwd=tmp_path))
    assert told["final_loss"] == solution.final_loss and told["losses"] == solution.losses
    assert np.array_equal(sf.load(tmp_path / "f.safetensors").parameters, solution.u.parameters)
    with pytest.raises(ValueError, match="stage is an empty list; give at least one stage, or leave it out"):
        line(fit={"stage": []})


def test_rows_beyond_the_memory_are_refused() -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, **SMALL)
    count = 10**14
    problem = sf.Problem([sf.Constraint(sf.d(u, x) - u, sf.Box(x=(0, 1)), samples=count)])
    words = f"there is no memory for {count} residual rows of {UNKNOWNS} unknowns "
    with pytest.raises(ValueError, match=words):
        problem.solve(optimizer="gauss-newton")
    # A matrix of float64, in units of 2^20 bytes.
    with pytest.raises(ValueError, match=rf"{words}\({count * UNKNOWNS * 8 // 2**20} MB\)"):
        problem.jacobian(problem.fields()["u"])
