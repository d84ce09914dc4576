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
# # 03 · Autoencoders and VAE
#
# {{badges}}
#
# **Question**: a picture of 1,024 pixels, told in 10 numbers: what survives, and can one make up 10 new numbers and get a
# new picture?
#
# **You will see** autoencoders of every width squeeze digits; why inventing codes for them fails; the one inequality that
# mends it, derived, measured where everything is known, and never violated; and a sheet of digits to walk over.
#
# **Read before**: notebook [01](01_likelihood_models.ipynb), for latent variables and log p(x).
#
# **Time**: 80 s on two cores; the networks are small, and no GPU is needed.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · The data
#
# 1,297 handwritten digits of 32×32 pixels, ink +1 and paper −1, and sixteen slightly moved copies of each: people write a
# digit a little higher, wider or more slanted, too. 500 other digits are kept aside. The labels are used to *judge* only.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from ganlib import data, metrics, plots, pretrained, recipes
from ganlib.models import MLPVAE, MLPAutoencoder, generate
from ganlib.train import ELBOTraining, constant_then_linear, progress
from torch import nn

digits, held_out = data.load("digits", device=device), data.load("digits", "test", device=device)
moved = recipes.moved_digits(digits)
print(moved, held_out, sep="\n")

# %% [markdown]
# ## 2 · Squeeze, and rebuild
#
# An **autoencoder** is two networks. The **encoder** turns a picture into a **code** z of a few numbers. The **decoder**
# turns the code back into a picture. They are trained together, on nothing but the error of the rebuilt picture:
#
# $$z = \text{encoder}(x), \qquad \hat x = \text{decoder}(z), \qquad \text{loss} = \lVert x - \hat x \rVert^2$$
#
# Copying would be easy if z were as wide as x. The narrow middle, the **bottleneck**, forces the pair to find out what
# digits have in common: that need not be stored.

# %%
z_dim = 5
torch.manual_seed(0)
encoder = nn.Sequential(
    nn.Flatten(), nn.Linear(1024, 256), nn.LeakyReLU(0.2),
    nn.Linear(256, 128), nn.LeakyReLU(0.2), nn.Linear(128, z_dim),
).to(device)
decoder = nn.Sequential(
    nn.Linear(z_dim, 128), nn.LeakyReLU(0.2), nn.Linear(128, 256), nn.LeakyReLU(0.2),
    nn.Linear(256, 1024), nn.Tanh(), nn.Unflatten(1, (1, 32, 32)),
).to(device)

# %% [markdown]
# Training is ordinary: one loss, two networks, one optimiser. There is no opponent here.

# %%
optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
generator = torch.Generator(device).manual_seed(0)


def one_step(batch_size=64):
    x = moved.sample(batch_size, generator)
    loss = (x - decoder(encoder(x))).square().flatten(1).sum(1).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.detach()


# %% [markdown]
# `ganlib` has the same pair as `MLPAutoencoder`, and the same step in `ELBOTraining`. (The name will make sense in section
# 8.) From the same start both must go through the same losses, to rounding.

# %%
torch.manual_seed(0)
library = ELBOTraining(MLPAutoencoder((1, 32, 32), z_dim), moved, seed=0)
gaps = [abs(one_step() - step.loss) / step.loss for step in library.run(8)]
print("the step above and ganlib's give the same losses, 8 times:", bool(max(gaps) < 1e-4))
assert max(gaps) < 1e-4

# %% [markdown]
# ### How narrow may the middle be?
#
# Five autoencoders that differ in nothing but the width of the code. Each trains for a few seconds.

# %%
def trained(model, name, beta=1.0, steps=1500, seed=0):
    """Train with a rate that falls in the second half, and return the model."""
    schedule = constant_then_linear(steps, start=0.5, end=0.05)
    training = ELBOTraining(model, moved, beta=beta, schedule=schedule, seed=seed)
    for _ in progress(training.run(steps), steps, label=name):
        pass
    return model


autoencoders = {}
for width in (2, 5, 10, 16, 64):
    torch.manual_seed(0)
    autoencoders[width] = trained(MLPAutoencoder((1, 32, 32), width), f"{width} numbers")

# %% [markdown]
# Judge them on the 500 digits that none of them has seen. For comparison: with no code at all, the best guess is the mean
# picture.

# %%
def rebuilt(model, x=held_out.images):
    with torch.no_grad():
        return model(x)


errors = {width: float((rebuilt(model) - held_out.images).square().mean()) for width, model in autoencoders.items()}
blank = float((held_out.images - digits.images.mean(0)).square().mean())  # the code is empty: the mean picture

# %% [markdown]
# The same sixteen new digits, through three of the bottlenecks:

# %%
figure, axes = plt.subplots(4, 1, figsize=(8, 2.9))
chosen = held_out.images[4:20]
plots.image_grid(axes[0], chosen, columns=16, colour=plots.REAL)
for ax, width in zip(axes[1:], (16, 5, 2)):
    plots.image_grid(ax, rebuilt(autoencoders[width], chosen), columns=16, colour=plots.VAE)
for ax, name in zip(axes, ("ground truth", "16 numbers", "5 numbers", "2 numbers")):
    ax.set_ylabel(name, rotation=0, ha="right", va="center")
plots.show(figure, alt="Sixteen held-out digits, rebuilt from 16, 5 and 2 numbers: from two some turn into other digits")

# %% [markdown]
# All of these digits are new to the networks. From two numbers you get *a* digit, often the right one, in standard
# handwriting. From 16 you get *this* digit. What the code can't hold is replaced by what is usual.

# %% tags=["claim-autoencoder-compresses"]
figure, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(list(errors), list(errors.values()), "o-", color=plots.VAE)
ax.axhline(blank, color=plots.QUIET, linestyle=":", label="the mean picture, no code at all")
ax.set(xscale="log", xlabel="numbers in the code", ylabel="squared error a pixel", ylim=(0, None))
ax.set_xticks(list(errors), [str(width) for width in errors])
ax.minorticks_off()
ax.legend()
plots.show(figure, alt="The error on held-out digits falls with the width of the code, steeply at first, then flat")
print("each wider code rebuilds new digits better:", sorted(errors.values(), reverse=True) == list(errors.values()))
assert errors[2] < 0.75 * blank and errors[5] < 0.8 * errors[2] and errors[16] < 0.75 * errors[5]
assert errors[64] < errors[16]

# %% [markdown]
# Notice the bend: the first numbers buy a lot, the next fifty little. 1,024 pixels do not have 1,024 ways to be a digit.

