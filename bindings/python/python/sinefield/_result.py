"""What a job came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as entry
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _show
from ._field import Field


class Step(NamedTuple):
    """How a fit stands after a step."""

    step: int
    """Updates so far."""
    steps: int
    """Updates in total."""
    loss: float
    """The loss before this step's update."""
    psnr_db: float | None
    """The PSNR that the loss implies, of a signal whose outputs are in [-1, 1]."""
    snr_db: float | None
    """The signal-to-noise ratio that the loss implies, of a sound."""
    rate: float
    """The learning rate."""
    seconds: float
    """Seconds spent in steps."""


@dataclass(frozen=True)
class Plan:
    """What a job would do. Nothing is written for it."""

    words: str
    """For people: the network, the batch, the steps, memory and time."""
    numbers: Mapping[str, Any]
    """The same by name, as `--dry-run --json` prints it."""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, repr=False)
class Result:
    """What a job came to.

    The numbers of the report are attributes too: `result.psnr_db`, `result.steps`; and so are the fields of a problem:
    `result.u`.
    """

    words: str
    """The report for people."""
    numbers: Mapping[str, Any]
    """The report by name, as `--json` prints it."""
    fields: Mapping[str, Field] = entry(default_factory=dict)
    """The fields that were fitted, by name: "field", or the names of the problem."""
    history: Mapping[str, NDArray[Any]] = entry(default_factory=dict)
    """One array for each of step, loss, psnr_db, snr_db, rate and seconds, with a number for every step."""
    interrupted: bool = False
    """Whether Ctrl-C or the callback stopped it."""

    @property
    def field(self) -> Field:
        """The field.

        Raises:
            AttributeError: If there is none, or there are several.
        """
        if len(self.fields) != 1:
            names = ", ".join(self.fields) or "none"
            raise AttributeError(f"there are {len(self.fields)} fields ({names}); take one of `fields`")
        return next(iter(self.fields.values()))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for named in (self.fields, self.numbers):
                if name in named:
                    return named[name]
        raise AttributeError(f"this result has no {name!r}; it has {', '.join([*self.fields, *self.numbers])}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.fields, *self.numbers]

    def plot(self) -> Any:
        """A matplotlib figure: value, gradient magnitude and Laplacian of each field of one or two coordinates, and the
        course of the fit.

        Raises:
            ImportError: If matplotlib is missing.
            ValueError: If a field has more coordinates.
        """
        return _show.plot(self.fields, self.history)

    def __repr__(self) -> str:
        return f"<Result {self.words}>"

    def _repr_html_(self) -> str:
        return _show.as_html(self.words, self.fields)


def history(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays that have numbers: a fit of a picture has no signal-to-noise ratio."""
    return {name: array for name, array in arrays.items() if not np.isnan(array).all() or name == "loss"}
