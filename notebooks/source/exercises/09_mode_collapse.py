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
# # 09 · Exercises: mode collapse
#
# {{badges}}
#
# **Question**: a generator repeats itself. Can you measure how badly, without fooling yourself, and show it to D?
#
# **You will** repair a ring of eight that has seven, write the three measures of the papers, and two of the cures in which D
# sees several samples at once.
#
# **Read before**: [notebook 09](../09_mode_collapse.ipynb), sections 3 and 4.
#
# **Time**: 10 s on two cores to run; an hour or two to write. A GPU changes nothing.
#
# **How it works.** Replace `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. The check
# says what is wrong, not only that something is. If you are stuck, go on: after each exercise the notebook uses
# `ganlib`'s own version, so the rest works without yours.

# %% tags=["setup"]

# %%
import math

import matplotlib.pyplot as plt
import torch
from ganlib import check, data, plots
from ganlib.data.mixtures import ring
from ganlib.metrics.modes import coverage
from torch import nn

# %% [markdown]
# ## 09-1 · Find the bug: the ring of eight that has seven
#
# The most copied toy of this field: eight small bumps on a circle. Many public copies begin like this:

# %%
def suspicious_ring(modes, radius):
    angles = torch.linspace(0, 2 * math.pi, modes)
    return radius * torch.stack([angles.cos(), angles.sin()], 1)


centres = suspicious_ring(8, 1.0)
figure, ax = plt.subplots(figsize=(2.6, 2.6))
ax.plot(*centres.T, "o", color=plots.REAL)
ax.set(aspect="equal", xlabel="x", ylabel="y", title="eight modes?")
plots.show(figure, alt="Seven dots on a circle, wider apart than those of a ring of eight")

# %% [markdown]
# Count the dots. A perfect generator would be told that it covers 7 of 8, for ever.
#
# Write `ring_centres(modes, radius)` → (modes, 2): x and y of that many *different* centres, evenly round the circle. The first
# one lies at (radius, 0); go on counter-clockwise.

# %%
# EXERCISE: 09-1 (keep this line)
def ring_centres(modes, radius):
    # BEGIN SOLUTION
    angles = 2 * math.pi * torch.arange(modes) / modes
    return radius * torch.stack([angles.cos(), angles.sin()], 1)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.ring_centres(ring_centres)

# %% [markdown]
# From here on, the ring is the library's. Two generators to be judged: one that found three modes and draws them well, one that
# reaches all of them and is sloppy.

