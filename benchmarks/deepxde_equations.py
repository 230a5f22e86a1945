"""DeepXDE on PyTorch, Adam and then L-BFGS, in float64, for the problems of equations.py.

    DDE_BACKEND=pytorch python3 deepxde_equations.py PROBLEM SECONDS SEED OUT.npz

Adam has half of the seconds and new points of the equation at every 100th step. L-BFGS has the rest, on fixed points. Points
of boundaries and starts are drawn once.
"""

import sys

import deepxde as dde
import numpy as np
import torch

from equation_problems import PROBLEMS, Course, scaled, weights

dde.config.set_default_float("float64")
RATE = 3e-3


class Sines(dde.nn.pytorch.NN):
    """The sine network of `problem`."""

    def __init__(self, problem, seed):
        super().__init__()
        self.problem = problem
        layers = []
        for weight, bias in weights(problem, seed):
            layer = torch.nn.Linear(*weight.shape, dtype=torch.float64)
            layer.weight.data, layer.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias)
            layers.append(layer)
        self.linears = torch.nn.ModuleList(layers)
        self.low, self.high = (torch.tensor(side, dtype=torch.float64) for side in np.array(problem.box, dtype=float).T)

    def forward(self, inputs):
        h = (inputs - self.low) * (2 / (self.high - self.low)) - 1
        for at, layer in enumerate(self.linears[:-1]):
            h = torch.sin((self.problem.omega if at else self.problem.first_omega) * layer(h))
        return self.linears[-1](h)


class Watch(dde.callbacks.Callback):
    """Tells the course of the values, and stops at a share of the budget."""

    def __init__(self, course, share):
        super().__init__()
        self.course, self.end = course, share * course.budget

    def on_epoch_end(self):
        self.course.see(self.values)
        if self.course.elapsed() >= self.end:
            self.model.stop_training = True

    def values(self, x):
        with torch.no_grad():
            return self.model.net(torch.tensor(x)).numpy()


def function(constraint):
    """The residuals of a constraint in the form of DeepXDE."""

    def residual(x, u):
        def d(k, i, j=None):
            if j is None:
                return dde.grad.jacobian(u, x, i=k, j=i)
            return dde.grad.hessian(u, x, component=k, i=i, j=j)

        columns = [[of[:, i : i + 1] for i in range(of.shape[1])] for of in (x, u)]
        return constraint.residual(*columns, d, torch)

    return residual


def main():
    name, seconds, seed, out = sys.argv[1:]
    problem, rng = PROBLEMS[name](), np.random.default_rng(int(seed))
    dde.config.set_random_seed(int(seed))
    equation, *others = problem.constraints
    conditions, shares = [], []
    for constraint in others:
        points = constraint.points(rng)
        rows = len(constraint.residual(points.T, [0.0] * problem.outputs, lambda *_: 0.0, np))
        for row in range(rows):
            residual = function(constraint)
            conditions.append(
                dde.icbc.PointSetOperatorBC(points, np.zeros((len(points), 1)), lambda x, u, X, r=residual, k=row: r(x, u)[k])
            )
            shares.append(constraint.weight)
    low, high = np.array(problem.box, dtype=float).T
    first = equation.points(rng)
    rows = len(equation.residual(first.T, [first[:, 0]] * problem.outputs, lambda *_: first[:, 0], np))
    data = dde.data.PDE(dde.geometry.Hypercube(low, high), function(equation), conditions, num_domain=len(first))
    model = dde.Model(data, Sines(problem, int(seed)))
    shares = [equation.weight] * rows + shares
    course = Course(problem, float(seconds))
    model.compile("adam", lr=RATE, loss_weights=shares)
    resample = dde.callbacks.PDEPointResampler(period=100)
    model.train(iterations=10**9, display_every=10**9, callbacks=[Watch(course, 0.5), resample], verbose=0)
    dde.optimizers.set_LBFGS_options(maxiter=10**9)
    dde.optimizers.config.LBFGS_options["iter_per_step"] = 5
    model.compile("L-BFGS", loss_weights=shares)
    watch = Watch(course, 1.0)
    model.train(display_every=10**9, callbacks=[watch], verbose=0)
    watch.set_model(model)
    course.see(watch.values, last=True)
    course.save(out)


if __name__ == "__main__":
    main()
