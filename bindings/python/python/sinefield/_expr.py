"""Expressions of the residual language, written with Python's operators.

An expression is a text of that language (docs/language.md) and the names that occur in it. NumPy's functions work on
expressions too: `np.sin(x)` is `sin(x)`.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _values



class Expr:
    """An expression over coordinates, fields and their derivatives: at every point a number, or a vector of numbers.

    The numbers are real or complex. Python's complex numbers stand for themselves, as `1j * k * u`.

    Expressions come from `coordinates`, `field`, `constant`, `trainable`, `data` and the functions of this package.
    Numbers and NumPy arrays stand for themselves, and a list or a tuple of expressions is a vector.

    `+ - * / **` and NumPy's functions, as `np.sin(x)`, work on each component. A number is combined with every component
    of a vector. Two vectors must have the same width.

    `< <= > >=` give 1 where they hold, else 0. `&`, `|` and `~` are "and", "or" and "not". Write the expression at the
    left of a NumPy number: `x > limit`. `==` and `!=` compare the Python objects and make no expression.

    `v[0]` is a component. Names, widths and derivatives are checked when a `Problem` is made.

    Attributes:
        text: The expression in the residual language; `str(e)` too.
        names: What the names in it stand for.

    Raises:
        TypeError: If an operand is no expression, number or sequence of these, or NumPy's function is none of the residual
            language. If Python asks for the truth or the length of an expression, as `if x > 0` and `list(v)` do. If a
            component is not an integer from 0.
        ValueError: If a number is not finite, or a name stands for two things.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> np.exp(-x) * [y, 1]
        Expr('(exp((-x)) * [y, 1])')
        >>> sf.where((x > 0) & ~(y >= 1), x**2, 0)
        Expr('where(((x > 0) and (not (y >= 1))), (x ^ 2), 0)')
        >>> sf.grad(x * y)[1]
        Expr('grad((x * y))[1]')
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

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(name)
        self.value = value


class TrainableLeaf(Leaf):
    """A number that is fitted, and where it starts."""

    __slots__ = ("start",)

    def __init__(self, name: str, start: float) -> None:
        super().__init__(name)
        self.start = start


class DataLeaf(Leaf):
    """Numbers at the points of a grid, or at given points: float32 or complex64."""

    __slots__ = ("values",)

    def __init__(self, name: str, values: NDArray[Any]) -> None:
        super().__init__(name)
        self.values = values


class NetLeaf(Leaf):
    """The output of a field's network, in the form of the field."""


class FieldLeaf(Leaf):
    """An unknown field."""

    __slots__ = ("coordinates", "outputs", "settings", "form")

    def __init__(
        self,
        name: str,
        coordinates: tuple[str, ...],
        outputs: int | str | tuple[str, ...] | dict[str, str],
        settings: dict[str, Any],
        form: Expr | None,
    ) -> None:
        super().__init__(name)
        self.form = form
        self.coordinates = coordinates
        self.outputs = outputs
        self.settings = settings


class NormalLeaf(Leaf):
    """The outward normal of a boundary."""


class FieldExpr(Expr):
    """An unknown field: a number, or the vector of its outputs. `u["re"]` is an output by its name.

    Raises:
        KeyError: If there is no output of that name.

    Examples:
        >>> import sinefield as sf
        >>> u = sf.field("u", sf.coordinates("x"), outputs=["re", "im"])
        >>> u["im"], u[1]
        (Expr('im'), Expr('u[1]'))
    """

    __slots__ = ("leaf",)

    def __init__(self, leaf: FieldLeaf) -> None:
        super().__init__(leaf.name, {leaf.name: leaf})
        self.leaf = leaf

    def __getitem__(self, component: int | str) -> Expr:
        if isinstance(component, str):
            if isinstance(self.leaf.outputs, int | str) or component not in self.leaf.outputs:
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
        ValueError: If a number is not finite, or a name stands for two things.
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
    if isinstance(value, complex | np.complexfloating):
        number = complex(value)
        if not cmath.isfinite(number):
            raise ValueError(f"{value} is not finite; give a number")
        return Expr(f"complex({number.real!r}, {number.imag!r})", {})
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

    Coordinates of the same name are the same coordinate, wherever they are made.

    Args:
        names: Letters of any alphabet, digits and `_`; no digit first.

    Returns:
        An `Expr` for one name, otherwise a tuple with one for each name.

    Raises:
        ValueError: If a name has other characters.

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


