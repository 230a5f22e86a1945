#!/usr/bin/env python3
"""References for the Helmholtz problems with absorbing layers, and the error of a solution against them.

    python3 problems/references/helmholtz.py u.safetensors --medium uniform|circle|square

The equation is (d/dx^2 + d/dy^2 + k^2 m) u = f with outgoing waves, for the time factor e^{+i omega t}. f is (1 + i) times
a Gaussian of unit integral with the variance 1e-4. Within the square |x|, |y| < 1/2, where the layers are absent, u is

  uniform   (1 + i) times the Gaussian convolved with (i/4) H0^(2)(k r), by Graf's addition theorem
  circle    the Mie series of a cylinder of the radius 0.1 with m = 1/4
  square    finite differences with the same layers, m = 1/4 for |x|, |y| < 0.3

`--check` compares the finite differences with the closed forms. Needs NumPy and SciPy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from evaluation import evaluated, relative
from scipy.integrate import cumulative_simpson
from scipy.sparse import diags_array, kron
from scipy.sparse.linalg import splu
from scipy.special import h2vp, hankel2, j0, jv, jvp

VARIANCE = 1e-4
STRENGTH = 1 + 1j
LAYER, ABSORPTION = 0.5, 5.0
CIRCLE, SQUARE, INSIDE = 0.1, 0.3, 0.25
SOURCES = {"uniform": (0.0, 0.0), "circle": (-0.35, 0.0), "square": (-0.35, 0.0)}


def gaussian(r: np.ndarray) -> np.ndarray:
    return np.exp(-(r**2) / (2 * VARIANCE)) / (2 * np.pi * VARIANCE)


def smoothing(k: float) -> float:
    """The factor by which the Gaussian weakens the waves outside it."""
    return np.exp(-(k**2) * VARIANCE / 2)


def green(k: float, r: np.ndarray) -> np.ndarray:
    """The wave of a unit point source: (lap + k^2) G = delta, outgoing."""
    return 0.25j * hankel2(0, k * r)


def incident(k: float, r: np.ndarray) -> np.ndarray:
    """The wave of the Gaussian source at the distance r, in a uniform medium.

    The mean of H0(k |x - y|) over the direction of y is H0(k r>) J0(k r<), so the convolution is two integrals over |y|.
    """
    s = np.linspace(0, 10 * np.sqrt(VARIANCE), 20_001)
    weight = 2 * np.pi * gaussian(s) * s
    outer = np.zeros_like(s, dtype=complex)
    outer[1:] = weight[1:] * green(k, s[1:])
    inside = cumulative_simpson(weight * j0(k * s), x=s, initial=0)
    beyond = [cumulative_simpson(part, x=s, initial=0) for part in (outer.real, outer.imag)]
    real, imaginary = (np.interp(r, s, part[-1] - part) for part in beyond)
    far = green(k, np.maximum(r, 1e-12)) * np.interp(r, s, inside)
    return STRENGTH * (far + j0(k * r) * (real + 1j * imaginary))


def cylinder(k: float, points: np.ndarray, source: np.ndarray, radius: float, m: float) -> np.ndarray:
    """What a cylinder around the origin adds to the wave of a unit point source outside it, and the whole wave inside it.

    The series of Mie: inside J_n(k sqrt(m) r), outside H_n^(2)(k r), with value and slope continuous at the surface.
    """
    r, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    distance, direction = np.hypot(*source), np.arctan2(source[1], source[0])
    inner, at, q = k * np.sqrt(m), k * radius, k * np.sqrt(m) * radius
    total = np.zeros(len(points), dtype=complex)
    for n in range(int(at) + 25):
        wall = np.array([[jv(n, q), -hankel2(n, at)], [inner * jvp(n, q), -k * h2vp(n, at)]])
        c, b = np.linalg.solve(wall, [jv(n, at), k * jvp(n, at)])
        outside = np.maximum(r, radius)
        part = np.where(r < radius, c * jv(n, inner * r), b * hankel2(n, k * outside))
        total += (1 if n == 0 else 2) * np.cos(n * (angle - direction)) * hankel2(n, k * distance) * part
    return 0.25j * total


def closed_form(medium: str, k: float, points: np.ndarray) -> np.ndarray:
    source = np.array(SOURCES[medium])
    wave = incident(k, np.hypot(*(points - source).T))
    if medium == "uniform":
        return wave
    added = STRENGTH * smoothing(k) * cylinder(k, points, source, CIRCLE, INSIDE)
    return np.where(np.hypot(*points.T) < CIRCLE, 0, wave) + added


def slowness(medium: str, n: int) -> np.ndarray:
    """m at the inner nodes of n intervals, as means over the cells around them: 16 x 16 places in each."""
    h, fine = 2 / n, (np.arange(16) + 0.5) / 16 - 0.5
    places = (np.linspace(-1, 1, n + 1)[1:-1, None] + h * fine).ravel()
    if medium == "square":
        part = (np.abs(places) < SQUARE).reshape(-1, 16).mean(1)
        filled = np.outer(part, part)
    elif medium == "circle":
        inside = np.hypot(places[:, None], places[None, :]) < CIRCLE
        filled = inside.reshape(n - 1, 16, n - 1, 16).mean((1, 3))
    else:
        filled = np.zeros((n - 1, n - 1))
    return 1 - (1 - INSIDE) * filled


def differences(medium: str, k: float, n: int) -> np.ndarray:
    """u at the inner nodes of n x n intervals of [-1, 1]^2 by central differences, 0 on the outer edge."""
    h = 2 / n
    nodes, middles = np.linspace(-1, 1, n + 1)[1:-1], (np.arange(n) + 0.5) * h - 1

    def stretch(x: np.ndarray) -> np.ndarray:
        depth = np.maximum(np.abs(x) - (1 - LAYER), 0)
        return 1 - 1j * ABSORPTION * (depth / LAYER) ** 2

    between, at = 1 / stretch(middles), stretch(nodes)
    bands = [between[1:-1], -(between[:-1] + between[1:]), between[1:-1]]
    second = diags_array(bands, offsets=(-1, 0, 1)) / h**2
    whole = diags_array(at)
    mass = diags_array((k**2 * slowness(medium, n) * np.outer(at, at)).ravel())
    matrix = kron(second, whole) + kron(whole, second) + mass
    x, y = np.meshgrid(nodes, nodes, indexing="ij")
    source = STRENGTH * gaussian(np.hypot(x - SOURCES[medium][0], y - SOURCES[medium][1]))
    return splu(matrix.tocsc()).solve(source.ravel().astype(complex)).reshape(n - 1, n - 1)


def inner(n: int) -> np.ndarray:
    """The nodes of n intervals with |x|, |y| < 1/2: (count^2, 2)."""
    nodes = np.linspace(-1, 1, n + 1)
    nodes = nodes[np.abs(nodes) < 0.5 - 1e-9]
    return np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)


def by_differences(medium: str, k: float, n: int) -> np.ndarray:
    """u at `inner(n)` from n and 2 n intervals, without the part of the error that is of the second order."""
    coarse, fine = differences(medium, k, n), differences(medium, k, 2 * n)[1::2, 1::2]
    part = np.abs(np.linspace(-1, 1, n + 1)[1:-1]) < 0.5 - 1e-9
    return ((4 * fine - coarse) / 3)[np.ix_(part, part)].ravel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("field", nargs="?", type=Path, help="the solution")
    parser.add_argument("--medium", choices=SOURCES, default="uniform")
    parser.add_argument("--k", type=float, default=20.0)
    parser.add_argument("--intervals", type=int, default=160, help="of the coarse grid along each side")
    parser.add_argument("--sinefield", default="sinefield", help="the command")
    parser.add_argument("--check", action="store_true", help="compare finite differences with the closed forms")
    options = parser.parse_args()
    points = inner(options.intervals)
    if options.check:
        for medium in ("uniform", "circle"):
            found = by_differences(medium, options.k, options.intervals)
            print(f"{medium}: {relative(found, closed_form(medium, options.k, points)):.1e}")
    if options.field:
        if options.medium == "square":
            wanted = by_differences("square", options.k, options.intervals)
        else:
            wanted = closed_form(options.medium, options.k, points)
        real, imaginary = evaluated(options.sinefield, options.field, points).T
        print(f"relative L2 error over |x|, |y| < 1/2: {relative(real + 1j * imaginary, wanted):.2e}")


if __name__ == "__main__":
    main()
