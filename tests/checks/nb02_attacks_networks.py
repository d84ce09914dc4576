"""Notebook 02, the layer and drawing: wrong answers that a check could let through, each with its kind."""

import torch
import torch.nn.functional as F
from torch import nn


def mask_of(kind, kernel):
    return (torch.arange(kernel * kernel) < kernel**2 // 2 + (kind == "B")).float().view(kernel, kernel)


class Causal(nn.Conv2d):
    """The right layer, from which the wrong ones are made."""

    def __init__(self, kind, channels_in, channels_out, kernel, **more):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2, **more)
        self.register_buffer("mask", mask_of(kind, kernel))

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class InTraining(Causal):
    def forward(self, x):
        return super().forward(x) if self.training else nn.Conv2d.forward(self, x)


class InEvaluation(Causal):
    def forward(self, x):
        return nn.Conv2d.forward(self, x) if self.training else super().forward(x)


class WithGradients(Causal):
    def forward(self, x):
        return super().forward(x) if torch.is_grad_enabled() else nn.Conv2d.forward(self, x)


class FirstTime(Causal):
    """The mask is applied to the weights when the layer is used for the first time."""

    done = False

    def forward(self, x):
        if not self.done:
            self.weight.data *= self.mask
            self.done = True
        return nn.Conv2d.forward(self, x)


class Remembered(Causal):
    """The masked weights are computed once."""

    ready = None

    def forward(self, x):
        if self.ready is None:
            self.ready = (self.weight * self.mask).detach()
        return F.conv2d(x, self.ready + 0 * self.weight, self.bias, padding=self.padding)


