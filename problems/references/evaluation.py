"""The values of a solution, by the command, and its error against a reference."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def evaluated(command: str, field: Path, points: np.ndarray) -> np.ndarray:
    """The outputs of a field file at the points: (points, outputs)."""
    with tempfile.TemporaryDirectory() as folder:
        places, values = Path(folder, "points.npy"), Path(folder, "values.npz")
        np.save(places, points)
        settings = ["--quantities", "value", "--precision", "f64", "--quiet"]
        subprocess.run([command, "eval", field, places, "-o", values, *settings], check=True)
        with np.load(values) as arrays:
            return arrays["value"]


def print_errors(times: np.ndarray, found: np.ndarray, wanted: np.ndarray) -> None:
    """Prints the errors at every fifth part of the times, and at all. The values are (times, places)."""
    every = (len(times) - 1) // 5
    for at in range(every, len(times), every):
        print(f"t = {times[at]:.1f}: relative L2 error {relative(found[at], wanted[at]):.2e}")
    print(f"all times: relative L2 error {relative(found, wanted):.2e}")


def print_errors_of_table(command: str, field: Path, table: Path) -> None:
    """The same against a table of t, x and u, whose places are those of the first time at all times."""
    t, x, wanted = np.loadtxt(table, delimiter=",", skiprows=1, unpack=True)
    found = evaluated(command, field, np.stack([t, x], -1))[:, 0]
    times = np.unique(t)
    print_errors(times, found.reshape(len(times), -1), wanted.reshape(len(times), -1))


def table_or_errors(description: str | None, table: Path, write: Callable[[Path], None]) -> None:
    """What a script of a table does: it writes it, or prints the errors of a field file that is named."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("field", nargs="?", type=Path, help="the solution; without it the table is written")
    parser.add_argument("--sinefield", default="sinefield", help="the command")
    options = parser.parse_args()
    if options.field:
        print_errors_of_table(options.sinefield, options.field, table)
    else:
        write(table)
