"""What a step would take on more cores than a machine has: the schedule of chunks and additions, simulated.

Threads take chunks in order. A thread that delivers the second of two neighbours in the tree of accumulators adds them,
and goes on up the tree. A chunk takes the time of its products at the speed of one core; an addition moves three
accumulators, and a chunk clears one, at the memory bandwidth that one core has. What all threads share, as the last-level
cache and the memory's total bandwidth, is left out, so real machines do worse.

    python3 benchmarks/cores.py [--gflops 100] [--bandwidth 10]
"""

import argparse
import heapq

# The workloads of `sinefield bench`: points, parameters, rows of a point.
WORKLOADS = {"image": (65_536, 198_401, 1), "narrow": (65_536, 4_419, 1), "wide": (16_384, 3_155_971, 1)}
TILE, CHUNKS, LEAST, MOST = 168, 128, 336, 1008


def chunk_points(points, rows):
    tile = max(TILE // rows, 1)
    wanted = min(max(points * rows // CHUNKS, LEAST), MOST)
    return max((2 * wanted + rows * tile) // (2 * rows * tile), 1) * tile


def step(points, parameters, rows, threads, gflops, bandwidth):
    """Seconds of the chunks and their sum on so many threads."""
    each = chunk_points(points, rows)
    sizes = [min(each, points - start) for start in range(0, points, each)]
    work = [6e-9 * rows * parameters * size / gflops + 4e-9 * parameters / bandwidth for size in sizes]
    addition = 12e-9 * parameters / bandwidth
    delivered = set()
    free = [(0.0, thread) for thread in range(min(threads, len(work)))]
    heapq.heapify(free)
    end = 0.0
    for chunk, seconds in enumerate(work):
        start, thread = heapq.heappop(free)
        now = start + seconds
        level, place, count = 0, chunk, len(work)
        # Neighbours in time: a chunk taken later ends later, except for the last, smaller one.
        while count > 1:
            sibling = place ^ 1
            if sibling < count:
                if (level, sibling) not in delivered:
                    delivered.add((level, place))
                    break
                now += addition
            level, place, count = level + 1, place // 2, -(-count // 2)
        heapq.heappush(free, (now, thread))
        end = max(end, now)
    return end


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gflops", type=float, default=100.0, help="of the products on one core")
    parser.add_argument("--bandwidth", type=float, default=10.0, help="GB/s of one core")
    options = parser.parse_args()
    cores = [1, 2, 8, 16, 32, 48, 64]
    print("workload  chunks  " + "".join(f"{count:>8} cores" for count in cores))
    for name, (points, parameters, rows) in WORKLOADS.items():
        times = [step(points, parameters, rows, n, options.gflops, options.bandwidth) for n in cores]
        used = [times[0] / (n * t) for n, t in zip(cores, times)]
        chunks = -(-points // chunk_points(points, rows))
        print(f"{name:<9} {chunks:>6}  " + "".join(f"{100 * share:>12.0f} %" for share in used))


if __name__ == "__main__":
    main()
