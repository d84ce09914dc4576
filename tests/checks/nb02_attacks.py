"""Notebook 02, likelihoods and masks: wrong answers that a check could let through, each with its kind."""

import math

import torch
import torch.nn.functional as F

LN2 = math.log(2)


def nll(logits, levels):
    return F.cross_entropy(logits, levels, reduction="none").sum((1, 2))


def chosen(log_p, levels):
    return -log_p.gather(1, levels[:, None])[:, 0].sum((1, 2))


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(42)
        return answer(*given)

    return seeded


def kept(answer, key):
    """Return an answer that gives its first result for ever to what has the same key."""
    results = {}
    return lambda *given: results.setdefault(key(*given), answer(*given))


def logits_in_place(logits, levels):
    logits.data -= logits.data.logsumexp(1, keepdim=True)
    return chosen(logits, levels)


def levels_in_place(logits, levels):
    result = nll(logits, levels.clone())
    levels += 1
    return result


def backward_inside(logits, levels):
    result = nll(logits, levels)
    result.sum().backward(retain_graph=True)
    return result


def shifted(shift, double=False):
    """Return the shift trick with something else than each pixel's own largest logit taken out."""

    def picture_nll(logits, levels):
        logits = logits.double() if double else logits
        logits = logits - shift(logits).detach()
        return chosen(logits - logits.exp().sum(1, keepdim=True).log(), levels).float()

    return picture_nll


def each_level_alone(logits, levels):
    """A sigmoid a level, as if levels did not exclude each other."""
    return F.binary_cross_entropy_with_logits(
        logits, F.one_hot(levels, logits.shape[1]).movedim(-1, 1).float(), reduction="none"
    ).sum((1, 2, 3))


def nats_in_place(nats, shape):
    nats /= math.prod(shape) * math.log(2)
    return nats


def bits(nats, shape, ln2=LN2):
    return nats / (math.prod(shape) * ln2)


