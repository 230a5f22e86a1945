"""Solve an equation with an optimiser of SciPy: sinefield gives the loss and its gradient.

    python optimizer.py [--steps 200]
"""

import argparse

import numpy as np
import scipy.optimize
import sinefield as sf

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--steps", type=int, default=200)
options = arguments.parse_args()

# u'' = -pi^2 sin(pi x) with u = 0 at both ends, whose solution is sin(pi x).
x = sf.coordinates("x")
u = sf.field("u", x, hidden=16, layers=1, omega=3, first_omega=3)
problem = sf.Problem([
    sf.Constraint((sf.d(u, x, x) + np.pi**2 * sf.sin(np.pi * x)) / 10, sf.Grid(x=(-1, 1, 65))),
    sf.Constraint(u, sf.Boundary(x=(-1, 1))),
])
field = problem.fields(seed=0)["u"]


def loss(theta):
    # The parameters are an array that can be written to.
    field.parameters[:] = theta
    value, gradient = problem.gradient(field)
    return value, gradient.astype(float)


found = scipy.optimize.minimize(
    loss, field.parameters.copy(), jac=True, method="L-BFGS-B", options={"maxiter": options.steps}
)
field.parameters[:] = found.x
places = np.linspace(-1, 1, 201)
print(f"loss {found.fun:.2e} after {found.nit} iterations")
print(f"largest error {np.abs(field(places)[:, 0] - np.sin(np.pi * places)).max():.1e}")

# The residual rows are what least-squares methods need.
rows = problem.residuals(field)
print({name: array.shape for name, array in rows.items()})
