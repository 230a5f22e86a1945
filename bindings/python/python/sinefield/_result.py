"""What a job came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as entry
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _show
from ._field import Field


class Step(NamedTuple):
    """How a fit stands after a step.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> steps = []
        >>> result = sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=3, on_step=steps.append)
        >>> [(step.step, step.steps) for step in steps]
        [(1, 3), (2, 3), (3, 3)]
        >>> steps[-1].loss == result.final_loss, steps[-1].snr_db
        (True, None)
    """

    step: int
    """Updates so far."""
    steps: int
    """Updates in total."""
    loss: float
    """The loss before this step's update."""
    psnr_db: float | None
    """The PSNR in dB that the loss implies, of a signal whose outputs are in [-1, 1]; otherwise None."""
    snr_db: float | None
    """The signal-to-noise ratio in dB that the loss implies, of a sound; otherwise None."""
    rate: float | None
    """The learning rate, of an optimizer that has one."""
    seconds: float
    """Seconds spent in steps."""
    rows: int | None = None
    """The residual rows of a Gauss-Newton step."""
    damping: float | None = None
    """Its damping, as a fraction of the mean diagonal of the kernel."""
    length: float | None = None
    """The length that its line search found; 0 if no step lowered the loss."""
    error: float | None = None
    """The relative L2 error against the exact solution of a problem that names one."""


@dataclass(frozen=True)
class Plan:
    """What a job would do, or what a problem asks for. Nothing is written for it. `str(plan)` is its words.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> plan = sf.Job("fit", signal=np.eye(6, 4), hidden=8, layers=1, steps=5).plan()
        >>> plan.numbers["kind"], plan.numbers["network"]
        ('image', '2 -> 2 x 8 sine -> 1')
    """

    words: str
    """For people: the network, the batch, the steps, memory and time."""
    numbers: Mapping[str, Any]
    """The same by name, as `--dry-run --json` and `check --json` print it."""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, repr=False)
class Result:
    """What a job came to.

    The numbers of the report are attributes too: `result.psnr_db`, `result.steps`; and so are the fields of a problem:
    `result.u`.

    Raises:
        AttributeError: If it has no field and no number of that name. The message has those that there are.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> result = sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=3)
        >>> result.steps, result.numbers["stopped_by"], result.interrupted, list(result.fields)
        (3, 'steps', False, ['field'])
        >>> sorted(result.history), result.history["loss"].shape
        (['loss', 'psnr_db', 'rate', 'seconds', 'step'], (3,))
    """

    words: str
    """The report for people."""
    numbers: Mapping[str, Any]
    """The report by name, as `--json` prints it."""
    fields: Mapping[str, Field] = entry(default_factory=dict)
    """The fields that were fitted, by name: "field", or the names of the problem."""
    history: Mapping[str, NDArray[Any]] = entry(default_factory=dict)
    """One array `(steps,)` for each number of a `Step`, except those that the job does not have. Where a step does not have
    one, it is NaN."""
    interrupted: bool = False
    """Whether Ctrl-C or the callback stopped it."""

    @property
    def field(self) -> Field:
        """The field.

        Raises:
            AttributeError: If there is none, or there are several.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=3).field
            <Field 2 -> 2 x 8 sine -> 1, 105 parameters>
        """
        if len(self.fields) != 1:
            names = ", ".join(self.fields) or "none"
            raise AttributeError(f"there are {len(self.fields)} fields ({names}); take one of `fields`")
        return next(iter(self.fields.values()))

    def mesh(self, **settings: Any) -> Any:
        """The mesh of the field of a shape: `Field.mesh` of `field`, with its settings.

        Raises:
            AttributeError: If there is no field, or there are several.
            ValueError: If the field has no surface.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> random = np.random.default_rng(0)
            >>> normals = random.normal(size=(300, 3))
            >>> normals /= np.linalg.norm(normals, axis=1, keepdims=True)
            >>> result = sf.fit_shape(normals, normals, hidden=16, layers=1, batch=100, steps=30)
            >>> result.mesh(resolution=12).faces.shape[1]
            3
        """
        return self.field.mesh(**settings)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for named in (self.fields, self.numbers):
                if name in named:
                    return named[name]
        raise AttributeError(f"this result has no {name!r}; it has {', '.join([*self.fields, *self.numbers])}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.fields, *self.numbers]

    def plot(
        self,
        *,
        at: Mapping[str, float] | None = None,
        component: str | int | None = None,
        part: Literal["real", "imaginary", "magnitude", "phase"] | None = None,
        limits: tuple[float, float] | None = None,
    ) -> Any:
        """A matplotlib figure: value, gradient magnitude and Laplacian of each field, and the course of the fit. It has a row
        of four axes for each field. The maps of a solution have a colour bar each.

        The settings are for solutions of equations, as those of `Field.render`, which draws figures without matplotlib.

        Args:
            at: Where coordinates are fixed: `{"t": 0.5}`. By default two run, and the others are in the middle of their
                range.
            component: The component to show, by its name or its place from 0; by default the first.
            part: What is shown of a complex component; by default its magnitude.
            limits: The numbers at the ends of the colour bar.

        Raises:
            ImportError: If matplotlib is missing.
            ValueError: If a field of samples has more than two coordinates, or has not what is asked for, or `limits`
                are not two finite numbers, the smaller first.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> result = sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=3)
            >>> try:
            ...     figure = result.plot()
            ... except ImportError:
            ...     pass  # matplotlib is missing
            ... else:
            ...     assert len(figure.axes) == 4
        """
        choice = _show.Choice(at or {}, component, part, limits)
        return _show.plot(self.fields, self.history, choice)

    def __repr__(self) -> str:
        return f"<Result {self.words}>"

    def _repr_html_(self) -> str:
        return _show.as_html(self.words, self.fields)


def history(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays that have numbers: a fit of a picture has no signal-to-noise ratio."""
    return {name: array for name, array in arrays.items() if not np.isnan(array).all() or name == "loss"}
