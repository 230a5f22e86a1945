"""The functions of the residual language, under their names.

Arguments are expressions, numbers, or sequences of these, which are vectors. Every function raises `TypeError` for
anything else, and `ValueError` if a number is not finite or a name stands for two things. Widths, coordinates and orders of
derivatives are checked when a `Problem` is made, which raises `ValueError` with the place.
"""

from __future__ import annotations

from typing import Any

from ._expr import Expr, call


def d(e: Any, *along: Expr) -> Expr:
    """The derivative along each coordinate in turn: `d(u, x, x)` is the second along x.

    Args:
        e: A number or a vector, which is differentiated component by component.
        along: One coordinate or more, from `coordinates`.

    Returns:
        An expression of the width of `e`, in units of `e` per unit of each coordinate.

    Raises:
        ValueError: When a `Problem` is made, for a fifth derivative of a field, a derivative of data, or one along anything
            except a coordinate.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y)
        >>> sf.d(u, x, y), sf.d(x * u, x)
        (Expr('d(u, x, y)'), Expr('d((x * u), x)'))
    """
    return call("d", e, *along)


def grad(e: Any, *along: Expr) -> Expr:
    """The derivatives along all coordinates of the domain, or those named.

    Args:
        e: A number, or a vector of width w.
        along: k coordinates; by default all of the domain.

    Returns:
        A vector of width k, or w k: first all derivatives of the first component.

    Raises:
        ValueError: When a `Problem` is made, for a fifth derivative of a field, a derivative of data, or one along anything
            except a coordinate.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y)
        >>> sf.norm(sf.grad(u)) - 1, sf.grad(u, x)
        (Expr('(norm(grad(u)) - 1)'), Expr('grad(u, x)'))
    """
    return call("grad", e, *along)


def laplace(e: Any, *along: Expr) -> Expr:
    """The sum of the second derivatives along all coordinates of the domain, or those named.

    Args:
        e: A number, or a vector, of whose every component the sum is taken.
        along: Coordinates; by default all of the domain, time too.

    Returns:
        An expression of the width of `e`.

    Raises:
        ValueError: When a `Problem` is made, for a fifth derivative of a field, a derivative of data, or one along anything
            except a coordinate.

    Examples:
        >>> import sinefield as sf
        >>> x, y, t = sf.coordinates("x", "y", "t")
        >>> u = sf.field("u", x, y, t)
        >>> sf.d(u, t) - sf.laplace(u, x, y)
        Expr('(d(u, t) - laplace(u, x, y))')
    """
    return call("laplace", e, *along)


def div(v: Any, *along: Expr) -> Expr:
    """The divergence of a vector along all coordinates of the domain, or those named.

    Args:
        v: A vector of as many components as coordinates.
        along: Coordinates; by default all of the domain.

    Returns:
        A number: the first component's derivative along the first coordinate, and so on, added up.

    Raises:
        ValueError: When a `Problem` is made, for a fifth derivative of a field, a derivative of data, or one along anything
            except a coordinate, or if `v` has another width.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> v = sf.field("v", x, y, outputs=2)
        >>> sf.div(v, x, y)
        Expr('div(v, x, y)')
    """
    return call("div", v, *along)


def dot(a: Any, b: Any) -> Expr:
    """The sum of the products of components: a number. Both have the same width, or one is a number.

    Of complex vectors nothing is conjugated: `dot(conj(a), b)` is the inner product.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> v = sf.field("v", x, y, outputs=2)
        >>> sf.dot(v, [x, y])
        Expr('dot(v, [x, y])')
    """
    return call("dot", a, b)


def cross(a: Any, b: Any) -> Expr:
    """The vector product, of width 3.

    Raises:
        ValueError: When a `Problem` is made, for vectors of another width.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> v = sf.field("v", x, outputs=3)
        >>> sf.cross(v, [0, 0, 1])
        Expr('cross(v, [0, 0, 1])')
    """
    return call("cross", a, b)


def complex(re: Any, im: Any) -> Expr:
    """The complex number with a real and an imaginary part, component by component.

    Python's complex numbers are expressions too: `2j * u` is `complex(0, 2) * u`.

    Raises:
        ValueError: When a `Problem` is made, if a part is complex itself.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.complex(sf.cos(x), sf.sin(x))
        Expr('complex(cos(x), sin(x))')
    """
    return call("complex", re, im)


