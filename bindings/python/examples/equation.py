"""Solve an equation, and find an unknown number of it from measurements.

    python equation.py [--steps 2000]

The heat equation u_t = k u_xx with an unknown conductivity k, and noisy measurements of u at 200 points.
"""

import argparse

import numpy as np
import sinefield as sf

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--steps", type=int, default=2000)
options = arguments.parse_args()

true_k = 0.2


def exact(t, x):
    """The solution that starts as sin(pi x). It takes numbers, arrays and expressions."""
    return np.exp(-true_k * np.pi**2 * t) * np.sin(np.pi * x)


random = np.random.default_rng(0)
at_t, at_x = random.uniform(0, 1, 200), random.uniform(0, 1, 200)
measured = exact(at_t, at_x) + 0.01 * random.standard_normal(200)

t, x = sf.coordinates("t", "x")
u = sf.field("u", t, x, hidden=32, layers=2, omega=4, first_omega=4)
k = sf.trainable("k", 1.0)

inside = sf.Box(t=(0, 1), x=(0, 1))
problem = sf.Problem([
    sf.Constraint(sf.d(u, t) - k * sf.d(u, x, x), inside, samples=1024, name="heat"),
    # With a small weight, u bends to a wrong k instead of k to the measurements.
    sf.Constraint(u - sf.data("measured", measured), sf.Points(t=at_t, x=at_x), weight=300, name="data"),
])
print(problem.plan(steps=options.steps))

solution = problem.solve(steps=options.steps, lr=3e-3)
print(solution.words)
print(f"k is {solution.trainable['k']:.3f}; the measurements were made with {true_k}")

grid = np.stack(np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21), indexing="ij"), axis=-1)
error = solution.u(grid)[..., 0] - exact(grid[..., 0], grid[..., 1])
print(f"largest error of u: {np.abs(error).max():.3f}")
