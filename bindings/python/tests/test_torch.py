"""The PyTorch module against plain PyTorch in float64, and its ways of being used."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sinefield as sf

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from sinefield.torch import Siren, _plain_jet  # noqa: E402

PARTS = [("value",), ("gradient",), ("value", "gradient"), ("laplacian",), ("value", "gradient", "laplacian"),
         ("hessian",), ("hessian", "laplacian", "value")]  # fmt: skip


def pair(inputs: int, outputs: int) -> tuple[Siren, Siren]:
    """A network in float32, and the same in float64, which plain PyTorch computes."""
    torch.manual_seed(inputs + 10 * outputs)
    net = Siren(inputs, outputs, hidden=17, layers=2, omega=5, first_omega=4)
    return net, copy.deepcopy(net).double()


def tensors(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def loss(found: Any) -> Any:
    """A loss that treats every number differently."""
    weights = [torch.linspace(0.5, 1.5, part.numel(), dtype=part.dtype).view_as(part) for part in tensors(found)]
    return sum((torch.sin(part + 1) * weight).sum() for part, weight in zip(tensors(found), weights, strict=True))


def close(found: Any, wanted: Any, tolerance: float = 2e-4) -> None:
    found, wanted = found.detach(), wanted.detach()
    scale = max(1e-3, float(wanted.abs().max()))
    assert found.shape == wanted.shape
    assert float((found.double() - wanted).abs().max()) < tolerance * scale


@pytest.mark.parametrize("parts", PARTS, ids="-".join)
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (2, 3), (3, 1)])
def test_jets_and_their_gradients_are_those_of_pytorch(inputs: int, outputs: int, parts: tuple[Any, ...]) -> None:
    fast, exact = pair(inputs, outputs)
    x = torch.rand(3, 11, inputs) * 2 - 1
    mine, theirs = x.clone().requires_grad_(), x.double().requires_grad_()
    found, wanted = fast.jet(mine, *parts), exact.jet(theirs, *parts)
    for a, b in zip(tensors(found), tensors(wanted), strict=True):
        assert a.dtype == torch.float32
        close(a, b)
    loss(found).backward()
    loss(wanted).backward()
    close(mine.grad, theirs.grad, 1e-3)
    for a, b in zip(fast.parameters(), exact.parameters(), strict=True):
        # A bias has no part in a derivative of the last layer.
        mine, theirs = (torch.zeros_like(p) if p.grad is None else p.grad for p in (a, b))
        close(mine, theirs, 1e-3)


def test_gradcheck_in_float64() -> None:
    torch.manual_seed(1)
    net = Siren(2, 2, hidden=5, layers=1, omega=2, first_omega=2).double()
    x = (torch.rand(4, 2, dtype=torch.float64) * 2 - 1).requires_grad_()
    parameters = [tensor for layer in net.layers for tensor in (layer.weight, layer.bias)]
    for parts in (("value",), ("value", "gradient"), ("gradient", "laplacian")):
        def jet(x: Any, *parameters: Any, parts: Any = parts) -> Any:
            return _plain_jet(net, parts, x, parameters)
        assert torch.autograd.gradcheck(jet, (x, *parameters))


def test_derivatives_beyond_the_jet_are_those_of_pytorch() -> None:
    fast, exact = pair(2, 1)
    for net, dtype in ((fast, torch.float32), (exact, torch.float64)):
        x = torch.linspace(-1, 1, 14, dtype=dtype).view(7, 2).requires_grad_()
        # By double backward, as code for plain PyTorch does it.
        gradient = torch.autograd.grad(net(x).sum(), x, create_graph=True)[0]
        laplacian = sum(torch.autograd.grad(gradient[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(2))
        net.zero_grad()
        (laplacian**2).sum().backward()
        close(laplacian, exact.jet(x.double(), "laplacian")[:, 0], 1e-3)
    for a, b in zip(fast.parameters(), exact.parameters(), strict=True):
        if b.grad is not None:
            close(a.grad, b.grad, 2e-3)


@pytest.mark.parametrize("parts", PARTS, ids="-".join)
def test_a_kept_forward_pass_changes_no_bit(parts: tuple[Any, ...]) -> None:
    net, _ = pair(2, 3)
    x = torch.rand(1001, 2)

    def slopes(limit: int) -> list[Any]:
        net.memory_limit = limit
        net.zero_grad()
        total = loss(net.jet(x, *parts))
        # A second pass waits while the first is used, and the graph is used twice.
        other = loss(net.jet(x, *parts))
        total.backward(retain_graph=True)
        total.backward()
        other.backward()
        return [torch.zeros(()) if p.grad is None else p.grad.clone() for p in net.parameters()]

    for kept, again in zip(slopes(4 << 30), slopes(0), strict=True):
        assert torch.equal(kept, again)


def test_only_what_needs_a_gradient_gets_one() -> None:
    net, _ = pair(2, 1)
    for tensor in net.layers[0].parameters():
        tensor.requires_grad_(False)
    x = torch.rand(5, 2)
    net.jet(x, "laplacian").sum().backward()
    assert net.layers[0].weight.grad is None and net.layers[1].weight.grad is not None
    with torch.no_grad():
        assert not net(x).requires_grad and not net.double().jet(x.double(), "hessian").requires_grad


def test_it_is_trained_like_any_module(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x = torch.rand(256, 1) * 2 - 1
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, torch.sin(4 * x)), batch_size=64)
    net = Siren(1, 1, hidden=32, layers=1, omega=5, first_omega=5)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(60):
        for points, wanted in loader:
            adam.zero_grad()
            error = ((net(points) - wanted) ** 2).mean()
            error.backward()
            adam.step()
    assert float(error.detach()) < 1e-3
    torch.save(net.state_dict(), tmp_path / "net.pt")
    again = Siren.from_state_dict(torch.load(tmp_path / "net.pt"), omega=5, first_omega=5)
    assert torch.equal(again(x), net(x))
    assert torch.equal(pickle.loads(pickle.dumps(net))(x), net(x))
    field = net.to_field()
    assert np.allclose(field(x.numpy(), coordinates="normalised"), net(x).detach().numpy(), atol=1e-6)
    assert torch.equal(Siren.from_field(field)(x), net(x))


def test_a_network_starts_as_a_field_does() -> None:
    torch.manual_seed(3)
    one = Siren(2, 1, hidden=64)
    torch.manual_seed(3)
    two = Siren(2, 1, hidden=64)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert float(one.layers[0].weight.detach().abs().max()) <= 1 / 2
    assert float(one.layers[1].weight.detach().abs().max()) <= math.sqrt(6 / 64) / 30


@pytest.mark.parametrize("style", ["official", "notebook", "siren-pytorch", "sinefield"])
def test_checkpoints_of_other_codes_are_read_and_written(style: Any) -> None:
    net, _ = pair(2, 3)
    state = net.state_dict_as(style)
    again = Siren.from_state_dict(state, omega=5, first_omega=4)
    x = torch.rand(9, 2)
    assert torch.equal(again(x), net(x))
    other = Siren(2, 3, hidden=17, layers=2, omega=5, first_omega=4)
    assert str(other.load_state_dict(state)) == "<All keys matched successfully>"
    assert torch.equal(other(x), net(x))


def test_the_network_is_that_of_the_official_code() -> None:
    class Sine(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return torch.sin(30 * x)

    layers: list[Any] = [torch.nn.Sequential(torch.nn.Linear(a, 16), Sine()) for a in (2, 16, 16)]
    official = torch.nn.Module()
    official.net = torch.nn.Module()
    official.net.net = torch.nn.Sequential(*layers, torch.nn.Sequential(torch.nn.Linear(16, 1)))
    net = Siren.from_state_dict(official.state_dict())
    x = torch.rand(33, 2) * 2 - 1
    assert torch.allclose(net(x), official.net.net(x), atol=1e-4)
    assert set(net.state_dict_as("official")) == set(official.state_dict())


# torch's own, of the tensors that it keeps over a break of its graph.
@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_it_runs_under_compile() -> None:
    net, _ = pair(2, 1)
    x = torch.rand(8, 2)

    def energy(x: Any) -> Any:
        return (net.jet(x, "gradient") ** 2).mean() + net(x).mean()

    compiled = torch.compile(energy, backend="eager")
    assert torch.allclose(compiled(x), energy(x))
    compiled(x).backward()
    assert net.layers[0].weight.grad is not None


def test_what_is_wrong_is_said() -> None:
    net, _ = pair(2, 1)
    with pytest.raises(ValueError, match=r"shape \(3, 3\); give \(\.\.\., 2\)"):
        net(torch.rand(3, 3))
    with pytest.raises(ValueError, match="no part of a jet"):
        net.jet(torch.rand(3, 2), "curl")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not the tensors of a sine network"):
        Siren.from_state_dict({"weight": torch.zeros(3)})
    with pytest.raises(ValueError, match="no style"):
        net.state_dict_as("keras")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="only a sine network"):
        Siren.from_field(sf.Field(2, 1, hidden=8, activation="relu"))
    assert net(torch.empty(0, 2)).shape == (0, 1)
    assert net.jet(torch.empty(0, 2), "hessian").shape == (0, 1, 2, 2)
