"""Problems: solutions against closed forms, the bits of the command, gradients against differences."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import sinefield as sf
from sinefield import _functions, _native

WAVES: dict[str, Any] = {"hidden": 16, "layers": 1, "omega": 3, "first_omega": 3}


def poisson(**more: Any) -> sf.Problem:
    x, y = sf.coordinates("x", "y")
    u = sf.field("u", x, y, hidden=32, layers=1, omega=3, first_omega=3)
    exact = np.sin(np.pi * x) * sf.sin(np.pi * y)
    inside = sf.Constraint(
        (sf.laplace(u) + 2 * np.pi**2 * exact) / (2 * np.pi**2), sf.Box(x=(0, 1), y=(0, 1)), samples=512, name="inside"
    )
    edge = sf.Constraint(u - exact, sf.Boundary(x=(0, 1), y=(0, 1)), samples=128, weight=10)
    return sf.Problem([inside, edge], **more)


def test_a_solution_is_the_closed_form() -> None:
    solution = poisson().solve(steps=500, lr=5e-3)
    points = np.random.default_rng(0).uniform(0, 1, (301, 2))
    x, y = points.T
    wanted = np.sin(np.pi * x) * np.sin(np.pi * y)
    value, gradient = solution.u(points, "value", "gradient")
    assert np.abs(value[:, 0] - wanted).max() < 0.02
    assert np.abs(gradient[:, 0, 0] - np.pi * np.cos(np.pi * x) * np.sin(np.pi * y)).max() < 0.1
    assert solution.losses["inside"] > 0 and len(solution.history["loss"]) == 500


def test_float64_reaches_digits_that_float32_does_not_have(tmp_path: Path) -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, **WAVES)
    inside = sf.Constraint(sf.d(u, x, x) / np.pi**2 + sf.sin(np.pi * x), sf.Box(x=(-1, 1)), samples=65, draw="fixed")
    problem = sf.Problem([inside, sf.Constraint(u, sf.Grid(x=(-1, 1, 2)))])
    places = np.linspace(-1, 1, 33)

    def worst(precision: Literal["f32", "f64"]) -> float:
        solved = problem.solve(optimizer="gauss-newton", precision=precision, output=tmp_path / "u.safetensors")
        field = sf.Field.load(tmp_path / "u.safetensors")
        assert field == solved.u and field.precision == precision
        assert field(places).dtype == {"f32": np.float32, "f64": np.float64}[precision]
        found = solved.u(places, precision="f64")[:, 0]
        return float(np.abs(found - np.sin(np.pi * places)).max())

    assert worst("f64") < 1e-8 < 2e-8 < worst("f32")
    single = sf.Field.load(tmp_path / "u.safetensors")
    assert single.with_precision("f64").with_precision("f32") == single != single.with_precision("f64")


@pytest.mark.parametrize("optimizer", ["ssbroyden", "ssbfgs", "soap"])
def test_other_methods_solve_too(optimizer: Literal["ssbroyden", "ssbfgs", "soap"]) -> None:
    solution = poisson().solve(optimizer=optimizer, steps=150, lr=3e-3 if optimizer == "soap" else None)
    points = np.random.default_rng(0).uniform(0, 1, (301, 2))
    wanted = np.sin(np.pi * points[:, 0]) * np.sin(np.pi * points[:, 1])
    assert np.abs(solution.u(points)[:, 0] - wanted).max() < 0.05
    steps = solution.history["loss"]
    assert len(steps) == 150 and steps[-1] < 1e-3 * steps[0]


def test_a_problem_has_the_bits_of_the_command(tmp_path: Path, command: Callable[..., str]) -> None:
    x, y = sf.coordinates("x", "y")
    u = sf.field("u", x, y, outputs=["re", "im"], **WAVES)
    v = sf.field("v", x, **WAVES)
    k = sf.constant("k", 2)
    at = np.linspace(0, 1, 7)
    problem = sf.Problem(
        [
            sf.Constraint([sf.d(u["re"], x) - k * v, u["im"] * u["re"]], sf.Grid(x=(0, 1, 5), y=(0, 1, 3))),
            sf.Constraint(u[0] - sf.data("f", np.arange(15.0).reshape(5, 3)), sf.Grid(x=(0, 1, 5), y=(0, 1, 3))),
            sf.Constraint(v - sf.trainable("a", 0.5) * sf.data("g", at**2), sf.Points(x=at), norm="huber", delta=0.1),
            sf.Constraint(u["im"], sf.Ball(0.5, x=0.5, y=0.5), samples=33, sequence="low-discrepancy", reduce="sum"),
            sf.Constraint(sf.where(x > 0.5, v, 0), sf.Box(x=(0, 1)), samples=9, draw="fixed", norm="l1"),
            sf.Constraint(v - x, sf.Box(x=(0, 1)), samples=9, adaptive=True, causal={"coordinate": "x", "chunks": 3}),
            sf.Constraint(v - x, sf.Box(x=(0, 1)), samples=5, adaptive={"power": 2, "every": 3}),
            sf.Constraint(v - x, sf.Box(x=(0, 1)), samples=5, windows={"coordinate": "x", "until": 0.7}),
        ],
        seed=4,
        fit={"steps": 20, "rate": 1e-3, "balance": {"every": 7}},
    )
    problem.save(tmp_path / "p.toml")
    command("solve", "p.toml", "-o", "f.safetensors", "--set", "constants.k=3", "--quiet", cwd=tmp_path)
    solution = problem.solve(set={"constants.k": 3})
    for name in ("u", "v"):
        assert np.array_equal(sf.load(tmp_path / f"f.{name}.safetensors").parameters, solution.fields[name].parameters)
    assert solution.trainable["a"] != 0.5 and solution.steps == 20
    assert 0 < solution.causal["constraint 6"] < 1 and set(solution.balance) == set(solution.losses)
    by_file = sf.solve(tmp_path / "p.toml", set=["constants.k=3"])
    assert by_file.u == solution.u or np.array_equal(by_file.u.parameters, solution.u.parameters)
    read = sf.Problem.from_toml(tmp_path / "p.toml")
    assert read.needs == problem.needs and read.needs["trainable"] == {"a": 0.5}
    fields = list(problem.fields().values())
    assert read.gradient(fields)[0] == problem.gradient(fields)[0]
    with pytest.raises(FileNotFoundError, match="none.toml"):
        sf.Problem.from_toml(tmp_path / "none.toml")
    plan = problem.plan(steps=7)
    assert plan.numbers["steps"] == 7 and plan.numbers["fields"] == ["u", "v"]
    assert problem.needs["constraints"][0]["components"] == 2


def test_gradients_are_slopes_and_rows_add_up() -> None:
    problem = poisson(seed=3)
    field = problem.fields()["u"]
    loss, gradient = problem.gradient(field)
    rows = problem.residuals(field)
    values, derivatives = problem.jacobian(field)
    assert np.allclose(values, np.concatenate([part.ravel() for part in rows.values()]), atol=1e-6)
    assert np.allclose(2 * values @ derivatives, gradient, rtol=1e-3, atol=1e-4 * np.abs(gradient).max())
    assert {name: array.shape for name, array in rows.items()} == {"inside": (512, 1), "constraint 2": (128, 1)}
    assert np.isclose(sum(float((array.astype(float) ** 2).sum()) for array in rows.values()), loss, rtol=1e-5)
    assert problem.gradient(field, step=1)[0] != loss
    start, along = field.parameters.copy(), gradient / np.linalg.norm(gradient)
    moved = []
    for side in (1e-3, -1e-3):
        field.parameters[:] = start + side * along
        moved.append(problem.gradient(field)[0])
    assert np.isclose((moved[0] - moved[1]) / 2e-3, np.linalg.norm(gradient), rtol=1e-2)
    field.parameters[0] = np.nan
    assert np.isnan(problem.gradient(field)[0])
    with pytest.raises(ValueError, match="numbers are given for .* unknowns"):
        problem.gradient(sf.Field(2, 1, hidden=3))


def test_fields_of_float64_have_derivatives_of_float64() -> None:
    problem = poisson(seed=3)
    single = problem.fields()["u"]
    field = single.with_precision("f64")
    loss, gradient = problem.gradient(field)
    assert gradient.dtype == np.float64
    assert problem.gradient(single)[1].dtype == np.float32
    assert loss != problem.gradient(single)[0] and np.isclose(loss, problem.gradient(single)[0], rtol=1e-4)
    values, derivatives = problem.jacobian(field)
    rows = np.concatenate([part.ravel() for part in problem.residuals(field).values()])
    assert np.allclose(values, rows, rtol=1e-12) and np.isclose(values @ values, loss, rtol=1e-12)
    assert np.allclose(2 * values @ derivatives, gradient, rtol=1e-9, atol=1e-12 * np.abs(gradient).max())
    # Central differences have an error of the square of the step, which float32 could not show.
    start, along = field.parameters.copy(), gradient / np.linalg.norm(gradient)
    moved = []
    for side in (1e-5, -1e-5):
        field.parameters[:] = start + side * along
        moved.append(problem.gradient(field)[0])
    assert np.isclose((moved[0] - moved[1]) / 2e-5, np.linalg.norm(gradient), rtol=1e-6)


def test_a_problem_of_float64_has_fields_of_float64() -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, **WAVES)
    problem = sf.Problem([sf.Constraint(u - x, sf.Grid(x=(0, 1, 9)))], fit={"precision": "f64"})
    field = problem.fields()["u"]
    assert field.precision == "f64" and problem.gradient(field)[1].dtype == np.float64
    assert problem.gradient(field.with_precision("f32"))[1].dtype == np.float32


def test_the_precision_of_derivatives_is_that_of_any_field() -> None:
    x = sf.coordinates("x")
    u, v, k = sf.field("u", x, **WAVES), sf.field("v", x, **WAVES), sf.trainable("k", 1)
    stages = {"stage": [{"optimizer": "adam", "steps": 3}, {"optimizer": "gauss-newton", "steps": 2}]}
    problem = sf.Problem([sf.Constraint(u - k * v, sf.Grid(x=(0, 1, 9)))], fit=stages)
    fields = problem.fields()
    for mixed in ([fields["u"].with_precision("f64"), fields["v"]], [fields["u"], fields["v"].with_precision("f64")]):
        close = 1 + 1e-10
        loss, gradient = problem.gradient(mixed, trainable=[1.0])
        moved, _ = problem.gradient(mixed, trainable=[close])
        assert gradient.dtype == np.float64
        assert np.isclose((moved - loss) / (close - 1), gradient[-1], rtol=1e-2), "float32 has no such digits"
    assert problem.gradient(list(fields.values()))[1].dtype == np.float32


def test_a_list_of_two_numbers_is_a_vector() -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, **WAVES)
    constant = sf.constant("c", [1.5, 2])
    problem = sf.Problem([sf.Constraint(u * constant, sf.Grid(x=(0, 1, 5)), name="both")])
    field = problem.fields()["u"]
    rows = problem.residuals(field)["both"]
    assert rows.shape == (5, 2) and np.allclose(rows[:, 1] * 1.5, rows[:, 0] * 2)


def test_an_optimizer_of_another_library_solves_it() -> None:
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    x = sf.coordinates("x")
    u = sf.field("u", x, **WAVES)
    problem = sf.Problem([
        sf.Constraint((sf.d(u, x, x) + np.pi**2 * sf.sin(np.pi * x)) / 10, sf.Grid(x=(-1, 1, 65))),
        sf.Constraint(u, sf.Boundary(x=(-1, 1))),
    ])
    field = problem.fields(0)["u"]

    def loss(theta: Any) -> tuple[float, Any]:
        field.parameters[:] = theta
        value, gradient = problem.gradient(field)
        return value, gradient.astype(float)

    found = optimize.minimize(loss, field.parameters.copy(), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    field.parameters[:] = found.x
    assert abs(field(0.5).item() - 1) < 0.01


def test_points_of_your_own_are_drawn_where_the_residual_is_large() -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, range={"x": (-1, 1)}, **WAVES)
    draws = np.random.default_rng(0)

    def over(points: Any) -> sf.Problem:
        return sf.Problem([sf.Constraint(u - sf.sin(9 * x), sf.Points(x=points))], fit={"rate": 5e-3})

    field = over([0.0]).fields(0)["u"]
    rate, before = 0.02, 0.0
    for _ in range(200):
        trial = draws.uniform(-1, 1, 256)
        rows = over(trial).residuals(field)["constraint 1"][:, 0] ** 2
        points = draws.choice(trial, 64, p=rows / rows.sum())
        loss, gradient = over(points).gradient(field)
        field.parameters[:] -= rate * gradient / (1 + np.linalg.norm(gradient))
        before = before or loss
    assert loss < before / 2


def drawn(domain: sf.Domain, *wanted: Any, samples: int = 4000) -> Any:
    """The values of expressions at the points of a domain, by the residuals of fields that are 0."""
    u = sf.field("u", **WAVES)
    problem = sf.Problem([sf.Constraint([part + u for part in wanted], domain, samples=samples)])
    field = problem.fields()["u"]
    field.parameters[:] = 0
    return problem.residuals(field)["constraint 1"] * np.sqrt(samples)


def test_shapes_have_their_areas_and_normals() -> None:
    x, y, t = sf.coordinates("x", "y", "t")
    corner, hole = sf.Box(y=(-1, 0), x=(0, 1)), sf.Ball(0.4, x=-0.5, y=0.5)
    square = sf.Box(x=(-1, 1), y=(-1, 1))
    outline = [(-1, -1), (0, -1), (0, 0), (1, 0), (1, 1), (-1, 1)]
    polygon = sf.Polygon(np.array(outline), coordinates=("x", "y"))
    halves = sf.Union(sf.Box(x=(-1, 0), y=(-1, 1)), sf.Box(x=(-1, 1), y=(0, 1)))
    for shape in (sf.Difference(square, corner), polygon, halves):
        a, b = drawn(shape, x, y).T
        assert not np.any((a > 0) & (b < 0)) and abs(a).max() <= 1 and abs(b).max() <= 1
        assert abs(a.mean() + 1 / 6) < 0.05 and abs((a * b).mean() - 1 / 12) < 0.03
        a, b, p, q = drawn(sf.Boundary(shape), x, y, sf.normal[0], sf.normal[1]).T
        # Horizontal edges have the length 4 of 8, and the normal is up on 2 of these.
        assert abs((abs(q) > 0.9).mean() - 0.5) < 0.05 and abs((q > 0.9).mean() - 0.25) < 0.05
        # The divergence theorem for F = (x, y): the mean flux is twice the area over the length.
        assert abs((a * p + b * q).mean() - 6 / 8) < 0.05
    plate = sf.Difference(polygon, hole)
    a, b, at, p, q, r = drawn(sf.Boundary(plate).times(t=(2, 3)), x, y, t, *(sf.normal[i] for i in range(3))).T
    round = np.hypot(a + 0.5, b - 0.5) < 0.41
    assert abs(round.mean() - 0.8 * np.pi / (8 + 0.8 * np.pi)) < 0.05
    assert np.allclose(p[round], -(a[round] + 0.5) / 0.4, atol=1e-4) and not r.any()
    assert at.min() >= 2 and at.max() <= 3 and abs(at.mean() - 2.5) < 0.05
    given = sf.Points(x=[0, 5], y=[1, 1])
    a, b = drawn(sf.Near(given, 0.5), x, y).T
    assert abs((a > 2).mean() - 0.5) < 0.05
    square_distance = np.where(a > 2, a - 5, a) ** 2 + (b - 1) ** 2
    assert square_distance.max() < 0.2501 and abs(square_distance.mean() - 0.125) < 0.01


def test_shapes_are_written_as_the_command_reads_them(tmp_path: Path) -> None:
    x, y = sf.coordinates("x", "y")
    u = sf.field("u", x, y, **WAVES)
    plate = sf.Difference(sf.Polygon([(0, 0), (3, 0), (0, 2)], coordinates=("x", "y")), sf.Ball(0.3, x=1, y=0.5))
    problem = sf.Problem([
        sf.Constraint(sf.laplace(u) + 1, plate, samples=33),
        sf.Constraint(sf.dot(sf.grad(u), sf.normal) - x, sf.Boundary(plate), samples=33),
        sf.Constraint(u, sf.Near(sf.Points(x=[0, 1], y=[0, 1]), 0.1), samples=9),
    ])
    problem.save(tmp_path / "p.toml")
    read = sf.Problem.from_toml(tmp_path / "p.toml")
    field = problem.fields()["u"]
    assert read.gradient(field)[0] == problem.gradient(field)[0]
    domains = [part["domain"] for part in read.check().numbers["constraints"]]
    assert domains[1] == "the boundary of a difference of 2 shapes; x in [0, 3], y in [0, 2]"
    assert domains[2].startswith("within 0.1 of 2 points; ")


def test_what_cannot_be_a_shape_is_said() -> None:
    x, n = sf.coordinates("x", "n")
    u = sf.field("u")
    square, names = sf.Box(x=(0, 1), y=(0, 1)), ("x", "y")
    for residual, domain, words in [
        (u, sf.Polygon([(0, 0), (1, 0)], coordinates=names), "at least 3"),
        (u, sf.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)], coordinates=names), "crosses itself"),
        (u, sf.Polygon([(0, 0), (1, 1), (2, 2)], coordinates=names), "no area"),
        (u, sf.Polygon([(0, 0), (1, 1), (0, 0)], coordinates=names), "vertices 0 and 2"),
        (u, sf.Union(), "no shapes"),
        (u, sf.Union(square, sf.Ball(1, x=0)), "same coordinates"),
        (u, sf.Difference(square, square), "0 of 16384"),
        (u, sf.Near(sf.Points(x=[0]), 0), "the distance is 0"),
        (u, sf.Near(sf.Points(x=[]), 1), "no points"),
        (u - sf.data("f", [1]), sf.Near(sf.Points(x=[0]), 1), "points that can be counted"),
        (sf.dot(sf.grad(u), sf.normal), square, "outward normal of a boundary"),
        (sf.d(u * sf.normal[0], x), sf.Boundary(square), "data"),
        (u * sf.normal[0], sf.Boundary(n=(0, 1)), "the name n"),
        (u * sf.normal[0] + sf.field("v", outputs=["n", "m"])[0], sf.Boundary(square), "the name n"),
        (u, square.times(x=1), 'sides names "x"'),
    ]:
        with pytest.raises(ValueError, match=words):
            sf.Problem([sf.Constraint(residual, domain)])
    wrong: Any = sf.Boundary(square)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: sf.Union(square, wrong), "union is not made of a Boundary"),
        (lambda: sf.Difference(wrong), "difference is not made of a Boundary"),
        (lambda: sf.Boundary(wrong), "boundary is not made of a Boundary"),
        (lambda: sf.Boundary(square, t=(0, 1)), "times"),
        (lambda: sf.Near(wrong, 1), "has no points"),
    ]
    for case, words in refused:
        with pytest.raises(TypeError, match=words):
            case()
    with pytest.raises(ValueError, match="two numbers for each"):
        sf.Polygon([1, 2, 3], coordinates=names)
    with pytest.raises(ValueError, match="low-discrepancy is not for a union"):
        sf.Problem([sf.Constraint(u, sf.Union(square), sequence="low-discrepancy")])
    with pytest.raises(ValueError, match="floor of adaptive is -1"):
        sf.Problem([sf.Constraint(u, square, adaptive={"floor": -1})])
    with pytest.raises(ValueError, match="causal names the coordinate"):
        sf.Problem([sf.Constraint(u, square, causal={"coordinate": "t"})])
    with pytest.raises(ValueError, match="windows has a count of 1"):
        sf.Problem([sf.Constraint(u, square, windows={"coordinate": "x", "count": 1})])


def test_names_and_texts_beyond_ascii(tmp_path: Path) -> None:
    x = sf.coordinates("ξ")
    psi = sf.field("ψ", x, hidden=4, layers=1)
    problem = sf.Problem([sf.Constraint(psi - x, sf.Grid(ξ=(0, 1, 5)), name="a \U0001f30a \x7f \"b\"")])
    problem.save(tmp_path / "p.toml")
    solution = problem.solve(steps=1)
    assert list(solution.losses) == list(sf.solve(tmp_path / "p.toml", steps=1).losses) == ["a \U0001f30a \x7f \"b\""]
    assert list(solution.fields) == ["ψ"]


def test_every_function_of_the_language_is_there() -> None:
    assert set(_native.functions()) == set(_functions.FUNCTIONS)
    for name in _functions.FUNCTIONS:
        assert callable(getattr(sf, name)), name
    x = sf.coordinates("x")
    u = sf.field("u", x, outputs=3)
    v: Any = sf.field("v", x)
    parts: list[Any] = [
        sf.sum(sf.cross(u, [1, x, 2])), sf.dot(u, u), sf.norm(u), sf.sum(sf.normalize(u)), sf.mean(u), sf.div(v),
        sf.sum(sf.grad(v)), sf.laplace(v, x), sf.where((x > 0) & ~(v <= 1) | (v >= 2), v, -v), sf.min(v, x, 0.5),
        sf.max(v, 0), sf.clamp(v, -1, 1), abs(v), sf.sign(v), sf.floor(v), sf.step(v), sf.sqrt(v**2 + 1), sf.exp(v),
        sf.log(v**2 + 1), sf.pow(v, 2), 2**v, sf.cos(v), sf.tan(v), sf.asin(v / 9), sf.acos(v / 9), sf.atan(v),
        sf.atan2(v, 2), sf.sinh(v), sf.cosh(v), sf.tanh(v), sf.erf(v), sf.sigmoid(v), sf.softplus(v), np.maximum(v, 0),
        1 / (v**2 + 1), np.float32(2) * v, v * np.array(3.0), sf.progress * v, 1 - v, np.square(v), np.arctan2(v, 1.0),
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    assert sf.Problem([sf.Constraint(total, sf.Box(x=(0, 1)), samples=17)]).solve(steps=2).steps == 2


def plane_wave(k: Any, **more: Any) -> tuple[sf.Problem, Any]:
    x = sf.coordinates("x")
    u = sf.field("u", x, outputs={"u": "complex"}, **WAVES)
    # u'' + k² u = 0 with u(0) = 1, and a wave that leaves at the other end.
    inside = sf.Constraint((sf.d(u, x, x) + k**2 * u) / 9, sf.Grid(x=(0, 2, 65)), name="inside")
    start = sf.Constraint(u - 1, sf.Box(x=0), samples=1)
    end = sf.Constraint(sf.d(u, x) / 3 - 1j * k * u / 3, sf.Box(x=2), samples=1)
    return sf.Problem([inside, start, end], **more), u


def test_a_complex_solution_is_the_closed_form() -> None:
    problem, u = plane_wave(sf.constant("k", 3))
    points = np.linspace(0, 2, 41)
    for k in (3.0, 3 + 0.5j, np.complex128(2)):
        solution = problem.solve(optimizer="gauss-newton", steps=20, set={"constants.k": k})
        assert solution.u.output_names == ("u.re", "u.im")
        values = solution.u(points)
        error = np.abs(values[:, 0] + 1j * values[:, 1] - np.exp(1j * k * points)).max()
        assert error < 1e-3, (k, error)
    assert problem.needs["constraints"][0]["components"] == 2
    assert str(u["u"]) == "u" and problem.residuals(problem.fields()["u"])["inside"].shape == (65, 2)


def test_complex_numbers_are_expressions(tmp_path: Path) -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, outputs={"u": "complex"}, **WAVES)
    assert str(1j * u) == "(complex(0.0, 1.0) * u)" and str(u - np.complex64(2)) == "(u - complex(2.0, 0.0))"
    assert str(np.complex128(-2j) * u) == "(complex(-0.0, -2.0) * u)"
    assert str(np.conj(u)) == "conj(u)" and str(np.exp(1j * x)) == "exp((complex(0.0, 1.0) * x))"
    assert str(sf.dot(u, np.array([1j, 2]))) == "dot(u, [complex(0.0, 1.0), complex(2.0, 0.0)])"
    k = sf.constant("k", [1 + 2j, 3])
    f = np.exp(1j * np.linspace(0, 1, 9))
    known = sf.complex(sf.data("p", f.real), sf.data("q", f.imag))
    grid = sf.Grid(x=(0, 1, 9))
    problem = sf.Problem([
        sf.Constraint(sf.where(x > 0.5, u, sf.conj(u)) * k[0] - known, grid),
        sf.Constraint([u, sf.re(u) * 1j, sf.exp(sf.arg(u) + sf.im(u))], grid, norm="l1"),
        sf.Constraint(u - known, grid, norm="huber", name="moduli"),
    ])
    assert [part["components"] for part in problem.needs["constraints"]] == [2, 3, 1]
    field = problem.fields()["u"]
    assert problem.solve(steps=2).steps == 2
    problem.save(tmp_path / "p.toml")
    assert sf.Problem.from_toml(tmp_path / "p.toml").gradient(field)[0] == problem.gradient(field)[0]
    # The norm l1 is of the modulus.
    alone = sf.Problem([sf.Constraint(u - known, grid, norm="l1", reduce="sum")])
    field = alone.fields()["u"]
    values = field(np.linspace(0, 1, 9)).astype(float)
    wanted = np.abs(values[:, 0] + 1j * values[:, 1] - f).sum()
    assert np.isclose(alone.gradient(field)[0], wanted, rtol=1e-5)


def test_complex_data_are_complex_numbers(tmp_path: Path) -> None:
    x, y = sf.coordinates("x", "y")
    u = sf.field("u", x, y, outputs={"u": "complex"}, **WAVES)
    f = np.exp(1j * np.arange(6)).reshape(2, 3)
    pair = np.stack([f, 2j * f.conj()], -1)
    grid = sf.Grid(x=(0, 1, 2), y=(0, 1, 3))
    places = np.stack(np.meshgrid(np.linspace(0, 1, 2), np.linspace(0, 1, 3), indexing="ij"), -1)
    for known in (f, np.asfortranarray(f), f.astype(np.complex64)[::-1][::-1]):
        problem = sf.Problem([sf.Constraint(u - sf.data("f", known), grid, norm="l1", reduce="sum")])
        field = problem.fields()["u"]
        values = field(places).astype(float)
        wanted = np.abs(values[..., 0] + 1j * values[..., 1] - f).sum()
        assert np.isclose(problem.gradient(field)[0], wanted, rtol=1e-5)
    # A vector of complex numbers at each point, in a problem and in its files.
    vector = sf.Problem([sf.Constraint(u * sf.conj(sf.data("f", pair)), grid)])
    assert vector.needs["constraints"][0]["components"] == 4
    values = vector.fields()["u"](places).astype(float)
    wanted = (np.abs(values[..., 0] + 1j * values[..., 1]) ** 2 * (np.abs(pair) ** 2).sum(-1)).mean()
    vector.save(tmp_path / "p.toml")
    for problem in (vector, sf.Problem.from_toml(tmp_path / "p.toml")):
        assert np.isclose(problem.gradient(problem.fields()["u"])[0], wanted, rtol=1e-5)
    # Data at points.
    points = sf.Points(x=[0.0, 0.5, 1.0], y=[0.0, 0.1, 0.2])
    problem = sf.Problem([sf.Constraint(u - sf.data("f", f[0]), points)])
    at = problem.fields()["u"](np.array([[0.0, 0.0], [0.5, 0.1], [1.0, 0.2]])).astype(float)
    wanted = (np.abs(at[:, 0] + 1j * at[:, 1] - f[0]) ** 2).mean()
    assert np.isclose(problem.gradient(problem.fields()["u"])[0], wanted, rtol=1e-5)


def test_where_a_real_number_is_needed_it_is_said() -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, outputs={"u": "complex"})
    box = sf.Box(x=(0, 1))
    for residual in [u < 1, sf.max(u, 0), sf.where(u, 1, u), sf.floor(u), sf.atan2(x, u), sf.complex(u, x), u & x]:
        with pytest.raises(ValueError, match=r"needs a real number, and this is complex; use re\(\), im\(\) or abs\(\)"):
            sf.Problem([sf.Constraint(residual, box)])
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: sf.trainable("k", 1j), "fit its parts"),  # type: ignore[arg-type]
        (lambda: u * complex(np.nan, 1), "not finite"),
        (lambda: sf.data("f", np.array([1j * np.inf])), "not finite"),
        (lambda: sf.Problem([sf.Constraint(sf.max(u - sf.data("f", [1j]), 0), sf.Grid(x=0))]), "needs a real number"),
        (lambda: sf.Problem([sf.Constraint(u, box, weight=1j)]), "no entry of a problem"),  # type: ignore[arg-type]
        (lambda: sf.Problem([sf.Constraint(sf.field("v", x, outputs="complex"), box)]), "outputs must be"),
        (lambda: sf.Problem([sf.Constraint(sf.constant("k", complex(1, np.inf)) * u, box)]), "finite"),
    ]
    for wrong, words in refused:
        with pytest.raises(ValueError, match=words):
            wrong()
    with pytest.raises(KeyError, match="no output 'v'"):
        u["v"]


def test_what_cannot_be_a_problem_is_said() -> None:
    x, y = sf.coordinates("x", "y")
    u = sf.field("u", x)
    box = sf.Box(x=(0, 1))
    for residual, domain, words in [
        (sf.d(u, x, x, x, x, x), box, "fifth derivative"),
        (sf.d(u, y), box, "coordinate"),
        (x + 1, box, "no field"),
        (u, sf.Box(y=(0, 1)), "u"),
        (u, sf.Box(x=(1, 0)), "x"),
        (u - sf.data("f", np.ones(4)), box, "points that can be counted"),
        (u - sf.data("f", np.ones(4)), sf.Grid(x=(0, 1, 5)), "shape"),
        (u[3], box, "width 1|index"),
    ]:
        with pytest.raises(ValueError, match=words):
            sf.Problem([sf.Constraint(residual, domain)])
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: bool(u > 0), "no truth"),
        (lambda: list(u), "by number"),
        (lambda: u + "1", "no expression"),
        (lambda: u[-1], "no component"),
    ]
    for wrong, words in refused:
        with pytest.raises(TypeError, match=words):
            wrong()
    refused = [
        (lambda: u + np.nan, "not finite"),
        (lambda: sf.field("2u", x), "no name"),
        (lambda: sf.data("f", [1, np.inf]), "not finite"),
        (lambda: sf.Points(x=[1, 2], y=[1]), "as many"),
        (lambda: sf.Points(x=[[1]]), "one a point"),
        (lambda: u - sf.field("u", x), "stands for two things"),
        (lambda: sf.Problem([sf.Constraint(u, box)], fit={"stepz": 3}), "stepz"),
        (lambda: sf.Problem([sf.Constraint(u, box)]).solve(set={"constants.k": 3}), "names no entry"),
        (lambda: sf.Problem([]), "no field"),
        (lambda: poisson().solve(optimizer="lbfgs"), 'draw = "fixed"'),
        (lambda: poisson().solve(optimizer="gauss-newton", lr=1e-3), "`lr`"),
        (lambda: sf.Problem([sf.Constraint(u, box, norm="l1")]).residuals(sf.Field(1, 1)), "l2"),
        (lambda: sf.Problem([sf.Constraint(u, box, norm="l1")]).jacobian(sf.Field(1, 1)), "l2"),
        (lambda: sf.Problem([sf.Constraint(u, box, norm="l1")]).solve(optimizer="gauss-newton"), "needs residual rows"),
    ]
    for wrong, words in refused:
        with pytest.raises(ValueError, match=words):
            wrong()


def test_an_included_problem_finds_its_numbers_from_its_data() -> None:
    """The scattered waves at the receivers are fitted first; a few steps with a small network are enough for that."""
    examples = Path(os.environ.get("SINEFIELD_EXAMPLES", Path(__file__).parents[1] / "examples"))
    file = examples.parents[2] / "problems" / "inversion.toml"
    small = {"field.w.hidden": 24, "constraint.0.samples": 17, "constraint.1.samples": 9}
    solution = sf.solve(file, steps=20, set=small)
    assert sorted(solution.trainable) == ["centre_x", "centre_y", "inside", "radius"]
    with np.load(file.parent / "data" / "cylinder.npz") as data:
        receivers = np.stack([data["x"], data["y"]], -1)
        measured = 10 * np.stack([data["re"], data["im"]], -1).reshape(len(receivers), 10)
    found = solution.w(receivers)
    assert np.linalg.norm(found - measured) < 0.5 * np.linalg.norm(measured)
    with pytest.raises(ValueError, match="only a problem in a file has one"):
        poisson().solve(recipe="paper")
