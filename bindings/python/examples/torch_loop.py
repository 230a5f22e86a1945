"""Fit an image to a Laplacian in an ordinary PyTorch loop, with second derivatives by sinefield's engine.

    python torch_loop.py [--steps 300]
"""

import argparse
import math

import torch
from sinefield.torch import Siren

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--steps", type=int, default=300)
options = arguments.parse_args()

torch.manual_seed(0)
net = Siren(2, 1, hidden=64, layers=2, omega=10, first_omega=10)
adam = torch.optim.Adam(net.parameters(), lr=1e-3)

# The solution of laplace(u) = -2 pi^2 sin(pi x) sin(pi y) that is 0 on the edge is sin(pi x) sin(pi y).
axis = torch.linspace(-1, 1, 48)
points = torch.cartesian_prod(axis, axis)
wanted = torch.sin(math.pi * points).prod(1, keepdim=True)
edge = points[(points.abs() == 1).any(1)]

for step in range(options.steps):
    adam.zero_grad()
    laplacian = net.jet(points, "laplacian")
    inside = ((laplacian / (2 * math.pi**2) + wanted) ** 2).mean()
    loss = inside + (net(edge) ** 2).mean()
    loss.backward()
    adam.step()
    if step % 50 == 0 or step == options.steps - 1:
        print(f"step {step + 1}: loss {loss.item():.2e}")

with torch.no_grad():
    print(f"largest error {(net(points) - wanted).abs().max().item():.3f}")

# A module becomes a field, which can be saved, rendered and differentiated without PyTorch.
field = net.to_field()
print(field, field([[0.5, 0.5]], "value", "gradient", coordinates="normalised"))
