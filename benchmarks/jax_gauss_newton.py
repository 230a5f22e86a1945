"""Gauss-Newton in sample space with momentum (SPRING) in JAX, in float64, for the problems of equations.py.

    python3 jax_gauss_newton.py PROBLEM SECONDS SEED OUT.npz

With rows r of all constraints at the points of a step, their Jacobian J and the last update p, a step is
`z = r - m J p`, `p = m p + J' (J J' + l I)^-1 z`, `theta = theta - eta p`, where eta is the best of 1, 1/2, 1/4, ..
(Goldshlager, Abrahamsen & Lin 2024; Guzman-Cordero et al. 2025). l is a fraction of the mean diagonal of the kernel, which
falls after a whole step and rises after a short one.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from equation_problems import PROBLEMS, Course, scaled, weights

jax.config.update("jax_enable_x64", True)
MOMENTUM, DAMPING, HALVINGS = 0.3, (1e-14, 1e-10, 1.0), 12


def main():
    name, seconds, seed, out = sys.argv[1:]
    problem, rng = PROBLEMS[name](), np.random.default_rng(int(seed))
    start, unravel = ravel_pytree([tuple(map(jnp.asarray, pair)) for pair in weights(problem, int(seed))])

    def network(theta, x):
        layers, h = unravel(theta), scaled(problem, x)
        for at, (weight, bias) in enumerate(layers[:-1]):
            h = jnp.sin((problem.omega if at else problem.first_omega) * (h @ weight + bias))
        return h @ layers[-1][0] + layers[-1][1]

    def rows_at(constraint, theta, x):
        """The rows of one point, without their share."""
        jet = {}

        def d(k, *axes):
            if len(axes) not in jet:
                of = jax.jacfwd(lambda x: network(theta, x))
                jet[len(axes)] = (of if len(axes) == 1 else jax.jacfwd(of))(x)
            return jet[len(axes)][(k, *axes)]

        return jnp.stack(constraint.residual(x, network(theta, x), d, jnp))

    def rows(theta, points):
        def of(constraint, x):
            share = np.sqrt(constraint.weight / len(x))
            return share * jax.vmap(lambda x: rows_at(constraint, theta, x))(x).ravel()

        return jnp.concatenate([of(*pair) for pair in zip(problem.constraints, points)])

    def jacobian(theta, points):
        def of(constraint, x):
            share = np.sqrt(constraint.weight / len(x))
            each = jax.vmap(jax.jacrev(lambda theta, x: rows_at(constraint, theta, x)), (None, 0))(theta, x)
            return share * each.reshape(-1, theta.size)

        return jnp.concatenate([of(*pair) for pair in zip(problem.constraints, points)])

    @jax.jit
    def update(theta, last, damping, points):
        r, j = rows(theta, points), jacobian(theta, points)
        kernel = j @ j.T
        kernel += damping * jnp.trace(kernel) / len(r) * jnp.eye(len(r))
        solved = jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(kernel), r - MOMENTUM * (j @ last))
        return r @ r, MOMENTUM * last + j.T @ solved

    @jax.jit
    def loss(theta, points):
        r = rows(theta, points)
        return r @ r

    values = jax.jit(network)
    theta, last, damping = start, jnp.zeros_like(start), DAMPING[1]
    course, steps = Course(problem, float(seconds)), 0
    while not course.see(lambda x: np.asarray(values(theta, x))):
        points = [constraint.points(rng) for constraint in problem.constraints]
        before, step = update(theta, last, damping, points)
        best, least = 0.0, float(before)
        for eta in 0.5 ** np.arange(HALVINGS):
            found = float(loss(theta - eta * step, points))
            if found < least:
                best, least = eta, found
            elif best:
                break
        theta, last = (theta - best * step, step) if best else (theta, jnp.zeros_like(step))
        damping = float(np.clip(damping / 3 if best == 1 else damping * 2, DAMPING[0], DAMPING[2]))
        steps += 1
    course.see(lambda x: np.asarray(values(theta, x)), last=True)
    course.save(out)
    print(f"{steps} steps, loss {least:.2e}")


if __name__ == "__main__":
    main()
