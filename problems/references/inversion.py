#!/usr/bin/env python3
"""The measured data of the inversion problem, the waves that a cylinder scatters from 5 sources to 30 receivers, and the error
of a solution.

    python3 problems/references/inversion.py                      # writes problems/data/cylinder.npz
    python3 problems/references/inversion.py w.safetensors        # the error of the scattered waves

Each source is a unit point source. The data are the waves at the receivers, whole, and less the wave without the cylinder, by
the series of Mie for a cylinder of the radius 0.1 around the origin with m = 1/4 inside, k = 20. The error is the relative L2
error of the scattered waves of all sources over 79 x 79 points of |x|, |y| < 1/2. Needs NumPy and SciPy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from evaluation import evaluated, relative
from helmholtz import CIRCLE, INSIDE, cylinder, green, inner

K = 20.0
UNIT = 0.1
"""That of the scattered waves in the field."""
INTERVALS = 160
SOURCES = [(x, -0.347) for x in (-0.347, -0.1735, 0.0, 0.1735, 0.347)]
ALONG = np.linspace(-0.347, 0.347, 10)
RECEIVERS = np.array(
    [(x, 0.402) for x in ALONG] + [(-0.402, y) for y in ALONG] + [(0.402, y) for y in ALONG]
)


def direct(points: np.ndarray) -> np.ndarray:
    """The waves without the cylinder: (points, sources), complex."""
    return np.stack([green(K, np.hypot(*(points - np.array(source)).T)) for source in SOURCES], -1)


def scattered(points: np.ndarray) -> np.ndarray:
    """What the cylinder adds to them: (points, sources), complex."""
    columns = [cylinder(K, points, np.array(source), CIRCLE, INSIDE) for source in SOURCES]
    waves, within = np.stack(columns, -1), np.hypot(*points.T) < CIRCLE
    # There the series has the whole waves.
    waves[within] -= direct(points[within])
    return waves


def write(path: Path) -> None:
    """Writes the data."""
    data = scattered(RECEIVERS)
    whole = data + direct(RECEIVERS)
    columns = {"re": data.real, "im": data.imag, "whole_re": whole.real, "whole_im": whole.imag}
    np.savez(path, x=RECEIVERS[:, 0], y=RECEIVERS[:, 1], **columns)
    print(f"wrote {path}: {data.shape[0]} receivers, {data.shape[1]} sources")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("field", nargs="?", type=Path, help="the solution; without it the data are written")
    parser.add_argument("--sinefield", default="sinefield", help="the command")
    options = parser.parse_args()
    if options.field:
        points = inner(INTERVALS)
        parts = UNIT * evaluated(options.sinefield, options.field, points)
        found = parts[:, ::2] + 1j * parts[:, 1::2]
        print(f"relative L2 error over |x|, |y| < 1/2: {relative(found, scattered(points)):.2e}")
    else:
        write(Path(__file__).parent.parent / "data" / "cylinder.npz")


if __name__ == "__main__":
    main()
