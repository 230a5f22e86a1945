"""Many jobs on a Ray cluster, with results that stay on disk.

Every finished job leaves its field and its report in a folder, and every running one a checkpoint. A killed worker is
replaced and goes on from its checkpoint; after a killed driver, the same call goes on with what is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

try:
    import pandas
    import ray
except ImportError:
    raise ImportError("sinefield.ray needs Ray and pandas; pip install 'sinefield[ray]'") from None

import numpy as np

from . import _progress, _values
from ._errors import DivergedError
from ._job import Job

_FITS = ("fit", "reconstruct", "blend", "clone", "solve")
"""The jobs that leave a field and can be resumed."""


def map(
    jobs: Iterable[Job],
    folder: str | os.PathLike[str],
    *,
    threads: int = 1,
    retries: int = 3,
    progress: bool | None = None,
) -> pandas.DataFrame:
    """Runs jobs on the Ray cluster that this process is connected to, or on one of this machine.

    A job that fails does not stop the others: its row has the error. Ctrl-C stops the call and leaves what is finished.

    Args:
        jobs: The jobs, as `sinefield.sweep` makes them. One of the same settings is run once.
        folder: Where results stay: a folder that every node of the cluster sees. A job whose report is there is not run
            again. Remove the folder to begin anew.
        threads: Threads of each job, for which Ray keeps as many cores.
        retries: How often a job is begun again after its worker was killed. It goes on from its last checkpoint, which is
            at most 30 seconds old.
        progress: Whether to show a bar (tqdm). By default a notebook shows one if it has tqdm.

    Returns:
        A row for each job, in their order: its settings, `status` ("done" or "failed"), `error`, the path `field`, and the
        numbers of its report.

    Raises:
        OSError: If the folder cannot be made.

    Examples:
        >>> import tempfile, numpy as np, sinefield as sf
        >>> from sinefield import ray as sr
        >>> jobs = sf.sweep(sf.Job("fit", signal=np.eye(9, 8), hidden=8, layers=1, steps=3), omega=[10, 30], seed=range(2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = sr.map(jobs, folder)
        >>> list(table.omega), list(table.status)
        ([10, 10, 30, 30], ['done', 'done', 'done', 'done'])
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    listed = list(jobs)
    keys = [_key(job) for job in listed]
    waiting = {key: job for key, job in zip(keys, listed, strict=True) if not _report(place, key).exists()}
    if waiting and not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False)
    reports = _run_all(waiting, place, (threads, retries), progress)
    for key in set(keys) - set(reports):
        reports[key] = json.loads(_report(place, key).read_text(encoding="utf-8"))
    return pandas.DataFrame([{**_columns(job), **reports[key]} for job, key in zip(listed, keys, strict=True)])


def _run_all(
    waiting: Mapping[str, Job], place: Path, limits: tuple[int, int], progress: bool | None
) -> dict[str, dict[str, Any]]:
    """The reports of the jobs, by key. Only a few more than can run are handed over at once."""
    threads, retries = limits
    run = ray.remote(num_cpus=threads, max_retries=retries)(_run)
    shown = _progress.bar(progress)
    if shown is not None:
        shown.count(len(waiting))
    left = iter(waiting.items())
    running: dict[Any, str] = {}
    reports: dict[str, dict[str, Any]] = {}
    most = 2 * max(1, int(ray.cluster_resources().get("CPU", 1) // threads)) if waiting else 0
    while len(reports) < len(waiting):
        while len(running) < most and (following := next(left, None)) is not None:
            key, job = following
            running[run.remote(job, key, str(place.absolute()), threads)] = key
        (ready,), _ = ray.wait(list(running), num_returns=1)
        key = running.pop(ready)
        try:
            reports[key] = ray.get(ready)
        except ray.exceptions.RayError as error:
            # The worker was killed more often than it is replaced, or the job cannot be sent.
            reports[key] = {"status": "failed", "error": f"the worker was lost ({type(error).__name__}); run it again"}
        if shown is not None:
            shown.one()
    if shown is not None:
        shown.end()
    return reports


def _run(job: Job, key: str, folder: str, threads: int) -> dict[str, Any]:
    """Runs a job on a worker. Its report is written when everything else is."""
    place = Path(folder)
    settings = dict(job.settings)
    settings.setdefault("threads", threads)
    if job.job in _FITS:
        settings.setdefault("output", place / f"{key}.safetensors")
        settings.setdefault("checkpoint", place / f"{key}.checkpoint")
        settings["resume"] = Path(settings["checkpoint"]).exists()
    begun = time.time()
    report: dict[str, Any]
    try:
        result = Job(job.job, **settings).run(progress=False)
    except (ValueError, OSError, DivergedError) as error:
        return {"status": "failed", "error": str(error)}
    report = {"status": "done", "error": None, **result.numbers, "wall_seconds": time.time() - begun}
    if job.job in _FITS:
        report["field"] = str(settings["output"])
    target = _report(place, key)
    pending = target.with_suffix(f".{os.getpid()}.part")
    pending.write_text(json.dumps(report), encoding="utf-8")
    pending.replace(target)
    if job.job in _FITS and "checkpoint" not in job.settings:
        Path(settings["checkpoint"]).unlink(missing_ok=True)
    return report


def _report(place: Path, key: str) -> Path:
    return place / f"{key}.json"


def _key(job: Job) -> str:
    """A name for a job that is the same for the same settings."""
    digest = hashlib.sha256()

    def plain(name: str, value: Any) -> Any:
        if isinstance(value, np.ndarray) and name in ("signal", "image", "first", "second", "source", "target", "mask"):
            return hashlib.sha256(_values.npy(value)).hexdigest()
        if isinstance(value, bytes):
            return hashlib.sha256(value).hexdigest()
        return _values.plain(name, value)

    settings = {name: plain(name, value) for name, value in sorted(job.settings.items())}
    digest.update(json.dumps([job.job, settings]).encode())
    return digest.hexdigest()[:20]


def _columns(job: Job) -> dict[str, Any]:
    """The settings that fit into a table."""
    plain = (str, int, float, bool)
    settings = {name: value for name, value in job.settings.items() if isinstance(value, plain)}
    return {"job": job.job, **settings}
