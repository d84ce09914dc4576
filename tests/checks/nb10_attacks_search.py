"""Notebook 10, search, neighbours and outliers: wrong answers that a check could let through, each with its kind."""

import torch


def auc_with(gap=lambda u, o: o[:, None] - u, tie=0.5):
    def auc(usual, outlier):
        d = gap(usual, outlier)
        return ((d > 0).double() + tie * (d == 0).double()).mean()

    return auc


right_auc = auc_with()


def closely(**limits):
    """Scores that are nearly equal count as equal."""

    def auc(usual, outlier):
        tie = torch.isclose(outlier[:, None], usual[None, :], **limits)
        return torch.where(tie, 0.5, (outlier[:, None] > usual).double()).mean()

    return auc


def by_ranks(ties_first):
    """Ranks by sorting, which gives equal scores different ranks."""

    def auc(usual, outlier):
        n, m = len(usual), len(outlier)
        both = torch.cat([usual, outlier] if ties_first else [outlier, usual])
        ranks = torch.empty(n + m)
        ranks[both.argsort(stable=True)] = torch.arange(1.0, n + m + 1)
        of_outliers = ranks[n:] if ties_first else ranks[:m]
        return (of_outliers.sum() - m * (m + 1) / 2) / (n * m)

    return auc


def by_curve(cuts, rule=torch.trapezoid):
    def auc(usual, outlier):
        at = cuts(torch.cat([usual, outlier]))
        false = (usual >= at[:, None]).float().mean(1)
        true = (outlier >= at[:, None]).float().mean(1)
        return rule(true.flip(0), false.flip(0))

    return auc


def evenly(scores):
    return torch.linspace(float(scores.min()), float(scores.max()) + 1e-6, 1000)


def from_zero_to_one(scores):
    return torch.linspace(0, 1, 1001)


def each_score(scores):
    return scores.unique()  # the curve lacks the point (0, 0)


def left_sum(true, false):
    return (true[:-1] * false.diff()).sum() if len(true) > 1 else true.new_tensor(0.5)


def every_cut(scores):
    return torch.cat([scores.unique(), scores.max()[None] + 1])


def never_below_half(usual, outlier):
    area = right_auc(usual, outlier)
    return max(area, 1 - area)


def drawn_pairs(usual, outlier):
    i, j = torch.randint(len(usual), (20_000,)), torch.randint(len(outlier), (20_000,))
    return (outlier[j] > usual[i]).float().mean() + 0.5 * (outlier[j] == usual[i]).float().mean()


def sorts_in_place(usual, outlier):
    usual.copy_(usual.sort().values)
    return right_auc(usual, outlier)


def seeded_auc(usual, outlier):
    torch.manual_seed(0)
    return right_auc(usual, outlier)


def bell(usual, outlier):
    """As if both groups were Gaussian."""
    spread = (usual.var(unbiased=False) + outlier.var(unbiased=False)).sqrt() + 1e-12
    return torch.special.ndtr((outlier.mean() - usual.mean()) / spread)


ATTACKS = {
    "auc": [
        ("state", sorts_in_place),
        ("state", seeded_auc),
        ("unused", lambda u, o: right_auc(u[: len(o)], o)),
        ("unused", lambda u, o: right_auc(u, o[: len(u)])),
        ("unused", lambda u, o: right_auc(u.unique(), o.unique())),
        ("unused", lambda u, o: torch.tensor(0.5)),
        ("tolerance", drawn_pairs),
        ("tolerance", lambda u, o: right_auc(u, o) * len(u) * len(o) / (len(u) * len(o) + 1)),
        ("tolerance", bell),
        ("tolerance", auc_with(lambda u, o: torch.sigmoid(o)[:, None] - torch.sigmoid(u))),
        ("tolerance", by_curve(evenly)),
        ("tolerance", by_curve(from_zero_to_one)),
        ("easy inputs", by_curve(each_score)),
        ("easy inputs", by_curve(every_cut, left_sum)),
        ("easy inputs", never_below_half),
        ("easy inputs", lambda u, o: right_auc(u.abs(), o.abs())),
        ("easy inputs", closely()),
        ("easy inputs", closely(atol=1e-6)),
        ("easy inputs", closely(atol=0.0, rtol=0.01)),
        ("easy inputs", auc_with(lambda u, o: o.half()[:, None] - u.half())),
        ("easy inputs", auc_with(lambda u, o: o.round()[:, None] - u.round())),
        ("seed", by_ranks(ties_first=True)),
        ("seed", by_ranks(ties_first=False)),
        ("seed", auc_with(tie=0.0)),
        ("seed", auc_with(tie=1.0)),
        ("seed", lambda u, o: right_auc(u, o) if len(u) > 1 and len(o) > 1 else torch.tensor(0.5)),
        ("mutant", lambda u, o: right_auc(o, u)),
        ("mutant", auc_with(tie=0.4)),
        ("mutant", auc_with(tie=0.6)),
        ("mutant", auc_with(lambda u, o: o.mean() - u)),
        ("mutant", auc_with(lambda u, o: o[:, None] - u.median())),
    ],
}
