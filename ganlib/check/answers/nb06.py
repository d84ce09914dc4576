"""References and mistakes of notebook 06."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import softplus

from ganlib.check.exercise import Exercise, Mistake
from ganlib.losses import cross_entropy_D, non_saturating_G


def density_inputs(rng, case):
    """Return densities: one point, several, some where nearly all points are fakes or real, and tiny and huge ones."""
    n = [1, 4, 7, 6, 6][case]
    p, q = rng.uniform(0.1, 2.0, n), rng.uniform(0.1, 2.0, n)
    if case == 3:
        q *= [1e-3, 1e-2, 1.0, 1e2, 1e3, 1e4]
    if case == 4:
        scale = np.array([1e-12, 1e-9, 1e-6, 1.0, 1e6, 1e9])
        p, q = p * scale, q * scale
    return {"p": p, "q": q}


BEST_D = Exercise(
    id="06-1",
    name="best_D",
    title="what the best possible D says",
    drive="drive_best_D",
    inputs=density_inputs,
    answer=lambda p, q: p / (p + q),
    cases=5,
    atol=1e-6,
    mistakes=(
        Mistake("That is the probability that the point is *fake*. D says how likely it is to be real.",
                lambda p, q: q / (p + q)),
        Mistake("That is the ratio of the two densities, which can be any positive number. A probability is due.",
                lambda p, q: p / q),
        Mistake("That is the ratio of the two densities, the wrong way up too. A probability is due.",
                lambda p, q: q / p),
        Mistake("That is the logit of the best D, log p - log q. Here its probability is asked for.",
                lambda p, q: (p / q).log()),
        Mistake("The sigmoid belongs around the *logarithm* of the ratio.", lambda p, q: (p / q).sigmoid()),
        Mistake("The sigmoid of a difference of densities is not it: set the derivative of the integrand to zero.",
                lambda p, q: (p - q).sigmoid()),
        Mistake("You divide by a sum over all points. The best D decides at each point by itself.",
                lambda p, q: p / (p + q).sum()),
        Mistake("1/2 is D's answer only where the two densities agree. In general it depends on the point.",
                lambda p, q: 0.5 + 0 * p),
        Mistake("Twice too small: p + q is due below, not 2(p + q).", lambda p, q: p / (p + q) / 2),
        Mistake("A yes or a no: that is what you conclude from D. D itself says how sure it is.",
                lambda p, q: (p > q).float()),
    ),
)  # fmt: skip


def logits_inputs(rng, case):
    """Return logits of a D that is unsure, right, wrong, and of one so sure that log(sigmoid) has no digits."""
    n, m = [(2, 2), (4, 4), (5, 3), (4, 6), (3, 4), (6, 4)][case]
    real, fake = rng.normal(0.5, 1, n), rng.normal(-0.5, 1, m)
    if case == 2:
        real, fake = 2 * real, 2 * fake
    if case == 3:
        real, fake = rng.uniform([5.5, 3, 3, 3], [6.5, 8, 8, 8]), rng.uniform(-8, -3, m)
    if case == 4:
        real, fake = rng.uniform([-8, -12, -12], -6), rng.uniform(6, [8, 12, 12, 12])
    if case == 5:
        real, fake = real + [-120, -80, -25, 25, 60, 110], fake + [-100, 20, 50, 120]
    return {"logits_real": real, "logits_fake": fake}


def log_of_sigmoid_D(real, fake):
    return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()


def mean_of_all_D(real, fake):
    return torch.cat([softplus(-real), softplus(fake)]).mean()


LOGITS = "Right on paper, but when D is sure the sigmoid rounds to 0 or 1 and the logarithm to -inf. Use softplus."
SURE = "Right for small logits, wrong for large ones: whatever keeps the logarithm finite cuts it off. Use softplus."
TWICE = "The sigmoid is applied twice: softplus, like BCEWithLogitsLoss, already contains it. Give it the bare logits."

LOSS_D = Exercise(
    id="06-2",
    name="loss_D",
    title="the discriminator's loss, on logits",
    drive="drive_loss_D",
    inputs=logits_inputs,
    answer=cross_entropy_D,
    cases=6,
    atol=3e-6,
    explain=lambda inputs, expected, got: SURE if abs(inputs["logits_real"]).min() > 2.9 else None,
    mistakes=(
        Mistake("That is the value V that D should make large. An optimiser makes things small: turn the sign round.",
                lambda r, f: -cross_entropy_D(r, f)),
        Mistake("Real and fake are swapped: D is rewarded for calling real pictures fake.",
                lambda r, f: softplus(r).mean() + softplus(-f).mean()),
        Mistake(TWICE, lambda r, f: cross_entropy_D(r.sigmoid(), f.sigmoid())),
        Mistake(LOGITS, log_of_sigmoid_D),
        Mistake("You sum over the batch where an expectation is asked for: take the mean.",
                lambda r, f: softplus(-r).sum() + softplus(f).sum()),
        Mistake("One number a picture came back. An expectation is one number: take the mean over the batch.",
                lambda r, f: softplus(-r) + softplus(f)),
        Mistake("That is half of it: the two expectations are added, not averaged.",
                lambda r, f: cross_entropy_D(r, f) / 2),
        Mistake("You take one mean over real and fake pictures together. Each has its own expectation; add the two.",
                mean_of_all_D),
        Mistake("The fakes are missing: D would call everything real.", lambda r, f: softplus(-r).mean() + 0 * f.sum()),
        Mistake("The real pictures are missing: D would call everything fake.",
                lambda r, f: softplus(f).mean() + 0 * r.sum()),
        Mistake("Both terms push their logits up: D is to call fakes fake. -log(1 - sigmoid(l)) is softplus(+l).",
                lambda r, f: softplus(-r).mean() + softplus(-f).mean()),
        Mistake("Both terms push their logits down: D is to call real pictures real. -log sigmoid(l) is softplus(-l).",
                lambda r, f: softplus(r).mean() + softplus(f).mean()),
        Mistake("You subtract the second expectation. Both are losses: add them.",
                lambda r, f: softplus(-r).mean() - softplus(f).mean()),
        Mistake("That is one mean over both batches, times two. They need not be of the same size: each has a mean "
                "of its own.",
                lambda r, f: 2 * mean_of_all_D(r, f)),
        Mistake("That is the hinge loss: another GAN.", lambda r, f: (1 - r).relu().mean() + (1 + f).relu().mean()),
        Mistake("That is the least-squares loss: another GAN.",
                lambda r, f: (r - 1).square().mean() + f.square().mean()),
        Mistake("That is the Wasserstein loss, on raw scores: another GAN.", lambda r, f: f.mean() - r.mean()),
        Mistake("You return the probabilities' mean, without the logarithm.",
                lambda r, f: -r.sigmoid().mean() - (1 - f.sigmoid()).mean()),
    ),
)  # fmt: skip


def fake_inputs(rng, case):
    """Return logits of fakes as `logits_inputs` does."""
    return {"logits_fake": -logits_inputs(rng, case)["logits_real"]}


LOSS_G = Exercise(
    id="06-3",
    name="loss_G",
    title="the generator's loss, on logits",
    drive="drive_loss_G",
    inputs=fake_inputs,
    answer=non_saturating_G,
    cases=6,
    atol=3e-6,
    explain=lambda inputs, expected, got: SURE if abs(inputs["logits_fake"]).min() > 2.9 else None,
    mistakes=(
        Mistake("That is the minimax loss, E log(1 - D(G(z))). Its gradient vanishes where D is sure, which is where "
                "G needs it most. Write the other one.", lambda f: -softplus(f).mean()),
        Mistake("With this G learns to be caught: it is D's term, or the sign of the logit is the wrong way round.",
                lambda f: softplus(f).mean()),
        Mistake("That is E log D(G(z)), which G should make large. An optimiser makes things small: turn the sign.",
                lambda f: -softplus(-f).mean()),
        Mistake(TWICE, lambda f: softplus(-f.sigmoid()).mean()),
        Mistake(LOGITS, lambda f: -f.sigmoid().log().mean()),
        Mistake("You sum over the batch where an expectation is asked for: take the mean.",
                lambda f: softplus(-f).sum()),
        Mistake("One number a picture came back. An expectation is one number: take the mean over the batch.",
                lambda f: softplus(-f)),
        Mistake("You average D's logits first and take the loss of that: the expectation stands outside of the log.",
                lambda f: softplus(-f.mean())),
        Mistake("You average the probabilities first: the expectation stands outside of the log.",
                lambda f: -f.sigmoid().mean().log()),
        Mistake("That is the Wasserstein loss, -E D(G(z)) on raw scores: another GAN.", lambda f: -f.mean()),
        Mistake("That is -E D(G(z)) with probabilities: the logarithm is missing.", lambda f: -f.sigmoid().mean()),
        Mistake("That is E (1 - D(G(z))): the logarithm is missing.", lambda f: (1 - f.sigmoid()).mean()),
        Mistake("That is the least-squares loss: another GAN.", lambda f: (f - 1).square().mean()),
    ),
)  # fmt: skip

EXERCISES = (BEST_D, LOSS_D, LOSS_G)
