"""Expressions of the residual language, written with Python's operators.

An expression is a text of that language (docs/language.md) and the names that occur in it. NumPy's functions work on
expressions too: `np.sin(x)` is `sin(x)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _values



class Expr:
    """An expression over coordinates, fields and their derivatives.

    Comparisons give 1 where they hold, else 0; `&`, `|` and `~` are "and", "or" and "not". `v[0]` is a component.
    """

    __array_priority__ = 1000.0
    __slots__ = ("text", "names")

    def __init__(self, text: str, names: Mapping[str, Leaf]) -> None:
        self.text = text
        self.names = dict(names)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Expr({self.text!r})"

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth of its own; use where(condition, a, b), and & for 'and'")

    def __iter__(self) -> Any:
        raise TypeError("the components of an expression are not counted here; take them by number, as v[0]")

    def __add__(self, other: Any) -> Expr:
        return _binary("+", self, other)

    def __radd__(self, other: Any) -> Expr:
        return _binary("+", other, self)

    def __sub__(self, other: Any) -> Expr:
        return _binary("-", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return _binary("-", other, self)

    def __mul__(self, other: Any) -> Expr:
        return _binary("*", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return _binary("*", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return _binary("/", other, self)

    def __pow__(self, other: Any) -> Expr:
        return _binary("^", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return _binary("^", other, self)

    def __neg__(self) -> Expr:
        return Expr(f"(-{self.text})", self.names)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return call("abs", self)

    def __lt__(self, other: Any) -> Expr:
        return _binary("<", self, other)

    def __le__(self, other: Any) -> Expr:
        return _binary("<=", self, other)

    def __gt__(self, other: Any) -> Expr:
        return _binary(">", self, other)

    def __ge__(self, other: Any) -> Expr:
        return _binary(">=", self, other)

    def __and__(self, other: Any) -> Expr:
        return _binary("and", self, other)

    def __or__(self, other: Any) -> Expr:
        return _binary("or", self, other)

    def __invert__(self) -> Expr:
        return Expr(f"(not {self.text})", self.names)

    def __getitem__(self, component: int) -> Expr:
        if isinstance(component, bool) or not isinstance(component, int | np.integer) or component < 0:
            raise TypeError(f"{component!r} is no component; give its number, from 0")
        return Expr(f"{self.text}[{component}]", self.names)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        if method != "__call__" or options:
            return NotImplemented
        if name in _OPERATORS:
            return _binary(_OPERATORS[name], *inputs)
        if name in _FUNCTIONS:
            return call(_FUNCTIONS[name], *inputs)
        if name == "negative":
            return -self
        return self**2 if name == "square" else NotImplemented


class Leaf:
    """What a name in an expression stands for."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        if not name.isidentifier():
            raise ValueError(f"{name!r} is no name; use letters, digits and _")
        self.name = name


class CoordinateLeaf(Leaf):
    """A coordinate."""


class ConstantLeaf(Leaf):
    """A number with a name, which `set` may replace."""

    __slots__ = ("value",)

    def __init__(self, name: str, value: float | list[float]) -> None:
        super().__init__(name)
        self.value = value


class TrainableLeaf(Leaf):
    """A number that is fitted, and where it starts."""

    __slots__ = ("start",)

    def __init__(self, name: str, start: float) -> None:
        super().__init__(name)
        self.start = start


class DataLeaf(Leaf):
    """Numbers at the points of a grid, or at given points."""

    __slots__ = ("values",)

    def __init__(self, name: str, values: NDArray[np.float32]) -> None:
        super().__init__(name)
        self.values = values


class FieldLeaf(Leaf):
    """An unknown field."""

    __slots__ = ("coordinates", "outputs", "settings")

    def __init__(
        self, name: str, coordinates: tuple[str, ...], outputs: int | tuple[str, ...], settings: dict[str, Any]
    ) -> None:
        super().__init__(name)
        self.coordinates = coordinates
        self.outputs = outputs
        self.settings = settings


