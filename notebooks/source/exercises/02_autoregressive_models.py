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
# # 02 · Exercises: autoregressive models
#
# {{badges}}
#
# **Question**: can you turn guesses about single pixels into the probability of a picture, and guesses into a picture,
# without ever peeking?
#
# **You will** sum up a likelihood, change its unit, build a mask, repair a layer that starts to peek in the middle of its
# training, and repair a sampler that always draws the same.
#
# **Read before**: [notebook 02](../02_autoregressive_models.ipynb), sections 1 to 4.
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
from ganlib import autoregressive as ar
from ganlib import check, data, likelihood, models, plots, pretrained
from torch import nn

# %% [markdown]
# ## 02-1 · A picture costs what its pixels cost
#
# A network has looked at N pictures of H×W pixels. Each pixel has one of L grey levels, and for each pixel the network gives
# L **logits**: the softmax over them is its guess, made from earlier pixels only. The chain rule says
#
# $$-\log p(x) = -\sum_{t} \log p(x_t \mid x_{<t})$$
#
# Write `picture_nll(logits, levels)`: logits (N, L, H, W) and the levels that the pixels really have, integers (N, H, W) →
# nats of **each picture**, (N,). It must survive logits in the hundreds, and gradients must reach the logits.

# %%
# EXERCISE: 02-1 (keep this line)
def picture_nll(logits, levels):
    # BEGIN SOLUTION
    return F.cross_entropy(logits, levels, reduction="none").sum((1, 2))
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.picture_nll(picture_nll)

# %% [markdown]
# On we go with a few lines of the library's. A model that knows nothing gives all 256 levels of all 28×28 pixels the same
# logit. What does a picture cost it?

# %%
def picture_nll(logits, levels):
    return -logits.log_softmax(1).gather(1, levels[:, None])[:, 0].sum((1, 2))


clueless = torch.zeros(1, 256, 28, 28)
nats = picture_nll(clueless, torch.zeros(1, 28, 28, dtype=torch.long))
print(f"{float(nats):,.0f} nats = 784 · ln 256")

# %% [markdown]
# ## 02-2 · Nats a picture, bits a dimension
#
# One paper says 81 nats, another 2.9 bits a dimension. They can't be compared before somebody has changed the unit. A
# **dimension** is one number of the picture, C·H·W of them. A **bit** is what it takes to tell apart two things that are
# equally likely, ln 2 nats.
#
# Write `bits_per_dimension(nats, shape)`: −log p(x) of some pictures in nats, (N,), and their shape (C, H, W) → (N,).

# %%
# EXERCISE: 02-2 (keep this line)
def bits_per_dimension(nats, shape):
    # BEGIN SOLUTION
    return nats / (math.prod(shape) * math.log(2))
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.bits_per_dimension(bits_per_dimension)

# %% [markdown]
# The library's takes log p(x) and works for densities, too. The clueless model needs a whole byte for each pixel, as it must:

# %%
def bits_per_dimension(nats, shape):
    return likelihood.bits_per_dimension(-nats, math.prod(shape), level_width=1)


print(f"{float(bits_per_dimension(nats, (1, 28, 28))):.2f} bits a dimension")

# %% [markdown]
# ## 02-3 · What may be seen
#
# A convolution looks at a square of k×k pixels, k odd, and its weights for **later** pixels must be zero. Reading order: row by
# row, left to right. The pixel itself stands in the middle.
#
# Write `causal_mask(kind, kernel)`: `"A"` or `"B"`, and k → a (k, k) tensor, 1 where a weight stays and 0 where it is
# hidden. Type A hides the middle, too; type B keeps it.

# %%
# EXERCISE: 02-3 (keep this line)
def causal_mask(kind, kernel):
    # BEGIN SOLUTION
    middle = kernel // 2
    mask = torch.ones(kernel, kernel)
    mask[middle, middle + (kind == "B") :] = 0
    mask[middle + 1 :] = 0
    return mask
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.causal_mask(causal_mask)

# %% [markdown]
# From here on, the mask is the library's:

# %%
def causal_mask(kind, kernel):
    return models.pixelcnn.MaskedConv2d(kind, 1, 1, kernel).mask.view(kernel, kernel)


print(causal_mask("A", 5).int(), causal_mask("B", 5).int(), sep="\n")

# %% [markdown]
# ## 02-4 · Find the bug: too good to be true
#
# Somebody's masked convolution. The weights on later pixels are set to zero when the layer is made. Then it is an ordinary
# convolution. What could go wrong?

# %%
class SuspiciousConv2d(nn.Conv2d):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        self.weight.data *= causal_mask(kind, kernel)


