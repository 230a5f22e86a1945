"""Problems written in Python: unknown fields, and the residuals that must vanish over domains.

A problem is the text of a problem file (docs/problems.md), with its data in memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native, _values
from ._errors import told
from ._expr import (
    ConstantLeaf,
    CoordinateLeaf,
    DataLeaf,
    Expr,
    FieldLeaf,
    Leaf,
    TrainableLeaf,
    expr,
)
from ._field import Field
from ._job import OnStep, _event, _result, _step
from ._progress import bar
from ._result import Plan, Result
from ._settings import SolveSettings

if TYPE_CHECKING:
    from typing_extensions import Unpack

Side = float | tuple[float, float]
"""The two ends of a coordinate, or the one place where it is fixed."""


class Domain:
    """Where a residual must vanish, in the units of the problem."""

    def table(self) -> dict[str, Any]:
        """The domain as an entry of a problem file."""
        raise NotImplementedError


class Box(Domain):
    """The inside of a box. `Box(t=0, x=(-1, 1))` fixes a coordinate."""

    def __init__(self, **sides: Side) -> None:
        self.sides = sides

    def table(self) -> dict[str, Any]:
        return {"box": _sides(self.sides)}


class Boundary(Domain):
    """The faces of a box, in proportion to their area."""

    def __init__(self, **sides: Side) -> None:
        self.sides = sides

    def table(self) -> dict[str, Any]:
        return {"boundary": _sides(self.sides)}


class Ball(Domain):
    """A ball: `Ball(2, x=0, y=0)` has the radius 2."""

    def __init__(self, radius: float, **center: float) -> None:
        self.radius, self.center = radius, center

    def table(self) -> dict[str, Any]:
        return {"ball": {"center": _sides(self.center), "radius": self.radius}}


class Grid(Domain):
    """A grid with both ends: `Grid(row=(0, 511, 512))` has 512 places from 0 to 511."""

    def __init__(self, **sides: float | tuple[float, float, int]) -> None:
        self.sides = sides

    def table(self) -> dict[str, Any]:
        return {"grid": _sides(self.sides)}


class Points(Domain):
    """Given points: an array `(n,)` for each coordinate, `Points(x=.., y=..)`."""

    def __init__(self, **places: ArrayLike) -> None:
        def column(name: str, numbers: ArrayLike) -> NDArray[np.float32]:
            array = np.ascontiguousarray(_values.numbers(numbers, f"points {name}"), dtype=np.float32)
            if array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError(f"points {name}: give finite numbers, one a point")
            return array

        self.places = {name: column(name, numbers) for name, numbers in places.items()}
        if len({array.size for array in self.places.values()}) != 1:
            raise ValueError("points: give as many numbers for each coordinate")


def _sides(sides: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(side) if isinstance(side, tuple | list) else side for name, side in sides.items()}


@dataclass(frozen=True)
class Constraint:
    """A residual that must vanish over a domain.

    Args:
        residual: An expression: a number, or a vector whose every component must vanish.
        domain: Where.
        samples: Points of a step; by default all of a grid or of given points, 4096 elsewhere.
        weight: What its loss is multiplied by.
        name: Its name in messages.
        draw: "fresh" for new points at every step, "fixed" for the same.
        sequence: "uniform" or "low-discrepancy".
        replacement: Whether points of a grid, or given ones, are drawn with replacement.
        norm: "l2" (squared, the default), "l1" or "huber".
        delta: Where Huber's norm becomes linear.
        reduce: "mean" or "sum" over points.
    """

    residual: Any
    domain: Domain
    samples: int | None = None
    weight: float | None = None
    name: str | None = None
    draw: Literal["fresh", "fixed"] | None = None
    sequence: Literal["uniform", "low-discrepancy"] | None = None
    replacement: bool | None = None
    norm: Literal["l1", "l2", "huber"] | None = None
    delta: float | None = None
    reduce: Literal["mean", "sum"] | None = None


@dataclass
class _Text:
    """The text of a problem file, and the arrays that stand for its data files."""

    lines: list[str] = field(default_factory=list)
    arrays: dict[str, list[tuple[str, NDArray[np.float32]]]] = field(default_factory=dict)

    def table(self, head: str, entries: Mapping[str, Any]) -> None:
        if entries:
            self.lines += [head, *(f"{name} = {_toml(value)}" for name, value in entries.items()), ""]

    def constraint(self, at: int, constraint: Constraint, residual: Expr) -> None:
        columns = {name: leaf.values for name, leaf in residual.names.items() if isinstance(leaf, DataLeaf)}
        entries: dict[str, Any] = {"residual": residual.text}
        domain = constraint.domain
        if isinstance(domain, Points):
            file = f"points-{at}"
            self.arrays[file] = [*domain.places.items(), *columns.items()]
            entries["domain"] = {"points": {"file": file, "coordinates": list(domain.places)}}
        else:
            entries["domain"] = domain.table()
            for name, values in columns.items():
                self.arrays[f"data-{at}-{name}"] = [(name, values)]
            if columns:
                entries["data"] = {name: f"data-{at}-{name}" for name in columns}
        for name in ("samples", "weight", "name", "draw", "sequence", "replacement", "norm", "delta", "reduce"):
            value = getattr(constraint, name)
            if value is not None:
                entries[name] = value
        self.table("[[constraint]]", entries)


def _toml(value: Any) -> str:
    """A value of a problem file."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, np.ndarray | np.generic):
        return _toml(value.tolist())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str | bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(value)
    raise ValueError(f"a {type(value).__name__} is no entry of a problem; give texts, numbers or lists")


