"""Problems written in Python: unknown fields, and the residuals that must vanish over domains.

A problem is the text of a problem file (docs/problems.md), with its data in memory.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native, _values
from ._domain import Domain, Near, Points
from ._errors import told
from ._expr import (
    ConstantLeaf,
    CoordinateLeaf,
    DataLeaf,
    Expr,
    FieldLeaf,
    Leaf,
    NetLeaf,
    NormalLeaf,
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

# The settings of a constraint that are entries of a problem file as they are.
_ENTRIES = (
    *("samples", "weight", "name", "draw", "sequence", "replacement", "adaptive", "causal", "windows"),
    *("norm", "delta", "reduce"),
)
_NO_ROWS = "problem: only constraints with the norm l2 have rows; change the norm"


@dataclass(frozen=True)
class Constraint:
    """A residual that must vanish over a domain.

    Its loss is the weight times the mean or the sum, over the points of a step, of the norm of the residual. What cannot be
    is refused when a `Problem` is made. None stands for the default.

    Args:
        residual: An expression: a number, or a vector whose every component must vanish.
        domain: Where.
        samples: Points of a step, 1 or more; by default all of a grid or of given points, 4096 elsewhere. At most all of
            these without replacement.
        weight: What its loss is multiplied by, a positive number (1).
        name: Its name in messages and results, by default "constraint 1", "constraint 2", .. Give each another.
        draw: "fresh" for new points at every step (the default), "fixed" for the same.
        sequence: "uniform" (the default), or "low-discrepancy" in a box, a ball or a polygon, on its boundary, and near given
            points.
        replacement: Whether points of a grid, or given ones, are drawn with replacement (False).
        adaptive: Draws points where the residual is large, in a body and on its boundary: True, or a dict of `power` (1),
            `floor` (1), `candidates` (4) and `every` (100). See docs/problems.md.
        causal: Weights that let a coordinate be solved in order: a dict of `coordinate`, its name, `chunks` (16) and
            `tolerance` (1).
        windows: Windows of a coordinate that grow while the problem is solved: a dict of `coordinate`, its name, `count` (4)
            and `until` (0.5).
        norm: "l2" (squared, the default), "l1" or "huber".
        delta: Where Huber's norm becomes linear, a positive number (1). Only with "huber".
        reduce: "mean" (the default) or "sum" over points.

    Examples:
        >>> import sinefield as sf
        >>> x, t = sf.coordinates("x", "t")
        >>> u = sf.field("u", x, t, hidden=8, layers=1)
        >>> heat = sf.Constraint(sf.d(u, t) - sf.d(u, x, x), sf.Box(x=(0, 1), t=(0, 2)), samples=256, name="heat")
        >>> start = sf.Constraint(u - sf.sin(x), sf.Box(x=(0, 1), t=0), samples=64, weight=10, name="start")
        >>> sorted(sf.Problem([heat, start]).solve(steps=2).losses)
        ['heat', 'start']
    """

    residual: Any
    domain: Domain
    samples: int | None = None
    weight: float | None = None
    name: str | None = None
    draw: Literal["fresh", "fixed"] | None = None
    sequence: Literal["uniform", "low-discrepancy"] | None = None
    replacement: bool | None = None
    adaptive: bool | Mapping[str, float] | None = None
    causal: Mapping[str, str | float] | None = None
    windows: Mapping[str, str | float] | None = None
    norm: Literal["l1", "l2", "huber"] | None = None
    delta: float | None = None
    reduce: Literal["mean", "sum"] | None = None


@dataclass
class _Text:
    """The text of a problem file, and the arrays that stand for its data files."""

    lines: list[str] = field(default_factory=list)
    arrays: dict[str, list[tuple[str, NDArray[Any]]]] = field(default_factory=dict)

    def parts(self) -> dict[str, list[tuple[str, NDArray[np.float32], bool]]]:
        """The arrays as float32. The parts of complex ones are their last axis, and their flag is true."""

        def part(name: str, values: NDArray[Any]) -> tuple[str, NDArray[np.float32], bool]:
            if values.dtype.kind != "c":
                return name, values, False
            return name, values.view(np.float32).reshape(*values.shape, 2), True

        return {file: [part(*named) for named in arrays] for file, arrays in self.arrays.items()}

    def table(self, head: str, entries: Mapping[str, Any]) -> None:
        if entries:
            self.lines += [head, *(f"{_key(name)} = {_toml(value)}" for name, value in entries.items()), ""]

    def constraint(self, at: int, constraint: Constraint, residual: Expr) -> None:
        columns = {name: leaf.values for name, leaf in residual.names.items() if isinstance(leaf, DataLeaf)}
        entries: dict[str, Any] = {"residual": residual.text}
        domain = constraint.domain
        if isinstance(domain, Points):
            file = f"points-{at}"
            self.arrays[file] = [*domain.places.items(), *columns.items()]
            entries["domain"] = {"points": {"file": file, "coordinates": list(domain.places)}}
        elif isinstance(domain, Near):
            file = f"points-{at}"
            self.arrays[file] = list(domain.points.places.items())
            balls = {"file": file, "coordinates": list(domain.points.places), "distance": domain.distance}
            entries["domain"] = {"near": balls}
            if columns:
                # The problem refuses them: these points cannot be counted.
                entries["data"] = {name: file for name in columns}
        else:
            entries["domain"] = domain.table()
            for name, values in columns.items():
                self.arrays[f"data-{at}-{name}"] = [(name, values)]
            if columns:
                entries["data"] = {name: f"data-{at}-{name}" for name in columns}
        for name in _ENTRIES:
            value = getattr(constraint, name)
            if value is not None:
                entries[name] = value
        self.table("[[constraint]]", entries)


def _quoted(text: str) -> str:
    """A text of a problem file: that of JSON, which also escapes the one control character that TOML escapes besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    """A key of a problem file. Keys without quotes are in ASCII."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _toml(value: Any) -> str:
    """A value of a problem file."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, np.ndarray | np.generic):
        return _toml(value.tolist())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(value)
    raise ValueError(f"a {type(value).__name__} is no entry of a problem; give texts, numbers or lists")


