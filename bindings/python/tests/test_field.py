"""Fields: values and derivatives against what is not our code, files, copies, and bad points."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sinefield as sf
from numpy.typing import NDArray

from .conftest import SMALL, wave


def by_hand(field: sf.Field, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The network in float64 NumPy, at normalised coordinates `(n, d)`."""
    for layer in field.layers:
        x = x @ layer.weight.astype(np.float64).T + layer.bias.astype(np.float64)
        x = np.sin(layer.omega * x) if layer.activation == "sine" else x
    return x


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (2, 3), (3, 1)])
def test_values_and_derivatives_are_those_of_the_network(inputs: int, outputs: int) -> None:
    field = sf.Field(inputs, outputs, hidden=17, layers=2, omega=5, first_omega=4, seed=inputs)
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (31, inputs))
    asked: tuple[Any, ...] = ("value", "gradient", "gradient-magnitude", "laplacian", "hessian")
    value, gradient, magnitude, laplacian, hessian = field(x, *asked, precision="f64")
    assert np.allclose(value, by_hand(field, x), rtol=0, atol=1e-12)
    step = 1e-4
    for i in range(inputs):
        to = np.eye(inputs)[i] * step
        slope = (by_hand(field, x + to) - by_hand(field, x - to)) / (2 * step)
        assert np.allclose(gradient[..., i], slope, atol=1e-5)
        bent = (field(x + to, "gradient", precision="f64") - field(x - to, "gradient", precision="f64")) / (2 * step)
        assert np.allclose(hessian[..., i, :], bent, atol=1e-4)
    assert np.allclose(magnitude, np.sqrt((gradient**2).sum(-1)), atol=1e-12)
    assert np.allclose(laplacian, np.trace(hessian, axis1=-2, axis2=-1), atol=1e-9)
    for fast, exact in zip(field(x, *asked), (value, gradient, magnitude, laplacian, hessian), strict=True):
        assert fast.dtype == np.float32 and fast.shape == exact.shape
        assert np.allclose(fast, exact, rtol=2e-4, atol=2e-4 * np.abs(exact).max())


def test_eval_and_render_are_those_of_the_command(tmp_path: Path, command: Callable[..., str]) -> None:
    field = sf.fit(wave(17, 13), **SMALL).field
    field.save(tmp_path / "f.safetensors")
    points = np.random.default_rng(1).uniform(0, 12, (33, 2))
    np.save(tmp_path / "points.npy", points)
    command("eval", "f.safetensors", "points.npy", "-o", "at.npz", cwd=tmp_path)
    with np.load(tmp_path / "at.npz") as arrays:
        # Asked for together, as the command does: what is computed with what decides the last bits.
        names: list[Any] = list(arrays)
        for name, found in zip(names, field(points, *names), strict=True):
            assert np.array_equal(found, arrays[name]), name
    cases: list[tuple[list[object], dict[str, Any]]] = [
        ([], {}),
        (["--scale", 2.5, "--quantity", "hessian"], {"scale": 2.5, "quantity": "hessian"}),
        (["--size", "9x7", "--region", "1,2,8,9.5"], {"size": "9x7", "region": (1, 2, 8, 9.5)}),
        (["--at", "row=3.5"], {"at": {"row": 3.5}}),
    ]
    for options, settings in cases:
        command("render", "f.safetensors", "-o", "r.npy", *options, cwd=tmp_path)
        assert np.array_equal(field.render(**settings), np.load(tmp_path / "r.npy")), settings
    command("render", "f.safetensors", "-o", "one.png", "--quantity", "laplacian", cwd=tmp_path)
    assert field.render("laplacian", output=tmp_path / "two.png") is None
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    # Native samples lie at the pixels, in the units of the picture.
    rows, columns = np.mgrid[:17, :13]
    assert np.allclose(field(np.stack([rows, columns], -1)), np.asarray(field), atol=1e-6)


def ball() -> sf.Field:
    """The distance from a sphere of radius 1/2, with a network that adds nothing."""
    x, y, z = sf.coordinates("x", "y", "z")
    form = sf.norm([x, y, z]) - 0.5
    f = sf.field("f", x, y, z, form=lambda net: form + 1e-30 * net, hidden=4, layers=1)
    box = sf.Box(x=(-1, 1), y=(-1, 1), z=(-1, 1))
    found: sf.Field = sf.Problem([sf.Constraint(f, box, samples=9)]).solve(steps=1).f
    return found


