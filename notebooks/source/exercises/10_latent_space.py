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
# # 10 · Exercises: the latent space
#
# {{badges}}
#
# **Question**: can you walk through z, find directions in it and the way back from a picture, and tell honest results from
# flattering ones?
#
# **You will** walk along an arc, find the direction of an attribute, repair a search that ruins its generator, look for twins,
# and measure whether a score tells outliers apart.
#
# **Read before**: [notebook 10](../10_latent_space.ipynb), sections 3, 6, 8, 9 and 11.
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
from ganlib import check, data, latent, metrics, plots, pretrained
from ganlib.latent import ways
from ganlib.latent.inversion import pixel_error
from ganlib.metrics import attributes
from ganlib.models import generate

# %% [markdown]
# ## 10-1 · Along the arc
#
# All z of a Gaussian in many dimensions have nearly the same length, so they lie on a sphere. The straight way from a to b cuts
# through it. The arc does not:
#
# $$\frac{\sin((1-t)\,\omega)}{\sin\omega}\,a + \frac{\sin(t\,\omega)}{\sin\omega}\,b, \qquad \omega = \text{the angle between } a \text{ and } b$$
#
# Write `slerp(a, b, t)`: N pairs of ends, (N, z_dim) each, the two of a pair of **equal length** (but that length is not 1), and one
# number t → N points, (N, z_dim). Each pair has its own angle. And two ends may be the same point, or the same but for rounding:
# then so is what lies between.

# %%
# EXERCISE: 10-1 (keep this line)
def slerp(a, b, t):
    # BEGIN SOLUTION
    cosine = (a * b).sum(1, keepdim=True) / (a.norm(dim=1) * b.norm(dim=1))[:, None]
    omega = torch.arccos(cosine.clamp(-1, 1))
    arc = (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)
    return torch.where(omega < 1e-3, a, arc)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.slerp(slerp)

# %% [markdown]
# The library's takes one pair and many t. Half-way between two z of notebook 06's generator, how long is z?

# %%
torch.manual_seed(0)
a, b = (math.sqrt(64) * torch.nn.functional.normalize(torch.randn(64), dim=0) for _ in range(2))
half = torch.tensor([0.5])
print(f"ends {a.norm():.1f}, straight {ways.lerp(a, b, half).norm():.1f}, arc {ways.slerp(a, b, half).norm():.1f}")

# %% [markdown]
# ## 10-2 · Where glasses lie
#
# Given many z, and for each a verdict whether the picture shows an attribute, the attribute's direction is the mean of those that
# have it minus the mean of those that have not.
#
# Write `attribute_direction(z, has)`: codes (N, z_dim) and truth values (N,) → a direction of **length 1**, (z_dim,), that points
# towards *having* it.

# %%
# EXERCISE: 10-2 (keep this line)
def attribute_direction(z, has):
    # BEGIN SOLUTION
    direction = z[has].mean(0) - z[~has].mean(0)
    return direction / direction.norm()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.attribute_direction(attribute_direction)

# %% [markdown]
# The library's, for glasses, from 2,000 faces that the course's reader looked at:

# %%
def attribute_direction(z, has):
    return torch.nn.functional.normalize(latent.mean_differences(z, has[:, None])[0], dim=0)


G, reader = pretrained.load("faces-dcgan"), pretrained.load("faces-attributes")
z = torch.randn(2000, G.z_dim, generator=torch.Generator().manual_seed(0))
glasses = attributes.read(reader, generate(G, z))[:, list(attributes.NAMES).index("glasses")] > 0.5
direction = attribute_direction(z, glasses)
rows = torch.cat([generate(G, z[:10] + size * direction) for size in (-3, 0, 3)])
figure, ax = plt.subplots(figsize=(6.4, 2.1))
plots.image_grid(ax, rows, columns=10, colour=plots.GAN, title="ten faces: −3, 0, +3 along the direction")
plots.show(figure, alt="Ten generated faces in three rows: without glasses above, as they were, with glasses below")

# %% [markdown]
# Look at what else moves from row to row. A direction carries along whatever went with glasses in these 2,000 faces.

# %% [markdown]
# ## 10-3 · Find the bug: a perfect search
#
# A GAN has no encoder, so one looks for the z of a picture by gradient descent. Somebody is proud of theirs:

# %%
def suspicious_find_z(G, x, z_start, steps, rate):
    z = z_start.clone()
    optimiser = torch.optim.SGD(G.parameters(), lr=rate)
    for _ in range(steps):
        error = (G(z) - x).square().flatten(1).mean(1)
        optimiser.zero_grad()
        error.sum().backward()
        optimiser.step()
    return z


# %%
x = data.load("digits", "test").images[:6]
torch.manual_seed(1)
z_start, others = torch.randn(6, 64), torch.randn(6, 64)


def report(search, rate):
    G = pretrained.load("digits-mlp").requires_grad_(True)
    before = generate(G, others)
    found = generate(G, search(G, x, z_start, 150, rate))
    after = generate(G, others)
    print(f"error of what was found {pixel_error(found, x).mean():.2f}, change of other pictures {pixel_error(after, before).mean():.2f}")
    figure, ax = plt.subplots(figsize=(6.4, 1.6))
    plots.image_grid(ax, torch.cat([x, before, found, after]), columns=12)
    ax.set_title("above: to be found, other z before · below: found, the same other z after")
    return figure