Outputs = int | Iterable[str] | Mapping[str, Literal["real", "complex"]]
"""How many numbers a field gives, their names, or their names and types."""


_NET = Expr("net", {"net": NetLeaf("net")})


def field(
    name: str,
    *over: Expr,
    outputs: Outputs = 1,
    form: Callable[[Expr], Any] | None = None,
    periodic: Iterable[Expr | str] = (),
    **settings: Any,
) -> FieldExpr:
    """An unknown field over the given coordinates.

    Args:
        name: Its name, by which the solution has it.
        over: Its coordinates, in the order of its inputs; by default all of the problem.
        outputs: How many numbers it gives, a list of their names, or their names and types: `{"u": "complex"}`. A complex
            one is two outputs of the network, its real and its imaginary part.
        form: A function that makes the field of `net`, the output of its network: `lambda net: x * (1 - x) * net` is 0 at
            0 and at 1, whatever the network gives. It may use the field's coordinates and constants, and gives one component
            for each output. Of several outputs, `net` is the vector. By default the field is the output itself.
        periodic: Coordinates in which the network is periodic. The period is what the network sees as [-1, 1].
        settings: Those of a field in a problem file: `hidden` (256), `layers` (3), `omega` and `first_omega` (30 for
            sine), `activation` ("sine"), `encoding`, such as
            `{"fourier": {"features": 64, "scale": 1.0}}`, `first_layer`, and `range`, the part of each coordinate that the
            network sees as [-1, 1], in the units of the problem: `range={"t": (0, 1)}`. By default that is what all
            domains span.

    Returns:
        An expression: a number if it has one output, otherwise a vector. `u["re"]` is an output by its name.

    Raises:
        TypeError: If `over` has anything except coordinates, or the form is no function that gives an expression.
        ValueError: If the name has other characters than letters, digits and `_`, or the form has data. The settings, the
            outputs and the form are checked when a `Problem` is made.

    Examples:
        >>> import sinefield as sf
        >>> x, t = sf.coordinates("x", "t")
        >>> u = sf.field("u", x, t, hidden=16, layers=1)
        >>> sf.d(u, t) - 0.1 * sf.d(u, x, x)
        Expr('(d(u, t) - (0.1 * d(u, x, x)))')
        >>> sf.field("u", x, t, form=lambda net: sf.sin(x) + t * net, periodic=[x])
        Expr('u')
        >>> wave = sf.field("psi", x, t, outputs=["re", "im"])
        >>> wave["re"] ** 2 + wave["im"] ** 2
        Expr('((re ^ 2) + (im ^ 2))')
        >>> u = sf.field("u", x, t, hidden=8, layers=1, outputs={"u": "complex"})
        >>> problem = sf.Problem([sf.Constraint(sf.d(u, x) - 2j * u, sf.Box(x=(0, 1), t=(0, 1)))])
        >>> problem.fields()["u"].output_names
        ('u.re', 'u.im')
    """
    for coordinate in over:
        if not isinstance(coordinate, Expr) or not isinstance(coordinate.names.get(coordinate.text), CoordinateLeaf):
            raise TypeError(f"{coordinate!r} is no coordinate; make it by sinefield.coordinates")
    own: int | str | tuple[str, ...] | dict[str, str]
    if isinstance(outputs, int | str):
        own = outputs
    else:
        own = {**outputs} if isinstance(outputs, Mapping) else tuple(outputs)
    own_settings = {**settings}
    if places := [str(coordinate) for coordinate in periodic]:
        own_settings["periodic"] = places
    leaf = FieldLeaf(name, tuple(part.text for part in over), own, own_settings, _form(name, form))
    return FieldExpr(leaf)


def _form(name: str, form: Callable[[Expr], Any] | None) -> Expr | None:
    if form is None:
        return None
    if not callable(form):
        raise TypeError(f"field {name}: the form is no function; write form=lambda net: x * net")
    made = expr(form(_NET))
    known = next((data.name for data in made.names.values() if isinstance(data, DataLeaf)), None)
    if known is not None:
        raise ValueError(f"field {name}: the form has the data {known}, which are known at the samples alone; leave them out")
    return made


