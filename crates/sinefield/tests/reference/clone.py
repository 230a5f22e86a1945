"""Makes clone.json: clones of small pictures by a direct sparse solve (scipy).

Minimises, over the pixels inside the mask, the sum over pairs of neighbours of which one at least is
inside of `(u_p - u_q - v_pq)^2`, with u the target outside. Run it in its own folder.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import spsolve

CAMERA = Image.open("../../../../assets/camera.png").convert("L")


def crop(box, columns, rows):
    small = CAMERA.crop(box).resize((columns, rows), Image.Resampling.LANCZOS)
    return np.asarray(small, np.float32)[:, :, None] / 255


def solve(target, source, mask, at, mixed):
    rows, columns, channels = target.shape
    place = np.full((rows, columns), -1)
    for r in range(mask.shape[0]):
        for c in range(mask.shape[1]):
            if mask[r, c] and 0 <= r + at[0] < rows and 0 <= c + at[1] < columns:
                place[r + at[0], c + at[1]] = 0
    inside = np.argwhere(place == 0)
    for number, (r, c) in enumerate(inside):
        place[r, c] = number

    def source_at(r, c):
        r, c = r - at[0], c - at[1]
        return source[r, c] if 0 <= r < source.shape[0] and 0 <= c < source.shape[1] else None

    entries, right = {}, np.zeros((len(inside), channels))
    for number, (r, c) in enumerate(inside):
        for dr, dc in [(1, 0), (-1, 0), (0, 1), (0, -1)]:
            nr, nc = r + dr, c + dc
            if not (0 <= nr < rows and 0 <= nc < columns):
                continue
            own = target[r, c] - target[nr, nc]
            here, there = source_at(r, c), source_at(nr, nc)
            v = own if here is None or there is None else here - there
            if mixed and (own**2).sum() > (v**2).sum():
                v = own
            entries[number, number] = entries.get((number, number), 0) + 1
            right[number] += v
            if place[nr, nc] >= 0:
                key = (number, place[nr, nc])
                entries[key] = entries.get(key, 0) - 1
            else:
                right[number] += target[nr, nc]
    keys = np.array(list(entries))
    matrix = csr_matrix((list(entries.values()), keys.T), shape=(len(inside),) * 2)
    solution = target.astype(np.float64).copy()
    for channel in range(channels):
        solution[inside[:, 0], inside[:, 1], channel] = spsolve(matrix, right[:, channel])
    return solution


def disc(rows, columns):
    r, c = np.mgrid[:rows, :columns]
    return ((r - rows / 2 + 0.5) / (rows * 0.4)) ** 2 + ((c - columns / 2 + 0.5) / (columns * 0.4)) ** 2 < 1


cases = []
grey = crop((0, 0, 512, 427), 48, 40)
face = crop((180, 60, 300, 180), 20, 20)
colour = np.concatenate([grey, 0.6 * grey + 0.2, 1 - grey], axis=2)[:31, :37]
colour_face = np.concatenate([face, 0.8 * face, 0.3 + 0.5 * face], axis=2)
for target, source, at, mixed in [
    (grey, face, (12, 20), False),
    (grey, face, (12, 20), True),
    (colour, colour_face, (-4, 21), True),
]:
    mask = disc(*source.shape[:2])
    solution = solve(target, source, mask, at, mixed)
    cases.append({
        "target": [round(float(v), 6) for v in target.ravel()],
        "shape": target.shape,
        "source": [round(float(v), 6) for v in source.ravel()],
        "source_sides": source.shape[:2],
        "mask": [bool(v) for v in mask.ravel()],
        "at": at,
        "mixed": mixed,
        "solution": [round(float(v), 6) for v in solution.ravel()],
    })
Path("clone.json").write_text(json.dumps(cases) + "\n")
