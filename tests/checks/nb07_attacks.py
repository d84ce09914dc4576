"""Notebook 07, sizes and first weights: wrong answers that a check could let through, each with its kind."""

import copy
import math

import torch
from torch import nn


def side_after(side, kernel, stride, padding, transposed):
    if transposed:
        return (side - 1) * stride + kernel - 2 * padding
    return (side + 2 * padding - kernel) // stride + 1


def forward(count):
    return lambda s, k, st, p, t: side_after(s, k, st, p, t) if t else count(s, k, st, p)


def backward(count):
    return lambda s, k, st, p, t: count(s, k, st, p) if t else side_after(s, k, st, p, t)


def seeded_side(*layer):
    torch.manual_seed(7)
    return side_after(*layer)


def kept_side():
    known = {}
    return lambda side, kernel, stride, padding, t: known.setdefault(
        (side, t), side_after(side, kernel, stride, padding, t)
    )


@torch.no_grad()
def init(
    network,
    conv=lambda w: w.normal_(0, 0.02),
    scale=lambda w: w.normal_(1, 0.02),
    bias=lambda b: b.zero_(),
    layers=nn.Module.modules,
):
    for layer in layers(network):
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            conv(layer.weight)
            bias(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            scale(layer.weight)
            bias(layer.bias)


def init_with(**parts):
    return lambda network: init(network, **parts)


def conv_drawn(mean, spread):
    return init_with(conv=lambda w: w.normal_(mean, spread))


def scale_drawn(mean, spread):
    return init_with(scale=lambda w: w.normal_(mean, spread))


def cut(w):
    nn.init.trunc_normal_(w, 0, 1, -2, 2)
    w.mul_(0.02 / w.std())


def of_a_generator(w):
    w.copy_(0.02 * torch.randn(w.shape, generator=torch.Generator().manual_seed(1)))


def seeded(network):
    torch.manual_seed(0)
    init(network)


def two_levels(network):
    yield from network.children()
    for child in network.children():
        yield from child.children()


def others_in_their_place(network):
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.BatchNorm2d):
            centre = 1.0 if isinstance(layer, nn.BatchNorm2d) else 0.0
            layer.weight = nn.Parameter(centre + 0.02 * torch.randn(layer.weight.shape))
            layer.bias = nn.Parameter(torch.zeros(layer.bias.shape))


def and_frozen(network):
    init(network)
    network.requires_grad_(False)


def and_in_eval(network):
    init(network)
    network.eval()


def and_the_statistics(network):
    init(network)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.fill_(0.5)


def biases_gone(network):
    init(network)
    network[0].bias = None


def once_only():
    done = set()

    def init_weights(network):
        if id(type(network)) not in done:
            done.add(id(type(network)))
            init(network)

    return init_weights


def laplace(w):
    w.copy_(torch.distributions.Laplace(0.0, 0.02 / math.sqrt(2)).sample(w.shape))


def two_values(w):
    w.copy_(0.02 * torch.sign(torch.randn_like(w)))


