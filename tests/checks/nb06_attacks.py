"""Notebook 06, the best D and the losses: wrong answers that a check could let through, each with its kind."""

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.functional import softplus


def loss_D(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def loss_G(fake):
    return softplus(-fake).mean()


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(0)
        return answer(*given)

    return seeded


def without_gradients(answer):
    """Return an answer that switches the recording of gradients off when it has done its work."""

    def switched(*given):
        result = answer(*given)
        torch.set_grad_enabled(False)
        return result

    return switched


def kept(answer):
    """Return an answer that gives its first result for a size for ever."""
    results = {}
    return lambda *given: results.setdefault(tuple(one.shape for one in given), answer(*given))


def best_in_place(p, q):
    q += p
    return p / q


def best_divided(p, q):
    return p.div_(p + q)


def shifted_in_place(real, fake):
    real.data.clamp_(-50, 50)
    return loss_D(real, fake)


def negated_in_place(real, fake):
    loss = loss_D(real, fake)
    fake.data.neg_()
    return loss


def gradients_at_once(real, fake):
    loss = loss_D(real, fake)
    loss.backward(retain_graph=True)
    return loss


def with_epsilon(epsilon):
    return lambda r, f: -(r.sigmoid() + epsilon).log().mean() - (1 - f.sigmoid() + epsilon).log().mean()


def doubly_clamped(r, f):
    p, q = [one.double().sigmoid().clamp(1e-12, 1 - 1e-12) for one in (r, f)]
    return (-p.log().mean() - (1 - q).log().mean()).float()


def bce(r, f):
    p, q = r.sigmoid(), f.sigmoid()
    return F.binary_cross_entropy(p, torch.ones_like(p)) + F.binary_cross_entropy(q, torch.zeros_like(q))


def smoothed(most):
    return lambda r, f: F.binary_cross_entropy_with_logits(r, torch.full_like(r, most)) + softplus(f).mean()


def clipped(limit):
    return lambda *logits: (loss_D if len(logits) == 2 else loss_G)(*(one.clamp(-limit, limit) for one in logits))


def naive_softplus(r, f):
    return torch.log(1 + torch.exp(-r)).mean() + torch.log(1 + torch.exp(f)).mean()


def shared_mean(r, f):
    return (softplus(-r).sum() + softplus(f).sum()) / len(r)


def cut_to_the_shorter(r, f):
    n = min(len(r), len(f))
    return loss_D(r[:n], f[:n])


def without_the_last(r, f):
    return loss_D(r[:-1], f[:-1])


def first_of_all(f):
    return softplus(-f).sort().values[: max(1, len(f) - 1)].mean()


ATTACKS = {
    "best_D": [
        ("state", best_in_place),
        ("state", best_divided),
        ("state", with_seed(lambda p, q: p / (p + q))),
        ("state", without_gradients(lambda p, q: p / (p + q))),
        ("state", kept(lambda p, q: p / (p + q))),
        ("tolerance", lambda p, q: (p / (p + q)).clamp(1e-3, 1 - 1e-3)),
        ("tolerance", lambda p, q: p / (p + q) + 1e-3),
        ("tolerance", lambda p, q: (1000 * p / (p + q)).round() / 1000),
        ("easy inputs", lambda p, q: p / (p + q + 1e-8)),
        ("easy inputs", lambda p, q: (p + 1e-8) / (p + q + 2e-8)),
        ("easy inputs", lambda p, q: torch.sigmoid((p + 1e-6).log() - (q + 1e-6).log())),
        ("easy inputs", lambda p, q: p / (p + q).clamp(min=1e-4)),
        ("mutant", lambda p, q: p / (p + 1.2 * q)),
        ("mutant", lambda p, q: p / (p + q.mean())),
        ("mutant", lambda p, q: p**2 / (p**2 + q**2)),
        ("unused", lambda p, q: p / (1 + p)),
        ("seed", lambda p, q: p / (p + q) if q.min() > 1e-2 else p / (p + 1e-2)),
    ],
    "loss_D": [
        ("state", shifted_in_place),
        ("state", negated_in_place),
        ("state", gradients_at_once),
        ("state", with_seed(loss_D)),
        ("state", without_gradients(loss_D)),
        ("state", kept(loss_D)),
        ("unused", lambda r, f: softplus(-r).mean() + softplus(f.detach()).mean()),
        ("unused", lambda r, f: softplus(-r.detach()).mean() + softplus(f).mean()),
        ("tolerance", lambda r, f: 1.001 * loss_D(r, f)),
        ("tolerance", lambda r, f: F.softplus(-r, threshold=5).mean() + F.softplus(f, threshold=5).mean()),
        ("tolerance", smoothed(0.999)),
        ("tolerance", smoothed(0.9)),
        ("easy inputs", with_epsilon(1e-8)),
        ("easy inputs", with_epsilon(1e-12)),
        ("easy inputs", with_epsilon(1e-3)),
        ("easy inputs", doubly_clamped),
        ("easy inputs", bce),
        ("easy inputs", naive_softplus),
        ("easy inputs", clipped(15)),
        ("easy inputs", clipped(50)),
        ("easy inputs", clipped(100)),
        ("easy inputs", shared_mean),
        ("easy inputs", cut_to_the_shorter),
        ("mutant", without_the_last),
        ("mutant", lambda r, f: softplus(-r).mean() + 1.2 * softplus(f).mean()),
        ("mutant", lambda r, f: 2 * torch.cat([softplus(-r), softplus(f)]).mean()),
        ("mutant", lambda r, f: softplus(-r.mean()) + softplus(f.mean())),
        ("mutant", lambda r, f: softplus(-r).median() + softplus(f).median()),
        ("seed", lambda r, f: loss_D(r, f) if r.abs().max() < 60 else bce(r, f)),
        ("seed", lambda r, f: loss_D(r, f) if len(r) == len(f) else shared_mean(r, f)),
    ],
    "loss_G": [
        ("state", lambda f: (loss_G(f), f.data.mul_(2))[0]),
        ("state", lambda f: (loss_G(f), f.requires_grad_(True), loss_G(f).backward())[0]),
        ("state", with_seed(loss_G)),
        ("state", without_gradients(loss_G)),
        ("state", kept(loss_G)),
        ("unused", lambda f: loss_G(f.detach().requires_grad_(True))),
        ("tolerance", lambda f: 1.001 * loss_G(f)),
        ("tolerance", lambda f: F.softplus(-f, threshold=5).mean()),
        ("tolerance", lambda f: F.binary_cross_entropy_with_logits(f, torch.full_like(f, 0.99))),
        ("easy inputs", lambda f: -(f.sigmoid() + 1e-8).log().mean()),
        ("easy inputs", lambda f: -(f.double().sigmoid() + 1e-12).log().mean()),
        ("easy inputs", lambda f: F.binary_cross_entropy(f.sigmoid(), torch.ones_like(f))),
        ("easy inputs", lambda f: torch.log(1 + torch.exp(-f)).mean()),
        ("easy inputs", clipped(15)),
        ("easy inputs", clipped(100)),
        ("easy inputs", lambda f: -f.sigmoid().clamp(1e-7, 1).log().mean()),
        ("easy inputs", lambda f: torch.nan_to_num(-f.sigmoid().log(), posinf=100.0).mean()),
        ("mutant", first_of_all),
        ("mutant", lambda f: softplus(-f[:-1]).mean()),
        ("mutant", lambda f: softplus(-f).sum() / 4),
        ("mutant", lambda f: softplus(-1.2 * f).mean()),
        ("mutant", lambda f: softplus(-f).median()),
        ("seed", lambda f: loss_G(f) if f.min() > -60 else -f.sigmoid().clamp(1e-30, 1).log().mean()),
    ],
}


def best_by_loop(p, q):
    return torch.tensor([float(a) / (float(a) + float(b)) for a, b in zip(p, q)])


def best_of_stack(p, q):
    both = torch.stack([p, q])
    return (both / both.sum(0, keepdim=True))[0]


class Best(torch.nn.Module):
    def forward(self, p, q):
        return p.div(torch.add(p, q))


def labelled(r, f):
    one = torch.nn.BCEWithLogitsLoss()
    return one(r, torch.ones(len(r))) + one(f, torch.zeros(len(f)))


def by_logaddexp(r, f):
    return torch.logaddexp(torch.zeros_like(r), -r).mean() + torch.logaddexp(torch.zeros_like(f), f).mean()


def stable(x):
    return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))


