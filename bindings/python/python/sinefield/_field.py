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

Look = Literal["shaded", "normal", "curvature", "distance"]
"""How the surface can be shown where a field in space is 0."""


class Layer(NamedTuple):
    """A layer of a network, `h = σ(ω (W h + b))`. Its arrays are views of the field's parameters.

    Examples:
        >>> import sinefield as sf
        >>> first, middle, last = sf.Field(2, 1, hidden=16, layers=1).layers
        >>> first.weight.shape, first.bias.shape, last.weight.shape
        ((16, 2), (16,), (1, 16))
        >>> first.activation, first.omega, last.activation, last.omega
        ('sine', 30.0, 'linear', 1.0)
    """

    weight: NDArray[np.float32]
    """W: `(outputs, inputs)`"""
    bias: NDArray[np.float32]
    """b: `(outputs,)`"""
    activation: str
    """σ by its name: "sine", "relu", ..; "linear" in the last layer."""
    omega: float
    """ω: a positive number; 1 in the last layer."""


@dataclass(frozen=True)
class Axis:
    """A coordinate of a field.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> sound = sf.fit(np.sin(np.arange(401) / 5), rate=8000, hidden=8, layers=1, steps=2)
        >>> sound.field.axes
        (Axis(name='time', samples=401, range=(0.0, 0.05), unit='s'),)
    """

    name: str
    """As "row", "column" or "time"; "x0", "x1", .. if it has no other."""
    samples: int | None
    """Samples that the field was fitted to along it, if it was."""
    range: tuple[float, float] | None
    """The places of -1 and 1 in its unit. Without a range, samples are counted from 0; without samples too, the coordinate
    runs from -1 to 1."""
    unit: str
    """As "s" or "mm"; empty without a unit."""


