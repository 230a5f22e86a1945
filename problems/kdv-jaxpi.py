"""Makes kdv-jaxpi.csv, the reference solution of kdv-jaxpi.toml, with NumPy, or prints the error of a solution against it.

    python3 problems/kdv-jaxpi.py                      # writes problems/kdv-jaxpi.csv
    python3 problems/kdv-jaxpi.py u.safetensors        # relative L2 errors over its places, at some of its times and at all

u_t + u u_x + m u_xxx = 0 with period 2 in x and u = cos(pi x) at t = 0, by 512 Fourier modes. The third derivative is
integrated exactly (an integrating factor), the rest by the Runge-Kutta method of fourth order, and products are freed of
aliases by the 2/3 rule. The table has x = -1, -1 + 1/32, .. and t = 0, 0.1, .., 1. The script also solves with twice the
steps and says how far the two solutions lie apart.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent / "references"))

from evaluation import table_or_errors  # noqa: E402

DISPERSION = 0.022**2
POINTS, MODES, TIMES = 64, 512, 11


def solve(steps: int) -> np.ndarray:
    """The solution at TIMES times and MODES places, in `steps` steps."""
    x = -1 + 2 * np.arange(MODES) / MODES
    k = np.pi * np.fft.rfftfreq(MODES, 1 / MODES)
    kept = np.arange(len(k)) < MODES // 3
    spectrum = np.fft.rfft(np.cos(np.pi * x))
    h = 1 / steps
    half = np.exp(1j * DISPERSION * k**3 * h / 2)
    whole = half * half

    def slope(v: np.ndarray) -> np.ndarray:
        return -0.5j * k * kept * np.fft.rfft(np.fft.irfft(v, MODES) ** 2)

    rows = [np.fft.irfft(spectrum, MODES)]
    for step in range(1, steps + 1):
        a = slope(spectrum)
        b = slope(half * (spectrum + h / 2 * a))
        c = slope(half * spectrum + h / 2 * b)
        d = slope(whole * spectrum + h * half * c)
        spectrum = whole * spectrum + h / 6 * (whole * a + 2 * half * (b + c) + d)
        if step % (steps // (TIMES - 1)) == 0:
            rows.append(np.fft.irfft(spectrum, MODES))
    return np.array(rows)


def write(table: Path) -> None:
    """Writes the table."""
    coarse, fine = solve(20_000), solve(40_000)
    print(f"steps: relative L2 distance {np.linalg.norm(coarse - fine) / np.linalg.norm(fine):.1e}")
    tail = np.abs(np.fft.rfft(fine[-1]))
    print(f"last kept modes: {tail[MODES // 3 - 5 : MODES // 3].max() / tail.max():.1e} of the largest")
    every = MODES // POINTS
    lines = ["t,x,u"]
    for i, row in enumerate(fine[:, ::every]):
        lines += [f"{i / (TIMES - 1):g},{-1 + 2 * j / POINTS:g},{u:.9f}" for j, u in enumerate(row)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    table_or_errors(__doc__, Path(__file__).with_suffix(".csv"), write)
