"""Notebooks: pictures, sounds and figures."""

from __future__ import annotations

import base64
import io
import re

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


def test_results_are_drawn() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    x, y = sf.coordinates("x", "y")
    u, v = sf.field("u", x, y, hidden=8), sf.field("v", x, hidden=8)
    problem = sf.Problem([sf.Constraint(u - sf.d(v, x), sf.Box(x=(0, 1), y=(0, 1)), samples=17)])
    for result, rows in ((sf.fit(wave(9, 8, 3), **SMALL), 1), (problem.solve(steps=3), 2)):
        figure = result.plot()
        assert len(figure.axes) == 4 * rows
        out = io.BytesIO()
        figure.savefig(out)
        assert out.getvalue().startswith(b"\x89PNG")
        # What a notebook shows, without pyplot.
        assert figure._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="one or two coordinates"):
        sf.fit(wave(5, 6, 7), **SMALL).plot()
