"""Jets of sine networks in JAX, with the engine of sinefield behind a custom derivative.

`siren_jet` works under `jax.jit`, `jax.grad` and with optax. In float32 sinefield's engine computes it and its gradient, by
a callback to the CPU; in float64, and where third derivatives are asked for, JAX does.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any, Literal

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    raise ImportError("sinefield.jax needs JAX; pip install jax") from None

import numpy as np

from . import _native
from ._field import Field

Part = Literal["value", "gradient", "laplacian", "hessian"]
"""What `siren_jet` gives."""

Parameters = Sequence[tuple[Any, Any]]
"""A weight `(outputs, inputs)` and a bias `(outputs,)` for each layer."""

_ORDER: tuple[Part, ...] = ("value", "gradient", "laplacian", "hessian")


def init(
    key: Any,
    inputs: int,
    outputs: int = 1,
    *,
    hidden: int = 256,
    layers: int = 3,
    omega: float = 30.0,
    first_omega: float = 30.0,
) -> list[tuple[Any, Any]]:
    """New parameters, drawn as `sinefield.Field` draws them, from a key of `jax.random`. Not for use under `jax.jit`.

    Args:
        key: Decides the parameters.
        inputs: Coordinates d, 1 or more.
        outputs: Numbers o that the network gives, 1 or more.
        hidden: Width of every hidden layer, 1 or more.
        layers: Hidden layers after the first, 0 or more.
        omega: Omega of the hidden layers after the first, a positive number. Give `siren_jet` the same.
        first_omega: Omega of the first layer, a positive number. Give `siren_jet` the same.

    Returns:
        A float32 weight `(outputs, inputs)` and bias `(outputs,)` for each of the layers + 2 layers.

    Raises:
        ValueError: If a setting is out of range.

    Examples:
        >>> import jax, sinefield.jax as sj
        >>> [(weight.shape, bias.shape) for weight, bias in sj.init(jax.random.key(0), 2, hidden=8, layers=1)]
        [((8, 2), (8,)), ((8, 8), (8,)), ((1, 8), (1,))]
    """
    seed = int(jax.random.randint(key, (), 0, 2**31 - 1))
    settings = {"hidden": hidden, "layers": layers, "omega": omega, "first_omega": first_omega}
    return from_field(Field(inputs, outputs, seed=seed, **settings))


def from_field(field: Field) -> list[tuple[Any, Any]]:
    """The parameters of the network of a field, for coordinates in [-1, 1].

    The network gives outputs and not values of the signal: these are `offset + scale * output`, with the numbers of
    `field.info["value"]`. The omegas are not among the parameters; give them to `siren_jet`. A field with another activation
    than sine, or with an encoding, has no network that `siren_jet` computes; this is not checked.

    Raises:
        ValueError: If the field has a form: it is more than its network then.

    Examples:
        >>> import numpy as np, sinefield as sf, sinefield.jax as sj
        >>> field = sf.Field(2, 1, hidden=8, layers=1, omega=5, first_omega=4)
        >>> x = np.linspace(-1, 1, 10, dtype=np.float32).reshape(5, 2)
        >>> value = sj.siren_jet(sj.from_field(field), x, omega=5, first_omega=4)
        >>> np.allclose(value, field(x), atol=1e-5)
        True
    """
    if field.form is not None:
        raise ValueError("field: it is a form of its network; the parameters would be those of the network alone")
    return [(jnp.asarray(layer.weight), jnp.asarray(layer.bias)) for layer in field.layers]


def siren_jet(
    parameters: Parameters, x: Any, *parts: Part, omega: float = 30.0, first_omega: float = 30.0
) -> Any:
    """Values and derivatives of a sine network with respect to its coordinates.

    Args:
        parameters: As `init` makes them: any tree of that form, as optax updates it.
        x: Points `(..., d)`, in the coordinates of the network: [-1, 1] for that of a field.
        parts: "value" (the default), "gradient", "laplacian", "hessian".
        omega: Omega of the hidden layers after the first, a Python number.
        first_omega: Omega of the first layer, a Python number.

    Returns:
        An array, or a tuple of as many as parts: value and laplacian `(..., o)`, gradient `(..., o, d)`, hessian
        `(..., o, d, d)`. It can be differentiated once, in reverse mode, with respect to the parameters and the points.

    Raises:
        ValueError: If a part is unknown, shapes do not fit together, or there is no hidden layer. In float32 JAX refuses
            forward mode with a `TypeError`, and a second derivative with a `ValueError`.

    Examples:
        >>> import jax, jax.numpy as jnp, sinefield.jax as sj
        >>> parameters = sj.init(jax.random.key(0), 2, hidden=32)
        >>> x = jnp.zeros((5, 2))
        >>> value, gradient = sj.siren_jet(parameters, x, "value", "gradient")
        >>> value.shape, gradient.shape
        ((5, 1), (5, 1, 2))
        >>> loss = jax.jit(lambda p: (sj.siren_jet(p, x, "laplacian") ** 2).mean())
        >>> jax.grad(loss)(parameters)[0][0].shape
        (32, 2)
    """
    asked: tuple[Part, ...] = parts or ("value",)
    for part in asked:
        if part not in _ORDER:
            raise ValueError(f"{part!r} is no part of a jet; take {', '.join(_ORDER)}")
    pairs = tuple((jnp.asarray(weight), jnp.asarray(bias)) for weight, bias in parameters)
    x = jnp.asarray(x)
    _check(pairs, x)
    needed = tuple(part for part in _ORDER if part in asked)
    if "hessian" in needed and "laplacian" in needed:
        needed = tuple(part for part in needed if part != "laplacian")
    points = x.reshape(-1, x.shape[-1])
    single = all(array.dtype == jnp.float32 for pair in (*pairs, (x, x)) for array in pair)
    find = _engine_jet if single else _plain_jet
    found = dict(zip(needed, find(needed, (float(first_omega), float(omega)), pairs, points), strict=True))
    if "laplacian" in asked and "laplacian" not in found:
        found["laplacian"] = jnp.trace(found["hessian"], axis1=-2, axis2=-1)
    shaped = tuple(found[part].reshape(x.shape[:-1] + found[part].shape[1:]) for part in asked)
    return shaped[0] if len(parts) < 2 else shaped


def _check(pairs: tuple[tuple[Any, Any], ...], x: Any) -> None:
    widths = [pairs[0][0].shape[-1] if pairs else 0]
    for at, (weight, bias) in enumerate(pairs):
        if weight.shape != (bias.shape[0], widths[-1]):
            raise ValueError(f"layer {at}: a weight of shape {weight.shape} after {widths[-1]} numbers")
        widths.append(weight.shape[0])
    if len(pairs) < 2 or len(set(widths[1:-1])) != 1:
        raise ValueError("parameters: give a hidden layer or more, all of one width, and a last layer")
    if x.ndim == 0 or x.shape[-1] != widths[0]:
        raise ValueError(f"points: an array of shape {x.shape}; give (..., {widths[0]})")


@functools.lru_cache(maxsize=64)
def _network(inputs: int, outputs: int, hidden: int, layers: int, omegas: tuple[float, float]) -> _native.Network:
    config = {"inputs": inputs, "outputs": outputs, "hidden": hidden, "layers": layers, "activation": "sine"}
    return _native.Network(json.dumps({**config, "first_omega": omegas[0], "omega": omegas[1]}))


def _compiled(pairs: Any, omegas: tuple[float, float]) -> _native.Network:
    first, last = pairs[0][0].shape, pairs[-1][0].shape
    return _network(first[1], last[0], first[0], len(pairs) - 2, omegas)


def _flat(pairs: Any) -> Any:
    return jnp.concatenate([array.reshape(-1) for pair in pairs for array in pair])


def _shapes(parts: tuple[Part, ...], pairs: Any, x: Any) -> tuple[Any, ...]:
    (count, d), o = x.shape, pairs[-1][0].shape[0]
    shapes = {"value": (count, o), "gradient": (count, o, d), "laplacian": (count, o), "hessian": (count, o, d, d)}
    return tuple(jax.ShapeDtypeStruct(shapes[part], jnp.float32) for part in parts)


def _call_jet(parts: tuple[Part, ...], omegas: tuple[float, float], pairs: Any, x: Any) -> tuple[Any, ...]:
    network = _compiled(pairs, omegas)

    def host(theta: Any, x: Any) -> tuple[Any, ...]:
        found, _ = network.jet(np.ascontiguousarray(theta), np.ascontiguousarray(x), list(parts), 0)
        return tuple(found)

    found: tuple[Any, ...] = jax.pure_callback(
        host, _shapes(parts, pairs, x), _flat(pairs), x, vmap_method="sequential"
    )
    return found


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _engine_jet(parts: tuple[Part, ...], omegas: tuple[float, float], pairs: Any, x: Any) -> tuple[Any, ...]:
    return _call_jet(parts, omegas, pairs, x)


def _forward(parts: tuple[Part, ...], omegas: tuple[float, float], pairs: Any, x: Any) -> tuple[Any, Any]:
    moved = x.perturbed
    pairs = jax.tree.map(lambda primal: primal.value, pairs, is_leaf=lambda leaf: hasattr(leaf, "perturbed"))
    # The points are kept a second time only if their gradient is wanted.
    return _call_jet(parts, omegas, pairs, x.value), (pairs, x.value, x.value if moved else None)


def _backward(parts: tuple[Part, ...], omegas: tuple[float, float], kept: Any, bars: Any) -> tuple[Any, Any]:
    pairs, x, moved = kept
    shapes = _shapes(parts, pairs, x)
    zero = jax.custom_derivatives.SymbolicZero
    bars = [jnp.zeros(s.shape, s.dtype) if isinstance(b, zero) else b for b, s in zip(bars, shapes, strict=True)]
    network = _compiled(pairs, omegas)

    def host(theta: Any, x: Any, *bars: Any) -> Any:
        cotangents = [np.ascontiguousarray(bar) for bar in bars]
        return network.gradient(np.ascontiguousarray(theta), np.ascontiguousarray(x), list(parts), cotangents, None)

    theta = _flat(pairs)
    shape = jax.ShapeDtypeStruct(theta.shape, theta.dtype)
    gradient = jax.pure_callback(host, shape, theta, x, *bars, vmap_method="sequential")
    of_pairs, first = [], 0
    for pair in pairs:
        own = []
        for array in pair:
            own.append(gradient[first : first + array.size].reshape(array.shape))
            first += array.size
        of_pairs.append(tuple(own))
    return tuple(of_pairs), None if moved is None else _slope(parts, omegas, pairs, x, bars)


def _slope(parts: tuple[Part, ...], omegas: tuple[float, float], pairs: Any, x: Any, bars: Any) -> Any:
    """The derivative with respect to the points: by jets of one order more, or by JAX where there are none."""
    if "laplacian" in parts or "hessian" in parts:
        _, pull = jax.vjp(lambda x: _plain_jet(parts, omegas, pairs, x), x)
        return pull(tuple(bars))[0]
    higher: dict[Part, Part] = {"value": "gradient", "gradient": "hessian"}
    slopes = _call_jet(tuple(higher[part] for part in parts), omegas, pairs, x)
    each = [jnp.einsum("n...,n...i->ni", bar, slope) for bar, slope in zip(bars, slopes, strict=True)]
    return functools.reduce(jnp.add, each)


_engine_jet.defvjp(_forward, _backward, symbolic_zeros=True)


def _plain_value(omegas: tuple[float, float], pairs: Any, x: Any) -> Any:
    """The network at one point."""
    for at, (weight, bias) in enumerate(pairs):
        x = weight @ x + bias
        if at < len(pairs) - 1:
            x = jnp.sin(omegas[min(at, 1)] * x)
    return x


def _plain_jet(parts: tuple[Part, ...], omegas: tuple[float, float], pairs: Any, x: Any) -> tuple[Any, ...]:
    """A jet by JAX's own derivatives."""
    value = functools.partial(_plain_value, omegas, pairs)
    makers: dict[Part, Any] = {
        "value": value,
        "gradient": jax.jacfwd(value),
        "laplacian": lambda x: jnp.trace(jax.hessian(value)(x), axis1=-2, axis2=-1),
        "hessian": jax.hessian(value),
    }
    return tuple(jax.vmap(makers[part])(x) for part in parts)