def conj(e: Any) -> Expr:
    """The complex conjugate, component by component.

    Examples:
        >>> import sinefield as sf
        >>> u = sf.field("u", sf.coordinates("x"), outputs={"u": "complex"})
        >>> sf.conj(u)
        Expr('conj(u)')
    """
    return call("conj", e)


def re(e: Any) -> Expr:
    """The real part, component by component.

    Examples:
        >>> import sinefield as sf
        >>> u = sf.field("u", sf.coordinates("x"), outputs={"u": "complex"})
        >>> sf.re(u)
        Expr('re(u)')
    """
    return call("re", e)


def im(e: Any) -> Expr:
    """The imaginary part, component by component: a real number, 0 of a real one.

    Examples:
        >>> import sinefield as sf
        >>> u = sf.field("u", sf.coordinates("x"), outputs={"u": "complex"})
        >>> sf.im(u)
        Expr('im(u)')
    """
    return call("im", e)


def arg(e: Any) -> Expr:
    """The angle of a complex number in radians, from -π to π, component by component. It is 0 where `e` is 0.

    Examples:
        >>> import sinefield as sf
        >>> u = sf.field("u", sf.coordinates("x"), outputs={"u": "complex"})
        >>> sf.arg(u)
        Expr('arg(u)')
    """
    return call("arg", e)


def norm(v: Any) -> Expr:
    """The Euclidean length of a vector, or the absolute value of a number. Its derivative is 0 where `v` is 0.

    Of complex components it is the root of the sum of their squared moduli, a real number.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> v = sf.field("v", x, outputs=3)
        >>> sf.norm(v)
        Expr('norm(v)')
    """
    return call("norm", v)


def normalize(v: Any) -> Expr:
    """`v / norm(v)`, of the width of `v`; 0 where `v` is 0.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> v = sf.field("v", x, outputs=3)
        >>> sf.normalize(v)
        Expr('normalize(v)')
    """
    return call("normalize", v)


def sum(v: Any) -> Expr:
    """The sum over components: a number.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> v = sf.field("v", x, outputs=3)
        >>> sf.sum(v**2)
        Expr('sum((v ^ 2))')
    """
    return call("sum", v)


def mean(v: Any) -> Expr:
    """The mean over components: a number.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> v = sf.field("v", x, outputs=3)
        >>> sf.mean(v)
        Expr('mean(v)')
    """
    return call("mean", v)


def where(c: Any, a: Any, b: Any) -> Expr:
    """`a` where `c` is not 0, else `b`, component by component.

    Only the branch that is taken has a derivative.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.where(x > 0, x, -x)
        Expr('where((x > 0), x, (-x))')
    """
    return call("where", c, a, b)


def min(*parts: Any) -> Expr:
    """The smallest of two or more, component by component.

    Its derivative is that of the smallest, of the first of equal ones.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.min(x, 1 - x, 0.25)
        Expr('min(x, (1 - x), 0.25)')
    """
    return call("min", *parts)


def max(*parts: Any) -> Expr:
    """The largest of two or more, component by component.

    Its derivative is that of the largest, of the first of equal ones.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.max(x, 0)
        Expr('max(x, 0)')
    """
    return call("max", *parts)


def clamp(e: Any, low: Any, high: Any) -> Expr:
    """`min(max(e, low), high)`, component by component.

    Its derivative is 0 where it takes a constant `low` or `high`.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.clamp(x, 0, 1)
        Expr('clamp(x, 0, 1)')
    """
    return call("clamp", e, low, high)


def abs(e: Any) -> Expr:
    """The absolute value, of a complex number the modulus, component by component. Python's `abs(e)` is the same.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.abs(x), abs(x)
        (Expr('abs(x)'), Expr('abs(x)'))
    """
    return call("abs", e)


def sign(e: Any) -> Expr:
    """-1, 0 or 1, component by component. Its derivative is 0.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.sign(x)
        Expr('sign(x)')
    """
    return call("sign", e)


def floor(e: Any) -> Expr:
    """The largest integer that is not above `e`, component by component. Its derivative is 0.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> x - sf.floor(x)
        Expr('(x - floor(x))')
    """
    return call("floor", e)


