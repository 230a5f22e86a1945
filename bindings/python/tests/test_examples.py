"""The examples run, on few steps."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Beside the tests, or where the copy of the tests says that the examples are.
FOLDER = Path(os.environ.get("SINEFIELD_EXAMPLES", Path(__file__).parents[1] / "examples"))
NEEDS = {"optimizer": ["scipy"], "torch_loop": ["torch"], "cluster": ["ray", "pandas"]}


def test_every_example_is_run() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {"cluster", "equation", "image", "optimizer", "sound", "torch_loop"}


@pytest.mark.parametrize("name", ["cluster", "equation", "image", "optimizer", "sound", "torch_loop"])
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    for module in NEEDS.get(name, []):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    words = [sys.executable, str(FOLDER / f"{name}.py"), "--steps", "5"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
