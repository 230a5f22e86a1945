"""Shapes: signed distance fields of points and meshes, and the meshes of fields."""

from __future__ import annotations

import importlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native, _show, _values
from ._field import Field
from ._job import Job, OnStep
from ._result import Result

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import MeshSettings, ShapeReportSettings, ShapeSettings


@dataclass(frozen=True, repr=False, eq=False)
class Mesh:
    """A triangle mesh of a field's surface. If trimesh is installed, `Field.mesh` returns a `trimesh.Trimesh` in its place,
    which has `normals` too.

    In a notebook it shows the surface.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
        >>> faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
        >>> sf.Mesh(corners, faces, np.zeros((4, 3), np.float32))
        <Mesh 4 vertices, 4 triangles>
    """

    vertices: NDArray[np.float64]
    """`(n, 3)`, in the units of the field."""
    faces: NDArray[np.int64]
    """`(m, 3)`: the corners of every triangle, counterclockwise seen from outside."""
    normals: NDArray[np.float32]
    """`(n, 3)`: the exact unit normals at the vertices."""
    field: Field | None = None
    """The field whose surface it is, if it is that of a single one at level 0."""

    def export(self, file_obj: str | os.PathLike[str]) -> None:
        """Writes the mesh: .ply, .obj, .stl or .glb.

        Raises:
            OSError: If the file cannot be written.
            ValueError: If the extension says no format.

        Examples:
            >>> import os, tempfile, numpy as np, sinefield as sf
            >>> mesh = sf.Mesh(np.eye(3), np.array([[0, 1, 2]]), np.ones((3, 3), np.float32))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     mesh.export(f"{folder}/mesh.ply")
            ...     os.listdir(folder)
            ['mesh.ply']
        """
        vertices, faces = _corners(self.vertices, self.faces)
        normals = np.ascontiguousarray(self.normals, np.float32)
        _native.save_mesh(_values.path(file_obj), vertices, normals, faces)

    def _repr_html_(self) -> str:
        return _show.as_html(repr(self), {} if self.field is None else {"surface": self.field})

    def __repr__(self) -> str:
        return f"<Mesh {len(self.vertices):,} vertices, {len(self.faces):,} triangles>"


def fit_shape(
    points: str | os.PathLike[str] | ArrayLike | Any,
    normals: ArrayLike | None = None,
    *,
    samples: int | None = None,
    on_step: OnStep | None = None,
    progress: bool | None = None,
    **settings: Unpack[ShapeSettings],
) -> Result:
    """Fits a signed distance field to points of a surface: negative inside, positive outside, in the units of the points.

    Args:
        points: An array `(n, 3)`, a mesh (an object with `vertices` and `faces`, as those of trimesh), or the path of a
            cloud or a mesh (PLY, OBJ, STL, `.xyz`, LAS, `.npz`). A mesh is sampled by area.
        normals: An array `(n, 3)` of outward normals, of any length. Without normals they are estimated.
        samples: The setting `points` of the command: the number of points that are drawn on a mesh (200,000) or taken of a
            cloud (all).
        on_step: Called with a `Step` after every step. The fit stops if it returns False.
        progress: Whether to show a bar (tqdm). By default a notebook shows one if it has tqdm.
        settings: Those of `sinefield fit`, with its defaults: `steps`, `unoriented`, `output`, `hidden`, ...

    Returns:
        A result: `field`, `history`, and `mean_distance`, `normals_degrees` and `eikonal_error` at the points. Its `mesh()` is
        that of the field.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If the points are no shape, or a setting is unknown or does not suit them.
        DivergedError: If the loss is no longer a usable number.

    Examples:
        >>> import numpy as np, sinefield as sf
        >>> random = np.random.default_rng(0)
        >>> normals = random.normal(size=(500, 3))
        >>> normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        >>> small = {"hidden": 32, "layers": 1, "omega": 10, "first_omega": 10, "batch": 200, "lr": 3e-3}
        >>> result = sf.fit_shape(10 * normals, normals, steps=200, **small)
        >>> result.field([[0, 0, 0], [0, 0, 12]])[:, 0] > 0
        array([False,  True])
    """
    given: dict[str, Any] = dict(settings)
    if isinstance(points, str | os.PathLike):
        if normals is not None:
            raise ValueError("normals: a file has its own; leave them out, or give points as an array")
        given["signal"] = points
    else:
        given["signal"] = _values.Source(_npz(points, normals), surface=True)
    if samples is not None:
        given["points"] = samples
    return Job("fit", **given).run(on_step=on_step, progress=progress)


