"""Notebook 07, an average of the generator and samples: wrong answers that a check could let through."""

import copy

import torch
from torch import nn


@torch.no_grad()
def ema(G_ema, G, decay, skip=lambda name, parameter: False, copied=lambda name, buffer: True):
    """Move the average; `skip` and `copied` say which parameters and buffers are left behind."""
    for (name, average), now in zip(G_ema.named_parameters(), G.parameters()):
        if not skip(name, now):
            average.mul_(decay).add_(now, alpha=1 - decay)
    for (name, average), now in zip(G_ema.named_buffers(), G.buffers()):
        if copied(name, now):
            average.copy_(now)


def ema_with(**parts):
    return lambda G_ema, G, decay: ema(G_ema, G, decay, **parts)


def ema_then(extra):
    """Return an ema_update after which something is done to both."""

    def ema_update(G_ema, G, decay):
        ema(G_ema, G, decay)
        extra(G_ema, G)

    return ema_update


def ema_in_modes(G_ema, G, decay):
    G_ema.train(G.training)
    ema(G_ema, G, decay)


def ema_recording(G_ema, G, decay):
    for average, now in zip(G_ema.parameters(), G.parameters()):
        average.data = average.data * decay
        average.requires_grad_(True)
        average.data += (1 - decay) * now.data
    for average, now in zip(G_ema.buffers(), G.buffers()):
        average.copy_(now)


def ema_sharing_modules(G_ema, G, decay):
    ema(G_ema, G, decay)
    G_ema[1].running_mean = G[1].running_mean
    G_ema[1].running_var = G[1].running_var


def ema_of_the_first(G_ema, G, decay):
    ema(G_ema, G, decay, skip=lambda name, p: name.startswith("2."), copied=lambda name, b: name.startswith("1."))


def ema_of_floats(G_ema, G, decay):
    for average in G_ema.buffers():
        average.data = average.data.float()
    ema(G_ema, G, decay)


@torch.no_grad()
def ema_warm(G_ema, G, decay):
    ema(G_ema, G, min(decay, 0.9))


def ema_without_zero(G_ema, G, decay):
    ema(G_ema, G, decay or 0.99)


def ema_new_parameters(G_ema, G, decay):
    for name, now in G.named_parameters():
        owner = G_ema.get_submodule(name.rpartition(".")[0])
        was = getattr(owner, name.rpartition(".")[2])
        setattr(owner, name.rpartition(".")[2], nn.Parameter(decay * was.detach() + (1 - decay) * now.detach()))
    for average, now in zip(G_ema.buffers(), G.buffers()):
        average.copy_(now)


def ema_batches_averaged(G_ema, G, decay):
    counts = [(a.clone(), b) for a, b in zip(G_ema.buffers(), G.buffers()) if not a.is_floating_point()]
    ema(G_ema, G, decay)
    left = [a for a in G_ema.buffers() if not a.is_floating_point()]
    for average, (was, now) in zip(left, counts):
        average.copy_(decay * was + (1 - decay) * now)


def sample(G, z, extra=lambda G: None):
    mode = G.training
    G.eval()
    with torch.no_grad():
        x = G(z)
    G.train(mode)
    extra(G)
    return x


def sample_then(extra):
    return lambda G, z: sample(G, z, extra)


def top_flag_alone(G, z):
    mode, G.training = G.training, False
    with torch.no_grad():
        x = G(z)
    G.training = mode
    return x


def within(G, z, kinds, layers=nn.Module.modules):
    """Return samples with the layers of some kinds alone in evaluation mode."""
    chosen = [layer for layer in layers(G) if isinstance(layer, kinds)]
    modes = [layer.training for layer in chosen]
    for layer in chosen:
        layer.eval()
    with torch.no_grad():
        x = G(z)
    for layer, mode in zip(chosen, modes):
        layer.train(mode)
    return x


def statistics_put_back(G, z):
    kept = copy.deepcopy(G.state_dict())
    with torch.no_grad():
        x = G(z)
    G.load_state_dict(kept)
    return x


def frozen_instead(G, z):
    mode = G.training
    G.eval().requires_grad_(False)
    x = G(z)
    G.train(mode)
    return x


def thawed_too_much(G, z):
    x = frozen_instead(G, z)
    G.requires_grad_(True)
    return x


def half_back(G, z):
    x = sample(G, z)
    G[2].eval()
    return x


def not_recorded_any_more(G, z):
    mode = G.training
    torch.set_grad_enabled(False)
    x = G.eval()(z)
    G.train(mode)
    return x


