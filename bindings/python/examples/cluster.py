"""Try settings on a cluster: a job for each combination, and a table of what came of them.

    python cluster.py [--steps 100]

Without a cluster, Ray starts one on this machine. Run it again after an interruption: what is done is not done again.
"""

import argparse
from pathlib import Path

import numpy as np
import sinefield as sf
import sinefield.ray

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--steps", type=int, default=100)
arguments.add_argument("--output", type=Path, default=Path("sweep"))
options = arguments.parse_args()

rows, columns = np.mgrid[:48, :48] / 48
rings = 0.5 + 0.5 * np.cos(60 * np.hypot(rows - 0.5, columns - 0.5) ** 2)

job = sf.Job("fit", signal=rings, hidden=32, layers=1, steps=options.steps)
jobs = sf.sweep(job, first_omega=[5.0, 15.0, 30.0], seed=range(2))
table = sinefield.ray.map(jobs, options.output)
print(table[["first_omega", "seed", "status", "psnr_db"]].to_string())

best = table.loc[table.psnr_db.idxmax()]
print(f"best: first_omega {best.first_omega:g}, {best.psnr_db:.1f} dB, {best.field}")