# %% [markdown]
# **Predict**: pull the slider from 2 numbers to 64. Which digits come right first? And what will you see in the last row, where
# nobody encoded anything: codes drawn at random?

# %%
from ganlib.widgets import AutoencoderWalk, LatentPad

notes = {width: f"{1024 / width:.0f} pixels for each number" for width in autoencoders}
AutoencoderWalk(autoencoders, held_out.images, what="numbers in the code", notes=notes, rows=1)

# %% [markdown]
# Some digits are right from the start, others are taken for a neighbour until the code is wide enough. The last row goes the
# other way: one digit again and again, and then scribbles. Section 5 asks why.

# %% [markdown]
# ## 3 · Without bends it is PCA
#
# Take out the activation functions. Encoder and decoder become matrices, and the best such pair is known: **principal
# component analysis**. Both look for the k-dimensional plane that is nearest to the data.
#
# $$\min_{A,\,B}\ \sum_i \lVert x_i - B A x_i \rVert^2 \qquad x \text{ centred},\ A: k \times d,\ B: d \times k$$
#
# We train one by gradient descent on 8×8 pixels, and compare the two planes by their **principal angles**: all zero if and
# only if the planes are the same.

# %%
small = digits.resized(8).images.flatten(1).cpu().double()
x = small - small.mean(0)
k = 5
torch.manual_seed(0)
linear = nn.Sequential(nn.Linear(64, k, bias=False), nn.Linear(k, 64, bias=False)).double()
opt = torch.optim.Adam(linear.parameters(), lr=0.01)
principal = torch.linalg.svd(x, full_matrices=False).Vh[:k].T  # (64, k): the k leading directions

# %% [markdown]
# The cosines of the principal angles are the singular values of $Q^\top P$, Q and P orthonormal bases of the two planes.

# %%
def angles(B, directions):
    """The principal angles between two planes, in degrees."""
    cosines = torch.linalg.svdvals(torch.linalg.qr(B).Q.T @ directions)
    return torch.rad2deg(torch.acos(cosines.clamp(max=1)))


largest = []
for _ in range(1500):
    loss = (x - linear(x)).square().sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    largest.append(float(angles(linear[1].weight.detach(), principal).max()))

# %% tags=["claim-pca-is-linear-autoencoder"]
figure, ax = plt.subplots(figsize=(7, 2.6))
ax.semilogy(largest, color=plots.VAE)
ax.set(xlabel="step", ylabel="largest angle (degrees)")
plots.show(figure, alt="The largest principal angle between the trained plane and PCA's falls from about 90 degrees to almost 0")
excess = loss.item() / (x - x @ principal @ principal.T).square().sum(1).mean().item() - 1
print(f"largest angle below a tenth of a degree: {largest[-1] < 0.1}; same error: {excess < 1e-4}")
assert largest[0] > 45 and largest[-1] < 0.1 and -1e-9 < excess < 1e-4

# %% [markdown]
# The same plane, found by gradient descent. Not the same *axes*: any k directions that span the plane rebuild as well, so
# the linear autoencoder has no first, second, third component. What do bends buy? The same 5 numbers, on 32×32 pixels:

# %%
flat, mean = digits.images.flatten(1), digits.images.flatten(1).mean(0)
directions = torch.linalg.svd(flat - mean, full_matrices=False).Vh[:5].T
new = held_out.images.flatten(1) - mean
error_linear = float((new - new @ directions @ directions.T).square().mean())
print(f"5 numbers, error of PCA over that of the autoencoder, on new digits: {error_linear / errors[5]:.1f}")
assert error_linear > 1.2 * errors[5]

# %% [markdown]
# ## 4 · What is in the code?
#
# Ten numbers can't be drawn on paper. Two ways to look at them: **PCA** shows the plane in which the codes spread most;
# **t-SNE** (van der Maaten and Hinton 2008) moves points about in the plane until *neighbours stay neighbours*, and lets
# everything else go.

# %%
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

with torch.no_grad():
    codes = autoencoders[10].encode(held_out.images).cpu().numpy()
labels = held_out.labels.cpu().numpy()
maps = {"PCA": PCA(2).fit_transform(codes), "t-SNE": TSNE(random_state=0, init="pca").fit_transform(codes)}

# %% [markdown]
# Both maps see the codes only. The colours and figures are painted on afterwards, from the labels:

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 4))
for ax, (name, points) in zip(axes, maps.items()):
    ax.scatter(*points.T, c=labels, cmap="tab10", s=8)
    for digit in range(10):
        ax.text(*np.median(points[labels == digit], 0), str(digit), size=15, weight="bold", ha="center", va="center",
                bbox={"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.8})  # fmt: skip
    ax.set(xticks=[], yticks=[], title=f"{name} of ten-number codes")
plots.show(figure, alt="Held-out digits as points: in PCA's plane the classes overlap, t-SNE lays them out as islands")

# %% [markdown]
# The network never saw a label, and yet the islands are digits. Count instead of trusting the eye: of each point's ten
# nearest neighbours, how many are the same digit? By chance it would be one.

# %% tags=["claim-tsne"]
def kin(points, k=10):
    """The mean share of the k nearest neighbours that have the same label."""
    near = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points, return_distance=False)[:, 1:]
    return (labels[near] == labels[:, None]).mean()


shares = {"all ten numbers": kin(codes), **{name: kin(points) for name, points in maps.items()}}
print(" · ".join(f"{name} {share:.0%}" for name, share in shares.items()))
assert shares["t-SNE"] > 0.7 and shares["t-SNE"] > shares["PCA"] + 0.1 > 0.4

# %% [markdown]
# t-SNE keeps nearly all the neighbourhoods, PCA's plane mixes many. But read t-SNE with care: the *distances between*
# islands, their sizes and the empty sea mean nothing. It was asked to keep neighbours, and that is what it did.

# %% [markdown]
# ### The encoder is worth something on its own
#
# Throw the decoder away. Suppose that somebody labels **two digits of each class**, twenty in all, and you are to read the
# other 500. **Predict**: does a classifier do better on 1,024 raw pixels, or on the ten numbers of the code?

# %%
from sklearn.linear_model import LogisticRegression


def few(n, draw):
    """Positions of n training digits of each class, chosen at random."""
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(draw))
    y = digits.labels.cpu()[order]
    return torch.cat([order[y == digit][:n] for digit in range(10)])


def accuracy(features, new_features, n, draw):
    chosen, scale = few(n, draw), features.std()
    reader = LogisticRegression(max_iter=300).fit(features[chosen] / scale, digits.labels.cpu()[chosen])
    return reader.score(new_features / scale, labels)


