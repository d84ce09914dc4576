"""References and mistakes of notebook 05."""

from __future__ import annotations

import numpy as np

from ganlib.check.exercise import Exercise, Mistake


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def toy_D(x, w, b):
    return sigmoid(w @ x + b)


def neuron_inputs(rng, case):
    if case == 0:
        return {"x": np.array([0.25, 1.0, 0.5, 0.75]), "w": np.array([1.0, -1.0, -1.0, 1.0]), "b": -1.0}
    x, w, b = rng.uniform(0, 1, 4), rng.normal(0, 1.5, 4), float(rng.normal(0.8, 0.3))
    if case == 3:  # D is sure that this is no face
        return {"x": x, "w": np.append(w[:3], -3.0), "b": -12.0}
    if case == 4:  # and here that it is one; some pixels are white, and the bias is negative
        return {"x": x * [1, 0, 1, 0], "w": np.abs(w) + 6.0, "b": -0.5}
    return {"x": x, "w": w, "b": b if case < 5 else 0.0}


TOY_D = Exercise(
    id="05-1",
    name="toy_D",
    title="a discriminator of one neuron",
    drive="drive_toy_D",
    inputs=neuron_inputs,
    answer=toy_D,
    cases=6,
    rtol=1e-5,
    atol=1e-7,
    mistakes=(
        Mistake("The bias is missing: with it, D asks for a certain amount of ink. A published version of these slides "
                "makes the same slip.", lambda x, w, b: sigmoid(w @ x)),
        Mistake("That is the score. Put it through the sigmoid to get a probability.", lambda x, w, b: w @ x + b),
        Mistake("That is the score, and without its bias. Add the bias, then the sigmoid.", lambda x, w, b: w @ x),
        Mistake("The bias is subtracted. It is added: its own sign says which way it goes.",
                lambda x, w, b: sigmoid(w @ x - b)),
        Mistake("The exponent's sign: that sigmoid falls where it should rise, so D says how sure it is of *no* face.",
                lambda x, w, b: sigmoid(-(w @ x + b))),
        Mistake("Four numbers came back, one a pixel: sum the products first, then one sigmoid.",
                lambda x, w, b: sigmoid(w * x + b)),
        Mistake("Four numbers came back: the sum over the pixels is missing, and the bias too.",
                lambda x, w, b: sigmoid(w * x)),
        Mistake("The bias is added once a pixel. It is added once.", lambda x, w, b: sigmoid((w * x + b).sum())),
        Mistake("The bias stands outside of the sigmoid.", lambda x, w, b: sigmoid(w @ x) + b),
        Mistake("You average the products. The score is their sum.", lambda x, w, b: sigmoid((w * x).mean() + b)),
        Mistake("That is the hyperbolic tangent, from -1 to 1. A probability lies between 0 and 1: the sigmoid.",
                lambda x, w, b: np.tanh(w @ x + b)),
        Mistake("D answers with yes or no. It should say how sure it is: put the score through the sigmoid.",
                lambda x, w, b: float(w @ x + b > 0)),
        Mistake("The weights are missing: D would see the amount of ink alone.", lambda x, w, b: sigmoid(x.sum() + b)),
    ),
)  # fmt: skip


def answers_of_D(rng, case):
    """Return D's two answers; it may be sure, and right or wrong."""
    fixed = [(0.9, 0.1), None, None, (0.999, 0.001), (0.002, 0.997), (0.5, 0.5)][case]
    if fixed:
        return dict(zip(("p_real", "p_fake"), fixed))
    return {"p_real": float(rng.uniform(0.05, 0.95)), "p_fake": float(rng.uniform(0.05, 0.95))}


def errors(p_real, p_fake):
    return -np.log(p_real) - np.log(1 - p_fake), -np.log(p_fake)


