"""The problems of equations.py, once for all contestants: points, residuals, networks and exact solutions.

A residual is a function `(x, u, d, m)` of columns. `x[i]` is a coordinate and `u[k]` an output of the network at all points.
`d(k, i)` and `d(k, i, j)` are derivatives of output k. `m` is the module of functions: numpy, torch or jax.numpy. The
constraints, weights and counts of points are those of the files in `problems/`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Constraint:
    """A residual, where it holds, and how much it weighs."""

    residual: Callable
    points: Callable[[np.random.Generator], np.ndarray]
    weight: float = 1.0


@dataclass(frozen=True)
class Problem:
    """An equation with a known solution."""

    file: str
    box: list[tuple[float, float]]
    hidden: int
    layers: int
    omega: float
    first_omega: float
    outputs: int
    exact: Callable
    constraints: list[Constraint]

    def places(self) -> np.ndarray:
        """The points of the error: 101 along each of two coordinates, or 10,000 at random of more."""
        low, high = np.array(self.box).T
        if len(self.box) == 2:
            axes = np.meshgrid(*(np.linspace(*side, 101) for side in self.box), indexing="ij")
            return np.stack([axis.ravel() for axis in axes], 1)
        return low + (high - low) * np.random.default_rng(0).random((10_000, len(self.box)))

    def error(self, values: np.ndarray) -> float:
        """The relative L2 error of the values `(points, outputs)` at these places."""
        wanted = np.stack(self.exact(self.places().T, np), 1)
        return float(np.linalg.norm(values - wanted) / np.linalg.norm(wanted))


def inside(count: int, box: list) -> Callable[[np.random.Generator], np.ndarray]:
    """Uniform points of a box. A number in place of a side fixes that coordinate."""
    sides = [side if isinstance(side, tuple) else (side, side) for side in box]
    low, high = np.array(sides, dtype=float).T
    return lambda rng: low + (high - low) * rng.random((count, len(sides)))


def boundary(count: int, box: list) -> Callable[[np.random.Generator], np.ndarray]:
    """Uniform points of the faces of a cube."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        points = inside(count, box)(rng)
        axis, end = rng.integers(len(box), size=count), rng.integers(2, size=count)
        points[np.arange(count), axis] = np.array(box)[axis, end]
        return points

    return draw


PI = float(np.pi)


def waves() -> Problem:
    square = [(-1, 1), (-1, 1)]

    def exact(x, m):
        return [m.sin(4 * PI * x[0]) * m.sin(4 * PI * x[1])]

    def equation(x, u, d, m):
        return [(d(0, 0, 0) + d(0, 1, 1)) / (32 * PI**2) + exact(x, m)[0]]

    constraints = [
        Constraint(equation, inside(1500, square)),
        Constraint(lambda x, u, d, m: [u[0]], boundary(300, square)),
    ]
    return Problem("poisson-waves.toml", square, 64, 2, 6, 6, 1, exact, constraints)


def five() -> Problem:
    cube = [(0, 1)] * 5

    def exact(x, m):
        return [sum(m.cos(PI * x[i]) for i in range(5))]

    constraints = [
        Constraint(lambda x, u, d, m: [sum(d(0, i, i) for i in range(5)) / PI**2 + exact(x, m)[0]], inside(2000, cube)),
        Constraint(lambda x, u, d, m: [u[0] - exact(x, m)[0]], boundary(400, cube), 10),
    ]
    return Problem("poisson-5d.toml", cube, 56, 3, 1, 1, 1, exact, constraints)


def burgers() -> Problem:
    nu, a, c = 0.1, 0.5, 0.4

    def exact(x, m):
        return [c - a * m.tanh(a * (x[1] - c * x[0]) / (2 * nu))]

    def rest(x, u, d, m):
        return [u[0] - exact(x, m)[0]]

    constraints = [
        Constraint(lambda x, u, d, m: [d(0, 0) + u[0] * d(0, 1) - nu * d(0, 1, 1)], inside(1024, [(0, 1), (-1, 1)])),
        Constraint(rest, inside(128, [0, (-1, 1)]), 10),
        Constraint(rest, inside(64, [(0, 1), -1]), 10),
        Constraint(rest, inside(64, [(0, 1), 1]), 10),
    ]
    return Problem("burgers.toml", [(0, 1), (-1, 1)], 64, 2, 6, 6, 1, exact, constraints)


def helmholtz() -> Problem:
    k, slope = 6.0, (0.6, 0.8)
    square = [(-1, 1), (-1, 1)]

    def exact(x, m):
        phase = k * (slope[0] * x[0] + slope[1] * x[1])
        return [m.cos(phase), m.sin(phase)]

    def outwards(axis, sign):
        # The derivative outwards of u - e, over k, minus i (u - e); e is the wave, with de/dx = i k p e.
        def residual(x, u, d, m):
            e = exact(x, m)
            of_e = (-slope[axis] * e[1], slope[axis] * e[0])
            return [
                sign * (d(0, axis) / k - of_e[0]) + (u[1] - e[1]),
                sign * (d(1, axis) / k - of_e[1]) - (u[0] - e[0]),
            ]

        return residual

    def equation(x, u, d, m):
        return [(d(part, 0, 0) + d(part, 1, 1)) / k**2 + u[part] for part in (0, 1)]

    sides = [(0, -1, [-1, (-1, 1)]), (0, 1, [1, (-1, 1)]), (1, -1, [(-1, 1), -1]), (1, 1, [(-1, 1), 1])]
    edges = [Constraint(outwards(axis, sign), inside(48, box)) for axis, sign, box in sides]
    constraints = [Constraint(equation, inside(600, square)), *edges]
    return Problem("helmholtz.toml", square, 64, 2, 6, 6, 2, exact, constraints)


PROBLEMS = {"poisson": waves, "poisson-5d": five, "burgers": burgers, "helmholtz": helmholtz}


def weights(problem: Problem, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """New weights `(in, out)` and biases of the sine network, by the rule of the SIREN code."""
    rng = np.random.default_rng(seed)
    widths = [len(problem.box)] + [problem.hidden] * (problem.layers + 1) + [problem.outputs]
    made = []
    for layer, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        bound = 1 / fan_in if layer == 0 else np.sqrt(6 / fan_in) / problem.omega
        bias = rng.uniform(-1, 1, fan_out) / np.sqrt(fan_in)
        made.append((rng.uniform(-bound, bound, (fan_in, fan_out)), bias))
    return made


def scaled(problem: Problem, x):
    """Coordinates in [-1, 1], which the network takes."""
    low, high = np.array(problem.box, dtype=float).T
    return (x - low) * (2 / (high - low)) - 1


class Course:
    """The values of a fit at a growing list of moments, and the clock, which stands while they are taken."""

    def __init__(self, problem: Problem, budget: float):
        import time

        self.now, self.problem, self.budget = time.perf_counter, problem, budget
        self.start, self.away, self.next = self.now(), 0.0, 0.5
        self.seconds: list[float] = []
        self.values: list[np.ndarray] = []

    def elapsed(self) -> float:
        return self.now() - self.start - self.away

    def see(self, values: Callable[[np.ndarray], np.ndarray], last: bool = False) -> bool:
        """Takes the values if it is time. Returns whether the budget is spent."""
        spent = self.elapsed()
        if spent >= self.next or last:
            before = self.now()
            self.seconds.append(spent)
            self.values.append(values(self.problem.places()))
            self.next = max(1.15 * spent, spent + 0.5)
            self.away += self.now() - before
        return spent >= self.budget

    def save(self, name: str) -> None:
        np.savez(name, seconds=np.array(self.seconds), values=np.array(self.values))