# %% [markdown]
# One draw of twenty digits is luck. So ten draws for each number of labels, the same ones for pixels and for features:

# %%
def compare(encode, sizes=(1, 2, 5, 10), draws=10):
    """Accuracy on raw pixels and on features for the same draws of labelled digits: (2, sizes, draws)."""
    pixels = [part.images.flatten(1).cpu().numpy() for part in (digits, held_out)]
    with torch.no_grad():
        features = [encode(part.images).cpu().numpy() for part in (digits, held_out)]
    jobs = [(kind, n) for kind in (pixels, features) for n in sizes]
    scores = [[accuracy(*kind, n, draw) for draw in range(draws)] for kind, n in progress(jobs, label="classifiers")]
    return np.array(scores).reshape(2, len(sizes), draws)


on_codes = compare(autoencoders[10].encode)

# %% tags=["claim-encoder-reused"]
def report(results, sizes=(1, 2, 5, 10)):
    gains = results[1] - results[0]
    for n, pixels, features, gain in zip(sizes, *results, gains):
        wins = (gain > 0).sum()
        print(f"{n:2} labels a class: pixels {pixels.mean():.0%} ± {pixels.std():.0%}, features {features.mean():.0%} "
              f"± {features.std():.0%}, better in {wins} of {len(gain)} draws")  # fmt: skip
    return gains.mean(1)


gains = report(on_codes)
assert gains[0] > 0.015 and gains[1] > 0.015 and gains[2] > 0

# %% [markdown]
# The code wins where labels are scarce, because the encoder has already learned, from unlabelled pictures, in which ways
# digits differ. With ten labels a class the advantage is all but gone: pixels then say it themselves.

# %% [markdown]
# ## 5 · Can one invent codes?
#
# The decoder draws a digit from ten numbers, or sixteen. So draw sixteen random numbers, decode, and you have a generator?

# %%
classifier = pretrained.load("digits-classifier", device=device)
z = torch.randn(1000, 16, generator=torch.Generator().manual_seed(1)).to(device)


def accepted(images):
    """The share of images of which the classifier is at least 90 % sure."""
    return float((metrics.classify(classifier, images)[1].max(1).values >= 0.9).float().mean())


from_noise = generate(autoencoders[16].decoder, z)
print(f"accepted as digits: real {accepted(held_out.images):.0%}, decoded noise {accepted(from_noise):.0%}")

# %% [markdown]
# Few of them. Where are the codes of real digits? Nothing in the loss said where to put them.

# %%
with torch.no_grad():
    codes_16 = autoencoders[16].encode(digits.images)
low, high = codes_16.amin(0), codes_16.amax(0)
box = low + (high - low) * torch.rand(1000, 16, generator=torch.Generator().manual_seed(2)).to(device)
from_box = generate(autoencoders[16].decoder, box)
print(f"codes spread over ±{codes_16.abs().max():.0f}, the noise over ±{z.abs().max():.0f}")

# %% [markdown]
# Perhaps the noise is merely too small. Draw evenly from the range of the real codes instead, and look at both:

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 2.6))
plots.image_grid(axes[0], from_noise[:32], columns=16, colour=plots.QUIET, title="codes drawn from N(0, I)")
plots.image_grid(axes[1], from_box[:32], columns=16, colour=plots.QUIET, title="codes drawn evenly from the range of real codes")
plots.show(figure, alt="Thirty-two pictures decoded from each kind of random code: mostly scribbles, few digits")

# %% [markdown]
# Noise falls into a small region in the middle, to which the encoder sent almost nothing. Filling the whole range is better,
# and still mostly misses: in sixteen dimensions the codes are thinly scattered, and between them the decoder was never asked
# to make sense. We need codes whose **distribution we know**. That is what the V in VAE is for.

# %% [markdown]
# ## 6 · The model, and the integral that nobody can do
#
# Turn it round. Begin with the distribution of the codes, the **prior**, and let the decoder define a density:
#
# $$p(z) = \mathcal N(0, I), \qquad p_\theta(x) = \int p_\theta(x \mid z)\, p(z)\, dz$$
#
# Training should raise log p(x) of the data. For a network the integral has no formula. Nor has the **posterior**
# $p_\theta(z \mid x) = p_\theta(x \mid z)\,p(z)/p_\theta(x)$, the answer to "which z made this x?": it has the same integral
# below the line. Why not estimate it, by drawing z from the prior and averaging p(x|z)?
#
# **Predict**: 10,000 draws of z. For how many dimensions is that enough? We try where the exact answer is known.

# %%
from ganlib.likelihood import PPCA, LinearTask, log_mean_exp

dimensions = (1, 2, 4, 8, 16, 32)
shortfall = []
for dimension in dimensions:
    task = LinearTask(dimension, s=0.3)  # p(z) = N(0, I), p(x|z) = N(z, 0.3² I), and a typical x
    noise = torch.randn(20, 10_000, dimension, generator=torch.Generator().manual_seed(0))
    shortfall.append(log_mean_exp(task.log_weights(noise), dim=1) - task.exact)  # 20 estimates

# %% [markdown]
# Twenty attempts in each dimension, as one dot each:

# %% tags=["claim-vae-intractable"]
figure, ax = plt.subplots(figsize=(7, 2.8))
for dimension, errors_nats in zip(dimensions, shortfall):
    ax.plot([dimension] * 20, errors_nats, "o", color=plots.VAE, alpha=0.4)
ax.axhline(0, color=plots.REAL, label="exact log p(x)")
ax.set(xscale="log", xlabel="dimensions of z", ylabel="estimate − exact (nats)", title="20 estimates from 10,000 draws each")
ax.set_xticks(dimensions, [str(dimension) for dimension in dimensions])
ax.minorticks_off()
ax.legend(loc="lower left")
plots.show(figure, alt="Estimates from prior samples are exact in one and two dimensions and fall far short in sixteen and more")
middle = [float(values.median()) for values in shortfall]
print("within 0.1 nat in 1 and 2 dimensions:", abs(middle[0]) < 0.1 and abs(middle[1]) < 0.1)
print("more than 5 nats short in 16 and 32:", middle[4] < -5 and middle[5] < -5)
assert max(abs(middle[0]), abs(middle[1])) < 0.1 and middle[4] < -5 and middle[5] < middle[4]

# %% [markdown]
# In 16 dimensions ten thousand draws of z never hit the small region that explains x. This is the easy case, a straight map
# and a number to compare with. Of a network we would not even know how wrong the estimate is. Notebook 01 measures how
# many draws it takes: exponentially many.

