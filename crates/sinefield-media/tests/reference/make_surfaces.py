"""Makes the meshes and the clouds for the tests of `Surface`, with trimesh, Open3D, laspy and numpy.

Run it in its own folder: it rewrites surfaces/ and surfaces.txt. Each line of surfaces.txt has the name of a file, the number
of its points, of its normals and of its triangles, then the points, the normals and the triangles.
"""

import shutil
import struct
from pathlib import Path

import laspy
import numpy as np
import open3d
import trimesh

FILES = Path("surfaces")
LINES = []


def expect(file, points, normals=None, faces=None):
    """Records what the file `file` holds."""
    points = np.asarray(points, np.float64)
    normals = np.zeros((0, 3)) if normals is None else np.asarray(normals, np.float64)
    faces = np.zeros((0, 3), np.int64) if faces is None else np.asarray(faces, np.int64)
    numbers = [*points.ravel(), *normals.ravel()]
    words = [repr(float(value)) for value in numbers] + [str(index) for index in faces.ravel()]
    LINES.append(f"{file} {len(points)} {len(normals)} {len(faces)} {' '.join(words)}")


shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()

# A sphere of 12 vertices, with normals that are not of length 1.
mesh = trimesh.creation.icosphere(subdivisions=0, radius=2.0)
mesh.apply_translation([0.25, -3.5, 10.0])
vertices = np.asarray(mesh.vertices, np.float64)
single = vertices.astype(np.float32)
faces = np.asarray(mesh.faces, np.int64)
normals = (vertices - vertices.mean(axis=0)) * 1.5

# By trimesh.
for name, encoding in [("ascii", "ascii"), ("little", "binary")]:
    data = mesh.export(file_type="ply", encoding=encoding, vertex_normal=False)
    (FILES / f"trimesh-{name}.ply").write_bytes(data)
    again = trimesh.load(FILES / f"trimesh-{name}.ply", process=False)
    # All digits of a text count, whatever the type in the header.
    points = [line.split() for line in data.decode().splitlines()[-32:-20]] if encoding == "ascii" else again.vertices
    expect(f"trimesh-{name}.ply", points, None, again.faces)
data = mesh.export(file_type="ply", encoding="binary", vertex_normal=True)
(FILES / "trimesh-normals.ply").write_bytes(data)
again = trimesh.load(FILES / "trimesh-normals.ply", process=False)
expect("trimesh-normals.ply", again.vertices, again.metadata["_ply_raw"]["vertex"]["data"][["nx", "ny", "nz"]].tolist(), again.faces)
(FILES / "trimesh.obj").write_text(mesh.export(file_type="obj", include_normals=True, digits=17))
expect("trimesh.obj", vertices, None, faces)


def merged(corners):
    """Points in the order of their first corner, and the triangles of their indices."""
    known = {}
    indices = [known.setdefault(tuple(corner), len(known)) for corner in corners]
    return list(known), np.reshape(indices, (-1, 3))


points, triangles = merged(single[faces].reshape(-1, 3).astype(np.float64))
(FILES / "trimesh.stl").write_bytes(mesh.export(file_type="stl"))
expect("trimesh.stl", points, None, triangles)
text = mesh.export(file_type="stl_ascii")
(FILES / "trimesh-ascii.stl").write_text(text)
corners = [[float(word) for word in line.split()[1:]] for line in text.splitlines() if "vertex" in line]
points, triangles = merged(corners)
expect("trimesh-ascii.stl", points, None, triangles)

# By Open3D: doubles, colours, and another name of the list.
cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(vertices))
cloud.normals = open3d.utility.Vector3dVector(normals)
cloud.colors = open3d.utility.Vector3dVector(np.linspace(0, 1, 36).reshape(12, 3))
for name, ascii in [("ascii", True), ("little", False)]:
    open3d.io.write_point_cloud(str(FILES / f"open3d-{name}.ply"), cloud, write_ascii=ascii)
    again = open3d.io.read_point_cloud(str(FILES / f"open3d-{name}.ply"))
    expect(f"open3d-{name}.ply", again.points, again.normals)
