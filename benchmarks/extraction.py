#!/usr/bin/env python3
"""Meshes of the same level set by dual marching cubes (`sinefield mesh`) and by marching cubes (scikit-image).

    pip install -r benchmarks/requirements-shapes.txt scikit-image
    cargo build --release
    python3 benchmarks/extraction.py FIELD [--resolution 32,64,128]

FIELD is a field of a shape. Two surfaces are meshed: that of the field, and that of the field cut by the planes of a box, which
has sharp edges. Marching cubes gets the values at the corners of the same cells, and interpolates linearly. In the rows
"projected", Newton's method along the gradient then takes its vertices to the level set, as `sinefield mesh` does with its own.

For 100,000 points on each mesh: the mean and the largest distance from the level set, to first order, in cells; and the mean
angle between a triangle and the gradient. Thin: the part of triangles with an angle below 10 degrees.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import trimesh
from skimage.measure import marching_cubes

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = 100_000


class Field:
    """The values and gradients of a field, cut by a box if there is one."""

    def __init__(self, command: str, path: str, folder: pathlib.Path, box: tuple | None) -> None:
        self.command, self.path, self.folder, self.box = command, path, folder, box

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        np.save(self.folder / "x.npy", points)
        out = self.folder / "v.npz"
        quantities = ["--quantities", "value,gradient", "--quiet"]
        subprocess.run([self.command, "eval", self.path, self.folder / "x.npy", "-o", out, *quantities], check=True)
        found = np.load(out)
        value, gradient = found["value"].reshape(-1).astype(float), found["gradient"].reshape(-1, 3).astype(float)
        if self.box is not None:
            middle, half = self.box
            offset = points - middle
            beyond = np.abs(offset) - half
            axis = beyond.argmax(axis=1)
            rows = np.arange(len(points))
            cut = beyond[rows, axis] > value
            normal = np.zeros_like(points)
            normal[rows, axis] = np.sign(offset[rows, axis])
            value = np.where(cut, beyond[rows, axis], value)
            gradient = np.where(cut[:, None], normal, gradient)
        return value, gradient

    def form(self) -> list[str]:
        """The options of `sinefield mesh`."""
        if self.box is None:
            return []
        (a, b, c), half = self.box
        sides = ", ".join(f"abs({x} - {m}) - {half}" for x, m in (("x", a), ("y", b), ("z", c)))
        return ["--form", f"max(field, {sides})"]


def measured(mesh: trimesh.Trimesh, field: Field, cell: float) -> str:
    points, faces = trimesh.sample.sample_surface(mesh, SAMPLES, seed=0)
    value, gradient = field(np.asarray(points))
    slope = np.linalg.norm(gradient, axis=1)
    distance = np.abs(value) / slope / cell
    cosine = np.einsum("ij,ij->i", gradient, mesh.face_normals[faces]) / slope
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    thin = np.degrees(mesh.face_angles.min(axis=1)) < 10
    cells = f"{distance.mean():.4f} | {distance.max():.3f} | {angle.mean():.2f}° | {100 * thin.mean():.1f} %"
    return f"{len(mesh.faces):,} | {cells} | {'yes' if mesh.is_watertight else 'no'}"


def projected(mesh: trimesh.Trimesh, field: Field) -> trimesh.Trimesh:
    vertices = mesh.vertices.copy()
    for _ in range(3):
        value, gradient = field(vertices)
        vertices -= (value / np.maximum((gradient**2).sum(axis=1), 1e-12))[:, None] * gradient
    return trimesh.Trimesh(vertices, mesh.faces, process=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("field", metavar="FIELD")
    parser.add_argument("--resolution", default="32,64,128")
    parser.add_argument("--sinefield", default=str(ROOT / "target" / "release" / "sinefield"), help="the command")
    given = parser.parse_args()
    print("| surface | cells | method | triangles | mean distance | largest | angle | thin | closed |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        whole = Field(given.sinefield, given.field, folder, None)
        info = subprocess.run([given.sinefield, "mesh", given.field, "-o", folder / "m.ply", "--resolution", "32", "--quiet"])
        info.check_returncode()
        mesh = trimesh.load(folder / "m.ply", process=False)
        low, high = mesh.bounds
        # The region is a cube. The shape fills nine tenths of its side.
        middle, half = (low + high) / 2, (high - low).max() / 2 / 0.9
        box = tuple(round(float(x), 6) for x in middle), round(float((high - low).min()) / 3, 6)
        region = [*(middle - half), *(middle + half)]
        for what, field in (("field", whole), ("cut", Field(given.sinefield, given.field, folder, box))):
            for resolution in map(int, given.resolution.split(",")):
                compare(what, field, region, resolution)


def compare(what: str, field: Field, region: list[float], resolution: int) -> None:
    low, high = np.array(region[:3]), np.array(region[3:])
    cell = float((high - low)[0]) / resolution
    out = field.folder / "m.ply"
    options = [f"--region={','.join(map(str, region))}", "--resolution", str(resolution), "--quiet", *field.form()]
    subprocess.run([field.command, "mesh", field.path, "-o", out, *options], check=True)
    rows = [("dual", trimesh.load(out, process=False))]
    corners = [np.linspace(low[i], high[i], resolution + 1) for i in range(3)]
    points = np.stack(np.meshgrid(*corners, indexing="ij"), -1).reshape(-1, 3)
    values = field(points)[0].reshape((resolution + 1,) * 3)
    vertices, faces, _, _ = marching_cubes(values, 0.0)
    plain = trimesh.Trimesh(low + vertices * cell, faces[:, ::-1], process=False)
    if plain.volume < 0:
        plain.invert()
    rows += [("marching cubes", plain), ("marching cubes, projected", projected(plain, field))]
    for name, mesh in rows:
        print(f"| {what} | {resolution} | {name} | {measured(mesh, field, cell)} |", flush=True)


if __name__ == "__main__":
    main()
