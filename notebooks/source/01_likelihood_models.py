# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 · Likelihood models
#
# {{badges}}
#
# **Question**: what does it take to write down p(x), the probability of a picture, and what does one get for it?
#
# **You will see** hidden causes turn simple densities into rich ones; a network trained to be a density; the one case in
# which everything has a formula; how many samples it takes without one, and why that number explodes; and what a
# likelihood is good for: finding outliers, filling in what is missing, comparing models.
#
# **Read before**: notebook 00. Useful: the normal distribution, and that Σ p = 1.
#
# **Time**: 25 s on two cores; everything here is small, and no GPU is needed.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · One number for a whole data set
#
# A **generative model** is a probability distribution p(x) over everything that x could be. To judge a model, ask how
# probable it thought the data that really came. If the examples were drawn one by one, independently, then
#
# $$p(\mathcal D) = \prod_{n=1}^{N} p(x_n), \qquad\text{and with labels}\qquad
# p(\mathcal D) = \prod_{n=1}^{N} p(x_n)\,p(y_n \mid x_n)$$
#
# Learning, in this notebook, means: move the parameters so that this number grows. To see whether that works we begin
# with points in the plane whose true density we know.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from ganlib import data, plots
from ganlib.data.mixtures import ring
from ganlib.train import progress
from torch import nn

p = ring(8, radius=2.0, sigma=0.2)
generator = torch.Generator().manual_seed(0)
train, held_out = p.sample(2000, generator=generator), p.sample(2000, generator=generator)

# %%
line = torch.linspace(-3, 3, 81)
plane = torch.cartesian_prod(line, line)
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.3))
left.scatter(*train[:500].T, s=4, color=plots.REAL)
left.set(xlabel="x₁", ylabel="x₂", title="500 points", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
drawn = right.imshow(p.log_prob(plane).exp().view(81, 81).T, extent=(-3, 3, -3, 3), origin="lower", cmap="Blues")
right.set(xlabel="x₁", title="p(x), known exactly")
figure.colorbar(drawn, ax=right, label="density", shrink=0.8)
plots.show(figure, alt="Left: eight clouds of points on a circle. Right: the density they come from, eight round bumps")

# %% [markdown]
# **Predict**: what does the computer say if we multiply the 2,000 densities? And what if we had measured in metres
# instead of centimetres, so that every coordinate is a hundred times smaller?

# %% tags=["claim-dataset-as-product"]
# NBVAL_CHECK_OUTPUT
log_p = p.log_prob(train).double()
log_p_metres = log_p + 2 * math.log(100)  # the same mass on an area 100 x 100 times smaller
for unit, values in {"centimetres": log_p, "metres": log_p_metres}.items():
    print(f"{unit:11}  product {values.exp().prod().item()}   finite sum of logarithms: {bool(values.sum().isfinite())}")
print(f"the sums differ by {log_p_metres.sum() - log_p.sum():.0f} = N · 2 · ln 100 nats")
assert log_p.exp().prod() == 0 and log_p_metres.exp().prod() == math.inf

# %% [markdown]
# Zero, and infinity. Both are wrong, and neither is the model's fault: no floating-point number is that small or that
# large. Therefore one **adds logarithms**: $\log p(\mathcal D) = \sum_n \log p(x_n)$. With the natural logarithm the unit is
# the **nat**. From here on "log p" is the mean over examples, in nats.
#
# Notice two more things. A density may be larger than one; only its integral is one. And the value depends on the unit of
# x. Remember that; section 8 comes back to it, because people get it wrong.

# %% [markdown]
# ## 2 · Hidden causes: the mixture
#
# Points in eight clumps: each point belongs to a clump, but nobody wrote down which. Call the clump $z$. It is **latent**:
# part of the story of how x came about, and never observed. Whatever we do not know, we sum over:
#
# $$p(x) = \sum_z p(z)\,p(x \mid z) \qquad\text{here}\qquad p(x \mid z) = \mathcal N(x;\, \mu_z, \sigma^2 I)$$

# %%
def log_prob_mixture(x, weights, means, sigma):
    """log Σ_z p(z) N(x; mean_z, σ² I):  x (N, D) -> (N,)"""
    squares = (x[:, None] - means).square().sum(-1)  # (N, Z)
    log_likelihood = -squares / (2 * sigma**2) - x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    return torch.logsumexp(weights.log() + log_likelihood, dim=1)


# %% [markdown]
# The check: against the library, and against the one thing that every density owes us, an integral of one.

# %%
# NBVAL_CHECK_OUTPUT
ours = log_prob_mixture(plane, p.weights, p.means, p.sigma)
area = (line[1] - line[0]) ** 2
print("equal to the library's:", torch.allclose(ours, p.log_prob(plane), atol=1e-4))
print(f"it integrates to {(ours.exp() * area).sum():.3f}")

# %% [markdown]
# `logsumexp` is Σ e^… followed by log, done so that nothing under- or overflows: it takes the largest exponent out first.
# Eight simple bumps make one density that no single Gaussian comes near.
#
# ### How many components?
#
# Below, mixtures with 1 to 20 components of any shape are fitted to only **200** of the points. Grey: mean log p of these
# 200. Blue: of 2,000 others. **Predict**: which curve keeps rising? Where is the other one highest? Then drag the slider.

# %%
from ganlib.widgets import MixtureView, SamplingView

mixtures = MixtureView(train[:200], held_out, components=3, truth=p)
mixtures

# %% [markdown]
# The same curves as numbers:

# %% tags=["claim-dataset-as-product"]
seen, new = ([getattr(fit, name) for fit in mixtures.fits] for name in ("train", "held_out"))
best = int(np.argmax(new)) + 1
print(f"held-out log p: 1 component {new[0]:.2f}, {best} components {new[best - 1]:.2f}, 20 components {new[-1]:.2f}")
print(f"of the points it has seen, 20 components: {seen[-1]:.2f}; the true density gives new points {mixtures.truth:.2f}")
assert 7 <= best <= 10 and new[-1] < new[best - 1] - 0.2 and seen[-1] > mixtures.truth

# %% [markdown]
# With 20 components the fit likes its own 200 points *better than the truth would*: it has put needles on them. On new
# points it pays for that. This is why every likelihood in this course is measured on **held-out** data: nobody can learn
# those by heart. The peak is near eight, the number of clumps, which the fit was never told.

# %% [markdown]
# ## 3 · Hidden causes in a prediction
#
# A cyclist rides towards a tree. Left is fine. Right is fine. The average of left and right is the tree. A regression that
# predicts the *mean* of y given x steers into it, whenever one x has several good answers. A hidden cause helps again:
#
# $$p(y \mid x) = \sum_z p(z)\,p(y \mid x, z), \qquad p(y \mid x, z) = \mathcal N\bigl(y;\, f_z(x), \sigma_z(x)^2\bigr)$$
#
# Our data: a coin z with p(z = 1) = 0.7 decides which of two curves y follows. The coin is not in the data.

# %%
def two_curves(x):
    return torch.stack([1.2 * torch.sin(1.5 * x) - 0.2, 1.0 - 0.5 * x.square()], dim=1)  # (N, 2)


def draw_xy(n):
    x, coin = torch.rand(n, generator=generator) * 4 - 2, torch.rand(n, generator=generator) < 0.7
    y = torch.where(coin, two_curves(x)[:, 1], two_curves(x)[:, 0])
    return x, y + 0.15 * torch.randn(n, generator=generator)


# %% [markdown]
# One network returns, for every x, a mean and a width for each cause; how often each cause is at work is a parameter of its
# own, the same for every x. The last line is the sum over z, in logarithms.

# %%
class MixtureRegression(nn.Module):
    """p(y|x) = Σ_z p(z) N(y; f_z(x), σ_z(x)²), f and σ from one network."""

    def __init__(self, causes):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 2 * causes))
        self.logits = nn.Parameter(torch.zeros(causes))  # of p(z)

    def log_prob(self, x, y):
        mean, log_sigma = self.net(x[:, None]).chunk(2, dim=1)  # (N, Z) each
        log_likelihood = -0.5 * ((y[:, None] - mean) / log_sigma.exp()) ** 2 - log_sigma - 0.5 * math.log(2 * math.pi)
        return torch.logsumexp(self.logits.log_softmax(0) + log_likelihood, dim=1)


