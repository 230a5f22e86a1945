"""Makes the arrays and tables for the tests of `read_arrays`, with numpy.

Run it in its own folder: it rewrites arrays/ and arrays.txt.
"""

import shutil
from pathlib import Path

import numpy as np

FILES = Path("arrays")
LINES = []


def expect(file, arrays):
    """Records the expected arrays of the file `file`, in order."""
    for name, array in arrays.items():
        array = np.asarray(array)
        shape = ",".join(str(size) for size in array.shape)
        # A complex number is its real and its imaginary part.
        parts = np.stack([array.real, array.imag], -1) if np.iscomplexobj(array) else array
        values = " ".join(str(float(np.float32(v))) for v in parts.ravel())
        LINES.append(f"{file} {name} ({shape}) {values}")


shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()
wave = np.sin(np.arange(3 * 5 * 7, dtype=np.float64)).reshape(3, 5, 7)
several = {
    "wave": wave,
    "narrow": wave[0].astype(np.float16),
    "fortran": np.asfortranarray(wave[:, :, 0].astype(np.float32)),
    "whole": np.arange(-8, 9, dtype=np.int64),
    "bytes": np.arange(255, 0, -1, dtype=np.uint8).reshape(17, 15),
    "bits": wave[1] > 0,
    "single": np.float64(2.5),
    "big-endian": wave[2].astype(">f8"),
}
np.savez(FILES / "stored.npz", **several)
expect("stored.npz", several)
np.savez_compressed(FILES / "deflated.npz", **several)
expect("deflated.npz", several)
np.save(FILES / "alone.npy", wave)
expect("alone.npy", {"alone": wave})
np.savez_compressed(FILES / "empty.npz", nothing=np.zeros((0, 3)))
np.savez_compressed(FILES / "nan.npz", good=np.ones(3), bad=np.array([[1.0, 2.0], [np.nan, np.inf]]))
np.savez_compressed(FILES / "wide.npz", beyond=np.array([1.0, 1e39]))
turning = np.exp(1j * wave[:, :, 0])
rotations = {
    "turning": turning.astype(np.complex64),
    "fortran": np.asfortranarray(turning),
    "big-endian": turning.astype(">c16"),
    "real": wave[0],
    "single": np.complex64(1 - 2j),
}
np.savez_compressed(FILES / "complex.npz", **rotations)
expect("complex.npz", rotations)
np.save(FILES / "complex.npy", turning)
expect("complex.npy", {"complex": turning})
np.savez_compressed(FILES / "complex-nan.npz", bad=np.array([[1, 2j], [3, complex(0, np.nan)]]))
# 512 MiB of zeros in half a megabyte.
np.savez_compressed(FILES / "bomb.npz", zeros=np.zeros(1 << 27, np.float32))
table = np.stack([np.arange(17), wave.ravel()[:17], 1e-7 * wave.ravel()[17:34]], axis=1)
np.savetxt(FILES / "table.csv", table, delimiter=",", header="t,u,small_v", comments="")
expect("table.csv", {"t": table[:, 0], "u": table[:, 1], "small_v": table[:, 2]})
Path("arrays.txt").write_text("\n".join(LINES) + "\n")