def step(e: Any) -> Expr:
    """1 where `e >= 0`, else 0, component by component. Its derivative is 0.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.step(x - 0.5)
        Expr('step((x - 0.5))')
    """
    return call("step", e)


def sqrt(e: Any) -> Expr:
    """The square root, component by component. It is NaN below 0; of a complex number its real part is 0 or more.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.sqrt(x**2 + 1)
        Expr('sqrt(((x ^ 2) + 1))')
    """
    return call("sqrt", e)


def exp(e: Any) -> Expr:
    """The exponential, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.exp(-x)
        Expr('exp((-x))')
    """
    return call("exp", e)


def log(e: Any) -> Expr:
    """The natural logarithm, component by component. It is not finite at 0 and below.

    Of a complex number it has an imaginary part from -π to π.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.log(x**2 + 1)
        Expr('log(((x ^ 2) + 1))')
    """
    return call("log", e)


def pow(a: Any, b: Any) -> Expr:
    """`a` to the power `b`, component by component; `a**b` too.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.pow(x, 3)
        Expr('pow(x, 3)')
    """
    return call("pow", a, b)


def sin(e: Any) -> Expr:
    """The sine of an angle in radians, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.sin(2 * x)
        Expr('sin((2 * x))')
    """
    return call("sin", e)


def cos(e: Any) -> Expr:
    """The cosine of an angle in radians, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.cos(2 * x)
        Expr('cos((2 * x))')
    """
    return call("cos", e)


def tan(e: Any) -> Expr:
    """The tangent of an angle in radians, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.tan(x)
        Expr('tan(x)')
    """
    return call("tan", e)


def asin(e: Any) -> Expr:
    """The inverse sine in radians, component by component. It is NaN outside [-1, 1].

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.asin(x)
        Expr('asin(x)')
    """
    return call("asin", e)


def acos(e: Any) -> Expr:
    """The inverse cosine in radians, component by component. It is NaN outside [-1, 1].

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.acos(x)
        Expr('acos(x)')
    """
    return call("acos", e)


def atan(e: Any) -> Expr:
    """The inverse tangent in radians, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.atan(x)
        Expr('atan(x)')
    """
    return call("atan", e)


def atan2(y: Any, x: Any) -> Expr:
    """The angle of the point (x, y) in radians, from -π to π, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> sf.atan2(y, x)
        Expr('atan2(y, x)')
    """
    return call("atan2", y, x)


def sinh(e: Any) -> Expr:
    """The hyperbolic sine, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.sinh(x)
        Expr('sinh(x)')
    """
    return call("sinh", e)


def cosh(e: Any) -> Expr:
    """The hyperbolic cosine, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.cosh(x)
        Expr('cosh(x)')
    """
    return call("cosh", e)


def tanh(e: Any) -> Expr:
    """The hyperbolic tangent, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.tanh(x)
        Expr('tanh(x)')
    """
    return call("tanh", e)


def erf(e: Any) -> Expr:
    """The error function, component by component: `2/sqrt(pi)` times the integral of `exp(-s^2)` from 0 to `e`.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.erf(x)
        Expr('erf(x)')
    """
    return call("erf", e)


def sigmoid(e: Any) -> Expr:
    """`1 / (1 + exp(-e))`, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.sigmoid(x)
        Expr('sigmoid(x)')
    """
    return call("sigmoid", e)


def softplus(e: Any) -> Expr:
    """`log(1 + exp(e))`, component by component.

    Examples:
        >>> import sinefield as sf
        >>> x = sf.coordinates("x")
        >>> sf.softplus(x)
        Expr('softplus(x)')
    """
    return call("softplus", e)


FUNCTIONS = (
    "abs", "acos", "arg", "asin", "atan", "atan2", "clamp", "complex", "conj", "cos", "cosh", "cross", "d", "div", "dot",
    "erf", "exp", "floor", "grad", "im", "laplace", "log", "max", "mean", "min", "norm", "normalize", "pow", "re", "sigmoid",
    "sign", "sin", "sinh", "softplus", "sqrt", "step", "sum", "tan", "tanh", "where",
)  # fmt: skip
"""The functions of the residual language, which are here under their names."""
