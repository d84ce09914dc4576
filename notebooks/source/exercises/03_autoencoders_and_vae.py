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
# # 03 · Exercises: autoencoders and the VAE
#
# {{badges}}
#
# **Question**: can you write each piece of a VAE so that its loss really is minus the ELBO, in nats?
#
# **You will** draw codes that gradients pass through, measure how far two Gaussians are apart, repair a VAE that draws one
# and the same picture, estimate log p(x) from numbers too small to write down, and build the best linear autoencoder
# without training it.
#
# **Read before**: [notebook 03](../03_autoencoders_and_vae.ipynb), sections 3 and 7 to 12.
#
# **Time**: 20 s on two cores to run; an hour or two to write. A GPU changes nothing.
#
# **How it works.** Replace `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. The check
# says what is wrong, not only that something is. If you are stuck, go on: after each exercise the notebook uses
# `ganlib`'s own version, so the rest works without yours.

# %% tags=["setup"]

# %%
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from ganlib import check, data, likelihood, plots
from ganlib.likelihood import elbo
from torch import nn

# %% [markdown]
# ## 03-1 · The dice outside
#
# The encoder gives for each picture a mean μ and a **log_var**, which is log σ². A code is to be drawn from N(μ, σ²), and
# gradients are to reach both. So the randomness comes from outside, as ε ~ N(0, 1), and z is an ordinary function of μ and σ.
#
# Write `draw_code(mean, log_var, noise)`: three tensors (N, z_dim) → z, (N, z_dim).

# %%
# EXERCISE: 03-1 (keep this line)
def draw_code(mean, log_var, noise):
    # BEGIN SOLUTION
    return mean + (0.5 * log_var).exp() * noise
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.draw_code(draw_code)

# %% [markdown]
# On we go with the library's. Why log σ² and not σ? Because any number will do, and σ still comes out positive:

# %%
draw_code = elbo.reparametrised
mean, log_var = torch.zeros(10_000, 3), torch.tensor([-2.0, 0.0, 2.0]).expand(10_000, 3)
z = draw_code(mean, log_var, torch.randn(10_000, 3, generator=torch.Generator().manual_seed(0)))
print("spread of z:", [f"{value:.2f}" for value in z.std(0)], "= exp(-1), exp(0), exp(1)")

# %% [markdown]
# ## 03-2 · How far apart are two Gaussians?
#
# The lecture compares q(z|x) with N(0, I). In many VAEs the prior has been *learned*, and has a mean and a variance of its own.
# For one coordinate, take the average of log q − log p under q:
#
# $$D_{KL}(q \Vert p) = \mathbb E_{z \sim q}\bigl[\log q(z) - \log p(z)\bigr], \qquad
# \mathbb E_q\,(z - \mu_q)^2 = \sigma_q^2, \qquad \mathbb E_q\,(z - \mu_p)^2 = \sigma_q^2 + (\mu_q - \mu_p)^2$$
#
# Work it out with pen and paper. Then write `kl_between(mean_q, log_var_q, mean_p, log_var_p)`: four tensors (N, z_dim) → one
# divergence for each row, in nats, (N,). The coordinates are independent. Gradients are to reach all four.

# %%
# EXERCISE: 03-2 (keep this line)
def kl_between(mean_q, log_var_q, mean_p, log_var_p):
    # BEGIN SOLUTION
    squares = (mean_q - mean_p).square() + log_var_q.exp()
    return 0.5 * (squares / log_var_p.exp() + log_var_p - log_var_q - 1).sum(1)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.kl_between(kl_between)

# %% [markdown]
# torch knows this one. Not symmetric: a wide q pays dearly for reaching where p is small, a narrow q does not.

# %%
from torch.distributions import Normal, kl_divergence


def kl_between(mean_q, log_var_q, mean_p, log_var_p):
    return kl_divergence(Normal(mean_q, (log_var_q / 2).exp()), Normal(mean_p, (log_var_p / 2).exp())).sum(1)


zero, wide = torch.zeros(1, 1), 2 * torch.ones(1, 1)
print(f"wide q, narrow p: {float(kl_between(zero, wide, zero, zero)):.2f} nats")
print(f"narrow q, wide p: {float(kl_between(zero, zero, zero, wide)):.2f} nats")

# %% [markdown]
# ## 03-3 · Find the bug: a VAE that draws one and the same picture
#
# The loss below can be found in very many notebooks. `F.mse_loss` for the reconstruction, the formula for the divergence, added.

# %%
def suspicious_loss(x, x_hat, mean, log_var, sigma):
    reconstruction = F.mse_loss(x_hat, x)
    kl = 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(1).mean()
    return reconstruction + kl


# %%
digits = data.load("digits").resized(16)


def trained(loss, steps=400):
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 16))
    decoder = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 256), nn.Tanh(), nn.Unflatten(1, (1, 16, 16)))
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
    for _ in range(steps):
        x = digits.sample(64)
        mean, log_var = encoder(x).chunk(2, dim=1)
        value = loss(x, decoder(draw_code(mean, log_var, torch.randn_like(mean))), mean, log_var, 0.5)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return encoder, decoder


# %%
@torch.no_grad()
def report(encoder, decoder):
    x = digits.images[:12]
    mean, log_var = encoder(x).chunk(2, dim=1)
    print(f"KL of the code: {float(elbo.gaussian_kl(mean, log_var).mean()):.2f} nats a picture")
    rows = torch.cat([x, decoder(mean), decoder(torch.randn(12, 8, generator=torch.Generator().manual_seed(0)))])
    figure, ax = plt.subplots(figsize=(6.4, 1.9))
    plots.image_grid(ax, rows, columns=12)
    ax.set_title("digits · rebuilt · drawn")
    return figure