surface = open3d.geometry.TriangleMesh(
    open3d.utility.Vector3dVector(vertices), open3d.utility.Vector3iVector(faces.astype(np.int32))
)
surface.vertex_normals = open3d.utility.Vector3dVector(normals)
open3d.io.write_triangle_mesh(str(FILES / "open3d-mesh.ply"), surface)
expect("open3d-mesh.ply", vertices, normals, faces)
open3d.io.write_point_cloud(str(FILES / "open3d.xyz"), open3d.geometry.PointCloud(cloud.points))
expect("open3d.xyz", np.loadtxt(FILES / "open3d.xyz"))
open3d.io.write_point_cloud(str(FILES / "open3d.pts"), open3d.geometry.PointCloud(cloud.points))
expect("open3d.pts", np.loadtxt(FILES / "open3d.pts", skiprows=1))

# By numpy. Big-endian, polygons, further elements and properties, and types of every kind.
header = "\n".join([
    "ply", "format binary_big_endian 1.0", "comment of numpy", "element camera 2", "property list uchar short view",
    "element vertex 5", "property short x", "property uchar red", "property double y", "property list uint8 float32 weights",
    "property float z", "element face 3", "property uchar flags", "property list ushort uint vertex_index",
    "element edge 1", "property int a", "property int b", "end_header", "",
])
corners = [(-3, 0.1, 0.5), (300, 1e-9, 1.5), (7, -2.25, 2.5), (0, 5.0, 3.5), (1, 1.0, 4.5)]
body = struct.pack(">Bhh", 2, -1, 5) + struct.pack(">B", 0)
for place, (x, y, z) in enumerate(corners):
    weights = np.arange(place % 3, dtype=">f4").tobytes()
    body += struct.pack(">hBdB", x, 255, y, place % 3) + weights + struct.pack(">f", z)
for polygon in [(0, 1, 2), (4, 3, 2, 1, 0), (1, 2, 3, 4)]:
    body += struct.pack(">BH", 1, len(polygon)) + np.array(polygon, ">u4").tobytes()
body += struct.pack(">ii", 0, 1)
(FILES / "numpy-big.ply").write_bytes(header.encode() + body)
fans = [(0, 1, 2), (4, 3, 2), (4, 2, 1), (4, 1, 0), (1, 2, 3), (1, 3, 4)]
expect("numpy-big.ply", corners, None, fans)
np.savez(FILES / "mesh.npz", vertices=vertices, normals=normals.astype(np.float32), faces=faces, other=np.array("text"))
expect("mesh.npz", vertices, normals.astype(np.float32), faces)
np.savez_compressed(FILES / "cloud.npz", points=single, faces=np.zeros((0, 3), np.int64))
expect("cloud.npz", single)
np.savez_compressed(FILES / "neither.npz", image=np.zeros((4, 4)))
np.savetxt(FILES / "numpy.txt", np.hstack([vertices, normals]), delimiter=", ", header="x y z nx ny nz")
expect("numpy.txt", *np.hsplit(np.loadtxt(FILES / "numpy.txt", delimiter=","), 2))
np.savetxt(FILES / "names.xyz", vertices, delimiter=";", header="X;Y;Z", comments="")
expect("names.xyz", vertices)
with open(FILES / "cloud.obj", "w") as file:
    for place in range(12):
        file.write("v %.17g %.17g %.17g 1 0 0\n" % tuple(vertices[place]))
        file.write("vn %.17g %.17g %.17g # normal\n" % tuple(normals[place]))
expect("cloud.obj", vertices, normals)

# By laspy, in every version and in several formats.
for version, form in [("1.1", 0), ("1.2", 3), ("1.3", 5), ("1.4", 7)]:
    header = laspy.LasHeader(version=version, point_format=form)
    header.offsets, header.scales = np.array([600000.0, 5e6, -10.0]), np.array([0.001, 0.001, 0.01])
    header.add_extra_dim(laspy.ExtraBytesParams("quality", np.uint16)) if version == "1.4" else None
    las = laspy.LasData(header)
    las.x, las.y, las.z = (vertices + header.offsets).T
    las.intensity = np.arange(12)
    las.write(str(FILES / f"laspy-{version}.las"))
    again = laspy.read(str(FILES / f"laspy-{version}.las"))
    expect(f"laspy-{version}.las", np.stack([again.x, again.y, again.z], axis=1))

Path("surfaces.txt").write_text("\n".join(LINES) + "\n")
