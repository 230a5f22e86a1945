#!/usr/bin/env python3
"""The measured data of the inversion problem: the waves that a cylinder scatters from 5 sources to 30 receivers.

    python3 problems/references/inversion.py                      # writes problems/data/cylinder.npz

Each source is a unit point source. The data are the waves at the receivers, whole, and less the wave without the cylinder, by
the series of Mie for a cylinder of the radius 0.1 around the origin with m = 1/4 inside, k = 20. Needs NumPy and SciPy.
"""

from pathlib import Path

import numpy as np
from helmholtz import CIRCLE, INSIDE, cylinder, green

K = 20.0
SOURCES = [(x, -0.347) for x in (-0.347, -0.1735, 0.0, 0.1735, 0.347)]
ALONG = np.linspace(-0.347, 0.347, 10)
RECEIVERS = np.array(
    [(x, 0.402) for x in ALONG] + [(-0.402, y) for y in ALONG] + [(0.402, y) for y in ALONG]
)


def scattered() -> np.ndarray:
    """(receivers, sources), complex."""
    columns = [cylinder(K, RECEIVERS, np.array(source), CIRCLE, INSIDE) for source in SOURCES]
    return np.stack(columns, -1)


def main() -> None:
    data, direct = scattered(), [green(K, np.hypot(*(RECEIVERS - np.array(source)).T)) for source in SOURCES]
    whole, path = data + np.stack(direct, -1), Path(__file__).parent.parent / "data" / "cylinder.npz"
    columns = {"re": data.real, "im": data.imag, "whole_re": whole.real, "whole_im": whole.imag}
    np.savez(path, x=RECEIVERS[:, 0], y=RECEIVERS[:, 1], **columns)
    print(f"wrote {path}: {data.shape[0]} receivers, {data.shape[1]} sources")


if __name__ == "__main__":
    main()
