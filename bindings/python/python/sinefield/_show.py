"""How results and fields show themselves in a notebook, and as figures."""

from __future__ import annotations

import base64
import html
import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._field import Field

_WIDEST = 512
"""The longest side of a picture in a notebook."""


def as_html(words: str, fields: Mapping[str, Field]) -> str:
    """The words, and a picture or a sound for each field that has one."""
    parts = [f"<div>{html.escape(words)}</div>"]
    for name, field in fields.items():
        shown = _shown(field)
        if shown:
            parts.append(f"<figure><figcaption>{html.escape(name)}</figcaption>{shown}</figure>")
    return "".join(parts)


def _shown(field: Field) -> str:
    names = [axis.name for axis in field.axes]
    sampled = all(axis.samples for axis in field.axes)
    with tempfile.TemporaryDirectory(prefix="sinefield-") as folder:
        if names == ["time"] and sampled and field.outputs <= 8:
            path = Path(folder) / "sound.wav"
            field.render(output=path)
            return f'<audio controls src="data:audio/wav;base64,{_base64(path)}"></audio>'
        path = Path(folder) / "picture.png"
        try:
            if sampled:
                longest = max(axis.samples or 0 for axis in field.axes[-2:])
                cuts = {axis.name: _middle(field, at) for at, axis in enumerate(field.axes[:-2])}
                field.render(output=path, at=cuts or None, size=min(_WIDEST, longest))
            elif field.inputs == 2:
                field.render(output=path, size="256x256")
            else:
                return ""
        except ValueError:
            # A field of five channels is no picture.
            return ""
        return f'<img alt="the field" src="data:image/png;base64,{_base64(path)}">'


def _middle(field: Field, at: int) -> float:
    axis = field.axes[at]
    low, high = axis.range or (0.0, float((axis.samples or 1) - 1))
    return (low + high) / 2


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def plot(fields: Mapping[str, Field], history: Mapping[str, Any]) -> Any:
    """A figure: for each field its value, gradient magnitude and Laplacian, and the course of the fit.

    Raises:
        ImportError: If matplotlib is missing.
        ValueError: If a field has other than one or two coordinates.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("plots need matplotlib; pip install 'sinefield[plot]'") from None

    class Shown(Figure):
        """A figure that a notebook shows, although pyplot does not know it."""

        def _repr_png_(self) -> bytes:
            picture = io.BytesIO()
            self.savefig(picture, format="png")
            return picture.getvalue()

    quantities = ("value", "gradient-magnitude", "laplacian")
    figure = Shown(figsize=(12, 3 * len(fields)), layout="constrained")
    axes = figure.subplots(len(fields), 4, squeeze=False)
    for row, (name, field) in zip(axes, fields.items(), strict=True):
        if field.inputs > 2:
            raise ValueError(f"field {name}: only fields of one or two coordinates are drawn; render a slice")
        for place, quantity in zip(row, quantities, strict=False):
            _draw(place, field, quantity)
            place.set_title(f"{name}: {quantity}")
        _course(row[3], history)
    return figure


def _draw(place: Any, field: Field, quantity: Any) -> None:
    sampled = all(axis.samples for axis in field.axes)
    if field.inputs == 1:
        low, high = field.axes[0].range or (0.0, float((field.axes[0].samples or 2) - 1))
        along = np.linspace(low, high, min(field.axes[0].samples or 1000, 4000))
        place.plot(along, field(along, quantity), linewidth=0.8)
        place.set_xlabel(f"{field.axes[0].name} {field.axes[0].unit}".strip())
        return
    numbers = field.render(quantity) if sampled else field.render(quantity, size="256x256")
    numbers = numbers if quantity == "value" and numbers.shape[-1] == 3 else numbers.mean(-1)
    if quantity == "laplacian":
        most = float(np.quantile(np.abs(numbers), 0.995)) or 1.0
        place.imshow(numbers, cmap="RdBu", vmin=-most, vmax=most)
    elif numbers.ndim == 3:
        place.imshow(np.clip(numbers, 0, 1))
    else:
        low, high = np.quantile(numbers, (0.005, 0.995))
        place.imshow(numbers, cmap="gray", vmin=low, vmax=high)
    place.set_axis_off()


def _course(place: Any, history: Mapping[str, Any]) -> None:
    for name, words in (("snr_db", "SNR, dB"), ("psnr_db", "PSNR, dB"), ("loss", "loss")):
        if name in history:
            place.plot(history["step"], history[name], linewidth=0.8)
            place.set_title(words)
            place.set_xlabel("step")
            if name == "loss":
                place.set_yscale("log")
            return
    place.set_axis_off()
