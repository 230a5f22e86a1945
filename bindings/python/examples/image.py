"""Fit a photograph, enlarge it, and look at its exact derivatives.

    python image.py [PHOTO] [--steps 300]
"""

import argparse
from pathlib import Path

import sinefield as sf

here = Path(__file__).parent
arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("photo", nargs="?", default=here / "../../../assets/camera.png", type=Path)
arguments.add_argument("--steps", type=int, default=300)
arguments.add_argument("--output", type=Path, default=Path("."))
options = arguments.parse_args()

# A rate below the default keeps frequencies between the pixels down, so that derivatives are clean.
result = sf.fit(options.photo, resize=256, steps=options.steps, lr=1e-3)
print(result.words)

# The field is a function of continuous coordinates: it can be sampled anywhere, here between four pixels.
value, gradient, hessian = result.field([[100.5, 120.5]], "value", "gradient", "hessian")
print("value", value[0], "gradient a pixel", gradient[0], "hessian", hessian[0, 0].tolist())

# Renders have any size. Derivatives are those of the field, not differences of pixels.
result.field.render(scale=4, output=options.output / "large.png")
result.field.render("laplacian", scale=4, output=options.output / "laplacian.png")
result.field.save(options.output / "photo.safetensors")