class FieldExpr(Expr):
    """An unknown field: a number, or the vector of its outputs. `u["re"]` is an output by its name."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: FieldLeaf) -> None:
        super().__init__(leaf.name, {leaf.name: leaf})
        self.leaf = leaf

    def __getitem__(self, component: int | str) -> Expr:
        if isinstance(component, str):
            if isinstance(self.leaf.outputs, int) or component not in self.leaf.outputs:
                raise KeyError(f"the field {self.leaf.name} has no output {component!r}")
            return Expr(component, self.names)
        return super().__getitem__(component)


def _joined(parts: Iterable[Expr]) -> dict[str, Leaf]:
    names: dict[str, Leaf] = {}
    for part in parts:
        for name, leaf in part.names.items():
            if names.setdefault(name, leaf) is not leaf:
                raise ValueError(f"the name {name} stands for two things; rename one")
    return names


def expr(value: Any) -> Expr:
    """A number, a sequence of expressions (a vector) or an expression as an expression.

    Raises:
        TypeError: If it is none of these.
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool | np.bool_):
        return Expr("1" if value else "0", {})
    if isinstance(value, int | float | np.integer | np.floating):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite; give a number")
        text = repr(value.item() if isinstance(value, np.generic) else value)
        return Expr(f"({text})" if text.startswith("-") else text, {})
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return expr(value.item())
    if isinstance(value, list | tuple | np.ndarray):
        parts = [expr(part) for part in value]
        return Expr(f"[{', '.join(part.text for part in parts)}]", _joined(parts))
    raise TypeError(f"a {type(value).__name__} is no expression; give numbers, coordinates and fields")


def _binary(sign: str, left: Any, right: Any) -> Expr:
    parts = [expr(left), expr(right)]
    return Expr(f"({parts[0].text} {sign} {parts[1].text})", _joined(parts))


def call(function: str, *arguments: Any) -> Expr:
    """A function of the residual language."""
    parts = [expr(argument) for argument in arguments]
    return Expr(f"{function}({', '.join(part.text for part in parts)})", _joined(parts))


def coordinates(*names: str) -> Any:
    """Coordinates of a problem by their names: one, or a tuple of several.

    Examples:
        >>> import sinefield as sf
        >>> x, t = sf.coordinates("x", "t")
        >>> sf.sin(2 * x) - t
        Expr('(sin((2 * x)) - t)')
    """
    made = tuple(Expr(name, {name: _coordinate(name)}) for name in names)
    return made[0] if len(made) == 1 else made


_COORDINATES: dict[str, CoordinateLeaf] = {}


def _coordinate(name: str) -> CoordinateLeaf:
    """The same for the same name, so that coordinates may be made twice."""
    return _COORDINATES.setdefault(name, CoordinateLeaf(name))


def field(name: str, *over: Expr, outputs: int | Iterable[str] = 1, **settings: Any) -> FieldExpr:
    """An unknown field over the given coordinates.

    Args:
        name: Its name, by which the solution has it.
        over: Its coordinates, in the order of its inputs.
        outputs: How many numbers it gives, or their names.
        settings: Those of a field in a problem file: `hidden`, `layers`, `omega`, `first_omega`, `activation`,
            `encoding`, `first_layer`, `range`.
    """
    for coordinate in over:
        if not isinstance(coordinate, Expr) or not isinstance(coordinate.names.get(coordinate.text), CoordinateLeaf):
            raise TypeError(f"{coordinate!r} is no coordinate; make it by sinefield.coordinates")
    own = outputs if isinstance(outputs, int) else tuple(outputs)
    return FieldExpr(FieldLeaf(name, tuple(part.text for part in over), own, settings))


def constant(name: str, value: float | Iterable[float]) -> Expr:
    """A number, or a vector of numbers, with a name: `solve(set={"constants.NAME": 2})` replaces it."""
    number = float(value) if isinstance(value, int | float | np.generic) else [float(part) for part in value]
    return Expr(name, {name: ConstantLeaf(name, number)})


def trainable(name: str, start: float) -> Expr:
    """A number that is fitted with the fields, and where it starts."""
    return Expr(name, {name: TrainableLeaf(name, float(start))})


def data(name: str, values: ArrayLike) -> Expr:
    """Known numbers at every point of a grid, of the grid's shape, or at given points: one each, or a vector each."""
    array = np.ascontiguousarray(_values.numbers(values, f"data {name}"), dtype=np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"data {name}: some numbers are not finite; leave their points out")
    return Expr(name, {name: DataLeaf(name, array)})


progress = Expr("progress", {})
"""0 at the first step of a fit, 1 at the last."""


_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "^"}
"""NumPy's names of operators."""

_FUNCTIONS = {
    "absolute": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "minimum": "min",
    "maximum": "max",
    **{name: name for name in ("sign", "floor", "sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
"""NumPy's names of functions, and those of the residual language."""
