"""Fields: functions of continuous coordinates that are held as networks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native, _show, _values

Quantity = Literal["value", "gradient", "gradient-magnitude", "laplacian", "hessian"]
"""What can be asked of a field."""


class Layer(NamedTuple):
    """A layer of a network, `h = σ(ω (W h + b))`. Its arrays are views of the field's parameters."""

    weight: NDArray[np.float32]
    """`(outputs, inputs)`"""
    bias: NDArray[np.float32]
    """`(outputs,)`"""
    activation: str
    omega: float


@dataclass(frozen=True)
class Axis:
    """A coordinate of a field."""

    name: str
    samples: int | None
    """Samples that the field was fitted to along it, if it was."""
    range: tuple[float, float] | None
    """The places of -1 and 1 in its unit. Without a range, samples are counted from 0."""
    unit: str


class Field:
    """A network, its parameters, and the meaning of its coordinates and outputs.

    Fields come from `sinefield.fit` and the other functions that fit, from files (`Field.load`), or are made anew with
    the settings of the command: `Field(2, 1, hidden=64)` maps two coordinates to one output.

    A field is a function. `field(points)` gives its values and `field(points, "gradient", "laplacian")` its exact
    derivatives, in the units of the signal: pixels, seconds, millimetres.

    Fields compare by network, parameters and meaning. They can be copied and pickled.

    Args:
        inputs: Coordinates.
        outputs: Channels.
        seed: The number from which the parameters are drawn.
        config: `hidden`, `layers`, `activation`, `omega` and `first_omega`, as for `sinefield.fit`.

    Raises:
        ValueError: If a setting is unknown or out of range.

    Examples:
        >>> import sinefield as sf
        >>> field = sf.Field(2, 1, hidden=16, layers=1, seed=3)
        >>> value, gradient = field([[0.0, 0.5], [0.1, 0.2]], "value", "gradient")
        >>> value.shape, gradient.shape
        ((2, 1), (2, 1, 2))
    """

    __slots__ = ("_compiled", "_told")
    __hash__ = None  # type: ignore[assignment]

    _compiled: _native.Field
    _told: dict[str, Any]

    def __init__(self, inputs: int, outputs: int = 1, *, seed: int = 0, **config: Any) -> None:
        given = {name: _values.plain(name, value) for name, value in config.items() if value is not None}
        made = _native.Field(json.dumps({"inputs": inputs, "outputs": outputs, **given}), seed)
        self._set(made)

    def _set(self, native: _native.Field) -> None:
        self._compiled = native
        self._told = json.loads(native.describe())

    @classmethod
    def _wrap(cls, native: _native.Field) -> Field:
        field = cls.__new__(cls)
        field._set(native)
        return field

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Field:
        """Reads a field file (`.safetensors`), of sinefield or of the official SIREN code.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it holds no field.
        """
        return cls._wrap(_native.Field.load(_values.path(path)))

    @classmethod
    def from_bytes(cls, content: bytes) -> Field:
        """The field in the content of a field file."""
        return cls._wrap(_native.Field.from_bytes(content))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a field file, whole or not at all."""
        self._compiled.save(_values.path(path))

    def to_bytes(self) -> bytes:
        """The content of a field file."""
        return self._compiled.to_bytes()

    @property
    def parameters(self) -> NDArray[np.float32]:
        """Every parameter, flat, in layer order: not a copy. What is written to it changes the field."""
        return self._compiled.parameters

    @property
    def inputs(self) -> int:
        """Coordinates."""
        return int(self._told["inputs"])

    @property
    def outputs(self) -> int:
        """Channels."""
        return int(self._told["outputs"])

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers from the first to the last, which is linear."""

        def layer(shape: Mapping[str, Any], told: Mapping[str, Any]) -> Layer:
            weight = self.parameters[slice(*shape["weight"])]
            bias = self.parameters[slice(*shape["bias"])]
            sides = (shape["outputs"], shape["inputs"])
            return Layer(weight.reshape(sides), bias, told["activation"], told["omega"])

        return tuple(layer(*both) for both in zip(self._told["shapes"], self._told["layers"], strict=True))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The coordinates: their names, samples, ranges and units."""

        def axis(told: Mapping[str, Any]) -> Axis:
            ends = told.get("range")
            return Axis(told["name"], told.get("samples"), tuple(ends) if ends else None, told.get("unit", ""))

        return tuple(axis(told) for told in self._told["axes"])

    @property
    def info(self) -> dict[str, Any]:
        """What `sinefield info --json` says: network, axes, and how the field was fitted."""
        told = json.loads(json.dumps(self._told))
        return {name: value for name, value in told.items() if name != "shapes"}

    def __call__(
        self,
        points: ArrayLike,
        *quantities: Quantity,
        coordinates: Literal["units", "normalised"] = "units",
        precision: Literal["f32", "f64"] = "f32",
    ) -> Any:
        """Evaluates the field and its derivatives at points.

        Args:
            points: An array `(..., d)` for d coordinates, or `(...)` of numbers where d is 1. Numbers of any type, order
                and strides; they are copied to float64 if they are of another type.
            quantities: What to evaluate: "value" (the default), "gradient", "gradient-magnitude", "laplacian",
                "hessian".
            coordinates: What the points and the derivatives are in: "units" of the signal or the problem, or
                "normalised", from -1 to 1 along every axis.
            precision: "f32" for the fast engine, "f64" for the reference engine: exact, and much slower.

        Returns:
            An array, or a tuple of as many arrays as quantities, with new memory: value and laplacian `(..., o)`,
            gradient `(..., o, d)`, hessian `(..., o, d, d)` for o outputs.

        Raises:
            ValueError: If the points are not finite real numbers or have other coordinates.
        """
        array = _values.numbers(points, "points")
        asked: Sequence[str] = quantities or ("value",)
        grid, flat = self._points(array, precision)
        found = self._compiled.evaluate(flat, list(asked), coordinates, precision == "f64")
        shaped = tuple(numbers.reshape(grid + numbers.shape[1:]) for numbers in found)
        return shaped[0] if len(quantities) < 2 else shaped

    def _points(self, array: NDArray[Any], precision: str) -> tuple[tuple[int, ...], NDArray[np.float64]]:
        """The points as `(count, inputs)`, and the shape in which they were given."""
        if precision not in ("f32", "f64"):
            raise ValueError(f"`precision`: {precision!r} is none; take 'f32' or 'f64'")
        inputs = self.inputs
        if inputs == 1 and (array.ndim < 2 or array.shape[-1] != 1):
            array = array[..., None]
        if array.ndim == 0 or array.shape[-1] != inputs:
            raise ValueError(
                f"points: an array of shape {array.shape} for a field of {inputs} coordinates; "
                f"give (..., {inputs})"
            )
        flat = np.ascontiguousarray(array.reshape(-1, inputs), dtype=np.float64)
        limit = np.finfo(np.float32).max if precision == "f32" else np.inf
        bad = ~(np.abs(flat) <= limit) | ~np.isfinite(flat)
        if bad.any():
            point, coordinate = np.argwhere(bad)[0]
            number = flat[point, coordinate]
            advice = "use precision='f64'" if np.isfinite(number) else "leave it out"
            raise ValueError(f"points: coordinate {coordinate} of point {point} is {number}; {advice}")
        return array.shape[:-1], flat

    def render(
        self,
        quantity: Quantity = "value",
        *,
        output: str | os.PathLike[str] | None = None,
        size: int | str | None = None,
        scale: float | None = None,
        region: Sequence[float] | None = None,
        at: Mapping[str, float] | None = None,
        samples: Sequence[int] | None = None,
        rate: float | None = None,
        frames: tuple[int, int] | None = None,
        fps: float | None = None,
    ) -> Any:
        """Renders the field, or a derivative of it, over a frame: all samples of the signal by default.

        The settings are those of `sinefield render`: `size` and `scale` for pictures, `samples` for any axes, `rate` for
        sounds, `frames` and `fps` for videos, `region` for a part and `at={"z": 12.5}` for a cut.

        Args:
            quantity: What to render.
            output: A file to write, as a picture, a sound, a video, a volume or an array.

        Returns:
            A float32 array, as `.npy` files have it: a side for each axis that is not cut, then the numbers of a sample.
            None if it was written to `output`.

        Raises:
            ValueError: If a setting cannot be, or the field has not what is asked for.
            OSError: If `output` cannot be written.
        """
        given = {
            "quantity": quantity,
            "size": size,
            "scale": scale,
            "region": region,
            "at": at,
            "samples": samples,
            "rate": rate,
            "frames": None if frames is None else f"{frames[0]}:{frames[1]}",
            "fps": fps,
        }
        place = "render.npy" if output is None else _values.path(output, "output")
        entries = _values.entries("render", {"field": "field", "output": place, **given})
        rendered = self._compiled.render(entries, output is not None)
        return None if output is not None else rendered

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The samples of the signal that the field was fitted to."""
        if copy is False:
            raise ValueError("a field has no array of its samples; let it be copied")
        samples: NDArray[Any] = np.asarray(self.render(), dtype=dtype)
        return samples

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a field is a function, not a sequence; call it with points or render it")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        same = self._told == other._told
        return same and np.array_equal(self.parameters, other.parameters)

    def __copy__(self) -> Field:
        return Field.from_bytes(self.to_bytes())

    def __deepcopy__(self, memo: dict[int, Any]) -> Field:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return Field.from_bytes, (self.to_bytes(),)

    def _repr_html_(self) -> str:
        return _show.as_html(repr(self), {"field": self})

    def __repr__(self) -> str:
        return f"<Field {self._told['network']}, {self.parameters.size:,} parameters>"
