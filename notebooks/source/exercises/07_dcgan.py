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
# # 07 · Exercises: DCGAN
#
# {{badges}}
#
# **Question**: do you know what every convolution, every normalisation and every mode of a DCGAN does, well enough to see
# when one of them is wrong?
#
# **You will** predict the sizes of maps, draw the first weights, average a generator, sample from it without harm, and
# find a bug that many published GANs share.
#
# **Read before**: [notebook 07](../07_dcgan.ipynb).
#
# **Time**: 5 s on two cores to run; an hour to write. A GPU changes nothing.
#
# **How it works.** Replace `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. The check
# says what is wrong, not only that something is. If you are stuck, go on: after each exercise the notebook uses
# `ganlib`'s own version, so the rest works without yours.

# %% tags=["setup"]

# %%
import copy

import matplotlib.pyplot as plt
import torch
from ganlib import check, plots
from ganlib.models import DCGANGenerator, generate
from ganlib.models.dcgan import init_dcgan
from torch import nn

# %% [markdown]
# ## 07-1 · How large is the map behind a layer?
#
# A **convolution** lays its kernel on the map, padded with zeros on *both* sides, and moves it on by `stride` pixels each
# time. It gives one number for each place where the kernel fits. A **transposed convolution** goes the other way: each
# pixel *stamps* its kernel, the stamps are `stride` pixels apart, and `padding` pixels are cut off from both sides.
#
# Count, then write `side_after(side, kernel, stride, padding, transposed)` → the side of the map behind the layer, a whole
# number. Draw seven pixels in a row and a kernel of three if you get lost.

# %%
# EXERCISE: 07-1 (keep this line)
def side_after(side, kernel, stride, padding, transposed):
    # BEGIN SOLUTION
    if transposed:
        return (side - 1) * stride + kernel - 2 * padding
    return (side + 2 * padding - kernel) // stride + 1
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.side_after(side_after)

# %% [markdown]
# From here on we let `ganlib`'s networks do the counting. Kernel 4, stride 2, padding 1 is DCGAN's layer because it
# halves and doubles exactly:

# %%
x, sides = torch.zeros(1, 1, 32, 32), [32]
for layer in 3 * [nn.Conv2d(1, 1, 4, 2, 1)] + 3 * [nn.ConvTranspose2d(1, 1, 4, 2, 1)]:
    x = layer(x)
    sides.append(x.shape[-1])
print(" → ".join(map(str, sides)))

# %% [markdown]
# ## 07-2 · The first weights
#
# Radford et al. (2016) start from small random weights: those of every convolution, transposed or not, from a normal
# distribution with mean 0 and **standard deviation** 0.02. What batch normalisation multiplies by, its `weight`, comes from
# a normal distribution with mean 1 and standard deviation 0.02. All biases are 0.
#
# Write `init_weights(network)`. It changes the network's weights in place and returns nothing. The layers may be
# anywhere inside of the network: `network.modules()` walks through all of them.

# %%
# EXERCISE: 07-2 (keep this line)
def init_weights(network):
    # BEGIN SOLUTION
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.zeros_(layer.bias)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.init_weights(init_weights)

# %% [markdown]
# From here on, `ganlib.models.dcgan.init_dcgan` does it. Here is a generator with its first weights:

# %%
torch.manual_seed(0)
G = init_dcgan(DCGANGenerator(16, [32, 16, 8], (1, 32, 32)))
figure, ax = plt.subplots(figsize=(7, 1.1))
plots.image_grid(ax, generate(G, torch.randn(10, 16)), columns=10, colour=plots.GAN, title="before any training")
plots.show(figure, alt="Ten nearly uniform grey pictures")

# %% [markdown]
# ## 07-3 · An average of the generator
#
# The last step of a GAN is no better than the step before it. So one keeps a second generator, whose weights follow those
# of G slowly (an exponential moving average):
#
# $$\bar w \;\leftarrow\; \text{decay} \cdot \bar w + (1 - \text{decay}) \cdot w$$
#
# Write `ema_update(G_ema, G, decay)`. It moves all **parameters** of `G_ema` in place. **Buffers**, such as batch norm's
# running mean and variance, are averages already: copy them. `G` stays as it is.

