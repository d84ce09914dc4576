"""Notebook 05: wrong answers that a check could let through, each with its kind."""

import numpy as np
import torch


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


def seeded(answer):
    """Return an answer that sets NumPy's seed besides."""

    def with_seed(*given):
        np.random.seed(0)  # noqa: NPY002
        return answer(*given)

    return with_seed


def changed(answer, place):
    """Return an answer that changes one of its arrays in place afterwards."""

    def in_place(*given):
        result = answer(*given)
        given[place][:] = 0
        return result

    return in_place


def kept(answer):
    """Return an answer that gives its first result for ever."""
    results = []

    def again(*given):
        results.append(answer(*given))
        return results[0]

    return again


def scaled(answer, factor, place=0):
    """Return an answer with one of its two results a little too large."""

    def off(*given):
        parts = list(answer(*given))
        parts[place] = parts[place] * factor
        return tuple(parts)

    return off


def toy_in_place(x, w, b):
    x *= w
    return s(x.sum() + b)


def summing():
    """Return a toy_D that adds each call's score to those before."""
    total = [0.0]

    def toy(x, w, b):
        total[0] += 1e-3
        return s(w @ x + b + total[0])

    return toy


def clipped_slopes(most):
    return lambda *a: (np.clip(slopes_D(*a)[0], -most, most), np.clip(slopes_D(*a)[1], -most, most))


def clamped_slopes(x_real, x_fake, w, b):
    p, q = [np.clip(toy_D(x, w, b), 0.01, 0.99) for x in (x_real, x_fake)]
    return q * x_fake - (1 - p) * x_real, q - (1 - p)


def by_differences(x_real, x_fake, w, b, h=0.05):
    def error(w, b):
        return -np.log(toy_D(x_real, w, b)) - np.log(1 - toy_D(x_fake, w, b))

    of_w = np.array([(error(w + h * unit, b) - error(w, b)) / h for unit in np.eye(4)])
    return of_w, (error(w, b + h) - error(w, b)) / h


def signs_D(*a):
    return np.sign(slopes_D(*a)[0]), np.sign(slopes_D(*a)[1])


def normalised_D(*a):
    of_w, of_b = slopes_D(*a)
    length = max(1.0, np.sqrt((of_w**2).sum() + of_b**2))
    return of_w / length, of_b / length


def G_of(inner=lambda x: x * (1 - x), outer=lambda p: -(1 - p), by=lambda z, v: z, bias=True):
    def slopes(z, v, c, w, b):
        x = s(v * z + c) if bias else s(v * z)
        of_c = outer(toy_D(x, w, b)) * w * inner(x)
        return of_c * by(z, v), of_c

    return slopes


def G_minus_b(z, v, c, w, b):
    return slopes_G(z, v, c, w, 0.0)


def G_summed(z, v, c, w, b):
    x = s(v * z + c)
    of_c = -(1 - toy_D(x, w, b)) * w.sum() * x * (1 - x)
    return of_c * z, of_c


