#!/usr/bin/env python3
"""Makes surfaces of points with sinefield and with screened Poisson, and measures them against the mesh of the points.

    pip install -r benchmarks/requirements-shapes.txt
    cargo build --release
    python3 benchmarks/shapes.py --log shapes.jsonl [--points 1000,10000] [--noise 0,0.2] [--methods ours,open3d] MESH ...

Points are drawn on each reference mesh by area, with the normals of its triangles. Noise moves each coordinate by a Gaussian
with a standard deviation of some percent of the diagonal of the mesh's box. It leaves the normals. Every method reads the same
file:

    ours         sinefield fit, and sinefield mesh
    paper        likewise with --recipe paper, for as many steps as fit in the time that the fit of `ours` took
    unoriented   like `ours`, with --unoriented: the normals in the file are ignored
    open3d       screened Poisson of Open3D: depth 8, nothing trimmed, all else by default
    pymeshlab    screened Poisson of MeshLab: depth 8, all else by default

The measures are computed here, in the same way for all, from 100,000 points on each surface and their exact nearest points on
the triangles of the other. Chamfer is the mean of the mean distances of both directions, Hausdorff the largest distance; both in
percent of the diagonal. Normals is the mean angle between the triangle of a point on the mesh and the nearest triangle of the
reference. It counts the direction: a mesh inside out is near 180 degrees. A reference with holes counts against a method that
closes them. Watertight: each edge has two triangles, which agree on the outside. The seconds go from the file of the points to
the file of the mesh. Compare CPU seconds on a busy machine, and give --clock cpu there.

A run is a line of the log, and one that is there is not done again, unless it failed. The name of a mesh stands for its
contents in it, and nothing for the version of sinefield: take a new log after a change of either.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
METHODS = ("ours", "paper", "open3d", "pymeshlab", "unoriented")
DEPTH = 8
SAMPLES = 100_000
# The steps of the two short runs that find the time of a step.
SHORT, LONG = 10, 40


class Mesh:
    """Triangles, with the normals and the areas of each."""

    def __init__(self, path: pathlib.Path) -> None:
        import trimesh

        loaded = trimesh.load(path, process=False, force="mesh")
        self.vertices = np.asarray(loaded.vertices, np.float64)
        self.faces = np.asarray(loaded.faces, np.int64).reshape(-1, 3)
        a, b, c = self.faces.T
        self.faces = self.faces[(a != b) & (b != c) & (c != a)]
        if len(self.faces) == 0:
            raise ValueError(f"{path.name} has no triangles")
        a, b, c = self.vertices[self.faces].transpose(1, 0, 2)
        cross = np.cross(b - a, c - a)
        length = np.linalg.norm(cross, axis=1)
        self.areas = length / 2
        with np.errstate(invalid="ignore"):
            # A triangle without an area has no normal.
            self.normals = cross / length[:, None]

    def box(self) -> tuple[np.ndarray, float]:
        """The middle and the diagonal of the box around the triangles."""
        used = self.vertices[np.unique(self.faces)]
        low, high = used.min(0), used.max(0)
        return (low + high) / 2, float(np.linalg.norm(high - low))

    def sample(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Points spread evenly over the area, and their triangles."""
        ends = np.cumsum(self.areas)
        # From the right, no triangle without an area is chosen.
        chosen = np.searchsorted(ends, random.random(count) * ends[-1], side="right").clip(max=len(ends) - 1)
        root, part = np.sqrt(random.random((count, 1))), random.random((count, 1))
        a, b, c = self.vertices[self.faces[chosen]].transpose(1, 0, 2)
        return (1 - root) * a + root * (1 - part) * b + root * part * c, chosen

    def components(self) -> int:
        """The number of parts that share no vertex."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        used, faces = np.unique(self.faces, return_inverse=True)
        a, b, c = faces.reshape(-1, 3).T
        edges = np.concatenate([a, b]), np.concatenate([b, c])
        graph = coo_array((np.ones(len(edges[0])), edges), shape=(len(used), len(used)))
        return int(connected_components(graph, directed=False)[0])

    def watertight(self) -> bool:
        edges = np.concatenate([self.faces[:, [0, 1]], self.faces[:, [1, 2]], self.faces[:, [2, 0]]])
        edges, counts = np.unique(edges, axis=0, return_counts=True)
        back = edges[np.lexsort((edges[:, 0], edges[:, 1]))][:, ::-1]
        return bool((counts == 1).all() and (edges == back).all())


def nearest(points: np.ndarray, mesh: Mesh, middle: np.ndarray, diagonal: float, threads: int) -> tuple[np.ndarray, np.ndarray]:
    """The distance of each point from the triangles, as a part of the diagonal, and the nearest triangle."""
    import open3d

    # The scene is float32: its origin is the middle of the reference, its unit the diagonal.
    small = lambda places: np.ascontiguousarray((places - middle) / diagonal, np.float32)
    scene = open3d.t.geometry.RaycastingScene(nthreads=threads)
    scene.add_triangles(open3d.core.Tensor(small(mesh.vertices)), open3d.core.Tensor(mesh.faces.astype(np.uint32)))
    points = small(points)
    found = scene.compute_closest_points(open3d.core.Tensor(points), nthreads=threads)
    gaps = np.linalg.norm(found["points"].numpy().astype(np.float64) - points, axis=1)
    return gaps, found["primitive_ids"].numpy().astype(np.int64)


def measure(mesh: Mesh, reference: Mesh, seed: int, threads: int) -> dict:
    middle, diagonal = reference.box()
    random = np.random.default_rng([seed, 1])
    on_mesh, triangles = mesh.sample(SAMPLES, random)
    on_reference, _ = reference.sample(SAMPLES, random)
    there, closest = nearest(on_mesh, reference, middle, diagonal, threads)
    back, _ = nearest(on_reference, mesh, middle, diagonal, threads)
    cosines = (mesh.normals[triangles] * reference.normals[closest]).sum(1).clip(-1, 1)
    return {
        "chamfer_percent": 50 * float(there.mean() + back.mean()),
        "hausdorff_percent": 100 * float(max(there.max(), back.max())),
        "normals_degrees": float(np.degrees(np.nanmean(np.arccos(cosines)))),
        "components": mesh.components(),
        "watertight": mesh.watertight(),
        "triangles": len(mesh.faces),
    }


def write_cloud(path: pathlib.Path, reference: Mesh, count: int, noise: float, seed: int) -> None:
    """A PLY file of points on the reference with normals."""
    random = np.random.default_rng(seed)
    points, triangles = reference.sample(count, random)
    points += noise / 100 * reference.box()[1] * random.standard_normal(points.shape)
    head = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    head += [f"property double {name}" for name in ("x", "y", "z", "nx", "ny", "nz")]
    rows = np.concatenate([points, reference.normals[triangles]], axis=1).astype("<f8")
    path.write_bytes("\n".join([*head, "end_header\n"]).encode() + rows.tobytes())


def poisson(tool: str, cloud: str, out: str, threads: int) -> dict:
    """Runs in a process of its own, since a fault of these libraries ends the process."""
    if tool == "open3d":
        import open3d
    else:
        import pymeshlab
    wall, cpu = time.perf_counter(), time.process_time()
    if tool == "open3d":
        points = open3d.io.read_point_cloud(cloud)
        mesh, _ = open3d.geometry.TriangleMesh.create_from_point_cloud_poisson(points, depth=DEPTH, n_threads=threads)
        open3d.io.write_triangle_mesh(out, mesh)
    else:
        meshes = pymeshlab.MeshSet(verbose=False)
        meshes.load_new_mesh(cloud)
        meshes.generate_surface_reconstruction_screened_poisson(depth=DEPTH, threads=threads)
        meshes.save_current_mesh(out)
    return {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def timed(words: list) -> tuple[dict, dict]:
    """The report of a command of sinefield, and the seconds that it took."""
    wall, before = time.perf_counter(), os.times()
    done = subprocess.run([str(word) for word in [*words, "--json", "--quiet"]], capture_output=True, text=True)
    wall, after = time.perf_counter() - wall, os.times()
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"the command ended with {done.returncode}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return json.loads(done.stdout), {"wall": wall, "cpu": cpu}


def paper_steps(fit: list, budget: float, clock: str) -> int:
    """The steps that fit in the budget, with the time that is not spent on steps."""
    short, long = (timed([*fit, "--steps", steps])[1][clock] for steps in (SHORT, LONG))
    step = (long - short) / (LONG - SHORT)
    # On a busy machine the longer run may come out shorter.
    rest, step = (short - SHORT * step, step) if step > 0 else (0, long / LONG)
    return max(1, round((budget - max(rest, 0)) / step))


def sinefield(method: str, cloud: pathlib.Path, out: pathlib.Path, arguments: argparse.Namespace, ours: dict | None) -> dict:
    field = out.with_suffix(".safetensors")
    fit = [arguments.sinefield, "fit", cloud, "-o", field, "--seed", arguments.seed, "--threads", arguments.threads]
    if method == "paper":
        fit += ["--recipe", "paper"]
        budget = ours["fit_seconds" if arguments.clock == "wall" else "fit_cpu_seconds"]
        fit += ["--steps", paper_steps(fit, budget, arguments.clock)]
    else:
        fit += shlex.split(arguments.fit_options) + (["--unoriented"] if method == "unoriented" else [])
    report, fitting = timed(fit)
    _, meshing = timed([arguments.sinefield, "mesh", field, "-o", out, "--resolution", arguments.resolution])
    return {
        "seconds": fitting["wall"] + meshing["wall"],
        "cpu_seconds": fitting["cpu"] + meshing["cpu"],
        "fit_seconds": fitting["wall"],
        "fit_cpu_seconds": fitting["cpu"],
        "steps": report["steps"],
    }


def make(method: str, cloud: pathlib.Path, out: pathlib.Path, arguments: argparse.Namespace, ours: dict | None) -> dict:
    if method in ("open3d", "pymeshlab"):
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(poisson, method, str(cloud), str(out), arguments.threads).result()
    return sinefield(method, cloud, out, arguments, ours)


def identity(reference: str, points: int, noise: float, method: str, arguments: argparse.Namespace) -> dict:
    """What makes a run the same as one in the log."""
    found = {"reference": reference, "points": points, "noise_percent": noise, "method": method}
    found |= {"seed": arguments.seed, "threads": arguments.threads}
    if method in ("open3d", "pymeshlab"):
        return found
    found |= {"options": arguments.fit_options, "resolution": arguments.resolution}
    return found | ({"clock": arguments.clock} if method == "paper" else {})


def logged(path: pathlib.Path | None) -> list[dict]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def find(lines: list[dict], wanted: dict) -> dict | None:
    """The last line of the run."""
    return next((line for line in reversed(lines) if all(line.get(key) == value for key, value in wanted.items())), None)


def table(lines: list[dict]) -> str:
    head = ["reference", "points", "noise", "method", "Chamfer", "Hausdorff", "normals"]
    head += ["components", "watertight", "steps", "seconds", "CPU seconds"]
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for line in lines:
        cells = [line["reference"], f"{line['points']:,}", f"{line['noise_percent']:g} %", line["method"]]
        if "failed" in line:
            cells += ["failed", *["-"] * 7]
        else:
            cells += [f"{line['chamfer_percent']:.4f} %", f"{line['hausdorff_percent']:.3f} %", f"{line['normals_degrees']:.2f}°"]
            cells += [f"{line['components']:,}", "yes" if line["watertight"] else "no"]
            cells += [f"{line['steps']:,}" if "steps" in line else "-", f"{line['seconds']:.1f}", f"{line['cpu_seconds']:.1f}"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def listed(kind: type):
    return lambda text: [kind(word) for word in text.split(",") if word]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    text = f"of {', '.join(METHODS)} [default: all]; paper needs ours and brings it along"
    parser.add_argument("--methods", type=listed(str), default=list(METHODS), metavar="NAME,NAME,...", help=text)
    text = "numbers of points [default: 1000,10000,100000,1000000]"
    parser.add_argument("--points", type=listed(int), default=[1_000, 10_000, 100_000, 1_000_000], metavar="N,N,...", help=text)
    text = "percents of the diagonal [default: 0,0.2,1]"
    parser.add_argument("--noise", type=listed(float), default=[0.0, 0.2, 1.0], metavar="P,P,...", help=text)
    parser.add_argument("--sinefield", default=str(ROOT / "target" / "release" / "sinefield"), help="the command")
    parser.add_argument("--threads", type=int, default=2, help="of every method, on as many cores")
    parser.add_argument("--seed", type=int, default=0, help="of the points and of the networks")
    text = 'for the fits of ours and unoriented: --fit-options="--steps 100"'
    parser.add_argument("--fit-options", default="", metavar="OPTIONS", help=text)
    parser.add_argument("--resolution", type=int, default=256, help="of sinefield mesh")
    parser.add_argument("--clock", default="wall", choices=["wall", "cpu"], help="the seconds in which paper equals ours")
    parser.add_argument("--log", type=pathlib.Path, help="the file of JSON lines to continue; else they are only printed")
    parser.add_argument("meshes", nargs="+", type=pathlib.Path, metavar="MESH", help="a reference: OBJ, PLY, STL")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.methods if name not in METHODS]
    if unknown:
        parser.error(f"unknown method {unknown[0]}; one of {', '.join(METHODS)}")
    if len({path.name for path in arguments.meshes}) < len(arguments.meshes):
        parser.error("two meshes have the same name; rename one, since the log knows them by name")
    wanted = [name for name in METHODS if name in arguments.methods or (name == "ours" and "paper" in arguments.methods)]
    if hasattr(os, "sched_setaffinity"):
        # All processes that this one starts inherit it.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    import open3d  # noqa: F401  A missing package shows now, and not after the first fit.

    if shutil.which(arguments.sinefield) is None and not {"open3d", "pymeshlab"}.issuperset(wanted):
        parser.error(f"{arguments.sinefield} is not a command; build it, or name it with --sinefield")
    lines, shown = logged(arguments.log), []
    for path in arguments.meshes:
        reference = Mesh(path)
        for points, noise in ((points, noise) for points in arguments.points for noise in arguments.noise):
            with tempfile.TemporaryDirectory() as folder:
                cloud, ours = pathlib.Path(folder) / "cloud.ply", None
                for method in wanted:
                    run = identity(path.name, points, noise, method, arguments)
                    line = find(lines, run)
                    if line is None or "failed" in line:
                        print(f"{path.name}, {points:,} points, noise {noise:g} %: {method}", file=sys.stderr, flush=True)
                        if not cloud.exists():
                            write_cloud(cloud, reference, points, noise, arguments.seed)
                        out = cloud.with_name(f"{method}.ply")
                        try:
                            if method == "paper" and "failed" in ours:
                                raise RuntimeError("the fit of ours failed, so its seconds are not known")
                            line = run | make(method, cloud, out, arguments, ours)
                            line |= measure(Mesh(out), reference, arguments.seed, arguments.threads)
                        except Exception as error:
                            line = run | {"failed": f"{type(error).__name__}: {error}"}
                        print(json.dumps(line), flush=True)
                        if arguments.log:
                            with arguments.log.open("a") as log:
                                log.write(json.dumps(line) + "\n")
                    ours = line if method == "ours" else ours
                    shown.append(line)
    print(table(shown))


if __name__ == "__main__":
    main()
