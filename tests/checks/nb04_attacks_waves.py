"""Notebook 04, waves and details: wrong answers that a check could let through, each with its kind."""

import torch
import torch.nn.functional as F


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(0)
        return answer(*given)

    return seeded


def kept(answer):
    """Return an answer that gives its first result for ever to what has the same shape."""
    results = {}
    return lambda *given: results.setdefault(given[0].shape, answer(*given))


def changing(answer, change):
    """Return an answer that does something to its arguments besides."""

    def changed(*given):
        result = answer(*given)
        change(*given)
        return result

    return changed


def fine(x, channels=lambda power: power.sum(1), H=None, cut=None, centre=(2, 3), round=torch.round, total=None):
    side = x.shape[-1]
    H = H or side
    k = torch.fft.fftfreq(side) * side
    cycles = round((k[:, None].square() + k.square()).sqrt())
    power = channels(torch.fft.fft2(x - x.mean(centre, keepdim=True)).abs().square())
    whole = power.sum((-2, -1)) if total is None else total(x)
    return (power * (cycles > (H / 4 if cut is None else cut))).sum((-2, -1)) / whole


def centred_in_place(x):
    x -= x.mean((2, 3), keepdim=True)
    return fine(x)


def by_blur(x):
    """What a blur of four pixels takes away."""
    x = x - x.mean((2, 3), keepdim=True)
    soft = F.avg_pool2d(F.pad(x, (1, 2, 1, 2), mode="circular"), 4, 1)
    return (x - soft).square().sum((1, 2, 3)) / x.square().sum((1, 2, 3))


def twice_rfft(x):
    """Half of the waves, all counted twice but the first column: wrong where a side is even."""
    H = x.shape[-1]
    power = torch.fft.rfft2(x - x.mean((2, 3), keepdim=True)).abs().square().sum(1)
    i, j = torch.fft.fftfreq(H) * H, torch.fft.rfftfreq(H) * H
    power = power * torch.where(j == 0, 1.0, 2.0)
    return (power * ((i[:, None] ** 2 + j**2).sqrt().round() > H / 4)).sum((1, 2)) / power.sum((1, 2))


def rfft_of_even_sides(x):
    """The last column is counted once, too: wrong where a side is odd."""
    H = x.shape[-1]
    power = torch.fft.rfft2(x - x.mean((2, 3), keepdim=True)).abs().square().sum(1)
    i, j = torch.fft.fftfreq(H) * H, torch.fft.rfftfreq(H) * H
    power = power * torch.where((j == 0) | (j == j[-1]), 1.0, 2.0)
    return (power * ((i[:, None] ** 2 + j**2).sqrt().round() > H / 4)).sum((1, 2)) / power.sum((1, 2))


def inside(detail, rebuilt, mask):
    keep = mask[:, None].expand_as(detail)
    return detail[keep], rebuilt[keep]


def left(detail, rebuilt, mask, eps=0.0):
    d, r = inside(detail, rebuilt, mask)
    return (d * r).sum() / (d.square().sum() + eps)


def left_of(rule):
    return lambda *given: rule(*inside(*given))


def masked_in_place(detail, rebuilt, mask):
    detail *= mask[:, None]
    return (detail * rebuilt).sum() / detail.square().sum()


def mask_in_place(detail, rebuilt, mask):
    mask &= detail[:, 0] != 0
    mask[:, 0, 0] = False
    return left(detail, rebuilt, mask)


def with_intercept(d, r):
    d, r = d - d.mean(), r - r.mean()
    return (d * r).sum() / d.square().sum()


def by_pictures(weight):
    def detail_left(detail, rebuilt, mask):
        pairs = [inside(detail[n : n + 1], rebuilt[n : n + 1], mask[n : n + 1]) for n in range(len(mask))]
        pairs = [(d, r) for d, r in pairs if len(d)]
        found = torch.stack([(d * r).sum() / d.square().sum() for d, r in pairs])
        weights = torch.stack([weight(d) for d, _ in pairs])
        return (weights * found).sum() / weights.sum()

    return detail_left


def by_channel(detail, rebuilt, mask):
    keep = mask[:, None]
    return ((detail * rebuilt * keep).sum((0, 2, 3)) / (detail.square() * keep).sum((0, 2, 3))).mean()


