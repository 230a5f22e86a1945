"""Jobs: everything that the command does, as values and as functions."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
from numpy.typing import ArrayLike

from . import _native, _values
from ._errors import told
from ._field import Field
from ._progress import Bar, bar
from ._result import Plan, Result, Step, history
from ._settings import (
    BlendSettings,
    CloneSettings,
    CompareSettings,
    DemoSettings,
    FitSettings,
    ReconstructSettings,
    SolveSettings,
    StatisticsSettings,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

OnStep = Callable[[Step], object]
"""Called after every step. The fit stops if it returns False."""

Signal = str | os.PathLike[str] | bytes | BinaryIO | ArrayLike
"""A path, the content of a file, an open file, or an array."""

_log = logging.getLogger("sinefield")


class Job:
    """A request as a value: what `sinefield run` does with a job file.

    The settings are checked by `plan` and `run`, and not before. Jobs of the same settings are equal; compare only jobs
    without arrays.

    Args:
        job: "fit", "reconstruct", "blend", "clone", "solve", "compare", "render", "eval", "statistics" or "demo".
        settings: The settings of that command under the names of its options, with `_` for `-`. None leaves one out.
            `settings_of` lists them. The signal of a fit may be anything that `fit` takes, and images and points paths or
            arrays.

    Attributes:
        job: The name of the command.
        settings: The settings that are not None, by name.

    Examples:
        >>> import sinefield as sf
        >>> job = sf.Job("fit", signal="photo.png", hidden=64, steps=100)
        >>> job.settings["steps"]
        100
    """

    def __init__(self, job: str, /, **settings: Any) -> None:
        self.job = job
        self.settings = {name: value for name, value in settings.items() if value is not None}

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Job:
        r"""Reads a job file in TOML, or in JSON if its name ends in `.json`. Relative paths are taken from its folder.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If an entry is unknown, missing or of the wrong type, with its line and column. In a job file a fit
                needs an `output` too.

        Examples:
            >>> import pathlib, tempfile, sinefield as sf
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     file = pathlib.Path(folder, "job.toml")
            ...     _ = file.write_text("job = 'fit'\nsignal = 'a.png'\noutput = 'a.safetensors'\nsteps = 100\n")
            ...     job = sf.Job.from_toml(file)
            >>> job.job, job.settings["steps"], pathlib.Path(job.settings["signal"]).name
            ('fit', 100, 'a.png')
        """
        settings = json.loads(_native.read_job(_values.path(path)))
        return cls(settings.pop("job"), **settings)

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Job:
        """Like `from_toml`: the name of the file says which it is.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If an entry is unknown, missing or of the wrong type, with its line and column.

        Examples:
            >>> import pathlib, tempfile, sinefield as sf
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     file = pathlib.Path(folder, "job.json")
            ...     _ = file.write_text(sf.Job("render", field="a.safetensors", output="a.png").to_json())
            ...     sf.Job.from_json(file).job
            'render'
        """
        return cls.from_toml(path)

    def to_json(self) -> str:
        """The job as the content of a job file.

        Raises:
            ValueError: If it holds an array, the content of a file or an open file, or a setting that is no text, number or
                list.

        Examples:
            >>> import sinefield as sf
            >>> sf.Job("fit", signal="a.png", hidden=64).to_json()
            '{"job": "fit", "signal": "a.png", "hidden": 64}'
        """
        for name in ("signal", *_INPUTS):
            if name in self.settings and not _is_path(self.settings[name]):
                raise ValueError(f"`{name}`: an array is no part of a job file; save it and name its file")
        return _values.entries(self.job, self.settings)

    def plan(self) -> Plan:
        """What the job would do. Everything is read and checked, and nothing is written.

        Raises:
            OSError: If a file cannot be read, or could not be written.
            ValueError: If there is no such job, or a setting is missing, unknown or does not suit the signal.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> plan = sf.Job("fit", signal=np.eye(6, 4), hidden=8, layers=1, steps=5).plan()
            >>> plan.numbers["parameters"], plan.numbers["shape"], plan.numbers["steps"]
            (105, [6, 4], 5)
        """
        with self._inputs() as (entries, source), told():
            words, numbers = _native.plan(entries, source)
        return Plan(words, json.loads(numbers))

    def run(self, *, on_step: OnStep | None = None, progress: bool | None = None) -> Result:
        """Does the job.

        Ctrl-C stops a fit within a step; what there is then is measured, written and returned, with `interrupted`. If
        the callback raises, the fit stops in the same way, and the exception comes out of this function.

        Args:
            on_step: Called with a `Step` after every step of a fit. The fit stops if it returns False.
            progress: Whether to show a bar (tqdm). By default a notebook shows one if it has tqdm.

        Returns:
            The report of the command, with the fields of a fit and the history of its steps.

        Raises:
            OSError: If a file cannot be read or written.
            ValueError: If there is no such job, or a setting is missing, unknown or does not suit the signal.
            DivergedError: If the loss is no longer a usable number. It has the last usable fields.
            ImportError: If a bar is asked for and tqdm is missing.

        Warns:
            RuntimeWarning: If a checkpoint or a log could not be kept. The fit goes on without it.

        Examples:
            >>> import numpy as np, sinefield as sf
            >>> job = sf.Job("fit", signal=np.eye(6, 4), hidden=8, layers=1, steps=100)
            >>> result = job.run(on_step=lambda step: step.step < 5)
            >>> result.steps, result.interrupted
            (5, True)
        """
        shown = bar(progress)
        with self._inputs() as (entries, source), told():
            report = _native.run(entries, source, _step(on_step, shown), _event(shown))
        return _result(report)

    @contextmanager
    def _inputs(self) -> Iterator[tuple[str, _values.Source | None]]:
        """The entries of the job, and its signal if that is in memory. Other arrays go to files for a while."""
        settings = dict(self.settings)
        source = None
        if self.job == "fit" and "signal" in settings:
            rate, fps = settings.pop("rate", None), settings.pop("fps", None)
            source = _values.source(settings["signal"], rate, fps)
            if source is not None:
                settings["signal"] = "signal"
        # The points of a fit are a number.
        inputs = [name for name in _INPUTS if name in settings and (self.job, name) != ("fit", "points")]
        arrays = [name for name in inputs if not _is_path(settings[name])]
        if not arrays:
            yield _values.entries(self.job, settings), source
            return
        with tempfile.TemporaryDirectory(prefix="sinefield-") as folder:
            for name in arrays:
                file = Path(folder) / f"{name}.npy"
                file.write_bytes(_values.npy(_values.numbers(settings[name], name)))
                settings[name] = str(file)
            try:
                yield _values.entries(self.job, settings), source
            except (ValueError, OSError) as error:
                # The names of these files are not told. The exception stays the same one: a callback may have raised it.
                if error.args and isinstance(error.args[0], str):
                    error.args = (error.args[0].replace(f"{folder}{os.sep}", ""), *error.args[1:])
                raise

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        return self.job == other.job and self.settings == other.settings

    def __repr__(self) -> str:
        settings = "".join(f", {name}={_short(value)}" for name, value in self.settings.items())
        return f"Job({self.job!r}{settings})"


def _result(report: dict[str, Any]) -> Result:
    """The report of the compiled part."""
    if report["unkept"] is not None:
        warnings.warn(report["unkept"], RuntimeWarning, stacklevel=3)
    return Result(
        words=report["words"],
        numbers=json.loads(report["numbers"]),
        fields={name: Field._wrap(native) for name, native in report["fields"].items()},
        history=history(report["history"]),
        interrupted=report["interrupted"],
    )


_INPUTS = ("image", "gradient", "laplacian", "first", "second", "source", "target", "mask", "points")
"""The settings that name arrays to read, except the signal of a fit."""


def _is_path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"<array {value.shape} {value.dtype}>"
    return repr(value) if len(repr(value)) < 80 else f"<{type(value).__name__}>"


def _step(on_step: OnStep | None, shown: Bar | None) -> Callable[..., object] | None:
    if on_step is None and shown is None:
        return None

    def step(*numbers: Any) -> object:
        *common, figures, error = numbers
        rows, damping, length = figures or (None, None, None)
        at = Step._make([*common, rows, damping, length, error])
        if shown is not None:
            shown.step(at)
        return on_step(at) if on_step is not None else None

    return step


def _event(shown: Bar | None) -> Callable[[str, str, int, int | None], object]:
    def event(kind: str, words: str, done: int, total: int | None) -> None:
        if kind == "urgent":
            _log.warning(words)
        elif kind in ("note", "part"):
            _log.info(words)
        elif kind == "fit" and shown is not None:
            shown.begin(total)
        elif kind == "fit-end" and shown is not None:
            shown.end()

    return event


def _run(job: Job, on_step: OnStep | None = None, progress: bool | None = None) -> Result:
    return job.run(on_step=on_step, progress=progress)


def fit(
    signal: Signal,
    *,
    rate: float | None = None,
    fps: float | None = None,
    on_step: OnStep | None = None,
    progress: bool | None = None,
    **settings: Unpack[FitSettings],
) -> Result:
    """Fits a field to a signal: an image, a sound, a video or a volume.

    Args:
        signal: A path, the content of a file as bytes, an open file, or an array. An array with 2 axes
            is an image. An array with 3 axes is an image if the last has 1 to 4 channels. Any other array is a volume.
            `kind`, `rate` and `fps` override this. As in `.npy` files, uint8 and uint16 images are scaled to [0, 1].
        rate: Samples a second, which makes a sound of an array `(samples,)` or `(samples, channels)`. Integers are
            divided by the full scale of their width.
        fps: Frames a second, which makes a video of an array `(frames, rows, columns)` or `(frames, rows, columns,
            channels)`.
        on_step: Called with a `Step` after every step. The fit stops if it returns False.
        progress: Whether to show a bar (tqdm). By default a notebook shows one if it has tqdm.
        settings: Those of `sinefield fit`, with its defaults: `steps`, `lr`, `hidden`, `layers`, `omega`, `output`, ...

    Returns:
        A result: `field`, `history`, and the measures that suit the signal, as `psnr_db`.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If the signal cannot be fitted, or a setting is unknown or does not suit it.
        DivergedError: If the loss is no longer a usable number. It has the last usable field.
        ImportError: If a bar is asked for and tqdm is missing.

    Warns:
        RuntimeWarning: If a checkpoint or a log could not be kept. The fit goes on without it.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> rows, columns = np.mgrid[:32, :24] / 16
        >>> result = sf.fit(np.sin(3 * rows) * np.cos(2 * columns), hidden=32, steps=60)
        >>> result.psnr_db > 30
        True
        >>> result.field.render(scale=2).shape
        (64, 48, 1)
    """
    return _run(Job("fit", signal=signal, rate=rate, fps=fps, **settings), on_step, progress)


def reconstruct(
    image: Signal,
    from_: Literal["gradient", "laplacian"],
    *,
    gradient: Signal | None = None,
    laplacian: Signal | None = None,
    on_step: OnStep | None = None,
    progress: bool | None = None,
    **settings: Unpack[ReconstructSettings],
) -> Result:
    """Reconstructs an image from its gradient or its Laplacian.

    Args:
        image: A path or an array `(rows, columns)` or `(rows, columns, channels)`.
        from_: What the field is fitted to.
        gradient: This gradient instead of the image's, a path or an array `(rows, columns, channels, 2)`, without the
            channels if there is one: along the rows' direction (down) and then the columns' (right), in the units of the
            values per pixel.
        laplacian: This Laplacian instead of the image's, a path or an array of the image's shape, per pixel squared.
        settings: Those of `sinefield reconstruct`, with its defaults: `boundary`, `operator`, `align`, `steps`, `hidden`,
            `output`, `render`, ...

    Returns:
        A result: `field`, `history`, and `psnr_db`, `ssim`, `gradient_psnr_db` and `laplacian_psnr_db` against the image.

    Other arguments and errors are as for `fit`.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> rows, columns = np.mgrid[:16, :12] / 8
        >>> image = 0.5 + 0.5 * np.sin(3 * rows) * np.cos(2 * columns)
        >>> result = sf.reconstruct(image, "gradient", hidden=32, layers=1, steps=60)
        >>> result.gradient_psnr_db > 20, result.field.render().shape
        (True, (16, 12, 1))
    """
    given = {"from": from_, "gradient": gradient, "laplacian": laplacian, **settings}
    return _run(Job("reconstruct", image=image, **given), on_step, progress)


def blend(
    first: Signal,
    second: Signal,
    *,
    on_step: OnStep | None = None,
    progress: bool | None = None,
    **settings: Unpack[BlendSettings],
) -> Result:
    """Fits a field to a weighted mean of the gradients of two images.

    Args:
        first: A path or an array `(rows, columns)` or `(rows, columns, channels)`.
        second: Another of the same size and channels.
        settings: Those of `sinefield blend`, with its defaults: `alpha`, how much the first image's gradient counts, from
            0 to 1 (0.5), `steps`, `hidden`, `output`, `render`, ...

    Other arguments, results and errors are as for `fit`.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> rows, columns = np.mgrid[:9, :8] / 8
        >>> result = sf.blend(rows, columns, alpha=0.25, hidden=8, layers=1, steps=5)
        >>> result.alpha, result.field.render().shape
        (0.25, (9, 8, 1))
    """
    return _run(Job("blend", first=first, second=second, **settings), on_step, progress)


def clone(
    source: Signal,
    target: Signal,
    mask: Signal,
    *,
    on_step: OnStep | None = None,
    progress: bool | None = None,
    **settings: Unpack[CloneSettings],
) -> Result:
    """Clones the part of one image that a mask marks into another, without a seam.

    Args:
        source: A path or an array `(rows, columns)` or `(rows, columns, channels)`.
        target: The image that the part goes to, of the same channels.
        mask: A path or an array of the source's size: above 0.5 (white is 1) where the source counts.
        settings: Those of `sinefield clone`, with its defaults: `at`, the row and the column of the target where the
            source's first pixel lies, needed if the images differ in size; `mixed`, to take the stronger of the source's and
            the target's differences; `steps`, `hidden`, `output`, `render`, ...

    Returns:
        A result: `field`, of the target's size, `history`, and the measures `outside_psnr_db` of the values outside the
        mask and `gradient_psnr_db` of the gradient inside.

    Other arguments and errors are as for `fit`.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> rows, columns = np.mgrid[:9, :8] / 8
        >>> mask = np.zeros((5, 5))
        >>> mask[1:4, 1:4] = 1
        >>> result = sf.clone(rows[:5, :5], columns, mask, at=(2, 1), hidden=8, layers=1, steps=5)
        >>> result.at, result.field.render().shape
        ([2, 1], (9, 8, 1))
    """
    return _run(Job("clone", source=source, target=target, mask=mask, **settings), on_step, progress)


def solve(
    problem: str | os.PathLike[str],
    *,
    on_step: OnStep | None = None,
    progress: bool | None = None,
    **settings: Unpack[SolveSettings],
) -> Result:
    """Finds the fields and numbers that satisfy a problem file.

    Args:
        problem: The path of the file. A `Problem` has its own `solve`.
        settings: Those of `sinefield solve`, with its defaults: `steps`, `lr`, `optimizer`, `init`, `output`, ... `set`
            takes a list as the command, or a dict: `{"constants.k": 10}`.

    Returns:
        A result with the fields by their names: `result.u(points)`, points in the units of the problem; `losses`, by the
        names of the constraints; and `trainable`, what the trainable numbers came to.

    Other arguments and errors are as for `fit`. What is wrong in the file is a `ValueError` with its line and column.

    Examples:
        >>> import tempfile, sinefield as sf
        >>> x = sf.coordinates("x")
        >>> u, k = sf.field("u", x, hidden=8, layers=1), sf.constant("k", 2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sf.Problem([sf.Constraint(u - k, sf.Grid(x=(0, 1, 9)))]).save(f"{folder}/problem.toml")
        ...     result = sf.solve(f"{folder}/problem.toml", steps=5, set={"constants.k": 3})
        >>> result.steps, result.u([0.0, 0.5, 1.0]).shape
        (5, (3, 1))
    """
    return _run(Job("solve", problem=problem, **settings), on_step, progress)


def compare(
    signal: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    progress: bool | None = None,
    **settings: Unpack[CompareSettings],
) -> Result:
    """Fits one image or sound with several activations of the same number of parameters.

    Args:
        signal: The path of an image or a sound.
        output: The folder to write `panel.png`, `curves.png`, `metrics.json` and `report.html` to. It is made if it is not
            there.
        progress: Whether to show a bar (tqdm), one for each activation.
        settings: Those of `sinefield compare`, with its defaults: `activations`, `size`, `steps`, `supervise`, `hidden`,
            ...

    Returns:
        A result without fields. `activations` is a list with a dict for each: its name, network and measures, the PSNR or
        the SNR of every step in dB, and why it diverged, if it did.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If the signal is no image and no sound, or a setting is unknown or does not suit it.

    Examples:
        >>> import os, tempfile, numpy as np, sinefield as sf
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/image.npy", np.eye(9, 8))
        ...     result = sf.compare(
        ...         f"{folder}/image.npy", f"{folder}/out", activations=["sine", "relu"], steps=3, hidden=8
        ...     )
        ...     "report.html" in os.listdir(f"{folder}/out")
        True
        >>> [entry["name"] for entry in result.activations]
        ['sine', 'relu']
    """
    return _run(Job("compare", signal=signal, output=output, **settings), None, progress)


def statistics(output: str | os.PathLike[str], **settings: Unpack[StatisticsSettings]) -> Result:
    """Initialises a network and compares the distributions of its layers with the theory.

    Args:
        output: The folder to write `statistics.png` and `statistics.json` to. It is made if it is not there.
        settings: Those of `sinefield statistics`, with its defaults: `inputs`, `hidden`, `layers`, `omega`, `seed`,
            `threads`.

    Returns:
        A result without fields. `fixed_point` is the standard deviation to which the pre-activations of deep layers tend.

    Raises:
        OSError: If a file cannot be written.
        ValueError: If a setting is unknown or out of range.

    Examples:
        >>> import os, tempfile, sinefield as sf
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result = sf.statistics(f"{folder}/out", hidden=16, layers=1)
        ...     sorted(os.listdir(f"{folder}/out")), result.fixed_point > 0
        (['statistics.json', 'statistics.png'], True)
    """
    return _run(Job("statistics", output=output, **settings))


def demo(
    *, on_step: OnStep | None = None, progress: bool | None = None, **settings: Unpack[DemoSettings]
) -> Result:
    """Fits the bundled photograph and draws the exact derivatives of the field beside those of the pixels.

    Args:
        on_step: Called with a `Step` after every step. The fit stops if it returns False.
        progress: Whether to show a bar (tqdm). By default a notebook shows one if it has tqdm.
        settings: Those of `sinefield demo`, with its defaults: `output`, the folder of the field and seven pictures, which
            is created if it does not exist ("sinefield-demo"); `steps`; `threads`.

    Returns:
        A result: `field`, `history`, `psnr_db`, `ssim`, and `files`, the paths of the files that were written.

    Raises:
        OSError: If a file cannot be written.
        ValueError: If a setting is unknown or out of range.
        ImportError: If a bar is asked for and tqdm is missing.

    Examples:
        >>> import pathlib, tempfile, sinefield as sf
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result = sf.demo(output=folder, steps=2)
        ...     [pathlib.Path(file).name for file in result.files][:3]
        ['field.safetensors', 'photograph.png', 'render.png']
    """
    return _run(Job("demo", **settings), on_step, progress)


def check(
    problem: str | os.PathLike[str], *, set: Sequence[str] | Mapping[str, float | int | str] | None = None
) -> Plan:
    """Describes a problem file: its fields, and the points, jets, data and cost of every constraint.

    Args:
        problem: The path of the file. A `Problem` has its own `check`.
        set: Settings that replace those of the file, a list as the command takes it, or a dict: `{"constants.k": 10}`.

    Returns:
        The description: `words`, and `numbers` as `sinefield check --json` prints them.

    Raises:
        OSError: If the problem file cannot be read.
        ValueError: If the problem or its data are not consistent, with the line and the column.

    Examples:
        >>> import tempfile, sinefield as sf
        >>> u = sf.field("u", sf.coordinates("x"), hidden=8, layers=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sf.Problem([sf.Constraint(u - 1, sf.Grid(x=(0, 1, 9)))]).save(f"{folder}/problem.toml")
        ...     found = sf.check(f"{folder}/problem.toml")
        >>> found.numbers["constraints"][0]["samples"], found.numbers["constraints"][0]["jets"]
        (9, ['u'])
    """
    with told():
        words, numbers = _native.check(_values.entries("solve", {"problem": problem, "set": set}))
    return Plan(words, json.loads(numbers))


def bench(
    workload: Sequence[str] | None = None,
    *,
    steps: int | None = None,
    threads: int | None = None,
    precision: str | None = None,
) -> list[dict[str, Any]]:
    """Times the standard workloads on this machine, and compares their speed with its arithmetic peak.

    Args:
        workload: The names of the workloads: "image", "gradient", "laplacian", "sdf", "narrow", "wide" or "render". By
            default all.
        steps: The number of timed steps, after one that is not timed; by default that of `sinefield bench`.
        threads: The number of threads; by default one per core, or as `set_threads` says.
        precision: "f32" (the default) or "f64".

    Returns:
        A dict for each workload, as `sinefield bench --json` prints it: `workload`, `precision`, `milliseconds_per_step` (the median),
        `gflops`, `fraction_of_peak`, `peak_gflops`, `points_per_second`, `steps`, `threads` and `instruction_set`.

    Raises:
        ValueError: If there is no such workload, or a number is 0.
        OverflowError: If a number is negative.

    Examples:
        >>> import sinefield as sf
        >>> [timing] = sf.bench(["narrow"], steps=1)
        >>> timing["workload"], 0 < timing["fraction_of_peak"] < 1
        ('narrow', True)
    """
    names = None if workload is None else list(workload)
    return [json.loads(timing) for timing in _native.bench(names, steps, threads, precision)]


def load(path: str | os.PathLike[str]) -> Field:
    """Reads a field file: `Field.load`.

    Raises:
        OSError: If the file cannot be read; `FileNotFoundError` if there is none.
        ValueError: If it holds no field, or is damaged.

    Examples:
        >>> import tempfile, numpy as np, sinefield as sf
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result = sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=2, output=f"{folder}/field.safetensors")
        ...     sf.load(f"{folder}/field.safetensors") == result.field
        True
    """
    return Field.load(path)


def set_threads(threads: int | None) -> None:
    """Sets the threads of whatever does not say its own, in this process. Results do not depend on it.

    Args:
        threads: 1 or more; None is one a core. They are started at once.

    Raises:
        ValueError: If it is 0, or so many threads cannot be started.
        OverflowError: If it is negative.

    Examples:
        >>> import sinefield as sf
        >>> sf.set_threads(1)
        >>> sf.set_threads(None)
    """
    _native.set_threads(threads)


def settings_of(job: str) -> Mapping[str, str]:
    """The settings of a job and what each is for, as the help of the command says it.

    Raises:
        ValueError: If there is no such job.

    Examples:
        >>> import sinefield as sf
        >>> sf.settings_of("fit")["hidden"]
        'The width of every hidden layer [default: 256]'
    """
    return {name: words for name, words, _ in _native.settings(job)}
