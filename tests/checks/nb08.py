"""Notebook 08: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import numpy as np
import torch
import torch.nn.functional as F


def label_scatter(z, y, classes):
    hot = torch.zeros(len(z), classes).scatter_(1, y[:, None], 1.0)
    return torch.hstack([z, hot])


def planes_loop(x, y, classes):
    planes = torch.zeros(len(x), classes, *x.shape[2:])
    for row, label in enumerate(y):
        planes[row, label] = 1
    return torch.cat((x, planes), dim=1)


def planes_repeat(x, y, classes):
    return torch.cat([x, torch.eye(classes)[y].view(len(x), classes, 1, 1).repeat(1, 1, x.shape[2], x.shape[3])], 1)


def planes_ones(x, y, classes):
    return torch.cat([x, torch.ones(len(x), classes, *x.shape[2:])], 1)


def planes_max(x, y, classes):
    return planes_repeat(x, y, int(y.max()) + 1)


def confusion_loop(asked, read, classes):
    counts = np.zeros((classes, classes))
    for a, r in zip(asked.tolist(), read.tolist()):
        counts[a, r] += 1
    return counts


def confusion_bincount(asked, read, classes):
    return torch.bincount(asked * classes + read, minlength=classes**2).view(classes, classes)


def confusion_fancy(asked, read, classes):
    counts = torch.zeros(classes, classes)
    counts[asked, read] += 1
    return counts


def bce(logits, value):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, value))


def step_bce(G, D, opt_G, noise, labels):
    y, z = labels(), noise()
    opt_G.zero_grad(set_to_none=True)
    loss = bce(D(G(z, y), y), 1.0)
    loss.backward()
    opt_G.step()
    return loss.item()


def step_frozen(G, D, opt_G, noise, labels):
    D.requires_grad_(False)
    y = labels()
    loss = F.softplus(-D(G(noise(), y), y)).mean()
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    D.requires_grad_(True)
    return loss.detach()


def step_of(loss=1.0, zero=True, wrong=lambda y: y, again=False):
    def obeying_step(G, D, opt_G, noise, labels):
        y = labels()
        value = bce(D(G(noise(), y), labels() if again else wrong(y)), loss)
        if zero:
            opt_G.zero_grad()
        value.backward()
        opt_G.step()
        return value

    return obeying_step


def planes_of_all(x, y, classes):
    planes = torch.zeros(len(x), classes, *x.shape[2:])
    planes[:, y] = 1
    return torch.cat([x, planes], 1)


STYLES = {
    "append_label": [label_scatter, lambda z, y, classes: torch.cat([z, torch.eye(classes)[y]], dim=-1)],
    "append_planes": [planes_loop, planes_repeat],
    "random_labels": [
        lambda n, classes: torch.randint(0, classes, (n,)),
        lambda n, classes: (torch.rand(n) * classes).long(),
        lambda n, classes: torch.multinomial(torch.ones(classes), n, replacement=True),
    ],
    "confusion": [confusion_loop, confusion_bincount],
    "pix2pix_loss_G": [
        lambda l, x, t, w: bce(l, 1.0) + w * (t - x).abs().mean(),
        lambda l, x, t, w: -F.logsigmoid(l).mean() + w * F.l1_loss(t, x),
    ],
    "obeying_step": [step_bce, step_frozen],
}

WRONG = {
    "append_label": [
        (lambda z, y, c: torch.cat([z, y.unsqueeze(1)], 1), "as one number"),
        (lambda z, y, c: torch.cat([z, y.unsqueeze(1) / (c - 1)], 1), "no quantity"),
        (lambda z, y, c: torch.cat([torch.eye(c)[y], z], 1), "in front"),
        (lambda z, y, c: torch.cat([z, F.one_hot(y)], 1), "how many there are"),
        (lambda z, y, c: torch.cat([z, F.one_hot(y, c)]), "dimension 0"),
        (lambda z, y, c: F.one_hot(y, c), "Only the labels"),
    ],
    "append_planes": [
        (planes_of_all, "*all* labels"),
        (lambda x, y, c: torch.cat([x, y.view(-1, 1, 1, 1) * torch.ones_like(x[:, :1])], 1), "as its brightness"),
        (lambda x, y, c: torch.cat([planes_repeat(x, y, c)[:, x.shape[1] :], x], 1), "in front"),
        (planes_max, "this batch"),
        (planes_ones, "All planes are full"),
        (lambda x, y, c: planes_repeat(x, y[:1].expand(len(y)), c), "first one's label"),
        (lambda x, y, c: planes_repeat(x, (y + 1) % c, c), "off by one"),
        (
            lambda x, y, c: torch.cat([x, F.one_hot(y + 1, c)[:, :, None, None] * torch.ones_like(x[:, :1])], 1),
            "finds no",
        ),
    ],
    "random_labels": [
        (lambda n, c: torch.randint(0, c - 1, (n,)), "leaves its upper end out"),
        (lambda n, c: torch.randint(1, c + 1, (n,)), "one too large"),
        (lambda n, c: torch.randint(c + 1, (n,)), "too many"),
        (lambda n, c: torch.round(torch.rand(n) * (c - 1)).long(), "half as often"),
        (lambda n, c: torch.rand(n).mul(c).floor(), "floats"),
        (lambda n, c: torch.full((n,), int(torch.randint(c, ()))), "repeated"),
        (lambda n, c: torch.randint(c, (1, n)), "hape"),
    ],
    "confusion": [
        (confusion_fancy, "does not add up"),
        (lambda a, r, c: confusion_bincount(r, a, c), "exchanged"),
        (lambda a, r, c: confusion_bincount(a, r, int(max(a.max(), r.max())) + 1), "too small"),
        (lambda a, r, c: torch.bincount(a[a == r], minlength=c), "diagonal"),
        (lambda a, r, c: F.normalize(confusion_bincount(a, r, c).float(), p=1, dim=1), "shares"),
    ],
    "pix2pix_loss_G": [
        (lambda l, x, t, w: bce(l, 1.0) + w * ((x - t) ** 2).mean(), "Squared"),
        (lambda l, x, t, w: bce(l, 1.0) + w * F.l1_loss(x, t, reduction="sum"), "summed"),
        (lambda l, x, t, w: bce(l, 1.0) + F.l1_loss(x, t), "weight is missing"),
        (lambda l, x, t, w: w * bce(l, 1.0) + F.l1_loss(x, t), "wrong term"),
        (lambda l, x, t, w: bce(l, 0.0) + w * F.l1_loss(x, t), "caught"),
        (lambda l, x, t, w: w * F.l1_loss(x, t), "adversarial term is missing"),
        (lambda l, x, t, w: F.logsigmoid(-l).mean() + w * F.l1_loss(x, t), "minimax"),
    ],
    "obeying_step": [
        (step_of(again=True), "still there"),
        (step_of(wrong=lambda y: y * 0), "for all pictures"),
        (step_of(wrong=lambda y: torch.flip(y, [0])), "another order"),
        (step_of(zero=False), "step before"),
        (step_of(loss=0.0), "caught"),
    ],
}
