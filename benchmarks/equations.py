#!/usr/bin/env python3
"""Solves equations with sinefield, DeepXDE and Gauss-Newton in JAX, and draws their errors against the seconds.

    pip install -r benchmarks/requirements-deepxde.txt -r benchmarks/requirements-jax.txt
    python3 benchmarks/equations.py [--seconds 600] [--threads 2] [--seed 0] [PROBLEM ...]

All have the same sine network, the same numbers of points, float64 and the same threads, one after the other. The errors are
computed here, from the values of each at the same points. The clock stands while they are taken. It runs while JAX compiles.
sinefield is run for 5, 10, 20, .. steps of the problem's file, since the course of a fit is that of its longer one; the
seconds are those that it reports. Results are kept in the folder `--out` and drawn again with `--draw`.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import numpy as np

from equation_problems import PROBLEMS

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CONTESTANTS = {"sinefield": None, "deepxde": "deepxde_equations.py", "jax": "jax_gauss_newton.py"}
LEVELS = (1e-2, 1e-3, 1e-4, 1e-5)


def peer(name: str, problem: str, arguments: argparse.Namespace, out: pathlib.Path) -> None:
    threads = str(arguments.threads)
    own = {"DDE_BACKEND": "pytorch", "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    words = [getattr(arguments, name), str(HERE / CONTESTANTS[name]), problem, str(arguments.seconds), str(arguments.seed), str(out)]
    subprocess.run(pinned(words, arguments.threads), check=True, env={**os.environ, **own}, cwd=HERE)


def pinned(words: list[str], threads: int) -> list[str]:
    """The command on as many cores as threads, where the system can say so."""
    if not hasattr(os, "sched_getaffinity"):
        return words
    cores = sorted(os.sched_getaffinity(0))[:threads]
    return ["taskset", "-c", ",".join(map(str, cores)), *words]


def sinefield(name: str, arguments: argparse.Namespace, out: pathlib.Path) -> None:
    problem, folder = PROBLEMS[name](), out.parent
    np.save(folder / "places.npy", problem.places())
    seconds, values, steps = [], [], 5
    while True:
        field, found = folder / "field.safetensors", folder / "values.npz"
        words = [arguments.sinefield, "solve", ROOT / "problems" / problem.file, "-o", field, "--json", "--quiet"]
        words += ["--precision", "f64", "--steps", steps, "--seed", arguments.seed, "--threads", arguments.threads]
        words = [str(word) for word in words]
        told = subprocess.run(pinned(words, arguments.threads), check=True, capture_output=True, text=True).stdout
        report = json.loads(told)
        evaluate = [arguments.sinefield, "eval", field, folder / "places.npy", "-o", found, "--quantities", "value"]
        subprocess.run([str(word) for word in [*evaluate, "--precision", "f64", "--quiet"]], check=True, stdout=subprocess.DEVNULL)
        with np.load(found) as arrays:
            values.append(np.asarray(arrays[arrays.files[0]]).reshape(-1, problem.outputs))
        seconds.append(report["seconds"])
        # The last run is the longest that the budget allows.
        longest = int(steps * arguments.seconds / report["seconds"])
        if report["stopped_by"] != "steps" or longest <= 1.2 * steps:
            break
        steps = min(2 * steps, longest)
    np.savez(out, seconds=np.array(seconds), values=np.array(values))


def courses(folder: pathlib.Path) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Seconds and errors by problem and contestant."""
    found: dict = {}
    for name, make in PROBLEMS.items():
        for who in CONTESTANTS:
            path = folder / f"{name}.{who}.npz"
            if path.exists():
                with np.load(path) as kept:
                    errors = np.array([make().error(values) for values in kept["values"]])
                    found.setdefault(name, {})[who] = (kept["seconds"], errors)
    return found


def draw(found: dict, folder: pathlib.Path) -> None:
    if not found:
        sys.exit(f"{folder} has no results; solve first, without --draw")
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(found), figsize=(4 * len(found), 3.4), squeeze=False, layout="constrained")
    for axis, (name, by_who) in zip(axes[0], found.items()):
        for who, (seconds, errors) in by_who.items():
            axis.loglog(seconds, errors, marker=".", label=who, color=f"C{list(CONTESTANTS).index(who)}")
        axis.set(title=name, xlabel="seconds", ylabel="relative L2 error")
        axis.grid(alpha=0.3)
    names = {line.get_label(): line for axis in axes[0] for line in axis.lines}
    figure.legend(names.values(), names.keys(), loc="outside upper center", ncols=len(names))
    for kind in ("svg", "png"):
        figure.savefig(folder / f"equations.{kind}", dpi=150)


def table(found: dict) -> str:
    """The last error, and the seconds to each level; a dash if it was not reached."""
    head = ["problem", "contestant", "last error", "after s", *(f"s to {level:.0e}" for level in LEVELS)]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for name, by_who in found.items():
        for who, (seconds, errors) in by_who.items():
            reached = [next((f"{s:.1f}" for s, e in zip(seconds, errors) if e <= level), "-") for level in LEVELS]
            lines.append(f"| {' | '.join([name, who, f'{errors[-1]:.1e}', f'{seconds[-1]:.0f}', *reached])} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="the budget of each contestant for each problem")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--contestants", nargs="*", default=list(CONTESTANTS), choices=CONTESTANTS)
    parser.add_argument("--sinefield", default=str(ROOT / "target" / "release" / "sinefield"), help="the command")
    parser.add_argument("--deepxde", default=sys.executable, help="a Python with DeepXDE and PyTorch")
    parser.add_argument("--jax", default=sys.executable, help="a Python with JAX")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "target" / "equations")
    parser.add_argument("--draw", action="store_true", help="draw what is in the folder, and solve nothing")
    parser.add_argument("problems", nargs="*", metavar="PROBLEM", help=f"of {', '.join(PROBLEMS)} [default: all]")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.problems if name not in PROBLEMS]
    if unknown:
        parser.error(f"unknown problem {unknown[0]}; one of {', '.join(PROBLEMS)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in [] if arguments.draw else arguments.problems or PROBLEMS:
        for who in arguments.contestants:
            print(f"{name}: {who}", file=sys.stderr, flush=True)
            out = arguments.out.resolve() / f"{name}.{who}.npz"
            sinefield(name, arguments, out) if who == "sinefield" else peer(who, name, arguments, out)
    found = courses(arguments.out)
    draw(found, arguments.out)
    print(table(found))


if __name__ == "__main__":
    main()
