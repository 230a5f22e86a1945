"""The exception that the package adds to Python's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import _native
from ._field import Field


class DivergedError(ArithmeticError):
    """A fit diverged: its loss was no longer a usable number.

    Attributes:
        step: The steps that were made up to the last usable loss.
        fields: The fields of that loss, in the order of the problem.
        field: The first of them.
    """

    def __init__(self, message: str, step: int, fields: list[Field]) -> None:
        super().__init__(message)
        self.step = step
        self.fields = fields

    @property
    def field(self) -> Field:
        """The last usable field, the first of several."""
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
