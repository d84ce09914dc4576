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
# # 08 · Exercises: conditional GANs
#
# {{badges}}
#
# **Question**: how does a network get to know what is wanted of it, and how does one find out whether it listens?
#
# **You will** bring a label into G and into D, draw labels, count obedience, write the loss of pix2pix, and find out why a
# generator does not listen.
#
# **Read before**: [notebook 08](../08_conditional_gan.ipynb), sections 2 to 8.
#
# **Time**: 10 s on two cores to run; an hour or two to write. A GPU changes nothing.
#
# **How it works.** Replace `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. The check
# says what is wrong, not only that something is. If you are stuck, go on: after each exercise the notebook uses
# `ganlib`'s own version, so the rest works without yours.

# %% tags=["setup"]

# %%
import matplotlib.pyplot as plt
import torch
from ganlib import check, losses, plots
from torch import nn
from torch.nn.functional import one_hot, softplus

# %% [markdown]
# ## 08-1 · Tell G what to draw
#
# A label is a name, not a quantity: a 4 is not half-way from a 3 to a 5. So it goes in as `classes` numbers, all zero but
# for a one in the label's place.
#
# Write `append_label(z, y, classes)`: z (N, z_dim), labels y (N,), whole numbers from 0 to classes − 1 → (N, z_dim +
# classes), z first.

# %%
# EXERCISE: 08-1 (keep this line)
def append_label(z, y, classes):
    # BEGIN SOLUTION
    return torch.cat([z, one_hot(y, classes)], 1)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.append_label(append_label)

# %% [markdown]
# From here on, `ganlib`'s conditional networks append the label themselves: `G(z, y)`.

# %% [markdown]
# ## 08-2 · Tell D what was asked for
#
# `D` must hear the label too, or nobody would notice if G did not obey. A picture has channels; the label becomes
# `classes` more of them, as large as the picture: empty planes, and a full one in the label's place.
#
# Write `append_planes(x, y, classes)`: x (N, C, H, W), y (N,) → (N, C + classes, H, W), the picture first.

# %%
# EXERCISE: 08-2 (keep this line)
def append_planes(x, y, classes):
    # BEGIN SOLUTION
    planes = one_hot(y, classes)[:, :, None, None].expand(-1, -1, *x.shape[2:])
    return torch.cat([x, planes], 1)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.append_planes(append_planes)

# %% [markdown]
# From here on, `ganlib`'s `D(x, y)` does it. Why not a single plane of brightness y / 9? Because a convolution would have to
# tell "0.44" from "0.56"; a plane of its own is on or off.

# %% [markdown]
# ## 08-3 · Ask for every digit
#
# In G's step the labels are drawn by lot. Write `random_labels(n, classes)` → a tensor (n,) of whole numbers (`torch.long`, as
# `one_hot` wants them), each class equally often, whatever came before. One line, and one of the most popular bugs there are.

# %%
# EXERCISE: 08-3 (keep this line)
def random_labels(n, classes):
    # BEGIN SOLUTION
    return torch.randint(classes, (n,))
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.random_labels(random_labels)

# %% [markdown]
# The notebook goes on with labels that are all there in equal numbers. A trained conditional GAN would show you nothing of
# the bug but one bad row in ten in the next exercise's table.

# %% [markdown]
# ## 08-4 · Does it obey?
#
# A classifier reads each sample. Write `confusion(asked, read, classes)`: two tensors of labels, (N,) each → a table
# (classes, classes) whose row i and column j says how often **i was asked for and j was read**. Counts, not shares.

# %%
# EXERCISE: 08-4 (keep this line)
def confusion(asked, read, classes):
    # BEGIN SOLUTION
    counts = torch.zeros(classes, classes, dtype=torch.long)
    for i, j in zip(asked, read):
        counts[i, j] += 1
    return counts
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.confusion(confusion)

# %% [markdown]
# From here on, scikit-learn's. Suppose a generator obeys in 80 % of its samples, and draws something else at random
# otherwise, except that it takes every 9 for a 4:

# %%
from sklearn.metrics import confusion_matrix

asked = torch.arange(10).repeat(200)
read = torch.where(torch.rand(2000) < 0.8, asked, torch.randint(10, (2000,)))
read[asked == 9] = 4
counts = confusion_matrix(asked, read)
figure, ax = plt.subplots(figsize=(3.6, 3.4))
ax.imshow(counts, cmap="Greens")
ax.set(xlabel="read", ylabel="asked", xticks=range(10), yticks=range(10))
plots.show(figure, alt="A table with a dark diagonal, but for the last row, whose dark place is in column 4")

# %% [markdown]
# Its obedience is still over 70 %. The row of the nines tells the story; the average does not.

