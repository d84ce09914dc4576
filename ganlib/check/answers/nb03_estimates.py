"""References and mistakes of notebook 03: an estimate of log p(x), and PCA."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake
from ganlib.likelihood import log_mean_exp


def weight_inputs(rng, case):
    K, n, level = [(1, 1, 0.0), (4, 2, -2.0), (50, 3, -300.0), (7, 4, 200.0), (5, 4, 0.0), (5, 3, 0.0), (4, 2, 0.0)][
        case
    ]
    log_weights = level + rng.normal(0, 2, (K, n))
    if case == 4:  # each picture lies at another level
        log_weights += [-800, 300, 0, 1000]
    if case == 5:  # and so does each draw, the first and the middle one far from the best
        log_weights += np.array([[-1000, -800, -1900, 1000, 1001]] * 3).T
        log_weights[:, 1] -= 1500
    return {"log_weights": log_weights}


estimate_log_p = Exercise(
    id="03-4",
    name="estimate_log_p",
    title="log p(x) from weights that are too small to write down",
    drive="drive_estimate_log_p",
    inputs=weight_inputs,
    answer=lambda w: log_mean_exp(w, 0),
    cases=7,
    rtol=1e-5,
    mistakes=(
        Mistake("That is the mean of the logarithms: the ELBO, which is a lower bound. The estimate is the logarithm "
                "of the mean weight.", lambda w: w.mean(0)),
        Mistake("Right on paper, but e^-300 is 0 and e^200 is inf in float32, so -inf or inf comes out. Take the "
                "largest logarithm out before the exponential, or use the function in torch that does.",
                lambda w: w.exp().mean(0).log()),
        Mistake("That is the logarithm of the *sum* of the weights: K draws say no more than their mean. Subtract "
                "log K.", lambda w: w.logsumexp(0)),
        Mistake("log K is added. Dividing by K is subtracting its logarithm.",
                lambda w: w.logsumexp(0) + math.log(len(w))),
        Mistake("You divide the logarithm by K. It is the sum inside the logarithm that is divided by K.",
                lambda w: w.logsumexp(0) / len(w)),
        Mistake("The average runs over the pictures. The draws are axis 0.",
                lambda w: w.logsumexp(1) - math.log(w.shape[1])),
        Mistake("Summed over the draws, but divided by the number of pictures.",
                lambda w: w.logsumexp(0) - math.log(w.shape[1])),
        Mistake("One number came back for all pictures: average over the draws only, axis 0.",
                lambda w: w.flatten().logsumexp(0) - math.log(w.numel())),
        Mistake("That is the largest weight alone. Add up all of them.", lambda w: w.amax(0)),
        Mistake("That is p(x), or what is left of it in float32. Its logarithm is due.", lambda w: w.exp().mean(0)),
        Mistake("You took the largest logarithm out before the exponential, and did not put it back afterwards.",
                lambda w: log_mean_exp(w - w.amax(0), 0)),
        Mistake("The logarithm of K is to base 2. Nats are due.", lambda w: w.logsumexp(0) - math.log2(len(w))),
        Mistake("That is log p(x) with its sign turned: an estimate, no loss, is asked for.",
                lambda w: -log_mean_exp(w, 0)),
    ),
)  # fmt: skip


def pca_inputs(rng, case):
    n, d, k = [(20, 2, 1), (40, 5, 2), (12, 30, 3), (60, 6, 4), (20, 2, 1), (30, 7, 6)][case]
    rows = rng.normal(size=(n, d))
    U, found, V = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    slower = 0.6 if case < 2 else 0.93  # the next direction is then nearly as wide as the last one that is kept
    spread = 2 * n**0.5 * slower ** np.arange(len(found)) * (found > 1e-9)
    centre = 3 + rng.normal(size=d)
    new = centre + 2 * rng.normal(size=([4, 4, 4, 4, 4, 1][case], d))
    return {"x": centre + U * spread @ V, "k": k, "new": new}


def principal(x, k):
    return torch.linalg.svd(x, full_matrices=False).Vh[:k]


def pca_answer(x, k, new):
    mean, V = x.mean(0), principal(x - x.mean(0), k)
    return (new - mean) @ V.T @ V + mean


def pca_of(directions, centre=lambda x, new: x.mean(0), back=True):
    """Return PCA with other directions (from the centred x and k), another centre, or without the way back."""

    def pca_rebuild(x, k, new):
        mean, V = centre(x, new), directions(x - centre(x, new), k)
        rebuilt = (new - mean) @ V.T @ V
        return rebuilt + mean if back else rebuilt

    return pca_rebuild


def without_centre(x, k, new):
    V = principal(x, k)
    return new @ V.T @ V


def mean_for_directions_only(x, k, new):
    V = principal(x - x.mean(0), k)
    return new @ V.T @ V


def rotated(x, k, new):
    mean, V = x.mean(0), torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh[:, :k].T
    return (new - mean) @ V.T @ V + mean


def standardised(x, k, new):
    scale = x.std(0)
    return pca_answer(x / scale, k, new / scale) * scale


pca_rebuild = Exercise(
    id="03-5",
    name="pca_rebuild",
    title="the best linear autoencoder, without training",
    drive="drive_pca_rebuild",
    inputs=pca_inputs,
    answer=pca_answer,
    cases=6,
    mistakes=(
        Mistake("Nothing is centred. The plane of PCA passes through the mean of x, not through 0: subtract the mean "
                "first, and add it again at the end.", without_centre),
        Mistake("The mean is not added again at the end: the rebuilt rows lie around 0.",
                pca_of(principal, back=False)),
        Mistake("The directions are right, but `new` is projected without its being centred: subtract the mean of x "
                "from it first, and add it afterwards.", mean_for_directions_only),
        Mistake("`new` is centred by its own mean. Encoder and decoder are fixed after training: use the mean of x.",
                lambda x, k, new: (new - new.mean(0)) @ principal(x - x.mean(0), k).T @ principal(x - x.mean(0), k)
                + new.mean(0)),
        Mistake("The directions come from `new`. They must come from the training data x.",
                lambda x, k, new: pca_answer(new, k, new)),
        Mistake("Those are the directions of *least* spread. torch's eigh sorts upwards; the last k are the "
                "principal ones.", pca_of(lambda x, k: torch.linalg.eigh(x.T @ x).eigenvectors[:, :k].T)),
        Mistake("You take columns where the directions are rows. Only svd's third result is transposed already: Vh.",
                rotated),
        Mistake("You divide each column by its spread first. That is PCA of other data: the rebuilt rows are no "
                "longer nearest.",
                standardised),
        Mistake("All directions are used, so nothing is compressed: keep k of them.", lambda x, k, new: new.clone()),
        Mistake("One direction too few.", lambda x, k, new: pca_answer(x, k - 1, new)),
        Mistake("That is the code, k numbers a row. Turn it back into rows of x's width, and add the mean.",
                lambda x, k, new: (new - x.mean(0)) @ principal(x - x.mean(0), k).T),
        Mistake("Each row is centred by its own mean. Every column has a mean over the rows: axis 0.",
                pca_of(principal, centre=lambda x, new: x.mean())),
    ),
)  # fmt: skip

EXERCISES = (estimate_log_p, pca_rebuild)
