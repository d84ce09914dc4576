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
# # 01 · Exercises: likelihood models
#
# {{badges}}
#
# **Question**: can you turn four formulas for log p(x) into code that does not underflow, and find out why a regression
# learns nothing?
#
# **You will** write the logarithms of a Gaussian and of a mixture, an estimate by importance sampling, and probabilistic
# PCA, and repair a loss.
#
# **Read before**: [notebook 01](../01_likelihood_models.ipynb), sections 1 to 6.
#
# **Time**: 5 s on two cores to run; an hour or two to write. A GPU changes nothing.
#
# **How it works.** Replace `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. The check
# says what is wrong, not only that something is. If you are stuck, go on: after each exercise the notebook uses
# `ganlib`'s own version, so the rest works without yours.

# %% tags=["setup"]

# %%
import math

import matplotlib.pyplot as plt
import torch
from ganlib import check, data, likelihood, plots
from ganlib.data.mixtures import ring
from torch import nn

# %% [markdown]
# ## 01-1 · A round Gaussian
#
# $$p(x) = \prod_{d=1}^{D} \frac{1}{\sqrt{2\pi}\,\sigma}\, \exp\Bigl(-\frac{(x_d - \mu_d)^2}{2\sigma^2}\Bigr)$$
#
# Write `gaussian_log_prob(x, mean, sigma)`: x (N, D), mean (D,), and sigma, a number, the **standard deviation** →
# log p(x) of each point, (N,). Do not compute p(x) first.

# %%
# EXERCISE: 01-1 (keep this line)
def gaussian_log_prob(x, mean, sigma):
    # BEGIN SOLUTION
    distances = (x - mean).square().sum(1)
    D = x.shape[1]
    return -distances / (2 * sigma**2) - D * math.log(sigma) - D / 2 * math.log(2 * math.pi)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.gaussian_log_prob(gaussian_log_prob)

# %% [markdown]
# We go on with torch's own. Why not compute p(x) first? Here is a digit of 64 numbers, half a unit away from the mean in each
# of them, and σ = 0.1:

# %%
log_p = torch.distributions.Normal(0.0, 0.1).log_prob(torch.full((64,), 0.5)).sum()
print(f"log p(x) = {log_p:.0f} nats, and p(x) = {log_p.exp():.1f} in float32")

# %% [markdown]
# ## 01-2 · A sum over hidden causes
#
# $$p(x) = \sum_{z=1}^{Z} p(z)\,p(x \mid z)$$
#
# You get log p(x|z) for N points and Z causes as `log_parts`, (N, Z), and p(z) as `weights`, (Z,), which sum to one.
# Write `mixture_log_prob(log_parts, weights)` → log p(x), (N,). It must survive log_parts around −2000.

# %%
# EXERCISE: 01-2 (keep this line)
def mixture_log_prob(log_parts, weights):
    # BEGIN SOLUTION
    return torch.logsumexp(log_parts + weights.log(), dim=1)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.mixture_log_prob(mixture_log_prob)

# %% [markdown]
# From here on, mixtures come from `ganlib`. Its ring of eight Gaussians has this log-density, and samples from it score

# %%
p = ring(8, radius=2.0, sigma=0.2)
x = p.sample(2000, generator=torch.Generator().manual_seed(0))
print(f"mean log p(x) of 2,000 samples: {p.log_prob(x).mean():.2f} nats")

# %% [markdown]
# ## 01-3 · Samples from a better place
#
# Samples of the prior seldom hit the z that explain a given x. Draw z₁ … z_K from a better distribution q instead, and
# weigh each one for the swindle:
#
# $$p(x) = \mathbb E_{z \sim q}\; \frac{p(z)\,p(x \mid z)}{q(z)} \;\approx\; \frac1K \sum_{k=1}^K
# \frac{p(z_k)\,p(x \mid z_k)}{q(z_k)}$$
#
# Write `importance_estimate(log_prior, log_likelihood, log_q)`, all three (K, N) → the estimate of log p(x) for each of
# the N points, (N,). These, too, may be around −1500.

# %%
# EXERCISE: 01-3 (keep this line)
def importance_estimate(log_prior, log_likelihood, log_q):
    # BEGIN SOLUTION
    log_weights = log_prior + log_likelihood - log_q
    return torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.importance_estimate(importance_estimate)

# %% [markdown]
# We go on with `ganlib.likelihood.log_mean_exp`. Is a good q worth it? Take p(z) = N(0, 1) and p(x|z) = N(z, 0.1²), where
# p(x) = N(0, 1.01) is known. Estimates at x = 2.5 from 50 samples, 200 times each:

# %%
normal = torch.distributions.Normal
true = normal(0.0, math.sqrt(1.01)).log_prob(torch.tensor(2.5))
for name, q in {"q = prior": normal(0.0, 1.0), "q near the truth": normal(2.4, 0.15)}.items():
    z = q.sample((50, 200))
    log_weights = normal(0.0, 1.0).log_prob(z) + normal(z, 0.1).log_prob(torch.tensor(2.5)) - q.log_prob(z)
    found = likelihood.log_mean_exp(log_weights, dim=0)
    print(f"{name:17} log p(x) = {found.mean():7.2f} ± {found.std():.2f}     (true: {true:.2f})")

# %% [markdown]
# The same 50 samples: with the prior they are mostly wasted, and the estimate is far too low on average; with a good q it
# is right to a few hundredths.

# %% [markdown]
# ## 01-4 · Probabilistic PCA
#
# With a linear decoder the best covariance has a formula. Let $\lambda_1 \ge \dots \ge \lambda_D$ be the eigenvalues of the
# data's covariance (divided by N), and $U_M$ the eigenvectors of the M largest. Then
#
# $$\sigma^2 = \frac{1}{D-M}\sum_{i>M}\lambda_i, \qquad W = U_M\,(\Lambda_M - \sigma^2 I)^{1/2}, \qquad
# C = WW^\top + \sigma^2 I$$
#
# Write `ppca_covariance(x, M)`: x (N, D) → C (D, D). `torch.linalg.eigh` gives eigenvalues and eigenvectors of a symmetric
# matrix, the **smallest first**.

# %%
# EXERCISE: 01-4 (keep this line)
def ppca_covariance(x, M):
    # BEGIN SOLUTION
    x = x - x.mean(0)
    values, U = torch.linalg.eigh(x.T @ x / len(x))
    values, U = values.flip(0), U.flip(1)
    sigma2 = values[M:].mean()
    W = U[:, :M] * (values[:M] - sigma2).sqrt()
    return W @ W.T + sigma2 * torch.eye(x.shape[1], dtype=x.dtype)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.ppca_covariance(ppca_covariance)

# %% [markdown]
# We go on with `ganlib.likelihood.PPCA`. How many causes do 8×8 digits have? New digits decide:

# %%
def ink(name):
    images = data.load("digits", name).images
    blocks = nn.functional.avg_pool2d(images, 4).flatten(1).double()
    return blocks + 0.05 * torch.randn(blocks.shape, generator=torch.Generator().manual_seed(0)).double()


train, new = ink("train"), ink("test")
factors = [1, 2, 5, 10, 20, 30, 40, 50, 60]
scores = [likelihood.PPCA.fit(train, M).log_prob(new).mean().item() for M in factors]

# %%
figure, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(factors, scores, "o-", color=plots.REAL)
ax.set(xlabel="M, number of causes", ylabel="held-out log p(x), nats")
plots.show(figure, alt="Held-out log p rises steeply with the number of causes up to about twenty, then much more slowly")

# %% [markdown]
# More than half of the gain comes with the first twenty directions, and after fifty there is hardly any left.

# %% [markdown]
# ## 01-5 · Find the bug
#
# A regression: `net` maps x (N, 1) to a mean (N, 1), the targets y are (N,), and the loss is the mean of −log N(y; net(x),
# σ²). The line below is correct, letter by letter. It runs, the loss falls, nothing complains.

# %%
def suspicious_nll(net, x, y, sigma):
    distance = y - net(x)
    return (distance.square() / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)).mean()


def fitted(loss, steps=200):
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 50)[:, None]
    y = 3 * x[:, 0] + 0.1 * torch.randn(50)
    net = nn.Linear(1, 1)
    opt = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(steps):
        opt.zero_grad()
        loss(net, x, y, 1.0).backward()
        opt.step()
    return net.weight.item()


print(f"the data rise by 3.0, the fitted line rises by {fitted(suspicious_nll):.1f}")

# %% [markdown]
# A flat line through data that rise. Every course on deep learning has lost an afternoon to this one.
#
# Write `regression_nll(net, x, y, sigma)`, the same loss without the bug.

# %%
# EXERCISE: 01-5 (keep this line)
def regression_nll(net, x, y, sigma):
    # BEGIN SOLUTION
    distance = y - net(x)[:, 0]
    return (distance.square() / (2 * sigma**2) + math.log(sigma) + 0.5 * math.log(2 * math.pi)).mean()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.regression_nll(regression_nll)

# %% [markdown]
# `ganlib`'s losses take (N,) and (N,), and the networks of the course that return one number end in `nn.Flatten(0)`, so that
# this cannot happen. With (N,) minus (N, 1) torch makes a table of N × N differences: every prediction is compared with every
# y, and the best answer to all of them at once is their mean. With PyTorch's own mse_loss there is at least a warning.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("01")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