# %% [markdown]
# ## 7 · Look where it matters
#
# If only few z explain x, draw z from *there*: from some q(z|x) that guesses, and correct by **importance weights**:
#
# $$p(x) = \int p(x \mid z)\,p(z)\,dz = \int \frac{p(x \mid z)\,p(z)}{q(z \mid x)}\; q(z \mid x)\, dz
# = \mathbb E_{z \sim q} \left[ \frac{p(x \mid z)\,p(z)}{q(z \mid x)} \right]$$
#
# The better the guess, the more equal the weights. With the posterior itself each weight *is* p(x), and one draw suffices.

# %%
task = LinearTask(16, s=0.3)
for knowledge, name in ((0.0, "the prior"), (0.9, "a good guess"), (1.0, "the posterior")):
    noise = torch.randn(20, 1000, 16, generator=torch.Generator().manual_seed(1))
    estimates = log_mean_exp(task.log_weights(noise, knowledge), dim=1) - task.exact
    print(f"1,000 draws from {name:14} estimate − exact: {estimates.median():6.2f}, spread {estimates.std():.2f} nats")
assert estimates.abs().max() < 1e-3

# %% [markdown]
# The log of an average is awkward, because we want to train on single draws. **Jensen's inequality** moves the logarithm
# inside: it bends downwards, so the log of an average is at least the average of the logs.
#
# $$\log p(x) = \log \mathbb E_{q}\left[\frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right] \;\ge\;
# \mathbb E_{q}\left[\log \frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right] =: \text{ELBO}(q)$$
#
# The **evidence lower bound**. It holds for *every* q. Let us try to break it.

# %% [markdown]
# ### Two thousand attempts
#
# One-dimensional z, a curved decoder $x = (z, \sin 2z)$ with noise 0.3. On a grid of 4,001 z every integral is a sum. The q
# are drawn at random: narrow, wide, misplaced, with one hump or two.

# %%
z_line = torch.linspace(-8, 8, 4001, dtype=torch.float64)
dz, x_point = 16 / 4000, torch.tensor([0.8, 0.4], dtype=torch.float64)
curve = torch.stack([z_line, (2 * z_line).sin()], dim=1)
log_joint = -0.5 * ((x_point - curve) / 0.3).square().sum(1) - 2 * math.log(0.3) - math.log(2 * math.pi)
log_joint = log_joint - 0.5 * z_line**2 - 0.5 * math.log(2 * math.pi)  # log p(x|z) + log p(z)
log_p = float(log_joint.logsumexp(0) + math.log(dz))


def elbo_on_the_line(q):
    """sum q (log p(x, z) − log q) dz, for q on the grid."""
    q = q / (q.sum(-1, keepdim=True) * dz)
    return ((q * log_joint) - torch.special.xlogy(q, q)).sum(-1) * dz


# %% [markdown]
# Now 2,000 q at random, each normalised on the grid:

# %%
dice = torch.Generator().manual_seed(0)
place = torch.rand(2000, 2, 1, generator=dice, dtype=torch.float64) * 6 - 3
width = (torch.rand(2000, 2, 1, generator=dice, dtype=torch.float64) * 4 - 3).exp()
share = (torch.rand(2000, 2, 1, generator=dice, dtype=torch.float64) > 0.5) + 1e-9


def two_humps(place, width, share):
    return (share * (-0.5 * ((z_line - place) / width).square()).exp() / width).sum(1)


parts = zip(place.split(200), width.split(200), share.split(200))  # 2,000 curves of 4,001 points are half a gigabyte
bounds = torch.cat([elbo_on_the_line(two_humps(*part)) for part in parts])
posterior = (log_joint - log_p).exp()

# %% tags=["claim-elbo-bound"]
# NBVAL_CHECK_OUTPUT
print("of", len(bounds), "random q, ELBO above log p(x):", int((bounds > log_p).sum()))
print("q = the posterior reaches it:", abs(float(elbo_on_the_line(posterior)) - log_p) < 1e-9)
assert (bounds <= log_p).all() and bounds.max() > log_p - 1 and bounds.min() < log_p - 20
assert abs(float(elbo_on_the_line(posterior)) - log_p) < 1e-9

# %% [markdown]
# Three of them beside the posterior, and all of their bounds:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
chosen = bounds.argsort(descending=True)[[0, 400, 1000]]
q = two_humps(place[chosen], width[chosen], share[chosen])
for density, colour in zip(q, (plots.GAN, plots.VAE, plots.PLAYER_D)):
    density = density / (density.sum() * dz)
    left.plot(z_line, density, color=colour, label=f"a q with ELBO {float(elbo_on_the_line(density)):.1f}")
left.fill_between(z_line, posterior, color=plots.REAL, alpha=0.3, label=f"posterior, log p(x) = {log_p:.1f}")
left.set(xlim=(-3, 3), ylim=(0, 3), xlabel="z", ylabel="density")
left.legend()
right.hist(bounds.clamp(min=log_p - 40), bins=50, color=plots.VAE)
right.axvline(log_p, color=plots.REAL, label="log p(x)")
right.set(xlabel="ELBO (nats); what is lower, in the first bar", ylabel="how many of 2,000 q")
right.legend(loc="upper left")
plots.show(figure, alt="Left: three q and the posterior. Right: 2,000 bounds, all of them left of log p(x)")

# %% [markdown]
# Not one gets past. The bounds pile up against the wall from the left, and only the posterior touches it.

# %% [markdown]
# ## 8 · Two terms
#
# Split the logarithm of the fraction and give each part its name:
#
# $$\text{ELBO} = \underbrace{\mathbb E_{q}\bigl[\log p(x \mid z)\bigr]}_{\text{reconstruction}}
# \;-\; \underbrace{\mathbb E_q\left[\log\frac{q(z \mid x)}{p(z)}\right]}_{D_{KL}(q(z \mid x)\,\Vert\,p(z))\ \ge\ 0}$$
#
# *Rebuild x well, but stay close to the prior.* Encode as q(z|x) = N(μ, diag σ²), with μ and σ from a network. Then the
# second term has a formula. With ℓ(z) = log q(z) − log p(z), one coordinate at a time, and z = μ + σε:
#
# $$D_{KL} = \mathbb E\left[-\log\sigma - \tfrac12\varepsilon^2 + \tfrac12(\mu + \sigma\varepsilon)^2\right]
# = \tfrac12\left(\mu^2 + \sigma^2 - \log(\sigma^2) - 1\right)$$
#
# because E ε = 0 and E ε² = 1. On slides one often finds this formula below a brace that says *minus* D_KL, or with
# log σ² that might be read as (log σ)². Three readings; a sum over a million draws decides.

