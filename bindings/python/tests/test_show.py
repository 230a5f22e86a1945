"""Notebooks: pictures, sounds and figures."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sinefield as sf

from .conftest import SMALL, wave


def content(shown: str, kind: str) -> bytes:
    found = re.search(rf"data:{kind};base64,([^\"]+)", shown)
    assert found, shown
    return base64.b64decode(found[1])


def test_results_show_pictures_and_play_sounds() -> None:
    picture = sf.fit(wave(9, 8, 3), **SMALL)
    assert content(picture._repr_html_(), "image/png").startswith(b"\x89PNG")
    assert "dB" in picture._repr_html_() and content(picture.field._repr_html_(), "image/png")
    sound = sf.fit(np.sin(np.arange(400) / 5), rate=8000, **SMALL)
    assert content(sound._repr_html_(), "audio/wav").startswith(b"RIFF")
    volume = sf.fit(wave(5, 6, 7), **SMALL)
    assert content(volume._repr_html_(), "image/png").startswith(b"\x89PNG")
    # Five channels are no picture, and that is no fault.
    assert "<img" not in sf.fit(wave(9, 8, 5), kind="image", **SMALL)._repr_html_()
    assert "<img" not in sf.Field(4, 1, hidden=8)._repr_html_()


def test_fitted_shapes_show_their_surface() -> None:
    x, y, z = sf.coordinates("x", "y", "z")
    distance = sf.norm([x, y, z]) - 0.5
    f = sf.field("f", x, y, z, form=lambda net: distance + 1e-30 * net, hidden=4, layers=1)
    box = sf.Box(x=(-1, 1), y=(-1, 1), z=(-1, 1))
    plain = sf.Problem([sf.Constraint(f, box, samples=9)]).solve(steps=1).f
    # The same field as one that was fitted to a shape.
    file = plain.to_bytes()
    length = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + length])
    told = json.loads(header["__metadata__"]["sinefield"])
    told["meta"]["fitted"]["kind"] = "shape"
    header["__metadata__"]["sinefield"] = json.dumps(told)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    shape = sf.Field.from_bytes(len(text).to_bytes(8, "little") + text + file[8 + length :])
    picture = content(shape._repr_html_(), "image/png")
    # A picture of 512 by 384 pixels, each with an opacity; that of the solution is a figure of a slice.
    assert (picture[16:24], picture[25]) == ((512).to_bytes(4, "big") + (384).to_bytes(4, "big"), 6)
    assert content(plain._repr_html_(), "image/png")[25] == 2


def test_results_are_drawn() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    x, y = sf.coordinates("x", "y")
    u, v = sf.field("u", x, y, hidden=8), sf.field("v", x, hidden=8)
    problem = sf.Problem([sf.Constraint(u - sf.d(v, x), sf.Box(x=(0, 1), y=(0, 1)), samples=17)])
    # A row of four for each field, and a colour bar for each map of a solution.
    for result, axes in ((sf.fit(wave(9, 8, 3), **SMALL), 4), (problem.solve(steps=3), 4 + 4 + 3)):
        figure = result.plot()
        assert len(figure.axes) == axes
        out = io.BytesIO()
        figure.savefig(out)
        assert out.getvalue().startswith(b"\x89PNG")
        # What a notebook shows, without pyplot.
        assert figure._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="one or two coordinates"):
        sf.fit(wave(5, 6, 7), **SMALL).plot()


def complex_solution() -> sf.Result:
    x, y, t = sf.coordinates("x", "y", "t")
    psi = sf.field("psi", x, y, t, outputs={"psi": "complex"}, hidden=8, layers=1)
    return sf.Problem([sf.Constraint(psi - 1, sf.Box(x=(0, 1), y=(0, 2), t=(0, 3)), samples=17)]).solve(steps=2)


def test_slices_and_parts_of_a_solution_are_drawn() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    solution = complex_solution()
    figure = solution.plot(at={"t": 3}, component="psi", part="phase")
    first = figure.axes[0]
    assert first.get_title() == "psi: value, phase at t = 3"
    assert (first.get_xlabel(), first.get_ylabel()) == ("x", "y")
    (image,) = first.images
    assert image.get_clim() == (-np.pi, np.pi)
    steps = figure.axes[3].get_xticks()
    assert np.array_equal(steps, np.round(steps)), "there are no halves of steps"
    # A pixel against the field itself.
    values = solution.psi(np.array([[0.25, 1.5, 3.0]]))[0]
    expected = np.arctan2(values[1], values[0])
    assert np.isclose(image.get_array()[120, 40], expected, atol=1e-4)
    for wrong, told in (({"at": {"z": 0}}, "no axis z"), ({"component": "u"}, "no component u")):
        with pytest.raises(ValueError, match=told):
            solution.plot(**wrong)
    wrong_limits: list[Any] = [(1, 1), (1, 0), (0, float("nan")), 3, ("a", "b"), (1, 2, 3)]
    for limits in wrong_limits:
        with pytest.raises(ValueError, match="`limits`: is no pair of finite numbers, the smaller first"):
            solution.plot(limits=limits)


def test_a_field_draws_figures_without_matplotlib(tmp_path: Path) -> None:
    solution = complex_solution()
    solution.psi.render(output=tmp_path / "psi.svg", at={"t": 1}, component="psi", part="phase", samples=(9, 7))
    svg = (tmp_path / "psi.svg").read_text(encoding="utf-8")
    assert "arg psi at t = 1" in svg and svg.count("<image") == 2
    assert content(solution._repr_html_(), "image/png").startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="no component u"):
        solution.psi.render(output=tmp_path / "psi.svg", at={"t": 1}, component="u")


def test_a_solution_writes_a_report(tmp_path: Path) -> None:
    x = sf.coordinates("x")
    u = sf.field("u", x, hidden=8, layers=1)
    problem = sf.Problem([sf.Constraint(sf.d(u, x) - u, sf.Box(x=(0, 1)), samples=17)])
    problem.solve(steps=2, report=tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "<math" in page and "<mo>∂</mo>" in page and "<svg" in page
