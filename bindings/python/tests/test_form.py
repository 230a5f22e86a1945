"""Fields with a form and with periodic coordinates: exact values at the ends, derivatives against differences, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sinefield as sf

WAVES: dict[str, Any] = {"hidden": 16, "layers": 1, "omega": 3, "first_omega": 3}


def heat(**more: Any) -> sf.Problem:
    x, t = sf.coordinates("x", "t")
    a = sf.constant("a", 4.5)
    u = sf.field("u", x, t, form=lambda net: np.sin(np.pi * x) + a * t * x * (1 - x) * net, **WAVES)
    return sf.Problem([sf.Constraint(sf.d(u, t) - 0.2 * sf.d(u, x, x), sf.Box(x=(0, 1), t=(0, 1)), samples=256)], **more)


def test_a_form_holds_the_ends_and_the_fit_the_rest(tmp_path: Path, command: Callable[..., str]) -> None:
    problem = heat()
    solution = problem.solve(optimizer="gauss-newton", steps=15, output=tmp_path / "u.safetensors")
    x, t = np.meshgrid(np.linspace(0, 1, 11), np.linspace(0, 1, 7))
    points = np.stack([x.ravel(), t.ravel()], axis=1)
    wanted = np.exp(-0.2 * np.pi**2 * points[:, 1]) * np.sin(np.pi * points[:, 0])
    assert np.abs(solution.u(points)[:, 0] - wanted).max() < 1e-3
    start = solution.u(points, precision="f64")[points[:, 1] == 0, 0]
    assert np.allclose(start, np.sin(np.pi * np.linspace(0, 1, 11)), rtol=1e-14, atol=1e-15)

    saved = sf.Field.load(tmp_path / "u.safetensors")
    assert saved == solution.u and saved.form == solution.u.form == solution.u.info["form"]
    assert saved.form is not None and "net" in saved.form and "4.5" in saved.form
    assert saved.form in command("info", "u.safetensors", cwd=tmp_path)
    problem.save(tmp_path / "p.toml")
    assert saved.form in command("check", "p.toml", cwd=tmp_path)


def test_derivatives_are_those_of_the_form() -> None:
    field = heat().fields()["u"]

    def values(*steps: float) -> Any:
        return field(np.array([0.3, 0.6]) + steps, precision="f64").item()

    h = 1e-4
    gradient, laplacian = field([0.3, 0.6], "gradient", "laplacian", precision="f64")
    assert np.isclose(gradient.ravel()[0], (values(h, 0) - values(-h, 0)) / (2 * h), rtol=1e-6)
    assert np.isclose(gradient.ravel()[1], (values(0, h) - values(0, -h)) / (2 * h), rtol=1e-6)
    four = values(h, 0) + values(-h, 0) + values(0, h) + values(0, -h)
    assert np.isclose(laplacian.item(), (four - 4 * values(0, 0)) / h**2, rtol=1e-4)


def test_periodic_coordinates() -> None:
    x, t = sf.coordinates("x", "t")
    domain = sf.Box(x=(-1, 3), t=(0, 1))
    for periodic in ([x], ["x"]):
        u = sf.field("u", x, t, periodic=periodic, **WAVES)
        field = sf.Problem([sf.Constraint(sf.d(u, t) + sf.d(u, x), domain)]).fields()["u"]
        ends = [field([end, 0.3], "value", "gradient", "hessian") for end in (-1.0, 3.0)]
        assert all(np.array_equal(low, high) for low, high in zip(*ends, strict=True))
        assert field.info["encoding"] == {"periodic": {"axes": [0]}} and field.form is None


def test_fourier_features() -> None:
    x, t = sf.coordinates("x", "t")
    domain = sf.Box(x=(-1, 3), t=(0, 1))
    encoding = {"fourier": {"features": 10, "scale": 0.5, "seed": 3}}
    u = sf.field("u", x, t, periodic=["x"], encoding=encoding, **WAVES)
    field = sf.Problem([sf.Constraint(sf.d(u, t) + sf.d(u, x), domain)]).fields()["u"]
    ends = [field([end, 0.3], "value", "gradient", "hessian") for end in (-1.0, 3.0)]
    assert all(np.array_equal(low, high) for low, high in zip(*ends, strict=True))
    assert field.info["encoding"] == {"fourier": {"features": 10, "scale": 0.5, "seed": 3, "periodic": [0]}}
    h = 1e-5
    slope = (field([0.7, 0.3 + h], precision="f64") - field([0.7, 0.3 - h], precision="f64")) / (2 * h)
    assert np.isclose(field([0.7, 0.3], "gradient", precision="f64").ravel()[1], slope.item(), rtol=1e-6)
    with pytest.raises(ValueError, match="features is 9; it must be even"):
        sf.Problem([sf.Constraint(sf.field("v", x, encoding={"fourier": {"features": 9, "scale": 1.0}}), sf.Box(x=(0, 1)))])


def test_forms_that_cannot_be() -> None:
    x, y = sf.coordinates("x", "y")
    v = sf.field("v", x, **WAVES)

    def made(form: Any, **more: Any) -> sf.Problem:
        u = sf.field("u", x, form=form, **WAVES, **more)
        return sf.Problem([sf.Constraint([u, v, y], sf.Box(x=(0, 1), y=(0, 1)))])

    for form, words in [
        (lambda net: x + 1, "does not use net"),
        (lambda net: net + v, '"v" is a field'),
        (lambda net: net + y, "a coordinate that the field does not depend on"),
        (lambda net: net * sf.trainable("m", 1), '"m" is a trainable'),
        (lambda net: [net, x], "a width of 2"),
        (lambda net: sf.d(net, x), '"d" is a derivative'),
    ]:
        with pytest.raises(ValueError, match=words):
            made(form)
    with pytest.raises(ValueError, match="the form has the data f"):
        made(lambda net: net + sf.data("f", [1.0]))
    with pytest.raises(TypeError, match="no function"):
        made("x * net")
    with pytest.raises(TypeError, match="no expression"):
        made(lambda net: None)


def test_the_network_alone_does_not_pass_for_the_field() -> None:
    field = heat().fields()["u"]
    for name in ("torch", "jax"):
        module = pytest.importorskip(f"sinefield.{name}", exc_type=ImportError)
        convert = module.Siren.from_field if name == "torch" else module.from_field
        with pytest.raises(ValueError, match="form"):
            convert(field)
