"""Sine networks as PyTorch modules, with the engine of sinefield under `torch.autograd`.

`Siren` is an `nn.Module` with ordinary parameters. On the CPU in float32, values and derivatives with respect to the
coordinates, and their gradients, are computed by sinefield's engine. Elsewhere (another device, float64, a derivative
beyond the jet) plain PyTorch computes the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

try:
    import torch
    from torch import Tensor, nn
except ImportError:
    raise ImportError("sinefield.torch needs PyTorch; pip install torch") from None

from . import _native
from ._field import Field

Part = Literal["value", "gradient", "laplacian", "hessian"]
"""What `Siren.jet` gives."""

Style = Literal["sinefield", "official", "notebook", "siren-pytorch"]
"""How the parameters are called in a state: by sinefield, by the scripts of the official repository, by its notebook, or
by the package siren-pytorch."""

_ORDER: tuple[Part, ...] = ("value", "gradient", "laplacian", "hessian")


class Siren(nn.Module):
    """A sine network, `h = sin(omega (W h + b))` in every layer except the last, which is linear.

    Args:
        inputs: Coordinates d, 1 or more.
        outputs: Numbers o that it gives, 1 or more.
        hidden: Width of every hidden layer, 1 or more.
        layers: Hidden layers after the first, 0 or more.
        omega: Omega of the hidden layers after the first, a positive number.
        first_omega: Omega of the first layer, a positive number.

    Attributes:
        layers: A `ModuleList` of an `nn.Linear` for each layer.
        omega: As given. Neither omega may be changed afterwards.
        first_omega: As given.
        memory_limit: The bytes that a forward pass may keep for its gradient.

    Raises:
        ValueError: If a setting is out of range.

    A forward pass whose gradient may be asked for is kept, as PyTorch keeps one, up to `memory_limit` bytes (4 GiB); a
    larger one is made a second time for the gradient, with memory that does not grow with the points.

    The parameters are drawn as `sinefield.Field` draws them, from torch's generator: `torch.manual_seed` decides them.

    Examples:
        >>> import torch, sinefield.torch
        >>> net = sinefield.torch.Siren(2, 1, hidden=32)
        >>> x = torch.rand(100, 2) * 2 - 1
        >>> value, laplacian = net.jet(x, "value", "laplacian")
        >>> (laplacian**2).mean().backward()
        >>> net.layers[0].weight.grad.shape
        torch.Size([32, 2])
    """

    memory_limit: int = 4 << 30

    def __init__(
        self,
        inputs: int,
        outputs: int = 1,
        *,
        hidden: int = 256,
        layers: int = 3,
        omega: float = 30.0,
        first_omega: float = 30.0,
    ) -> None:
        super().__init__()
        self._compiled: _native.Network | None = None
        self.inputs, self.outputs, self.hidden = inputs, outputs, hidden
        self.omega, self.first_omega = float(omega), float(first_omega)
        sides = [inputs, *[hidden] * (layers + 1), outputs]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sides, sides[1:], strict=False))
        self.reset_parameters()

    def __getstate__(self) -> dict[str, Any]:
        # What is compiled holds memory of its own, and is made again.
        return {**self.__dict__, "_compiled": None}

    def _network(self) -> _native.Network:
        if self._compiled is None:
            config = {"inputs": self.inputs, "outputs": self.outputs, "activation": "sine", **self._settings()}
            self._compiled = _native.Network(json.dumps(config))
        return self._compiled

    def reset_parameters(self) -> None:
        """Draws the parameters anew, from torch's generator.

        Examples:
            >>> import torch, sinefield.torch
            >>> net = sinefield.torch.Siren(2, 1, hidden=8, layers=1)
            >>> before = net.layers[0].weight.detach().clone()
            >>> net.reset_parameters()
            >>> torch.equal(net.layers[0].weight, before)
            False
        """
        seed = int(torch.randint(2**62, ()).item())
        self._take(Field(self.inputs, self.outputs, seed=seed, **self._settings()))

    def _settings(self) -> dict[str, Any]:
        settings = {"hidden": self.hidden, "layers": len(self.layers) - 2}
        return {**settings, "omega": self.omega, "first_omega": self.first_omega}

    def _take(self, field: Field) -> None:
        with torch.no_grad():
            for own, layer in zip(self.layers, field.layers, strict=True):
                own.weight.copy_(torch.from_numpy(layer.weight))
                own.bias.copy_(torch.from_numpy(layer.bias))

    @classmethod
    def from_field(cls, field: Field) -> Siren:
        """The network of a field, with a copy of its parameters, for coordinates in [-1, 1].

        The network gives outputs and not values of the signal: these are `offset + scale * output`, with the numbers of
        `field.info["value"]`.

        Raises:
            ValueError: If it is no sine network of one width and one omega, or has an encoding or a form.

        Examples:
            >>> import numpy as np, torch, sinefield as sf, sinefield.torch
            >>> field = sf.fit(np.eye(6, 4), hidden=8, layers=1, steps=3).field
            >>> net, value = sinefield.torch.Siren.from_field(field), field.info["value"]
            >>> x = torch.zeros(5, 2)
            >>> found = value["offset"] + value["scale"] * net(x).detach().numpy()
            >>> np.allclose(found, field(x.numpy(), coordinates="normalised"), atol=1e-5)
            True
        """
        if field.form is not None:
            raise ValueError("field: it is a form of its network; a Siren would be the network alone")
        layers = field.layers
        hidden, last = layers[:-1], layers[-1]
        widths = {layer.weight.shape[0] for layer in hidden}
        omegas = {layer.omega for layer in hidden[1:]} or {30.0}
        sines = all(layer.activation == "sine" for layer in hidden)
        if not sines or len(widths) != 1 or len(omegas) != 1 or field.info["encoding"] != "identity":
            raise ValueError("field: only a sine network of one width and one omega becomes a Siren")
        made = cls(
            field.inputs,
            last.weight.shape[0],
            hidden=widths.pop(),
            layers=len(hidden) - 1,
            omega=omegas.pop(),
            first_omega=hidden[0].omega,
        )
        made._take(field)
        return made

    def to_field(self) -> Field:
        """A field with a copy of the parameters in float32, over normalised coordinates.

        Its values are the outputs of the network: what `from_field` leaves out, as the units, does not come back.

        Examples:
            >>> import sinefield.torch
            >>> sinefield.torch.Siren(2, 1, hidden=8, layers=1).to_field()
            <Field 2 -> 2 x 8 sine -> 1, 105 parameters>
        """
        field = Field(self.inputs, self.outputs, **self._settings())
        for layer, own in zip(field.layers, self.layers, strict=True):
            layer.weight[:] = own.weight.detach().cpu().float().numpy()
            layer.bias[:] = own.bias.detach().cpu().float().numpy()
        return field

    def forward(self, x: Tensor) -> Tensor:
        """The values at points `(..., d)`: a tensor `(..., o)`. `net(x)` calls it.

        Raises:
            ValueError: If the points have other coordinates.

        Examples:
            >>> import torch, sinefield.torch
            >>> sinefield.torch.Siren(2, 3, hidden=8, layers=1)(torch.zeros(4, 5, 2)).shape
            torch.Size([4, 5, 3])
        """
        return self.jet(x, "value")

    @torch.compiler.disable
    def jet(self, x: Tensor, *parts: Part) -> Any:
        """Values and derivatives with respect to the coordinates, differentiable by `torch.autograd`.

        Args:
            x: Points `(..., d)`, on the device and of the type of the parameters.
            parts: "value" (the default), "gradient", "laplacian", "hessian".

        Returns:
            A tensor, or a tuple of as many as parts: value and laplacian `(..., o)`, gradient `(..., o, d)`, hessian
            `(..., o, d, d)`.

        Raises:
            ValueError: If a part is unknown, or the points have other coordinates.
            RuntimeError: If the points have another type or device than the parameters, or under `torch.func`.

        Examples:
            >>> import torch, sinefield.torch
            >>> net = sinefield.torch.Siren(2, 3, hidden=8, layers=1)
            >>> x = torch.rand(4, 2) * 2 - 1
            >>> gradient, laplacian, hessian = net.jet(x, "gradient", "laplacian", "hessian")
            >>> gradient.shape, laplacian.shape, hessian.shape
            (torch.Size([4, 3, 2]), torch.Size([4, 3]), torch.Size([4, 3, 2, 2]))
            >>> trace = hessian.diagonal(dim1=-2, dim2=-1).sum(-1)
            >>> torch.allclose(laplacian, trace, rtol=1e-3)
            True
        """
        asked: tuple[Part, ...] = parts or ("value",)
        for part in asked:
            if part not in _ORDER:
                raise ValueError(f"{part!r} is no part of a jet; take {', '.join(_ORDER)}")
        if x.shape[-1:] != (self.inputs,):
            raise ValueError(f"points: a tensor of shape {tuple(x.shape)}; give (..., {self.inputs})")
        points = x.reshape(-1, self.inputs)
        needed = tuple(part for part in _ORDER if part in asked)
        if "hessian" in needed and "laplacian" in needed:
            needed = tuple(part for part in needed if part != "laplacian")
        parameters = [tensor for layer in self.layers for tensor in (layer.weight, layer.bias)]
        fast = all(tensor.dtype == torch.float32 and tensor.device.type == "cpu" for tensor in (x, *parameters))
        if fast:
            found = _engine_jet(self, needed, points, parameters)
        else:
            found = _plain_jet(self, needed, points, parameters)
        by_name = dict(zip(needed, found, strict=True))
        if "laplacian" in asked and "laplacian" not in by_name:
            by_name["laplacian"] = by_name["hessian"].diagonal(dim1=-2, dim2=-1).sum(-1)
        shaped = tuple(by_name[part].reshape(x.shape[:-1] + by_name[part].shape[1:]) for part in asked)
        return shaped[0] if len(parts) < 2 else shaped

    def state_dict_as(self, style: Style) -> dict[str, Tensor]:
        """The parameters under the names that another code gives them: not copies, and without gradients.

        Args:
            style: "sinefield", "official" (the scripts of the official repository), "notebook" (its notebook) or
                "siren-pytorch".

        Raises:
            ValueError: If there is no such style.

        Examples:
            >>> import sinefield.torch
            >>> list(sinefield.torch.Siren(2, 1, hidden=8, layers=0).state_dict_as("official"))
            ['net.net.0.0.weight', 'net.net.0.0.bias', 'net.net.1.0.weight', 'net.net.1.0.bias']
        """
        count = len(self.layers)
        return {
            _name(style, layer, count, kind): tensor
            for layer, own in enumerate(self.layers)
            for kind, tensor in (("weight", own.weight.detach()), ("bias", own.bias.detach()))
        }

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Loads parameters under the names of this class, of the official repository or of siren-pytorch.

        Args:
            state_dict: The tensors by name. Their shapes are those of this network.
            strict: As for `torch.nn.Module.load_state_dict`.
            assign: As for `torch.nn.Module.load_state_dict`.

        Raises:
            RuntimeError: If a tensor has another shape, or is missing or unknown where `strict` is True.

        Examples:
            >>> import sinefield.torch
            >>> one, two = (sinefield.torch.Siren(2, 1, hidden=8, layers=1) for _ in range(2))
            >>> one.load_state_dict(two.state_dict_as("official"))
            <All keys matched successfully>
        """
        return super().load_state_dict(_renamed(state_dict), strict=strict, assign=assign)

    @classmethod
    def from_state_dict(
        cls, state_dict: Mapping[str, Tensor], *, omega: float | None = None, first_omega: float = 30.0
    ) -> Siren:
        """The network of a checkpoint, whose shape follows from its tensors.

        Args:
            state_dict: As `state_dict` of this class, of the official repository's networks, or of `SirenNet` of
                siren-pytorch.
            omega: Omega of the hidden layers after the first, which no checkpoint says: by default 30, and 1 for
                siren-pytorch.
            first_omega: Omega of the first layer.

        Returns:
            A network in float32, with copies of the tensors.

        Raises:
            ValueError: If the names of the tensors are not those of a sine network.
            RuntimeError: If their shapes are not those of a network of one width.

        Examples:
            >>> import torch, sinefield.torch
            >>> net = sinefield.torch.Siren(2, 1, hidden=8, layers=1)
            >>> again = sinefield.torch.Siren.from_state_dict(net.state_dict_as("official"))
            >>> torch.equal(again(torch.ones(3, 2)), net(torch.ones(3, 2)))
            True
        """
        state = _renamed(state_dict)
        weights = [state[f"layers.{at}.weight"] for at in range(len(state) // 2) if f"layers.{at}.weight" in state]
        if len(weights) < 2 or 2 * len(weights) != len(state):
            raise ValueError(f"these are not the tensors of a sine network: {', '.join(list(state_dict)[:4])}, ..")
        own = omega if omega is not None else (1.0 if any(n.startswith("last_layer") for n in state_dict) else 30.0)
        made = cls(
            weights[0].shape[1],
            weights[-1].shape[0],
            hidden=weights[0].shape[0],
            layers=len(weights) - 2,
            omega=own,
            first_omega=first_omega,
        )
        made.load_state_dict(state)
        return made

    def extra_repr(self) -> str:
        """What `print` adds.

        Examples:
            >>> import sinefield.torch
            >>> sinefield.torch.Siren(2, 1, hidden=8, layers=1).extra_repr()
            'omega=30, first_omega=30'
        """
        return f"omega={self.omega:g}, first_omega={self.first_omega:g}"


def _name(style: Style, layer: int, count: int, kind: str) -> str:
    last = layer == count - 1
    match style:
        case "sinefield":
            return f"layers.{layer}.{kind}"
        case "official":
            return f"net.net.{layer}.0.{kind}"
        case "notebook":
            return f"net.{layer}.{kind}" if last else f"net.{layer}.linear.{kind}"
        case "siren-pytorch":
            return f"last_layer.{kind}" if last else f"layers.{layer}.{kind}"
        case _:
            raise ValueError(f"{style!r} is no style; take sinefield, official, notebook or siren-pytorch")


def _renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the names of `Siren`."""
    count = sum(1 for name in state if name.endswith("weight"))
    renamed = {}
    for name, tensor in state.items():
        official = re.fullmatch(r"(?:net\.){0,2}(\d+)\.(?:0\.|linear\.)?(weight|bias)", name)
        last = re.fullmatch(r"last_layer\.(weight|bias)", name)
        if official:
            renamed[f"layers.{official[1]}.{official[2]}"] = tensor
        elif last:
            renamed[f"layers.{count - 1}.{last[1]}"] = tensor
        else:
            renamed[name] = tensor
    return renamed


def _engine_jet(net: Siren, parts: tuple[Part, ...], x: Tensor, parameters: list[Tensor]) -> tuple[Tensor, ...]:
    wanted = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in parameters)
    return tuple(_Jet.apply(net, parts, net.memory_limit if wanted else 0, x, *parameters))


def _flat(parameters: Sequence[Tensor]) -> Any:
    return torch.cat([tensor.detach().reshape(-1) for tensor in parameters]).numpy()


class _Jet(torch.autograd.Function):
    """A jet by sinefield's engine, and the gradient of whatever is made of it."""

    @staticmethod
    def forward(
        ctx: Any, net: Siren, parts: tuple[Part, ...], keep: int, x: Tensor, *parameters: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.net, ctx.parts = net, parts
        ctx.save_for_backward(x, *parameters)
        points = x.detach().contiguous().numpy()
        found, ctx.kept = net._network().jet(_flat(parameters), points, list(parts), keep)
        return tuple(torch.from_numpy(array) for array in found)

    @staticmethod
    def backward(ctx: Any, *bars: Tensor) -> tuple[Any, ...]:
        x, *parameters = ctx.saved_tensors
        net, parts = ctx.net, ctx.parts
        needs_x, needs_parameters = ctx.needs_input_grad[3], any(ctx.needs_input_grad[4:])
        second = "laplacian" in parts or "hessian" in parts
        # A graph of the backward pass is asked for, or third derivatives: beyond what the engine carries.
        if torch.is_grad_enabled() or (needs_x and second):
            return (None, None, None, *_plain_backward(ctx, bars))
        of_x: Tensor | None = None
        if needs_x:
            of_x = _slope(net, parts, x, parameters, bars)
        of_parameters: list[Tensor | None] = [None] * len(parameters)
        if needs_parameters:
            cotangents = [bar.contiguous().numpy() for bar in bars]
            points = x.detach().contiguous().numpy()
            flat = torch.from_numpy(
                net._network().gradient(_flat(parameters), points, list(parts), cotangents, ctx.kept)
            )
            pieces = flat.split([tensor.numel() for tensor in parameters])
            of_parameters = [piece.view_as(tensor) for piece, tensor in zip(pieces, parameters, strict=True)]
        return (None, None, None, of_x, *of_parameters)


def _slope(
    net: Siren, parts: tuple[Part, ...], x: Tensor, parameters: Sequence[Tensor], bars: Sequence[Tensor]
) -> Tensor:
    """The derivative with respect to the points of a loss of values and gradients: by jets of one order more."""
    higher: dict[Part, Part] = {"value": "gradient", "gradient": "hessian"}
    wanted = [higher[part] for part in parts]
    slopes, _ = net._network().jet(_flat(parameters), x.detach().contiguous().numpy(), list(wanted), 0)
    total = torch.zeros_like(x)
    for bar, slope in zip(bars, slopes, strict=True):
        total += torch.einsum("n...,n...i->ni", bar, torch.from_numpy(slope))
    return total


def _plain_backward(ctx: Any, bars: Sequence[Tensor]) -> list[Tensor | None]:
    """The same by plain PyTorch, as a graph that can be differentiated again."""
    inputs = ctx.saved_tensors
    wanted = [tensor for tensor, needed in zip(inputs, ctx.needs_input_grad[3:], strict=True) if needed]
    graph = torch.is_grad_enabled()
    with torch.enable_grad():
        x, *parameters = inputs
        found = _plain_jet(ctx.net, ctx.parts, x, parameters)
        # What no part depends on, as a bias on a gradient, has the derivative zero.
        slopes = torch.autograd.grad(
            found, wanted, list(bars), create_graph=graph, allow_unused=True, materialize_grads=True
        )
    left = iter(slopes)
    return [next(left) if needed else None for needed in ctx.needs_input_grad[3:]]


def _plain_values(net: Siren, x: Tensor, parameters: Sequence[Tensor]) -> Tensor:
    count = len(parameters) // 2
    for layer in range(count):
        x = nn.functional.linear(x, parameters[2 * layer], parameters[2 * layer + 1])
        if layer < count - 1:
            x = torch.sin((net.first_omega if layer == 0 else net.omega) * x)
    return x


def _plain_jet(net: Siren, parts: tuple[Part, ...], x: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """A jet by PyTorch's own derivatives."""
    if parts == ("value",):
        return (_plain_values(net, x, parameters),)
    graph = torch.is_grad_enabled()
    with torch.enable_grad():
        points = x if x.requires_grad else x.detach().requires_grad_()

        def slope(of: Tensor) -> Tensor:
            """`(n, ..., d)` of numbers `(n, ...)`."""
            each = of.reshape(of.shape[0], -1).unbind(1)
            slopes = [torch.autograd.grad(one.sum(), points, create_graph=True)[0] for one in each]
            return torch.stack(slopes, 1).reshape(*of.shape, points.shape[1])

        value = _plain_values(net, points, parameters)
        found: dict[str, Tensor] = {"value": value, "gradient": slope(value)}
        if "laplacian" in parts or "hessian" in parts:
            found["hessian"] = slope(found["gradient"])
            found["laplacian"] = found["hessian"].diagonal(dim1=-2, dim2=-1).sum(-1)
    tensors = tuple(found[part] for part in parts)
    return tensors if graph else tuple(tensor.detach() for tensor in tensors)
