"""Writes sobel.json: small pictures, their Sobel derivatives, and what those give back at the best.

    python3 sobel.py                  # writes sobel.json beside this file
    python3 sobel.py IMAGE SIZE       # prints the PSNR of the best of an image in grey at SIZE x SIZE pixels

Needs numpy and scipy; the second form Pillow too. A picture that goes on beyond its edge as its mirror image
is a sum of cosines about its pixels, whose derivatives are known exactly. Of all such sums the one is found
whose derivatives at the pixels have the least squared distance from Sobel's, by scipy's sparse least squares
over matrices that differentiate exactly: no transform and no eigenvalue is used.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.sparse.linalg import LinearOperator, lsqr


def derivative(n):
    """The matrix from values at n pixels to the derivatives there of their sum of cosines."""
    frequency = np.pi * np.arange(n) / n
    place = np.arange(n)[:, None] + 0.5
    cosines, slopes = np.cos(frequency * place), -frequency * np.sin(frequency * place)
    return slopes @ np.linalg.inv(cosines)


def best(down, right):
    """The picture with no mean whose exact derivatives are nearest to these."""
    rows, columns = down.shape
    d, r = derivative(rows), derivative(columns)

    def forward(x):
        x = x.reshape(rows, columns)
        return np.concatenate([(d @ x).ravel(), (x @ r.T).ravel()])

    def adjoint(y):
        a, b = y.reshape(2, rows, columns)
        return (d.T @ a + b @ r).ravel()

    operator = LinearOperator((2 * rows * columns, rows * columns), matvec=forward, rmatvec=adjoint)
    wanted = np.concatenate([down.ravel(), right.ravel()])
    found = lsqr(operator, wanted, atol=1e-10, btol=1e-10, iter_lim=20000)[0].reshape(rows, columns)
    return found - found.mean()


def sobel(picture):
    """Both derivatives a pixel, continued by the mirror image."""
    return [ndimage.sobel(picture, axis, mode="reflect") / 8 for axis in (0, 1)]


def psnr(picture):
    """Of the best against a picture of values 0 to 1, in dB."""
    found = best(*sobel(picture)) + picture.mean()
    return -10 * np.log10(np.mean((found - picture) ** 2))


def scene(rows, columns):
    """Waves, a disc and a bar with sharp edges."""
    y, x = np.mgrid[:rows, :columns]
    waves = 0.4 + 0.15 * np.sin(0.3 * y + 0.1 * x) * np.cos(0.25 * x)
    disc = 0.35 * ((y - 0.4 * rows) ** 2 + (x - 0.6 * columns) ** 2 < (0.2 * rows) ** 2)
    bar = 0.2 * ((x > 0.15 * columns) & (x < 0.25 * columns))
    return waves + disc + bar


def main():
    if len(sys.argv) == 3:
        from PIL import Image

        side = int(sys.argv[2])
        image = Image.open(sys.argv[1]).convert("L").resize((side, side), Image.BICUBIC)
        print(f"{psnr(np.asarray(image) / 255.0):.2f} dB")
        return
    cases = []
    for rows, columns in [(48, 40), (33, 37)]:
        picture = scene(rows, columns)
        down, right = sobel(picture)
        arrays = {"picture": picture, "down": down, "right": right, "best": best(down, right)}
        lists = {name: np.round(array, 7).ravel().tolist() for name, array in arrays.items()}
        cases.append({"shape": [rows, columns, 1], **lists})
        print(rows, columns, f"{psnr(picture):.2f} dB")
    Path(__file__).with_name("sobel.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
