"""How results and fields show themselves in a notebook, and as figures."""

from __future__ import annotations

import base64
import html
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
            if field.info["fitted"].get("kind") == "shape":
                field.render(output=path, size="512x384")
            elif sampled:
                longest = max(axis.samples or 0 for axis in field.axes[-2:])
                cuts = {axis.name: _middle(field, at) for at, axis in enumerate(field.axes[:-2])}
                field.render(output=path, at=cuts or None, size=min(_WIDEST, longest))
            elif _is_solution(field):
                order = sorted(range(field.inputs), key=lambda at: field.axes[at].name in ("t", "time"))
                cuts = {field.axes[at].name: _middle(field, at) for at in order[2:]}
                field.render(output=path, at=cuts or None)
            elif field.inputs == 2:
                field.render(output=path, size="256x256")
            else:
                return ""
        except ValueError:
            # A field of five channels is no picture.
            return ""
        return f'<img alt="the field" src="data:image/png;base64,{_base64(path)}">'


def _ends(field: Field, at: int) -> tuple[float, float]:
    axis = field.axes[at]
    return axis.range or (0.0, float((axis.samples or 1) - 1))


def _middle(field: Field, at: int) -> float:
    low, high = _ends(field, at)
    return (low + high) / 2


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@dataclass(frozen=True)
class Choice:
    """What is drawn of each field."""

    at: Mapping[str, float]
    component: str | int | None
    part: str | None
    limits: tuple[float, float] | None


def _check_limits(limits: tuple[float, float] | None) -> None:
    """Raises a ValueError if the ends of a colour bar are not two finite numbers, the smaller first."""
    if limits is None:
        return
    try:
        low, high = (float(end) for end in limits)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError("`limits`: is no pair of finite numbers, the smaller first; give two, like (-1, 1)")


