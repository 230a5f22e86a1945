"""Makes differences.txt: forward differences computed with numpy. Run it in its own folder."""

from pathlib import Path

import numpy as np


def pattern(rows, columns, channels):
    """The pattern of make.py, as the floats of the tests."""
    r, c, k = np.meshgrid(np.arange(rows), np.arange(columns), np.arange(channels), indexing="ij")
    value = (r * 7 + c * 13 + k * 29 + (r * c) % 11 * 50) % 256
    return value.astype(np.float32) / np.float32(7) - np.float32(17)


lines = []
for shape in [(1, 1, 1), (1, 17, 1), (3, 1, 2), (5, 4, 3), (13, 11, 1)]:
    image = pattern(*shape)
    values = np.concatenate([np.diff(image, axis=0).ravel(), np.diff(image, axis=1).ravel()])
    lines.append(" ".join(map(str, shape)) + "".join(f" {float(v)!r}" for v in values) + "\n")
Path("differences.txt").write_text("".join(lines))
