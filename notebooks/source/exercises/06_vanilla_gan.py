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
# # 06 · Exercises: the vanilla GAN
#
# {{badges}}
#
# **Question**: can you write the sixteen lines of a GAN from memory, and find the one line that somebody else got wrong?
#
# **You will** write both losses and both steps, train with them, repair a training loop, and answer five questions.
#
# **Read before**: [notebook 06](../06_vanilla_gan.ipynb), sections 5 to 9.
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
from ganlib import check, losses, plots, train
from torch import nn
from torch.nn.functional import softplus

# %% [markdown]
# ## 06-1 · The best detective
#
# Freeze `G`. At some point x the data have the density p, the fakes have the density q. `D` may answer anything between
# 0 and 1 there, and it wants
#
# $$p \log D + q \log (1 - D)$$
#
# to be as large as possible. Set the derivative to zero and solve for D. What should `D` say?
#
# Write `best_D(p, q)`: two tensors of densities, (N,) each, at the same N points → probabilities, (N,).

# %%
# EXERCISE: 06-1 (keep this line)
def best_D(p, q):
    # BEGIN SOLUTION
    return p / (p + q)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.best_D(best_D)

# %% [markdown]
# From here on the notebook uses the formula itself. Look at it once, with data around 1 and fakes around −1:

# %%
x = torch.linspace(-4, 4, 200)
p, q = [torch.distributions.Normal(centre, 1.0).log_prob(x).exp() for centre in (1.0, -1.0)]
figure, ax = plt.subplots(figsize=(7, 2.6))
ax.plot(x, p, color=plots.REAL, label="p, the data")
ax.plot(x, q, color=plots.GAN, label="q, the fakes")
ax.plot(x, (p.log() - q.log()).sigmoid(), color=plots.PLAYER_D, label="the best D")
ax.set(xlabel="x", ylabel="density, probability")
ax.legend()
plots.show(figure, alt="Two bells, data right and fakes left; the best D rises from 0 to 1 and is one half where they cross")

# %% [markdown]
# Where the two bells cross, even the best detective can only guess.

# %% [markdown]
# ## 06-2 · What D minimises
#
# $$\text{loss}_D = -\,\mathbb E_x \log D(x) \;-\; \mathbb E_z \log\bigl(1 - D(G(z))\bigr)$$
#
# You are given **logits**, not probabilities: D(x) is the sigmoid σ of the logit. Two batches, which need not be of the
# same size → one number. It must survive a D that is very sure of itself, a logit of 100 say. Two facts to use:
# −log σ(l) = softplus(−l), and 1 − σ(l) = σ(−l).

# %%
# EXERCISE: 06-2 (keep this line)
def loss_D(logits_real, logits_fake):
    # BEGIN SOLUTION
    return softplus(-logits_real).mean() + softplus(logits_fake).mean()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.loss_D(loss_D)

# %% [markdown]
# We go on with the library's. When D can only guess, it is 2 ln 2:

# %%
loss_D = losses.cross_entropy_D
print(f"{loss_D(torch.zeros(4), torch.zeros(4)):.4f}")

# %% [markdown]
# ## 06-3 · What G minimises
#
# Not the other side of the same coin, but the loss that Goodfellow recommends in practice:
#
# $$\text{loss}_G = -\,\mathbb E_z \log D(G(z))$$
#
# Again from logits.

# %%
# EXERCISE: 06-3 (keep this line)
def loss_G(logits_fake):
    # BEGIN SOLUTION
    return softplus(-logits_fake).mean()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.loss_G(loss_G)

# %% [markdown]
# On we go with the library's. How much gradient reaches G when D is sure that a picture is fake, with this loss and with
# the minimax loss?

# %%
loss_G = losses.non_saturating_G
for name, loss in {"-log D": losses.non_saturating_G, "log(1 - D)": losses.minimax_G}.items():
    logit = torch.tensor([-6.0], requires_grad=True)
    loss(logit).backward()
    print(f"{name:10}: slope {logit.grad.item():+.4f} at a logit of -6")

# %% [markdown]
# That factor of 400 is the whole reason for the recommendation.

# %% [markdown]
# ## 06-4 · One step of D
#
# Write `update_D(G, D, opt_D, x_real, z)`. It makes **one** step of `D` on the real pictures and on the fakes that `G`
# makes of `z`, and returns the loss. `G` learns nothing in this step, and no gradient reaches it either: making one
# would be wasted work, and leftovers are how bugs begin. `D` may come with gradients that another step left in it: they
# must not count. Use `loss_D` from above.

# %%
# EXERCISE: 06-4 (keep this line)
def update_D(G, D, opt_D, x_real, z):
    # BEGIN SOLUTION
    x_fake = G(z).detach()
    loss = loss_D(D(x_real), D(x_fake))
    opt_D.zero_grad()
    loss.backward()
    opt_D.step()
    return loss.detach()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.update_D(update_D)

# %% [markdown]
# From here on, `update_D` is made of the library's step:

# %%
def update_D(G, D, opt_D, x_real, z):
    return train.update_D(G, D, opt_D, x_real, z, losses.non_saturating)[0]


# %% [markdown]
# ## 06-5 · One step of G
#
# Write `update_G(G, D, opt_G, noise)`. `noise()` returns a fresh batch of z each time that you call it; one batch a step
# is enough. `D`'s weights must not change: here the gradient passes *through* D, and `G` alone moves. Use `loss_G`, and
# return the loss.