# %%
def gaussian_kl(mu, log_var):
    """KL(N(mu, sigma²) || N(0, 1)), summed over the coordinates; log_var is log(sigma²)."""
    return 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(-1)


# %% tags=["claim-elbo-decomposition"]
from ganlib.likelihood import elbo
from torch.distributions import Normal, kl_divergence

mu, sigma = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([0.3, 1.0, 2.0])
z = mu + sigma * torch.randn(1_000_000, 3, generator=torch.Generator().manual_seed(0))
counted = float((Normal(mu, sigma).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1).mean())
formula = float(gaussian_kl(mu, 2 * sigma.log()))
square_of_log = float(0.5 * (mu**2 + sigma**2 - sigma.log() ** 2 - 1).sum())
print(f"a million draws {counted:.2f} · formula {formula:.2f} · minus the formula {-formula:.2f} · "
      f"with (log σ)² {square_of_log:.2f}")  # fmt: skip
library_kl = float(kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).sum())
assert abs(formula - counted) < 0.02 and abs(formula - library_kl) < 1e-5 and abs(square_of_log - counted) > 0.5
assert math.isclose(formula, float(elbo.gaussian_kl(mu, 2 * sigma.log())), rel_tol=1e-6)

# %% [markdown]
# So ½(μ² + σ² − log σ² − 1) **is** the divergence, never negative, and the ELBO *subtracts* it. In a loss, which is minus
# the ELBO, it is *added*. Now both forms of the ELBO, the fraction and the two terms, on the curve of section 7:

# %% tags=["claim-elbo-decomposition"]
# NBVAL_CHECK_OUTPUT
q = Normal(torch.tensor(0.7, dtype=torch.float64), torch.tensor(0.3, dtype=torch.float64)).log_prob(z_line).exp()
log_likelihood = log_joint - Normal(0.0, 1.0).log_prob(z_line)
reconstruction = float((q * log_likelihood).sum() * dz)
kl = float(gaussian_kl(torch.tensor([0.7]), 2 * torch.tensor([0.3]).log()))
print("both forms agree:", abs(float(elbo_on_the_line(q)) - (reconstruction - kl)) < 1e-5)
assert abs(float(elbo_on_the_line(q)) - (reconstruction - kl)) < 1e-5

# %% [markdown]
# ## 9 · What exactly is missing
#
# Write p(x|z) p(z) = p(z|x) p(x) inside the ELBO, and log p(x) comes out of the average:
#
# $$\log p_\theta(x) = \text{ELBO} + D_{KL}\bigl(q_\phi(z \mid x) \,\Vert\, p_\theta(z \mid x)\bigr)$$
#
# The gap *is* the distance from our guess to the true posterior. The left side does not know of q. So raising the ELBO over
# φ can only shrink the gap; raising it over θ raises log p(x), or shrinks the gap too. We watch it in a **linear VAE**, where
# all three have formulas: $p(x \mid z) = \mathcal N(Wz, s^2 I)$, $q(z \mid x) = \mathcal N(Vx, \text{diag}\,\sigma^2)$.

# %%
dice = torch.Generator().manual_seed(0)
truth = PPCA(torch.zeros(6, dtype=torch.float64), torch.randn(6, 2, generator=dice, dtype=torch.float64), 0.25)
x = truth.sample(500, dice)
W = (0.3 * torch.randn(6, 2, generator=dice, dtype=torch.float64)).requires_grad_()
V = (1.0 * torch.randn(2, 6, generator=dice, dtype=torch.float64)).requires_grad_()
log_var, log_s2 = torch.zeros(2, dtype=torch.float64).requires_grad_(), torch.zeros((), dtype=torch.float64).requires_grad_()
opt = torch.optim.Adam([W, V, log_var, log_s2], lr=0.01)

# %% [markdown]
# The training knows nothing of formulas: one random z for each x, as a network would have it.

# %%
def sampled_elbo():
    mu = x @ V.T
    z = mu + (0.5 * log_var).exp() * torch.randn(mu.shape, generator=dice, dtype=torch.float64)
    log_likelihood = -0.5 * ((x - z @ W.T).square() / log_s2.exp() + log_s2 + math.log(2 * math.pi)).sum(1)
    return (log_likelihood - elbo.gaussian_kl(mu, log_var)).mean()


# %% [markdown]
# And beside it, never used for training, the exact quantities of the model as it is now:

# %%
from torch.distributions import MultivariateNormal


@torch.no_grad()
def exact():
    """The means over x of log p(x), of the ELBO, and of KL(q || posterior), each from its own formula."""
    model = PPCA(torch.zeros(6, dtype=torch.float64), W.detach(), float(log_s2.exp()))
    mu, spread = x @ V.T, log_var.exp().diag()
    squares = (x - mu @ W.T).square().sum(1) + (W.T @ W @ spread).trace()  # E |x − Wz|² under q
    reconstruction = -0.5 * squares / log_s2.exp() - 3 * (log_s2 + math.log(2 * math.pi))
    bound = (reconstruction - elbo.gaussian_kl(mu, log_var)).mean()
    centre, covariance = model.posterior(x)
    gap = kl_divergence(MultivariateNormal(mu, spread), MultivariateNormal(centre, covariance)).mean()
    return float(model.log_prob(x).mean()), float(bound), float(gap)


# %% [markdown]
# Train, and write all three down every twenty steps:

# %%
history = [(0, *exact())]
for step in range(1, 1501):
    opt.param_groups[0]["lr"] = 0.01 * (1 - (step - 1) / 1500)  # falls to 0, so that the dice come to rest
    loss = -sampled_elbo()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 0:
        history.append((step, *exact()))
steps_seen, log_px, bound, gap = torch.tensor(history, dtype=torch.float64).T

# %% tags=["claim-elbo-gap"]
# NBVAL_CHECK_OUTPUT
print("log p(x) = ELBO + KL(q || posterior), at every step:", bool((log_px - bound - gap).abs().max() < 1e-9))
print("the gap shrank to less than a hundredth of its start:", bool(gap[-1] < 0.01 * gap[0]))
print("and log p(x) came within 0.1 nat of the best possible:", bool(log_px[-1] > PPCA.fit(x, 2).log_prob(x).mean() - 0.1))
assert (log_px - bound - gap).abs().max() < 1e-9 and gap[-1] < 0.01 * gap[0]
assert log_px[-1] > PPCA.fit(x, 2).log_prob(x).mean() - 0.1