class Problem:
    """Fields that satisfy constraints.

    The fields, constants, trainable numbers and data are those that occur in the residuals.

    Args:
        constraints: What must vanish where.
        seed: The number from which networks and points are drawn, 0 or more (0).
        fit: Settings of the fit, as in a problem file: `steps` (1000), `rate` (5e-4), `schedule`, `optimizer`, .. `solve`
            has `lr` for `rate`.
        exact: Known solutions, expressions by the names of fields or outputs. The error against them is shown while the
            problem is solved, and is `result.error`.

    Attributes:
        constraints: The constraints as a tuple; empty for a problem of `from_toml`.

    Raises:
        ValueError: If a residual, a domain or a setting cannot be, with the place in it.
        TypeError: If a residual is no expression.

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
        self,
        constraints: Iterable[Constraint],
        *,
        seed: int | None = None,
        fit: Mapping[str, Any] | None = None,
        exact: Mapping[str, Any] | None = None,
    ) -> None:
        self.constraints = tuple(constraints)
        residuals = [expr(constraint.residual) for constraint in self.constraints]
        solutions = {name: expr(solution) for name, solution in (exact or {}).items()}
        names = _names([*residuals, *solutions.values()])
        forms = [leaf.form for leaf in names.values() if isinstance(leaf, FieldLeaf) and leaf.form is not None]
        names = _names([*residuals, *solutions.values(), *forms])
        _check_normal(self.constraints, names)
        text = _Text()
        if seed is not None:
            text.lines += [f"seed = {seed}", ""]
        for leaf in names.values():
            if isinstance(leaf, FieldLeaf):
                over = {"coordinates": list(leaf.coordinates)} if leaf.coordinates else {}
                form = {"form": leaf.form.text} if leaf.form is not None else {}
                text.table(f"[field.{_key(leaf.name)}]", {**over, "outputs": leaf.outputs, **form, **leaf.settings})
        constants = {name: leaf.value for name, leaf in names.items() if isinstance(leaf, ConstantLeaf)}
        trainable = {name: leaf.start for name, leaf in names.items() if isinstance(leaf, TrainableLeaf)}
        text.table("[constants]", constants)
        text.table("[trainable]", trainable)
        for at, (constraint, residual) in enumerate(zip(self.constraints, residuals, strict=True)):
            text.constraint(at, constraint, residual)
        text.table("[exact]", {name: solution.text for name, solution in solutions.items()})
        text.table("[fit]", dict(fit or {}))
        self._text = "\n".join(text.lines)
        self._trainable = np.array(list(trainable.values()), dtype=np.float64)
        self._arrays = text.arrays
        self._compiled = _native.Problem(self._text, text.parts())

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Problem:
        """Reads a problem file and its data, which are named from its folder.

        The files are read again by `solve` and the other methods, so leave them where they are.

        Raises:
            OSError: If the problem file cannot be read.
            ValueError: If the problem cannot be, or a file of data cannot be read, with the line and the column.

        Examples:
            >>> import tempfile, sinefield as sf
            >>> u = sf.field("u", sf.coordinates("x"), hidden=8, layers=1)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     sf.Problem([sf.Constraint(u - 1, sf.Grid(x=(0, 1, 9)))]).save(f"{folder}/problem.toml")
            ...     sf.Problem.from_toml(f"{folder}/problem.toml")
            <Problem of u, 1 constraint>
        """
        problem = cls.__new__(cls)
        name = _values.path(path)
        problem._compiled = _native.Problem.read(name)
        problem._text = Path(name).read_text(encoding="utf-8")
        problem._arrays, problem.constraints = {}, ()
        problem._trainable = np.array(list(problem.needs["trainable"].values()), dtype=np.float64)
        return problem

    def to_toml(self) -> str:
        """The problem as the text of a problem file. `save` writes its data too.

        Examples:
            >>> import sinefield as sf
            >>> u = sf.field("u", sf.coordinates("x"), hidden=8, layers=1)
            >>> print(sf.Problem([sf.Constraint(u - 1, sf.Grid(x=(0, 1, 9)))]).to_toml())
            [field.u]
            coordinates = ["x"]
            outputs = 1
            hidden = 8
            layers = 1
            <BLANKLINE>
            [[constraint]]
            residual = "(u - 1)"
            domain = { grid = { x = [0, 1, 9] } }
            <BLANKLINE>
        """
        return self._text

    @property
    def needs(self) -> dict[str, Any]:
        """The names of its fields, where its trainable numbers start, and what every constraint needs.

        Returns:
            `fields`, a list of names; `trainable`, numbers by name; and `constraints`, for each a dict of its `name`, the
            `samples` of a step, the `components` of its residual, and the names `columns` of its data.

        Examples:
            >>> import sinefield as sf
            >>> x = sf.coordinates("x")
            >>> u, k = sf.field("u", x, hidden=8, layers=1), sf.trainable("k", 2)
            >>> needs = sf.Problem([sf.Constraint([u - k, sf.d(u, x)], sf.Grid(x=(0, 1, 9)))]).needs
            >>> needs["fields"], needs["trainable"]
            (['u'], {'k': 2.0})
            >>> needs["constraints"][0]["samples"], needs["constraints"][0]["components"]
            (9, 2)
        """
        needs: dict[str, Any] = json.loads(self._compiled.needs())
        # In the order of the unknowns.
        needs["trainable"] = dict(needs["trainable"])
        return needs

    def fields(self, seed: int | None = None) -> dict[str, Field]:
        """New networks for its fields, by name, in the order of the problem and in its precision.

        Args:
            seed: The number from which they are drawn, 0 to 2^64 - 1; by default the problem's own.

        Raises:
            OverflowError: If the seed is out of range.

        Examples:
            >>> import sinefield as sf
            >>> x = sf.coordinates("x")
            >>> u, v = (sf.field(name, x, hidden=8, layers=1) for name in "uv")
            >>> problem = sf.Problem([sf.Constraint(sf.d(u, x) - v, sf.Grid(x=(0, 1, 9)))])
            >>> problem.fields()
            {'u': <Field 1 -> 2 x 8 sine -> 1, 97 parameters>, 'v': <Field 1 -> 2 x 8 sine -> 1, 97 parameters>}
        """
        return {name: Field._wrap(made) for name, made in self._compiled.fields(seed)}

    def check(self, *, set: Sequence[str] | Mapping[str, float | int | str] | None = None) -> Plan:
        """Describes the problem: its fields, and the points, jets, data and cost of every constraint.

        Args:
            set: Settings that replace those of the problem: `{"constants.k": 10}`.

        Raises:
            ValueError: If a setting does not suit the problem.

        Examples:
            >>> import sinefield as sf
            >>> x = sf.coordinates("x")
            >>> u = sf.field("u", x, hidden=8, layers=1)
            >>> found = sf.Problem([sf.Constraint(sf.d(u, x, x), sf.Grid(x=(0, 1, 9)))]).check()
            >>> found.numbers["constraints"][0]["jets"]
            ['u', 'u_x', 'u_xx']
        """
        with told():
            words, numbers = self._compiled.check(self._entries({"set": set}))
        return Plan(words, json.loads(numbers))

    def plan(self, **settings: Unpack[SolveSettings]) -> Plan:
        """What a solve would do. Nothing is written.

        Args:
            settings: Those of `solve`.

        Raises:
            OSError: If a file could not be written.
            ValueError: If a setting is unknown or does not suit the problem.

        Examples:
            >>> import sinefield as sf
            >>> u = sf.field("u", sf.coordinates("x"), hidden=8, layers=1)
            >>> plan = sf.Problem([sf.Constraint(u - 1, sf.Grid(x=(0, 1, 9)))]).plan(steps=7)
            >>> plan.numbers["steps"], plan.numbers["parameters"]
            (7, 97)
        """
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
            settings: Those of `sinefield solve`, with its defaults: `steps`, `lr`, `optimizer`, `output`, ... `set`
            replaces entries of the problem: `{"constants.k": 10, "constraint.0.weight": 5}`.

        Returns:
            A result with the fields by their names: `result.u(points)`, points in the units of the problem; `losses`, by the
            names of the constraints; and `trainable`, what the trainable numbers came to.

        Raises:
            OSError: If a file cannot be read or written.
            ValueError: If a setting is unknown or does not suit the problem.
            DivergedError: If the loss is no longer a usable number. It has the last usable fields.
            ImportError: If a bar is asked for and tqdm is missing.

        Warns:
            RuntimeWarning: If a checkpoint or a log could not be kept. The fit goes on without it.

        Examples:
            >>> import sinefield as sf
            >>> x = sf.coordinates("x")
            >>> u, k = sf.field("u", x, hidden=8, layers=1), sf.trainable("k", 0)
            >>> solution = sf.Problem([sf.Constraint(u - k * x, sf.Grid(x=(0, 1, 9)), name="line")]).solve(steps=5)
            >>> solution.u([0.0, 0.5, 1.0], "gradient").shape
            (3, 1, 1)
            >>> solution.losses["line"] == solution.final_loss, list(solution.trainable)
            (True, ['k'])
        """
        shown = bar(progress)
        entries = self._entries(dict(settings))
        with told():
            report = self._compiled.solve(entries, _step(on_step, shown), _event(shown))
        return _result(report)

    def gradient(
        self, fields: Field | Sequence[Field], *, trainable: ArrayLike | None = None, step: int = 0
    ) -> tuple[float, NDArray[np.float32] | NDArray[np.float64]]:
        """The loss at the points of a step, and its gradient with respect to every unknown, for optimisers of your own.

        Args:
            fields: The field, or all in the order of the problem.
            trainable: The trainable numbers, an array `(k,)` in the order of `needs["trainable"]`; by default where they
                start.
            step: The step whose points are taken, counted from 0. Constraints with `draw="fixed"`, and whole grids, have
                the same points at every step. `adaptive`, `causal` and `balance` are for `solve`: here points are drawn
                without regard to residuals, and all weights are the constraints' own.

        Returns:
            The loss, and an array `(n + k,)`: for the parameters of every field, n in all, as `Field.parameters` has them,
            and then for the trainable numbers. It is float64 if a field is, and all is then computed in float64; else it is
            float32. NaN for all if the loss or its gradient is not finite.

        Raises:
            ValueError: If the fields or the trainable numbers are not as many numbers as the problem's.
            OverflowError: If the step is negative.

        Examples:
            >>> import sinefield as sf
            >>> u = sf.field("u", sf.coordinates("x"), hidden=8, layers=1, omega=3, first_omega=3)
            >>> problem = sf.Problem([sf.Constraint(u - 1, sf.Grid(x=(0, 1, 9)))])
            >>> field = problem.fields()["u"]
            >>> first, gradient = problem.gradient(field)
            >>> gradient.shape == field.parameters.shape
            True
            >>> field.parameters[:] -= 0.01 * gradient
            >>> problem.gradient(field)[0] < first
            True
        """
        natives, scalars = self._unknowns(fields, trainable)
        return self._compiled.gradient(natives, scalars, step)

    def residuals(
        self, fields: Field | Sequence[Field], *, trainable: ArrayLike | None = None, step: int = 0
    ) -> dict[str, NDArray[np.float64]]:
        """The residual rows of every constraint at the points of a step: arrays `(points, components)` by name.

        Rows are residuals times the square roots of their weights, and of one over the number of points for a mean: the
        squares of all add up to the loss. Of several constraints with one name only the last is there.

        Args:
            fields: The field, or all in the order of the problem. The precision is theirs, as for `gradient`.
            trainable: The trainable numbers, as for `gradient`.
            step: The step whose points are taken, counted from 0.

        Raises:
            ValueError: If a constraint has another norm than l2, or the fields or the trainable numbers are not as many
                numbers as the problem's.
            OverflowError: If the step is negative.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> x = sf.coordinates("x")
            >>> u = sf.field("u", x, hidden=8, layers=1)
            >>> problem = sf.Problem([sf.Constraint([u - 1, sf.d(u, x)], sf.Grid(x=(0, 1, 9)), weight=4, name="both")])
            >>> field = problem.fields()["u"]
            >>> rows = problem.residuals(field)["both"]
            >>> rows.shape, bool(np.isclose((rows**2).sum(), problem.gradient(field)[0]))
            ((9, 2), True)
        """
        natives, scalars = self._unknowns(fields, trainable)
        found = self._compiled.residuals(natives, scalars, step)
        rows = [row for row in found if row is not None]
        if len(rows) < len(found):
            raise ValueError(_NO_ROWS)
        return dict(rows)

    def jacobian(
        self, fields: Field | Sequence[Field], *, trainable: ArrayLike | None = None, step: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The residual rows at the points of a step, and their derivatives with respect to every unknown.

        Args:
            fields: The field, or all in the order of the problem. The precision is theirs, as for `gradient`.
            trainable: The trainable numbers, as for `gradient`.
            step: The step whose points are taken, counted from 0.

        Returns:
            The rows of all constraints, one constraint after the other, as `residuals` gives them, a float64 array `(n,)`;
            and their derivatives, a float64 array `(n, unknowns)` with the unknowns in the order of `gradient`.

        Raises:
            ValueError: If a constraint has another norm than l2, the fields or the trainable numbers are not as many
                numbers as the problem's, or there is not enough memory.
            OverflowError: If the step is negative.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> x = sf.coordinates("x")
            >>> u = sf.field("u", x, hidden=8, layers=1, omega=3, first_omega=3)
            >>> problem = sf.Problem([sf.Constraint(u - x, sf.Grid(x=(0, 1, 9)))])
            >>> field = problem.fields()["u"]
            >>> rows, derivatives = problem.jacobian(field)
            >>> derivatives.shape == (9, field.parameters.size)
            True
            >>> field.parameters[:] -= np.linalg.lstsq(derivatives, rows, rcond=1e-3)[0]    # a Gauss-Newton step
            >>> bool(problem.gradient(field)[0] < 0.1 * (rows**2).sum())
            True
        """
        natives, scalars = self._unknowns(fields, trainable)
        found = self._compiled.jacobian(natives, scalars, step)
        if found is None:
            raise ValueError(_NO_ROWS)
        return found

    def _entries(self, settings: dict[str, Any]) -> str:
        return _values.entries("solve", {"problem": "problem", **settings})

    def _unknowns(
        self, fields: Field | Sequence[Field], trainable: ArrayLike | None
    ) -> tuple[list[_native.Field], NDArray[np.float64]]:
        given = [fields] if isinstance(fields, Field) else list(fields)
        scalars = self._trainable if trainable is None else np.ascontiguousarray(trainable, dtype=np.float64)
        return [field._compiled for field in given], np.atleast_1d(scalars)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the problem as a problem file for the command, with its data in files beside it.

        The data of a problem of `from_toml` are not written: save it in the folder that it came from.

        Raises:
            OSError: If a file cannot be written.

        Examples:
            >>> import os, tempfile, numpy as np, sinefield as sf
            >>> u = sf.field("u", sf.coordinates("x"), hidden=8, layers=1)
            >>> problem = sf.Problem([sf.Constraint(u - sf.data("f", np.ones(9)), sf.Grid(x=(0, 1, 9)))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     problem.save(f"{folder}/p.toml")
            ...     sorted(os.listdir(folder))
            ['p-data-0-f.npz', 'p.toml']
        """
        place, text = Path(path), self._text
        for name, arrays in self._arrays.items():
            file = f"{place.stem}-{name}.npz"
            named: dict[str, Any] = dict(arrays)
            np.savez(place.with_name(file), **named)
            text = text.replace(_quoted(name), _quoted(file))
        place.write_text(text, encoding="utf-8")

    def __repr__(self) -> str:
        needs = self.needs
        count = len(needs["constraints"])
        return f"<Problem of {', '.join(needs['fields'])}, {count} constraint{'' if count == 1 else 's'}>"


def _names(residuals: Sequence[Expr]) -> dict[str, Leaf]:
    """What the names in the residuals stand for; the same everywhere, except of data, which belong to a constraint."""
    names: dict[str, Leaf] = {}
    for residual in residuals:
        for name, leaf in residual.names.items():
            if isinstance(leaf, DataLeaf | NetLeaf):
                continue
            known = names.setdefault(name, leaf)
            if known is not leaf and not isinstance(leaf, CoordinateLeaf):
                raise ValueError(f"the name {name} stands for two things; rename one")
    return names


def _check_normal(constraints: Iterable[Constraint], names: Mapping[str, Leaf]) -> None:
    """Refuses a problem that reads the normal and has coordinates or outputs of its name."""
    normal = next((leaf.name for leaf in names.values() if isinstance(leaf, NormalLeaf)), None)
    fields = [leaf for leaf in names.values() if isinstance(leaf, FieldLeaf)]
    taken = {name for constraint in constraints for name in constraint.domain._names}
    for leaf in fields:
        taken |= {*leaf.coordinates, *(() if isinstance(leaf.outputs, int) else leaf.outputs)}
    if normal in taken:
        raise ValueError(f"the name {normal} stands for the normal and for something else; rename that")
