"""References and mistakes of notebook 01: log-densities."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake

LOG_2PI = math.log(2 * math.pi)


def point_inputs(rng, case):
    n, d = [(1, 1), (4, 2), (3, 5), (5, 60), (4, 60), (4, 2), (5, 5)][case]
    sigma = [2.0, 0.5, 1.7, 0.2, 0.01, 0.8, 3.0][case]
    # As densities, the points of case 3 are 0 in double precision and those of case 4 inf in single precision.
    spread = {3: 3.0, 4: sigma}.get(case, 1.0)
    mean = rng.normal(size=d)
    return {"x": mean + spread * rng.normal(size=(n, d)), "mean": mean, "sigma": sigma}


def gaussian_log_prob(x, mean, sigma):
    return (-0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma) - 0.5 * LOG_2PI).sum(1)


def squares(x, mean):
    return ((x - mean) ** 2).sum(1)


GAUSSIAN = Exercise(
    id="01-1",
    name="gaussian_log_prob",
    title="log-density of a round Gaussian",
    drive="drive_gaussian_log_prob",
    inputs=point_inputs,
    answer=gaussian_log_prob,
    cases=7,
    mistakes=(
        Mistake("You use sigma as if it were the variance. It is the standard deviation: square it where a variance "
                "is due.",
                lambda x, m, s: gaussian_log_prob(x, m, s**0.5)),
        Mistake("You square sigma once too often: sigma is the standard deviation already.",
                lambda x, m, s: gaussian_log_prob(x, m, s**2)),
        Mistake("The squared distance is divided by sigma where sigma squared is due.",
                lambda x, m, s: -squares(x, m) / (2 * s) - x.shape[1] * (math.log(s) + 0.5 * LOG_2PI)),
        Mistake("log sigma is missing: without it a narrow Gaussian costs nothing, and the density does not "
                "integrate to 1.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - x.shape[1] * 0.5 * LOG_2PI),
        Mistake("The 2 pi is missing: the density does not integrate to 1.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - x.shape[1] * math.log(s)),
        Mistake("Only the squared distance is there: log sigma and the 2 pi are missing, so this is no density.",
                lambda x, m, s: -squares(x, m) / (2 * s**2)),
        Mistake("The constants are there once. They belong to each of the D coordinates.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - math.log(s) - 0.5 * LOG_2PI),
        Mistake("One half is missing in the exponent.",
                lambda x, m, s: -squares(x, m) / s**2 - x.shape[1] * (math.log(s) + 0.5 * LOG_2PI)),
        Mistake("One number a coordinate came back: the coordinates are independent, so sum their logarithms.",
                lambda x, m, s: -0.5 * ((x - m) / s) ** 2 - math.log(s) - 0.5 * LOG_2PI),
        Mistake("You average over the coordinates. Independent means that densities multiply, so their logarithms "
                "are summed.",
                lambda x, m, s: gaussian_log_prob(x, m, s) / x.shape[1]),
        Mistake("You sum over the points as well: one number for each of them is due.",
                lambda x, m, s: gaussian_log_prob(x, m, s).sum()),
        Mistake("The sign: that is -log p(x), the loss.", lambda x, m, s: -gaussian_log_prob(x, m, s)),
        Mistake("That is the density. Its logarithm is asked for, which does not underflow.",
                lambda x, m, s: gaussian_log_prob(x, m, s).exp()),
        Mistake("Right on paper, but the product of many small densities is 0 on a computer, so -inf comes out. Add "
                "logarithms from the beginning.",
                lambda x, m, s: torch.distributions.Normal(m, s).log_prob(x).exp().prod(1).log()),
        Mistake("log sigma is there once. It belongs to each of the D coordinates.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + (x.shape[1] - 1) * math.log(s)),
        Mistake("Half of log 2 pi is there once. It belongs to each of the D coordinates.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + (x.shape[1] - 1) * 0.5 * LOG_2PI),
        Mistake("The distance is not squared.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + (squares(x, m) - squares(x, m).sqrt()) / (2 * s**2)),
        Mistake("sigma belongs into the logarithm of the constant: log(sigma), to be subtracted, not added.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + 2 * x.shape[1] * math.log(s)),
        Mistake("The constant is -log(2 pi sigma^2) / 2 a coordinate: one half is missing there.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - x.shape[1] * (2 * math.log(s) + LOG_2PI)),
    ),
)  # fmt: skip


def mixture_inputs(rng, case):
    n, z = [(1, 2), (4, 3), (3, 5), (4, 4), (4, 3), (4, 5), (3, 3), (3, 1)][case]
    log_parts = rng.normal(-3, 2, size=(n, z))
    weights = rng.dirichlet(np.ones(z) * 2)
    if case == 3:  # all underflow as densities
        log_parts -= 2000
    if case == 4:  # the points lie at different depths
        log_parts -= np.array([1700, 0, 2500, 300])[:, None]
    if case == 5:  # and the causes of one point
        log_parts -= rng.permuted([[1400, 1450, 1450.5, 3000, 4500]] * n, axis=1)
        log_parts[0] = [-4500, -3000, -2900, -1400, -1401]
    if case == 6:  # a rare cause explains much better
        weights = np.array([0.6, 1e-12, 0.4])
        log_parts[:, 1] += 30
    return {"log_parts": log_parts, "weights": weights}


def mixture_log_prob(log_parts, weights):
    return torch.logsumexp(log_parts + weights.log(), 1)


MIXTURE = Exercise(
    id="01-2",
    name="mixture_log_prob",
    title="a sum over hidden causes, in logarithms",
    drive="drive_mixture_log_prob",
    inputs=mixture_inputs,
    answer=mixture_log_prob,
    cases=8,
    rtol=1e-5,
    mistakes=(
        Mistake("Right on paper, but e^-2000 is 0 on a computer, so -inf comes out. Stay with logarithms: logsumexp.",
                lambda l, w: (l.exp() * w).sum(1).log()),
        Mistake("The weights p(z) are missing: causes are not equally frequent.", lambda l, w: torch.logsumexp(l, 1)),
        Mistake("You take the mean over the causes. The weights say how often each one occurs.",
                lambda l, w: torch.logsumexp(l, 1) - math.log(l.shape[1])),
        Mistake("That is the weighted mean of the logarithms, a lower bound (Jensen). The sum stands inside the "
                "logarithm.",
                lambda l, w: (l * w).sum(1)),
        Mistake("You add the weights to logarithms. Add *their* logarithms.", lambda l, w: torch.logsumexp(l + w, 1)),
        Mistake("You multiply logarithms by the weights inside the sum. Multiplying is adding logarithms.",
                lambda l, w: torch.logsumexp(l * w, 1)),
        Mistake("You sum over the points. Sum over the causes, axis 1.",
                lambda l, w: torch.logsumexp(l + w.log(), 0)),
        Mistake("You sum over everything. One number for each point is due.",
                lambda l, w: torch.logsumexp(l + w.log(), (0, 1))),
        Mistake("You sum over points and causes of the logarithms.", lambda l, w: (l + w.log()).sum()),
        Mistake("That multiplies the causes' densities, as if all were at work at once. They are alternatives: sum.",
                lambda l, w: (l + w.log()).sum(1)),
        Mistake("That is the best single cause. The others have a share, too.", lambda l, w: (l + w.log()).amax(1)),
        Mistake("That is p(z|x), which cause it was. p(x) is the sum over the causes.",
                lambda l, w: (l + w.log()).log_softmax(1)),
        Mistake("That is p(z|x), which cause it was. p(x) is the sum over the causes.",
                lambda l, w: (l + w.log()).softmax(1).log()),
        Mistake("The sign: that is the loss.", lambda l, w: -mixture_log_prob(l, w)),
        Mistake("The weights are divided out: p(z) multiplies, so its logarithm is added.",
                lambda l, w: torch.logsumexp(l - w.log(), 1)),
        Mistake("You normalise the weights by a softmax. They are probabilities already.",
                lambda l, w: torch.logsumexp(l + w.log_softmax(0), 1)),
    ),
)  # fmt: skip


def importance_inputs(rng, case):
    shape = [(1, 1), (6, 1), (5, 3), (8, 4), (6, 4), (5, 3), (4, 4)][case]
    prior, like, q = (rng.normal(middle, spread, shape) for middle, spread in ((-2, 1), (-3, 2), (-1, 1)))
    k = np.arange(shape[0])[:, None]
    if case == 3:
        like -= 1500
    if case == 4:  # the points lie at different depths, and so do the samples for one point; the first is not the best
        like -= [1400, 0, 700, 20] + 400.0 * ((k + 2) % 6)
    if case == 5:  # only the sum of the three is alike for all samples
        prior -= 400 * k
        like -= 300 * (4 - k)
        q -= 100 * k
    return {"log_prior": prior, "log_likelihood": like, "log_q": q}


def average(log_weights):
    return torch.logsumexp(log_weights, 0) - math.log(len(log_weights))


IMPORTANCE = Exercise(
    id="01-3",
    name="importance_estimate",
    title="log p(x) from samples of a better proposal",
    drive="drive_importance_estimate",
    inputs=importance_inputs,
    answer=lambda prior, like, q: average(prior + like - q),
    cases=7,
    rtol=1e-5,
    mistakes=(
        Mistake("You do not divide by q: the samples come from q, so where q is large there are too many of them.",
                lambda prior, like, q: average(prior + like)),
        Mistake("The prior is missing: the weights are p(z) p(x|z) / q(z).", lambda prior, like, q: average(like - q)),
        Mistake("That is the estimate for samples of the prior. These come from q: weigh each by p(z) / q(z).",
                lambda prior, like, q: average(like)),
        Mistake("The likelihood is missing: what is averaged must contain p(x|z).",
                lambda prior, like, q: average(prior - q)),
        Mistake("You multiply by q where you should divide by it.", lambda prior, like, q: average(prior + like + q)),
        Mistake("The weights are upside down: q / p instead of p / q.",
                lambda prior, like, q: average(like + q - prior)),
        Mistake("That is the mean of the logarithms, the ELBO: a lower bound. The mean stands inside the logarithm.",
                lambda prior, like, q: (prior + like - q).mean(0)),
        Mistake("That is the logarithm of the *sum* of the weights. K samples give K terms; divide by K.",
                lambda prior, like, q: torch.logsumexp(prior + like - q, 0)),
        Mistake("Right on paper, but these weights are 0 on a computer, so -inf comes out. Stay with logarithms.",
                lambda prior, like, q: (prior + like - q).exp().mean(0).log()),
        Mistake("You average over the points x. Average over the K samples, axis 0.",
                lambda prior, like, q: torch.logsumexp(prior + like - q, 1) - math.log(prior.shape[1])),
        Mistake("You average over everything. One estimate for each x is due.",
                lambda prior, like, q: torch.logsumexp((prior + like - q).flatten(), 0) - math.log(prior.numel())),
        Mistake("Normalised weights estimate a posterior mean. For log p(x) they must not be divided by their sum.",
                lambda prior, like, q: torch.logsumexp((prior - q).log_softmax(0) + like, 0)),
        Mistake("The sign: an estimate of log p(x) is asked for, not of the loss.",
                lambda prior, like, q: -average(prior + like - q)),
    ),
)  # fmt: skip

EXERCISES = (GAUSSIAN, MIXTURE, IMPORTANCE)