# %% [markdown]
# The parameters are moved uphill on log p by automatic differentiation: **maximum likelihood**. With one cause this is
# ordinary regression (with a learned width); with two, the sum over z is all that changes.

# %%
xy, xy_new = draw_xy(1000), draw_xy(2000)


def fit_regression(causes, steps=800):
    torch.manual_seed(0)
    model = MixtureRegression(causes)
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, 1e-2, steps)
    for _ in progress(range(steps), label=f"causes: {causes}"):
        loss = -model.log_prob(*xy).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        schedule.step()
    return model.requires_grad_(False)


one_cause, two_causes = fit_regression(1), fit_regression(2)

# %% [markdown]
# **Predict**: where will the single curve run near x = −1, where the data have two answers?

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
x = torch.linspace(-2, 2, 200)
for ax, model, title in zip(axes, (one_cause, two_causes), ("one cause: a Gaussian", "two causes: a mixture")):
    mean, log_sigma = model.net(x[:, None]).chunk(2, dim=1)
    ax.scatter(xy[0][:400], xy[1][:400], s=4, color=plots.REAL, alpha=0.5, label="data")
    for k in range(mean.shape[1]):
        ax.plot(x, mean[:, k], color=plots.PLAYER_D, label="f(x)" if k == 0 else None)
        low, high = mean[:, k] - 2 * log_sigma[:, k].exp(), mean[:, k] + 2 * log_sigma[:, k].exp()
        ax.fill_between(x, low, high, color=plots.PLAYER_D, alpha=0.15, label="± 2 σ(x)" if k == 0 else None)
    ax.set(xlabel="x", title=title, ylim=(-2.5, 2.5))
axes[0].set_ylabel("y")
axes[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
plots.show(figure, alt="Left: one curve runs between two bands of data where there are none. Right: a curve in each band")

# %% [markdown]
# As we made the data, we know the true p(y|x), and how well any model could do on new points at best.

# %% tags=["claim-dataset-as-product"]
log_parts = -0.5 * ((xy_new[1][:, None] - two_curves(xy_new[0])) / 0.15) ** 2 - math.log(0.15 * math.sqrt(2 * math.pi))
truth = torch.logsumexp(log_parts + torch.tensor([0.3, 0.7]).log(), dim=1).mean()
one, two = one_cause.log_prob(*xy_new).mean(), two_causes.log_prob(*xy_new).mean()
share = two_causes.logits.softmax(0).max()
print(f"held-out log p(y|x): one cause {one:.2f}, two causes {two:.2f}, the true p(y|x) {truth:.2f}")
print(f"and it found how the coin is loaded: p(z) = {share:.2f}")
assert two > one + 0.3 and truth - two < 0.15 and abs(share - 0.7) < 0.05

# %% [markdown]
# The single Gaussian spreads itself over both curves and the gap between them. The mixture keeps both, knows how often each
# is taken, and is worth half a nat more for every point. Nobody told it which point followed which curve.

# %% [markdown]
# ## 4 · Density networks: when z is continuous
#
# A clump is a coarse cause. Pose, light, size, the slant of a digit: these vary smoothly. So let z be a vector with a simple
# prior, let a network f say what x each z makes, and add noise:
#
# $$p(z) = \mathcal N(0, I_M), \qquad p(x \mid z) = \mathcal N\bigl(x;\, f(z), \sigma^2 I\bigr), \qquad
# p(x) = \int p(z)\,p(x \mid z)\,dz = \mathbb E_{z \sim p(z)}\; p(x \mid z)$$
#
# MacKay (1995) called this a **density network**. Nobody can do that integral for a network f. But it is an expectation, so
# draw K samples of z from the prior and average:
#
# $$\log p(x) \;\approx\; \log \frac1K \sum_{k=1}^K p(x \mid z_k)$$
#
# The p(x|z) are tiny. Only their logarithms are safe. What we need is the **log-mean-exp**:

# %%
def log_mean_exp(log_values, dim=0):
    """log (1/K) Σ_k e^(l_k), where no e^(l_k) need be representable"""
    return torch.logsumexp(log_values, dim) - math.log(log_values.shape[dim])


# %% [markdown]
# The check: three values so small that a computer takes each e^l for zero.

# %%
# NBVAL_CHECK_OUTPUT
tiny = torch.tensor([-2000.0, -2001.0, -2005.0])
print("naive:       ", tiny.exp().mean().log().item())
print(f"log-mean-exp: {log_mean_exp(tiny).item():.2f}")

# %% [markdown]
# Now the model. `decoder` is any network from z to the numbers that p(x|z) needs. With `components` above one, p(x|z) is
# itself a mixture of Gaussians: the network then returns several means, and a logit for the weight of each.

# %%
class DensityNetwork(nn.Module):
    """p(z) = N(0, I), p(x|z) = Σ_c π_c(z) N(x; mean_c(z), σ² I)"""

    def __init__(self, decoder, z_dim, components=1):
        super().__init__()
        self.decoder, self.z_dim, self.components = decoder, z_dim, components
        self.log_sigma = nn.Parameter(torch.tensor(-0.5))

    def log_likelihood(self, x, z):
        """log p(x|z) of each pair, in nats: x (N, D), z (K, M) -> (N, K)"""
        mean, logits = self.decoder(z).unflatten(1, (self.components, -1)).split([x.shape[1], 1], dim=2)
        squares = torch.cdist(x, mean.flatten(0, 1)).square().unflatten(1, (len(z), self.components))
        log_parts = -squares / (2 * (2 * self.log_sigma).exp()) - x.shape[1] * (self.log_sigma + LOG_ROOT_2PI)
        return torch.logsumexp(log_parts + logits[..., 0].log_softmax(1), dim=2)

    def log_prob(self, x, K):
        """log p(x), estimated from K samples of the prior: (N, D) -> (N,)"""
        return log_mean_exp(self.log_likelihood(x, torch.randn(K, self.z_dim)), dim=1)


LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)