ERRORS = Exercise(
    id="05-2",
    name="errors",
    title="how wrong is each player?",
    drive="drive_errors",
    inputs=answers_of_D,
    answer=errors,
    cases=6,
    rtol=1e-5,
    atol=1e-7,
    mistakes=(
        Mistake("The signs: the logarithm of a probability is negative, and an error should not be.",
                lambda r, f: (np.log(r) + np.log(1 - f), np.log(f))),
        Mistake("The two errors come in the wrong order: D's first, then G's.", lambda r, f: errors(r, f)[::-1]),
        Mistake("D is paid for its answer to the real face only. It also looks at the fake, and wants to say 0 to it.",
                lambda r, f: (-np.log(r), -np.log(f))),
        Mistake("D is paid for its answer to the fake only. It also looks at the real face, and wants to say 1 to it.",
                lambda r, f: (-np.log(1 - f), -np.log(f))),
        Mistake("D and G want the same of the fake now. D wants p_fake to be 0: -ln(1 - p_fake).",
                lambda r, f: (-np.log(r) - np.log(f), -np.log(f))),
        Mistake("G is given D's error on the fake. G wants the opposite: p_fake near 1.",
                lambda r, f: (errors(r, f)[0], -np.log(1 - f))),
        Mistake("G's error is ln(1 - p_fake): the minimax loss, which is flat where G is bad. The table of section 4 "
                "has another.", lambda r, f: (errors(r, f)[0], np.log(1 - f))),
        Mistake("G never sees the real face; its error is about the fake alone.",
                lambda r, f: (errors(r, f)[0], -np.log(f) - np.log(r))),
        Mistake("-ln(1 - p_fake) became -(1 - ln p_fake): the 1 - belongs inside the logarithm.",
                lambda r, f: (-np.log(r) - (1 - np.log(f)), -np.log(f))),
        Mistake("Real and fake are swapped.", lambda r, f: errors(f, r)),
        Mistake("Logarithms to base 10. The natural logarithm is np.log.",
                lambda r, f: tuple(e / np.log(10) for e in errors(r, f))),
        Mistake("Logarithms to base 2: bits. Here the errors are in nats, np.log.",
                lambda r, f: tuple(e / np.log(2) for e in errors(r, f))),
        Mistake("D's two errors are averaged; here they are added.", lambda r, f: (errors(r, f)[0] / 2, -np.log(f))),
        Mistake("That is the distance from the right answer. The error is a logarithm: being surely wrong is dear.",
                lambda r, f: (1 - r + f, 1 - f)),
    ),
)  # fmt: skip


def batch_inputs(rng, case):
    """Return a face, a fake, and a D: sure and wrong in case 3; in case 4 some pixels are 0."""
    x_real = np.array([1.0, 0.0, 0.0, 1.0]) if case == 0 else rng.uniform(0, 1, 4)
    x_fake, w, b = rng.uniform(0, 1, 4), rng.normal(0, 1, 4), float(rng.normal(0.5, 0.3))
    if case == 3:
        x_real, x_fake = x_real * [0.2, 0.2, 0.2, 0], np.append(0.5 + x_fake[:3] / 2, 1.0)
        w, b = np.append(w[:3], 18.0), -9.0
    if case == 4:
        x_fake, b = x_fake * [0, 1, 0, 1], -b
    return {"x_real": x_real, "x_fake": x_fake, "w": w, "b": b}


def slopes_D(x_real, x_fake, w, b, sign=1.0, real=1.0, fake=1.0):
    miss_real, miss_fake = 1 - toy_D(x_real, w, b), toy_D(x_fake, w, b)
    return (
        sign * (fake * miss_fake * x_fake - real * miss_real * x_real),
        sign * (fake * miss_fake - real * miss_real),
    )


def confused(x_real, x_fake, w, b):
    p, q = toy_D(x_real, w, b), toy_D(x_fake, w, b)
    return q * x_real - (1 - p) * x_fake, q - (1 - p)


def other_p(x_real, x_fake, w, b):
    p, q = toy_D(x_real, w, b), toy_D(x_fake, w, b)
    return (1 - q) * x_fake - p * x_real, (1 - q) - p


def sigmoid_not_cancelled(x_real, x_fake, w, b):
    p, q = toy_D(x_real, w, b), toy_D(x_fake, w, b)
    return q * q * (1 - q) * x_fake - p * (1 - p) ** 2 * x_real, q * q * (1 - q) - p * (1 - p) ** 2


