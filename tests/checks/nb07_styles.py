"""Notebook 07, the generator and its block: further right ways to answer."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


def ema_by_lerp(G_ema, G, decay):
    with torch.no_grad():
        torch._foreach_lerp_(list(G_ema.parameters()), list(G.parameters()), 1 - decay)
        for average, now in zip(G_ema.buffers(), G.buffers()):
            average.copy_(now)


def ema_by_names(G_ema, G, decay):
    theirs = dict(G.named_parameters())
    for name, average in G_ema.named_parameters():
        average.data.mul_(decay).add_(theirs[name].detach(), alpha=1 - decay)
    for module, other in zip(G_ema.modules(), G.modules()):
        for name, buffer in other.named_buffers(recurse=False):
            module.register_buffer(name, buffer.clone())


def ema_by_vectors(G_ema, G, decay):
    with torch.no_grad():
        old, new = [nn.utils.parameters_to_vector(one.parameters()) for one in (G_ema, G)]
        nn.utils.vector_to_parameters(decay * old + (1 - decay) * new, G_ema.parameters())
        for average, now in zip(G_ema.buffers(), G.buffers()):
            average.copy_(now)


def ema_by_averaged_model(G_ema, G, decay):
    averages = [decay * a.detach() + (1 - decay) * b.detach() for a, b in zip(G_ema.parameters(), G.parameters())]
    G_ema.load_state_dict(G.state_dict())
    for parameter, average in zip(G_ema.parameters(), averages):
        parameter.data.copy_(average)


@torch.no_grad()
def ema_difference(G_ema, G, decay):
    for a, b in zip(G_ema.parameters(), G.parameters()):
        a -= (1 - decay) * (a - b)
    for a, b in zip(G_ema.buffers(), G.buffers()):
        a[...] = b


@torch.inference_mode()
def sample_inferred(G, z):
    mode = G.training
    x = G.eval()(z)
    G.train(mode)
    return x


def sample_one_by_one(G, z):
    modes = {module: module.training for module in G.modules()}
    G.eval()
    with torch.no_grad():
        x = torch.cat([G(one[None]) for one in z])
    for module, mode in modes.items():
        module.training = mode
    return x


def sample_detached(G, z):
    training = G.training
    x = G.eval()(z).detach()
    if training:
        G.train()
    return x


class Evaluated:
    """A context in which a network is evaluated."""

    def __init__(self, network):
        self.network, self.mode = network, network.training

    def __enter__(self):
        return self.network.eval()

    def __exit__(self, *_):
        self.network.train(self.mode)


def sample_in_context(G, z):
    with Evaluated(G) as network, torch.no_grad():
        return network(z).clone()


def sample_called(G, z):
    state = {name: value.detach().clone() for name, value in G.state_dict().items()}
    with torch.no_grad():
        return torch.func.functional_call(copy.deepcopy(G).eval(), state, (z,))


def convolution(i, o, **named):
    return nn.ConvTranspose2d(i, o, 4, **{"stride": 2, "padding": 1, "bias": False} | named)


def norm(o, **named):
    return nn.BatchNorm2d(o, **{"momentum": 0.2} | named)


def up(active=nn.ReLU, **named):
    return lambda i, o: nn.Sequential(convolution(i, o), norm(o, **named), active())


class Functional(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.layers = nn.ModuleList([convolution(channels_in, channels_out, bias=True), norm(channels_out)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return F.relu(x)


class Inherited(nn.Sequential):
    def __init__(self, i, o):
        super().__init__(nn.Sequential(convolution(i, o)), norm(o))

    def forward(self, x):
        return super().forward(x).clamp(min=0)


def named_block(i, o):
    block = nn.Sequential()
    block.add_module("grow", nn.ConvTranspose2d(i, o, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False))
    block.add_module("norm", nn.BatchNorm2d(num_features=o, eps=1e-5, momentum=1 - 0.8, affine=True))
    block.add_module("active", nn.ReLU(True))
    return block


def set_afterwards(i, o):
    block = up()(i, o)
    block[1].momentum = 0.2
    block[1].eps = 1e-05
    return block


STYLES = {
    "ema_update": [ema_by_lerp, ema_by_names, ema_by_vectors, ema_by_averaged_model, ema_difference],
    "sample": [sample_inferred, sample_one_by_one, sample_detached, sample_in_context, sample_called],
    "up_block": [Functional, Inherited, named_block, set_afterwards, up()],
}