# %% [markdown]
# The identity is exact, and the third term shrinks. As curves:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
left.plot(steps_seen, log_px, color=plots.REAL, label="log p(x), exact")
left.plot(steps_seen, bound, color=plots.VAE, label="ELBO")
left.set(xlabel="step", ylabel="nats, mean over x", xlim=(0, 800))
left.legend(loc="lower right")
right.semilogy(steps_seen, gap, color=plots.VAE)
right.set(xlabel="step", ylabel="KL(q ‖ posterior), nats", xlim=(0, 1500))
plots.show(figure, alt="The ELBO rises to log p(x) from below while the divergence from q to the posterior falls to almost 0")

# %% [markdown]
# The two curves meet. First q is wrong and the gap closes fast; then both rise together; then comes a long tail. Our q has no
# correlations, so it fits only if the posterior has none either, and W slowly turns until that is so (Lucas et al. 2019).
#
# With a network for a decoder no Gaussian is the posterior. A gap stays, and one doesn't know how wide it is. Can one narrow
# it without a better q?

# %% [markdown]
# ## 10 · More draws, a tighter bound
#
# Average the *weights* of K draws before taking the logarithm (Burda et al. 2016):
#
# $$\text{IWAE}_K = \mathbb E_{z_1 \ldots z_K \sim q}\left[\log \frac1K \sum_{k=1}^K \frac{p(x \mid z_k)\,p(z_k)}{q(z_k \mid x)}\right]
# \qquad \text{ELBO} = \text{IWAE}_1 \le \text{IWAE}_2 \le \ldots \to \log p(x)$$
#
# With a q that is off on purpose, half-way between prior and posterior, in four dimensions:

# %%
task, draws = LinearTask(4, s=0.3), (1, 2, 5, 10, 100, 1000)
log_weights = task.log_weights(torch.randn(2000, 1000, 4, generator=torch.Generator().manual_seed(0)), knowledge=0.5)
iwae = [float(log_mean_exp(log_weights[:, :K], dim=1).mean()) - task.exact for K in draws]
print("bound − log p(x):", " · ".join(f"K = {K}: {value:.2f}" for K, value in zip(draws, iwae)))
assert iwae == sorted(iwae) and iwae[0] < -1 and -0.05 < iwae[-1] < 0.02

# %% [markdown]
# Rising, and never above. Section 12 does the same with a network, for which it is the best that one can do.

# %% [markdown]
# ## 11 · How does a gradient get through dice?
#
# The encoder's μ and σ decide from where z is *drawn*. What is the derivative of a random draw? There are two answers.
#
# - **Score function**: weigh each draw's result with how much μ made it likely, $\nabla_\mu \mathbb E[f(z)] = \mathbb E[f(z)\, \nabla_\mu
#   \log q(z)]$. It works for any f, even one without a slope.
# - **Reparametrisation**: draw $\varepsilon \sim \mathcal N(0, I)$ first, and write $z = \mu + \sigma \varepsilon$. The dice are outside; z is
#   an ordinary function of μ and σ, and $\nabla_\mu \mathbb E[f(z)] = \mathbb E[\nabla f(\mu + \sigma\varepsilon)]$.
#
# Both are right on average. **Predict**: which needs more draws, and how does it go with the dimension of z?

# %%
def f(z):
    """log p(x|z) up to a constant, for x = 0 and noise 0.5."""
    return -0.5 * (z / 0.5).square().sum(1)


def gradients(dimension, draws=20_000, sigma=0.5):
    """The two estimators of the slope along the first coordinate of mu, at mu = 1: (draws,) each."""
    eps = torch.randn(draws, dimension, generator=torch.Generator().manual_seed(0))
    mu = torch.ones(draws, dimension, requires_grad=True)
    z = mu + sigma * eps
    (through,) = torch.autograd.grad(f(z).sum(), mu)
    score = f(z.detach())[:, None] * eps / sigma  # eps / sigma is the gradient of log q(z) by mu
    return through[:, 0], score[:, 0]


# %% tags=["claim-reparametrisation"]
sizes = (1, 4, 16, 64)
both = {dimension: gradients(dimension) for dimension in sizes}
for dimension, (through, score) in both.items():
    print(f"{dimension:2} dimensions: exact slope −4.0, reparametrised {through.mean():.1f}, score function "
          f"{score.mean():.1f}; variance {score.var() / through.var():,.0f} times as large")  # fmt: skip
ratios = [float(score.var() / through.var()) for through, score in both.values()]
assert ratios == sorted(ratios) and ratios[0] > 5 and ratios[-1] > 1000
for through, score in both.values():
    assert abs(through.mean() + 4) < 0.1 and abs(score.mean() + 4) < 5 * score.std() / len(score) ** 0.5

# %% [markdown]
# Both average to the exact slope. What differs is how far a single draw may be off:

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 2.6), sharey=True)
for ax, dimension in zip(axes, (1, 4, 16)):
    bins = np.linspace(-150, 150, 101)
    for values, colour, name in zip(both[dimension], (plots.VAE, plots.QUIET), ("reparametrised", "score function")):
        ax.hist(values, bins=bins, color=colour, alpha=0.7, label=name, density=True)
    ax.axvline(-4, color="black", linewidth=1, linestyle=":")
    ax.set(title=f"z of {dimension} numbers" if dimension > 1 else "z of 1 number", xlabel="one draw's gradient", ylim=(0, 0.06))
axes[0].set_ylabel("density (cut off)")
axes[2].legend(loc="upper right")
plots.show(figure, alt="Histograms: reparametrised gradients stay in a narrow peak, score-function ones spread wider with dimension")

# %% [markdown]
# The score function hears only *how good* a draw was, one number, and has to work out which coordinate was to blame; the more
# coordinates, the worse. The reparametrised gradient is told the slope in each. This trick made VAEs trainable.

# %% [markdown]
# ## 12 · The VAE
#
# Everything is there. The encoder gives μ and log σ² for each picture; the decoder a picture around which p(x|z) lies, here
# $\mathcal N(\text{decoder}(z), s^2 I)$: its logarithm is the squared error over −2s², and a constant.

# %%
z_dim, s = 16, 1.0
torch.manual_seed(0)
encoder = nn.Sequential(
    nn.Flatten(), nn.Linear(1024, 256), nn.LeakyReLU(0.2),
    nn.Linear(256, 128), nn.LeakyReLU(0.2), nn.Linear(128, 2 * z_dim),  # mu and log sigma²
).to(device)
decoder = nn.Sequential(
    nn.Linear(z_dim, 128), nn.LeakyReLU(0.2), nn.Linear(128, 256), nn.LeakyReLU(0.2),
    nn.Linear(256, 1024), nn.Tanh(), nn.Unflatten(1, (1, 32, 32)),
).to(device)