# %% [markdown]
# ## 08-5 · Fool D, and stay near the target
#
# In pix2pix the condition is a picture, and for each there is a target to come close to. Isola et al. (2017) add the
# two wishes up:
#
# $$\text{loss}_G = -\,\mathbb E \log D \;+\; \lambda\, \mathbb E\,\lvert x_{\text{fake}} - x_{\text{target}} \rvert$$
#
# `D` gives a logit for each **patch** of the picture, so its logits are (N, P); their mean is over everything. The mean
# distance is over all pixels. Write `pix2pix_loss_G(logits_fake, x_fake, x_target, weight)` → one number, with λ = `weight`.

# %%
# EXERCISE: 08-5 (keep this line)
def pix2pix_loss_G(logits_fake, x_fake, x_target, weight):
    # BEGIN SOLUTION
    distance = (x_fake - x_target).abs().mean()
    return softplus(-logits_fake).mean() + weight * distance
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.pix2pix_loss_G(pix2pix_loss_G)

# %% [markdown]
# We go on with `ganlib.losses`. Why |…| and not a square? Suppose one pixel is black in 7 pictures of 10 and white in 3, and G
# cannot know which. What is the best guess?

# %%
targets = torch.tensor([-1.0] * 7 + [1.0] * 3)
guesses = torch.linspace(-1, 1, 201)
for name, cost in {"squares": lambda d: d.square(), "absolute": lambda d: d.abs()}.items():
    best = guesses[cost(guesses[:, None] - targets).mean(1).argmin()]
    print(f"{name:9} best guess {best:+.2f}")

# %% [markdown]
# The square wants the mean, a grey that occurs in no picture; the absolute value wants the median, here a clean black. That is
# sharper, but still the same answer every time. What is left to decide, D decides.

# %% [markdown]
# ## 08-6 · Find the bug
#
# A GAN on three classes in the plane: class 0 lies to the left, 1 at the top, 2 to the right. Somebody wrote G's step. The
# points that it makes lie in the right *places*:

# %%
centres = torch.tensor([[-2.0, 0.0], [0.0, 2.0], [2.0, 0.0]])


class Labelled(nn.Module):
    def __init__(self, width_in, width_out, last):
        super().__init__()
        layers = [nn.Linear(width_in + 3, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(64, width_out), last)

    def forward(self, x, y):
        return self.layers(torch.cat([x, one_hot(y, 3)], 1))


def noise(n=128):
    return torch.randn(n, 4)


def labels(n=128):
    return torch.arange(n)[torch.randperm(n)] % 3


# %%
def trained(step_of_G, steps=400):
    torch.manual_seed(0)
    G, D = Labelled(4, 2, nn.Identity()), Labelled(2, 1, nn.Flatten(0))
    opt_G, opt_D = [torch.optim.Adam(net.parameters(), lr=3e-3, betas=(0.5, 0.99)) for net in (G, D)]
    for _ in range(steps):
        y = labels()
        x_real = centres[y] + 0.3 * torch.randn(len(y), 2)
        loss_D = losses.cross_entropy_D(D(x_real, y), D(G(noise(), y).detach(), y))
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        step_of_G(G, D, opt_G, noise, labels)
    return G


@torch.no_grad()
def obedience(G):
    y = labels(3000)
    nearest = torch.cdist(G(noise(3000), y), centres).argmin(1)
    return (nearest == y).float().mean().item()


# %%
def suspicious_step(G, D, opt_G, noise, labels):
    x_fake = G(noise(), labels())
    loss = softplus(-D(x_fake, labels())).mean()
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    return loss.detach()


print(f"obedience {obedience(trained(suspicious_step)):.0%}; by chance it would be 33 %")

# %% [markdown]
# But it does not listen. Write `obeying_step(G, D, opt_G, noise, labels)`, the same step without the bug. `noise()` and
# `labels()` return a fresh batch each time that they are called. All else in the step is right: old gradients, for instance,
# are emptied before new ones are made.

# %%
# EXERCISE: 08-6 (keep this line)
def obeying_step(G, D, opt_G, noise, labels):
    # BEGIN SOLUTION
    y = labels()
    loss = softplus(-D(G(noise(), y), y)).mean()
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    return loss.detach()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.obeying_step(obeying_step)

# %% [markdown]
# With `ganlib`'s step. `Given(G, y)` is G with its label fixed, and D's is fixed in the same breath:

# %%
from ganlib.train import Given, update_G


def ganlib_step(G, D, opt_G, noise, labels):
    y = labels()
    return update_G(Given(G, y), Given(D, y), opt_G, noise(), losses.non_saturating)


print(f"obedience {obedience(trained(ganlib_step)):.0%}")


# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("08")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
