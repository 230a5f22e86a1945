"""Makes the field files beside this script, and what their networks evaluate to.

The files are written by the safetensors package and the values computed by numpy in float64, so
that neither depends on sinefield. It always makes the same bytes.

    pip install numpy safetensors ml_dtypes
    python field_files.py
"""

import json
import struct
from pathlib import Path

import ml_dtypes
import numpy as np
import safetensors.numpy

HERE = Path(__file__).parent


def draw(rng, sizes, omega=30.0):
    """The (weight, bias) pairs of a network with `sizes` inputs, widths and outputs, as SIREN draws them."""
    pairs = []
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        bound = 1 / fan_in if i == 0 else np.sqrt(6 / fan_in) / omega
        weight = rng.uniform(-bound, bound, (fan_out, fan_in))
        bias = rng.uniform(-1, 1, fan_out) / np.sqrt(fan_in)
        pairs.append((weight.astype(np.float32), bias.astype(np.float32)))
    return pairs


def forward(pairs, x, activations):
    """The network at the rows of `x`; `activations` are the hidden layers' functions of z = W h + b."""
    h = np.asarray(x, np.float64)
    for (weight, bias), activation in zip(pairs, activations + [lambda z: z]):
        h = activation(h @ weight.astype(np.float64).T + bias.astype(np.float64))
    return h


def positional(x, frequencies):
    """[x, then for each octave i and each coordinate j: sin(2^i pi x_j), cos(2^i pi x_j)]."""
    features = [x]
    for i in range(frequencies):
        for j in range(x.shape[1]):
            features += [np.sin(2.0**i * np.pi * x[:, j : j + 1]), np.cos(2.0**i * np.pi * x[:, j : j + 1])]
    return np.concatenate(features, axis=1)


def save(name, pairs, keys, metadata=None):
    """Writes `pairs` under the names `keys(i)` gives to layer i's weight and bias."""
    tensors = {key: values for i, pair in enumerate(pairs) for key, values in zip(keys(i), pair)}
    (HERE / name).write_bytes(safetensors.numpy.save(tensors, metadata))


def block(i):
    return f"net.net.{i}.0.weight", f"net.net.{i}.0.bias"


def main():
    rng = np.random.default_rng(2006_09661)
    sine = lambda z: np.sin(30.0 * z)
    expected = {}

    def record(name, inputs, values_at):
        points = rng.uniform(-1, 1, (7, inputs))
        expected[name] = {"points": points.tolist(), "values": values_at(points).tolist()}

    # The scripts' network: SingleBVPNet around FCBlock, two coordinates, three outputs.
    pairs = draw(rng, [2, 9, 9, 9, 3])
    save("official_block.safetensors", pairs, block, {"format": "pt"})
    record("official_block.safetensors", 2, lambda x: forward(pairs, x, [sine] * 3))

    # The notebook's: SineLayers and a last nn.Linear, in half precision.
    halves = [(w.astype(np.float16), b.astype(np.float16)) for w, b in draw(rng, [1, 5, 5, 1])]
    last = len(halves) - 1
    notebook = lambda i: [f"net.{i}.{'' if i == last else 'linear.'}{part}" for part in ("weight", "bias")]
    save("official_sine_layers_f16.safetensors", halves, notebook)
    record("official_sine_layers_f16.safetensors", 1, lambda x: forward(halves, x, [sine] * 2))

    # An FCBlock by itself, in bfloat16.
    cut = [(w.astype(ml_dtypes.bfloat16), b.astype(ml_dtypes.bfloat16)) for w, b in draw(rng, [3, 4, 1])]
    save("official_block_bf16.safetensors", cut, lambda i: [key[len("net.") :] for key in block(i)])
    record("official_block_bf16.safetensors", 3, lambda x: forward(cut, x, [sine]))

    # Sinefield's own form, in float64: a positional encoding, a tanh and a sine of its own omega.
    frequencies = 3
    doubles = [(w.astype(np.float64), b.astype(np.float64)) for w, b in draw(rng, [2 * (1 + 2 * frequencies), 6, 4, 2])]
    entry = {
        "version": 1,
        "architecture": {
            "inputs": 2,
            "encoding": {"positional": {"frequencies": frequencies}},
            "layers": [
                {"outputs": 6, "activation": "tanh", "omega": 1.5},
                {"outputs": 4, "activation": "sine", "omega": 7.25},
                {"outputs": 2, "activation": "linear", "omega": 1.0},
            ],
        },
        "meta": {
            "axes": [{"name": "row", "samples": 480}, {"name": "column", "samples": None}],
            "value": {"scale": 0.1, "offset": -2.5},
            "fitted": {"seed": 3, "psnr": 41.25},
        },
    }
    own = lambda i: (f"layers.{i}.weight", f"layers.{i}.bias")
    save("own_f64.safetensors", doubles, own, {"sinefield": json.dumps(entry)})
    hidden = [lambda z: np.tanh(1.5 * z), lambda z: np.sin(7.25 * z)]
    record("own_f64.safetensors", 2, lambda x: forward(doubles, positional(x, frequencies), hidden))

    for path in sorted(HERE.glob("*.safetensors")):
        length = struct.unpack("<Q", path.read_bytes()[:8])[0]
        print(f"{path.name}: {path.stat().st_size} bytes, {length} of header")
    (HERE / "field_files.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