# %% [markdown]
# Training is what the lecture promises: the approximate log-likelihood is a differentiable function of all parameters, so
# autograd does the rest. Fresh z at every step.

# %%
def fit(model, x, name, *, K=256, steps=1000, lr=1e-2, batch=128):
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(opt, 1.0, 0.02, steps)  # down to a fiftieth, so that it settles
    for _ in progress(range(steps), label=name):
        loss = -model.log_prob(x[torch.randint(len(x), (batch,))], K).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        schedule.step()
    return model.requires_grad_(False)


@torch.no_grad()
def judge(model, x, K=10_000):
    return torch.cat([model.log_prob(part, K) for part in x.split(100)]).mean().item()


# %% [markdown]
# Two density networks on the clumps: the usual Gaussian p(x|z), and a mixture of four. The same data, the same decoder but
# for its last layer. Each output is a mean with two coordinates and a logit.

# %%
def decoder(z_dim, outputs):
    return nn.Sequential(nn.Linear(z_dim, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, outputs))


torch.manual_seed(0)
gaussian = DensityNetwork(decoder(2, 3), z_dim=2)
untrained = judge(gaussian, held_out)
fit(gaussian, train, "one Gaussian")
mixture = fit(DensityNetwork(decoder(2, 4 * 3), z_dim=2, components=4), train, "four components")

# %% tags=["claim-density-network"]
truth = p.log_prob(held_out).mean().item()
log_p_gaussian, log_p_mixture = judge(gaussian, held_out), judge(mixture, held_out)
print(f"held-out log p: untrained {untrained:.2f}, trained {log_p_gaussian:.2f}, the true density {truth:.2f}")
assert untrained < log_p_gaussian - 2 and 0 < truth - log_p_gaussian < 0.8

# %% [markdown]
# Training climbs by nats, and no model can close all of it: on new data **nothing beats the true density**, except
# by luck. (The difference is a Kullback–Leibler divergence, which is never negative.) Where does the rest go? Look.

# %%
with torch.no_grad():
    maps = [p.log_prob(plane)] + [
        torch.cat([model.log_prob(part, 2000) for part in plane.split(500)]) for model in (gaussian, mixture)
    ]
figure, axes = plt.subplots(1, 3, figsize=(9, 3.1), sharey=True)
for ax, values, title in zip(axes, maps, ("the truth", "p(x|z) a Gaussian", "p(x|z) a mixture of 4")):
    ax.imshow(values.exp().view(81, 81).T, extent=(-3, 3, -3, 3), origin="lower", cmap="Blues", vmax=0.5)
    ax.set(title=title, xlabel="x₁")
axes[0].set_ylabel("x₂")
plots.show(figure, alt="Three density maps: eight bumps; a blurred ring with a few bumps on it; eight bumps, as in the first")

# %% [markdown]
# With a single Gaussian for p(x|z) there are **bridges**: f is continuous, so it can't jump from clump to clump, and the z
# on the way land in between. With a mixture for p(x|z) the network may keep several means ready and move *weight* from one to
# another instead of moving the mean. That costs nothing in between. Both in numbers:

# %% tags=["claim-mixture-likelihood"]
print(f"held-out log p: p(x|z) a Gaussian {log_p_gaussian:.2f}, a mixture {log_p_mixture:.2f}, the truth {truth:.2f}")
mass = [(values.exp() * area).sum().item() for values in maps]
print("each map integrates to one:", all(abs(m - 1) < 0.02 for m in mass))
assert log_p_mixture > log_p_gaussian + 0.15 and truth - log_p_mixture < 0.25 and all(abs(m - 1) < 0.02 for m in mass)

# %% [markdown]
# Over a few seeds the Gaussian stays 0.3 to 0.5 nats below the truth, and the mixture less than 0.1. Fair warning: these are
# *estimates* of log p, from 10,000 samples of a z with two coordinates. How good are they? To find out we need a model whose
# log p is known without sampling. There is one.

# %% [markdown]
# ## 5 · The one case with a formula: probabilistic PCA
#
# Make the decoder **linear**: $f(z) = Wz + \mu$. A linear map of a Gaussian, plus Gaussian noise, is Gaussian, and
#
# $$p(x) = \mathcal N\bigl(x;\, \mu,\; C\bigr), \qquad C = WW^\top + \sigma^2 I_D$$
#
# without any integral left. Even the best parameters have a formula (Tipping and Bishop 1999). Let $\lambda_1 \ge \dots \ge
# \lambda_D$ and $U$ be eigenvalues and eigenvectors of the data's covariance. Then
#
# $$\sigma^2 = \frac{1}{D - M}\sum_{i > M} \lambda_i, \qquad W = U_M\,(\Lambda_M - \sigma^2 I)^{1/2}$$
#
# In words: keep the M directions in which the data vary most; what the others vary, on average, is noise. That is PCA, as a
# density. ($W$ may be turned by any rotation of z; C does not notice.)