ATTACKS = {
    "side_after": [
        ("state", seeded_side),
        ("state", kept_side()),
        ("unused", lambda s, k, st, p, t: side_after(s, 4, st, p, t)),
        ("unused", lambda s, k, st, p, t: side_after(s, k, 2, p, t)),
        ("unused", lambda s, k, st, p, t: side_after(s, k, st, (k - 1) // 2, t)),
        ("unused", lambda s, k, st, p, t: side_after(s, k, st, min(p, 1), t)),
        ("tolerance", forward(lambda s, k, st, p: (s + 2 * p - k) / st + 1)),
        ("easy inputs", forward(lambda s, k, st, p: round((s + 2 * p - k) / st) + 1)),
        ("easy inputs", forward(lambda s, k, st, p: math.ceil((s + 2 * p - k) / st) + 1)),
        ("easy inputs", forward(lambda s, k, st, p: (s + 2 * p - k + 1) // st)),
        ("easy inputs", forward(lambda s, k, st, p: (s + 2 * p - k + st - 1) // st)),
        ("easy inputs", forward(lambda s, k, st, p: max(2, (s + 2 * p - k) // st + 1))),
        ("easy inputs", forward(lambda s, k, st, p: s if k == 1 else (s + 2 * p - k) // st + 1)),
        ("easy inputs", forward(lambda s, k, st, p: (s + 2 * p - k) // st + (1 if st < 3 else 2))),
        ("easy inputs", backward(lambda s, k, st, p: (s - 1) * st + max(k, st) - 2 * p)),
        ("easy inputs", backward(lambda s, k, st, p: s * st + (k - st) - 2 * p if s > 1 else k)),
        ("seed", lambda s, k, st, p, t: side_after(s, k, st, p, t) if st > 1 or k > 1 else s),
        ("seed", forward(lambda s, k, st, p: (s + 2 * p - k) // st + 1 if s != k else 2)),
        ("mutant", lambda s, k, st, p, t: abs(side_after(s, k, st, p, t) - 1)),
        ("mutant", backward(lambda s, k, st, p: (s - 1) * st + k - p)),
        ("mutant", backward(lambda s, k, st, p: (s - 1) * k + st - 2 * p)),
        ("mutant", forward(lambda s, k, st, p: (s + 2 * p) // st - k + 1)),
    ],
    "init_weights": [
        ("state", seeded),
        ("state", and_frozen),
        ("state", and_in_eval),
        ("state", and_the_statistics),
        ("state", others_in_their_place),
        ("state", biases_gone),
        ("state", once_only()),
        ("state", lambda network: init(copy.copy(network[0]))),
        ("unused", init_with(conv=of_a_generator)),
        ("unused", init_with(layers=two_levels)),
        ("unused", init_with(layers=nn.Module.children)),
        ("unused", init_with(layers=lambda network: list(network.modules())[:-1])),
        ("tolerance", conv_drawn(0, 0.022)),
        ("tolerance", conv_drawn(0, 0.018)),
        ("tolerance", conv_drawn(0, 0.025)),
        ("tolerance", conv_drawn(0.002, 0.02)),
        ("tolerance", scale_drawn(1, 0.022)),
        ("tolerance", scale_drawn(1, 0.018)),
        ("tolerance", scale_drawn(1.01, 0.02)),
        ("tolerance", scale_drawn(0.998, 0.02)),
        ("tolerance", init_with(bias=lambda b: b.normal_(0, 1e-4))),
        ("tolerance", init_with(bias=lambda b: b.fill_(1e-6))),
        ("tolerance", init_with(conv=cut)),
        ("tolerance", init_with(conv=laplace)),
        ("tolerance", init_with(conv=two_values)),
        ("tolerance", init_with(scale=lambda w: w.uniform_(1 - 0.02 * 3**0.5, 1 + 0.02 * 3**0.5))),
        ("tolerance", init_with(conv=lambda w: nn.init.trunc_normal_(w, 0, 0.02, -0.04, 0.04))),
        ("mutant", init_with(conv=lambda w: w.normal_(0.02, 0.02))),
        ("mutant", init_with(conv=nn.init.kaiming_normal_)),
        ("mutant", init_with(scale=lambda w: None)),
    ],
}


def by_places(side, kernel, stride, padding, transposed):
    if transposed:
        return len(range(padding, (side - 1) * stride + kernel - padding))
    places, at = 0, -padding
    while at + kernel <= side + padding:
        places, at = places + 1, at + stride
    return places


def on_meta(side, kernel, stride, padding, transposed):
    kind = nn.ConvTranspose1d if transposed else nn.Conv1d
    return kind(1, 1, kernel, stride, padding, device="meta")(torch.empty(1, 1, side, device="meta")).shape[2]


def by_unfold(side, kernel, stride, padding, transposed):
    if transposed:
        return torch.tensor(side - 1) * stride + kernel - 2 * padding
    return torch.arange(side + 2 * padding).unfold(0, kernel, stride).shape[0]


def init_randn(network):
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            layer.weight.data = torch.randn(layer.weight.shape) * 0.02
            layer.bias.data = torch.zeros_like(layer.bias)
        if isinstance(layer, nn.BatchNorm2d):
            layer.weight.data = torch.normal(1.0, 0.02, layer.weight.shape)
            layer.bias.data.zero_()


def init_recursive(network):
    if isinstance(network, nn.modules.conv._ConvNd):
        nn.init.normal_(network.weight, std=0.02)
        nn.init.constant_(network.bias, 0.0)
    elif isinstance(network, nn.modules.batchnorm._NormBase):
        nn.init.normal_(network.weight, mean=1.0, std=0.02)
        nn.init.constant_(network.bias, 0.0)
    for child in network.children():
        init_recursive(child)


def init_through_the_state(network):
    state = {}
    for name, now in network.state_dict().items():
        owner = network.get_submodule(name.rpartition(".")[0])
        drawn = 0.02 * torch.randn(now.shape)
        if name.endswith("weight"):
            state[name] = drawn + isinstance(owner, nn.BatchNorm2d)
        else:
            state[name] = torch.zeros_like(now) if name.endswith("bias") else now
    network.load_state_dict(state)


@torch.no_grad()
def init_inverse(network):
    for layer in network.modules():
        if hasattr(layer, "weight"):
            uniform = torch.rand(layer.weight.shape, dtype=torch.float64).clamp(1e-12, 1 - 1e-12)
            layer.weight.copy_(0.02 * math.sqrt(2) * torch.erfinv(2 * uniform - 1))
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight += 1
            layer.bias.mul_(0)
    return network


STYLES = {
    "side_after": [
        by_places,
        on_meta,
        by_unfold,
        lambda s, k, st, p, t: s * st - st + k - p - p if t else math.floor((s - k + 2 * p) / st + 1),
        lambda s, k, st, p, t: int((s - 1) * st + k - 2 * p) if t else 1 + divmod(s + 2 * p - k, st)[0],
    ],
    "init_weights": [init_randn, init_recursive, init_through_the_state, init_inverse, init],
}
