"""Makes the volumes for the tests of `read_volume`, with nibabel and numpy.

Run it in its own folder: it rewrites volumes/ and volumes.txt. A line of volumes.txt has a file's name, the sizes of
its axes, its channels, the axes' units, starts and steps, three rows of its affine map or "none", and its values with
the last axis fastest and the channels after it.
"""

import shutil
from pathlib import Path

import nibabel
import numpy as np

FILES = Path("volumes")
LINES = []


def wave(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float64)).reshape(shape)


def words(numbers):
    return ",".join(repr(float(number)) for number in numbers)


def expect(name, values, units, starts, steps, affine=None, channels=1):
    sizes = values.shape if channels == 1 else values.shape[:-1]
    # The map has the axes of space that the file has, at most three. It does not use the fourth axis.
    if affine is None:
        rows = "none"
    else:
        space = min(len(sizes), 3)
        time = np.zeros((3, len(sizes) - space))
        rows = words(np.hstack([affine[:3, :space], time, affine[:3, 3:]]).ravel())
    text = " ".join(repr(float(np.float32(v))) for v in values.ravel())
    sizes = ",".join(str(size) for size in sizes)
    LINES.append(f"{name} {sizes} {channels} {units} {words(starts)} {words(steps)} {rows} {text}")


def save(name, data, sform=None, qform=None, kind=nibabel.Nifti1Image, header=None, zooms=None, units=None, scale=None):
    """Saves an array with the given maps. Returns the image that nibabel reads from the file."""
    image = kind(data, None, header, dtype=data.dtype if header is None else None)
    image.set_data_dtype(data.dtype)
    if zooms is not None:
        image.header.set_zooms(zooms)
    if units is not None:
        image.header.set_xyzt_units(*units)
    if scale is not None:
        image.header.set_slope_inter(*scale)
    image.header.set_qform(qform, code=1 if qform is not None else 0)
    image.header.set_sform(sform, code=1 if sform is not None else 0)
    nibabel.save(image, FILES / name)
    return nibabel.load(FILES / name)


def turned(steps, angle, place):
    """A rotation by an angle about an odd axis, scaled, and a translation."""
    axis = np.array([1.0, 2.0, 3.0]) / np.sqrt(14.0)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag(steps)
    affine[:3, 3] = place
    return affine


shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()

sheared = np.array([[0.5, 0.1, 0.0, -7.0], [0.0, -2.0, 0.3, 8.5], [0.25, 0.0, 3.0, 9.25], [0, 0, 0, 1]])
data = np.round(300 * wave(3, 5, 7)).astype(np.int16)
image = save("sheared.nii", data, sform=sheared, qform=turned([0.5, 2, 3], 0.3, [1, 2, 3]), units=("mm", "sec"))
steps = image.header["pixdim"][1:4]
expect("sheared.nii", image.get_fdata(), "mm,mm,mm", [0, 0, 0], steps, image.header.get_sform())

turn = turned([1.5, 2.5, -0.5], 2.8, [-1, 20, 3.5])
image = save("turned.nii.gz", wave(3, 4, 5, 6).astype(np.float32), qform=turn, zooms=(1, 1, 1, 1500), units=("mm", "msec"))
image.header["toffset"] = 250
nibabel.save(nibabel.Nifti1Image(image.get_fdata(dtype=np.float32), None, image.header), FILES / "turned.nii.gz")
image = nibabel.load(FILES / "turned.nii.gz")
assert image.header["sform_code"] == 0 and image.header["qform_code"] == 1 and image.header["pixdim"][0] == -1
steps = [*image.header["pixdim"][1:4], 1.5]
expect("turned.nii.gz", image.get_fdata(), "mm,mm,mm,s", [0, 0, 0, 0.25], steps, image.header.get_qform())

big = nibabel.Nifti1Header(endianness=">")
data = np.arange(2 * 3 * 4, dtype=">u1").reshape(2, 3, 4)
image = nibabel.Nifti1Image(data, sheared, big)
image.header.set_data_dtype(">i4")
image.header.set_xyzt_units("micron")
image.header.set_qform(None, code=0)
nibabel.save(image, FILES / "big-endian.nii")
image = nibabel.load(FILES / "big-endian.nii")
assert image.header.endianness == ">"
expect("big-endian.nii", image.get_fdata(), "um,um,um", [0, 0, 0], image.header["pixdim"][1:4], image.header.get_sform())