# %% [markdown]
# The two terms, as in section 8, with one z for each picture:

# %%
def two_terms(x, generator):
    mu, log_var = encoder(x).chunk(2, dim=1)
    eps = torch.randn(mu.shape, generator=generator, device=mu.device)
    z = mu + (0.5 * log_var).exp() * eps  # reparametrised
    squares = ((x - decoder(z)) / s).square().flatten(1).sum(1)
    reconstruction = -0.5 * squares - 1024 * (math.log(s) + 0.5 * math.log(2 * math.pi))
    return reconstruction, gaussian_kl(mu, log_var)


# %% [markdown]
# That is the whole VAE. The loss is minus the ELBO, `-(reconstruction - kl).mean()`; the step is the step of section 2. The
# library's must agree:

# %%
torch.manual_seed(0)
library = MLPVAE((1, 32, 32), z_dim, sigma=s).to(device)
x = held_out.images[:64]
ours = two_terms(x, torch.Generator(device).manual_seed(3))
theirs = library.terms(x, torch.Generator(device).manual_seed(3))
print("both terms equal the library's:", all(torch.allclose(a, b, rtol=1e-4) for a, b in zip(ours, theirs)))
assert all(torch.allclose(a, b, rtol=1e-4) for a, b in zip(ours, theirs))

# %% [markdown]
# Five of them, with the divergence weighted by β (Higgins et al. 2017): 0 leaves out the KL term, 1 is the ELBO, more than 1
# insists on the prior. Same networks, same steps, same start.

# %%
vaes = {}
for beta in (0, 0.1, 1, 4, 16):
    torch.manual_seed(0)
    vaes[beta] = trained(MLPVAE((1, 32, 32), 16, sigma=1.0), f"β = {beta}", beta)
vae = vaes[1]

# %% [markdown]
# How tight is the bound of the one with β = 1? We can't know log p(x), but more draws must not lower it (section 10):

# %%
with torch.no_grad():
    terms = vae.terms(held_out.images, torch.Generator(device).manual_seed(0))
    log_weights = vae.log_weights(held_out.images[:200], 200, torch.Generator(device).manual_seed(0))
bounds = [float(log_mean_exp(log_weights[:K]).mean()) for K in (1, 10, 200)]
print(f"KL: {terms.kl.mean():.0f} nats a picture · bounds on log p(x) − ELBO: K = 10 adds {bounds[1] - bounds[0]:.1f} nats, "
      f"K = 200 {bounds[2] - bounds[0]:.1f}")  # fmt: skip
assert bounds == sorted(bounds) and terms.kl.mean() > 10

# %% [markdown]
# ### Now invent codes
#
# The question of section 5 again. z ~ N(0, I) is what the model *says* codes look like.

# %% tags=["claim-autoencoder-sampling-fails"]
z = torch.randn(1000, 16, generator=torch.Generator().manual_seed(1)).to(device)
sets = {"real digits": held_out.images, "VAE, z ~ N(0, I)": generate(vae.decoder, z),
        "autoencoder, z ~ N(0, I)": from_noise, "autoencoder, from the codes' range": from_box}  # fmt: skip
for name, images in sets.items():
    quality = metrics.evaluate(classifier, images, held_out.images)
    print(f"{name:36} accepted {accepted(images):4.0%}, variety (recall) {quality.recall:.2f}")
share = {name: accepted(images) for name, images in sets.items()}
assert share["VAE, z ~ N(0, I)"] > 2 * share["autoencoder, z ~ N(0, I)"]
assert share["VAE, z ~ N(0, I)"] > share["autoencoder, from the codes' range"] + 0.05

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 2.6))
plots.image_grid(axes[0], from_noise[:32], columns=16, colour=plots.QUIET, title="autoencoder, decoded noise")
plots.image_grid(axes[1], sets["VAE, z ~ N(0, I)"][:32], columns=16, colour=plots.VAE, title="VAE, decoded noise")
plots.show(figure, alt="Above scribbles from the autoencoder, below mostly readable, slightly soft digits from the VAE")

# %% [markdown]
# From the same noise: scribbles above, mostly digits below. Not all of them: about half convince a strict judge. Some are
# between two digits, and all are a little soft, which is the subject of notebook [04](04_vae_blurriness.ipynb).
#
# **To be fair to the autoencoder**: one may look up where its codes went, fit a Gaussian to them, and draw from that.

# %%
centre, covariance = codes_16.mean(0), torch.cov(codes_16.T)
fitted = centre + z @ torch.linalg.cholesky(covariance).T
share_fitted = accepted(generate(autoencoders[16].decoder, fitted))
print(f"autoencoder, z from a Gaussian fitted to its codes: accepted {share_fitted:.0%}")
assert share_fitted > 2 * share["autoencoder, z ~ N(0, I)"]

# %% [markdown]
# That is about as good as the VAE (Ghosh et al. 2020 made a method of it). So the decoder was never the problem, but *not
# knowing where the codes are*. The VAE knows it from the start, and gets a bound on log p(x) with it.

# %% [markdown]
# ## 13 · What the KL term does to the space
#
# Two properties are wanted. **Continuity**: close codes decode to similar pictures. **Completeness**: every likely code decodes
# to something sensible. We measure both, with and without the KL term:
#
# - for continuity, walk in a straight line between the codes of two digits, in 32 steps, and compare the way that the
#   *picture* goes with the straight way. A picture that takes detours passes through things that are neither;
# - for completeness, the share of decoded prior samples that are accepted.

# %%
@torch.no_grad()
def detour(model, pairs=200, steps=32):
    """Length of the picture's path along a straight line in z, over the distance between its ends: the mean, 1 at least."""
    first, last = model.encode(held_out.images)[0][: 2 * pairs].split(pairs)
    images = torch.stack([model.decode(first.lerp(last, t / steps)) for t in range(steps + 1)]).flatten(2)
    path = (images[1:] - images[:-1]).norm(dim=2).sum(0)
    return float((path / (images[-1] - images[0]).norm(dim=1)).mean())


detours = {beta: detour(model) for beta, model in progress(vaes.items(), label="straight lines", unit="VAEs")}
completeness = {beta: accepted(generate(model.decoder, z)) for beta, model in vaes.items()}

# %% [markdown]
# What the five say:

# %% tags=["claim-continuity-completeness"]
for beta in vaes:
    error = float((rebuilt(vaes[beta]) - held_out.images).square().mean())
    print(f"β = {beta:<4} the picture's way is {detours[beta]:.2f} times the straight one, "
          f"{completeness[beta]:4.0%} of the samples accepted, error {error:.2f}")  # fmt: skip