ATTACKS = {
    "fine_part": [
        ("state", centred_in_place),
        ("state", lambda x: fine(x.sub_(x.mean((2, 3), keepdim=True)))),
        ("state", with_seed(fine)),
        ("state", kept(fine)),
        ("unused", lambda x: fine(x, cut=8)),
        ("unused", lambda x: fine(x, cut=2)),
        ("unused", lambda x: fine(x[:, :1])),
        ("unused", lambda x: fine(x, H=16)),
        ("tolerance", lambda x: fine(x, total=lambda x: x[0, 0].numel() ** 2 * x.var((2, 3)).sum(1))),
        ("tolerance", lambda x: fine(x) + 1e-3),
        ("tolerance", lambda x: fine(x, channels=lambda power: power.sum(1) + 1e-2)),
        ("tolerance", by_blur),
        ("easy inputs", lambda x: fine(x, channels=lambda power: power).mean(1)),
        ("easy inputs", lambda x: fine(x.mean(1, keepdim=True))),
        ("easy inputs", lambda x: fine(x, centre=(1, 2, 3))),
        ("easy inputs", lambda x: fine(x, centre=(0, 1, 2, 3))),
        ("easy inputs", lambda x: fine(x, centre=(0, 2, 3))),
        ("easy inputs", lambda x: fine(x, round=torch.floor)),
        ("easy inputs", lambda x: fine(x, round=torch.ceil)),
        ("easy inputs", lambda x: fine(x, cut=x.shape[-1] // 4 + 1)),
        ("easy inputs", lambda x: fine(x, cut=x.shape[-1] // 4 - 1)),
        ("easy inputs", lambda x: fine(x, cut=round(x.shape[-1] / 4 + 0.3))),
        ("easy inputs", twice_rfft),
        ("easy inputs", rfft_of_even_sides),
        ("easy inputs", lambda x: fine(x).squeeze()),
        ("easy inputs", lambda x: fine(x, total=lambda x: x[0, 0].numel() * x.square().sum((1, 2, 3)))),
        ("mutant", lambda x: fine(x, channels=lambda power: power.sum(1) ** 1.2)),
        ("mutant", lambda x: fine(x, cut=x.shape[-1] / 4.8)),
        ("mutant", lambda x: fine(x, cut=x.shape[-1] / 3)),
    ],
    "detail_left": [
        ("state", masked_in_place),
        ("state", mask_in_place),
        ("state", changing(left, lambda d, r, m: m.fill_(True))),
        ("state", changing(left, lambda d, r, m: r.sub_(d))),
        ("state", with_seed(left)),
        ("state", kept(left)),
        ("unused", lambda d, r, m: left(d, r, m[:1].expand_as(m))),
        ("unused", lambda d, r, m: left(d[:, :1], r[:, :1], m)),
        ("unused", lambda d, r, m: left(d[:1], r[:1], m[:1])),
        ("unused", lambda d, r, m: left(d, r, ~m)),
        ("tolerance", lambda d, r, m: left(d, r, m, eps=1e-3)),
        ("tolerance", lambda d, r, m: left(d, r, m) + 1e-3),
        ("tolerance", left_of(with_intercept)),
        ("tolerance", lambda d, r, m: (left(d, r, m) * 100).round() / 100),
        ("easy inputs", lambda d, r, m: left(d, r, m).clamp(0, 1)),
        ("easy inputs", lambda d, r, m: left(d, r, m).clamp(max=1)),
        ("easy inputs", lambda d, r, m: left(d, r, m).abs()),
        ("easy inputs", by_pictures(lambda d: torch.tensor(1.0))),
        ("easy inputs", by_pictures(lambda d: torch.tensor(float(len(d))))),
        ("easy inputs", by_pictures(lambda d: d.norm())),
        ("easy inputs", by_channel),
        ("easy inputs", lambda d, r, m: left(d.mean(1, keepdim=True), r.mean(1, keepdim=True), m)),
        ("easy inputs", left_of(lambda d, r: (d.abs() * r.abs()).sum() / d.square().sum())),
        ("easy inputs", left_of(lambda d, r: (d.sign() * r).sum() / d.abs().sum())),
        ("mutant", lambda d, r, m: left(r, d, m)),
        ("mutant", lambda d, r, m: 1.2 * left(d, r, m)),
        ("mutant", lambda d, r, m: left(d, r, m.roll(1, -1))),
    ],
}
