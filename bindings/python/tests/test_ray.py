"""Jobs on a local Ray cluster: tables, failures, and kills of workers and of the driver."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sinefield as sf

from .conftest import SMALL, wave

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")
from sinefield import ray as sr  # noqa: E402


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def test_sixty_four_jobs_give_a_table(tmp_path: Path, cluster: None) -> None:
    image = wave(9, 8)
    jobs = sf.sweep(sf.Job("fit", signal=image, **SMALL), omega=[5.0, 10.0, 20.0, 30.0], seed=range(16))
    table = sr.map(jobs, tmp_path)
    assert len(table) == 64 and (table.status == "done").all()
    assert list(table.omega[:17]) == [5.0] * 16 + [10.0]
    alone = jobs[37].run()
    assert np.array_equal(sf.load(table.field[37]).parameters, alone.field.parameters)
    assert table.psnr_db[37] == alone.psnr_db
    # What is on disk is not run again.
    times = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = sr.map(jobs, tmp_path)
    assert again.equals(table[again.columns]) and times == {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}


def test_a_job_that_fails_does_not_stop_the_others(tmp_path: Path, cluster: None) -> None:
    good, bad = sf.Job("fit", signal=wave(9, 8), **SMALL), sf.Job("fit", signal="none.png")
    diverging = sf.Job("fit", signal=wave(9, 8), lr=1e30, activation="relu", hidden=16, steps=50)
    table = sr.map([good, bad, diverging], tmp_path)
    assert list(table.status) == ["done", "failed", "failed"]
    assert "no such file" in table.error[1] and "`lr`" in table.error[2]


def test_a_killed_worker_goes_on_from_its_checkpoint(tmp_path: Path, cluster: None) -> None:
    settings: dict[str, Any] = {"hidden": 64, "layers": 1, "steps": 4000}
    job = sf.Job("fit", signal=wave(32, 32), checkpoint_every=0.1, log=tmp_path / "log.jsonl", **settings)
    killed: list[int] = []

    def kill() -> None:
        """Kills the worker once it has left a checkpoint."""
        deadline = time.time() + 60
        while not list((tmp_path / "out").glob("*.checkpoint")) and time.time() < deadline:
            time.sleep(0.01)
        found = subprocess.run(["pgrep", "-f", "ray::_run"], capture_output=True, text=True, check=False)
        for worker in map(int, found.stdout.split()):
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

    killer = threading.Thread(target=kill)
    killer.start()
    table = sr.map([job], tmp_path / "out")
    killer.join()
    assert len(killed) == 1 and list(table.status) == ["done"], table.error
    whole = sf.Job("fit", signal=wave(32, 32), **settings).run()
    assert np.array_equal(sf.load(table.field[0]).parameters, whole.field.parameters)
    # It went on, and did not begin anew: few steps were made twice.
    steps = [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    begun_again = [at for at in range(1, len(steps)) if steps[at] <= steps[at - 1]]
    assert len(begun_again) == 1 and steps[begun_again[0]] > 1, steps[:3]


DRIVER = """
import sys, numpy as np, ray, sinefield as sf
from sinefield import ray as sr
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
image = np.load(sys.argv[1])
jobs = sf.sweep(sf.Job("fit", signal=image, hidden=32, layers=1, steps=400), seed=range(12))
table = sr.map(jobs, sys.argv[2])
print(table.status.value_counts().to_dict())
"""


def test_a_killed_driver_goes_on_with_what_is_left(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", wave(32, 32))
    out = tmp_path / "out"
    words = [sys.executable, "-c", DRIVER, str(tmp_path / "image.npy"), str(out)]
    driver = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.time() + 120
    while len(list(out.glob("*.json"))) < 2 and time.time() < deadline:
        time.sleep(0.02)
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    done = {path.name: path.stat().st_mtime_ns for path in out.glob("*.json")}
    assert 2 <= len(done) < 12, "the driver was too fast to be killed"
    finished = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300)
    assert "{'done': 12}" in finished.stdout
    assert len(list(out.glob("*.json"))) == 12
    for name, written in done.items():
        assert (out / name).stat().st_mtime_ns == written
        assert json.loads((out / name).read_text())["status"] == "done"