torch.manual_seed(0)
network = nn.Sequential(SuspiciousConv2d("A", 1, 16, 3), nn.ReLU(), SuspiciousConv2d("B", 16, 1, 3)).double()

# %% [markdown]
# Let it learn 3×3 snippets of digits in ink and paper. There are 512 such pictures, so we can add up *all* the
# probabilities, before and after.

# %%
every = torch.cartesian_prod(*9 * [torch.tensor([-1.0, 1.0])]).view(512, 1, 3, 3).double()
digits = ar.binarise(data.load("digits").resized(16).images[:300]).double()
snippets = F.unfold(digits, 3).transpose(1, 2).reshape(-1, 1, 3, 3)


def report(network):
    cost, total = ar.nll(network, snippets).mean(), (-ar.nll(network, every)).exp().sum()
    print(f"a snippet costs {cost:.1f} nats; all probabilities add up to {total:.1f}")


report(network)
for _ in ar.fit(network, snippets, 200, batch_size=128):
    pass
report(network)

# %% [markdown]
# The loss is splendid. And the "probabilities" of all pictures add up to far more than 1.
#
# **Hint**: what is the gradient of the loss for a weight that happens to be zero? What does the optimiser do with it?
#
# Write the layer again, as `CausalConv2d`, so that it stays honest whatever an optimiser does, and whatever weights are loaded
# into it. It must be an `nn.Module` with a `weight` (out, in, k, k) and a `bias` (out,), and keep the height and width of
# its input. `causal_mask` is there for you.

# %%
# EXERCISE: 02-4 (keep this line)
class CausalConv2d(nn.Conv2d):
    def __init__(self, kind, channels_in, channels_out, kernel):
        # BEGIN SOLUTION
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        self.register_buffer("mask", causal_mask(kind, kernel))
        # END SOLUTION

    def forward(self, x):
        # BEGIN SOLUTION
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)
        # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.CausalConv2d(CausalConv2d)

# %% [markdown]
# The library's layer multiplies by its mask in every forward pass. Its loss is worse, and true:

# %%
CausalConv2d = models.pixelcnn.MaskedConv2d
torch.manual_seed(0)
network = nn.Sequential(CausalConv2d("A", 1, 16, 3), nn.ReLU(), CausalConv2d("B", 16, 1, 3)).double()
for _ in ar.fit(network, snippets, 200, batch_size=128):
    pass
report(network)

# %% [markdown]
# ## 02-5 · Find the bug: always the same digit
#
# A good network ships with the course. Somebody draws with it, pixel by pixel, in reading order, 1 for ink and −1 for paper:

# %%
best = pretrained.load("digits-pixelcnn")


@torch.no_grad()
def suspicious_draw(network, u):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i in range(u.shape[1]):
        for j in range(u.shape[2]):
            p = network(x)[:, 0, i, j].sigmoid()
            x[:, 0, i, j] = torch.where(p > 0.5, 1.0, -1.0)
    return x


# %%
u = torch.rand(8, 16, 16, generator=torch.Generator().manual_seed(0))
figure, ax = plt.subplots(figsize=(6, 0.9))
plots.image_grid(ax, suspicious_draw(best, u), columns=8)
plots.show(figure, alt="Eight pictures that are all the same")

# %% [markdown]
# Eight times the same. Each pixel was given its most likely value, and yet the result is not a likely picture.
#
# Write `draw(network, u)`: u holds one uniform random number between 0 and 1 for each pixel of each picture, (N, H, W). A pixel
# becomes ink if its number lies below the probability of ink. The pictures, (N, 1, H, W), need not be square. The network
# returns **logits** of ink, (N, 1, H, W).

# %%
# EXERCISE: 02-5 (keep this line)
@torch.no_grad()
def draw(network, u):
    # BEGIN SOLUTION
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i in range(u.shape[1]):
        for j in range(u.shape[2]):
            p = network(x)[:, 0, i, j].sigmoid()
            x[:, 0, i, j] = torch.where(u[:, i, j] < p, 1.0, -1.0)
    return x
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.draw(draw)

# %% [markdown]
# And the library's, which keeps what it has computed for earlier pixels:

# %%
figure, ax = plt.subplots(figsize=(6, 0.9))
plots.image_grid(ax, ar.sample(best, u).images, columns=8)
plots.show(figure, alt="Eight different pictures, most of them digits")

# %% [markdown]
# The most likely value of everything is not a typical example of anything. The same bug makes language models repeat
# themselves, where it is called *greedy decoding*.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("02")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