# %%
# EXERCISE: 07-3 (keep this line)
def ema_update(G_ema, G, decay):
    # BEGIN SOLUTION
    with torch.no_grad():
        for average, now in zip(G_ema.parameters(), G.parameters()):
            average.mul_(decay).add_((1 - decay) * now)
        for average, now in zip(G_ema.buffers(), G.buffers()):
            average.copy_(now)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.ema_update(ema_update)

# %% [markdown]
# `ganlib`'s `Training(..., ema=0.995)` does the same after each step of G, and `training.best_G` is the average. How much of
# the very first weights is left in it after n steps? decayⁿ:

# %%
for decay in (0.9, 0.99, 0.995):
    print(f"decay {decay}: after 100 steps {decay**100:.0%}, after 1000 {decay**1000:.0%}")

# %% [markdown]
# ## 07-4 · Sampling without harm
#
# You want to look at samples in the middle of a training. Write `sample(G, z)` → x. It uses batch norm's *running*
# statistics, so that a sample does not depend on what else is in the batch, and its dropout drops nothing; it builds no
# graph; and it leaves no trace: afterwards G is in the mode, training or not, in which it was before.

# %%
# EXERCISE: 07-4 (keep this line)
def sample(G, z):
    # BEGIN SOLUTION
    was_training = G.training
    G.eval()
    with torch.no_grad():
        x = G(z)
    G.train(was_training)
    return x
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.sample(sample)

# %% [markdown]
# From here on, `ganlib.models.generate`. What happens without `eval()`? The same z, once among its neighbours and once
# among others:

# %%
z, others = torch.randn(1, 16), torch.randn(20, 16)
with torch.no_grad():
    alone = [copy.deepcopy(G)(torch.cat([z, rest]))[0] for rest in (others[:10], others[10:])]
calm = [generate(G, torch.cat([z, rest]))[0] for rest in (others[:10], others[10:])]
print(f"largest difference of a pixel: in training mode {(alone[0] - alone[1]).abs().max():.4f}, "
      f"in eval mode {(calm[0] - calm[1]).abs().max():.4f}")  # fmt: skip

# %% [markdown]
# In training mode a picture depends on the company that it keeps.

# %% [markdown]
# ## 07-5 · Find the bug
#
# This block has been copied from one collection of GANs to the next for years. Somebody translated it from Keras, where it
# said `BatchNormalization(momentum=0.8)`. In a new DCGAN, a stack of four of these nearly goes silent:

# %%
def suspicious_block(channels_in, channels_out):
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out, 0.8),
        nn.ReLU(),
    )


def loudness(block):
    torch.manual_seed(0)
    x, spreads = torch.randn(16, 16, 2, 2), []
    for _ in range(4):
        x = init_dcgan(block(16, 16))(x)
        spreads.append(f"{x.std():.3f}")
    return ", ".join(spreads)


print("spread behind each block:", loudness(suspicious_block))

# %% [markdown]
# Batch normalisation exists so that this number stays near one. (Half of a normal distribution, after ReLU, has 0.58.)
#
# Write `up_block(channels_in, channels_out)`, the block as it was meant. Two things to look up: what is the second
# argument of `nn.BatchNorm2d`? And which share does *momentum* mean in Keras, and which in torch?

# %%
# EXERCISE: 07-5 (keep this line)
def up_block(channels_in, channels_out):
    # BEGIN SOLUTION
    return nn.Sequential(
        nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out, momentum=0.2),
        nn.ReLU(),
    )
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.up_block(up_block)

# %% [markdown]
# The blocks of the library's generator, from its first weights:

# %%
torch.manual_seed(0)
x, spreads = torch.randn(16, 16), []
for layer in init_dcgan(DCGANGenerator(16, [16, 16, 16, 16], (1, 32, 32))).layers:
    x = layer(x)
    spreads += [f"{x.std():.3f}"] if isinstance(layer, nn.ReLU) else []
print("spread behind each block:", ", ".join(spreads))

# %% [markdown]
# The second positional argument is **eps**, the small number that keeps the division from failing. At 0.8 it is not small:
# maps whose variance is far below 0.8, as all are at first, are not normalised but left as faint as they were. Nothing
# fails; the GAN just learns badly. Name your arguments.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("07")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
