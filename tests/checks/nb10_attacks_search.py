"""Notebook 10, search, neighbours and outliers: wrong answers that a check could let through, each with its kind."""

import copy

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


def each_error(G, x, z):
    return (G(z) - x).square().flatten(1).mean(1)


def find(cost=lambda each: each.sum(), make=torch.optim.SGD, start=lambda z: z, after=lambda z: z, back=lambda z: z):
    """A search with one part of it replaced; `after` is done to z after each step, `back` makes the result."""

    def find_z(G, x, z_start, steps, rate):
        z = start(z_start).clone().requires_grad_(True)
        optimiser = make([z], lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            cost(each_error(G, x, z)).backward()
            optimiser.step()
            with torch.no_grad():
                z.copy_(after(z))
        return back(z).detach()

    return find_z


right_find = find()


def sgd(**settings):
    return lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, **settings)


def clipped_sgd(z, lr):
    return z[0].register_hook(lambda slope: slope.clamp(-1, 1)) and torch.optim.SGD(z, lr=lr)


def around(before=lambda G: None, after=lambda G: None, search=right_find):
    def find_z(G, x, z_start, steps, rate):
        before(G)
        z = search(G, x, z_start, steps, rate)
        after(G)
        return z

    return find_z


def on_a_graph(G, x, z_start, steps, rate):
    z = z_start.clone().requires_grad_(True)
    for _ in range(steps):
        (slope,) = torch.autograd.grad(each_error(G, x, z).sum(), z, create_graph=True)
        z = z - rate * slope
    return z


def in_place(G, x, z_start, steps, rate):
    z_start.requires_grad_(True)
    optimiser = torch.optim.SGD([z_start], lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        each_error(G, x, z_start).sum().backward()
        optimiser.step()
    return z_start.detach()


def in_place_by_data(G, x, z_start, steps, rate):
    z_start.copy_(right_find(G, x, z_start, steps, rate))
    return z_start


def the_best(G, x, z_start, steps, rate):
    tried = [right_find(G, x, z_start, n, rate) for n in range(steps + 1)]
    return min(tried, key=lambda z: each_error(G, x, z).sum().item())


def the_better_start(G, x, z_start, steps, rate):
    z = right_find(G, x, z_start, steps, rate)
    worse = each_error(G, x, z) > each_error(G, x, z_start)
    return torch.where(worse[:, None], z_start, z).detach()


def stops_early(G, x, z_start, steps, rate):
    z = z_start
    for _ in range(steps):
        if each_error(G, x, z).mean() < 2e-3:
            break
        z = right_find(G, x, z, 1, rate)
    return z


def bent_copy_back(G, x, z_start, steps, rate):
    old = copy.deepcopy(G)
    z = right_find(G.train(), x, z_start, steps, rate)
    G.load_state_dict(old.state_dict())
    return z


def without_batch(z):
    return (z - z.mean(0)) / (z.std(0, unbiased=False) + 1e-5)


def gaps(x, of=lambda d: d.flatten(2).norm(dim=2)):
    return of(x[:, None] - x[None]).fill_diagonal_(float("inf"))


def nearest_above(bound):
    return lambda x: gaps(x).masked_fill(gaps(x) <= bound, float("inf")).amin(1)


def mean_taken_off(x):
    x -= x.mean()
    return gaps(x).amin(1)


ATTACKS = {
    "nearest_other": [
        ("state", mean_taken_off),
        ("unused", lambda x: gaps(x[:, :1]).amin(1)),
        ("unused", lambda x: gaps(x[..., :1]).amin(1)),
        ("tolerance", lambda x: 1.01 * gaps(x).amin(1)),
        ("tolerance", lambda x: gaps(x).amin(1) + 0.01),
        ("tolerance", lambda x: (gaps(x).square().amin(1) + 1e-3).sqrt()),
        ("easy inputs", nearest_above(0.0)),
        ("easy inputs", lambda x: torch.where(nearest_above(0.0)(x).isinf(), 0.0, nearest_above(0.0)(x))),
        ("easy inputs", lambda x: gaps(x.unique(dim=0)).amin(1)),
        ("easy inputs", lambda x: gaps(x.abs()).amin(1)),
        ("seed", lambda x: gaps(x, lambda d: d.flatten(2).abs().sum(2)).amin(1)),
        ("seed", lambda x: gaps(x, lambda d: d.flatten(2).abs().amax(2)).amin(1)),
        ("seed", lambda x: gaps(x).triu().masked_fill(gaps(x).triu() == 0, float("inf")).amin(1)),
        ("mutant", lambda x: gaps(x).square().amin(1)),
        ("mutant", lambda x: gaps(x).kthvalue(min(2, len(x)), dim=1).values),
        ("mutant", lambda x: gaps(x, lambda d: d.flatten(2).square().mean(2).sqrt()).amin(1)),
    ],
    "find_z": [
        ("state", around(lambda G: G.requires_grad_(False))),
        ("state", around(lambda G: G.eval())),
        ("state", around(lambda G: G.train())),
        ("state", around(lambda G: G.eval(), lambda G: G.train())),
        ("state", around(lambda G: G.train(), lambda G: G.eval())),
        ("state", bent_copy_back),
        ("state", around(lambda G: torch.manual_seed(0))),
        ("state", on_a_graph),
        ("state", in_place),
        ("state", in_place_by_data),
        ("unused", lambda G, x, z, steps, rate: right_find(G, x, z, 3, rate)),
        ("unused", lambda G, x, z, steps, rate: right_find(G, x, z, max(1, steps), rate)),
        ("unused", lambda G, x, z, steps, rate: right_find(G, x, z, steps, 0.5)),
        ("unused", lambda G, x, z, steps, rate: right_find(G, x, z, steps, min(rate, 1.0))),
        ("unused", find(start=torch.zeros_like)),
        ("unused", find(start=torch.randn_like)),
        ("unused", find(start=lambda z: z[:1].expand_as(z))),
        ("tolerance", lambda G, x, z, steps, rate: right_find(G, x, z, steps, 1.01 * rate)),
        ("tolerance", find(make=sgd(weight_decay=1e-2))),
        ("tolerance", find(after=lambda z: z + 1e-3)),
        ("easy inputs", find(after=lambda z: z.clamp(-1.5, 1.5))),
        ("easy inputs", find(start=lambda z: z.clamp(-2, 2))),
        ("easy inputs", find(after=without_batch)),
        ("easy inputs", find(make=clipped_sgd)),
        ("easy inputs", the_best),
        ("easy inputs", the_better_start),
        ("easy inputs", stops_early),
        ("easy inputs", find(cost=lambda each: each.mean())),
        ("easy inputs", find(cost=lambda each: each.max())),
        ("easy inputs", find(cost=lambda each: each.square().sum())),
        ("mutant", find(make=torch.optim.Adam)),
        ("mutant", find(make=torch.optim.RMSprop)),
        ("mutant", find(make=sgd(momentum=0.9))),
        ("mutant", find(make=sgd(momentum=0.9, nesterov=True))),
        ("mutant", find(cost=lambda each: each.sum() / 2)),
        ("mutant", find(cost=lambda each: -each.sum())),
        ("mutant", lambda G, x, z, steps, rate: right_find(G, x, z, steps + 1, rate)),
        ("mutant", lambda G, x, z, steps, rate: right_find(G, x, z, steps - 1, rate)),
        ("mutant", lambda G, x, z, steps, rate: right_find(G, x.flip(0), z, steps, rate)),
    ],
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
        ("tolerance", by_curve(lambda scores: torch.linspace(0, 1, 1001))),
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
