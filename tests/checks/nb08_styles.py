"""Notebook 08: further right answers."""

import random

import numpy as np
import torch
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.nn import functional as F
from torch.nn.functional import one_hot, softplus


def frozen_meanwhile(G, D, opt_G, noise, labels):
    for parameter in D.parameters():
        parameter.requires_grad_(False)
    y = labels()
    value = softplus(-D(G(noise(), y), y)).mean()
    opt_G.zero_grad()
    value.backward()
    opt_G.step()
    for parameter in D.parameters():
        parameter.requires_grad_(True)
    return value


def by_grad(G, D, opt_G, noise, labels):
    y = labels()
    value = F.binary_cross_entropy_with_logits(D(G(noise(), y), y), torch.ones(len(y)))
    for parameter, gradient in zip(G.parameters(), torch.autograd.grad(value, list(G.parameters()))):
        parameter.grad = gradient
    opt_G.step()
    return value.item()


def frozen_as_it_was(G, D, opt_G, noise, labels):
    flags = [parameter.requires_grad for parameter in D.parameters()]
    D.requires_grad_(False)
    y, z = labels(), noise()
    loss = torch.logaddexp(torch.zeros(()), -D(G(z, y), y)).mean()
    G.zero_grad()
    loss.backward()
    opt_G.step()
    for parameter, flag in zip(D.parameters(), flags):
        parameter.requires_grad_(flag)
    return loss


def by_closure(G, D, opt_G, noise, labels):
    z, y = noise(), labels()

    def closure():
        opt_G.zero_grad(set_to_none=False)
        loss = nn.BCEWithLogitsLoss()(D(G(z, y), y), torch.ones(len(z)))
        loss.backward()
        return loss

    return opt_G.step(closure).item()


class Step:
    def __call__(self, G, D, opt_G, noise, labels):
        y = labels()
        logits = D(G(noise(), y), y.clone())
        loss = -F.logsigmoid(logits).sum() / len(logits)
        for parameter in G.parameters():
            parameter.grad = None
        loss.backward(inputs=list(G.parameters()))
        opt_G.step()
        return loss.detach().numpy()


def label_by_rows(z, y, classes):
    rows = []
    for one, name in zip(z, y.tolist()):
        flags = torch.zeros(classes)
        flags[name] = 1
        rows.append(torch.cat([one, flags]))
    return torch.stack(rows)


def planes_by_numpy(x, y, classes):
    flags = (np.arange(classes) == y.numpy()[:, None]).astype(np.float32)
    planes = np.broadcast_to(flags[:, :, None, None], (len(x), classes, *x.shape[2:]))
    return np.concatenate([x.numpy(), planes], axis=1)


def planes_scattered(x, y, classes):
    planes = x.new_zeros(len(x), classes, x.size(2), x.size(3))
    planes[torch.arange(len(x)), y] = 1
    return torch.cat((x, planes), dim=-3)


def pix_by_loops(logits, x_fake, x_target, weight):
    total = sum(torch.log1p(torch.exp(-one)) if one > -30 else -one for one in logits.flatten())
    return total / logits.numel() + weight * torch.linalg.vector_norm(x_fake - x_target, 1) / x_target.numel()


class Pix(nn.Module):
    def __init__(self):
        super().__init__()
        self.adversarial, self.distance = nn.BCEWithLogitsLoss(), nn.L1Loss()

    def forward(self, logits, x_fake, x_target, weight):
        return self.adversarial(logits, torch.ones_like(logits)) + weight * self.distance(x_fake, x_target)


STYLES = {
    "append_label": [
        lambda z, y, c: torch.hstack([z, (y[:, None] == torch.arange(c)).float()]),
        lambda z, y, c: torch.cat([z, torch.eye(c)[y]], dim=-1),
        lambda z, y, c: torch.cat([z, torch.zeros(len(y), c).scatter_(1, y[:, None], 1.0)], 1),
        label_by_rows,
        lambda z, y, c: torch.cat([z.double(), one_hot(y, c).double()], 1),
        lambda z, y, c: np.hstack([z.numpy(), np.eye(c)[y.numpy()]]),
    ],
    "append_planes": [
        lambda x, y, c: torch.cat([x, torch.eye(c)[y].view(len(y), c, 1, 1) * torch.ones_like(x[:, :1])], 1),
        lambda x, y, c: torch.cat(
            [x, F.one_hot(y, c).float().repeat_interleave(x[0, 0].numel(), 1).view(len(y), c, *x.shape[2:])], 1
        ),
        planes_by_numpy,
        planes_scattered,
        lambda x, y, c: torch.cat(
            [x, torch.einsum("nc,nhw->nchw", one_hot(y, c).float(), torch.ones_like(x[:, 0]))], 1
        ),
    ],
    "random_labels": [
        lambda n, c: torch.tensor([random.randrange(c) for _ in range(n)]),
        lambda n, c: torch.from_numpy(np.random.randint(0, c, n)),  # noqa: NPY002
        lambda n, c: torch.multinomial(torch.ones(c), n, replacement=True),
        lambda n, c: (torch.rand(n) * c).long(),
        lambda n, c: torch.from_numpy(np.random.default_rng().integers(c, size=n)),
        lambda n, c: torch.tensor(random.choices(range(c), k=n)),
        lambda n, c: torch.distributions.Categorical(logits=torch.zeros(c)).sample((n,)),
        lambda n, c: torch.empty(n, dtype=torch.long).random_(c),
        lambda n, c: torch.rand(n, c).argmax(1),
    ],
    "confusion": [
        lambda a, r, c: one_hot(a, c).T @ one_hot(r, c),
        lambda a, r, c: torch.tensor([[int(((a == i) & (r == j)).sum()) for j in range(c)] for i in range(c)]),
        lambda a, r, c: np.histogram2d(a.numpy(), r.numpy(), bins=[np.arange(c + 1)] * 2)[0],
        lambda a, r, c: confusion_matrix(a, r, labels=range(c)),
        lambda a, r, c: torch.stack([torch.bincount(r[a == i], minlength=c) for i in range(c)]),
        lambda a, r, c: torch.einsum("ni,nj->ij", one_hot(a, c).double(), one_hot(r, c).double()),
    ],
    "pix2pix_loss_G": [
        lambda lo, x, t, w: F.binary_cross_entropy_with_logits(lo, torch.ones_like(lo)) + w * (x - t).abs().mean(),
        lambda lo, x, t, w: -F.logsigmoid(lo).mean() + w * F.l1_loss(x, t, reduction="sum") / x.numel(),
        pix_by_loops,
        Pix(),
        lambda lo, x, t, w: (
            torch.logaddexp(-lo, torch.zeros_like(lo)).mean() + w * (t - x).abs().flatten(1).mean(1).mean()
        ),
    ],
    "obeying_step": [frozen_meanwhile, by_grad, frozen_as_it_was, by_closure, Step()],
}
