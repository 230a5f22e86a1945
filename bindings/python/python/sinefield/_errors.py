"""The exception that the package adds to Python's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import _native
from ._field import Field


class DivergedError(ArithmeticError):
    """A fit diverged: its loss or its gradient was not finite, or the loss stayed far above its start.

    Every function that fits raises it, except `compare`. It can be pickled.

    Attributes:
        step: The steps that were made up to the last usable loss.
        fields: The fields of that loss, in the order of the problem.
        field: The first of them.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> image = np.sin(np.arange(72.0)).reshape(9, 8)
        >>> try:
        ...     sf.fit(image, activation="relu", lr=1e30, hidden=16, steps=50)
        ... except sf.DivergedError as error:
        ...     print(error.step < 50, np.isfinite(error.field.parameters).all())
        True True
    """

    def __init__(self, message: str, step: int, fields: list[Field]) -> None:
        super().__init__(message)
        self.step = step
        self.fields = fields

    @property
    def field(self) -> Field:
        """The last usable field, the first of several.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> try:
            ...     sf.fit(np.eye(9, 8), activation="relu", lr=1e30, hidden=16, steps=50)
            ... except sf.DivergedError as error:
            ...     print(error.field)
            <Field 2 -> 4 x 16 relu -> 1, 881 parameters>
        """
        return self.fields[0]

    def __reduce__(self) -> tuple[type[DivergedError], tuple[str, int, list[Field]]]:
        return DivergedError, (str(self), self.step, self.fields)


@contextmanager
def told() -> Iterator[None]:
    """Turns the divergence that the compiled part raises into a `DivergedError`."""
    try:
        yield
    except _native.Diverged as error:
        message, step, fields = error.args
        raise DivergedError(message, step, [Field._wrap(field) for field in fields]) from None
