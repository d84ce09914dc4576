"""Notebook 03, codes and losses: wrong answers that a check could let through, each with its kind."""

import math

import torch
import torch.nn.functional as F

LOG_2PI = math.log(2 * math.pi)


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(0)
        return answer(*given)

    return seeded


def kept(answer):
    """Return an answer that gives its first numbers for ever to what has the same shape."""
    results = {}

    def keeping(*given):
        result = answer(*given)
        return result - result.detach() + results.setdefault(given[0].shape, result.detach())

    return keeping


def changing(answer, change):
    """Return an answer that does something to its arguments besides."""

    def changed(*given):
        result = answer(*given)
        change(*given)
        return result

    return changed


def code(mean, log_var, noise):
    return mean + (0.5 * log_var).exp() * noise


def noise_in_place(mean, log_var, noise):
    return noise.mul_((0.5 * log_var).exp()).add_(mean)


def kl_terms(mean_q, log_var_q, mean_p, log_var_p):
    return 0.5 * ((log_var_q - log_var_p).exp() + (mean_q - mean_p) ** 2 / log_var_p.exp() + log_var_p - log_var_q - 1)


def kl(*given):
    return kl_terms(*given).sum(1)


def kl_with_eps(eps):
    def kl_between(mean_q, log_var_q, mean_p, log_var_p):
        q, p = log_var_q.exp() + eps, log_var_p.exp() + eps
        return 0.5 * (q / p + (mean_q - mean_p) ** 2 / p + (p / q).log() - 1).sum(1)

    return kl_between


def kl_clamped(low, high):
    return lambda mq, vq, mp, vp: kl(mq, vq.clamp(low, high), mp, vp.clamp(low, high))


def in_the_middle(mean_q, log_var_q, mean_p, log_var_p):
    """The two divergences' mean, which is symmetric."""
    return 0.5 * (kl(mean_q, log_var_q, mean_p, log_var_p) + kl(mean_p, log_var_p, mean_q, log_var_q))


def by_draws(mean_q, log_var_q, mean_p, log_var_p):
    """An average over 10,000 draws instead of the formula."""
    z = mean_q + (log_var_q / 2).exp() * torch.randn(10_000, *mean_q.shape)
    log_q = -0.5 * ((z - mean_q) ** 2 / log_var_q.exp() + log_var_q)
    log_p = -0.5 * ((z - mean_p) ** 2 / log_var_p.exp() + log_var_p)
    return (log_q - log_p).mean(0).sum(1)


def loss(x, x_hat, mean, log_var, sigma, pixels=None, beta=1.0, squares=None):
    pixels = pixels or x[0].numel()
    squares = (x - x_hat).square().flatten(1).sum(1) if squares is None else squares
    kl = 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(1)
    return (squares / (2 * sigma**2) + pixels * (math.log(sigma) + LOG_2PI / 2) + beta * kl).mean()


def losses(change):
    """Return a loss whose arguments are changed before."""
    return lambda *given: loss(*change(*given))


def backward_inside(*given):
    value = loss(*given)
    value.backward(retain_graph=True)
    return value


def difference_in_place(x, x_hat, mean, log_var, sigma):
    x -= x_hat.detach()
    return loss(x, x_hat - x_hat.detach(), mean, log_var, sigma)


