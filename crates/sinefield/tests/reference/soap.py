"""Writes soap.json: steps of SOAP in float64, from its published recurrence (arXiv 2409.11321, algorithm 3) in plain NumPy.

The gradients are given, not those of a loss. Shapes are such that no factor has an eigenvalue twice, since the eigenvectors
are then not unique.
"""

import json
from pathlib import Path

import numpy as np

SHAPES = [(3, 2), 5, (2, 3), (4, 4), (1, 2), 1]
BETA1, BETA2, EPSILON, RATE, REFRESH, STEPS = 0.8, 0.95, 1e-6, 0.01, 3, 25


def refreshed(factor, basis):
    """The basis after a power iteration, and the order in which its columns were taken."""
    order = np.argsort(-np.diag(basis.T @ factor @ basis), kind="stable")
    return np.linalg.qr(factor @ basis[:, order])[0], order


def matrix_steps(theta, gradients):
    rows, columns = theta.shape
    left, right = np.zeros((rows, rows)), np.zeros((columns, columns))
    mean, square = np.zeros(theta.shape), np.zeros(theta.shape)
    for t, g in enumerate(gradients):
        if t > 0:
            mean = BETA1 * mean + (1 - BETA1) * g
            square = BETA2 * square + (1 - BETA2) * (q_left.T @ g @ q_right) ** 2
            m = q_left.T @ mean @ q_right / (1 - BETA1**t)
            v = square / (1 - BETA2**t)
            theta = theta - RATE * q_left @ (m / (np.sqrt(v) + EPSILON)) @ q_right.T
        left = BETA2 * left + (1 - BETA2) * g @ g.T
        right = BETA2 * right + (1 - BETA2) * g.T @ g
        if t == 0:
            q_left, q_right = (np.linalg.eigh(factor)[1][:, ::-1] for factor in (left, right))
        elif t % REFRESH == 0:
            (q_left, of_rows), (q_right, of_columns) = refreshed(left, q_left), refreshed(right, q_right)
            square = square[of_rows][:, of_columns]
        yield theta


def plain_steps(theta, gradients):
    mean, square = np.zeros(theta.shape), np.zeros(theta.shape)
    for t, g in enumerate(gradients):
        if t > 0:
            mean = BETA1 * mean + (1 - BETA1) * g
            square = BETA2 * square + (1 - BETA2) * g**2
            theta = theta - RATE * mean / (1 - BETA1**t) / (np.sqrt(square / (1 - BETA2**t)) + EPSILON)
        yield theta


rng = np.random.default_rng(7)
start, gradients, after = [], [], []
for shape in SHAPES:
    theta = rng.normal(size=shape)
    # A common part, so that the factors are far from the identity.
    common = rng.normal(size=shape)
    g = [common + 0.5 * rng.normal(size=shape) for _ in range(STEPS)]
    steps = matrix_steps(theta, g) if isinstance(shape, tuple) else plain_steps(theta, g)
    start.append(theta.ravel())
    gradients.append([part.ravel() for part in g])
    after.append([part.ravel() for part in steps])


def joined(parts):
    return [[float(x) for part in step for x in part] for step in zip(*parts)]


case = {
    "beta1": BETA1,
    "beta2": BETA2,
    "epsilon": EPSILON,
    "rate": RATE,
    "refresh": REFRESH,
    "shapes": [list(shape) if isinstance(shape, tuple) else [shape] for shape in SHAPES],
    "start": [float(x) for part in start for x in part],
    "gradients": joined(gradients),
    "after": joined(after),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(case) + "\n")
