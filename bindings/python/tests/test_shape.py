"""Shapes from Python: the command's fields, and meshes that trimesh and NumPy agree with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import sinefield as sf

SMALL: Any = {"hidden": 32, "layers": 1, "omega": 10, "first_omega": 10, "batch": 200, "steps": 400, "lr": 3e-3}


def sphere(count: int, radius: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points at random, and outward normals."""
    normals = np.random.default_rng(5).normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return radius * normals, normals


def volume(mesh: Any) -> float:
    """By the divergence theorem."""
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_points_become_distances_and_a_mesh() -> None:
    points, normals = sphere(1500, 20.0)
    result = sf.fit_shape(points, normals, **SMALL)
    assert result.mean_distance < 0.3
    assert result.normals_degrees < 6
    assert result.notes == []
    values, gradients = result.field(np.array([[0.0, 0, 18], [0, 22, 0]]), "value", "gradient")
    np.testing.assert_allclose(values[:, 0], [-2, 2], atol=0.7)
    np.testing.assert_allclose(gradients[:, 0], [[0, 0, 1], [0, 1, 0]], atol=0.3)
    mesh = result.mesh(resolution=32)
    assert mesh.normals.shape == mesh.vertices.shape
    assert abs(volume(mesh) / (4 / 3 * np.pi * 8000) - 1) < 0.03
    outwards = np.einsum("ij,ij->i", mesh.normals, mesh.vertices / 20)
    assert outwards.min() > 0.8


def test_the_command_does_the_same(command: Callable[..., str], tmp_path: Path) -> None:
    points, normals = sphere(700, 3.0)
    np.savez(tmp_path / "c.npz", points=points, normals=normals)
    options = ["--hidden", "16", "--layers", "1", "--batch", "100", "--steps", "20"]
    command("fit", "c.npz", "-o", "f.safetensors", *options, cwd=tmp_path)
    field = sf.fit_shape(points, normals, hidden=16, layers=1, batch=100, steps=20).field
    assert np.array_equal(field.parameters, sf.Field.load(tmp_path / "f.safetensors").parameters)
    command("mesh", "f.safetensors", "-o", "m.npz.ply", "--resolution", "24", cwd=tmp_path)
    own = field.mesh(resolution=24)
    own.export(str(tmp_path / "own.ply"))
    by_path = sf.fit_shape(tmp_path / "c.npz", hidden=16, layers=1, batch=100, steps=20).field
    assert np.array_equal(by_path.parameters, field.parameters)
    report = sf.shape_report(field, tmp_path / "m.npz.ply", resolution=24, samples=500)
    assert report["chamfer"] < 1e-4
    assert sf.shape_report(field, own, resolution=24, samples=500)["chamfer"] < 1e-4


def test_without_trimesh_a_mesh_is_our_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "trimesh", None)
    field = sf.Field(3, hidden=4, layers=1)
    mesh = field.mesh(form="norm([x0, x1, x2]) - 0.5 + 1e-30*field", resolution=16)
    assert isinstance(mesh, sf.Mesh)
    fewer = field.mesh(form="norm([x0, x1, x2]) - 0.5 + 1e-30*field", resolution=16, simplify=0.5)
    assert len(fewer.faces) <= len(mesh.faces) / 2 + 1
    assert repr(mesh).startswith("<Mesh ")
    assert abs(volume(mesh) / (np.pi / 6) - 1) < 0.05
    for name in ("m.ply", "m.obj", "m.stl", "m.glb"):
        mesh.export(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    with pytest.raises(ValueError, match=r"m\.xyz"):
        mesh.export(tmp_path / "m.xyz")


def test_with_trimesh_a_mesh_is_one_of_its() -> None:
    trimesh = pytest.importorskip("trimesh")
    field = sf.Field(3, hidden=4, layers=1)
    mesh = field.mesh(form="norm([x0, x1, x2]) - 0.5 + 1e-30*field", resolution=16)
    assert isinstance(mesh, trimesh.Trimesh)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.euler_number == 2
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)


def test_meshes_are_fitted_without_files() -> None:
    field = sf.Field(3, hidden=4, layers=1)
    ball = sf.mesh("norm([x0, x1, x2]) - 0.5 + 1e-30*a", {"a": field}, resolution=24)
    again = sf.fit_shape(ball, samples=1000, unoriented=True, **SMALL)
    assert "estimated" in again.notes[0]
    assert abs(volume(again.mesh(resolution=24)) / (np.pi / 6) - 1) < 0.05


def test_mistakes_are_told() -> None:
    points, normals = sphere(50, 1.0)
    with pytest.raises(ValueError, match="a surface needs at least 4"):
        sf.fit_shape(points[:2])
    with pytest.raises(ValueError, match="normals"):
        sf.fit_shape("cloud.ply", normals)
    with pytest.raises(ValueError, match="50 points and 49 normals|normals"):
        sf.fit_shape(points, normals[1:])
    with pytest.raises(FileNotFoundError):
        sf.fit_shape("no such.ply")
    with pytest.raises(ValueError, match="2 coordinates and 1 outputs"):
        sf.Field(2, hidden=4).mesh()
    with pytest.raises(ValueError, match="does not take the level 50"):
        sf.Field(3, hidden=4).mesh(level=50, resolution=8)
    with pytest.raises(ValueError, match="`resolution`"):
        sf.Field(3, hidden=4).mesh(resolution=1)
    with pytest.raises(TypeError, match="give a Field"):
        sf.mesh("a", {"a": 3})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="out of range"):
        sf.shape_report(sf.Field(3, hidden=4), SimpleNamespace(vertices=points, faces=[[0, 1, 50]]))
