"""The jets of JAX against JAX's own derivatives in float64, under jit and with optax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sinefield as sf

jax = pytest.importorskip("jax", reason="JAX is not installed")
import jax.numpy as jnp  # noqa: E402
from sinefield import jax as sj  # noqa: E402

OMEGAS: dict[str, Any] = {"omega": 5.0, "first_omega": 4.0}
PARTS = [("value",), ("gradient",), ("value", "gradient"), ("laplacian",), ("value", "gradient", "laplacian"),
         ("hessian",), ("hessian", "laplacian", "value")]  # fmt: skip


@pytest.fixture(autouse=True)
def _float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def network(inputs: int, outputs: int) -> list[tuple[Any, Any]]:
    return sj.from_field(sf.Field(inputs, outputs, hidden=17, layers=2, seed=inputs, **OMEGAS))


def double(tree: Any) -> Any:
    return jax.tree.map(lambda array: array.astype(jnp.float64), tree)


def loss(found: Any) -> Any:
    """A loss that treats every number differently."""
    parts = found if isinstance(found, tuple) else (found,)
    return sum(
        (jnp.sin(part + 1) * jnp.linspace(0.5, 1.5, part.size, dtype=part.dtype).reshape(part.shape)).sum()
        for part in parts
    )


def close(found: Any, wanted: Any, tolerance: float) -> None:
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert a.dtype == jnp.float32 and a.shape == b.shape
        assert float(jnp.abs(a - b).max()) < tolerance * max(1e-3, float(jnp.abs(b).max()))


@pytest.mark.parametrize("parts", PARTS, ids="-".join)
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (2, 3), (3, 1)])
def test_jets_and_their_gradients_are_those_of_jax(inputs: int, outputs: int, parts: tuple[Any, ...]) -> None:
    parameters = network(inputs, outputs)
    x = jnp.asarray(np.random.default_rng(0).uniform(-1, 1, (3, 11, inputs)), dtype=jnp.float32)

    def of(parameters: Any, x: Any) -> Any:
        return sj.siren_jet(parameters, x, *parts, **OMEGAS)

    close(of(parameters, x), of(double(parameters), double(x)), 2e-4)
    close(jax.jit(of)(parameters, x), of(double(parameters), double(x)), 2e-4)
    slopes = jax.grad(lambda *inputs: loss(of(*inputs)), argnums=(0, 1))
    wanted = slopes(double(parameters), double(x))
    close(slopes(parameters, x), wanted, 2e-3)
    close(jax.jit(slopes)(parameters, x), wanted, 2e-3)
    only = jax.grad(lambda parameters: loss(of(parameters, x)))(parameters)
    close(only, wanted[0], 2e-3)


def test_gradients_in_float64_are_differences() -> None:
    from jax.test_util import check_grads

    parameters = double(sj.from_field(sf.Field(2, 2, hidden=5, layers=1, omega=2, first_omega=2)))
    x = jnp.asarray(np.random.default_rng(1).uniform(-1, 1, (4, 2)))
    for parts in (("value",), ("gradient", "laplacian")):
        def jet(parameters: Any, x: Any, parts: Any = parts) -> Any:
            return sj.siren_jet(parameters, x, *parts, omega=2.0, first_omega=2.0)
        check_grads(jet, (parameters, x), order=1, modes=["rev"])


def test_it_is_trained_with_optax() -> None:
    optax = pytest.importorskip("optax", reason="optax is not installed")
    parameters = sj.init(jax.random.key(0), 1, hidden=32, layers=1, **OMEGAS)
    x = jnp.linspace(-1, 1, 128, dtype=jnp.float32)[:, None]
    adam = optax.adam(1e-3)
    state = adam.init(parameters)

    @jax.jit
    def step(parameters: Any, state: Any) -> Any:
        def error(parameters: Any) -> Any:
            return ((sj.siren_jet(parameters, x, **OMEGAS) - jnp.sin(4 * x)) ** 2).mean()

        value, slope = jax.value_and_grad(error)(parameters)
        updates, state = adam.update(slope, state)
        return optax.apply_updates(parameters, updates), state, value

    for _ in range(300):
        parameters, state, value = step(parameters, state)
    assert float(value) < 1e-3


def test_it_is_the_network_of_a_field() -> None:
    field = sf.Field(2, 3, hidden=17, layers=2, seed=5, **OMEGAS)
    x = np.random.default_rng(2).uniform(-1, 1, (33, 2)).astype(np.float32)
    value, gradient = sj.siren_jet(sj.from_field(field), x, "value", "gradient", **OMEGAS)
    wanted = field(x, "value", "gradient", coordinates="normalised")
    assert np.allclose(value, wanted[0], atol=1e-5) and np.allclose(gradient, wanted[1], atol=1e-4)
    batched = jax.vmap(lambda x: sj.siren_jet(sj.from_field(field), x, **OMEGAS))(x.reshape(3, 11, 2))
    assert np.allclose(batched.reshape(33, 3), value, atol=1e-6)


def test_what_is_wrong_is_said() -> None:
    parameters = network(2, 1)
    with pytest.raises(ValueError, match=r"shape \(3, 3\); give \(\.\.\., 2\)"):
        sj.siren_jet(parameters, jnp.zeros((3, 3)))
    with pytest.raises(ValueError, match="no part of a jet"):
        sj.siren_jet(parameters, jnp.zeros((3, 2)), "curl")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="layer 1"):
        sj.siren_jet([parameters[0], parameters[0]], jnp.zeros((3, 2)))
    with pytest.raises(ValueError, match="hidden layer"):
        sj.siren_jet(parameters[:1], jnp.zeros((3, 2)))