def mask(kind, kernel, edge=0, kinds="B"):
    found = (torch.arange(kernel * kernel) < kernel**2 // 2 + (kind in kinds) + edge).float()
    return found.view(kernel, kernel)


def mask_of_three(kind, kernel):
    """The mask of a kernel of 3, with zeros or ones around it."""
    found = torch.zeros(kernel, kernel)
    found[: kernel // 2] = 1
    middle = kernel // 2
    found[middle, max(middle - 1, 0) : middle] = 1
    found[middle, middle] = float(kind == "B")
    return found


def mask_to_five(kind, kernel):
    return mask(kind, kernel) if kernel <= 5 else mask("B", kernel)


def mask_with_twos(kind, kernel):
    found = mask(kind, kernel)
    found[: kernel // 2] *= 2
    return found


def ramp(kind, kernel):
    found = torch.arange(kernel * kernel, 0, -1).view(kernel, kernel) / kernel**2
    return mask(kind, kernel) * found.clamp(min=0.5).ceil() - 1e-3


ATTACKS = {
    "picture_nll": [
        ("state", logits_in_place),
        ("state", levels_in_place),
        ("state", backward_inside),
        ("state", with_seed(nll)),
        ("state", kept(nll, lambda logits, levels: logits.shape)),
        ("state", lambda logits, x: nll(logits.requires_grad_(True), x.clamp_(max=1))),
        ("unused", lambda logits, x: nll(logits, x.clamp(max=1))),
        ("unused", lambda logits, x: nll(logits, logits.argmax(1))),
        ("unused", lambda logits, x: nll(logits[:, :3], x.clamp(max=2))),
        ("unused", lambda logits, x: nll(logits, x[:1].expand_as(x))),
        ("tolerance", lambda logits, x: chosen((logits.softmax(1) + 1e-3).log(), x)),
        ("tolerance", lambda logits, x: F.cross_entropy(logits, x, reduction="none", label_smoothing=0.01).sum((1, 2))),
        ("tolerance", lambda logits, x: nll(1.01 * logits, x)),
        ("tolerance", lambda logits, x: nll(logits.half().float(), x)),
        ("easy inputs", lambda logits, x: chosen((logits.softmax(1) + 1e-12).log(), x)),
        ("easy inputs", lambda logits, x: chosen(logits.softmax(1).clamp(min=1e-30).log(), x)),
        ("easy inputs", lambda logits, x: chosen(logits.double().softmax(1).log(), x).float()),
        ("easy inputs", lambda logits, x: nll(logits.clamp(-100, 100), x)),
        ("easy inputs", shifted(lambda logits: logits.amax())),
        ("easy inputs", shifted(lambda logits: logits.amax(), double=True)),
        ("easy inputs", shifted(lambda logits: logits.amax((1, 2, 3), keepdim=True))),
        ("easy inputs", shifted(lambda logits: logits.amax((1, 2, 3), keepdim=True), double=True)),
        ("easy inputs", shifted(lambda logits: logits.mean(1, keepdim=True))),
        ("easy inputs", shifted(lambda logits: logits[:, :1])),
        ("easy inputs", shifted(lambda logits: 0 * logits, double=True)),
        ("easy inputs", lambda logits, x: nll(logits, x).squeeze()),
        ("easy inputs", lambda logits, x: nll(logits, x.transpose(1, 2) if x.shape[1] == x.shape[2] else x)),
        ("easy inputs", each_level_alone),
        ("mutant", lambda logits, x: nll(logits.detach(), x) + 0 * logits.sum((1, 2, 3))),
        ("mutant", lambda logits, x: nll(logits, x) * (1 + 1 / x[0].numel())),
        ("mutant", lambda logits, x: chosen(logits.log_softmax(2), x)),
        ("mutant", lambda logits, x: nll(logits, x)[:, None].sum(1).flip(0)),
    ],
    "bits_per_dimension": [
        ("state", nats_in_place),
        ("state", lambda n, s: bits(n.mul_(1.0).div_(math.log(2)), s, 1)),
        ("state", with_seed(bits)),
        ("state", kept(bits, lambda n, s: (n.shape, s))),
        ("unused", lambda n, s: bits(n, (1, 28, 28))),
        ("unused", lambda n, s: bits(n, (1, s[1], s[2]))),
        ("unused", lambda n, s: bits(n, (s[0], s[1], s[1]))),
        ("unused", lambda n, s: bits(n, (3, s[1], s[2]))),
        ("unused", lambda n, s: bits(n, (len(n), s[1], s[2]))),
        ("unused", lambda n, s: bits(n[:1], s).expand_as(n)),
        ("tolerance", lambda n, s: bits(n, s, 0.69)),
        ("tolerance", lambda n, s: bits(n, s, 0.7)),
        ("tolerance", lambda n, s: n / (math.prod(s) * math.log(2) + 1e-3)),
        ("tolerance", lambda n, s: n / ((math.prod(s) - 1 or 1) * math.log(2))),
        ("tolerance", lambda n, s: bits(n.half().float(), s)),
        ("easy inputs", lambda n, s: bits(n.round(), s)),
        ("easy inputs", lambda n, s: bits(n, s).clamp(max=1)),
        ("easy inputs", lambda n, s: bits(n, s).squeeze()),
        ("easy inputs", lambda n, s: bits(n, s).sort().values),
        ("mutant", lambda n, s: n / sum(s) / math.log(2)),
        ("mutant", lambda n, s: bits(n, s, math.log(2.4))),
        ("mutant", lambda n, s: n / math.prod(s) / math.log10(2)),
    ],
    "causal_mask": [
        ("state", kept(mask, lambda kind, k: k)),
        ("state", kept(mask, lambda kind, k: kind)),
        ("state", with_seed(mask)),
        ("unused", lambda kind, k: mask(kind, 3)),
        ("unused", lambda kind, k: mask(kind, 5)),
        ("unused", lambda kind, k: mask("A" if k > 3 else kind, k)),
        ("unused", lambda kind, k: mask("B" if k > 3 else kind, k)),
        ("unused", lambda kind, k: mask("A" if k == 1 else kind, k)),
        ("unused", lambda kind, k: mask("B" if k == 1 else kind, k)),
        ("seed", mask_to_five),
        ("seed", lambda kind, k: mask(kind, k, kinds="" if k == 7 else "B")),
        ("seed", lambda kind, k: mask(kind, k, kinds="AB" if k == 9 else "B")),
        ("tolerance", ramp),
        ("tolerance", lambda kind, k: mask(kind, k) + 1e-3),
        ("easy inputs", mask_of_three),
        ("easy inputs", mask_with_twos),
        ("easy inputs", lambda kind, k: mask(kind, k).squeeze()),
        ("easy inputs", lambda kind, k: mask(kind, k) if k > 1 else torch.ones(1, 1)),
        ("mutant", lambda kind, k: mask(kind, k, edge=1)),
        ("mutant", lambda kind, k: mask(kind, k, edge=-1)),
        ("mutant", lambda kind, k: mask(kind, k).rot90(2)),
        ("mutant", lambda kind, k: mask(kind, k).flip(1)),
    ],
}
