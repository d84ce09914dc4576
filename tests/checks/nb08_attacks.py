"""Notebook 08: wrong answers that a check could let through, each with its kind."""

import numpy as np
import torch
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.nn import functional as F
from torch.nn.functional import one_hot, softplus


def seeded(answer):
    def with_seed(*given):
        torch.manual_seed(0)
        return answer(*given)

    return with_seed


def changing(answer, change):
    def changed(*given):
        result = answer(*given)
        change(*given)
        return result

    return changed


def label(z, y, classes):
    return torch.cat([z, one_hot(y, classes).to(z)], 1)


def planes(x, y, classes):
    flags = one_hot(y, classes).to(x)[:, :, None, None]
    return torch.cat([x, flags.expand(-1, -1, *x.shape[2:])], 1)


def planes_square(x, y, classes):
    flags = one_hot(y, classes).to(x)[:, :, None, None]
    side = x.shape[-1]
    return torch.cat([x, flags.expand(-1, -1, side, side)], 1)


def planes_without(which):
    """Return an append_planes that forgets the plane of one class."""

    def append_planes(x, y, classes):
        wider = planes(x, y, classes)
        wider[:, x.shape[1] + which % classes] = 0
        return wider

    return append_planes


def drawn(n, classes, weights=None, repeat=0.0):
    weights = torch.ones(classes) if weights is None else weights
    y = torch.multinomial(weights, n, replacement=True)
    for place in (torch.rand(n) < repeat).nonzero().flatten().tolist():
        y[place] = y[max(place - 1, 0)]
    return y


def favoured(which, factor):
    """Return labels of which one class comes more often by a factor."""

    def random_labels(n, classes):
        weights = torch.ones(classes)
        weights[which] = factor
        return drawn(n, classes, weights)

    return random_labels


def own_generator(n, classes):
    return torch.randint(classes, (n,), generator=torch.Generator().manual_seed(1))


def table(asked, read, classes):
    return torch.bincount(asked * classes + read, minlength=classes**2).view(classes, classes)


def pix(logits, x_fake, x_target, weight, distance=F.l1_loss):
    return softplus(-logits).mean() + weight * distance(x_fake, x_target)


def step(
    optimiser=None,
    zero=True,
    loss=lambda f: softplus(-f).mean(),
    extra=lambda G, D: None,
    noise_of=lambda n: n(),
    told=lambda y: y,
    before=lambda G: None,
):
    kept = {}

    def obeying_step(G, D, opt_G, noise, labels):
        opt = opt_G if optimiser is None else kept.setdefault(id(G), optimiser(G, opt_G))
        y = labels()
        value = loss(D(G(noise_of(noise), y), told(y)))
        if zero:
            opt.zero_grad()
        value.backward()
        before(G)
        opt.step()
        extra(G, D)
        return value.detach()

    return obeying_step


def by_hand(G, D, opt_G, noise, labels):
    y = labels()
    value = softplus(-D(G(noise(), y), y)).mean()
    gradients = torch.autograd.grad(value, list(G.parameters()))
    with torch.no_grad():
        for parameter, gradient in zip(G.parameters(), gradients):
            parameter -= opt_G.param_groups[0]["lr"] * gradient
    return value.detach()


def fresh(G, opt_G):
    return type(opt_G)(G.parameters(), lr=opt_G.param_groups[0]["lr"])


def thawed_late(G, D, opt_G, noise, labels):
    D.requires_grad_(False)
    return step()(G, D, opt_G, noise, labels)


