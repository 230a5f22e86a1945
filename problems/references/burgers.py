#!/usr/bin/env python3
"""The error of a solution of burgers-front.toml against the solution of Cole and Hopf.

    python3 problems/references/burgers.py u.safetensors

With nu = 0.01/pi and u = -sin(pi x) at t = 0, the solution of u_t + u u_x = nu u_xx is

    u(t, x) = -integral of sin(pi y) f(y) exp(-z^2) dz / integral of f(y) exp(-z^2) dz,    y = x - sqrt(4 nu t) z,

with f(y) = exp(-cos(pi y) / (2 pi nu)), by the rule of Gauss and Hermite. The error is the relative L2 error over 201 times from
0 to 1 and 401 places from 0 to 1, and at some of the times. Needs NumPy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from evaluation import evaluated, print_errors

VISCOSITY = 0.01 / np.pi
TIMES, PLACES, POINTS = 201, 401, 200


def burgers(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    """u at the times and places, which are of one shape."""
    z, weights = np.polynomial.hermite.hermgauss(POINTS)
    y = x[..., None] - np.sqrt(4 * VISCOSITY * t)[..., None] * z
    exponent = -np.cos(np.pi * y) / (2 * np.pi * VISCOSITY)
    # Both integrals have the same factor, which would overflow.
    f = weights * np.exp(exponent - exponent.max(-1, keepdims=True))
    return -(np.sin(np.pi * y) * f).sum(-1) / f.sum(-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("field", type=Path, help="the solution")
    parser.add_argument("--sinefield", default="sinefield", help="the command")
    options = parser.parse_args()
    t, x = np.meshgrid(np.linspace(0, 1, TIMES), np.linspace(0, 1, PLACES), indexing="ij")
    wanted = np.stack([burgers(*row) for row in zip(t, x)])
    found = evaluated(options.sinefield, options.field, np.stack([t.ravel(), x.ravel()], -1))[:, 0].reshape(t.shape)
    print_errors(t[:, 0], found, wanted)


if __name__ == "__main__":
    main()
