"""Steps of `sinefield.torch.Siren` in a PyTorch loop, in turn with those of plain PyTorch.

    python torch_module.py [--rounds 3] [--threads 2]

Both have a network of 3 x 256 sines after the first layer, one output, 256 x 256 points and Adam. A row has the seconds of a
step and the ratios: on values, on the Laplacian, and both again with a forward pass that is not kept.
"""

import argparse
import time

import torch
import torch_steps
from sinefield.torch import Siren
from workloads import WORKLOADS

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--threads", type=int, default=2)
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


sides = {
    "plain value": plain(values),
    "value": ours("value", Siren.memory_limit),
    "value, not kept": ours("value", 0),
    "plain laplacian": plain(laplacians),
    "laplacian": ours("laplacian", Siren.memory_limit),
    "laplacian, not kept": ours("laplacian", 0),
}
for run in sides.values():
    run()
for _ in range(options.rounds):
    seconds = {}
    for name, run in sides.items():
        begun = time.perf_counter()
        run()
        run()
        seconds[name] = (time.perf_counter() - begun) / 2
    for name, taken in seconds.items():
        kind = "plain laplacian" if "laplacian" in name else "plain value"
        print(f"{name:<20} {taken:6.3f} s  {seconds[kind] / taken:5.2f}")
    print(flush=True)