plots.show(report(suspicious_find_z, 1.0), alt="The six digits are found almost exactly; six other digits changed meanwhile")

# %% [markdown]
# Found, nearly without an error, and from any start: too good to be true. Compare the six pictures at the right, above and below.
# They belong to other z, which nobody touched.
#
# Write `find_z(G, x, z_start, steps, rate)`: plain gradient descent (no Adam, no momentum) in **z**, from z_start (N, z_dim), so
# many steps (0 as well), each of `rate` times the gradient → the last z, (N, z_dim), detached. The error of a picture is the
# **mean** of the squared differences over everything in it; the pictures (N, C, H, W) know nothing of each other, so their errors
# are **summed**. G must stay what it is, its mode included.

# %%
# EXERCISE: 10-3 (keep this line)
def find_z(G, x, z_start, steps, rate):
    # BEGIN SOLUTION
    z = z_start.clone().requires_grad_(True)
    optimiser = torch.optim.SGD([z], lr=rate)
    for _ in range(steps):
        error = (G(z) - x).square().flatten(1).mean(1)
        optimiser.zero_grad()
        error.sum().backward()
        optimiser.step()
    return z.detach()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.find_z(find_z)

# %% [markdown]
# The honest search, written once more, without an optimiser:

# %%
def find_z(G, x, z_start, steps, rate):
    z = z_start.clone().requires_grad_(True)
    for _ in range(steps):
        (slope,) = torch.autograd.grad(pixel_error(G(z), x).sum(), z)
        z = (z - rate * slope).detach().requires_grad_(True)
    return z.detach()


plots.show(report(find_z, 5.0), alt="The six digits are found roughly, some as another digit; the other six are as before")

# %% [markdown]
# The error is larger, and true: this generator does not draw these hands. But it is still the same generator.

# %% [markdown]
# ## 10-4 · Twins
#
# Does a generator repeat itself? For each of N samples, how far is the most similar **other** one? If two samples are exactly the
# same, the answer is 0, and that is worth knowing.
#
# Write `nearest_other(x)`: pictures (N, C, H, W) → distances, (N,): the root of the sum of squared differences over all pixels.

# %%
# EXERCISE: 10-4 (keep this line)
def nearest_other(x):
    # BEGIN SOLUTION
    flat = x.flatten(1)
    distance = torch.cdist(flat, flat)
    return distance.fill_diagonal_(math.inf).min(1).values
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.nearest_other(nearest_other)

# %% [markdown]
# One picture at a time, the library's search does it: first among those before, then among those after.

# %%
def nearest_other(x):
    rest = [torch.cat([x[:k], x[k + 1 :]]) for k in range(len(x))]
    return torch.cat([metrics.nearest_neighbours(x[k : k + 1], others)[0] for k, others in enumerate(rest)])


G = pretrained.load("digits-mlp")
samples = generate(G, torch.randn(200, 64, generator=torch.Generator().manual_seed(0)))
real = data.load("digits").images[:200]
print(f"median distance to the nearest other: digits {nearest_other(real).median():.1f}, samples {nearest_other(samples).median():.1f}")

# %% [markdown]
# ## 10-5 · Does it tell outliers apart?
#
# A score should be large for outliers. But where to put the threshold? The **area under the ROC curve** needs none: take one
# outlier and one usual picture at random; how likely has the outlier the larger score? If both are equal, a coin decides.
#
# $$\text{AUC} = P(s_{\text{outlier}} > s_{\text{usual}}) + \tfrac12\, P(s_{\text{outlier}} = s_{\text{usual}})$$
#
# Write `auc(scores_usual, scores_outlier)`: (N,) and (M,) → one number. ½ is guessing, 1 is perfect.

# %%
# EXERCISE: 10-5 (keep this line)
def auc(scores_usual, scores_outlier):
    # BEGIN SOLUTION
    gap = scores_outlier[:, None] - scores_usual
    return ((gap > 0).float() + 0.5 * (gap == 0).float()).mean()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.auc(auc)

# %% [markdown]
# scikit-learn's gives the same. A simple score: the distance to the nearest training digit. The outliers: faces, and digits that
# stand on their head.

# %%
from sklearn.metrics import roc_auc_score


def auc(scores_usual, scores_outlier):
    kind = torch.cat([torch.zeros(len(scores_usual)), torch.ones(len(scores_outlier))])
    return roc_auc_score(kind, torch.cat([scores_usual, scores_outlier]))


new = data.load("digits", "test").images[:200]
faces = data.load("sketch_faces", "test", size=32, limit=200).images.mean(1, keepdim=True)
usual = metrics.nearest_neighbours(new, data.load("digits").images)[0]
for name, images in {"faces": faces, "upside down": new.flip(-2)}.items():
    scores = metrics.nearest_neighbours(images, data.load("digits").images)[0]
    print(f"{name:12} AUC {auc(usual, scores):.2f}")

# %% [markdown]
# Faces are easy. A digit on its head is harder: a 0, a 1, an 8 are digits still.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("10")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