def z_in_place(G, z):
    x = sample(G, z)
    z.zero_()
    return x


def normalised_by_its_batch(G, z):
    G = copy.deepcopy(G).eval()
    for layer in G.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.train()
    return G(z).detach()


ATTACKS = {
    "ema_update": [
        ("state", ema_then(lambda G_ema, G: G_ema.requires_grad_(True))),
        ("state", ema_then(lambda G_ema, G: G_ema.requires_grad_(False))),
        ("state", ema_then(lambda G_ema, G: G.requires_grad_(True))),
        ("state", ema_then(lambda G_ema, G: G.eval())),
        ("state", ema_then(lambda G_ema, G: G.requires_grad_(False))),
        ("state", ema_then(lambda G_ema, G: torch.manual_seed(0))),
        ("state", ema_in_modes),
        ("state", ema_recording),
        ("state", ema_sharing_modules),
        ("state", ema_of_floats),
        ("state", lambda G_ema, G, decay: ema(copy.deepcopy(G_ema), G, decay)),
        ("unused", lambda G_ema, G, decay: ema(G_ema, G, 0.99)),
        ("unused", lambda G_ema, G, decay: ema(G_ema, G, 0.9)),
        ("unused", ema_with(skip=lambda name, parameter: not parameter.requires_grad)),
        ("unused", ema_of_the_first),
        ("tolerance", lambda G_ema, G, decay: ema(G_ema, G, decay * 0.999)),
        ("tolerance", lambda G_ema, G, decay: ema(G_ema, G, decay + 0.001)),
        ("easy inputs", ema_with(copied=lambda name, buffer: "running" in name)),
        ("easy inputs", ema_with(copied=lambda name, buffer: "mean" in name)),
        ("easy inputs", ema_with(copied=lambda name, buffer: "var" not in name)),
        ("easy inputs", ema_with(copied=lambda name, buffer: name.count(".") < 2)),
        ("easy inputs", ema_with(skip=lambda name, parameter: name.endswith("bias"))),
        ("easy inputs", ema_with(skip=lambda name, parameter: parameter.ndim < 2)),
        ("easy inputs", ema_batches_averaged),
        ("seed", ema_warm),
        ("seed", ema_without_zero),
        ("mutant", lambda G_ema, G, decay: ema(G_ema, G, 1 - decay)),
        ("mutant", lambda G_ema, G, decay: ema(G, G_ema, decay)),
        ("mutant", lambda G_ema, G, decay: ema(G_ema, G, decay**2)),
        ("mutant", lambda G_ema, G, decay: G_ema.load_state_dict(G.state_dict())),
    ],
    "sample": [
        ("state", half_back),
        ("state", frozen_instead),
        ("state", thawed_too_much),
        ("state", not_recorded_any_more),
        ("state", z_in_place),
        ("state", sample_then(lambda G: G.train())),
        ("state", sample_then(lambda G: G.zero_grad())),
        ("state", sample_then(lambda G: torch.manual_seed(0))),
        ("state", sample_then(lambda G: [layer.eval() for layer in G.modules() if isinstance(layer, nn.Dropout)])),
        ("state", sample_then(lambda G: [b.zero_() for b in G.buffers() if not b.is_floating_point()])),
        ("state", lambda G, z: G.eval()(z).detach()),
        ("unused", lambda G, z: sample(G, torch.zeros_like(z))),
        ("unused", lambda G, z: sample(G, torch.randn_like(z))),
        ("unused", lambda G, z: sample(G, z[:1])),
        ("tolerance", lambda G, z: sample(G, z) * 1.01),
        ("tolerance", lambda G, z: (sample(G, z) * 100).round() / 100),
        ("easy inputs", top_flag_alone),
        ("easy inputs", lambda G, z: within(G, z, nn.BatchNorm1d)),
        ("easy inputs", lambda G, z: within(G, z, nn.Dropout)),
        ("easy inputs", lambda G, z: within(G, z, (nn.BatchNorm1d, nn.Dropout), nn.Module.children)),
        ("easy inputs", normalised_by_its_batch),
        ("easy inputs", lambda G, z: sample(G, z).clamp(-1, 1)),
        ("easy inputs", lambda G, z: sample(G, z).squeeze(0)),
        ("easy inputs", lambda G, z: sample(G, z).tanh()),
        ("easy inputs", statistics_put_back),
        ("seed", lambda G, z: sample(G, z) if len(z) > 1 else G(z)),
        ("mutant", lambda G, z: (sample(G, z), G(z))[0]),
    ],
}
