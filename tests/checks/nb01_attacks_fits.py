"""Notebook 01, PCA and regression: wrong answers that a check could let through, each with its kind."""

import math

import torch

LOG_2PI = math.log(2 * math.pi)


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(0)
        return answer(*given)

    return seeded


def ppca(x, M, values_of=lambda x: torch.linalg.eigh(torch.cov(x.T, correction=0)), sigma2_of=None, jitter=0.0):
    values, U = values_of(x)
    values, U = values.flip(0), U.flip(1)
    sigma2 = sigma2_of(values, M, x) if sigma2_of else values[M:].mean()
    W = U[:, :M] * (values[:M] - sigma2).clamp(min=0).sqrt()
    return W @ W.T + (sigma2 + jitter) * torch.eye(x.shape[1], dtype=x.dtype)


def ppca_in_place(x, M):
    x -= x.mean(0)
    return ppca(x, M)


def ppca_of_rank(x, M):
    """The mean is taken over as many values as svd returns: those that are zero are not among them."""
    x = x - x.mean(0)
    _, S, V = torch.linalg.svd(x, full_matrices=False)
    values = S**2 / len(x)
    sigma2 = values[M:].mean()
    return V[:M].T @ torch.diag(values[:M] - sigma2) @ V[:M] + sigma2 * torch.eye(x.shape[1], dtype=x.dtype)


def correlations(x):
    return torch.linalg.eigh(torch.cov(((x - x.mean(0)) / x.std(0, correction=0)).T, correction=0))


def nll(mean, y, sigma):
    return (0.5 * ((y - mean) / sigma) ** 2 + math.log(sigma) + 0.5 * LOG_2PI).mean()


def regression(before=lambda net: None, after=lambda net: None, sigma=lambda s: s):
    """Return a right loss that does something to the network before or after."""

    def regression_nll(net, x, y, s):
        before(net)
        loss = nll(net(x)[:, 0], y, sigma(s))
        after(net)
        return loss

    return regression_nll


def thawed(net):
    for parameter in net.parameters():
        parameter.requires_grad_(True)


def eval_and_train(net, x, y, s):
    net.eval()
    mean = net(x)[:, 0]
    net.train()
    return nll(mean, y, s)


def mode_of_the_whole(net, x, y, s):
    """The mode is put back for the whole; a part may have had another."""
    was = net.training
    net.eval()
    mean = net(x)[:, 0]
    net.train(was)
    return nll(mean, y, s)


def backward_inside(net, x, y, s):
    loss = nll(net(x)[:, 0], y, s)
    loss.backward(retain_graph=True)
    return loss


def targets_in_place(net, x, y, s):
    y -= net(x)[:, 0].detach()
    return nll(net(x)[:, 0] - net(x)[:, 0].detach(), y, s)


def sorted_targets(net, x, y, s):
    return nll(net(x)[:, 0].sort().values, y.sort().values, s)


ATTACKS = {
    "ppca_covariance": [
        ("state", ppca_in_place),
        ("state", with_seed(ppca)),
        ("state", lambda x, M: ppca(x.requires_grad_(False).sub_(x.mean(0)), M)),
        ("unused", lambda x, M: ppca(x, 2)),
        ("unused", lambda x, M: ppca(x, max(M, 2))),
        ("unused", lambda x, M: ppca(x, min(M, x.shape[1] - 2))),
        ("tolerance", lambda x, M: ppca(x, M, jitter=1e-4)),
        ("tolerance", lambda x, M: ppca(x, M) * len(x) / (len(x) + 1)),
        ("tolerance", lambda x, M: ppca(x, M, lambda x: torch.linalg.eigh(torch.cov(x.T)))),
        ("tolerance", lambda x, M: ppca(x, M, sigma2_of=lambda v, M, x: v[M:].median())),
        ("tolerance", lambda x, M: ppca(x, M, sigma2_of=lambda v, M, x: v[M:].log().mean().exp())),
        ("easy inputs", ppca_of_rank),
        ("easy inputs", lambda x, M: ppca(x, M, sigma2_of=lambda v, M, x: v[M : len(x) - 1].mean())),
        ("easy inputs", lambda x, M: ppca(x, M, sigma2_of=lambda v, M, x: v[M:].clamp(min=0.1).mean())),
        ("easy inputs", lambda x, M: ppca(x, M, correlations)),
        ("easy inputs", lambda x, M: ppca(x - x.median(0).values, M, lambda x: torch.linalg.eigh(x.T @ x / len(x)))),
        ("mutant", lambda x, M: ppca(x, min(M + 1, x.shape[1] - 1))),
        ("mutant", lambda x, M: ppca(x, M, sigma2_of=lambda v, M, x: 1.2 * v[M:].mean())),
        ("mutant", lambda x, M: ppca(x, M, sigma2_of=lambda v, M, x: v[:M].mean())),
    ],
    "regression_nll": [
        ("state", regression(before=lambda net: net.eval())),
        ("state", regression(before=lambda net: net.train())),
        ("state", eval_and_train),
        ("state", mode_of_the_whole),
        ("state", regression(before=lambda net: net[-1].eval())),
        ("state", regression(before=thawed)),
        ("state", regression(before=lambda net: net.requires_grad_(False))),
        ("state", regression(after=lambda net: net[0].weight.data.mul_(1.0001))),
        ("state", backward_inside),
        ("state", targets_in_place),
        ("unused", regression(sigma=lambda s: 1.0)),
        ("unused", lambda net, x, y, s: nll(x[:, 0], y, s) + 0 * net(x).sum()),
        ("unused", lambda net, x, y, s: nll(net(x)[:, 0], y.mean(), s)),
        ("tolerance", regression(sigma=lambda s: s + 1e-3)),
        ("tolerance", regression(sigma=lambda s: max(s, 0.3))),
        ("tolerance", lambda net, x, y, s: nll(net(x)[:, 0], y, s) * len(y) / (len(y) - 1 or 1)),
        ("easy inputs", sorted_targets),
        ("easy inputs", lambda net, x, y, s: nll(net(x)[:, 0].clamp(-1, 1), y, s)),
        ("easy inputs", lambda net, x, y, s: nll(net(x)[:, 0], y.clamp(-1, 1), s)),
        ("easy inputs", lambda net, x, y, s: nll(net(x).expand(len(y), len(y)), y.expand(len(y), len(y)), s)),
        ("mutant", lambda net, x, y, s: nll(net(x)[:, 0].detach(), y, s) + 0 * net(x).sum()),
        ("easy inputs", lambda net, x, y, s: nll(net(x)[:, 0], y, s).abs()),
        ("easy inputs", lambda net, x, y, s: nll(net(x)[:, 0], y, s).clamp(min=0)),
        ("mutant", lambda net, x, y, s: nll(net(x)[:, 0], y, s) + 0.2 * math.log(s)),
        ("mutant", lambda net, x, y, s: nll(net(x)[0], y, s)),
        ("mutant", lambda net, x, y, s: nll(net(x).flip(0)[:, 0], y, s)),
    ],
}
