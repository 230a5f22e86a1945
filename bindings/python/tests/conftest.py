"""What the tests share: pictures, and the command."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

SMALL: dict[str, Any] = {"hidden": 16, "layers": 1, "steps": 12}
"""Settings of a fit that takes no time."""


def wave(*sides: int) -> NDArray[np.float32]:
    """Smooth numbers of the given shape, in [0, 1]."""
    places = np.indices(sides, dtype=np.float32)
    phase = sum((0.3 + 0.1 * axis) * place for axis, place in enumerate(places))
    return np.asarray(0.5 + 0.5 * np.sin(phase), dtype=np.float32)


@pytest.fixture(scope="session")
def command() -> Callable[..., str]:
    """Runs the command, the one in SINEFIELD_COMMAND or of the release build."""
    built = Path(__file__).parents[3] / "target" / "release" / "sinefield"
    found = os.environ.get("SINEFIELD_COMMAND") or (str(built) if built.exists() else shutil.which("sinefield"))
    if found is None:
        pytest.skip("the command `sinefield` is not built: cargo build --release")

    def run(*arguments: object, cwd: Path) -> str:
        words = [str(found), *map(str, arguments)]
        done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