# %%
def fit_ppca(x, M, ddof=0):
    """The maximum-likelihood (mean, W, σ²) of x (N, D)"""
    mean = x.mean(0)
    S = (x - mean).T @ (x - mean) / (len(x) - ddof)
    eigenvalues, U = torch.linalg.eigh(S)
    eigenvalues, U = eigenvalues.flip(0), U.flip(1)  # largest first
    sigma2 = eigenvalues[M:].mean()
    return mean, U[:, :M] * (eigenvalues[:M] - sigma2).sqrt(), sigma2


# %% [markdown]
# The data for the rest of this notebook: digits, as 64 numbers from 0 to 16, each the amount of ink in one block of a scan.
# To write a *density* for whole numbers we add to each the fraction that was rounded away, at random (section 8 says why),
# and map the result to [−1, 1].

# %%
levels = 17


def ink(digits):
    return ((nn.functional.avg_pool2d(digits.images, 4) + 1) * 8).round().flatten(1)  # (N, 64), whole numbers 0 … 16


def to_pixels(counts, fraction):
    return (counts + fraction).double() / levels * 2 - 1


def spread(counts):
    return to_pixels(counts, torch.rand(counts.shape, generator=generator))


digits, digits_new = data.load("digits"), data.load("digits", "test")
x, x_new = spread(ink(digits)), spread(ink(digits_new))
print("to fit", tuple(x.shape), "· to judge", tuple(x_new.shape))

# %% [markdown]
# Small, but one can still read them, and everything that follows takes milliseconds.

# %%
figure, ax = plt.subplots(figsize=(8, 1.5))
plots.image_grid(ax, x[:30].view(-1, 1, 8, 8), columns=15, colour=plots.REAL, title="digits of 8×8 pixels, noise added")
plots.show(figure, alt="Thirty blocky handwritten digits of eight by eight pixels, with a little noise")

# %% [markdown]
# **Check 1**: scikit-learn's `PCA` has the same density behind its `score`. (It divides the covariance by N − 1, which is not
# the maximum of the likelihood; so for the comparison we do the same.)

# %% tags=["claim-ppca-closed-form"]
# NBVAL_CHECK_OUTPUT
from ganlib.likelihood import PPCA
from sklearn.decomposition import PCA

theirs = PCA(5).fit(x.numpy())
ours = PPCA(*fit_ppca(x, 5, ddof=1))
gap = abs(ours.log_prob(x_new).mean().item() - theirs.score(x_new.numpy()))
print(f"exact log p of new digits equals scikit-learn's, to 1e-8: {gap < 1e-8}")
assert gap < 1e-8

# %% [markdown]
# **Check 2**: two dimensions, one factor. Then nothing is left to approximate: one direction for z, one for the noise, and
# $WW^\top + \sigma^2 I$ must be the data's covariance, *exactly*.

# %% tags=["claim-ppca-closed-form"]
# NBVAL_CHECK_OUTPUT
pair = torch.randn(500, 2, generator=generator).double() @ torch.tensor([[1.5, 0.9], [0.0, 0.5]]).double()
mean, W, sigma2 = fit_ppca(pair, 1)
S = pair.T.cov(correction=0)
print("WWᵀ + σ²I equals the covariance:", torch.allclose(W @ W.T + sigma2 * torch.eye(2), S, atol=1e-12))
full = torch.distributions.MultivariateNormal(mean, S).log_prob(pair).mean()
print("and no Gaussian at all is likelier:", torch.allclose(PPCA(mean, W, sigma2).log_prob(pair).mean(), full))
assert torch.allclose(W @ W.T + sigma2 * torch.eye(2), S, atol=1e-12)

# %% [markdown]
# ### How would you notice a wrong σ²?
#
# It is easy to get wrong. Course materials that many people have used do: they divide what is left over by D instead of by
# D − M, or take a variance for a deviation. Samples from the wrong model look almost right. **Predict**: which of the two
# panels below would have warned you?

# %%
eigenvalues, U = (part.flip(-1) for part in torch.linalg.eigh(S))
wrong = {"right: Σ/(D − M)": sigma2, "Σ/D": sigma2 / 2, "root of it": sigma2.sqrt()}


def with_noise(variance):
    return PPCA(mean, U[:, :1] * (eigenvalues[0] - variance).sqrt(), float(variance))


# %% [markdown]
# Each model keeps the right direction for its factor, and the right variance along it. Only the noise is off.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
circle = torch.stack([torch.linspace(0, 2 * math.pi, 100).cos(), torch.linspace(0, 2 * math.pi, 100).sin()]).double()
left.scatter(*pair.T, s=3, color=plots.QUIET)
grid = torch.logspace(-1.3, 0.1, 60)
right.plot(grid, [with_noise(v).log_prob(pair).mean() for v in grid], color=plots.QUIET)
for (name, variance), colour in zip(wrong.items(), (plots.REAL, plots.PLAYER_D, plots.VAE)):
    model = with_noise(variance)
    left.plot(*(mean[:, None] + 2 * torch.linalg.cholesky(model.covariance) @ circle), color=colour)
    right.plot(variance, model.log_prob(pair).mean(), "o", color=colour, label=name)
left.set(xlabel="x₁", ylabel="x₂", title="data, and 2 deviations of each model", aspect="equal")
right.set(xlabel="σ² (squared units of x)", ylabel="log p (nats)", xscale="log", title="the likelihood knows")
right.legend()
plots.show(figure, alt="Left: three similar ellipses over a cloud. Right: log-likelihood against noise variance, one peak")

# %%
for name, variance in wrong.items():
    model = with_noise(variance)
    print(f"{name:16} total variance {model.covariance.trace():.2f} (data: {S.trace():.2f})   "
          f"log p {model.log_prob(pair).mean():.3f}")  # fmt: skip
assert all(abs(with_noise(v).covariance.trace() - S.trace()) > 0.05 for v in (sigma2 / 2, sigma2.sqrt()))

# %% [markdown]
# Three alarms, all cheap: the **total variance** must be that of the data; the **likelihood** must fall when σ² is moved
# either way; and an independent **library** must agree. "The picture looks fine" is not on the list.

# %% [markdown]
# ### Does gradient training find the same?
#
# Two ways uphill, from random starts. First on the exact log p of five factors. Then as if we had no formula: the density
# network of section 4 with `nn.Linear` for a decoder, two factors, and nothing but samples from the prior.

