"""The settings of every job, by the names that they have in the command. Defaults are those of the command.

`tests/test_jobs.py` holds these names against the compiled part.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

Path = str | os.PathLike[str]


class Running(TypedDict, total=False):
    """What every fit writes, and how it is run."""

    output: Path | None
    seed: int | None
    threads: int | None
    checkpoint: Path | None
    checkpoint_every: float | None
    resume: bool
    log: Path | None


class Course(TypedDict, total=False):
    """The course of a fit."""

    steps: int | None
    optimizer: Literal["adam", "lbfgs", "gauss-newton", "ssbroyden", "ssbfgs", "soap"] | None
    lr: float | None
    schedule: str | None
    precision: Literal["f32", "f64"] | None


class Network(TypedDict, total=False):
    """The network."""

    hidden: int | None
    layers: int | None
    activation: str | None
    omega: float | None
    first_omega: float | None


class Images(TypedDict, total=False):
    """What is done to images first."""

    resize: int | str | None
    gray: bool


class ShapeSettings(Running, Course, Network, total=False):
    """The settings of `fit_shape`."""

    batch: int | Literal["full"] | None
    recipe: Literal["paper"] | None
    init: Path | None
    unoriented: bool


class FitSettings(ShapeSettings, Images, total=False):
    """The settings of `fit`."""

    kind: Literal["image", "sound", "video", "volume"] | None
    target_psnr: float | None
    points: int | None


class MeshSettings(TypedDict, total=False):
    """The settings of `mesh`."""

    resolution: int | None
    level: float | None
    region: Sequence[float] | None
    simplify: float | None


class ShapeReportSettings(TypedDict, total=False):
    """The settings of `shape-report`."""

    resolution: int | None
    level: float | None
    samples: int | None
    seed: int | None


class DerivedSettings(Running, Course, Network, Images, total=False):
    """The settings that `reconstruct`, `blend` and `clone` share."""

    batch: int | Literal["full"] | None
    render: Path | None


class ReconstructSettings(DerivedSettings, total=False):
    """The settings of `reconstruct`."""

    boundary: bool
    operator: str | None
    align: str | None


class BlendSettings(DerivedSettings, total=False):
    """The settings of `blend`."""

    alpha: float | None


class CloneSettings(DerivedSettings, total=False):
    """The settings of `clone`."""

    at: Sequence[int] | None
    mixed: bool


class SolveSettings(Running, Course, total=False):
    """The settings of `solve`."""

    set: Sequence[str] | Mapping[str, float | int | complex | str] | None
    recipe: Literal["paper"] | None
    init: Path | None
    report: Path | None


class CompareSettings(TypedDict, total=False):
    """The settings of `compare`."""

    activations: Sequence[str] | None
    size: int | str | None
    steps: int | None
    supervise: Literal["value", "gradient", "laplacian"] | None
    recipe: Literal["paper"] | None
    hidden: int | None
    layers: int | None
    seed: int | None
    threads: int | None


class StatisticsSettings(TypedDict, total=False):
    """The settings of `statistics`."""

    hidden: int | None
    layers: int | None
    omega: float | None
    inputs: int | None
    seed: int | None
    threads: int | None


class DemoSettings(TypedDict, total=False):
    """The settings of `demo`."""

    output: Path | None
    steps: int | None
    threads: int | None
