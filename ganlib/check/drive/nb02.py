"""Drivers of notebook 02: likelihoods, masks, and drawing pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import nn

from ganlib.check.drive.tools import NoAnswer, array, gradient, leaf, scalar_of, tensor
from ganlib.check.drive.watch import Watched
from ganlib.models.pixelcnn import MaskedConv2d


def drive_picture_nll(answer: Callable, inputs: dict) -> dict:
    """picture_nll(logits: (N, L, H, W), levels: (N, H, W) of int64) -> nats of each picture (N,)."""
    logits = leaf(inputs["logits"])
    nats = answer(logits, tensor(inputs["levels"]))
    scalar_of(nats).backward()
    return {"-log p of each picture": array(nats), "gradient for the logits": gradient(logits)[0]}


def drive_bits_per_dimension(answer: Callable, inputs: dict) -> dict:
    """bits_per_dimension(nats: (N,), shape: (C, H, W)) -> (N,)."""
    return {"bits a dimension": array(answer(tensor(inputs["nats"]), tuple(inputs["shape"])))}


def drive_causal_mask(answer: Callable, inputs: dict) -> dict:
    """causal_mask("A" or "B", kernel) -> (kernel, kernel) of 0 and 1; truth values will do."""
    mask = array(answer(inputs["kind"], inputs["kernel"]))
    return {"the mask": mask.astype(np.float32)}


def load(layer: nn.Module, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Put values into a layer's weight and bias; torch's parametrisations and pruning keep the weight elsewhere."""
    own = dict(layer.named_parameters())
    held = own.get("parametrizations.weight.original", own.get("weight_orig", cast("torch.Tensor", layer.weight)))
    with torch.no_grad():
        held.copy_(weight)
        if isinstance(own_bias := getattr(layer, "bias", None), torch.Tensor):
            own_bias.copy_(bias)


def train(layer: nn.Module, use: Callable, x: torch.Tensor, steps: int = 2) -> None:
    """Take steps of an optimiser that moves every weight a little, whatever its gradient."""
    optimiser = torch.optim.AdamW(layer.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(steps):
        optimiser.zero_grad()
        use(x).square().mean().backward()
        optimiser.step()


def drive_masked_conv(answer: Callable, inputs: dict) -> dict:
    """CausalConv2d(kind, channels_in, channels_out, kernel): its output, as loaded and after steps of training."""
    kind, W, b, x = inputs["kind"], tensor(inputs["weight"]), tensor(inputs["bias"]), tensor(inputs["x"])
    layer = answer(kind, W.shape[1], W.shape[0], W.shape[-1])
    if not isinstance(layer, nn.Module) or getattr(layer, "weight", None) is None:
        raise NoAnswer(
            "CausalConv2d(kind, channels_in, channels_out, kernel) should make an nn.Module with a `weight`."
        )
    answer("A" if kind == "B" else "B", W.shape[1], W.shape[0], W.shape[-1])  # another layer changes nothing
    if inputs["double"]:
        layer, x = layer.double(), x.double()
    layer.train(inputs["training"])
    load(layer, W, b)
    use, given = Watched(layer, ["the input"]), x.clone().requires_grad_(True)
    first = use(given)
    scalar_of(first, "CausalConv2d").backward()
    train(layer, use, x)
    trained, modes = use(x), [layer.training]
    load(layer, W.flip(0), b)
    layer.train(not inputs["training"])
    with torch.no_grad():
        again = use(x)
    return {
        "the output": array(first),
        "gradient for the input": gradient(given)[0],
        "the output after a few steps of training": array(trained),
        "the output with other weights, in the other mode": array(again),
        "what else using the layer changed": " and ".join(use.left) or "nothing",
        "whether the layer is in training mode after use": [*modes, layer.training],
    }


class TinyPixelCNN(nn.Module):
    """An honest network x (N, 1, H, W) -> logits (N, 1, H, W) with given weights: a mask of type A, then one of B."""

    def __init__(self, first: np.ndarray, second: np.ndarray):
        super().__init__()
        one, other = tensor(first), tensor(second)
        self.first = MaskedConv2d("A", 1, len(one), one.shape[-1])
        self.second = MaskedConv2d("B", len(one), 1, other.shape[-1])
        for layer, weight in ((self.first, one), (self.second, other)):
            layer.weight = nn.Parameter(weight)
            layer.bias = nn.Parameter(torch.linspace(-0.4, 0.8, len(weight)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x).tanh())


def drive_draw(answer: Callable, inputs: dict) -> dict:
    """draw(network, u: (N, H, W)) -> pictures (N, 1, H, W) of -1 and 1."""
    network = TinyPixelCNN(inputs["first"], inputs["second"]).train(inputs["training"])
    return {"the pictures": array(answer(network, tensor(inputs["u"])))}