# %%
plots.show(report(*trained(suspicious_loss)), alt="Twelve digits; below them, rebuilt and drawn, one and the same blur 24 times")

# %% [markdown]
# The code says nothing at all, 0 nats, and every digit comes back as the same blur. "Posterior collapse", people write, and
# look for cures. But there is nothing to cure: the loss is not what they think it is.
#
# **Hint**: what does `F.mse_loss` do with the 256 pixels? And how many nats is one unit of squared error, if
# p(x|z) = N(x̂, σ² I)?
#
# Write `vae_loss(x, x_hat, mean, log_var, sigma)`: pictures (N, C, H, W), the decoder's mean, the code's (N, z_dim), and the
# number σ → **minus the ELBO in nats, averaged over the N pictures**. One code was drawn for each picture. Keep the constants
# of the Gaussian: log p(x|z) is to be a density that can be compared.

# %%
# EXERCISE: 03-3 (keep this line)
def vae_loss(x, x_hat, mean, log_var, sigma):
    # BEGIN SOLUTION
    squares = (x - x_hat).square().flatten(1).sum(1)
    constants = x[0].numel() * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    kl = 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(1)
    return (squares / (2 * sigma**2) + constants + kl).mean()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.vae_loss(vae_loss)

# %% [markdown]
# The library's, with the same networks, the same steps and the same start:

# %%
def vae_loss(x, x_hat, mean, log_var, sigma):
    log_p = elbo.gaussian_log_likelihood(x, x_hat, torch.tensor(math.log(sigma)))
    return -(log_p - elbo.gaussian_kl(mean, log_var)).mean()


plots.show(report(*trained(vae_loss)), alt="Twelve digits, rebuilt softly but recognisably, and twelve drawn ones, most of them digits")

# %% [markdown]
# The mean over 256 pixels instead of their sum, and the missing 2σ² = ½, had made the reconstruction 512 times too cheap: that
# is a β of 512, and nobody chose it. On larger pictures it gets worse: the same code works on 8×8 and collapses on 64×64.

# %% [markdown]
# ## 03-4 · Weights too small to write down
#
# To estimate p(x), draw K codes from q and average their weights $w_k = p(x, z_k) / q(z_k \mid x)$. For a picture of a
# thousand pixels log w is around −300 or +200, and e to that power is 0 or infinity in a computer.
#
# $$\log p(x) \approx \log \frac1K \sum_{k=1}^K w_k$$
#
# Write `estimate_log_p(log_weights)`: log w of K draws for N pictures, (K, N) → the estimates, (N,), in nats.

# %%
# EXERCISE: 03-4 (keep this line)
def estimate_log_p(log_weights):
    # BEGIN SOLUTION
    return log_weights.logsumexp(0) - math.log(len(log_weights))
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.estimate_log_p(estimate_log_p)

# %% [markdown]
# The library's, on a problem whose answer is known. The mean of the logarithms is the ELBO, and lies below:

# %%
def estimate_log_p(log_weights):
    return likelihood.log_mean_exp(log_weights, dim=0)


task = likelihood.LinearTask(4, s=0.3)
weights = task.log_weights(torch.randn(500, 2000, 4, generator=torch.Generator().manual_seed(0)), knowledge=0.5)
print(f"exact {task.exact:.2f}, estimate {float(estimate_log_p(weights).mean()):.2f}, ELBO {float(weights.mean()):.2f}")

# %% [markdown]
# ## 03-5 · The best linear autoencoder
#
# Without bends, encoder and decoder are matrices, and the best ones are known: PCA. Write `pca_rebuild(x, k, new)`: training
# data x, (N, d), are squeezed to k numbers a row by their k **principal directions**, those of largest spread about the mean.
# Return what the same encoder and decoder make of **new** rows, (M, d) → (M, d). Rows of x do not lie around 0.
#
# `torch.linalg.svd(…, full_matrices=False)` or `torch.linalg.eigh` will help. Mind which way round they return things.

# %%
# EXERCISE: 03-5 (keep this line)
def pca_rebuild(x, k, new):
    # BEGIN SOLUTION
    mean = x.mean(0)
    directions = torch.linalg.svd(x - mean, full_matrices=False).Vh[:k]
    return (new - mean) @ directions.T @ directions + mean
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.pca_rebuild(pca_rebuild)

# %% [markdown]
# scikit-learn's gives the same. What survives of new digits in 2, 10 and 40 numbers?

# %%
from sklearn.decomposition import PCA

train, new = digits.images.flatten(1).numpy(), data.load("digits", "test").resized(16).images[:12].flatten(1).numpy()
fitted = [PCA(k, random_state=0).fit(train) for k in (2, 10, 40)]
rows = [new, *(pca.inverse_transform(pca.transform(new)) for pca in fitted)]
figure, ax = plt.subplots(figsize=(6.4, 2.4))
plots.image_grid(ax, torch.cat([torch.tensor(row) for row in rows]).float().view(-1, 1, 16, 16), columns=12)
ax.set_title("new digits · from 2 numbers · from 10 · from 40")
plots.show(figure, alt="Twelve digits, rebuilt by PCA from 2 numbers as ghosts, from 10 as blurs, from 40 nearly whole")

# %% [markdown]
# No training, no learning rate, no seed. A good thing to compare an autoencoder with before one is proud of it.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("03")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