image = save("second.nii", wave(4, 3, 2), sform=sheared / [1, 1, 1, 3], kind=nibabel.Nifti2Image, units=("meter",))
expect("second.nii", image.get_fdata(), "m,m,m", [0, 0, 0], image.header["pixdim"][1:4], image.header.get_sform())
image = save("second.nii.gz", wave(2, 3, 4).astype(np.float32), kind=nibabel.Nifti2Image, zooms=(0.5, 1, 2))
expect("second.nii.gz", image.get_fdata(), "mm,mm,mm", [0, 0, 0], [0.5, 1, 2])

for name, shape in [("line.nii", (17,)), ("plane.nii", (5, 3)), ("still.nii", (2, 3, 4, 1)), ("thin.nii", (3, 1, 5))]:
    image = save(name, wave(*shape).astype(np.float32), zooms=(0.25,) * len(shape))
    values = image.get_fdata().reshape(shape[:3])
    expect(name, values, ",".join(["mm"] * values.ndim), [0] * values.ndim, [0.25] * values.ndim)
image = save("mapped-plane.nii", wave(5, 3).astype(np.float32), sform=sheared)
steps = image.header["pixdim"][1:3]
expect("mapped-plane.nii", image.get_fdata(), "mm,mm", [0, 0], steps, image.header.get_sform())

# Eight bits and a scale, set by hand because nibabel chooses its own.
save("scaled.nii", np.arange(24, dtype=np.uint8).reshape(2, 3, 4), zooms=(1, 2, 3))
raw = bytearray((FILES / "scaled.nii").read_bytes())
raw[112:120] = np.array([0.25, -3.0], "<f4").tobytes()
(FILES / "scaled.nii").write_bytes(raw)
image = nibabel.load(FILES / "scaled.nii")
assert image.get_fdata()[0, 0, 1] == -2.75
expect("scaled.nii", image.get_fdata(), "mm,mm,mm", [0, 0, 0], [1, 2, 3])

for code, dtype in [("i1", np.int8), ("u2", np.uint16), ("u4", np.uint32), ("i8", np.int64), ("u8", np.uint64)]:
    image = save(f"{code}.nii", np.arange(24).astype(dtype).reshape(2, 3, 4), zooms=(1, 2, 3))
    expect(f"{code}.nii", image.get_fdata(), "mm,mm,mm", [0, 0, 0], [1, 2, 3])

vector = nibabel.Nifti1Header()
vector.set_intent("vector")
image = save("vector.nii.gz", wave(2, 3, 4, 1, 3).astype(np.float32), header=vector, zooms=(1, 2, 3, 1, 1))
expect("vector.nii.gz", image.get_fdata()[:, :, :, 0], "mm,mm,mm", [0, 0, 0], [1, 2, 3], channels=3)

# An array and a map in a file that nibabel writes, for comparison with written files.
nibabel.save(nibabel.Nifti1Image(wave(3, 5, 7).astype(np.float32), sheared), FILES / "written.nii")

# Files that must be refused.
save("nan.nii", np.array([[[1.0, np.nan, 2.0], [3.0, 4.0, np.inf]]], np.float32))
save("complex.nii", np.ones((2, 3), np.complex64))
save("colours.nii", np.zeros((2, 3, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")]))
nibabel.save(nibabel.Nifti1Pair(np.ones((2, 3), np.float32), np.eye(4)), FILES / "pair.img")
nibabel.save(nibabel.AnalyzeImage(np.ones((2, 3, 4), np.float32), np.eye(4)), FILES / "analyze.img")
(FILES / "pair.img").unlink()
(FILES / "analyze.img").unlink()

# Arrays of numpy.
for axes in range(8):
    shape = (3, 2, 4, 1, 2, 3, 1)[:axes]
    values = wave(*shape) if axes else np.float64(0.5)
    np.save(FILES / f"{axes}d.npy", np.asfortranarray(values) if axes == 4 else values)
    if 1 <= axes <= 6:
        expect(f"{axes}d.npy", values, ",".join(["-"] * axes), [0] * axes, [1] * axes)
np.savez_compressed(FILES / "one.npz", density=wave(3, 2, 4))
expect("one.npz", wave(3, 2, 4), "-,-,-", [0, 0, 0], [1, 1, 1])
np.savez(FILES / "two.npz", density=wave(3), mask=wave(4))

Path("volumes.txt").write_text("\n".join(LINES) + "\n")
