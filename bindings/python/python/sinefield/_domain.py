"""Domains: where the residuals of a problem must vanish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _values

Side = float | tuple[float, float]
"""The two ends of a coordinate, or the one place where it is fixed."""


class Domain:
    """Where a residual must vanish, in the units of the problem: a `Shape`, a `Boundary`, a `Grid`, `Points` or `Near`.

    Numbers that cannot be, as a side that ends before it begins, are refused when a `Problem` is made.

    Examples:
        >>> import sinefield as sf
        >>> isinstance(sf.Box(x=(0, 1)), sf.Domain)
        True
    """

    _names: tuple[str, ...] = ()
    """The names of its coordinates."""

    def table(self) -> dict[str, Any]:
        """The domain as an entry of a problem file.

        Raises:
            NotImplementedError: If it has no such entry by itself, as `Points` and `Near`, whose numbers are in a file.

        Examples:
            >>> import sinefield as sf
            >>> sf.Ball(2, x=0, y=0).table()
            {'ball': {'center': {'x': 0, 'y': 0}, 'radius': 2}}
        """
        raise NotImplementedError


class _Body(Domain):
    """A shape or a boundary."""

    def times(self, **sides: Side) -> Domain:
        """The domain with further coordinates, such as time: every point of it with every value of theirs.

        Args:
            sides: For each further coordinate `(low, high)`, or a number that fixes it. The domain has none of these.

        Examples:
            >>> import sinefield as sf
            >>> x, y, t = sf.coordinates("x", "y", "t")
            >>> u = sf.field("u", x, y, t, hidden=8, layers=1)
            >>> wall = sf.Boundary(sf.Ball(1, x=0, y=0)).times(t=(0, 2))
            >>> problem = sf.Problem([sf.Constraint(u, wall, samples=50)])
            >>> [axis.range for axis in problem.fields()["u"].axes]
            [(-1.0, 1.0), (-1.0, 1.0), (0.0, 2.0)]
        """
        return _Product(self, sides)


class _Product(_Body):
    """A shape or a boundary with further coordinates."""

    def __init__(self, body: _Body, sides: Mapping[str, Side]) -> None:
        self.body, self.sides = body, dict(sides)
        self._names = (*body._names, *sides)

    def table(self) -> dict[str, Any]:
        inner = self.body.table()
        return {**inner, "sides": {**inner.get("sides", {}), **_sides(self.sides)}}


class Shape(_Body):
    """A body of space, where points are drawn uniformly: a `Box`, a `Ball`, a `Polygon`, a `Union` or a `Difference`.

    `Boundary(shape)` is its boundary. `shape.times(t=(0, 1))` has further coordinates, such as time.

    Examples:
        >>> import sinefield as sf
        >>> plate = sf.Difference(sf.Box(x=(-1, 1), y=(-1, 1)), sf.Ball(0.5, x=0, y=0))
        >>> isinstance(plate, sf.Shape), isinstance(sf.Boundary(plate), sf.Shape)
        (True, False)
    """


class Box(Shape):
    """The inside of a box, where points are drawn uniformly. `Box(t=0, x=(-1, 1))` fixes a coordinate.

    Args:
        sides: For each coordinate `(low, high)`, or a number that fixes it.

    Examples:
        >>> import sinefield as sf
        >>> x, t = sf.coordinates("x", "t")
        >>> u = sf.field("u", x, t, hidden=8, layers=1)
        >>> problem = sf.Problem([sf.Constraint(u, sf.Box(t=0, x=(-1, 1)), samples=100)])
        >>> problem.residuals(problem.fields()["u"])["constraint 1"].shape
        (100, 1)
    """

    def __init__(self, **sides: Side) -> None:
        self.sides = sides
        self._names = tuple(sides)

    def table(self) -> dict[str, Any]:
        return {"box": _sides(self.sides)}


class Ball(Shape):
    """The inside of a ball, where points are drawn uniformly: `Ball(2, x=0, y=0)` has the radius 2.

    Args:
        radius: A positive number.
        center: The centre: a number for each coordinate, none of which is called `radius`.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> problem = sf.Problem([sf.Constraint(u, sf.Ball(2, x=1, y=0), samples=100)])
        >>> [axis.range for axis in problem.fields()["u"].axes]
        [(-1.0, 3.0), (-2.0, 2.0)]
    """

    def __init__(self, radius: float, **center: float) -> None:
        self.radius, self.center = radius, center
        self._names = tuple(center)

    def table(self) -> dict[str, Any]:
        return {"ball": {"center": _sides(self.center), "radius": self.radius}}


class Polygon(Shape):
    """The inside of a polygon in two coordinates, where points are drawn uniformly.

    Args:
        vertices: An array `(n, 2)`: 3 to 2,048 vertices in order, in either direction. The last is joined to the first.
        coordinates: The names of the two coordinates.

    Raises:
        ValueError: If the vertices are no array of two numbers each. A polygon that crosses itself or has no area is
            refused when a `Problem` is made.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> triangle = sf.Polygon([(0, 0), (3, 0), (0, 2)], coordinates=("x", "y"))
        >>> problem = sf.Problem([sf.Constraint(u, triangle, samples=100, sequence="low-discrepancy")])
        >>> [axis.range for axis in problem.fields()["u"].axes]
        [(0.0, 3.0), (0.0, 2.0)]
    """

    def __init__(self, vertices: ArrayLike, *, coordinates: tuple[str, str]) -> None:
        array = _values.numbers(vertices, "polygon").astype(np.float64)
        if array.ndim != 2 or array.shape[1] != 2:
            raise ValueError(f"polygon: an array of the shape {array.shape} has no vertices; give two numbers for each")
        self.vertices: NDArray[np.float64] = array
        self.coordinates = coordinates
        self._names = tuple(coordinates)

    def table(self) -> dict[str, Any]:
        return {"polygon": {"vertices": self.vertices, "coordinates": list(self.coordinates)}}


class Union(Shape):
    """The points that lie in at least one of several shapes, drawn uniformly.

    Args:
        shapes: Shapes over the same coordinates, at least one.

    Raises:
        TypeError: If one is no `Shape`.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> pill = sf.Union(sf.Box(x=(0, 3), y=(-1, 1)), sf.Ball(1, x=0, y=0), sf.Ball(1, x=3, y=0))
        >>> problem = sf.Problem([sf.Constraint(u, pill, samples=100)])
        >>> [axis.range for axis in problem.fields()["u"].axes]
        [(-1.0, 4.0), (-1.0, 1.0)]
    """

    def __init__(self, *shapes: Shape) -> None:
        self.shapes = _shapes("union", shapes)
        self._names = shapes[0]._names if shapes else ()

    def table(self) -> dict[str, Any]:
        return {"union": [shape.table() for shape in self.shapes]}


class Difference(Shape):
    """The points of a shape that lie in none of several others, drawn uniformly.

    Args:
        shape: The shape.
        others: The shapes to leave out, over the same coordinates.

    Raises:
        TypeError: If one is no `Shape`.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> plate = sf.Difference(sf.Box(x=(-1, 1), y=(-1, 1)), sf.Ball(0.5, x=0, y=0))
        >>> inside = sf.Constraint(sf.laplace(u) + 1, plate, samples=64, name="inside")
        >>> edge = sf.Constraint(u, sf.Boundary(plate), samples=64, name="edge")
        >>> sorted(sf.Problem([inside, edge]).solve(steps=2).losses)
        ['edge', 'inside']
    """

    def __init__(self, shape: Shape, *others: Shape) -> None:
        self.shapes = _shapes("difference", (shape, *others))
        self._names = shape._names

    def table(self) -> dict[str, Any]:
        return {"difference": [shape.table() for shape in self.shapes]}


class Boundary(_Body):
    """The boundary of a shape, or the faces of a box. Points are drawn in proportion to the area.

    `Boundary(x=(-1, 1), y=(0, 1))` is that of a box: for one coordinate, both ends. On a boundary, `sinefield.normal` is the
    outward unit normal.

    Args:
        shape: A shape.
        sides: Instead of a shape the sides of a box: for each coordinate `(low, high)`, or a number that fixes it. A fixed
            coordinate has no faces. One at least has a length.

    Raises:
        TypeError: If there are a shape and sides, or what is given is no `Shape`.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> problem = sf.Problem([sf.Constraint(u, sf.Boundary(x=(-1, 1), y=0), samples=10, name="ends")])
        >>> problem.residuals(problem.fields()["u"])["ends"].shape
        (10, 1)
        >>> disc = sf.Ball(1, x=0, y=0)
        >>> flux = sf.Constraint(sf.dot(sf.grad(u), sf.normal) - x, sf.Boundary(disc), samples=20)
        >>> sf.Problem([flux]).needs["constraints"][0]["columns"]
        ['n']
    """

    def __init__(self, shape: Shape | None = None, /, **sides: Side) -> None:
        if shape is not None and sides:
            raise TypeError("a boundary is of a shape or of sides; add further coordinates by times(t=(0, 1))")
        self.shape = Box(**sides) if shape is None else _shapes("boundary", (shape,))[0]
        self._names = self.shape._names

    def table(self) -> dict[str, Any]:
        table = self.shape.table()
        return {"boundary": table.get("box", table)}


class Grid(Domain):
    """A grid with both ends: `Grid(row=(0, 511, 512))` has 512 places from 0 to 511. The last coordinate runs fastest.

    Args:
        sides: For each coordinate `(low, high, count)`, or a number that fixes it. A count of 1 is the middle.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> problem = sf.Problem([sf.Constraint(u, sf.Grid(x=(0, 1, 5), y=(0, 2, 3)))])
        >>> problem.residuals(problem.fields()["u"])["constraint 1"].shape
        (15, 1)
    """

    def __init__(self, **sides: float | tuple[float, float, int]) -> None:
        self.sides = sides
        self._names = tuple(sides)

    def table(self) -> dict[str, Any]:
        return {"grid": _sides(self.sides)}


class Points(Domain):
    """Given points: an array `(n,)` for each coordinate, `Points(x=.., y=..)`.

    Args:
        places: The places of the points along each coordinate, finite numbers, which become float32.

    Raises:
        ValueError: If a place is not a finite number, an array has other axes, arrays have other lengths, or there is none.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> seen = sf.Constraint(u - sf.data("f", [1, 2, 4]), sf.Points(x=[0, 0.5, 1], y=[0, 0, 2]))
        >>> problem = sf.Problem([seen])
        >>> problem.residuals(problem.fields()["u"])["constraint 1"].shape
        (3, 1)
    """

    def __init__(self, **places: ArrayLike) -> None:
        def column(name: str, numbers: ArrayLike) -> NDArray[np.float32]:
            array = np.ascontiguousarray(_values.numbers(numbers, f"points {name}"), dtype=np.float32)
            if array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError(f"points {name}: give finite numbers, one a point")
            return array

        self.places = {name: column(name, numbers) for name, numbers in places.items()}
        if len({array.size for array in self.places.values()}) != 1:
            raise ValueError("points: give as many numbers for each coordinate")
        self._names = tuple(places)


class Near(Domain):
    """The places within a distance of given points. A point is chosen evenly, and then a place in the ball around it.

    Args:
        points: The points.
        distance: The radius of the balls, a positive number.

    Raises:
        TypeError: If the points are no `Points`.

    Examples:
        >>> import sinefield as sf
        >>> x, y = sf.coordinates("x", "y")
        >>> u = sf.field("u", x, y, hidden=8, layers=1)
        >>> corners = sf.Points(x=[0, 1], y=[0, 1])
        >>> problem = sf.Problem([sf.Constraint(sf.laplace(u), sf.Near(corners, 0.25), samples=100)])
        >>> [axis.range for axis in problem.fields()["u"].axes]
        [(-0.25, 1.25), (-0.25, 1.25)]
    """

    def __init__(self, points: Points, distance: float) -> None:
        if not isinstance(points, Points):
            raise TypeError(f"a {type(points).__name__} has no points; give Points(x=.., y=..)")
        self.points, self.distance = points, distance
        self._names = points._names


def _sides(sides: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(side) if isinstance(side, tuple | list) else side for name, side in sides.items()}


def _shapes(what: str, shapes: Iterable[Any]) -> tuple[Shape, ...]:
    given = tuple(shapes)
    for shape in given:
        if not isinstance(shape, Shape):
            raise TypeError(
                f"a {what} is not made of a {type(shape).__name__}; give a Box, Ball, Polygon, Union or Difference"
            )
    return given
