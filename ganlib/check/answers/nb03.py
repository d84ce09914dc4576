"""References and mistakes of notebook 03."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from ganlib.check.exercise import Exercise, Mistake
from ganlib.likelihood import elbo


def code_inputs(rng, case):
    shape = [(1, 1), (2, 3), (3, 2), (4, 4), (2, 3)][case]
    log_var, noise = rng.normal(-0.5, 1.2, shape), rng.normal(0, 1, shape)
    if case == 4:  # from very narrow to very wide, and a rare draw
        log_var[0], log_var[1], noise[0, 2] = [-12, 0, 4], [11, -6, 2], -3.5
    return {"mean": rng.normal(0, 1, shape), "log_var": log_var, "noise": noise}


draw_code = Exercise(
    id="03-1",
    name="draw_code",
    title="a draw from q(z|x) that gradients pass through",
    drive="drive_draw_code",
    inputs=code_inputs,
    answer=elbo.reparametrised,
    cases=5,
    mistakes=(
        Mistake("You multiply the noise by the variance. exp(log_var) is sigma squared, and sigma is due.",
                lambda m, v, e: m + v.exp() * e),
        Mistake("You multiply the noise by log_var itself. It is a logarithm: take its exponential, and mind the "
                "square.", lambda m, v, e: m + v * e),
        Mistake("You multiply the noise by half of log_var. It is still a logarithm.",
                lambda m, v, e: m + 0.5 * v * e),
        Mistake("Half the variance is not the standard deviation: the half belongs into the exponent.",
                lambda m, v, e: m + 0.5 * v.exp() * e),
        Mistake("You take the root of log_var, and then nan where it is negative. First the exponential, then the "
                "root.", lambda m, v, e: m + v.sqrt() * e),
        Mistake("You draw noise of your own. Use the one that is given: the dice lie outside of this function.",
                lambda m, v, e: m + (v / 2).exp() * torch.randn_like(e)),
        Mistake("torch draws z for you, with noise of its own and no way back for a gradient. Compute z from the "
                "given noise.", lambda m, v, e: torch.normal(m, (v / 2).exp())),
        Mistake("The noise is not used: each x gets the one code in the middle, as in a plain autoencoder.",
                lambda m, v, e: m + 0 * v),
        Mistake("You subtract the noise. That has the same distribution, but not the same z for the same noise.",
                lambda m, v, e: m - (v / 2).exp() * e),
        Mistake("No gradient reaches log_var: sigma is cut off from it somewhere, by detach() or no_grad().",
                lambda m, v, e: m + (v / 2).exp().detach() * e),
        Mistake("No gradient reaches the mean: it is cut off somewhere, by detach() or no_grad().",
                lambda m, v, e: m.detach() + (v / 2).exp() * e),
        Mistake("exp(-log_var / 2) is one over sigma.", lambda m, v, e: m + (-v / 2).exp() * e),
        Mistake("The mean is missing: z lies around 0 for every x.", lambda m, v, e: (v / 2).exp() * e + 0 * m),
        Mistake("The mean is multiplied by sigma, too. Only the noise should be.",
                lambda m, v, e: (v / 2).exp() * (m + e)),
    ),
)  # fmt: skip


def kl_inputs(rng, case):
    shape = [(1, 1), (2, 3), (3, 2), (4, 5), (3, 3), (2, 3)][case]
    mean_q, log_var_q = rng.normal(0, 1, shape), rng.normal(-0.5, 1, shape)
    mean_p, log_var_p = rng.normal(0, 1, shape), rng.normal(0.3, 1, shape)
    if case == 4:  # very wide and very narrow ones
        log_var_q[[0, 1, 2], [1, 0, 2]] = [6, -7, 4]
        log_var_p[[0, 1, 2], [1, 0, 2]] = [6.5, 0, -7]
    if case == 5:  # the first two are equal
        mean_q[0], log_var_q[0] = mean_p[0], log_var_p[0]
    return {"mean_q": mean_q, "log_var_q": log_var_q, "mean_p": mean_p, "log_var_p": log_var_p}


def kl_terms(mq, vq, mp, vp):
    return 0.5 * (((mq - mp).square() + vq.exp()) / vp.exp() + vp - vq - 1)


def kl_answer(mq, vq, mp, vp):
    return kl_terms(mq, vq, mp, vp).sum(1)


kl_between = Exercise(
    id="03-2",
    name="kl_between",
    title="the divergence of two Gaussians",
    drive="drive_kl_between",
    inputs=kl_inputs,
    answer=kl_answer,
    cases=6,
    mistakes=(
        Mistake("That is minus the divergence, which is never positive. Many slides show it like that; the "
                "divergence itself is never negative.", lambda *a: -kl_answer(*a)),
        Mistake("That is KL(p || q), and the divergence is not symmetric. The distribution in front, q, is the one "
                "that is averaged over.", lambda mq, vq, mp, vp: kl_answer(mp, vp, mq, vq)),
        Mistake("You average over the coordinates. They are independent, so their divergences add up: sum.",
                lambda *a: kl_terms(*a).mean(1)),
        Mistake("One number came back for the whole batch. Sum over the coordinates, and leave one number a row.",
                lambda *a: kl_answer(*a).sum()),
        Mistake("One number came back for the whole batch. Sum over the coordinates only; the mean over the batch is "
                "the caller's affair.", lambda *a: kl_answer(*a).mean()),
        Mistake("One number came back, an average over everything: coordinates add up, and each row has its own "
                "divergence.", lambda *a: kl_terms(*a).mean()),
        Mistake("Sum over the coordinates, axis 1, not over the batch.", lambda *a: kl_terms(*a).sum(0)),
        Mistake("One number a row is due: sum over the coordinates.", kl_terms),
        Mistake("The factor 1/2 is missing.", lambda *a: 2 * kl_answer(*a)),
        Mistake("The -1 is missing: of equal distributions the divergence must be 0.",
                lambda *a: kl_answer(*a) + 0.5 * a[0].shape[1]),
        Mistake("That is the divergence from N(0, I). The prior has a mean and a variance of its own here.",
                lambda mq, vq, mp, vp: kl_answer(mq, vq, 0 * mp, 0 * vp)),
        Mistake("log_var_p appears with the wrong sign: the logarithm is of the ratio var_p / var_q.",
                lambda mq, vq, mp, vp: kl_answer(mq, vq, mp, vp) - vp.sum(1)),
        Mistake("log_var_q appears with the wrong sign: the logarithm is of the ratio var_p / var_q.",
                lambda mq, vq, mp, vp: kl_answer(mq, vq, mp, vp) + vq.sum(1)),
        Mistake("The logarithms are exchanged: it is the log of var_p / var_q, so that a narrow q costs much.",
                lambda mq, vq, mp, vp: kl_answer(mq, vq, mp, vp) + (vq - vp).sum(1)),
        Mistake("The logarithms of the variances are missing: without them a q of no width at all would be the best.",
                lambda mq, vq, mp, vp: kl_answer(mq, vq, mp, vp) + 0.5 * (vq - vp).sum(1)),
        Mistake("The square of the distance of the means is divided by p's variance, too, not only q's variance.",
                lambda mq, vq, mp, vp: 0.5 * ((mq - mp).square() + (vq - vp).exp() + vp - vq - 1).sum(1)),
        Mistake("You treat log_var as log sigma. It is log(sigma squared): exp(log_var) is the variance already.",
                lambda mq, vq, mp, vp: kl_answer(mq, 2 * vq, mp, 2 * vp)),
        Mistake("The distance of the means is not squared.",
                lambda mq, vq, mp, vp: kl_answer(mq, vq, mp, vp)
                + 0.5 * (((mq - mp) - (mq - mp).square()) / vp.exp()).sum(1)),
    ),
)  # fmt: skip


def vae_inputs(rng, case):
    shape, z_dim, sigma = [
        ((1, 1, 1, 1), 1, 1.0),
        ((2, 1, 3, 3), 2, 1.0),
        ((3, 1, 4, 4), 2, 0.3),
        ((4, 3, 2, 5), 5, 0.6),
        ((2, 1, 3, 3), 2, 2.5),
        ((3, 2, 4, 3), 3, 0.05),
    ][case]
    x, x_hat = rng.uniform(-1, 1, shape), rng.uniform(-1, 1, shape)
    mean, log_var = rng.normal(0, 1, (shape[0], z_dim)), rng.normal(-0.5, 1, (shape[0], z_dim))
    if case == 4:  # a decoder without tanh, and codes that are very sure or not at all
        x_hat, log_var = 2 * x_hat, log_var + [[5.5, 0], [0, -8]]
    if case == 5:  # so near that the loss is negative
        x_hat = x + 0.03 * x_hat
    return {"x": x, "x_hat": x_hat, "mean": mean, "log_var": log_var, "sigma": sigma}


def reconstruction(x, x_hat, sigma):
    """Return -log p(x|z) of each picture: (N,)."""
    return -elbo.gaussian_log_likelihood(x, x_hat, torch.tensor(math.log(sigma)))


def vae_answer(x, x_hat, mean, log_var, sigma):
    return (reconstruction(x, x_hat, sigma) + elbo.gaussian_kl(mean, log_var)).mean()


def pixels_of(x):
    return x[0].numel()


def constants(x, sigma):
    return pixels_of(x) * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


def with_kl(change):
    """Return a loss whose divergence is changed by a function of (mean, log_var)."""
    return lambda x, x_hat, mean, log_var, sigma: reconstruction(x, x_hat, sigma).mean() + change(mean, log_var)


def with_reconstruction(change):
    """Return a loss whose reconstruction is changed by a function of (x, x_hat, sigma)."""
    return lambda x, x_hat, mean, log_var, sigma: change(x, x_hat, sigma) + elbo.gaussian_kl(mean, log_var).mean()


def with_both(change):
    """Return a loss with a changed reconstruction and a divergence that is averaged over the coordinates."""
    return lambda x, x_hat, m, v, s: change(x, x_hat, s) + elbo.gaussian_kl(m, v).mean() / m.shape[1]


def gaussian_mean(x, x_hat, sigma):
    return reconstruction(x, x_hat, sigma).mean() / pixels_of(x)


MEAN_HINT = (
    "The squared error is averaged over the pixels, the divergence summed over the code. So a picture counts as one "
    "pixel, and the KL term as a beta of C*H*W: the code is pressed flat. log p(x|z) is a *sum* over pixels."
)

vae_loss = Exercise(
    id="03-3",
    name="vae_loss",
    title="find the bug: a VAE that draws one and the same picture",
    drive="drive_vae_loss",
    inputs=vae_inputs,
    answer=vae_answer,
    cases=6,
    mistakes=(
        Mistake(MEAN_HINT, with_reconstruction(lambda x, x_hat, s: F.mse_loss(x_hat, x))),
        Mistake(MEAN_HINT, with_reconstruction(lambda x, x_hat, s: F.mse_loss(x_hat, x) / (2 * s**2))),
        Mistake(MEAN_HINT, with_reconstruction(gaussian_mean)),
        Mistake("Both terms are averages over their coordinates, so a pixel counts as much as a code number. In the "
                "ELBO both are sums: the picture has many more pixels, and they must weigh more.",
                with_both(lambda x, x_hat, s: F.mse_loss(x_hat, x))),
        Mistake("Both terms are averages over their coordinates, so a pixel counts as much as a code number. In the "
                "ELBO both are sums: the picture has many more pixels, and they must weigh more.",
                with_both(gaussian_mean)),
        Mistake("The sum over pixels is right, but the squared error has to be divided by 2 sigma² (and the two "
                "constants of the Gaussian belong to it): without that the loss is not in nats.",
                with_reconstruction(lambda x, x_hat, s: (x - x_hat).square().sum() / len(x))),
        Mistake("The gradients are right, but the loss is not -ELBO in nats: the Gaussian's constants, log sigma and "
                "½ log 2 pi for each pixel, are missing.",
                with_reconstruction(lambda x, x_hat, s: (x - x_hat).square().sum() / len(x) / (2 * s**2))),
        Mistake("½ log 2 pi is missing, once for each pixel.",
                with_reconstruction(lambda x, x_hat, s: (reconstruction(x, x_hat, s).mean()
                - pixels_of(x) * 0.5 * math.log(2 * math.pi)))),
        Mistake("log sigma is missing, once for each pixel.",
                with_reconstruction(lambda x, y, s: reconstruction(x, y, s).mean() - pixels_of(x) * math.log(s))),
        Mistake("The Gaussian's constants belong to every pixel, not to a picture once.",
                with_reconstruction(lambda x, x_hat, s: (reconstruction(x, x_hat, s).mean()
                - constants(x, s) * (1 - 1 / pixels_of(x))))),
        Mistake("The factor ½ in front of the squared error is missing.",
                with_reconstruction(lambda x, x_hat, s: 2 * reconstruction(x, x_hat, s).mean() - constants(x, s))),
        Mistake("The squared error is divided by sigma instead of sigma².",
                with_reconstruction(lambda x, y, s: (x - y).square().sum() / len(x) / (2 * s) + constants(x, s))),
        Mistake("The KL term is subtracted. The ELBO subtracts it, and the loss is minus the ELBO.",
                with_kl(lambda m, v: -elbo.gaussian_kl(m, v).mean())),
        Mistake("The KL term is averaged over the coordinates of the code. It is a sum over them.",
                with_kl(lambda m, v: elbo.gaussian_kl(m, v).mean() / m.shape[1])),
        Mistake("The KL term is missing: what is left is an autoencoder.",
                with_kl(lambda m, v: 0 * (m.sum() + v.sum()))),
        Mistake("The KL term is summed over the batch, the reconstruction averaged. Average both.",
                with_kl(lambda m, v: elbo.gaussian_kl(m, v).sum())),
        Mistake("The reconstruction is summed over the batch, the KL term averaged. Average both over the pictures.",
                lambda x, y, m, v, s: (reconstruction(x, y, s).mean() + (len(x) - 1) * (x - y).square().sum() / len(x)
                                       / (2 * s**2) + elbo.gaussian_kl(m, v).mean())),
        Mistake("That is the cross-entropy of ink and paper. Here p(x|z) is a Gaussian around x_hat, of width sigma.",
                with_reconstruction(lambda x, y, s: (-elbo.bernoulli_log_likelihood(x, y)).mean())),
        Mistake("That is the ELBO. The loss is minus the ELBO: small is good.", lambda *a: -vae_answer(*a)),
        Mistake("You sum over the batch. Sum over pixels and coordinates, but average over pictures: then the "
                "learning rate does not depend on the batch size.", lambda *a: vae_answer(*a) * len(a[0])),
        Mistake("One number is due for the whole batch: the mean over its pictures.",
                lambda x, x_hat, m, v, s: reconstruction(x, x_hat, s) + elbo.gaussian_kl(m, v)),
    ),
)  # fmt: skip

EXERCISES = (draw_code, kl_between, vae_loss)