def constant(name: str, value: complex | Iterable[complex]) -> Expr:
    """A number, or a vector of numbers, with a name: `solve(set={"constants.NAME": 2})` replaces it.

    Args:
        name: Letters, digits and `_`; no digit first.
        value: A finite number, real or complex, or a sequence of them, which makes a vector of that width.

    Raises:
        ValueError: If the name has other characters, or the value is a text. A value that is not finite is refused when a
            `Problem` is made.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> u, k = sf.field("u", x, hidden=8, layers=1), sf.constant("k", 2)
        >>> problem = sf.Problem([sf.Constraint(sf.d(u, x) - k, sf.Grid(x=(0, 1, 9)))])
        >>> problem.solve(steps=3).final_loss != problem.solve(steps=3, set={"constants.k": 5}).final_loss
        True
    """
    one = isinstance(value, int | float | complex | np.generic)
    number = _entry(value) if one else [_entry(part) for part in value]  # type: ignore[union-attr]
    return Expr(name, {name: ConstantLeaf(name, number)})


def _entry(value: Any) -> float | dict[str, float]:
    """A number as an entry of a problem file."""
    if isinstance(value, complex | np.complexfloating):
        return {"re": float(value.real), "im": float(value.imag)}
    return float(value)


def trainable(name: str, start: float) -> Expr:
    """A number that is fitted with the fields, and where it starts. `result.trainable` has what it came to.

    Args:
        name: Letters, digits and `_`; no digit first.
        start: A finite number.

    Raises:
        ValueError: If the name has other characters, or the start is complex: fit its two parts. A start that is not finite
            is refused when a `Problem` is made.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> u, k = sf.field("u", x, hidden=8, layers=1), sf.trainable("k", 1)
        >>> solution = sf.Problem([sf.Constraint(sf.d(u, x) - k, sf.Grid(x=(0, 1, 9)))]).solve(steps=3)
        >>> solution.trainable["k"] != 1
        True
    """
    if isinstance(start, complex | np.complexfloating):
        raise ValueError(f"trainable {name}: a complex number; fit its parts, as sf.complex(a, b) of two trainable numbers")
    return Expr(name, {name: TrainableLeaf(name, float(start))})


def data(name: str, values: ArrayLike) -> Expr:
    """Known numbers at every point of a grid or at given points. They have no derivative.

    Args:
        name: Letters, digits and `_`; no digit first.
        values: Numbers, which become float32, or complex64 if they are complex. For a `Grid` an array of its shape, the
            coordinates in the order of the grid; for `Points` an array `(n,)`. One more axis `(..., c)` makes a vector of
            width c at each point.

    Raises:
        ValueError: If the values are not finite numbers, or some are masked, or the name has other characters. A shape
            that is not that of the domain is refused when a `Problem` is made.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> row, column = sf.coordinates("row", "column")
        >>> u = sf.field("u", row, column, hidden=8, layers=1)
        >>> known = sf.data("known", np.ones((4, 3)))
        >>> problem = sf.Problem([sf.Constraint(u - known, sf.Grid(row=(0, 3, 4), column=(0, 2, 3)))])
        >>> problem.needs["constraints"][0]["samples"]
        12
    """
    given = _values.numbers(values, f"data {name}", or_complex=True)
    array = np.ascontiguousarray(given, dtype=np.complex64 if given.dtype.kind == "c" else np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"data {name}: some numbers are not finite; leave their points out")
    return Expr(name, {name: DataLeaf(name, array)})


progress = Expr("progress", {})
"""An expression: 0 at the first step of a fit, 1 at the last. Its derivatives are 0."""

normal = Expr("n", {"n": NormalLeaf("n")})
"""An expression: the outward unit normal of a `Boundary`, a vector with a component for each of its coordinates. It has no
derivative."""


_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "^"}
"""NumPy's names of operators."""

_FUNCTIONS = {
    "absolute": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "conjugate": "conj",
    "minimum": "min",
    "maximum": "max",
    **{name: name for name in ("sign", "floor", "sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
"""NumPy's names of functions, and those of the residual language."""
