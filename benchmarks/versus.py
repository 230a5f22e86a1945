#!/usr/bin/env python3
"""Times sinefield beside PyTorch and JAX, and prints the table of docs/performance.md.

    python3 benchmarks/versus.py [--rounds 3] [--steps 1] [--peers torch jax] [WORKLOAD ...]

It builds the command, makes one virtual environment a peer from requirements-PEER.txt (in target/benchmarks, kept
between runs), and then times the sides in turns: sinefield, each peer, sinefield again, and so on. A machine that
slows down thus slows all sides. A ratio is a peer's time over sinefield's in the same round; the table has medians
over rounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import venv

from workloads import WORKLOADS

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = ROOT / "target" / "benchmarks"
# Set on some machines to make an old OpenBLAS work; they slow a current one down.
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def command():
    subprocess.run(["cargo", "build", "--release", "--locked", "-p", "sinefield-cli"], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "sinefield"


def environment(peer):
    """The interpreter with the peer's pinned packages."""
    folder, wanted = CACHE / peer, (HERE / f"requirements-{peer}.txt").read_text()
    python, made = folder / "bin" / "python", folder / "made-from.txt"
    if not (made.exists() and made.read_text() == wanted):
        print(f"making an environment for {peer} in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        requirements = str(HERE / f"requirements-{peer}.txt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        made.write_text(wanted)
    return python


class Peer:
    def __init__(self, name):
        clean = {key: value for key, value in os.environ.items() if key not in SLOWING}
        arguments = [environment(name), str(HERE / f"{name}_steps.py")]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True, cwd=HERE, env=clean)

    def milliseconds(self, workload, steps):
        self.process.stdin.write(f"{workload} {steps}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["ms"]


def own(program, workload, steps):
    arguments = [program, "bench", "--workload", workload, "--steps", str(steps), "--json"]
    report = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
    return report["milliseconds_per_step"], report["fraction_of_peak"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1, help="steps of a round; their median counts")
    parser.add_argument("--peers", nargs="*", default=["torch", "jax"], choices=["torch", "jax"])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)} [default: all]")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"unknown workload {unknown[0]}; one of {', '.join(WORKLOADS)}")
    program = command()
    peers = {name: Peer(name) for name in arguments.peers}
    head = ["workload", "sinefield ms", "of peak"]
    head += [f"{name} ms" for name in peers] + [f"over {name}" for name in peers]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for workload in arguments.workloads or WORKLOADS:
        rounds = []
        for _ in range(arguments.rounds):
            mine, peak = own(program, workload, arguments.steps)
            theirs = {name: peer.milliseconds(workload, arguments.steps) for name, peer in peers.items()}
            rounds.append((mine, peak, theirs))
        middle = lambda number: statistics.median(number(*row) for row in rounds)
        cells = [workload, f"{middle(lambda mine, peak, theirs: mine):.1f}"]
        cells.append(f"{100 * middle(lambda mine, peak, theirs: peak):.1f} %")
        cells += [f"{middle(lambda mine, peak, theirs: theirs[name]):.1f}" for name in peers]
        cells += [f"{middle(lambda mine, peak, theirs: theirs[name] / mine):.2f}" for name in peers]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