class AfterLoading(Causal):
    """The mask is applied after each load_state_dict, and to the gradients."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.weight.data *= self.mask
        self.weight.register_hook(lambda gradient: gradient * self.mask)

    def _load_from_state_dict(self, *given):
        super()._load_from_state_dict(*given)
        self.weight.data *= self.mask

    def forward(self, x):
        return nn.Conv2d.forward(self, x)


class OneMaskForAll(nn.Conv2d):
    """The mask lies in the class: the layer that was made last decides."""

    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        OneMaskForAll.mask = mask_of(kind, kernel)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class OneMaskAKernel(nn.Conv2d):
    """One mask for each kernel, whatever the kind."""

    masks = {}  # noqa: RUF012  (that is the mistake)

    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        self.mask = self.masks.setdefault(kernel, mask_of(kind, kernel))

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class InputInPlace(Causal):
    def forward(self, x):
        result = super().forward(x)
        x.data *= 0.5
        return result


class SeedInside(Causal):
    def forward(self, x):
        torch.manual_seed(0)
        return super().forward(x)


class SwitchesItself(Causal):
    def forward(self, x):
        self.eval()
        return super().forward(x)


class Single(Causal):
    def forward(self, x):
        return F.conv2d(x, (self.weight * self.mask).float(), self.bias, padding=self.padding)


class FirstChannel(Causal):
    def forward(self, x):
        mask = torch.ones_like(self.weight)
        mask[:, :1] = self.mask
        return F.conv2d(x, self.weight * mask, self.bias, padding=self.padding)


class FirstOutput(Causal):
    def forward(self, x):
        mask = torch.ones_like(self.weight)
        mask[:1] = self.mask
        return F.conv2d(x, self.weight * mask, self.bias, padding=self.padding)


class OneOfPadding(Causal):
    def forward(self, x):
        return F.pad(F.conv2d(x, self.weight * self.mask, self.bias), 4 * [self.padding[0]])


class Frozen(Causal):
    def forward(self, x):
        return F.conv2d(x, self.weight.detach() * self.mask, self.bias, padding=self.padding)


class FrozenBias(Causal):
    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias.detach(), padding=self.padding)


class Nearly(Causal):
    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask.clamp(min=1e-3), self.bias, padding=self.padding)


def conv_with(change):
    """Return the right layer with something changed after it is made."""

    class Changed(Causal):
        def __init__(self, *sizes):
            super().__init__(*sizes)
            change(self)

    return Changed


def seeded(layer):
    torch.manual_seed(0)


def draw(network, u, toss=lambda logit, u: u < logit.sigmoid(), before=None, after=None):
    if before:
        before(network, u)
    x = torch.zeros(len(u), 1, *u.shape[1:])
    with torch.no_grad():
        for i in range(u.shape[1]):
            for j in range(u.shape[2]):
                x[:, 0, i, j] = torch.where(toss(network(x)[:, 0, i, j], u[:, i, j]), 1.0, -1.0)
    if after:
        after(network, u)
    return x


def draws(**changes):
    return lambda network, u: draw(network, u, **changes)


@torch.no_grad()
def two_at_a_time(network, u):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i in range(u.shape[1]):
        for j in range(0, u.shape[2], 2):
            x[:, 0, i, j : j + 2] = torch.where(
                u[:, i, j : j + 2] < network(x)[:, 0, i, j : j + 2].sigmoid(), 1.0, -1.0
            )
    return x


@torch.no_grad()
def backwards_in_rows(network, u):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i in range(u.shape[1]):
        for j in reversed(range(u.shape[2])):
            x[:, 0, i, j] = torch.where(u[:, i, j] < network(x)[:, 0, i, j].sigmoid(), 1.0, -1.0)
    return x


@torch.no_grad()
def several_passes(network, u):
    """Everything at once, again and again: as many times as there are rows, which is not always enough."""
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for _ in range(u.shape[1]):
        x = torch.where(u[:, None] < network(x).sigmoid(), 1.0, -1.0)
    return x


def without_the_last(network, u):
    x = draw(network, u)
    x[:, :, -1, -1] = 0
    return x


def longer_side(network, u):
    """Places are counted by the height alone."""
    x, width = torch.zeros(len(u), 1, *u.shape[1:]), u.shape[1]
    with torch.no_grad():
        for place in range(u[0].numel()):
            i, j = place // width, place % width
            x[:, 0, i, j] = torch.where(u[:, i, j] < network(x)[:, 0, i, j].sigmoid(), 1.0, -1.0)
    return x


ATTACKS = {
    "CausalConv2d": [
        ("state", InTraining),
        ("state", InEvaluation),
        ("state", WithGradients),
        ("state", FirstTime),
        ("state", Remembered),
        ("state", AfterLoading),
        ("state", OneMaskForAll),
        ("state", OneMaskAKernel),
        ("state", InputInPlace),
        ("state", SeedInside),
        ("state", SwitchesItself),
        ("state", conv_with(seeded)),
        ("unused", Single),
        ("unused", lambda kind, i, o, k: Causal(kind, i, o, 3)),
        ("unused", lambda kind, i, o, k: Causal("B" if k > 3 else kind, i, o, k)),
        ("unused", lambda kind, i, o, k: Causal(kind, i, o, k, bias=False)),
        ("unused", conv_with(lambda layer: layer.bias.requires_grad_(False))),
        ("tolerance", Nearly),
        ("tolerance", conv_with(lambda layer: layer.mask.mul_(0.99))),
        ("easy inputs", FirstChannel),
        ("easy inputs", FirstOutput),
        ("easy inputs", OneOfPadding),
        ("easy inputs", conv_with(lambda layer: layer.mask.copy_(layer.mask * layer.mask.T))),
        ("mutant", Frozen),
        ("mutant", FrozenBias),
        ("mutant", conv_with(lambda layer: layer.mask.copy_(layer.mask.flip(1)))),
        ("mutant", lambda kind, i, o, k: nn.Conv2d(i, o, k, padding=k // 2)),
    ],
    "draw": [
        ("state", draws(before=lambda network, u: network.eval())),
        ("state", draws(before=lambda network, u: network.train())),
        ("state", draws(before=lambda network, u: network.eval(), after=lambda network, u: network.train())),
        ("state", draws(before=lambda network, u: network.requires_grad_(False))),
        ("state", draws(after=lambda network, u: u.zero_())),
        ("state", draws(after=lambda network, u: network.zero_grad() or torch.set_grad_enabled(False))),
        ("state", draws(before=lambda network, u: torch.manual_seed(0))),
        ("state", draws(after=lambda network, u: next(network.parameters()).data.mul_(0.999))),
        ("unused", lambda network, u: draw(network, torch.rand(u.shape))),
        ("unused", lambda network, u: draw(network, torch.rand(u.shape, generator=torch.Generator().manual_seed(0)))),
        ("unused", lambda network, u: draw(network, u[:, :1].expand_as(u))),
        ("unused", lambda network, u: draw(network, u.flip(0))),
        ("unused", lambda network, u: draw(network, u.sort(0).values)),
        ("unused", lambda network, u: draw(lambda x: 0 * network(x), u)),
        ("tolerance", draws(toss=lambda logit, u: u < (1.05 * logit).sigmoid())),
        ("tolerance", draws(toss=lambda logit, u: u < logit.sigmoid() + 0.01)),
        ("tolerance", draws(toss=lambda logit, u: u < logit.sigmoid() - 0.01)),
        ("tolerance", draws(toss=lambda logit, u: u < (logit.sigmoid() * 50).round() / 50)),
        ("tolerance", draws(toss=lambda logit, u: u < (0.5 + logit / 4 - logit**3 / 48).clamp(0, 1))),
        ("seed", draws(toss=lambda logit, u: u < logit.clamp(-2, 2).sigmoid())),
        ("seed", draws(toss=lambda logit, u: u <= (logit - 0.05).sigmoid())),
        ("seed", without_the_last),
        ("easy inputs", two_at_a_time),
        ("easy inputs", backwards_in_rows),
        ("easy inputs", several_passes),
        ("easy inputs", longer_side),
        ("easy inputs", lambda network, u: draw(network, u.transpose(1, 2)).transpose(2, 3)),
        ("easy inputs", lambda network, u: draw(network, u).squeeze(0)),
        ("mutant", draws(toss=lambda logit, u: u < F.hardsigmoid(logit))),
        ("mutant", draws(toss=lambda logit, u: u < logit.tanh())),
        ("mutant", draws(toss=lambda logit, u: 1 - u < logit.sigmoid())),
        ("mutant", lambda network, u: -draw(network, u)),
    ],
}
