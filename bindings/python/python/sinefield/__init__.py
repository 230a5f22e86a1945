"""Signals and solutions of equations held as sine-activated networks.

`fit` fits a field to an image, a sound, a video or a volume; `reconstruct`, `blend` and `clone` make pictures from
derivatives; `solve` solves equations. Each does what the command of its name does, with the same settings, the same
defaults and the same bits. A `Field` is a function of continuous coordinates with exact derivatives.
"""

from ._errors import DivergedError
from ._field import Axis, Field, Layer
from ._job import (
    Job,
    blend,
    clone,
    compare,
    fit,
    load,
    reconstruct,
    set_threads,
    settings_of,
    solve,
    statistics,
)
from ._native import __version__
from ._result import Plan, Result, Step

__all__ = [
    "Axis",
    "DivergedError",
    "Field",
    "Job",
    "Layer",
    "Plan",
    "Result",
    "Step",
    "__version__",
    "blend",
    "clone",
    "compare",
    "fit",
    "load",
    "reconstruct",
    "set_threads",
    "settings_of",
    "solve",
    "statistics",
]
