"""The workloads in PyTorch, as the official SIREN code states them: derivatives by double backward."""

import math

import torch

from workloads import SDF_WEIGHTS, WORKLOADS, serve


class Sine(torch.nn.Module):
    def forward(self, x):
        return torch.sin(30 * x)


def network(work):
    modules, fan_in = [], work.inputs
    for layer in range(work.layers):
        linear = torch.nn.Linear(fan_in, work.hidden)
        bound = 1 / fan_in if layer == 0 else math.sqrt(6 / fan_in) / 30
        torch.nn.init.uniform_(linear.weight, -bound, bound)
        modules += [linear, Sine()]
        fan_in = work.hidden
    last = torch.nn.Linear(fan_in, work.outputs)
    torch.nn.init.uniform_(last.weight, -math.sqrt(6 / fan_in) / 30, math.sqrt(6 / fan_in) / 30)
    return torch.nn.Sequential(*modules, last)


def points(work):
    if work.inputs == 2:
        axis = torch.linspace(-1, 1, math.isqrt(work.points))
        return torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    return torch.rand(work.points, work.inputs) * 2 - 1


def gradient(y, x):
    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


def laplacian(y, x):
    slope = gradient(y, x)
    return sum(gradient(slope[:, axis : axis + 1], x)[:, axis : axis + 1] for axis in range(x.shape[1]))


def signed_distance_loss(y, slope, on, normals):
    zero = torch.zeros_like(y)
    cosine = torch.nn.functional.cosine_similarity(slope, normals, dim=-1)[:, None]
    weight = SDF_WEIGHTS
    return (
        weight["surface"] * torch.where(on, y, zero).abs().mean()
        + weight["away"] * torch.where(on, zero, torch.exp(-1e2 * y.abs())).mean()
        + weight["normals"] * torch.where(on, 1 - cosine, zero).mean()
        + weight["length"] * (slope.norm(dim=-1) - 1).abs().mean()
    )


def build(name):
    work = WORKLOADS[name]
    net, x = network(work), points(work)
    adam = torch.optim.Adam(net.parameters(), lr=1e-4)
    target = torch.rand(work.points, 2 if name == "gradient" else work.outputs) * 2 - 1
    normals = torch.nn.functional.normalize(torch.randn(work.points, 3), dim=1)
    on = (torch.arange(work.points) < work.points // 2)[:, None]

    def loss():
        if name in ("image", "narrow", "wide"):
            return ((net(x) - target) ** 2).mean()
        at = x.clone().requires_grad_(True)
        y = net(at)
        if name == "gradient":
            return ((gradient(y, at) - target) ** 2).sum(-1).mean()
        if name == "laplacian":
            return ((laplacian(y, at) - target) ** 2).mean()
        return signed_distance_loss(y, gradient(y, at), on, normals)

    def step():
        adam.zero_grad()
        loss().backward()
        adam.step()

    def render():
        with torch.no_grad():
            net(x)

    return render if name == "render" else step


if __name__ == "__main__":
    serve(build)
