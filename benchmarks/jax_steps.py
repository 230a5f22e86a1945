"""The workloads in JAX, compiled, each derivative in the mode that is fastest there: the gradient by reverse mode, the
Laplacian by forward mode over forward mode."""

import math

import jax
import jax.numpy as jnp
import optax

from workloads import SDF_WEIGHTS, WORKLOADS, serve


def network(key, work):
    widths = [work.inputs] + [work.hidden] * work.layers + [work.outputs]
    parameters = []
    for layer, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        key, weights, biases = jax.random.split(key, 3)
        bound = 1 / fan_in if layer == 0 else math.sqrt(6 / fan_in) / 30
        weight = jax.random.uniform(weights, (fan_in, fan_out), minval=-bound, maxval=bound)
        bias = jax.random.uniform(biases, (fan_out,), minval=-1, maxval=1) / math.sqrt(fan_in)
        parameters.append((weight, bias))
    return parameters


def value(parameters, x):
    for weight, bias in parameters[:-1]:
        x = jnp.sin(30 * (x @ weight + bias))
    weight, bias = parameters[-1]
    return x @ weight + bias


def value_and_gradient(parameters, x):
    y, pull = jax.vjp(lambda x: value(parameters, x), x)
    return y, pull(jnp.ones_like(y))[0]


def laplacian(parameters, x):
    def second(axis):
        along = jnp.zeros_like(x).at[:, axis].set(1.0)
        first = lambda x: jax.jvp(lambda x: value(parameters, x), (x,), (along,))[1]
        return jax.jvp(first, (x,), (along,))[1]

    return sum(second(axis) for axis in range(x.shape[1]))


def signed_distance_loss(y, slope, on, normals):
    length = jnp.sqrt(jnp.sum(slope * slope, -1) + 1e-12)
    cosine = jnp.sum(slope * normals, -1) / length
    weight = SDF_WEIGHTS
    return (
        weight["surface"] * jnp.mean(jnp.where(on, jnp.abs(y), 0.0))
        + weight["away"] * jnp.mean(jnp.where(on, 0.0, jnp.exp(-1e2 * jnp.abs(y))))
        + weight["normals"] * jnp.mean(jnp.where(on[:, 0], 1 - cosine, 0.0))
        + weight["length"] * jnp.mean(jnp.abs(length - 1))
    )


def points(key, work):
    if work.inputs == 2:
        axis = jnp.linspace(-1, 1, math.isqrt(work.points))
        return jnp.stack(jnp.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    return jax.random.uniform(key, (work.points, work.inputs), minval=-1, maxval=1)


def build(name):
    work, key = WORKLOADS[name], jax.random.PRNGKey(0)
    parameters, x = network(key, work), points(key, work)
    if name == "render":
        compiled = jax.jit(value)
        return lambda: compiled(parameters, x).block_until_ready()
    outputs = 2 if name == "gradient" else work.outputs
    target = jax.random.uniform(key, (work.points, outputs), minval=-1, maxval=1)
    normals = jax.random.normal(key, (work.points, 3))
    normals = normals / jnp.linalg.norm(normals, axis=-1, keepdims=True)
    on = (jnp.arange(work.points) < work.points // 2)[:, None]

    def loss(parameters):
        if name in ("image", "narrow", "wide"):
            return jnp.mean((value(parameters, x) - target) ** 2)
        if name == "gradient":
            return jnp.mean(jnp.sum((value_and_gradient(parameters, x)[1] - target) ** 2, -1))
        if name == "laplacian":
            return jnp.mean((laplacian(parameters, x) - target) ** 2)
        return signed_distance_loss(*value_and_gradient(parameters, x), on, normals)

    adam = optax.adam(1e-4)
    state = [parameters, adam.init(parameters)]

    @jax.jit
    def update(parameters, moments):
        sum_, slopes = jax.value_and_grad(loss)(parameters)
        changes, moments = adam.update(slopes, moments)
        return optax.apply_updates(parameters, changes), moments, sum_

    def step():
        state[0], state[1], sum_ = update(*state)
        sum_.block_until_ready()

    return step


if __name__ == "__main__":
    serve(build)
