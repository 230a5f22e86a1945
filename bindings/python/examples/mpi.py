"""Fit one field on several machines: every rank has a part of the samples, and the gradients are added by MPI.

    mpiexec -n 2 python mpi.py [--steps 200]

The samples are cut into two parts whatever the number of ranks, and each part's gradient is computed as a whole. So two
ranks end in the bits of one process.
"""

import argparse
from pathlib import Path

import numpy as np
import sinefield as sf
from mpi4py import MPI

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--steps", type=int, default=200)
arguments.add_argument("--output", type=Path, default=Path("mpi.safetensors"))
options = arguments.parse_args()

world = MPI.COMM_WORLD
# The cores are shared among the ranks of this machine.
sf.set_threads(1)

# What is fitted: 64 x 64 samples of rings. A rank needs only its own part.
rows, columns = np.mgrid[:64, :64] / 32 - 1
rings = np.cos(9 * np.hypot(rows, columns) ** 2)
PARTS = 2

x, y = sf.coordinates("x", "y")
u = sf.field("u", x, y, hidden=48, layers=1, omega=10, first_omega=10, range={"x": (-1, 1), "y": (-1, 1)})


def part(at):
    """The samples of a part as a problem. Its loss is a share of the whole mean."""
    own = slice(at, None, PARTS)
    points = sf.Points(x=rows[own].ravel(), y=columns[own].ravel())
    return sf.Problem([sf.Constraint(u - sf.data("rings", rings[own].ravel()), points, weight=1 / PARTS)])


mine = [part(at) for at in range(world.rank, PARTS, world.size)]
# Every rank begins with the same parameters.
field = part(0).fields(seed=0)["u"]
theta = field.parameters.astype(np.float32)
mean, square = np.zeros_like(theta), np.zeros_like(theta)

for step in range(1, options.steps + 1):
    field.parameters[:] = theta
    loss, gradient = np.zeros(1), np.zeros_like(theta)
    for problem in mine:
        own_loss, own_gradient = problem.gradient(field)
        loss += own_loss
        gradient += own_gradient
    world.Allreduce(MPI.IN_PLACE, loss)
    world.Allreduce(MPI.IN_PLACE, gradient)
    # Adam, the same on every rank.
    mean += 0.1 * (gradient - mean)
    square += 0.001 * (gradient**2 - square)
    theta -= np.float32(2e-3) * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + np.float32(1e-8))

field.parameters[:] = theta
if world.rank == 0:
    print(f"loss {loss[0]:.3e} after {options.steps} steps on {world.size} ranks")
    field.save(options.output)