def both_pushed_up(x_real, x_fake, w, b):
    p, q = toy_D(x_real, w, b), toy_D(x_fake, w, b)
    return -(1 - p) * x_real - (1 - q) * x_fake, -(1 - p) - (1 - q)


SLOPES_D = Exercise(
    id="05-3",
    name="slopes_D",
    title="D's derivatives, by hand",
    drive="drive_slopes_D",
    inputs=batch_inputs,
    answer=slopes_D,
    cases=5,
    rtol=1e-5,
    atol=1e-5,  # differences of losses in place of slopes are no better where D is sure
    mistakes=(
        Mistake("The sign: those are the directions in which the error *falls*. The slope is the other way; the minus "
                "comes with the step.", lambda *a: slopes_D(*a, sign=-1.0)),
        Mistake("The real face's part is missing.", lambda *a: slopes_D(*a, real=0.0)),
        Mistake("The fake's part is missing.", lambda *a: slopes_D(*a, fake=0.0)),
        Mistake("The fake's part has the real face's sign: it should push D's answer down.",
                lambda *a: slopes_D(*a, fake=-1.0)),
        Mistake("The real face's part has the sign of the fake's: it should push D's answer up.",
                lambda *a: slopes_D(*a, real=-1.0)),
        Mistake("Real and fake pictures are swapped.", lambda r, f, w, b: slopes_D(f, r, w, b)),
        Mistake("The bias is left out of D's answers: they need the whole score, w·x + b.",
                lambda r, f, w, b: slopes_D(r, f, w, 0.0)),
        Mistake("The slope for b is no sum of the slopes for w. b has a slope of its own: its x is 1.",
                lambda *a: (slopes_D(*a)[0], slopes_D(*a)[0].sum())),
        Mistake("The factors are on each other's pictures: 1 - p goes with the real face, p with the fake.", confused),
        Mistake("p and 1 - p are exchanged. A D that is sure and right (p = 1 for a real face) has nothing to learn.",
                other_p),
        Mistake("The slope of the sigmoid, p (1 - p), is there once too often: it cancels against -1/p.",
                sigmoid_not_cancelled),
        Mistake("You treat the fake as if D should say 1 to it. Its error is -ln(1 - p).", both_pushed_up),
        Mistake("The pixels are missing in the slopes for w: the last factor of the chain is x.",
                lambda *a: (slopes_D(*a)[1] * np.ones(4), slopes_D(*a)[1])),
    ),
)  # fmt: skip


def generator_inputs(rng, case):
    """Return a z of either sign and beyond 1, and a G whose pixels are nearly black or white in case 3."""
    inputs = batch_inputs(rng, 1) | {"z": [0.5, -1.3, 2.1, 0.65, 0.0][case]}
    inputs |= {"v": rng.normal(0, 1, 4), "c": rng.normal(0, 1, 4)}
    if case == 3:
        inputs |= {"c": inputs["c"] + [-6, 6, -4, 4], "b": -14.0}
    return inputs


def slopes_G(z, v, c, w, b, factor=lambda p: -(1 - p), inner=lambda x: x * (1 - x), weights=True, by_z=True):
    x = sigmoid(v * z + c)
    through = factor(toy_D(x, w, b)) * (w if weights else 1.0) * inner(x)
    return through * (z if by_z else 1.0), through