def summed_by_loop(r, f):
    total = 0
    for logit in r:
        total = total + F.softplus(-logit) / len(r)
    for logit in f:
        total = total + F.softplus(logit) / len(f)
    return total


def by_classes(r, f):
    scores = torch.stack([torch.zeros_like(f), f], dim=1)
    return F.cross_entropy(scores, torch.ones(len(f), dtype=torch.long)) if r is None else None


def loss_G_by_classes(f):
    return by_classes(None, f)


STYLES = {
    "best_D": [
        best_by_loop, best_of_stack, Best(),
        lambda p, q: torch.softmax(torch.stack([p.log(), q.log()]), 0)[0],
        lambda p, q: 1 - q / (p + q),
        lambda p, q: np.divide(p.numpy(), np.add(p.numpy(), q.numpy())),
    ],
    "loss_D": [
        labelled, by_logaddexp, summed_by_loop,
        lambda r, f: stable(-r).mean() + stable(f).mean(),
        lambda r, f: (torch.log1p(torch.exp(-r.double())).mean() + torch.log1p(torch.exp(f.double())).mean()).float(),
        lambda r, f: softplus(-r).mean(0, keepdim=True).squeeze() + torch.einsum("n->", softplus(f)) / f.numel(),
        lambda r, f: (F.softplus(r) - r).mean() + F.softplus(f).mean(),
    ],
    "loss_G": [
        loss_G_by_classes,
        lambda f: torch.logaddexp(torch.zeros_like(f), -f).mean(),
        lambda f: stable(-f).mean(),
        lambda f: torch.nn.BCEWithLogitsLoss()(f, torch.ones(f.shape)),
        lambda f: torch.log1p(torch.exp(-f.double())).mean(),
        lambda f: -F.logsigmoid(f).sum() / f.shape[0],
        lambda f: torch.stack([F.softplus(-one) for one in f]).mean(),
    ],
}  # fmt: skip
