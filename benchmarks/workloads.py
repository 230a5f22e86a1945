"""The standard workloads, as numbers that all sides agree on.

A step is the loss and its gradient with respect to every parameter over all points, and one update by Adam. A network
is `inputs -> hidden x layers -> outputs`; each of its layers is sin(30 (W x + b)), and the last one is linear.
`sinefield bench` has the same workloads as problems.
"""

from typing import NamedTuple


class Workload(NamedTuple):
    points: int
    inputs: int
    hidden: int
    layers: int
    outputs: int


WORKLOADS = {
    "image": Workload(65_536, 2, 256, 4, 1),  # squared error of the value, on a 256 x 256 grid
    "gradient": Workload(65_536, 2, 256, 4, 1),  # squared error of the gradient, on that grid
    "laplacian": Workload(65_536, 2, 256, 4, 1),  # squared error of the Laplacian, on that grid
    "sdf": Workload(40_000, 3, 256, 4, 1),  # four terms of a signed distance, half of the points on the surface
    "narrow": Workload(65_536, 2, 32, 5, 3),  # squared error of the value, a small network for colours
    "wide": Workload(16_384, 3, 1024, 4, 3),  # squared error of the value, the network for video
    "render": Workload(1_048_576, 2, 256, 4, 1),  # the value alone, on a 1024 x 1024 grid: no loss, no update
}

# Weights of the terms of the signed distance: value on the surface, distance from it off the surface, normals, and a
# gradient of length 1 everywhere.
SDF_WEIGHTS = {"surface": 3e3, "away": 1e2, "normals": 1e2, "length": 5e1}


def serve(build):
    """Answers each line `WORKLOAD STEPS` of standard input with the median milliseconds of so many steps, as JSON.

    `build(name)` makes a function that runs one step. Networks are kept between requests, and the first step of each
    is not timed, so that nothing but steps is.
    """
    import json
    import sys
    import time

    steps = {}
    for line in sys.stdin:
        name, count = line.split()
        if name not in steps:
            steps[name] = build(name)
            steps[name]()
        times = []
        for _ in range(int(count)):
            start = time.perf_counter()
            steps[name]()
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"workload": name, "ms": sorted(times)[len(times) // 2]}), flush=True)