# %%
points = ring(8, sigma=0.02)
torch.manual_seed(0)
collapsed = points.means[torch.randint(3, (2500,))] + 0.02 * torch.randn(2500, 2)
sloppy = points.means[torch.randint(8, (2500,))] + 0.1 * torch.randn(2500, 2)
figure, axes = plt.subplots(1, 3, figsize=(8, 2.7), sharey=True)
for ax, x, name in zip(axes, (points.sample(2500), collapsed, sloppy), ("data", "collapsed", "sloppy")):
    ax.plot(*x.T, ".", markersize=2, color=plots.REAL if name == "data" else plots.GAN)
    ax.set(title=name, aspect="equal", xlabel="x", xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
axes[0].set_ylabel("y")
plots.show(figure, alt="Eight tight dots on a circle; three of them only; eight loose clouds")

# %% [markdown]
# ## 09-2 · Modes, and good samples
#
# Each sample belongs to the centre that it is **nearest** to. It is **good** if it lies within 3σ of it. A mode is covered if it
# has at least one good sample.
#
# Write `modes_and_good(x, centres, sigma)`: samples (N, 2), centres (K, 2), and σ → two things: the number of covered modes,
# and the share of samples that are good.

# %%
# EXERCISE: 09-2 (keep this line)
def modes_and_good(x, centres, sigma):
    # BEGIN SOLUTION
    distance, mode = torch.cdist(x, centres).min(1)
    good = distance <= 3 * sigma
    return len(mode[good].unique()), good.float().mean()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.modes_and_good(modes_and_good)

# %% [markdown]
# The library's, on the two generators. Each fails in the other's virtue, so one needs both numbers:

# %%
for name, x in {"data": points.sample(2500), "collapsed": collapsed, "sloppy": sloppy}.items():
    found = coverage(x, points)
    print(f"{name:10} {found.modes} modes, {found.good:4.0%} good")

# %% [markdown]
# ## 09-3 · How unfair?
#
# "At least one" is a low bar. So compare the shares: of all samples, the share $q_k$ belongs to mode k, which should get $w_k$:
#
# $$\mathrm{KL}(q \,\Vert\, w) = \sum_k q_k \log \frac{q_k}{w_k}$$
#
# Write `reverse_kl(counts, weights)`: how many samples each mode got, integers (K,), and what share it should get, (K,), sum 1 →
# one number, in nats. Some modes may have got none.

# %%
# EXERCISE: 09-3 (keep this line)
def reverse_kl(counts, weights):
    # BEGIN SOLUTION
    q = counts / counts.sum()
    return torch.xlogy(q, q / weights).sum()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.reverse_kl(reverse_kl)

# %% [markdown]
# The library computes it beside the others. Missing five of eight modes costs log 8/3 = 0.98 nats:

# %%
print(f"collapsed {coverage(collapsed, points).reverse_kl:.2f} nats, sloppy {coverage(sloppy, points).reverse_kl:.2f} nats")

# %% [markdown]
# ## 09-4 · Show D the batch
#
# A perfect copy of one mode is perfect, one sample at a time. So give D one more number: how much do the features of this batch
# differ from each other (Karras et al. 2018)?
#
# $$s_f = \sqrt{\frac1N \sum_n (h_{nf} - \bar h_f)^2 + 10^{-8}}, \qquad s = \frac1F \sum_f s_f$$
#
# Write `add_spread(features)`: (N, F) → (N, F + 1), the features with s as one more column, the same in each row. Gradients must
# pass through s, and must be finite **even when all rows are alike**: that is when they are needed.

# %%
# EXERCISE: 09-4 (keep this line)
def add_spread(features):
    # BEGIN SOLUTION
    deviation = (features.var(0, correction=0) + 1e-8).sqrt()
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.add_spread(add_spread)

# %% [markdown]
# The library has it as a network, `MinibatchStd`. With nothing before and behind it:

# %%
from ganlib.models.sets import MinibatchStd

add_spread = MinibatchStd(nn.Identity(), nn.Identity(), slope=1.0)
for name, x in {"data": points.sample(60), "one mode only": points.means[0] + 0.02 * torch.randn(60, 2)}.items():
    print(f"{name:14} the batch's spread: {float(add_spread(x)[0, -1]):.2f}")

# %% [markdown]
# One look at that number, and D knows.

# %% [markdown]
# ## 09-5 · Several pictures in one
#
# PacGAN (Lin et al. 2018) shows D m pictures at once, as the **channels** of one: two real digits differ, two digits of a
# collapsed G are the same. Only D's first layer gets wider.
#
# Write `pack(x, m)`: pictures (N, C, H, W), N a multiple of m → (N/m, m·C, H, W). The first m pictures make the first pack, the
# next m the second; all channels of the first picture come first.

# %%
# EXERCISE: 09-5 (keep this line)
def pack(x, m):
    # BEGIN SOLUTION
    return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.pack(pack)

# %% [markdown]
# The same in torch's own words. Six digits in two packs of three, one pack a row:

# %%
def pack(x, m):
    return x.unflatten(0, (-1, m)).flatten(1, 2)


packs = pack(data.load("digits").images[:6], 3)
print(tuple(packs.shape))
figure, ax = plt.subplots(figsize=(3, 2))
plots.image_grid(ax, packs.flatten(0, 1)[:, None], columns=3, colour=plots.REAL)
plots.show(figure, alt="Two rows of three digits")

# %% [markdown]
# ## A question
#
# Write the letters of all that is true between the quotes, and run the cell. A wrong letter is explained at once, all of
# them when you are right. (If you give up: `explain=True` behind the letters explains all.)

# %% [markdown]
# {{quiz 09-q1}}

# %% tags=["claim-quiz"]
# NBVAL_CHECK_OUTPUT
check.quiz("09-q1", "b")

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("09")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