# %%
def climb(x, M):
    """Maximise the exact log-likelihood over (mean, W, log σ) by a quasi-Newton method"""
    torch.manual_seed(0)
    mean, W, log_sigma = (torch.nn.Parameter(0.1 * torch.randn(s).double()) for s in ((64,), (64, M), (1,)))
    opt = torch.optim.LBFGS([mean, W, log_sigma], max_iter=300, line_search_fn="strong_wolfe", tolerance_change=1e-12)

    def closure():
        opt.zero_grad()
        C = W @ W.T + (2 * log_sigma).exp() * torch.eye(64)
        loss = -torch.distributions.MultivariateNormal(mean, C).log_prob(x).mean()
        loss.backward()
        return loss

    opt.step(closure)
    return PPCA(mean.detach(), W.detach(), (2 * log_sigma).exp().item())


# %% [markdown]
# And the measure for both: by how many nats does the *exact* log p of what they found miss the formula's?

# %% tags=["claim-ppca-closed-form"]
torch.manual_seed(0)
linear = fit(DensityNetwork(nn.Linear(2, 65), z_dim=2), x.float(), "linear", K=500, steps=800, lr=3e-2, batch=256)
by_samples = PPCA(linear.decoder.bias[:64].double(), linear.decoder.weight[:64].double(), (2 * linear.log_sigma).exp().item())
for name, model, M in (("exact gradient", climb(x, 5), 5), ("samples only", by_samples, 2)):
    best = PPCA.fit(x, M)
    gap = (best.log_prob(x).mean() - model.log_prob(x).mean()).item()
    print(f"{name:15} {M} factors: {gap:.6f} nats below the formula's best; σ² {model.sigma2:.4f}, formula {best.sigma2:.4f}")
    assert -1e-8 < gap < (1e-5 if M == 5 else 0.05)

# %% [markdown]
# Both arrive, and neither gets above: the formula is the top of the hill. The sampled one stops a hundredth of a nat short.
# With two factors. Try ten in exercise 3, and watch it fail. Why?

# %% [markdown]
# ## 6 · How many samples?
#
# Take a new digit x, and the model with five factors. Its log p(x) is known. Now forget the formula, and estimate with
# K = 1 … 100,000 samples of the prior, forty times over.

