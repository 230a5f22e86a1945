"""Many jobs from one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ._job import Job


def sweep(job: Job, /, **settings: Iterable[Any]) -> list[Job]:
    """A job for every combination of settings.

    Args:
        job: What the jobs have in common.
        settings: The values of each setting that differs, as `omega=[10, 30], seed=range(8)`. A single text goes in a list
            too: `activation=["sine"]`.

    Returns:
        As many jobs as there are combinations, the last setting fastest. Where the job has an `output`, each gets one of
        its own, with its settings in the name.

    Raises:
        TypeError: If the values of a setting cannot be counted off, as a single number.
        ValueError: If a value cannot be a part of the name of an `output`, as a path.

    Examples:
        >>> import sinefield as sf
        >>> job = sf.Job("fit", signal="photo.png", output="photo.safetensors")
        >>> jobs = sf.sweep(job, omega=[10, 30], seed=range(3))
        >>> len(jobs), str(jobs[1].settings["output"])
        (6, 'photo-omega=10-seed=1.safetensors')
    """
    values = {name: list(each) for name, each in settings.items()}
    made = []
    for combination in itertools.product(*values.values()):
        own = dict(zip(values, combination, strict=True))
        output = job.settings.get("output")
        if output is not None and own and "output" not in own:
            path = Path(output)
            words = "".join(f"-{name}={value}" for name, value in own.items())
            own["output"] = path.with_name(f"{path.stem}{words}{path.suffix}")
        made.append(Job(job.job, **{**job.settings, **own}))
    return made
