"""Steps of `sinefield.torch.Siren` in a PyTorch loop, in turn with those of plain PyTorch.

    python torch_module.py [--rounds 3] [--threads 2]

Both have a network of 3 x 256 sines after the first layer, one output, 256 x 256 points and Adam. A row has the seconds of a
step and the ratios: on values, on the Laplacian, and both again with a forward pass that is not kept.
"""

import argparse
import subprocess
import sys
import time

import torch
import torch_steps
from sinefield.torch import Siren
from workloads import WORKLOADS

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--side", help=argparse.SUPPRESS)
options = arguments.parse_args()
torch.set_num_threads(options.threads)

work = WORKLOADS["laplacian"]
points = torch_steps.points(work)
target = torch.rand(points.shape[0], 1) * 2 - 1


def plain(loss):
    network = torch_steps.network(work)
    return step(network, lambda: loss(network))


def ours(part, limit):
    network = Siren(work.inputs, work.outputs, hidden=work.hidden, layers=work.layers - 1)
    network.memory_limit = limit
    return step(network, lambda: ((network.jet(points, part) - target) ** 2).mean())


def step(network, loss):
    adam = torch.optim.Adam(network.parameters(), lr=1e-4)

    def run():
        adam.zero_grad()
        loss().backward()
        adam.step()

    return run


def values(network):
    return ((network(points) - target) ** 2).mean()


def laplacians(network):
    x = points.clone().requires_grad_(True)
    return ((torch_steps.laplacian(network(x), x) - target) ** 2).mean()


SIDES = {
    "plain value": lambda: plain(values),
    "value": lambda: ours("value", Siren.memory_limit),
    "value, not kept": lambda: ours("value", 0),
    "plain laplacian": lambda: plain(laplacians),
    "laplacian": lambda: ours("laplacian", Siren.memory_limit),
    "laplacian, not kept": lambda: ours("laplacian", 0),
}


def seconds(side):
    """Seconds of a step, the mean of two after one that is not timed."""
    run = SIDES[side]()
    run()
    begun = time.perf_counter()
    run()
    run()
    return (time.perf_counter() - begun) / 2


if options.side:
    print(seconds(options.side))
else:
    for _ in range(options.rounds):
        # A process for each side, since the memory that one holds slows the other down.
        for side in SIDES:
            words = [sys.executable, __file__, "--side", side, "--threads", str(options.threads)]
            taken = float(subprocess.check_output(words))
            if side.startswith("plain"):
                beside = taken
            print(f"{side:<20} {taken:6.3f} s  {beside / taken:5.2f}", flush=True)
        print()
