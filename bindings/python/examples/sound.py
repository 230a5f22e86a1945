"""Fit a sound that exists as an array, and play it at another rate.

    python sound.py [--steps 1500]
"""

import argparse
from pathlib import Path

import numpy as np
import sinefield as sf

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--steps", type=int, default=1500)
arguments.add_argument("--output", type=Path, default=Path("."))
options = arguments.parse_args()

# Half a second of a chirp in stereo, at 16 kHz.
time = np.arange(8000) / 16000
left, right = np.sin(2 * np.pi * (200 + 400 * time) * time), np.sin(2 * np.pi * 330 * time)
result = sf.fit(0.5 * np.stack([left, right], axis=1), rate=16000, hidden=128, steps=options.steps)
print(result.words)

# Points are in seconds, and the derivative is per second.
loudness, slope = result.field(0.25, "value", "gradient")
print("at 0.25 s:", loudness, "slope", slope[:, 0])

# A render at another rate has the same pitch: the field is continuous.
result.field.render(rate=48000, output=options.output / "chirp.wav")