def plot(fields: Mapping[str, Field], history: Mapping[str, Any], choice: Choice) -> Any:
    """A figure: for each field its value, gradient magnitude and Laplacian, and the course of the fit.

    Raises:
        ImportError: If matplotlib is missing.
        ValueError: If a field of samples has other than one or two coordinates, or has not what is asked for.
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

    _check_limits(choice.limits)
    quantities = ("value", "gradient-magnitude", "laplacian")
    figure = Shown(figsize=(12, 3 * len(fields)), layout="constrained")
    axes = figure.subplots(len(fields), 4, squeeze=False)
    for row, (name, field) in zip(axes, fields.items(), strict=True):
        solution = _is_solution(field)
        if field.inputs > 2 and not solution:
            raise ValueError(f"field {name}: only fields of one or two coordinates are drawn; render a slice")
        for place, quantity in zip(row, quantities, strict=False):
            if solution:
                _draw_solution(place, (name, field), quantity, choice)
            else:
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


def _is_solution(field: Field) -> bool:
    """Whether the coordinates are those of an equation: with ranges, and without samples."""
    return all(axis.range is not None and not axis.samples for axis in field.axes)


def _draw_solution(place: Any, named: tuple[str, Field], quantity: Any, choice: Choice) -> None:
    """A map with a colour bar over two coordinates, or a line over one. Further coordinates are fixed."""
    name, field = named
    names = [axis.name for axis in field.axes]
    unknown = [axis for axis in choice.at if axis not in names]
    if unknown:
        raise ValueError(f"`at`: there is no axis {unknown[0]}; one of {', '.join(names)}")
    left = [axis for axis in names if axis not in choice.at]
    # Of more than two coordinates, the first two that are not time run.
    order = [axis for axis in left if axis not in ("t", "time")] + [axis for axis in left if axis in ("t", "time")]
    runs = [axis for axis in left if axis in order[:2]]
    if not runs:
        raise ValueError("`at`: no coordinate is left; drop one")
    at = {axis: choice.at.get(axis, _middle(field, names.index(axis))) for axis in names if axis not in runs}
    side = 161 if len(runs) == 2 else 801
    numbers = field.render(quantity, at=at or None, samples=(side,) * len(runs))
    shown, title, cmap = _chosen(numbers.reshape(*(side,) * len(runs), -1), name, field, quantity, choice)
    fixed = ", ".join(f"{axis} = {value:g}" for axis, value in at.items())
    place.set_title(f"{title} at {fixed}" if fixed else title)
    ends = [_ends(field, names.index(axis)) for axis in runs]
    labels = [f"{axis} {field.axes[names.index(axis)].unit}".strip() for axis in runs]
    low, high = choice.limits if choice.limits is not None else (None, None)
    place.set_xlabel(labels[0])
    if len(runs) == 1:
        place.plot(np.linspace(*ends[0], side), shown, linewidth=0.8)
        place.set_ylim(low, high)
        return
    place.set_ylabel(labels[1])
    if cmap == "twilight":
        low, high = -np.pi, np.pi
    elif cmap == "RdBu_r" and choice.limits is None:
        high = float(np.quantile(np.abs(shown), 0.995)) or 1.0
        low = -high
    extent = (*ends[0], *ends[1])
    image = place.imshow(shown.T, origin="lower", extent=extent, aspect="auto", cmap=cmap, vmin=low, vmax=high)
    place.figure.colorbar(image, ax=place)


def _chosen(
    numbers: NDArray[Any], name: str, field: Field, quantity: str, choice: Choice
) -> tuple[NDArray[Any], str, str]:
    """The numbers of one component, what they are, and their colours."""
    components = _components(name, field)
    known = [component for component, _, _ in components]
    at = 0 if choice.component is None else None
    if isinstance(choice.component, int) and 0 <= choice.component < len(components):
        at = choice.component
    elif choice.component in known:
        at = known.index(str(choice.component))
    if at is None:
        raise ValueError(f"`component`: there is no component {choice.component}; one of {', '.join(known)}")
    component, real, imaginary = components[at]
    title = f"{component}: {quantity}"
    if imaginary is None:
        if choice.part is not None:
            raise ValueError(f"`part`: the component {component} is real; leave it out")
        return numbers[..., real], title, "RdBu_r" if quantity == "laplacian" else "viridis"
    values = numbers[..., real] + 1j * numbers[..., imaginary]
    part = "magnitude" if choice.part is None or quantity == "gradient-magnitude" else choice.part
    parts: dict[str, NDArray[Any]] = {
        "real": values.real,
        "imaginary": values.imag,
        "magnitude": np.abs(values),
        "phase": np.angle(values),
    }
    if part not in parts:
        raise ValueError(f"`part`: {part!r} is no part of a complex number; one of {', '.join(parts)}")
    return parts[part], f"{title}, {part}", "twilight" if part == "phase" else "viridis"


def _components(name: str, field: Field) -> list[tuple[str, int, int | None]]:
    """The components: a name, an output, and for a complex one the output that is its imaginary part."""
    outputs = list(field.output_names) or [name if field.outputs == 1 else f"{name}[{at}]" for at in range(field.outputs)]
    found: list[tuple[str, int, int | None]] = []
    for at, output in enumerate(outputs):
        base = output.removesuffix(".re")
        if base != output and outputs[at + 1 : at + 2] == [f"{base}.im"]:
            found.append((base, at, at + 1))
        elif not (output.endswith(".im") and found and found[-1][2] == at):
            found.append((output, at, None))
    return found


def _course(place: Any, history: Mapping[str, Any]) -> None:
    for name, words in (("snr_db", "SNR, dB"), ("psnr_db", "PSNR, dB"), ("loss", "loss")):
        if name in history:
            place.plot(history["step"], history[name], linewidth=0.8)
            place.set_title(words)
            place.set_xlabel("step")
            place.xaxis.get_major_locator().set_params(integer=True)
            if name == "loss":
                place.set_yscale("log")
            return
    place.set_axis_off()
