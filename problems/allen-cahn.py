"""Makes allen-cahn.csv, the reference solution of allen-cahn.toml, with NumPy, or prints the error of a solution against it.

    python3 problems/allen-cahn.py                      # writes problems/allen-cahn.csv
    python3 problems/allen-cahn.py u.safetensors        # relative L2 errors over its places, at some of its times and at all

u_t = 1e-4 u_xx - 5 u^3 + 5 u with period 2 in x and u = x^2 cos(pi x) at t = 0, by Fourier modes and the method ETDRK4 (Cox &
Matthews 2002; its coefficients are means over a contour, Kassam & Trefethen 2005). The slope of the start jumps at x = 1, so
that many modes are needed. The table has x = -1, -1 + 1/64, .. and t = 0, 0.05, .., 1. The script also solves with half the
steps and with half the modes, and says how far the solutions lie apart.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent / "references"))

from evaluation import table_or_errors  # noqa: E402

PLACES, TIMES = 128, 21


def solve(modes: int, steps: int) -> np.ndarray:
    """The solution at TIMES times and PLACES places."""
    x = -1 + 2 * np.arange(modes) / modes
    linear = 5 - 1e-4 * (np.pi * np.fft.rfftfreq(modes, 1 / modes)) ** 2
    h = 1 / steps
    whole, half = np.exp(h * linear), np.exp(h * linear / 2)
    z = h * linear[:, None] + np.exp(1j * np.pi * (np.arange(1, 33) - 0.5) / 32)

    def mean(of: np.ndarray) -> np.ndarray:
        return h * np.real(np.mean(of, axis=1))

    q = mean((np.exp(z / 2) - 1) / z)
    f1 = mean((-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3)
    f2 = mean((2 + z + np.exp(z) * (z - 2)) / z**3)
    f3 = mean((-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3)

    def cubic(v: np.ndarray) -> np.ndarray:
        return -5 * np.fft.rfft(np.fft.irfft(v, modes) ** 3)

    v = np.fft.rfft(x**2 * np.cos(np.pi * x))
    rows = [np.fft.irfft(v, modes)]
    for step in range(1, steps + 1):
        n0 = cubic(v)
        a = half * v + q * n0
        n1 = cubic(a)
        n2 = cubic(half * v + q * n1)
        n3 = cubic(half * a + q * (2 * n2 - n0))
        v = whole * v + f1 * n0 + 2 * f2 * (n1 + n2) + f3 * n3
        if step % (steps // (TIMES - 1)) == 0:
            rows.append(np.fft.irfft(v, modes))
    return np.array(rows)[:, :: modes // PLACES]


def write(table: Path) -> None:
    """Writes the table."""
    fine = solve(8192, 4000)
    for what, other in (("steps", solve(8192, 2000)), ("modes", solve(4096, 4000))):
        print(f"{what}: relative L2 distance {np.linalg.norm(other - fine) / np.linalg.norm(fine):.1e}")
    lines = ["t,x,u"]
    for i, row in enumerate(fine):
        lines += [f"{i / (TIMES - 1):g},{-1 + 2 * j / PLACES:g},{u:.9f}" for j, u in enumerate(row)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    table_or_errors(__doc__, Path(__file__).with_suffix(".csv"), write)
