"""The functions of the residual language, under their names."""

from __future__ import annotations

from typing import Any

from ._expr import Expr, call


def d(e: Any, *along: Expr) -> Expr:
    """The derivative along each coordinate in turn: `d(u, x, x)` is the second along x."""
    return call("d", e, *along)


def grad(e: Any, *along: Expr) -> Expr:
    """The derivatives along all coordinates, or those named."""
    return call("grad", e, *along)


def laplace(e: Any, *along: Expr) -> Expr:
    """The sum of the second derivatives along all coordinates, or those named."""
    return call("laplace", e, *along)


def div(v: Any, *along: Expr) -> Expr:
    """The divergence of a vector along all coordinates, or those named."""
    return call("div", v, *along)


def dot(a: Any, b: Any) -> Expr:
    """The sum of the products of components."""
    return call("dot", a, b)


def cross(a: Any, b: Any) -> Expr:
    """The vector product, of width 3."""
    return call("cross", a, b)


def norm(v: Any) -> Expr:
    """The Euclidean length."""
    return call("norm", v)


def normalize(v: Any) -> Expr:
    """`v / norm(v)`, 0 where `v` is 0."""
    return call("normalize", v)


def sum(v: Any) -> Expr:
    """The sum over components."""
    return call("sum", v)


def mean(v: Any) -> Expr:
    """The mean over components."""
    return call("mean", v)


def where(c: Any, a: Any, b: Any) -> Expr:
    """`a` where `c` is not 0, else `b`."""
    return call("where", c, a, b)


def min(*parts: Any) -> Expr:
    """The smallest, component by component."""
    return call("min", *parts)


def max(*parts: Any) -> Expr:
    """The largest, component by component."""
    return call("max", *parts)


def clamp(e: Any, low: Any, high: Any) -> Expr:
    """`min(max(e, low), high)`."""
    return call("clamp", e, low, high)


def abs(e: Any) -> Expr:
    """The absolute value."""
    return call("abs", e)


def sign(e: Any) -> Expr:
    """-1, 0 or 1."""
    return call("sign", e)


def floor(e: Any) -> Expr:
    """The largest integer that is not above `e`."""
    return call("floor", e)


def step(e: Any) -> Expr:
    """1 where `e >= 0`, else 0."""
    return call("step", e)


def sqrt(e: Any) -> Expr:
    """The square root."""
    return call("sqrt", e)


def exp(e: Any) -> Expr:
    """The exponential."""
    return call("exp", e)


def log(e: Any) -> Expr:
    """The natural logarithm."""
    return call("log", e)


def pow(a: Any, b: Any) -> Expr:
    """`a` to the power `b`."""
    return call("pow", a, b)


def sin(e: Any) -> Expr:
    """The sine."""
    return call("sin", e)


def cos(e: Any) -> Expr:
    """The cosine."""
    return call("cos", e)


def tan(e: Any) -> Expr:
    """The tangent."""
    return call("tan", e)


def asin(e: Any) -> Expr:
    """The inverse sine."""
    return call("asin", e)


def acos(e: Any) -> Expr:
    """The inverse cosine."""
    return call("acos", e)


def atan(e: Any) -> Expr:
    """The inverse tangent."""
    return call("atan", e)


def atan2(y: Any, x: Any) -> Expr:
    """The angle of the point (x, y)."""
    return call("atan2", y, x)


def sinh(e: Any) -> Expr:
    """The hyperbolic sine."""
    return call("sinh", e)


def cosh(e: Any) -> Expr:
    """The hyperbolic cosine."""
    return call("cosh", e)


def tanh(e: Any) -> Expr:
    """The hyperbolic tangent."""
    return call("tanh", e)


def sigmoid(e: Any) -> Expr:
    """`1 / (1 + exp(-e))`."""
    return call("sigmoid", e)


def softplus(e: Any) -> Expr:
    """`log(1 + exp(e))`."""
    return call("softplus", e)


FUNCTIONS = (
    "abs", "acos", "asin", "atan", "atan2", "clamp", "cos", "cosh", "cross", "d", "div", "dot", "exp", "floor", "grad",
    "laplace", "log", "max", "mean", "min", "norm", "normalize", "pow", "sigmoid", "sign", "sin", "sinh", "softplus",
    "sqrt", "step", "sum", "tan", "tanh", "where",
)  # fmt: skip
"""The functions of the residual language, which are here under their names."""