def mesh(
    form: str,
    fields: Mapping[str, Field],
    **settings: Unpack[MeshSettings],
) -> Any:
    """The mesh of an expression over several fields, such as a union or a difference of shapes.

    Args:
        form: The expression: `"min(a, b)"` is a union of distances, `"max(a, b)"` an intersection, `"max(a, -b)"` a
            difference, `"a - 0.1"` an offset. Coordinates have the names of the first field's axes.
        fields: The fields by their names.
        settings: `resolution` (256 cells along the longest side), `level` (0), `region`, the lower and the upper corner, and
            `simplify`, the part of the triangles to keep (1).

    Returns:
        As `Field.mesh`.

    Raises:
        ValueError: If the expression is not valid, a field does not have three coordinates and one output, or the level is
            not taken.

    Examples:
        >>> import sinefield as sf
        >>> ball = sf.Field(3, hidden=4, layers=1)
        >>> box = sf.mesh("max(abs(x0), abs(x1), abs(x2)) - 0.5 + 1e-30*a", {"a": ball}, resolution=12)
        >>> round(float(abs(box.vertices).max()), 3)
        0.5
    """
    for name, field in fields.items():
        if not isinstance(field, Field):
            raise TypeError(f"fields: {name} is a {type(field).__name__}; give a Field")
    return _mesh(list(fields.items()), {"form": form, **settings})


def shape_report(field: Field, mesh: Any, **settings: Unpack[ShapeReportSettings]) -> dict[str, Any]:
    """How the surface of a field differs from a mesh.

    Args:
        field: A field of three coordinates and one output.
        mesh: The path of a mesh, or an object with `vertices` `(n, 3)` and `faces` `(m, 3)`.
        settings: Those of `sinefield shape-report`, with its defaults: `resolution`, `level`, `samples`, `seed`.

    Returns:
        The figures by name, as `sinefield shape-report --json` prints them: `chamfer`, `hausdorff`, `normals_degrees`, ...

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the mesh has no triangles, or the field no surface.

    Examples:
        >>> import sinefield as sf
        >>> ball = sf.mesh("norm([x0, x1, x2]) - 0.5 + 1e-30*a", {"a": sf.Field(3, hidden=4)}, resolution=24)
        >>> small = {"hidden": 32, "layers": 1, "omega": 10, "first_omega": 10, "batch": 200, "lr": 3e-3}
        >>> field = sf.fit_shape(ball, samples=2000, steps=200, **small).field
        >>> report = sf.shape_report(field, ball, resolution=32, samples=1000)
        >>> report["chamfer"] < 0.02, report["components"]
        (True, 1)
    """
    if isinstance(mesh, str | os.PathLike):
        vertices, faces = _corners(*_native.read_mesh(_values.path(mesh)))
        name = _values.path(mesh)
    else:
        vertices, faces = _corners(mesh.vertices, mesh.faces)
        name = "mesh"
    entries = _values.entries("shape-report", {"field": "field", "mesh": name, **settings})
    _, numbers = _native.shape_report(entries, field._compiled, vertices, faces)
    told: dict[str, Any] = json.loads(numbers)
    return told


def _mesh(fields: list[tuple[str, Field]], settings: dict[str, Any]) -> Any:
    """The mesh of named fields, as trimesh's if that is installed."""
    entries = _values.entries("mesh", {"output": "mesh.ply", **settings})
    vertices, normals, faces = _native.mesh(entries, [(name, field._compiled) for name, field in fields])
    alone = len(fields) == 1 and settings.get("form") is None and not settings.get("level")
    made = Mesh(vertices, faces.astype(np.int64), normals, fields[0][1] if alone else None)
    try:
        trimesh: Any = importlib.import_module("trimesh")
    except ImportError:
        return made

    class Surface(trimesh.Trimesh):  # type: ignore[misc]
        """A mesh with the names that sinefield gives."""

        @property
        def normals(self) -> NDArray[Any]:
            """The unit normals at the vertices."""
            return np.asarray(self.vertex_normals)

        def _repr_html_(self) -> str:
            return made._repr_html_()

    return Surface(made.vertices, made.faces, vertex_normals=made.normals, process=False)


def _corners(vertices: Any, faces: Any) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Vertices and faces as the compiled part takes them."""
    points = np.ascontiguousarray(_values.numbers(vertices, "vertices"), np.float64)
    corners = _values.numbers(faces, "faces")
    for name, array in (("vertices", points), ("faces", corners)):
        if array.ndim != 2 or array.shape[1] != 3:
            raise ValueError(f"{name}: an array {array.shape}; give one of (n, 3)")
    if corners.size and (corners.min() < 0 or corners.max() >= len(points)):
        raise ValueError(f"faces: an index is out of range; there are {len(points)} vertices")
    return points, np.ascontiguousarray(corners, np.uint32)


def _npz(points: Any, normals: ArrayLike | None) -> bytes:
    """Points and normals, or a mesh, as the content of an `.npz` file."""
    if hasattr(points, "vertices") and hasattr(points, "faces"):
        if normals is not None:
            raise ValueError("normals: a mesh has its own; leave them out")
        vertices, faces = _corners(points.vertices, points.faces)
        arrays: dict[str, NDArray[Any]] = {"vertices": vertices, "faces": faces}
    else:
        arrays = {"points": _values.numbers(points, "points").astype(np.float64)}
        if normals is not None:
            arrays["normals"] = _values.numbers(normals, "normals").astype(np.float64)
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()