SLOPES_G = Exercise(
    id="05-4",
    name="slopes_G",
    title="G's derivatives, through D",
    drive="drive_slopes_G",
    inputs=generator_inputs,
    answer=slopes_G,
    cases=5,
    rtol=1e-5,
    atol=1e-5,  # differences of losses in place of slopes are no better where D is sure
    mistakes=(
        Mistake("The sign: G's error falls in that direction. The slope points the other way.",
                lambda *a: slopes_G(*a, factor=lambda p: 1 - p)),
        Mistake("That is the slope of D's error on the fake: G would learn to be caught.",
                lambda *a: slopes_G(*a, factor=lambda p: p)),
        Mistake("That is the slope of ln(1 - p), the minimax error, which is nearly 0 where G is bad.",
                lambda *a: slopes_G(*a, factor=lambda p: -p)),
        Mistake("The slope of G's own sigmoid, x (1 - x), is missing.", lambda *a: slopes_G(*a, inner=np.ones_like)),
        Mistake("D's weights are missing: the error travels back through D, pixel by pixel.",
                lambda *a: slopes_G(*a, weights=False)),
        Mistake("The slopes for v are multiplied by v. t = v z + c, so the slope of t by v is z.",
                lambda z, v, c, w, b: (slopes_G(z, v, c, w, b)[1] * v, slopes_G(z, v, c, w, b)[1])),
        Mistake("z is missing in the slopes for v: t = v z + c, so the slope of t by v is z.",
                lambda *a: slopes_G(*a, by_z=False)),
        Mistake("The two slopes come in the wrong order: v first, then c.", lambda *a: slopes_G(*a)[::-1]),
        Mistake("D's own slope p (1 - p) is there once too often: most of it cancels against -1/p.",
                lambda *a: slopes_G(*a, factor=lambda p: -p * (1 - p))),
        Mistake("The slope of G's sigmoid is x (1 - x), not x alone.", lambda *a: slopes_G(*a, inner=lambda x: x)),
        Mistake("The slope of G's sigmoid is x (1 - x), not 1 - x.", lambda *a: slopes_G(*a, inner=lambda x: 1 - x)),
    ),
)  # fmt: skip


def step_inputs(rng, case):
    return batch_inputs(rng, case) | {"rate": [0.1, 0.5, 1.0, 0.05, 2.0][case]}


def step_D(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    return w - rate * of_w, b - rate * of_b


def in_place(x_real, x_fake, w, b, rate):
    of_w, of_b = slopes_D(x_real, x_fake, w, b)
    w -= rate * of_w
    return w, b - rate * of_b


def one_after_the_other(x_real, x_fake, w, b, rate):
    w = w - rate * slopes_D(x_real, x_fake, w, b)[0]
    return w, b - rate * slopes_D(x_real, x_fake, w, b)[1]


def bias_first(x_real, x_fake, w, b, rate):
    b = b - rate * slopes_D(x_real, x_fake, w, b)[1]
    return w - rate * slopes_D(x_real, x_fake, w, b)[0], b


def in_place_one_after_the_other(x_real, x_fake, w, b, rate):
    w -= rate * slopes_D(x_real, x_fake, w, b)[0]
    return w, b - rate * slopes_D(x_real, x_fake, w, b)[1]


STEP_D = Exercise(
    id="05-5",
    name="step_D",
    title="find the bug in a step of D",
    drive="drive_step_D",
    inputs=step_inputs,
    answer=step_D,
    cases=5,
    rtol=1e-5,
    atol=1e-7,
    mistakes=(
        Mistake("The first bug is still there: the step changes the caller's own array, so every w that was kept for "
                "the film changes with it. Make a new array.", in_place),
        Mistake("The second bug is still there: the slope for b is worked out with the *new* w. Both slopes belong "
                "to the same place, so take them both before anything moves.", one_after_the_other),
        Mistake("The slope for w is worked out with the *new* b. Both slopes belong to the same place.", bias_first),
        Mistake("Both bugs are still there. Who else holds the array w? And with which w is b's slope worked out?",
                in_place_one_after_the_other),
        Mistake("That climbs: the error grows. The step goes against the slope.",
                lambda r, f, w, b, rate: step_D(r, f, w, b, -rate)),
        Mistake("b stays as it was.", lambda r, f, w, b, rate: (step_D(r, f, w, b, rate)[0], b)),
        Mistake("w stays as it was.", lambda r, f, w, b, rate: (w.copy(), step_D(r, f, w, b, rate)[1])),
        Mistake("The learning rate is missing.", lambda r, f, w, b, rate: step_D(r, f, w, b, 1.0)),
        Mistake("Real and fake are swapped.", lambda r, f, w, b, rate: step_D(f, r, w, b, rate)),
    ),
)  # fmt: skip

EXERCISES = (TOY_D, ERRORS, SLOPES_D, SLOPES_G, STEP_D)
