"""The examples run, on few steps."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Beside the tests, or where the copy of the tests says that the examples are.
FOLDER = Path(os.environ.get("SINEFIELD_EXAMPLES", Path(__file__).parents[1] / "examples"))
NEEDS = {"optimizer": ["scipy"], "torch_loop": ["torch"], "cluster": ["ray", "pandas"]}


def test_every_example_is_run() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {"cluster", "equation", "image", "mpi", "optimizer", "sound", "torch_loop"}


@pytest.mark.parametrize("name", ["cluster", "equation", "image", "optimizer", "sound", "torch_loop"])
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    for module in NEEDS.get(name, []):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    words = [sys.executable, str(FOLDER / f"{name}.py"), "--steps", "5"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_two_ranks_end_in_the_bits_of_one_process(tmp_path: Path) -> None:
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    beside = Path(sys.executable).with_name("mpiexec")
    mpiexec = str(beside) if beside.exists() else shutil.which("mpiexec")
    if mpiexec is None:
        pytest.skip("mpiexec is not installed")
    # Open MPI asks a superuser twice, and counts cores.
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    environment["PRTE_MCA_rmaps_default_mapping_policy"] = ":oversubscribe"
    for ranks in (1, 2):
        words = [mpiexec, "-n", str(ranks), sys.executable, str(FOLDER / "mpi.py"), "--steps", "20"]
        words += ["--output", f"{ranks}.safetensors"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        assert f"on {ranks} ranks" in done.stdout
    assert (tmp_path / "1.safetensors").read_bytes() == (tmp_path / "2.safetensors").read_bytes()