# %%
model = PPCA.fit(x, 5)
exact = model.log_prob(x_new)
middle = exact.argsort()[len(exact) // 2]
one_x, log_p_x = x_new[middle : middle + 1], exact[middle].item()  # a digit of middling probability


def runs(K, repeats=40):
    """Estimates after 1, 2, … K samples: (repeats, K)"""
    z = (torch.randn(K, 5, generator=generator).double() for _ in progress(range(repeats), label="runs", unit="runs"))
    log_likelihoods = torch.stack([model.log_likelihood(one_x, z_k)[:, 0] for z_k in z])
    return log_likelihoods.logcumsumexp(1) - torch.arange(1, K + 1).log()


K = torch.tensor([1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000])
estimates = runs(100_000)[:, K - 1]
bias, deviation = estimates.mean(0) - log_p_x, estimates.std(0)

# %% [markdown]
# Why should an average of fair samples be unfair? The estimate $\hat p$ of p(x) *is* fair: $\mathbb E\,\hat p = p(x)$. But we
# take its logarithm, and the logarithm is concave: it punishes a shortfall more than it rewards an excess. That is
# **Jensen's inequality**,
#
# $$\mathbb E\,\log \hat p \;\le\; \log \mathbb E\,\hat p = \log p(x)$$
#
# So the estimate is **too low on average, for every K and every model**. Once K is large enough, expanding the logarithm
# gives by how much: $-\mathrm{Var}(p(x \mid z)) \,/\, 2K\,p(x)^2$. For a linear model that variance has a formula, too.

# %%
narrow = PPCA(model.mean, model.W, model.sigma2 / 2)  # p(x|z)² is a narrower Gaussian, times a constant
log_second_moment = narrow.log_prob(one_x).item() - 32 * math.log(4 * math.pi * model.sigma2)
relative_variance = math.exp(log_second_moment - 2 * log_p_x) - 1
print(f"Var p(x|z) / p(x)² = {relative_variance:.0f}")

# %% [markdown]
# A variance a thousand times the square of the mean: most samples contribute nothing, a few nearly everything.
# **Predict**: on which side of the exact value will the forty curves lie?

# %%
figure, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(K, estimates.T, color=plots.REAL, linewidth=0.5, alpha=0.35)
ax.plot(K, estimates.mean(0), color=plots.REAL, marker="o", label="mean of 40 estimates (thin: each)")
ax.axhline(log_p_x, color="black", linestyle="--", label="exact log p(x)")
later = K >= 100
ax.plot(K[later], log_p_x - relative_variance / (2 * K[later]), color=plots.PLAYER_D, label="theory for large K")
ax.set(xscale="log", ylim=(log_p_x - 25, log_p_x + 5), xlabel="samples of the prior, K", ylabel="estimate of log p(x), nats")
ax.legend(loc="lower right")
plots.show(figure, alt="Forty noisy curves rise from far below to the exact value; the mean of them stays below it")

# %% tags=["claim-many-samples"]
for k, b, d in zip(K.tolist(), bias.tolist(), deviation.tolist()):
    if k in (1, 10, 100, 1000, 10_000, 100_000):
        print(f"K = {k:7,}   bias {b:7.2f} nats   spread {d:6.2f} nats")
small = K <= 3000
assert (bias[small] < 0).all() and bias[K == 10].item() < -5 and deviation[K == 10].item() > 2
assert abs(bias[-1].item()) < 0.1 and deviation[-1].item() < 0.3

# %% [markdown]
# With ten samples the estimate is some fifteen nats too low on average: a factor of a million in p(x). It takes a thousand
# samples and more to get within one nat, *for one image of five factors*. Notice how single runs move: long flat stretches, then a jump, when at
# last a z turns up that explains this x. **The estimate hangs on a few lucky samples.**

# %% [markdown]
# ### A better proposal
#
# Most z from the prior would draw another digit altogether. So draw z where it matters, from some q(z|x), and correct for it:
#
# $$p(x) = \mathbb E_{z \sim q(z \mid x)} \left[ \frac{p(x \mid z)\,p(z)}{q(z \mid x)} \right]$$
#
# This is **importance sampling**; it is exact for *any* q that misses nothing. What is a good q? The best one is p(z|x), the
# posterior: then the ratio is p(x) whatever z is, and one sample is enough. But p(z|x) = p(x|z) p(z) / p(x) needs the p(x) we
# are after. A practical way out: **learn** to guess z from x. Pairs (z, x) are free, as the model itself draws them.

# %%
z_pairs = torch.randn(5000, 5, generator=generator).double()
x_pairs = z_pairs @ model.W.T + model.mean + model.sigma2**0.5 * torch.randn(5000, 64, generator=generator)
encoder = torch.linalg.lstsq(x_pairs - model.mean, z_pairs).solution  # (64, 5): z ≈ (x - mean) @ encoder
guess = (one_x - model.mean) @ encoder
error = (z_pairs - (x_pairs - model.mean) @ encoder).std(0)

# %% [markdown]
# The estimate with any Gaussian q. The logarithm of the ratio is a sum of three log-densities; log-mean-exp does the rest.

# %%
from torch.distributions import Normal


def importance(K, mean, deviation, repeats=40):
    """Estimates of log p(x) from K samples of q = N(mean, deviation²): (repeats,)"""
    q, prior = Normal(mean, deviation), Normal(torch.zeros(5).double(), 1.0)
    z = mean + deviation * torch.randn(repeats * K, 5, generator=generator).double()
    log_w = model.log_likelihood(one_x, z)[:, 0] + prior.log_prob(z).sum(1) - q.log_prob(z).sum(1)
    return log_mean_exp(log_w.view(repeats, K), dim=1)


# %% [markdown]
# Three proposals: the prior, the learned guess with twice the spread that it should have, and the guess as it is.

# %% tags=["claim-many-samples"]
proposals = {"the prior": (0 * guess, 0 * error + 1), "the guess, twice as wide": (guess, 2 * error), "the guess": (guess, error)}
off = {}
for name, (mean, deviation) in proposals.items():
    off[name] = [(importance(k, mean, deviation) - log_p_x).square().mean().sqrt().item() for k in (10, 100, 1000)]
    print(f"z from {name:25} error with 10, 100, 1,000 samples: " + ", ".join(f"{e:6.3f}" for e in off[name]) + " nats")
assert off["the guess"][0] < 0.5 < off["the prior"][-1] and off["the guess, twice as wide"][1] < off["the prior"][1] / 5

# %% [markdown]
# Ten samples near a good guess beat a thousand from the prior. A network that looks at x and proposes z is called an
# **encoder**. Train it together with the decoder, on a bound of log p(x), and you have a **variational autoencoder**:
# [notebook 03](03_autoencoders_and_vae.ipynb).

# %% [markdown]
# ### Try it
#
# Here z and x have the same small dimension, and the exact log p(x) is known. The solid circle is where x says z must be; the
# dashed one is where samples come from. Vermilion samples count; grey ones were drawn for nothing.
# **Predict**: at dimension 2 and K = 64, how far off is the estimate? And at dimension 10? Then let z come from something better than the prior.

# %%
SamplingView(samples=64, dimension=2)

# %% [markdown]
# ## 7 · The curse of dimensionality
#
# In the plane, perhaps one sample in five falls where x wants it. In every further dimension only a part of those falls right there,
# too. Parts multiply: the share of useful samples shrinks **exponentially**, and the number needed grows exponentially.
#
# Let us measure it. For each dimension M: what is the smallest K for which a hundred estimates are off by one nat on average?

# %%
from ganlib.likelihood import LinearTask

powers = 2 ** torch.arange(17)
log_weights, errors = torch.zeros(100, 65_536), {}
for M in progress(range(1, 13), label="dimensions", unit="dimensions"):
    task = LinearTask(M, s=0.5)  # z ~ N(0, I_M), x|z ~ N(z, 0.25 I_M); every coordinate of x one deviation from 0
    log_weights += task.log_weights(torch.randn(100, 65_536, 1, generator=generator))  # one more coordinate
    estimates = log_weights.logcumsumexp(1)[:, powers - 1] - powers.log()
    errors[M] = (estimates - task.exact).abs().mean(0)

# %% [markdown]
# As K doubles, the error falls. Where does it cross one nat? Then a straight line through the logarithms: an exponential fit.

# %%
def samples_needed(error, nats=1.0):
    """The K at which the curve of errors falls below `nats` for good, between powers of two"""
    last = int((error > nats).nonzero()[-1])
    return 2 ** (last + float((error[last] - nats) / (error[last] - error[last + 1])))


dimensions = torch.tensor(list(errors))
needed = torch.tensor([samples_needed(error) for error in errors.values()])
slope, intercept = np.polyfit(dimensions.numpy(), needed.log().numpy(), 1).tolist()
information = LinearTask(1, s=0.5).information

# %%
figure, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(dimensions, needed, "o", color=plots.REAL, label="measured")
ax.plot(dimensions, (intercept + slope * dimensions).exp(), color=plots.PLAYER_D, label=f"fit: times {math.exp(slope):.1f} a dimension")
ax.plot(dimensions, (information * dimensions).exp(), "--", color="black", label="e^KL(p(z|x) ‖ p(z))")
ax.set(yscale="log", xlabel="dimension of z", ylabel="samples for an error of 1 nat", xticks=range(1, 13))
ax.legend()
plots.show(figure, alt="Samples needed against dimension on a logarithmic axis: a straight line from 3 to over 20,000")

# %% [markdown]
# How straight is it, and how steep?

# %% tags=["claim-curse-of-dimensionality"]
residual = (needed.log() - (intercept + slope * dimensions)).abs().max().item()
print(f"each dimension multiplies the samples needed by {math.exp(slope):.2f}; theory: {math.exp(information):.2f}")
print(f"the exponential is off by a factor of {math.exp(residual):.2f} at most, over a range of {needed[-1] / needed[0]:,.0f}")
print(f"for a z of 64 numbers that makes 10^{(intercept + 64 * slope) / math.log(10):.0f} samples for one x")
assert abs(slope - information) < 0.15 and residual < 0.5 and needed[-1] > 2000 * needed[0]

# %% [markdown]
# On a logarithmic axis it is a straight line: an exponential. The dashed line is a theorem (Chatterjee and Diaconis 2018).
# The number of samples that one needs is about
#
# $$e^{\mathrm{KL}(p(z|x)\,\|\,p(z))}.$$
#
# The exponent is **how much x tells about z**. Good models of pictures are exactly those in which a picture tells a lot
# about its z. So the better the model, the worse prior sampling.

# %% [markdown]
# Below, 128 samples. **Predict** up to which dimension that is enough for one nat, then find out. And with 16,384? After that,
# at dimension 16, let z be drawn from something that knows a little about x, and a little more.

# %%
SamplingView(samples=128, dimension=6)

# %% [markdown]
# ## 8 · What is a likelihood good for?
#
# Price paid; what do we get? First: an honest **score**. Models of the same data compare by one number, on new data. No
# judge, no looking at samples. Here, how many factors should PPCA have?

# %%
factors = [1, 2, 5, 10, 20, 30, 40, 50, 60]
models = {M: PPCA.fit(x, M) for M in factors}
figure, ax = plt.subplots(figsize=(8, 2.8))
ax.plot(factors, [m.log_prob(x).mean() for m in models.values()], color=plots.QUIET, marker="o", label="digits seen")
ax.plot(factors, [m.log_prob(x_new).mean() for m in models.values()], color=plots.REAL, marker="o", label="held out")
ax.set(xlabel="factors M", ylabel="log p (nats a digit)")
ax.legend()
plots.show(figure, alt="Log-likelihood against the number of factors rises for seen and held-out digits, a small gap between")

# %% [markdown]
# More factors help, and the gap to the seen digits stays small: a linear model has little to overfit with. But look at the
# last stretch, where log p becomes *positive*. A probability above one?

# %%
# NBVAL_CHECK_OUTPUT
added = (2 / levels) ** 2 / 12  # variance of the noise that we added ourselves: uniform over one level
print(f"with 60 factors σ² = {models[60].sigma2:.4f}; the variance of our own noise: {added:.4f}")

# %% [markdown]
# The last factors go to the dimmest directions there are: corner pixels that are paper on every digit. There the model
# predicts *the noise that we added*, and nothing else. Had we added none, there would be no end to it:

# %%
# NBVAL_CHECK_OUTPUT
paper = int((ink(digits) == 0).all(dim=0).sum())
for sigma in (1e-1, 1e-3, 1e-6, 1e-9):
    gain = paper * Normal(0.0, sigma).log_prob(torch.zeros(())).item()
    print(f"{paper} pixels are paper on every digit; a model with σ = {sigma:.0e} there gets {gain:+.0f} nats for them")

# %% [markdown]
# ### The trap between nats and bits
#
# A density of discrete data can be made as large as one likes. That is why one adds the noise: then, by Jensen again, the
# mean log density is *at most* the log-probability of the levels. And a density depends on the unit. Pixels are stored as
# 0 … 16, or as [0, 1], or as [−1, 1]; the same model of the same data then reports three different numbers of nats. The
# number that does not change is the cost of coding one pixel's *level*, in **bits per dimension**:
#
# $$\text{bits per dimension} = -\frac{\log p(x) + D \log w}{D \ln 2}, \qquad w = \text{width of one level in the units of } x$$

# %%
def bits_per_dimension(log_prob, dimensions, level_width):
    """-(log p(x) + D log w) / (D ln 2): what one pixel's level costs"""
    return -(log_prob / dimensions + math.log(level_width)) / math.log(2)


# %% [markdown]
# Three ways to store pixels, three fits, one question: how well are new digits predicted?

# %%
scales = {"0 … 17": (0.5 * levels, 1.0), "[0, 1]": (0.5, 1 / levels), "[−1, 1]": (1.0, 2 / levels)}
for name, (scale, width) in scales.items():
    log_p = PPCA.fit(x * scale, 20).log_prob(x_new * scale).mean()
    trap = -log_p / 64 / math.log(2)
    print(f"pixels in {name:8} log p = {log_p:8.2f} nats a digit   {trap:6.3f} \"bits\" if w is forgotten   "
          f"{bits_per_dimension(log_p, 64, width):.3f} bits per dimension")  # fmt: skip
    assert abs(bits_per_dimension(log_p, 64, width) - bits_per_dimension(models[20].log_prob(x_new).mean(), 64, 2 / levels)) < 1e-6

# %% [markdown]
# One model, three numbers, one of them below zero: nobody can code a pixel in less than no bits. Whoever compares nats from
# two papers compares their units. With w, all agree, and there is a yardstick: 17 levels with no model at all cost
# log₂ 17 = 4.09 bits. In a table, always look for: nats or bits, a pixel or an image, density or probability.

# %% [markdown]
# ### Outliers
#
# What the model finds improbable is unusual. Give it new digits mixed with something else, and count how often the something
# else gets the lower log p: that is the **ROC AUC**. One half is guessing, one is perfect.
# **Predict**, for each row of the picture, whether the alarm goes off.

# %%
real = nn.functional.avg_pool2d(digits_new.images, 4)
blurred = nn.functional.avg_pool2d(nn.functional.pad(real, (1, 1, 1, 1), mode="replicate"), 3, 1)
unusual = {
    "noise": torch.rand(real.shape, generator=generator) * 2 - 1,
    "shuffled": real.flatten(1)[:, torch.randperm(64, generator=generator)].view_as(real),
    "turned by 90°": real.rot90(1, (2, 3)),
    "one pixel to the right": real.roll(1, 3),
    "mirrored": real.flip(3),
    "two overlaid": torch.maximum(real, real.roll(1, 0)),
    "blurred": blurred,
}

# %% [markdown]
# The alarm is the model of 20 factors. It has seen ordinary digits only, and no example of what to look for.

# %%
from sklearn.metrics import roc_auc_score

detector = models[20]
normal = detector.log_prob(x_new)


def auc(images):
    odd = detector.log_prob(spread(((images + 1) * 8).round().flatten(1)))
    return roc_auc_score(np.repeat([0, 1], [len(normal), len(odd)]), -torch.cat([normal, odd]).numpy())


areas = {name: auc(images) for name, images in unusual.items()}

# %%
figure, axes = plt.subplots(7, 1, figsize=(8, 5.0))
for ax, (name, images) in zip(axes, unusual.items()):
    plots.image_grid(ax, images[:10], columns=10)
    ax.set_ylabel(f"{name}\nAUC {areas[name]:.2f}", rotation=0, ha="right", va="center")
plots.show(figure, alt="Seven kinds of changed digits with their AUC: near one for noise, far below one half for blurred")

# %% tags=["claim-outliers"]
for name, value in areas.items():
    print(f"{name:24} AUC {value:.2f}")
assert min(areas[name] for name in ("noise", "shuffled", "turned by 90°", "one pixel to the right")) > 0.9
assert min(areas["mirrored"], areas["two overlaid"]) > 0.7 and areas["blurred"] < 0.3

# %% [markdown]
# Noise, shuffled pixels, turned digits: found. A mirrored 8 is nearly an 8, so mirrored digits are found less often. The last
# row is the warning. Blurred digits are **more** likely than real ones: they lie nearer to the mean, where the density is
# highest, though real digits never go there. High density is not the same as typical (Nalisnick et al. 2019 found large
# models with the same fault). So let the alarm go off on *both* sides:

# %% tags=["claim-outliers"]
usual = detector.log_prob(x).median()
odd = detector.log_prob(spread(((blurred + 1) * 8).round().flatten(1)))
scores = torch.cat([(normal - usual).abs(), (odd - usual).abs()])
both = roc_auc_score(np.repeat([0, 1], [len(normal), len(odd)]), scores.numpy())
print(f"blurred digits: low log p {areas['blurred']:.2f}, log p unusual either way {both:.2f}")
assert both > 0.5

# %% [markdown]
# ### Filling in what is missing
#
# A joint density answers *every* question about its parts. Half of a digit is covered. Infer its z from the pixels that are
# seen, and read the others off the decoder:
#
# $$\mathbb E[z \mid x_o] = (W_o^\top W_o + \sigma^2 I)^{-1} W_o^\top (x_o - \mu_o), \qquad
# \mathbb E[x_m \mid x_o] = W_m\,\mathbb E[z \mid x_o] + \mu_m$$
#
# (o: observed, m: missing.) No training for this question, no mask was ever seen before. A GAN has no p(x) to ask; it needs a search for z (notebook 10).

# %%
def fill_in(model, x, observed):
    """E[missing | observed] in the places that are not observed: x (N, D), observed (D,) bool"""
    W = model.W[observed]
    P = W.T @ W + model.sigma2 * torch.eye(W.shape[1])
    z = torch.linalg.solve(P, W.T @ (x - model.mean)[:, observed].T).T
    return torch.where(observed, x, z @ model.W.T + model.mean)


# %% [markdown]
# Two masks, and an error to judge by: the root of the mean squared difference over the missing pixels. The rivals are
# the mean digit, and the most similar digit of the training set, from which one copies.

# %%
filler, clean, clean_seen = models[40], to_pixels(ink(digits_new), 0.5), to_pixels(ink(digits), 0.5)
place = torch.arange(64)
masks = {"upper half seen": place < 32, "every second pixel seen": (place // 8 + place % 8) % 2 == 0}


def error(filled, observed):
    return (filled - clean)[:, ~observed].square().mean().sqrt().item()


def from_nearest(observed):
    return clean_seen[torch.cdist(clean[:, observed], clean_seen[:, observed]).argmin(1)]


# %%
observed = masks["upper half seen"]
draw = filler.impute(clean, observed, generator=generator)
rows = {
    "the digit": clean,
    "what is seen": torch.where(observed, clean, 0.0),
    "mean of all digits": torch.where(observed, clean, filler.mean),
    "expected, given that": fill_in(filler, clean, observed),
    "one draw, given that": draw,
}
figure, axes = plt.subplots(5, 1, figsize=(8, 3.8))
for ax, (name, images) in zip(axes, rows.items()):
    plots.image_grid(ax, images[5:15].view(-1, 1, 8, 8).clamp(-1, 1), columns=10)
    ax.set_ylabel(name, rotation=0, ha="right", va="center")
plots.show(figure, alt="Ten digits; their upper halves; lower halves filled with the mean, with the expectation, with a draw")

# %% tags=["claim-imputation"]
for name, observed in masks.items():
    fills = {"mean": filler.mean, "nearest seen digit": from_nearest(observed), "model": fill_in(filler, clean, observed)}
    errors = {how: error(filled, observed) for how, filled in fills.items()}
    print(f"{name:24} error of missing pixels: " + ", ".join(f"{how} {e:.2f}" for how, e in errors.items()))
    assert errors["model"] < (0.9 if "half" in name else 0.7) * errors["mean"]

# %% [markdown]
# Given the upper half, the model continues strokes: it beats the mean, and does as well as copying from the most similar
# digit. Seeing every second pixel instead, it removes nearly half of the error: neighbours tell more than distant parts. Notice the difference between the last two rows of the picture:
# the *expected* picture has the smallest error and is **blurred**, because it averages all continuations; a *draw* is one of
# them. That is the same blur that notebook 04 finds in VAEs.

# %% [markdown]
# ## What you should be able to say now
#
# - *What does it take to write down p(x)?* A prior p(z), a conditional likelihood p(x|z), and a sum or integral over z.
# - *What is it good for?* One honest score on new data; outliers, if one looks on both sides; filling in any part from any other.
# - *When is there a formula?* When the decoder is linear and the noise Gaussian: probabilistic PCA.
# - *And otherwise?* Log-mean-exp over samples: always too low on average, and hopeless from the prior once z is large.
# - *What helps?* Drawing z from something that has seen x. That is the way to the VAE.
# - *Can one compare log p from two papers?* Not before units, levels and "a pixel or an image" agree.

# %% [markdown]
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/01_likelihood_models.ipynb) have a notebook of their own. To try here:
#
# 1. In section 4 give z one dimension instead of two. What does the density look like now, and what does it cost in nats?
# 2. In section 3 try three causes. Does the held-out log p(y|x) get better, worse, or neither? What does p(z) do?
# 3. In section 5, train `DensityNetwork(nn.Linear(10, 65), z_dim=10)` with K = 500. How far below `PPCA.fit(x, 10)` does it
#    stay? Is its σ² too large or too small, and why would a low-biased objective want that?
# 4. **Find the bug.** A manuscript reports −3.9 bits per dimension for 8-bit pictures scaled to [−1, 1], a breakthrough, computed as
#    `-log_prob / (D * log(2))`. What is the true number?

# %% [markdown]
# ## References
#
# MacKay 1995, *Bayesian neural networks and density networks* · Bishop 1994, *Mixture density networks* · Tipping and Bishop
# 1999, *Probabilistic principal component analysis* · Dempster, Laird and Rubin 1977 (expectation and maximisation) · Burda,
# Grosse and Salakhutdinov 2016, *Importance weighted autoencoders* · Theis, van den Oord and Bethge 2016, *A note on the
# evaluation of generative models* · Chatterjee and Diaconis 2018, *The sample size required in importance sampling* ·
# Nalisnick et al. 2019, *Do deep generative models know what they don't know?*
