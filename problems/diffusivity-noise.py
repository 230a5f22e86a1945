"""Makes diffusivity-noise.csv, the measurements of diffusivity-noise.toml, with NumPy: python3 diffusivity-noise.py

The temperature exp(-0.2 pi^2 t) sin(pi x) at 21 times and 33 places, with normal errors. Their standard deviation is 1 % of
the largest temperature. The seed is 0.
"""

from pathlib import Path

import numpy as np

t, x = np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 33), indexing="ij")
u = np.exp(-0.2 * np.pi**2 * t) * np.sin(np.pi * x)
measured = u + 0.01 * np.random.default_rng(0).standard_normal(u.shape)
rows = [f"{t:.2f},{x:.5f},{m:.6f}" for t, x, m in zip(t.flat, x.flat, measured.flat)]
Path(__file__).with_suffix(".csv").write_text("\n".join(["t,x,measured", *rows]) + "\n", encoding="utf-8")