class Field:
    """A network, its parameters, and the meaning of its coordinates and outputs.

    Fields come from `sinefield.fit` and the other functions that fit, from files (`Field.load`), or are made anew with
    the settings of the command: `Field(2, 1, hidden=64)` maps two coordinates to one output.

    A field is a function. `field(points)` gives its values and `field(points, "gradient", "laplacian")` its exact
    derivatives, in the units of the signal: pixels, seconds, millimetres.

    Fields compare by network, parameters, precision and meaning. They can be copied and pickled, and have no hash.

    Args:
        inputs: Coordinates d, 1 to 65,536.
        outputs: Channels o, 1 to 65,536.
        seed: The number from which the parameters are drawn, 0 to 2^64 - 1.
        config: `hidden`, the width (256; 1 to 65,536); `layers`, the hidden layers after the first (3; 0 to 1,022);
            `activation`, "sine" (the default), "relu", "tanh", "sigmoid", "softplus", "elu", "selu" or "gaussian";
            `omega` and `first_omega`, positive numbers (30 for sine, 10 for gaussian, 1 for the others); `first_layer`, the
            initialiser of a first layer of sines, "code" (the default) or "printed".

    Raises:
        ValueError: If a setting is unknown or out of range, or the network has more than 2^28 parameters.
        TypeError: If the seed is not an integer.
        OverflowError: If the seed is out of range.

    Examples:
        >>> import sinefield as sf
        >>> field = sf.Field(2, 1, hidden=16, layers=1, seed=3)
        >>> field
        <Field 2 -> 2 x 16 sine -> 1, 337 parameters>
        >>> value, gradient = field([[0.0, 0.5], [0.1, 0.2]], "value", "gradient")
        >>> value.shape, gradient.shape
        ((2, 1), (2, 1, 2))
        >>> field == sf.Field(2, 1, hidden=16, layers=1, seed=4)
        False
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
            OSError: If the file cannot be read; `FileNotFoundError` if there is none.
            ValueError: If it holds no field, or is damaged.

        Examples:
            >>> import tempfile, sinefield as sf
            >>> field = sf.Field(2, 1, hidden=8, layers=1)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     field.save(f"{folder}/field.safetensors")
            ...     sf.Field.load(f"{folder}/field.safetensors") == field
            True
        """
        return cls._wrap(_native.Field.load(_values.path(path)))

    @classmethod
    def from_bytes(cls, content: bytes) -> Field:
        """The field in the content of a field file.

        Raises:
            TypeError: If the content is not of type bytes.
            ValueError: If it holds no field, or is damaged.

        Examples:
            >>> import sinefield as sf
            >>> field = sf.Field(2, 1, hidden=8, layers=1)
            >>> sf.Field.from_bytes(field.to_bytes()) == field
            True
        """
        return cls._wrap(_native.Field.from_bytes(content))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a field file, whole or not at all.

        Raises:
            OSError: If the file cannot be written.
            ValueError: If a parameter is not finite.

        Examples:
            >>> import os, tempfile, sinefield as sf
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     sf.Field(2, 1, hidden=8, layers=1).save(f"{folder}/field.safetensors")
            ...     os.listdir(folder)
            ['field.safetensors']
        """
        self._compiled.save(_values.path(path))

    def to_bytes(self) -> bytes:
        """The content of a field file, the same bytes that `save` writes.

        Raises:
            ValueError: If a parameter is not finite.

        Examples:
            >>> import sinefield as sf
            >>> field = sf.Field(2, 1, hidden=8, layers=1)
            >>> field.to_bytes() == sf.Field(2, 1, hidden=8, layers=1).to_bytes()
            True
        """
        return self._compiled.to_bytes()

    @property
    def parameters(self) -> NDArray[Any]:
        """Every parameter, an array `(n,)` in the precision of the field: not a copy. What is written to it changes the field.

        For each layer its weights `(outputs, inputs)`, row by row, and then its biases. Those of a learned encoding come
        first.

        Examples:
            >>> import sinefield as sf
            >>> field = sf.Field(2, 1, hidden=8, layers=1)
            >>> field.parameters.shape
            (105,)
            >>> field.parameters[:] = 0
            >>> field([0.5, 0.5]).item()
            0.0
        """
        return self._compiled.parameters

    @property
    def precision(self) -> str:
        """The precision of the parameters: "f32", or "f64" for a field that was fitted in float64.

        Examples:
            >>> import sinefield as sf
            >>> sf.Field(2, 1, hidden=8).precision
            'f32'
        """
        return "f64" if self.parameters.dtype == np.float64 else "f32"

    def with_precision(self, precision: str) -> Field:
        """A copy with its parameters in another precision. From "f64" to "f32" they are rounded.

        Args:
            precision: "f32" or "f64".

        Raises:
            ValueError: If there is no such precision.

        Examples:
            >>> import sinefield as sf
            >>> field = sf.Field(2, 1, hidden=8).with_precision("f64")
            >>> field.precision, field.parameters.dtype, field([0.5, 0.5]).dtype
            ('f64', dtype('float64'), dtype('float64'))
        """
        return Field._wrap(self._compiled.with_precision(precision))

    @property
    def inputs(self) -> int:
        """Coordinates d of a point.

        Examples:
            >>> import sinefield as sf
            >>> sf.Field(2, 3, hidden=8).inputs
            2
        """
        return int(self._told["inputs"])

    @property
    def outputs(self) -> int:
        """Channels o: the numbers that the field gives at a point.

        Examples:
            >>> import sinefield as sf
            >>> sf.Field(2, 3, hidden=8).outputs
            3
        """
        return int(self._told["outputs"])

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of the outputs of a problem's field; empty without names. A complex number is two outputs.

        Examples:
            >>> import sinefield as sf
            >>> x = sf.coordinates("x")
            >>> v = sf.field("v", x, outputs={"p": "real", "z": "complex"}, hidden=8, layers=1)
            >>> field = sf.Problem([sf.Constraint(v - 1j * x, sf.Grid(x=(0, 1, 9)))]).fields()["v"]
            >>> field.output_names
            ('p', 'z.re', 'z.im')
            >>> values = field([0.0, 0.5, 1.0])
            >>> (values[:, 1] + 1j * values[:, 2]).shape
            (3,)
        """
        return tuple(self._told["output_names"])

    @property
    def form(self) -> str | None:
        """The form of the outputs, an expression over the output `net` of the network; None if they are that output itself.

        Values and derivatives of the field are those of the form. `layers` and `parameters` are the network's.

        Examples:
            >>> import sinefield as sf
            >>> x, k = sf.coordinates("x"), sf.constant("k", 3)
            >>> u = sf.field("u", x, form=lambda net: k + x * net, hidden=8, layers=1)
            >>> field = sf.Problem([sf.Constraint(sf.d(u, x) - 1, sf.Grid(x=(0, 1, 9)))]).fields()["u"]
            >>> field.form, field([0.0]).item()
            ('3 + x * net', 3.0)
        """
        form = self._told["form"]
        return None if form is None else str(form)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers from the first to the last, which is linear. What is written to their arrays changes the field.

        Examples:
            >>> import sinefield as sf
            >>> field = sf.Field(2, 1, hidden=8, layers=1)
            >>> [layer.weight.shape for layer in field.layers]
            [(8, 2), (8, 8), (1, 8)]
            >>> before = field([0.5, 0.5])
            >>> field.layers[-1].bias[0] += 1
            >>> round(float(field([0.5, 0.5]).item() - before.item()), 3)
            1.0
        """

        def layer(shape: Mapping[str, Any], told: Mapping[str, Any]) -> Layer:
            weight = self.parameters[slice(*shape["weight"])]
            bias = self.parameters[slice(*shape["bias"])]
            sides = (shape["outputs"], shape["inputs"])
            return Layer(weight.reshape(sides), bias, told["activation"], told["omega"])

        return tuple(layer(*both) for both in zip(self._told["shapes"], self._told["layers"], strict=True))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The coordinates: their names, samples, ranges and units.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> field = sf.fit(np.eye(4), hidden=8, layers=1, steps=2).field
            >>> [(axis.name, axis.samples) for axis in field.axes]
            [('row', 4), ('column', 4)]
        """

        def axis(told: Mapping[str, Any]) -> Axis:
            ends = told.get("range")
            return Axis(told["name"], told.get("samples"), tuple(ends) if ends else None, told.get("unit", ""))

        return tuple(axis(told) for told in self._told["axes"])

    @property
    def info(self) -> dict[str, Any]:
        """The network, the axes, the map from outputs to values, and how the field was fitted.

        A copy, with what `sinefield info --json` says except the number of parameters. `info["value"]` has the `offset` and
        the `scale` of the values, `offset + scale * output`; `info["fitted"]` the settings and the measures of the fit.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> field = sf.fit(np.eye(4), hidden=8, layers=1, steps=2).field
            >>> field.info["network"], field.info["value"], field.info["fitted"]["steps"]
            ('2 -> 2 x 8 sine -> 1', {'offset': 0.5, 'scale': 0.5}, 2)
        """
        told = json.loads(json.dumps(self._told))
        return {name: value for name, value in told.items() if name != "shapes"}

    def __call__(
        self,
        points: ArrayLike,
        *quantities: Quantity,
        coordinates: Literal["units", "normalised"] = "units",
        precision: Literal["f32", "f64"] | None = None,
    ) -> Any:
        """Evaluates the field and its derivatives at points.

        Args:
            points: An array `(..., d)` for d coordinates, or `(...)` of numbers where d is 1. Numbers of any type, order
                and strides; they are copied to float64 if they are of another type.
            quantities: What to evaluate: "value" (the default), "gradient", "gradient-magnitude", "laplacian",
                "hessian".
            coordinates: What the points and the derivatives are in: "units" of the signal or the problem, or
                "normalised", from -1 to 1 along every axis. Values are in signal units with both. Points may lie outside
                the range of the axes.
            precision: The precision of the computation, "f32" or "f64"; by default that of the field.

        Returns:
            An array, or a tuple of as many arrays as quantities, with new memory, float32 or float64 by `precision`: value,
            gradient-magnitude and laplacian `(..., o)`, gradient `(..., o, d)`, hessian `(..., o, d, d)` for o outputs.
            Derivatives are in signal units per unit of a coordinate.

        Raises:
            ValueError: If the points are not finite real numbers or have other coordinates, a point is beyond float32 with
                precision "f32", a parameter of the field is not finite, or there is no such quantity, unit or precision.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> field = sf.Field(2, 3, hidden=8, layers=1)
            >>> points = np.zeros((4, 5, 2))
            >>> field(points).shape
            (4, 5, 3)
            >>> gradient, hessian = field(points, "gradient", "hessian", precision="f64")
            >>> gradient.shape, hessian.shape, hessian.dtype
            ((4, 5, 3, 2), (4, 5, 3, 2, 2), dtype('float64'))
            >>> np.allclose(field(points, "laplacian"), np.trace(hessian, axis1=-2, axis2=-1), rtol=1e-3)
            True
        """
        array = _values.numbers(points, "points")
        asked: Sequence[str] = quantities or ("value",)
        used = precision or self.precision
        grid, flat = self._points(array, used)
        found = self._compiled.evaluate(flat, list(asked), coordinates, used == "f64")
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
        quantity: Quantity | Look | None = None,
        *,
        camera: tuple[float, float] | tuple[float, float, float] | None = None,
        output: str | os.PathLike[str] | None = None,
        size: int | str | None = None,
        scale: float | None = None,
        region: Sequence[float] | None = None,
        at: Mapping[str, float] | None = None,
        samples: Sequence[int] | None = None,
        rate: float | None = None,
        frames: tuple[int, int] | None = None,
        fps: float | None = None,
        style: Literal["picture", "figure"] | None = None,
        component: str | int | None = None,
        part: Literal["real", "imaginary", "magnitude", "phase"] | None = None,
        limits: tuple[float, float] | None = None,
        animate: str | None = None,
    ) -> Any:
        """Renders the field, or a derivative of it, over a frame: all samples of the signal by default.

        The settings are those of `sinefield render`. A field that was not fitted to samples needs `samples`, or `size` as
        "WxH".

        Args:
            quantity: What to render. Derivatives are in signal units per unit of the axis, whatever the size: per pixel,
                second, millimetre. "shaded", "normal", "curvature" and "distance" are of the surface where a field of three
                coordinates and one output is 0. By default "shaded" with `camera` and for pictures of a fitted shape,
                otherwise "value".
            camera: For surfaces: the azimuth of the camera in degrees from +z towards +x, its elevation in degrees, and
                perhaps its distance from the middle of the surface; by default (30, 20), and the distance at which the
                surface fills the picture. The second coordinate is up.
            output: A file to write, as a picture, a figure, a sound, a video, a volume or an array. Its extension says which.
            size: For pictures: "WxH", or the longer side in pixels; "640x480" by default for surfaces.
            scale: For pictures, instead of `size`: pixels per native pixel along each side.
            region: The part to render, in pixels or in the unit of the axis, the end excluded: `(row0, column0, row1,
                column1)` for rows and columns or two axes, otherwise `(from, to)` along the first axis.
            at: Where axes are cut, in their units: `{"z": 12.5}`.
            samples: Samples along each axis that is not cut.
            rate: Samples a second of a sound.
            frames: The first frame of a video, and the one after the last, counted as the fitted video counts them.
            fps: Frames a second of a video.
            style: How a picture or a video is drawn: "picture", a pixel for each sample; or "figure", with axes and a colour
                bar. The solution of an equation is drawn as a figure by default.
            component: For figures and `.vti`: the component to show, by its name or its place from 0; by default all.
            part: For figures of a complex component: what is shown of it; by default its magnitude and its phase.
            limits: For figures, and for the curvature and the distance of surfaces: the numbers at the ends of the colour
                bar.
            animate: For figures: a coordinate whose places become the frames of a video, perhaps with their number: "t=60".

        Returns:
            A float32 array, as `.npy` files have it: a side for each axis that is not cut, then `(o, d)` for gradients,
            `(o, d, d)` for hessians and `(o,)` for the others. A single number a sample has no side of its own, except in
            a field of two axes without a cut. Of a surface: `(rows, columns)` for "curvature" and "distance", `(rows, columns,
            3)` for "normal", NaN where there is no surface, and `(rows, columns, 4)` for the red, green, blue and opacity
            of "shaded", from 0 to 1. None if it was written to `output`.

        Raises:
            ValueError: If a setting cannot be, or the field has not what is asked for, or the file cannot hold it.
            OSError: If `output` cannot be written.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> field = sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=2).field
            >>> field.render().shape, field.render(scale=2).shape, field.render(size="5x3").shape
            ((6, 4, 1), (12, 8, 1), (3, 5, 1))
            >>> field.render("gradient", region=(0, 0, 3, 2)).shape, field.render(at={"row": 2.5}).shape
            ((3, 2, 1, 2), (4,))
        """
        given = {
            "quantity": quantity,
            "camera": camera,
            "size": size,
            "scale": scale,
            "region": region,
            "at": at,
            "samples": samples,
            "rate": rate,
            "frames": None if frames is None else f"{frames[0]}:{frames[1]}",
            "fps": fps,
            "style": style,
            "component": None if component is None else str(component),
            "part": part,
            "limits": limits,
            "animate": animate,
        }
        place = "render.npy" if output is None else _values.path(output, "output")
        entries = _values.entries("render", {"field": "field", "output": place, **given})
        rendered = self._compiled.render(entries, output is not None)
        return None if output is not None else rendered

    def mesh(
        self,
        *,
        resolution: int | None = None,
        level: float | None = None,
        region: Sequence[float] | None = None,
        simplify: float | None = None,
        form: str | None = None,
    ) -> Any:
        """A triangle mesh of the surface where the field takes a level: closed within the region, oriented and manifold.

        Args:
            resolution: The number of cells along the longest side of the region, 2 to 8192; 256 by default.
            level: The level; 0 by default.
            region: The lower and the upper corner, six numbers, in the units of the axes; by default that of the field.
            simplify: About which part of the triangles to keep, above 0 and up to 1; 1 by default.
            form: An expression over the field, which is called `field`: `"abs(field) - 0.1"` is a shell.

        Returns:
            A mesh with `vertices` `(n, 3)`, `faces` `(m, 3)` and exact `normals` `(n, 3)`: a `trimesh.Trimesh` if trimesh is
            installed, else a `sinefield.Mesh`. It shows itself in a notebook.

        Raises:
            ValueError: If the field does not have three coordinates and one output, or does not take the level.

        Examples:
            >>> import sinefield as sf
            >>> field = sf.Field(3, hidden=4, layers=1)
            >>> ball = field.mesh(form="norm([x0, x1, x2]) - 0.5 + 1e-30*field", resolution=16)
            >>> ball.vertices.shape[1], ball.faces.shape[1], ball.normals.shape == ball.vertices.shape
            (3, 3, True)
        """
        from ._shape import _mesh

        given = {"resolution": resolution, "level": level, "region": region, "simplify": simplify, "form": form}
        return _mesh([("field", self)], given)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The samples of the signal that the field was fitted to, as `render()` gives them: `np.asarray(field)`.

        Raises:
            ValueError: If `copy` is False, or the field was not fitted to samples.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> np.asarray(sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=2).field).shape
            (6, 4, 1)
        """
        if copy is False:
            raise ValueError("a field has no array of its samples; let it be copied")
        samples: NDArray[Any] = np.asarray(self.render(), dtype=dtype)
        return samples

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a field is a function, not a sequence; call it with points or render it")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        same = self._told == other._told and self.precision == other.precision
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
