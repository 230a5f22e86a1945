"""Steps of `sinefield.jax.siren_jet` in a compiled JAX loop, in turn with those of plain JAX.

    python jax_module.py [--rounds 3]

Both have a network of 3 x 256 sines after the first layer, one output, 256 x 256 points and Adam by optax, and use the
threads that JAX takes. A row has the seconds of a step and the ratio: on values, and on the Laplacian.
"""

import argparse
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import jax_steps
import optax
from sinefield.jax import init, siren_jet
from workloads import WORKLOADS

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--side", help=argparse.SUPPRESS)
options = arguments.parse_args()

work, key = WORKLOADS["laplacian"], jax.random.PRNGKey(0)
points = jax_steps.points(key, work)
target = jax.random.uniform(key, (work.points, work.outputs), minval=-1, maxval=1)


def plain(jet):
    return step(jax_steps.network(key, work), jet)


def ours(part):
    parameters = init(key, work.inputs, work.outputs, hidden=work.hidden, layers=work.layers - 1)
    return step(parameters, lambda parameters, x: siren_jet(parameters, x, part))


def step(parameters, jet):
    adam = optax.adam(1e-4)
    state = [parameters, adam.init(parameters)]

    @jax.jit
    def update(parameters, moments):
        loss = lambda parameters: jnp.mean((jet(parameters, points) - target) ** 2)
        sum_, slopes = jax.value_and_grad(loss)(parameters)
        changes, moments = adam.update(slopes, moments)
        return optax.apply_updates(parameters, changes), moments, sum_

    def run():
        state[0], state[1], sum_ = update(*state)
        sum_.block_until_ready()

    return run


SIDES = {
    "plain value": lambda: plain(jax_steps.value),
    "value": lambda: ours("value"),
    "plain laplacian": lambda: plain(jax_steps.laplacian),
    "laplacian": lambda: ours("laplacian"),
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
        for side in SIDES:
            taken = float(subprocess.check_output([sys.executable, __file__, "--side", side]))
            if side.startswith("plain"):
                beside = taken
            print(f"{side:<20} {taken:6.3f} s  {beside / taken:5.2f}", flush=True)
        print()