ATTACKS = {
    "append_label": [
        ("state", changing(label, lambda z, y, c: z.mul_(2))),
        ("state", changing(label, lambda z, y, c: y.add_(1))),
        ("state", seeded(label)),
        ("unused", lambda z, y, c: label(z, y, 10)),
        ("unused", lambda z, y, c: torch.cat([z, one_hot(y).to(z)], 1)),
        ("tolerance", lambda z, y, c: torch.cat([z, 0.99 * one_hot(y, c).to(z)], 1)),
        ("easy inputs", lambda z, y, c: torch.cat([z, one_hot(y.clamp(max=8), c).to(z)], 1)),
        ("easy inputs", lambda z, y, c: torch.cat([z, one_hot(y, c)[: len(z)].to(z).squeeze()], 1)),
        ("mutant", lambda z, y, c: torch.cat([one_hot(y, c).to(z), z], 1)),
    ],
    "append_planes": [
        ("state", changing(planes, lambda x, y, c: x.mul_(2))),
        ("state", seeded(planes)),
        ("unused", lambda x, y, c: planes(x, y, 10)),
        ("unused", lambda x, y, c: planes(x, y.sort().values, c)),
        ("tolerance", lambda x, y, c: planes(0.999 * x, y, c)),
        ("easy inputs", planes_square),
        ("easy inputs", lambda x, y, c: planes(x[:, :1], y, c)),
        ("seed", planes_without(0)),
        ("seed", planes_without(-1)),
        ("easy inputs", lambda x, y, c: planes(x, y[:1].expand(len(x)), c)),
        ("mutant", lambda x, y, c: torch.cat([planes(x, y, c)[:, x.shape[1] :], x], 1)),
    ],
    "random_labels": [
        ("state", seeded(drawn)),
        ("state", changing(drawn, lambda n, c: np.random.seed(0))),  # noqa: NPY002
        ("unused", lambda n, c: drawn(n, 10)),
        ("unused", own_generator),
        ("unused", lambda n, c: torch.as_tensor(np.random.default_rng(0).integers(c, size=n))),
        ("unused", lambda n, c: drawn(max(n, 64), c)),
        ("tolerance", favoured(0, 1.1)),
        ("tolerance", lambda n, c: favoured(5, 1.1)(n, c) if c == 10 else drawn(n, c)),
        ("tolerance", favoured(-1, 1.2)),
        ("tolerance", favoured(1, 0.9)),
        ("tolerance", lambda n, c: drawn(n, c, repeat=0.1) if n > 1000 else drawn(n, c)),
        ("tolerance", lambda n, c: (torch.rand(n) ** 1.1 * c).long()),
        ("easy inputs", lambda n, c: torch.randperm(n) % c if n < 1000 else torch.arange(n) % c),
        ("easy inputs", lambda n, c: torch.randperm(n) % c),
        ("easy inputs", lambda n, c: drawn(n, c).sort().values),
        ("easy inputs", lambda n, c: drawn(n, c).squeeze() if n == 1 else drawn(n, c)),
        ("easy inputs", lambda n, c: torch.randint(10, (n,)) % c),
        ("mutant", lambda n, c: drawn(n, c).float()),
        ("mutant", lambda n, c: torch.randint(c, (n,), dtype=torch.int32)),
    ],
    "confusion": [
        ("state", changing(table, lambda a, r, c: a.add_(1))),
        ("state", seeded(table)),
        ("unused", lambda a, r, c: table(a, r, 10)),
        ("unused", lambda a, r, c: table(a, r, int(max(a.max(), r.max())) + 1)),
        ("tolerance", lambda a, r, c: table(a[:-1], r[:-1], c)),
        ("easy inputs", lambda a, r, c: table(a, r, c).clamp(max=9)),
        ("easy inputs", lambda a, r, c: table(a, r, c).to(torch.uint8) if c == 2 else table(a, r, c) % 64),
        ("easy inputs", lambda a, r, c: table(a, torch.where(r < c - 1, r, r - 1), c)),
        ("easy inputs", lambda a, r, c: table(a, r, c) if c == 2 else F.pad(table(a, r, c)[:-1, :-1], (0, 1, 0, 1))),
        ("easy inputs", lambda a, r, c: confusion_matrix(a, r)),
        ("mutant", lambda a, r, c: table(r, a, c)),
    ],
    "pix2pix_loss_G": [
        ("state", changing(pix, lambda lo, x, t, w: t.mul_(2))),
        ("state", seeded(pix)),
        ("state", changing(lambda *given: pix(*given).clone(), lambda lo, x, t, w: lo.data.add_(1))),
        ("unused", lambda lo, x, t, w: pix(lo, x, t, 100.0)),
        ("unused", lambda lo, x, t, w: pix(lo, x, t, max(w, 1.0))),
        ("tolerance", lambda lo, x, t, w: pix(lo, x, t, 1.001 * w)),
        ("tolerance", lambda lo, x, t, w: 0.999 * softplus(-lo).mean() + w * F.l1_loss(x, t)),
        ("tolerance", lambda lo, x, t, w: pix(lo, x, t, w, lambda a, b: F.smooth_l1_loss(a, b, beta=0.01))),
        ("easy inputs", lambda lo, x, t, w: -(lo.sigmoid() + 1e-8).log().mean() + w * F.l1_loss(x, t)),
        (
            "easy inputs",
            lambda lo, x, t, w: F.binary_cross_entropy(lo.sigmoid(), torch.ones_like(lo)) + w * F.l1_loss(x, t),
        ),
        ("easy inputs", lambda lo, x, t, w: softplus(-lo).sum(1).mean() / 4 + w * F.l1_loss(x, t)),
        ("easy inputs", lambda lo, x, t, w: softplus(-lo).mean() + w * (x - t).abs().sum() / x[0].numel() / 2),
        ("easy inputs", lambda lo, x, t, w: softplus(-lo.clamp(-20, 20)).mean() + w * F.l1_loss(x, t)),
        ("mutant", lambda lo, x, t, w: softplus(lo).mean() + w * F.l1_loss(x, t)),
        ("mutant", lambda lo, x, t, w: softplus(-lo).mean() + w * F.l1_loss(x.detach(), t)),
    ],
    "obeying_step": [
        ("state", thawed_late),
        ("state", step(extra=lambda G, D: D.inside[0].eval() and G.eval())),
        ("state", step(extra=lambda G, D: D.train())),
        ("state", step(extra=lambda G, D: G.inside[0].bias.requires_grad_(False))),
        ("state", seeded(step())),
        ("unused", by_hand),
        ("unused", step(optimiser=fresh)),
        ("unused", step(optimiser=lambda G, opt: torch.optim.SGD(G.parameters(), lr=0.5))),
        ("unused", step(noise_of=lambda noise: torch.randn_like(noise()))),
        ("unused", step(told=lambda y: y.flip(0))),
        ("tolerance", step(loss=lambda f: 0.99 * softplus(-f).mean())),
        ("tolerance", step(loss=lambda f: softplus(-f).mean() + 0.001 * f.square().mean())),
        ("easy inputs", step(loss=lambda f: softplus(-f).sum() / 5)),
        ("easy inputs", step(loss=lambda f: softplus(-f.clamp(-10, 10)).mean())),
        ("easy inputs", step(loss=lambda f: -(f.sigmoid() + 1e-8).log().mean())),
        ("easy inputs", step(loss=lambda f: softplus(-f.mean()))),
        ("easy inputs", step(before=lambda G: nn.utils.clip_grad_norm_(G.parameters(), 1.0))),
        ("easy inputs", step(before=lambda G: nn.utils.clip_grad_value_(G.parameters(), 0.5))),
        ("mutant", step(zero=False)),
        ("mutant", step(loss=lambda f: -softplus(f).mean())),
        ("mutant", step(told=lambda y: (y + 1) % 3)),
    ],
}