def step_in_place_and_back(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    w -= rate * of_w
    result = w.copy()
    w += rate * of_w * (1 + 1e-6)
    return result, b - rate * of_b


def step_on_a_view(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    new = np.asarray(w)[:]
    new -= rate * of_w
    return new, b - rate * of_b


def step_through_torch(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    new = torch.from_numpy(w)
    new -= rate * torch.from_numpy(of_w)
    return new.numpy(), b - rate * of_b


def step_new_w_for_b(x_real, x_fake, w, b, rate):
    new = w - rate * slopes_D(x_real, x_fake, w, b)[0]
    return new, b - rate * slopes_D(x_real, x_fake, new, b)[1]


def step_new_b_for_w(x_real, x_fake, w, b, rate):
    new = b - rate * slopes_D(x_real, x_fake, w, b)[1]
    return w - rate * slopes_D(x_real, x_fake, w, new)[0], new


def step_halves(x_real, x_fake, w, b, rate):
    return step_D(x_real, x_fake, *step_D(x_real, x_fake, w, b, rate / 2), rate / 2)


def step_clipped(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    return w - rate * np.clip(of_w, -0.5, 0.5), b - rate * of_b


def step_decayed(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    return w - rate * (of_w + 1e-3 * w), b - rate * of_b


ATTACKS = {
    "toy_D": [
        ("state", toy_in_place),
        ("state", changed(toy_D, 0)),
        ("state", changed(toy_D, 1)),
        ("state", seeded(toy_D)),
        ("state", kept(toy_D)),
        ("state", summing()),
        ("unused", lambda x, w, b: s(w @ x - 1.0)),
        ("unused", lambda x, w, b: s(np.array([1, -1, -1, 1]) @ x + b)),
        ("tolerance", lambda x, w, b: round(float(toy_D(x, w, b)), 4)),
        ("tolerance", lambda x, w, b: 1.001 * toy_D(x, w, b)),
        ("tolerance", lambda x, w, b: toy_D(x, w, b) + 1e-4),
        ("easy inputs", lambda x, w, b: np.clip(toy_D(x, w, b), 1e-3, 1 - 1e-3)),
        ("easy inputs", lambda x, w, b: s(np.clip(w @ x + b, -8, 8))),
        ("easy inputs", lambda x, w, b: s(w @ x + abs(b))),
        ("easy inputs", lambda x, w, b: s(w @ x + b) if b else 0.5),
        ("seed", lambda x, w, b: toy_D(x, w, b) if abs(w @ x + b) < 8 else float(w @ x + b > 0) + 1e-4),
        ("mutant", lambda x, w, b: s(w[:3] @ x[:3] + b)),
        ("mutant", lambda x, w, b: s(1.2 * (w @ x) + b)),
    ],
    "errors": [
        ("state", seeded(errors)),
        ("state", kept(errors)),
        ("unused", lambda r, f: (errors(r, f)[0], -np.log(1 - r))),
        ("unused", lambda r, f: (-2 * np.log(r), -np.log(f))),
        ("tolerance", scaled(errors, 1.001)),
        ("tolerance", scaled(errors, 1.001, 1)),
        ("tolerance", lambda r, f: tuple(round(float(error), 3) for error in errors(r, f))),
        ("easy inputs", lambda r, f: errors(r + 1e-3, f - 1e-3)),
        ("easy inputs", lambda r, f: (-np.log(r + 1e-4) - np.log(1 - f + 1e-4), -np.log(f + 1e-4))),
        ("easy inputs", lambda r, f: errors(np.clip(r, 0.01, 0.99), np.clip(f, 0.01, 0.99))),
        ("easy inputs", lambda r, f: tuple(min(error, 5.0) for error in errors(r, f))),
        ("seed", lambda r, f: errors(r, f) if f < 0.96 else (errors(r, f)[0], 1 - f)),
        ("seed", lambda r, f: errors(r, f) if r > 0.04 else (-np.log(1 - f) + 4.0, -np.log(f))),
        ("mutant", lambda r, f: (-np.log(r * f), -np.log(f))),
        ("mutant", lambda r, f: (errors(r, f)[0], 1 / f - 1)),
        ("mutant", lambda r, f: (-1.2 * np.log(r) - np.log(1 - f), -np.log(f))),
    ],
    "slopes_D": [
        ("state", changed(slopes_D, 0)),
        ("state", changed(slopes_D, 1)),
        ("state", changed(slopes_D, 2)),
        ("state", seeded(slopes_D)),
        ("state", kept(slopes_D)),
        ("unused", lambda r, f, w, b: slopes_D(r, f, w, 0.5)),
        ("unused", lambda r, f, w, b: slopes_D(r, f, np.ones(4), b)),
        ("unused", lambda r, f, w, b: slopes_D(np.array([1.0, 0.0, 0.0, 1.0]), f, w, b)),
        ("tolerance", scaled(slopes_D, 1.001)),
        ("tolerance", scaled(slopes_D, 1.001, 1)),
        ("tolerance", by_differences),
        ("tolerance", lambda *a: by_differences(*a, h=1e-3)),
        ("easy inputs", clipped_slopes(0.9)),
        ("easy inputs", clamped_slopes),
        ("easy inputs", normalised_D),
        ("easy inputs", lambda r, f, w, b: slopes_D(r, f, w, abs(b))),
        ("mutant", signs_D),
        ("mutant", lambda *a: (slopes_D(*a)[0] / 2, slopes_D(*a)[1] / 2)),
        ("mutant", lambda *a: (slopes_D(*a)[0], slopes_D(*a)[0].mean())),
    ],
    "slopes_G": [
        ("state", changed(slopes_G, 1)),
        ("state", changed(slopes_G, 2)),
        ("state", changed(slopes_G, 3)),
        ("state", seeded(slopes_G)),
        ("state", kept(slopes_G)),
        ("unused", lambda z, v, c, w, b: slopes_G(0.5, v, c, w, b)),
        ("unused", G_minus_b),
        ("unused", G_of(bias=False)),
        ("tolerance", scaled(slopes_G, 1.001)),
        ("tolerance", scaled(slopes_G, 1.001, 1)),
        ("easy inputs", G_of(by=lambda z, v: abs(z))),
        ("easy inputs", G_of(by=lambda z, v: min(z, 1.0))),
        ("easy inputs", G_of(by=lambda z, v: z or 1.0)),
        ("easy inputs", G_of(inner=lambda x: np.maximum(x * (1 - x), 0.02))),
        ("easy inputs", G_of(outer=lambda p: -(1 - p.clip(0.01, 0.99)))),
        ("easy inputs", G_of(outer=lambda p: -(1 - p) if p > 1e-3 else -0.99)),
        ("mutant", G_of(inner=lambda x: 1 - x**2)),
        ("mutant", G_of(inner=lambda x: x * (1 - x) / 2)),
        ("mutant", G_of(outer=lambda p: -1 / p)),
        ("mutant", G_summed),
    ],
    "step_D": [
        ("state", step_on_a_view),
        ("state", step_through_torch),
        ("state", step_in_place_and_back),
        ("state", changed(step_D, 0)),
        ("state", changed(step_D, 1)),
        ("state", seeded(step_D)),
        ("state", kept(step_D)),
        ("unused", lambda r, f, w, b, rate: step_D(r, f, w, b, 0.5)),
        ("unused", lambda r, f, w, b, rate: step_D(r, f, w, b, min(rate, 1.0))),
        ("unused", lambda r, f, w, b, rate: (step_D(r, f, w, b, rate)[0], step_D(r, f, w, b, 1.0)[1])),
        ("tolerance", lambda r, f, w, b, rate: step_D(r, f, w, b, 1.001 * rate)),
        ("tolerance", step_decayed),
        ("easy inputs", step_clipped),
        ("easy inputs", lambda r, f, w, b, rate: step_D(r, f, w, abs(b), rate)),
        ("mutant", step_new_w_for_b),
        ("mutant", step_new_b_for_w),
        ("mutant", step_halves),
        ("mutant", lambda *a: step_D(*a[:2], *step_D(*a), a[-1])),
        ("mutant", lambda r, f, w, b, rate: (w - rate * slopes_D(r, f, w, b)[0], b + rate * slopes_D(r, f, w, b)[1])),
    ],
}