ATTACKS = {
    "draw_code": [
        ("state", noise_in_place),
        ("state", changing(code, lambda m, v, e: e.zero_())),
        ("state", changing(code, lambda m, v, e: m.data.add_(1))),
        ("state", changing(code, lambda m, v, e: v.requires_grad_(False))),
        ("state", with_seed(code)),
        ("state", kept(code)),
        ("unused", lambda m, v, e: code(m, v, torch.zeros_like(e))),
        ("unused", lambda m, v, e: code(m, v, e[:1].expand_as(e))),
        ("unused", lambda m, v, e: code(m, v.mean(1, keepdim=True), e)),
        ("unused", lambda m, v, e: code(m, v.mean(0), e)),
        ("unused", lambda m, v, e: code(m, v, torch.randn(e.shape, generator=torch.Generator().manual_seed(0)))),
        ("tolerance", lambda m, v, e: m + ((0.5 * v).exp() + 1e-3) * e),
        ("tolerance", lambda m, v, e: m + (v.exp() + 1e-3).sqrt() * e),
        ("tolerance", lambda m, v, e: code(m, v, 0.999 * e)),
        ("tolerance", lambda m, v, e: code(m, v, (e - e.mean()) / (e.std() if e.numel() > 1 else 1))),
        ("easy inputs", lambda m, v, e: code(m, v.clamp(-5, 5), e)),
        ("easy inputs", lambda m, v, e: code(m, v.clamp(-10, 2), e)),
        ("easy inputs", lambda m, v, e: code(m, v.clamp(-10, 10), e)),
        ("easy inputs", lambda m, v, e: code(m, v, e.clamp(-2, 2))),
        ("easy inputs", lambda m, v, e: m + F.softplus(v) * e),
        ("easy inputs", lambda m, v, e: m + (1 + 0.5 * v + v**2 / 8 + v**3 / 48) * e),
        ("mutant", lambda m, v, e: m + (0.6 * v).exp() * e),
        ("mutant", lambda m, v, e: code(m, v, e) + 0 * e.sum() + 0.2 * m),
        ("mutant", lambda m, v, e: code(m, e, v)),
        ("mutant", lambda m, v, e: torch.where(e > 0, code(m, v, e), code(m, v.detach(), e))),
    ],
    "kl_between": [
        ("state", changing(kl, lambda mq, vq, mp, vp: mp.data.zero_())),
        ("state", changing(kl, lambda mq, vq, mp, vp: vq.data.exp_())),
        ("state", changing(kl, lambda mq, vq, mp, vp: mp.requires_grad_(False))),
        ("state", with_seed(kl)),
        ("state", kept(kl)),
        ("unused", lambda mq, vq, mp, vp: kl(mq, vq, mp, 0 * vp)),
        ("unused", lambda mq, vq, mp, vp: kl(mq, vq, 0 * mp, vp)),
        ("unused", lambda mq, vq, mp, vp: kl(mq, vq, mp, vp[:1].expand_as(vp))),
        ("unused", lambda mq, vq, mp, vp: kl(mq, vq, mp.detach(), vp.detach()) + 0 * (mp + vp).sum()),
        ("tolerance", kl_with_eps(1e-3)),
        ("tolerance", kl_with_eps(1e-5)),
        ("tolerance", by_draws),
        ("tolerance", lambda *given: kl(*given) + 1e-3),
        ("tolerance", lambda *given: 1.001 * kl(*given)),
        ("easy inputs", kl_clamped(-3, 3)),
        ("easy inputs", kl_clamped(-5, 5)),
        ("easy inputs", kl_clamped(-20, 2)),
        ("easy inputs", lambda *given: kl(*given).clamp(min=0.5)),
        ("easy inputs", lambda *given: kl_terms(*given).clamp(min=0.1).sum(1)),
        ("easy inputs", lambda *given: kl_terms(*given).clamp(max=100).sum(1)),
        ("easy inputs", lambda *given: kl(*given).squeeze()),
        ("easy inputs", lambda *given: kl_terms(*given).sum(0) if len(given[0]) == given[0].shape[1] else kl(*given)),
        ("easy inputs", in_the_middle),
        ("mutant", lambda mq, vq, mp, vp: kl(mq, vq, mp, vp) + 0.1 * (vp - vq).sum(1)),
        ("mutant", lambda mq, vq, mp, vp: kl(mq, 1.2 * vq, mp, vp)),
        ("mutant", lambda mq, vq, mp, vp: kl(mp, vq, mq, vp) + 0.2 * (mq - mp).sum(1)),
        ("mutant", lambda mq, vq, mp, vp: kl(mq, vq.detach(), mp, vp) + 0 * vq.sum()),
    ],
    "vae_loss": [
        ("state", difference_in_place),
        ("state", backward_inside),
        ("state", changing(loss, lambda x, x_hat, m, v, s: x.add_(1))),
        ("state", changing(loss, lambda x, x_hat, m, v, s: v.data.exp_())),
        ("state", changing(loss, lambda x, x_hat, m, v, s: x_hat.requires_grad_(False))),
        ("state", with_seed(loss)),
        ("state", kept(loss)),
        ("unused", losses(lambda x, y, m, v, s: (x, y, m, v, 1.0))),
        ("unused", losses(lambda x, y, m, v, s: (x, y, m, v, 0.5))),
        ("unused", lambda x, *rest: loss(x, *rest, pixels=x.shape[-1] ** 2)),
        ("unused", lambda x, *rest: loss(x, *rest, pixels=x.shape[-1] * x.shape[-2])),
        ("unused", lambda x, *rest: loss(x, *rest, pixels=256)),
        ("unused", lambda x, *rest: loss(x, *rest, pixels=x.numel())),
        ("unused", losses(lambda x, y, m, v, s: (x[:, :1], y[:, :1], m, v, s))),
        ("unused", losses(lambda x, y, m, v, s: (x, y, m[:, :2], v[:, :2], s))),
        ("tolerance", losses(lambda x, y, m, v, s: (x, y, m, v, math.sqrt(s**2 + 1e-3)))),
        ("tolerance", losses(lambda x, y, m, v, s: (x, y, m, v, s + 1e-3))),
        ("tolerance", lambda *given: loss(*given, beta=0.99)),
        ("tolerance", lambda x, *rest: loss(x, *rest) * len(x) / (len(x) - 1 or 1)),
        ("easy inputs", losses(lambda x, y, m, v, s: (x, y.clamp(-1, 1), m, v, s))),
        ("easy inputs", losses(lambda x, y, m, v, s: (x, y, m, v.clamp(-4, 4), s))),
        ("easy inputs", losses(lambda x, y, m, v, s: (x, y, m, v, max(s, 0.1)))),
        ("easy inputs", losses(lambda x, y, m, v, s: (x, y, m, v, min(s, 1.0)))),
        ("easy inputs", lambda *given: loss(*given).abs()),
        ("easy inputs", lambda *given: loss(*given).clamp(min=0)),
        ("easy inputs", lambda x, y, *rest: loss(x, y, *rest, squares=(x - y).abs().flatten(1).sum(1))),
        ("easy inputs", lambda x, y, *rest: loss(x, y, *rest, squares=(x - y).square().sum((2, 3)).mean(1))),
        ("mutant", lambda *given: loss(*given, beta=1.2)),
        ("mutant", lambda *given: loss(*given).detach() + loss(*given, beta=0.0) - loss(*given, beta=0.0).detach()),
        ("mutant", losses(lambda x, y, m, v, s: (x, y.detach(), m, v, s))),
        ("mutant", losses(lambda x, y, m, v, s: (x, y, v, m, s))),
        ("mutant", lambda x, *rest: loss(x, *rest) - 0.2 * math.log(rest[-1])),
    ],
}