# %%
# EXERCISE: 06-5 (keep this line)
def update_G(G, D, opt_G, noise):
    # BEGIN SOLUTION
    loss = loss_G(D(G(noise())))
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    return loss.detach()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.update_G(update_G)

# %% [markdown]
# And with the library's step there is a GAN. It is to learn a bell around 3, from 400 rounds:

# %%
def update_G(G, D, opt_G, noise):
    return train.update_G(G, D, opt_G, noise(), losses.non_saturating)


def good_round(G, D, opt_G, opt_D, x_real, noise):
    return update_D(G, D, opt_D, x_real, noise()), update_G(G, D, opt_G, noise)


# %%
def real(n=64):
    return 3 + 0.5 * torch.randn(n, 1)


def noise(n=64):
    return torch.randn(n, 4)


def players():
    torch.manual_seed(0)
    leak = nn.LeakyReLU(0.2)
    G = nn.Sequential(nn.Linear(4, 32), leak, nn.Linear(32, 1))
    D = nn.Sequential(nn.Linear(1, 32), leak, nn.Linear(32, 32), leak, nn.Linear(32, 1), nn.Flatten(0))
    return G, D


def trained(one_round, rounds=400):
    G, D = players()
    opt_G, opt_D = [torch.optim.Adam(net.parameters(), lr=5e-3, betas=(0.5, 0.99)) for net in (G, D)]
    for _ in range(rounds):
        one_round(G, D, opt_G, opt_D, real(), noise)
    return G, D


# %%
@torch.no_grad()
def report(G, D):
    fakes = G(noise(2000))
    print(f"fakes around {fakes.mean():.1f}, spread {fakes.std():.1f}")
    print(f"D says {D(real(2000)).sigmoid().mean():.2f} to real points and {D(fakes).sigmoid().mean():.2f} to fakes")


report(*trained(good_round))

# %% [markdown]
# The fakes sit where the data sit, and D says ½ to both: it can only guess, as 06-1 promised.

# %% [markdown]
# ## 06-6 · Find the bug
#
# Somebody wrote the round below. It looks tidy: every gradient that was used is emptied. It runs without a complaint, and
# the fakes end up near the data. Training loops like it are all over the internet.

# %%
def suspicious_round(G, D, opt_G, opt_D, x_real, noise):
    x_fake = G(noise()).detach()
    value_D = loss_D(D(x_real), D(x_fake))
    value_D.backward()
    opt_D.step()
    opt_D.zero_grad()

    value_G = loss_G(D(G(noise())))
    value_G.backward()
    opt_G.step()
    opt_G.zero_grad()
    return value_D.detach(), value_G.detach()


report(*trained(suspicious_round))

# %% [markdown]
# But D says about ⅔ to everything. A detective who can only guess should say ½! Something keeps pulling D's answers up.
#
# **Hint**: in the second half of the round, which weights does `value_G.backward()` leave a gradient in? Who picks it up?
# (With pen and paper: why exactly ⅔? Add what D then minimises to 06-1, with p = q.)
#
# Copy the round, give it the name `one_round`, and repair it.

# %%
# EXERCISE: 06-6 (keep this line)
def one_round(G, D, opt_G, opt_D, x_real, noise):
    # BEGIN SOLUTION
    x_fake = G(noise()).detach()
    value_D = loss_D(D(x_real), D(x_fake))
    opt_D.zero_grad()
    value_D.backward()
    opt_D.step()

    value_G = loss_G(D(G(noise())))
    opt_G.zero_grad()
    value_G.backward()
    opt_G.step()
    return value_D.detach(), value_G.detach()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.one_round(one_round)

# %% [markdown]
# `ganlib` empties the gradients right before each `backward()`, and freezes D while G learns, so that nothing is left
# behind at all. Either would have been enough.
#
# Why ⅔? The leftover of G's step is the gradient of −log D on fakes. So this D minimises −log D(x) on the data and
# −log(1 − D) **− log D** on the fakes. With p = q that is −2 log D − log(1 − D), which is smallest at D = ⅔.

# %% [markdown]
# ## Questions
#
# Write the letters of all that is true between the quotes, and run the cell. A wrong letter is explained at once, all of
# them when you are right. (If you give up: `explain=True` behind the letters explains all.)

# %% [markdown]
# {{quiz 06-q1}}

# %% tags=["claim-quiz"]
# NBVAL_CHECK_OUTPUT
check.quiz("06-q1", "abd")

# %% [markdown]
# {{quiz 06-q2}}

# %% tags=["claim-quiz"]
# NBVAL_CHECK_OUTPUT
check.quiz("06-q2", "abd")

# %% [markdown]
# {{quiz 06-q3}}

# %% tags=["claim-quiz"]
# NBVAL_CHECK_OUTPUT
check.quiz("06-q3", "abd")

# %% [markdown]
# {{quiz 06-q4}}

# %% tags=["claim-quiz"]
# NBVAL_CHECK_OUTPUT
check.quiz("06-q4", "ab")

# %% [markdown]
# {{quiz 06-q5}}

# %% tags=["claim-quiz"]
# NBVAL_CHECK_OUTPUT
check.quiz("06-q5", "d")

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("06")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