assert detours[1] < detours[0] - 0.05 and completeness[1] > completeness[0] + 0.2

# %% [markdown]
# Both improve with the KL term, and rebuilding gets worse: that is the trade. With β = 16 sixteen numbers rebuild no better
# than two did in section 2. The detours are never long: networks are smooth by themselves, and the KL term makes them smoother.
#
# **Predict**: slide from β = 0 to 16. In which row do the digits get better, and in which worse?

# %%
notes = {beta: f"{completeness[beta]:.0%} of samples accepted" for beta in vaes}
AutoencoderWalk(vaes, held_out.images, what="β", notes=notes)

# %% [markdown]
# ## 14 · A sheet of digits
#
# With two numbers in the code one can see the whole space at once. The decoder's noise is set to s = 2: so wide that rebuilding
# counts less beside the KL term, and the codes keep to the prior.

# %%
torch.manual_seed(0)
flatland = trained(MLPVAE((1, 32, 32), 2, sigma=2.0), "two numbers", steps=2000)
with torch.no_grad():
    places, log_var = flatland.encode(held_out.images)
shares = torch.linspace(0.02, 0.98, 15)
steps_across = torch.special.ndtri(shares)  # equal shares of the prior, as in Kingma and Welling 2014, figure 4
sheet = torch.cartesian_prod(-steps_across, steps_across).flip(1).to(device)

# %% [markdown]
# Left the encoder's view, right the decoder's:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.4))
left.scatter(*places.T.cpu(), c=labels, cmap="tab10", s=8)
for digit in range(10):
    left.text(*places[held_out.labels == digit].median(0).values.tolist(), str(digit), size=14, weight="bold")
left.set(xlabel="z₀", ylabel="z₁", title="where new digits are encoded", aspect="equal", xlim=(-3, 3), ylim=(-3, 3))
plots.image_grid(right, generate(flatland.decoder, sheet), columns=15, colour=plots.VAE, title="what is decoded there")
plots.show(figure, alt="Left: codes of held-out digits, by class, fill a disc. Right: a sheet of digits that turn into each other")

# %% [markdown]
# Is it a *sheet*: do neighbours look alike? And are all digits on it?

# %% tags=["claim-two-d-manifold"]
images = generate(flatland.decoder, sheet).unflatten(0, (15, 15)).flatten(2)
beside = (images[:, 1:] - images[:, :-1]).norm(dim=2).mean()
anywhere = torch.pdist(images.flatten(0, 1)).mean()
verdicts = metrics.classify(classifier, generate(flatland.decoder, sheet))[1]
print(f"neighbours on the sheet are {anywhere / beside:.1f} times as alike as any two; "
      f"{metrics.classes_covered(verdicts, 0.01)} of 10 digits are on it, {kin(places.cpu()):.0%} of neighbours are kin")  # fmt: skip
assert anywhere > 2 * beside and metrics.classes_covered(verdicts, 0.01) >= 9 and kin(places.cpu()) > 0.5

# %% [markdown]
# Two numbers, and every digit has its country. At the borders are pictures that are both.
#
# **Predict**: which digits are neighbours of the 4? What do you meet on the way from 0 to 1? Then drag over the pad. The dots
# are held-out digits at their codes, one colour a class.

# %%
LatentPad(flatland.decoder, quantiles=True, points=places[:200], classes=held_out.labels[:200])

# %% [markdown]
# ## 15 · A generative model that helps a classifier
#
# Section 4 reused a plain encoder. The same with a VAE of six numbers whose s is learned, too; features are its last hidden
# layer. It has seen no label either.

# %%
torch.manual_seed(0)
helper = trained(MLPVAE((1, 32, 32), 6, sigma=0.5, learn_sigma=True), "σ learned")
print(f"learned s = {helper.sigma:.2f}")
with_help = compare(helper.encoder.layers[:5])
without_scale = compare(lambda x: vaes[1].encode(x)[0])

# %% [markdown]
# The comparison of section 4, with the same draws:

# %% tags=["claim-helps-supervised"]
gains = report(with_help)
assert (gains[:3] > 0.01).all()

# %% [markdown]
# Unlabelled pictures are worth labels. But not any VAE will do. The μ of the VAE with 16 numbers, in the same comparison:

# %%
losses_16 = report(without_scale)
assert losses_16[0] < 0

# %% [markdown]
# **Worse** than raw pixels. The KL term presses every direction that is used to the same spread, the slant of a stroke as well
# as the difference between a 1 and an 8, and with twenty labels a classifier can't tell which of them matter. A feature
# is good *for something*; a model of p(x) was not asked what for.

# %% [markdown]
# ## What you should be able to say now
#
# - *What survives in ten numbers?* What digits have in common is in the networks; the code keeps what differs most.
# - *And without bends in the network?* The plane of PCA, up to the choice of axes.
# - *Can one invent codes?* Not without knowing where codes are. A VAE's codes are where the prior is.
# - *Why the ELBO?* Because log p(x) is an integral that can't be done, and the ELBO bounds it with any q.
# - *What is missing?* KL(q ‖ posterior), exactly. Better q or more draws narrow it.
# - *How are dice differentiated?* z = μ + σε: the dice are outside.
# - *What does the KL term buy?* A space without detours and holes, paid for with detail.

# %% [markdown]
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/03_autoencoders_and_vae.ipynb) have a notebook of their own. To try here:
#
# 1. The ELBO holds for every q. In section 7, choose q so that the bound is lower than −1,000. What did you do to it?
# 2. Give `MLPVAE` the option `likelihood="laplace"`, and then `"bernoulli"`. Compare samples, not losses. Why not losses?
# 3. In section 11, subtract from f its mean over the draws before it is multiplied. Is the estimate still right? How much of
#    the difference in variance is gone?
# 4. Train the VAE of section 12 with `learn_sigma=True`. Which β with s = 1 would give the same trade, and why?

# %% [markdown]
# ## References
#
# Baldi and Hornik 1989 (linear autoencoders and PCA) · Tipping and Bishop 1999 (probabilistic PCA) · van der Maaten and Hinton
# 2008 (t-SNE) · Kingma and Welling 2014, *Auto-encoding variational Bayes* · Rezende, Mohamed and Wierstra 2014 · Burda,
# Grosse and Salakhutdinov 2016 (importance-weighted bounds) · Higgins et al. 2017 (β) · Lucas et al. 2019 (linear VAEs) · Ghosh et al. 2020, *From variational
# to deterministic autoencoders*