class Problem:
    """Fields that satisfy constraints.

    The fields, constants, trainable numbers and data are those that occur in the residuals.

    Args:
        constraints: What must vanish where.
        seed: The number from which networks and points are drawn.
        fit: Settings of the fit, as in a problem file: `steps`, `rate`, `schedule`, ..

    Raises:
        ValueError: If a residual or a domain cannot be, with the place in it.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> x = sf.coordinates("x")
        >>> u = sf.field("u", x, hidden=16, layers=1, omega=3, first_omega=3)
        >>> inside = sf.Constraint((sf.d(u, x, x) + np.pi**2 * np.sin(np.pi * x)) / 10, sf.Grid(x=(-1, 1, 65)))
        >>> ends = sf.Constraint(u, sf.Boundary(x=(-1, 1)))
        >>> solution = sf.Problem([inside, ends]).solve(steps=400, lr=1e-2)
        >>> abs(solution.u(0.5).item() - 1) < 0.05
        True
    """

    def __init__(
        self, constraints: Iterable[Constraint], *, seed: int | None = None, fit: Mapping[str, Any] | None = None
    ) -> None:
        self.constraints = tuple(constraints)
        residuals = [expr(constraint.residual) for constraint in self.constraints]
        names = _names(residuals)
        text = _Text()
        if seed is not None:
            text.lines += [f"seed = {seed}", ""]
        for leaf in names.values():
            if isinstance(leaf, FieldLeaf):
                over = {"coordinates": list(leaf.coordinates)} if leaf.coordinates else {}
                text.table(f"[field.{leaf.name}]", {**over, "outputs": leaf.outputs, **leaf.settings})
        constants = {name: leaf.value for name, leaf in names.items() if isinstance(leaf, ConstantLeaf)}
        trainable = {name: leaf.start for name, leaf in names.items() if isinstance(leaf, TrainableLeaf)}
        text.table("[constants]", constants)
        text.table("[trainable]", trainable)
        for at, (constraint, residual) in enumerate(zip(self.constraints, residuals, strict=True)):
            text.constraint(at, constraint, residual)
        text.table("[fit]", dict(fit or {}))
        self._text = "\n".join(text.lines)
        self._trainable = np.array(list(trainable.values()), dtype=np.float32)
        self._arrays = text.arrays
        self._compiled = _native.Problem(self._text, text.arrays)

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Problem:
        """Reads a problem file and its data, which are named from its folder.

        Raises:
            OSError: If a file cannot be read.
            ValueError: If the problem cannot be, with the line and the column.
        """
        problem = cls.__new__(cls)
        name = _values.path(path)
        problem._compiled = _native.Problem.read(name)
        problem._text = Path(name).read_text(encoding="utf-8")
        problem._arrays, problem.constraints = {}, ()
        problem._trainable = np.array(list(problem.needs["trainable"].values()), dtype=np.float32)
        return problem

    def to_toml(self) -> str:
        """The problem as the text of a problem file. `save` writes its data too."""
        return self._text

    @property
    def needs(self) -> dict[str, Any]:
        """The names of its fields, where its trainable numbers start, and what every constraint needs: points of a step,
        components, data."""
        needs: dict[str, Any] = json.loads(self._compiled.needs())
        # In the order of the unknowns.
        needs["trainable"] = dict(needs["trainable"])
        return needs

    def fields(self, seed: int | None = None) -> dict[str, Field]:
        """New networks for its fields, by name."""
        return {name: Field._wrap(made) for name, made in self._compiled.fields(seed)}

    def plan(self, **settings: Unpack[SolveSettings]) -> Plan:
        """What a solve would do."""
        with told():
            words, numbers = self._compiled.plan(self._entries(dict(settings)))
        return Plan(words, json.loads(numbers))

    def solve(
        self, *, on_step: OnStep | None = None, progress: bool | None = None, **settings: Unpack[SolveSettings]
    ) -> Result:
        """Finds the fields and the trainable numbers.

        Args:
            on_step: Called with a `Step` after every step. The fit stops if it returns False.
            progress: Whether to show a bar (tqdm). By default a notebook shows one if it has tqdm.
            settings: Those of `sinefield solve`, with its defaults: `steps`, `lr`, `optimizer`, `output`, ...

        Returns:
            A result with the fields by their names: `result.u(points)`, points in the units of the problem.

        Raises:
            ValueError: If a setting is unknown or does not suit the problem.
            DivergedError: If the loss is no longer a usable number. It has the last usable fields.
        """
        shown = bar(progress)
        entries = self._entries(dict(settings))
        with told():
            report = self._compiled.solve(entries, _step(on_step, shown), _event(shown))
        return _result(report)

    def gradient(
        self, fields: Field | Sequence[Field], *, trainable: ArrayLike | None = None, step: int = 0
    ) -> tuple[float, NDArray[np.float32]]:
        """The loss at the points of a step, and its gradient with respect to every unknown, for optimisers of your own.

        Args:
            fields: The field, or all in the order of the problem.
            trainable: The trainable numbers, by default where they start.
            step: The step whose points are taken, counted from 0. Constraints with `draw="fixed"`, and whole grids, have
                the same points at every step.

        Returns:
            The loss, and a flat float32 array: the parameters of every field, as `Field.parameters` has them, and then
            the trainable numbers. NaN for all if the loss is not finite.
        """
        natives, scalars = self._unknowns(fields, trainable)
        return self._compiled.gradient(natives, scalars, step)

    def residuals(
        self, fields: Field | Sequence[Field], *, trainable: ArrayLike | None = None, step: int = 0
    ) -> dict[str, NDArray[np.float32]]:
        """The residual rows of every constraint at the points of a step: arrays `(points, components)` by name.

        Rows are residuals times the square roots of their weights, and of one over the number of points for a mean: the
        squares of all add up to the loss.

        Raises:
            ValueError: If a constraint has no rows, as under the norm l1.
        """
        natives, scalars = self._unknowns(fields, trainable)
        found = self._compiled.residuals(natives, scalars, step)
        rows = [row for row in found if row is not None]
        if len(rows) < len(found):
            raise ValueError("problem: only constraints under the norm l2 have rows; change the norm")
        return dict(rows)

    def _entries(self, settings: dict[str, Any]) -> str:
        return _values.entries("solve", {"problem": "problem", **settings})

    def _unknowns(
        self, fields: Field | Sequence[Field], trainable: ArrayLike | None
    ) -> tuple[list[_native.Field], NDArray[np.float32]]:
        given = [fields] if isinstance(fields, Field) else list(fields)
        scalars = self._trainable if trainable is None else np.ascontiguousarray(trainable, dtype=np.float32)
        return [field._compiled for field in given], np.atleast_1d(scalars)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the problem as a problem file for the command, with its data in files beside it.

        Raises:
            OSError: If a file cannot be written.
        """
        place, text = Path(path), self._text
        for name, arrays in self._arrays.items():
            file = f"{place.stem}-{name}.npz"
            named: dict[str, Any] = dict(arrays)
            np.savez(place.with_name(file), **named)
            text = text.replace(json.dumps(name), json.dumps(file))
        place.write_text(text, encoding="utf-8")

    def __repr__(self) -> str:
        needs = self.needs
        return f"<Problem of {', '.join(needs['fields'])}, {len(needs['constraints'])} constraints>"


def _names(residuals: Sequence[Expr]) -> dict[str, Leaf]:
    """What the names in the residuals stand for; the same everywhere, except of data, which belong to a constraint."""
    names: dict[str, Leaf] = {}
    for residual in residuals:
        for name, leaf in residual.names.items():
            if isinstance(leaf, DataLeaf):
                continue
            known = names.setdefault(name, leaf)
            if known is not leaf and not isinstance(leaf, CoordinateLeaf):
                raise ValueError(f"the name {name} stands for two things; rename one")
    return names
