"""Notebook 01, log-densities: wrong answers that a check could let through, each with its kind."""

import math

import torch
from torch.distributions import Normal

LOG_2PI = math.log(2 * math.pi)


def log_gaussian(x, mean, sigma):
    return Normal(mean, sigma).log_prob(x).sum(1)


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(0)
        return answer(*given)

    return seeded


def without_gradients(answer):
    """Return an answer that switches the recording of gradients off for good."""

    def switched(*given):
        torch.set_grad_enabled(False)
        return answer(*given)

    return switched


def kept(answer):
    """Return an answer that gives its first result for ever."""
    results = {}
    return lambda *given: results.setdefault(given[0].shape, answer(*given))


def centred_in_place(x, mean, sigma):
    x -= mean
    return log_gaussian(x, torch.zeros_like(mean), sigma)


def divided_in_place(x, mean, sigma):
    squares = (x - mean).square().sum(1)
    mean.div_(sigma)
    return -squares / (2 * sigma**2) - x.shape[1] * (math.log(sigma) + LOG_2PI / 2)


def product_in_double(x, mean, sigma):
    return Normal(mean.double(), sigma).log_prob(x.double()).exp().prod(1).log().float()


def mixture(log_parts, weights):
    return torch.logsumexp(log_parts + weights.log(), 1)


def mixture_shifted(shift, double=False):
    """Return the shift trick with something else than each row's largest entry taken out."""

    def mixture_log_prob(log_parts, weights):
        if double:
            log_parts, weights = log_parts.double(), weights.double()
        taken = shift(log_parts)
        return ((log_parts - taken).exp() @ weights).log() + taken.expand(len(log_parts), 1)[:, 0]

    return mixture_log_prob


def weights_in_place(log_parts, weights):
    return torch.logsumexp(log_parts + weights.log_(), 1)


def parts_in_place(log_parts, weights):
    log_parts += weights.log()
    return torch.logsumexp(log_parts, 1)


def estimate(log_w):
    return torch.logsumexp(log_w, 0) - math.log(len(log_w))


def estimate_shifted(shift, double=False):
    def importance_estimate(prior, like, q):
        log_w = prior + like - q
        log_w = log_w.double() if double else log_w
        taken = shift(log_w)
        return (log_w - taken).exp().mean(0).log() + taken.expand(1, log_w.shape[1])[0]

    return importance_estimate


def each_shifted_alone(prior, like, q):
    """The three terms are freed of their largest entries one by one, which can leave nothing of a sum."""
    tops = [part.amax(0) for part in (prior, like)]
    left = (prior - tops[0]).exp() * (like - tops[1]).exp() / q.exp()
    return left.mean(0).log() + sum(tops)


def prior_in_place(prior, like, q):
    prior += like
    return estimate(prior - q)


