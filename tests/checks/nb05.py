"""Notebook 05: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch


def s(x):
    return 1 / (1 + np.exp(-x))


def toy_D_loop(x, w, b):
    score = b
    for pixel, weight in zip(x, w):
        score += pixel * weight
    return 1 / (1 + math.exp(-score))


def by_autograd_D(x_real, x_fake, w, b):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True, dtype=torch.float64)
    p, q = [torch.sigmoid(w @ torch.tensor(x) + b) for x in (x_real, x_fake)]
    (-p.log() - (1 - q).log()).backward()
    return w.grad, b.grad


def slopes_D_numpy(x_real, x_fake, w, b):
    p, q = s(np.dot(w, x_real) + b), s(np.dot(w, x_fake) + b)
    return -(1 - p) * x_real + q * x_fake, -(1 - p) + q


def by_autograd_G(z, v, c, w, b):
    v, c, w = torch.tensor(v, requires_grad=True), torch.tensor(c, requires_grad=True), torch.tensor(w)
    (-torch.log(torch.sigmoid(w @ torch.sigmoid(v * z + c) + b))).backward()
    return v.grad, c.grad


def slopes_G_loop(z, v, c, w, b):
    x = [s(v[i] * z + c[i]) for i in range(4)]
    p = s(sum(w[i] * x[i] for i in range(4)) + b)
    of_c = [-(1 - p) * w[i] * x[i] * (1 - x[i]) for i in range(4)]
    return [slope * z for slope in of_c], of_c


def G_parts(z, v, c, w, b):
    x = s(v * z + c)
    return x, s(w @ x + b)


def G_no_inner(z, v, c, w, b):
    x, p = G_parts(z, v, c, w, b)
    return -(1 - p) * w * z, -(1 - p) * w


def G_caught(z, v, c, w, b):
    x, p = G_parts(z, v, c, w, b)
    return p * w * x * (1 - x) * z, p * w * x * (1 - x)


def G_no_weights(z, v, c, w, b):
    x, p = G_parts(z, v, c, w, b)
    return -(1 - p) * x * (1 - x) * z, -(1 - p) * x * (1 - x)


def G_no_z(z, v, c, w, b):
    x, p = G_parts(z, v, c, w, b)
    return (-(1 - p) * w * x * (1 - x),) * 2


def G_downhill(z, v, c, w, b):
    x, p = G_parts(z, v, c, w, b)
    return (1 - p) * w * x * (1 - x) * z, (1 - p) * w * x * (1 - x)


def step_by_hand(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D_numpy(x_real, x_fake, w, b)
    w = w.copy()
    w -= rate * of_w
    return w, b - rate * of_b


def step_one_by_one(x_real, x_fake, w, b, rate):
    of_w, of_b = by_autograd_D(x_real, x_fake, w, b)
    return [w[i] - rate * of_w[i].item() for i in range(4)], b - rate * of_b.item()


def step_in_place(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D_numpy(x_real, x_fake, w, b)
    for i in range(4):
        w[i] = w[i] - rate * of_w[i]
    b = b - rate * of_b
    return w, b


def step_both_bugs(x_real, x_fake, w, b, rate):
    w -= rate * slopes_D_numpy(x_real, x_fake, w, b)[0]
    b -= rate * slopes_D_numpy(x_real, x_fake, w, b)[1]
    return w, b


def step_new_w(x_real, x_fake, w, b, rate):
    w = w - rate * slopes_D_numpy(x_real, x_fake, w, b)[0]
    b = b - rate * slopes_D_numpy(x_real, x_fake, w, b)[1]
    return w, b


def step_up(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D_numpy(x_real, x_fake, w, b)
    return w + rate * of_w, b + rate * of_b


STYLES = {
    "toy_D": [toy_D_loop, lambda x, w, b: (1 + np.tanh((np.dot(w, x) + b) / 2)) / 2],
    "errors": [
        lambda r, f: (-math.log(r * (1 - f)), math.log(1 / f)),
        lambda r, f: [-np.log(r) - np.log1p(-f), -np.log(f)],
    ],
    "slopes_D": [by_autograd_D, slopes_D_numpy],
    "slopes_G": [by_autograd_G, slopes_G_loop],
    "step_D": [step_by_hand, step_one_by_one],
}

WRONG = {
    "toy_D": [
        (lambda x, w, b: s(np.sum(w * x)), "bias is missing"),
        (lambda x, w, b: np.sum(w * x) + b, "That is the score"),
        (lambda x, w, b: 1 / (1 + np.exp(w @ x + b)), "exponent's sign"),
        (lambda x, w, b: s(w * x + b), "Four numbers"),
        (lambda x, w, b: s(np.dot(w, x) - b), "subtracted"),
        (lambda x, w, b: s(np.sum(w * x + b)), "once a pixel"),
    ],
    "errors": [
        (lambda r, f: (math.log(r) + math.log(1 - f), math.log(f)), "signs"),
        (lambda r, f: (-math.log(f), -math.log(r) - math.log(1 - f)), "wrong order"),
        (lambda r, f: (-np.log(r) - np.log(f), -np.log(f)), "same of the fake"),
        (lambda r, f: (-np.log(r) - np.log(1 - f), np.log(1 - f)), "minimax"),
        (lambda r, f: (-np.log10(r) - np.log10(1 - f), -np.log10(f)), "base 10"),
        (lambda r, f: -np.log(r) - np.log(1 - f), "Return 2 values"),
    ],
    "slopes_D": [
        (lambda *a: tuple(-one for one in slopes_D_numpy(*a)), "The sign"),
        (lambda r, f, w, b: (-(1 - s(w @ r + b)) * r, -(1 - s(w @ r + b))), "fake's part is missing"),
        (lambda r, f, w, b: slopes_D_numpy(f, r, w, b), "swapped"),
        (lambda r, f, w, b: (-s(w @ r + b) * r + (1 - s(w @ f + b)) * f, 1 - s(w @ f + b) - s(w @ r + b)), "exchanged"),
        (lambda *a: (np.full(4, slopes_D_numpy(*a)[1]), slopes_D_numpy(*a)[1]), "pixels are missing"),
        (lambda *a: slopes_D_numpy(*a)[0], "Return 2 values"),
    ],
    "slopes_G": [
        (G_no_inner, "x (1 - x), is missing"),
        (G_caught, "to be caught"),
        (G_no_weights, "weights are missing"),
        (G_no_z, "z is missing"),
        (G_downhill, "The sign"),
        (lambda *a: by_autograd_G(*a)[::-1], "wrong order"),
    ],
    "step_D": [
        (step_in_place, "first bug"),
        (step_new_w, "second bug"),
        (step_both_bugs, "Both bugs"),
        (step_up, "climbs"),
        (lambda r, f, w, b, rate: step_by_hand(r, f, w, b, 1), "rate is missing"),
        (lambda r, f, w, b, rate: step_by_hand(f, r, w, b, rate), "swapped"),
    ],
}