def test_surfaces_are_those_of_the_command(tmp_path: Path, command: Callable[..., str]) -> None:
    field = ball()
    field.save(tmp_path / "f.safetensors")
    shapes = {"shaded": (30, 40, 4), "normal": (30, 40, 3), "curvature": (30, 40), "distance": (30, 40)}
    for look, shape in shapes.items():
        found = field.render(look, camera=(20, -10, 4), size="40x30")  # type: ignore[arg-type]
        options = ("--quantity", look, "--camera", "20,-10,4", "--size", "40x30")
        command("render", "f.safetensors", "-o", "r.npy", *options, cwd=tmp_path)
        assert found.shape == shape
        assert np.array_equal(found, np.load(tmp_path / "r.npy"), equal_nan=True), look
    # The middle of the picture is the nearest place, where the normal looks at the camera.
    distance = field.render("distance", camera=(90, 0, 4), size="41x31")
    assert distance[15, 20] == pytest.approx(3.5, abs=1e-4) and np.isnan(distance[0, 0])
    assert np.allclose(field.render("normal", camera=(90, 0, 4), size="41x31")[15, 20], [1, 0, 0], atol=1e-4)
    assert np.nanmedian(field.render("curvature", size="41x31")) == pytest.approx(2, abs=1e-3)
    # A camera alone shows a shaded surface.
    field.render(camera=(20, -10, 4), size="40x30", output=tmp_path / "one.png")
    command("render", "f.safetensors", "-o", "two.png", "--camera", "20,-10,4", "--size", "40x30", cwd=tmp_path)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with pytest.raises(ValueError, match="`camera`: 1 numbers are no camera"):
        field.render(camera=(20,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the elevation of the camera is 91"):
        field.render("shaded", camera=(0, 91))
    with pytest.raises(ValueError, match="a surface needs 3 and 1"):
        sf.Field(2, 1, hidden=8).render("normal")


def test_points_keep_their_shape() -> None:
    plane, line = sf.Field(2, 3, hidden=8), sf.Field(1, 2, hidden=8)
    points = np.random.default_rng(2).uniform(-1, 1, (4, 5, 2))
    assert plane(points).shape == (4, 5, 3)
    assert plane(points, "hessian").shape == (4, 5, 3, 2, 2)
    assert plane([0.1, 0.2]).shape == (3,)
    assert plane(np.empty((0, 2)), "gradient").shape == (0, 3, 2)
    assert line(np.linspace(-1, 1, 7)).shape == (7, 2)
    assert line(np.zeros((7, 1))).shape == (7, 2)
    assert line(np.zeros((7, 4))).shape == (7, 4, 2)
    assert line(0.5).shape == (2,)
    flat = plane(points.reshape(-1, 2))
    for same in (np.asfortranarray(points), np.repeat(points, 2, 1)[:, ::2], points[::-1, ::-1][::-1, ::-1]):
        assert np.array_equal(plane(same).reshape(-1, 3), flat)
    whole = np.zeros((3, 2), dtype=np.int64)
    assert np.array_equal(plane(whole), plane(whole.astype(float)))


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (np.zeros((3, 3)), r"shape \(3, 3\) for a field of 2 coordinates; give \(\.\.\., 2\)"),
        (np.float64(3), "give"),
        ([[0.0, np.nan]], "coordinate 1 of point 0 is nan"),
        ([[0.0, 1e300]], "use precision='f64'"),
        (np.array([[None, None]]), "dtype object"),
        ([[1.0], [2.0, 3.0]], "rows of equal length"),
        (np.zeros((2, 2), dtype=complex), "complex"),
    ],
)
def test_points_that_are_none_are_said(points: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sf.Field(2, 1, hidden=8)(points)


def test_what_is_asked_of_a_field_has_names() -> None:
    field = sf.Field(2, 1, hidden=8)
    for ask in (
        lambda: field([[0, 0]], "curl"),  # type: ignore[arg-type]
        lambda: field([[0, 0]], precision="f16"),  # type: ignore[arg-type]
        lambda: field([[0, 0]], coordinates="miles"),  # type: ignore[arg-type]
        lambda: field.render("curl"),  # type: ignore[arg-type]
        lambda: sf.Field(2, 1, hiden=8),
        lambda: sf.Field(0, 1),
    ):
        with pytest.raises(ValueError, match="curl|f16|miles|hiden|inputs|sampled"):
            ask()


def test_parameters_are_the_fields_own() -> None:
    field = sf.Field(2, 1, hidden=8, seed=1)
    x = [[0.3, -0.2]]
    before = field(x, precision="f64")
    field.layers[-1].bias[0] += 1
    assert np.allclose(field(x, precision="f64"), before + 1, atol=1e-6)
    field.parameters[:] = 0
    assert field(x) == 0
    field.parameters[3] = np.nan
    with pytest.raises(ValueError, match=r"layers.0.weight\[3\] is not a finite number"):
        field(x)


def test_fields_are_copied_pickled_compared_and_saved(tmp_path: Path) -> None:
    field = sf.fit(wave(9, 8), **SMALL).field
    field.save(tmp_path / "f.safetensors")
    for same in (copy.copy(field), copy.deepcopy([field])[0], pickle.loads(pickle.dumps(field)),
                 sf.load(tmp_path / "f.safetensors"), sf.Field.from_bytes(field.to_bytes())):
        assert same == field and same.info == field.info
        same.parameters[0] += 1
        assert same != field
    assert field != "field" and sf.Field(2, 1, hidden=8) != sf.Field(2, 1, hidden=9)
    assert field.info["fitted"]["steps"] == 12 and field.axes[0] == sf.Axis("row", 9, None, "")
    with pytest.raises(FileNotFoundError):
        sf.load(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"not a field")
    with pytest.raises(ValueError, match="bad.safetensors"):
        sf.load(tmp_path / "bad.safetensors")
    with pytest.raises(OSError, match="does not exist"):
        field.save(tmp_path / "none" / "f.safetensors")
    with pytest.raises(TypeError, match="call it with points"):
        list(field)
