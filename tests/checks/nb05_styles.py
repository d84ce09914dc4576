"""Notebook 05: further right ways to answer."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def s(score):
    return 1 / (1 + np.exp(-score))


def toy_D(x, w, b):
    return s(w @ x + b)


def errors(p_real, p_fake):
    return -np.log(p_real) - np.log(1 - p_fake), -np.log(p_fake)


def slopes_D(x_real, x_fake, w, b):
    miss_real, miss_fake = 1 - toy_D(x_real, w, b), toy_D(x_fake, w, b)
    return miss_fake * x_fake - miss_real * x_real, miss_fake - miss_real


def slopes_G(z, v, c, w, b):
    x = s(v * z + c)
    of_c = -(1 - toy_D(x, w, b)) * w * x * (1 - x)
    return of_c * z, of_c


def step_D(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    return w - rate * of_w, b - rate * of_b


class Neuron:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, x):
        return (1 + np.tanh((np.inner(self.w, x) + self.b) / 2)) / 2


def layered(x, w, b):
    layer = torch.nn.Linear(4, 1).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(w)[None])
        layer.bias.fill_(b)
        return layer(torch.tensor(x)).sigmoid()[0]


def errors_by_torch(p_real, p_fake):
    real, fake = torch.tensor(p_real, dtype=torch.float64), torch.tensor(p_fake, dtype=torch.float64)
    one, zero = torch.ones_like(real), torch.zeros_like(fake)
    D = F.binary_cross_entropy(real, one) + F.binary_cross_entropy(fake, zero)
    return D.item(), F.binary_cross_entropy(fake, one).item()


def chain_rule_D(x_real, x_fake, w, b):
    parts = []
    for x, sign in ((x_real, 1), (x_fake, 0)):
        p = float(Neuron(w, b)(x))
        by_p = -1 / p if sign else 1 / (1 - p)
        by_score = by_p * p * (1 - p)
        parts.append(np.array([by_score * pixel for pixel in [*x, 1.0]]))
    slopes = sum(parts)
    return slopes[:4], slopes[4]


def by_softplus_D(x_real, x_fake, w, b):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor([b], dtype=torch.float64, requires_grad=True)
    scores = torch.tensor(np.stack([x_real, x_fake])) @ w + b
    error = F.softplus(-scores[0]) + F.softplus(scores[1])
    of_w, of_b = torch.autograd.grad(error, [w, b])
    return of_w.numpy(), of_b.item()


def central_D(x_real, x_fake, w, b):
    pictures, misses = np.array([x_real, x_fake]), np.array([-1.0, 0.0]) + [Neuron(w, b)(x) for x in (x_real, x_fake)]
    return np.einsum("n,ni->i", misses, pictures), misses.sum()


def by_jacobian_G(z, v, c, w, b):
    def error(v, c):
        return F.softplus(-(torch.tensor(w) @ torch.sigmoid(v * z + c) + b))

    return torch.func.grad(error, argnums=(0, 1))(torch.tensor(v), torch.tensor(c))


def matrices_G(z, v, c, w, b):
    x = Neuron(np.eye(4), 0)(v * z + c)
    of_x = -(1 - Neuron(w, b)(x)) * w
    of_c = np.diag(x - x * x) @ of_x
    return np.outer(of_c, [z])[:, 0], of_c


def five_slopes_G(z, v, c, w, b):
    x = s(v * z + c)
    p = s(w @ x + b)
    by_p, by_score, by_x, by_t = -1 / p, p * (1 - p), w, x * (1 - x)
    through = by_p * by_score * by_x * by_t
    return through * z, through * 1


def step_with_optimiser(x_real, x_fake, w, b, rate):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(b, dtype=torch.float64, requires_grad=True)
    real, fake = [w @ torch.tensor(x) + b for x in (x_real, x_fake)]
    (F.softplus(-real) + F.softplus(fake)).backward()
    torch.optim.SGD([w, b], lr=rate).step()
    return w.detach().numpy(), b.item()


def step_at_once(x_real, x_fake, w, b, rate):
    both = np.append(w, b)
    both -= rate * np.append(*slopes_D(x_real, x_fake, w, b))
    return both[:-1], both[-1]


def step_copied(x_real, x_fake, w, b, rate):
    new = np.empty_like(w)
    of_w, of_b = chain_rule_D(x_real, x_fake, w, b)
    np.subtract(w, np.multiply(rate, of_w), out=new)
    return new, float(b) - rate * float(of_b)


STYLES = {
    "toy_D": [
        toy_D,
        layered,
        lambda x, w, b: Neuron(w, b)(x),
        lambda x, w, b: float(s((w * x).sum() + b)),
        lambda x, w, b: np.exp(-np.logaddexp(0, -(np.einsum("i,i", w, x) + b))),
    ],
    "errors": [
        errors,
        errors_by_torch,
        lambda r, f: np.array([-np.log(r) - np.log1p(-f), -np.log(f)]),
        lambda r, f: (math.log(1 / r) + math.log(1 / (1 - f)), math.log(1 / f)),
        lambda r, f: (-(np.log2(r) + np.log2(1 - f)) * np.log(2), -np.log10(f) * np.log(10)),
        lambda r, f: (-math.log(r + 1e-12) - math.log(1 - f + 1e-12), -math.log(f + 1e-12)),
    ],
    "slopes_D": [slopes_D, chain_rule_D, by_softplus_D, central_D],
    "slopes_G": [slopes_G, by_jacobian_G, matrices_G, five_slopes_G],
    "step_D": [step_D, step_with_optimiser, step_at_once, step_copied],
}