ATTACKS = {
    "gaussian_log_prob": [
        ("state", centred_in_place),
        ("state", divided_in_place),
        ("state", with_seed(log_gaussian)),
        ("state", without_gradients(log_gaussian)),
        ("state", kept(log_gaussian)),
        ("unused", lambda x, m, s: log_gaussian(x, m, 0.5)),
        ("unused", lambda x, m, s: log_gaussian(x, 0 * m, s)),
        ("unused", lambda x, m, s: log_gaussian(x, x.mean(0), s)),
        ("unused", lambda x, m, s: -((x - m) ** 2).sum(1) / 2 / s**2 - 2 * math.log(s) - LOG_2PI),
        ("tolerance", lambda x, m, s: log_gaussian(x, m, s + 1e-3)),
        ("tolerance", lambda x, m, s: log_gaussian(x, m, math.sqrt(s**2 + 1e-3))),
        ("tolerance", lambda x, m, s: log_gaussian(x, m, s) - x.shape[1] * 1e-3),
        ("easy inputs", product_in_double),
        ("easy inputs", lambda x, m, s: log_gaussian(x, m, s).exp().log()),
        ("easy inputs", lambda x, m, s: (Normal(m, s).log_prob(x).exp() + 1e-8).log().sum(1)),
        ("easy inputs", lambda x, m, s: Normal(m, s).log_prob(x).clamp(min=-100).sum(1)),
        ("easy inputs", lambda x, m, s: Normal(m, s).log_prob(x).clamp(max=0).sum(1)),
        ("easy inputs", lambda x, m, s: x.shape[1] * Normal(m, s).log_prob(x).exp().mean(1).log()),
        ("easy inputs", lambda x, m, s: log_gaussian(x, m, s).squeeze()),
        ("mutant", lambda x, m, s: log_gaussian(x, m, 1.2 * s)),
        ("mutant", lambda x, m, s: log_gaussian(x, s, m.mean().abs())),
        ("mutant", lambda x, m, s: log_gaussian(x, m, s) + x.shape[1] * math.log(2)),
    ],
    "mixture_log_prob": [
        ("state", weights_in_place),
        ("state", parts_in_place),
        ("state", with_seed(mixture)),
        ("state", kept(mixture)),
        ("unused", lambda l, w: torch.logsumexp(l + torch.full_like(w, 1 / len(w)).log(), 1)),
        ("unused", lambda l, w: mixture(l[:, :2], w[:2] / w[:2].sum())),
        ("unused", lambda l, w: mixture(l, w.sort().values)),
        ("tolerance", lambda l, w: mixture(l, w + 1e-3)),
        ("tolerance", lambda l, w: mixture(l, 0.99 * w + 0.01 / len(w))),
        ("tolerance", lambda l, w: torch.logsumexp(l + w.log(), 1) + 0.02),
        ("tolerance", lambda l, w: mixture(l, w.clamp(min=1e-3))),
        ("easy inputs", mixture_shifted(lambda l: l.max())),
        ("easy inputs", mixture_shifted(lambda l: l.max(), double=True)),
        ("easy inputs", mixture_shifted(lambda l: l.mean(1, keepdim=True))),
        ("easy inputs", mixture_shifted(lambda l: l.mean(1, keepdim=True), double=True)),
        ("easy inputs", mixture_shifted(lambda l: l[:, :1], double=True)),
        ("easy inputs", mixture_shifted(lambda l: l.amin(1, keepdim=True))),
        ("easy inputs", mixture_shifted(lambda l: l.median())),
        ("easy inputs", mixture_shifted(lambda l: l.amax(0).mean(), double=True)),
        ("easy inputs", lambda l, w: (l.double().exp() @ w.double()).log()),
        ("easy inputs", lambda l, w: ((l / 50).exp() @ w).log() * 50),
        ("easy inputs", lambda l, w: mixture(l.clamp(min=-1000), w)),
        ("easy inputs", lambda l, w: torch.where(l.amax(1) > -80, mixture(l, w), (l + w.log()).amax(1))),
        ("easy inputs", lambda l, w: mixture(l, w).squeeze()),
        ("easy inputs", lambda l, w: mixture(l, w + 1e-8)),
        ("mutant", lambda l, w: mixture(l, w**1.2)),
        ("mutant", lambda l, w: torch.logsumexp(l + w.log2(), 1)),
    ],
    "importance_estimate": [
        ("state", prior_in_place),
        ("state", lambda p, l, q: estimate(l.add_(p).sub_(q))),
        ("state", with_seed(lambda p, l, q: estimate(p + l - q))),
        ("state", kept(lambda p, l, q: estimate(p + l - q))),
        ("unused", lambda p, l, q: torch.logsumexp(p + l - q, 0) - math.log(5)),
        ("unused", lambda p, l, q: torch.logsumexp(p + l - q, 0) - math.log(p.shape[-1])),
        ("unused", lambda p, l, q: estimate(p + l - q.mean(0))),
        ("unused", lambda p, l, q: estimate((p + l - q)[:4])),
        ("tolerance", lambda p, l, q: torch.logsumexp(p + l - q, 0) - math.log(len(p) - 1 or 1)),
        ("tolerance", lambda p, l, q: torch.logsumexp(p + l - q, 0) - math.log(len(p) + 0.01)),
        ("tolerance", lambda p, l, q: estimate(p + l - q) + 0.02),
        ("tolerance", lambda p, l, q: estimate(p + l - (q.exp() + 1e-3).log())),
        ("easy inputs", estimate_shifted(lambda w: w.max())),
        ("easy inputs", estimate_shifted(lambda w: w.max(), double=True)),
        ("easy inputs", estimate_shifted(lambda w: w.mean(0, keepdim=True))),
        ("easy inputs", estimate_shifted(lambda w: w.mean(0, keepdim=True), double=True)),
        ("easy inputs", estimate_shifted(lambda w: w[:1], double=True)),
        ("easy inputs", estimate_shifted(lambda w: w.mean(), double=True)),
        ("easy inputs", each_shifted_alone),
        ("easy inputs", lambda p, l, q: (p + l - q).double().exp().mean(0).log()),
        ("easy inputs", lambda p, l, q: estimate((p + l - q).clamp(min=-1000))),
        ("easy inputs", lambda p, l, q: estimate(l + (p.exp() / q.exp()).log())),
        ("easy inputs", lambda p, l, q: estimate(p + l - q).squeeze()),
        ("mutant", lambda p, l, q: estimate(p + l - 1.2 * q)),
        ("mutant", lambda p, l, q: estimate(q + l - p)),
        ("mutant", lambda p, l, q: estimate(p + l - q) + 2 * math.log(len(p))),
    ],
}
