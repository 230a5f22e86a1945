#!/usr/bin/env python3
"""The error of a solution of the wave problem against its integral over Bessel functions.

    python3 problems/references/wave.py u.safetensors

The solution of u_tt = u_xx + u_yy that starts at rest from a exp(-r^2 / (2 v)) is

    u(t, r) = a v integral from 0 to infinity of q exp(-v q^2 / 2) cos(q t) J0(q r) dq.

The error is the relative L2 error over 81 x 81 points of the square 0 <= x, y <= 0.4 at each time. Needs NumPy and SciPy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from evaluation import evaluated, relative
from scipy.interpolate import CubicSpline
from scipy.special import j0

AMPLITUDE, VARIANCE = 0.02, 5e-4
TIMES = (0.05, 0.1, 0.15, 0.25)


def wave(t: float, r: np.ndarray) -> np.ndarray:
    """u at the time t and the distances r, by Simpson's rule for the integral and a spline through a fine table in r."""
    count = 4_001
    q = np.linspace(0, 9 / np.sqrt(VARIANCE), count)
    weight = np.where(np.arange(count) % 2 == 1, 4.0, 2.0)
    weight[[0, -1]] = 1
    weight *= (q[1] - q[0]) / 3 * q * np.exp(-VARIANCE * q**2 / 2) * np.cos(q * t)
    table = np.linspace(0, r.max() + 1e-3, 2_001)
    values = AMPLITUDE * VARIANCE * (j0(np.outer(table, q)) @ weight)
    return CubicSpline(table, values)(r)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("field", type=Path, help="the solution")
    parser.add_argument("--sinefield", default="sinefield", help="the command")
    options = parser.parse_args()
    side = np.linspace(0, 0.4, 81)
    x, y = (part.ravel() for part in np.meshgrid(side, side, indexing="ij"))
    for t in TIMES:
        found = evaluated(options.sinefield, options.field, np.stack([np.full_like(x, t), x, y], -1))[:, 0]
        print(f"t = {t}: relative L2 error {relative(found, wave(t, np.hypot(x, y))):.2e}")


if __name__ == "__main__":
    main()
