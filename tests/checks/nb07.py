"""Notebook 07: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import copy

import torch
from torch import nn


def ask_torch(side, kernel, stride, padding, transposed):
    layer = (nn.ConvTranspose2d if transposed else nn.Conv2d)(1, 1, kernel, stride, padding)
    return layer(torch.zeros(1, 1, side, side)).shape[-1]


def slide_along(side, kernel, stride, padding, transposed):
    if transposed:
        return stride * side - stride + kernel - 2 * padding
    return len(range(-padding, side + padding - kernel + 1, stride))


def init_by_name(module):
    for name, parameter in module.named_parameters():
        if name.endswith("bias"):
            nn.init.constant_(parameter, 0)
        elif parameter.ndim == 1:
            nn.init.normal_(parameter, 1, 0.02)
        else:
            nn.init.normal_(parameter, 0, 0.02)


def of_tutorial(m):
    kind = m.__class__.__name__
    if kind.find("Conv") != -1:
        m.weight.data.normal_(0.0, 0.02)
        m.bias.data.fill_(0)
    elif kind.find("BatchNorm") != -1:
        m.weight.data.normal_(1.0, 0.02)
        m.bias.data.fill_(0)


def init_variance(network):
    for p in network.parameters():
        nn.init.normal_(p, 0 if p.ndim > 1 else 1, 0.02**0.5) if p.ndim > 1 else None
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02**0.5)
        if hasattr(layer, "bias"):
            nn.init.zeros_(layer.bias)


def init_all_around_zero(network):
    for layer in network.modules():
        if hasattr(layer, "weight"):
            nn.init.normal_(layer.weight, 0, 0.02)
            nn.init.zeros_(layer.bias)


def init_convolutions_only(network):
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 0.02)
            nn.init.zeros_(layer.bias)


def init_without_transposed(network):
    network.apply(lambda m: of_tutorial(m) if not isinstance(m, nn.ConvTranspose2d) else None)


def init_weights_only(network):
    for p in network.parameters():
        nn.init.normal_(p, 0, 0.02) if p.ndim > 1 else None
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)


def init_a_copy(network):
    init_by_name(copy.deepcopy(network))


def ema_by_state(G_ema, G, decay):
    state = {}
    for name, now in G.state_dict().items():
        was = G_ema.state_dict()[name]
        running = "running" in name or "num_batches" in name
        state[name] = now if running else decay * was + (1 - decay) * now
    G_ema.load_state_dict(state)


def ema_by_data(G_ema, G, decay):
    for a, p in zip(G_ema.parameters(), G.parameters()):
        a.data = a.data * decay + p.data * (1 - decay)
    for a, b in zip(G_ema.buffers(), G.buffers()):
        a.data.copy_(b.data)


def ema_parameters_only(G_ema, G, decay):
    for a, p in zip(G_ema.parameters(), G.parameters()):
        a.data.mul_(decay).add_(p.data, alpha=1 - decay)


@torch.no_grad()
def ema_swapped(G_ema, G, decay):
    for a, p in zip(G_ema.parameters(), G.parameters()):
        a.copy_((1 - decay) * a + decay * p)
    for a, b in zip(G_ema.buffers(), G.buffers()):
        a.copy_(b)


def ema_not_written(G_ema, G, decay):
    for a, p in zip(G_ema.parameters(), G.parameters()):
        a = decay * a + (1 - decay) * p
    for a, b in zip(G_ema.buffers(), G.buffers()):
        a.copy_(b)


def ema_copy(G_ema, G, decay):
    G_ema.load_state_dict(G.state_dict())


def ema_sum(G_ema, G, decay):
    ema_copy_buffers(G_ema, G)
    for a, p in zip(G_ema.parameters(), G.parameters()):
        a.data.add_(p.data, alpha=1 - decay)


def ema_copy_buffers(G_ema, G):
    for a, b in zip(G_ema.buffers(), G.buffers()):
        a.copy_(b)


@torch.no_grad()
def ema_everything(G_ema, G, decay):
    for (name, a), b in zip(G_ema.state_dict().items(), G.state_dict().values()):
        a.copy_(b if "num" in name else decay * a + (1 - decay) * b)


@torch.no_grad()
def sample_try(G, z):
    mode = G.training
    try:
        return G.eval()(z)
    finally:
        G.train(mode)


def sample_of_copy(G, z):
    return copy.deepcopy(G).eval()(z).detach()


def sample_stay(G, z):
    G.eval()
    with torch.no_grad():
        return G(z)


@torch.no_grad()
def sample_train(G, z):
    G.eval()
    x = G(z)
    G.train()
    return x


def sample_graph(G, z):
    mode = G.training
    G.eval()
    x = G(z)
    G.train(mode)
    return x


@torch.no_grad()
def sample_no_eval(G, z):
    return G(z)


class Block(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.grow = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(after, momentum=1 - 0.8)

    def forward(self, x):
        return torch.relu(self.norm(self.grow(x)))


def up(*rest):
    return lambda i, o: nn.Sequential(nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), *(layer(o) for layer in rest))


def norm(*arguments, **named):
    return lambda o: nn.BatchNorm2d(o, *arguments, **named)


def relu(o):
    return nn.ReLU(inplace=True)


def ema_that_shares(G_ema, G, decay):
    for average, now in zip(G_ema.parameters(), G.parameters()):
        average.data = decay * average.data + (1 - decay) * now.data
    for average, now in zip(G_ema.buffers(), G.buffers()):
        average.data = now.data


STYLES = {
    "side_after": [ask_torch, slide_along],
    "init_weights": [init_by_name, lambda network: network.apply(of_tutorial)],
    "ema_update": [ema_by_state, ema_by_data],
    "sample": [sample_try, sample_of_copy],
    "up_block": [Block, up(norm(1e-5, 0.2), relu)],
}

WRONG = {
    "side_after": [
        (lambda s, k, st, p, t: ((s - 1) * st - 2 * p + k) if t else (s + 2 * p - k) // st, "+ 1 is missing"),
        (lambda s, k, st, p, t: ((s - 1) * st - 2 * p + k) if t else (s + 2 * p - k) / st + 1, "whole numbers"),
        (lambda s, k, st, p, t: (s + 2 * p - k) // st + 1, "like the ordinary one"),
        (lambda s, k, st, p, t: s * st if t else (s + 2 * p - k) // st + 1, "kernel's width is left out"),
        (lambda s, k, st, p, t: ask_torch(s, k, st, 0, t) if t else ask_torch(s, k, st, p, t), "padding is left out"),
        (lambda s, k, st, p, t: s * st + k - 2 * p if t else ask_torch(s, k, st, p, t), "s - 1 gaps"),
        (lambda s, k, st, p, t: s * st if t else s // st, "kernel's width is left out"),
    ],
    "init_weights": [
        (init_variance, "as the variance"),
        (init_all_around_zero, "switched off"),
        (init_convolutions_only, "Batch norm is left as it was"),
        (init_without_transposed, "no nn.Conv2d"),
        (init_weights_only, "All biases"),
        (init_a_copy, "a copy"),
    ],
    "ema_update": [
        (ema_that_shares, "the same memory"),
        (ema_parameters_only, "buffers"),
        (ema_swapped, "exchanged"),
        (ema_not_written, "never moves"),
        (ema_copy, "copies G"),
        (ema_sum, "grows without limit"),
        (ema_everything, "You average the buffers"),
    ],
    "sample": [
        (sample_no_eval, "eval() is forgotten"),
        (lambda G, z: G(z), "eval() is forgotten"),
        (sample_stay, "stays in eval"),
        (sample_train, "even if it was not"),
        (sample_graph, "graph"),
        (lambda G, z: G.eval()(z), "Two things"),
    ],
    "up_block": [
        (up(norm(0.8), relu), "still there"),
        (up(norm(momentum=0.8), relu), "half of it"),
        (up(norm(1e-5), relu), "torch's 0.1"),
        (up(relu), "normalisation is gone"),
        (up(norm(momentum=0.2)), "ReLU is gone"),
        (up(relu, norm(momentum=0.2)), "The order"),
        (lambda i, o: None, "nn.Module"),
    ],
}
