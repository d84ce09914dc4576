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
# # 05 · Exercises: toy faces
#
# {{badges}}
#
# **Question**: can you write a whole GAN, derivatives included, with nothing but NumPy?
#
# **You will** write both neurons' answers, errors and slopes, and find two bugs in somebody else's step.
#
# **Read before**: [notebook 05](../05_toy_faces.ipynb). Paper and a pencil help.
#
# **Time**: 5 s on two cores to run; an hour or two to write. A GPU changes nothing.
#
# **How it works.** Replace `# YOUR CODE HERE` and the line below it, run the cell, then run the check below it. The check
# says what is wrong, not only that something is. If you are stuck, go on: after each exercise the notebook has its own
# version, so the rest works without yours.

# %% tags=["setup"]

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from ganlib import check, plots


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


# %% [markdown]
# ## 05-1 · One neuron that knows a face
#
# Four pixels `x`, four weights `w`, one bias `b`:
#
# $$D(x) = \sigma(w_1 x_1 + w_2 x_2 + w_3 x_3 + w_4 x_4 + b)$$
#
# Write `toy_D(x, w, b)`: NumPy arrays of four numbers each, and a number → a probability.

# %%
# EXERCISE: 05-1 (keep this line)
def toy_D(x, w, b):
    # BEGIN SOLUTION
    return sigmoid(w @ x + b)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.toy_D(toy_D)

# %% [markdown]
# From here on the notebook uses its own version of D. (It hides it in torch, so that there is still something left to
# write.) The lecture's weights, a face, and the picture that is none:

# %%
def D(x, w, b):
    return torch.sigmoid(torch.as_tensor(x) @ torch.as_tensor(w) + b).numpy()


w, b = np.array([1.0, -1.0, -1.0, 1.0]), -1.0
face, no_face = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.25, 1.0, 0.5, 0.75])
print(f"face: {D(face, w, b):.2f}, not a face: {D(no_face, w, b):.2f}")

# %% [markdown]
# ## 05-2 · How wrong is each player?
#
# `D` answered `p_real` to a real face and `p_fake` to a picture that `G` made. Write `errors(p_real, p_fake)`: it returns
# **two** numbers, D's error on both pictures together, and G's error. For G take the one of section 4, which is steep
# where G is bad. Natural logarithms.

# %%
# EXERCISE: 05-2 (keep this line)
def errors(p_real, p_fake):
    # BEGIN SOLUTION
    error_D = -np.log(p_real) - np.log(1 - p_fake)
    error_G = -np.log(p_fake)
    return error_D, error_G
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.errors(errors)

# %% [markdown]
# From here on, errors come as curves. Before you look: at which answer p to a fake do the two players suffer equally?

# %%
p = np.linspace(0.01, 0.99, 99)
figure, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(p, np.log(1 / (1 - p)), color=plots.PLAYER_D, label="D's error on a fake")
ax.plot(p, np.log(1 / p), color=plots.PLAYER_G, label="G's error on it")
ax.set(xlabel="p = D's answer to the fake", ylabel="error (nats)")
ax.legend()
plots.show(figure, alt="D's error rises with p, G's falls; they cross at one half")

# %% [markdown]
# At ½, where both are ln 2.

# %% [markdown]
# ## 05-3 · Which way should D turn its weights?
#
# One real face and one fake. D's error is
#
# $$E_D = -\ln D(x_{\text{real}}) - \ln\bigl(1 - D(x_{\text{fake}})\bigr)$$
#
# Work out its slopes with the chain rule, on paper. They are shorter than they look, because something cancels. Then
# write `slopes_D(x_real, x_fake, w, b)`, which returns the slope for `w` (four numbers) and the slope for `b` (one).

# %%
# EXERCISE: 05-3 (keep this line)
def slopes_D(x_real, x_fake, w, b):
    # BEGIN SOLUTION
    miss_real = 1 - D(x_real, w, b)
    miss_fake = D(x_fake, w, b)
    return miss_fake * x_fake - miss_real * x_real, miss_fake - miss_real
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.slopes_D(slopes_D)

# %% [markdown]
# From here on the notebook asks autograd for these slopes. It knows nothing of our algebra, and agrees with it:

# %%
def auto_slopes_D(x_real, x_fake, w, b):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(float(b), requires_grad=True, dtype=torch.float64)
    p_real, p_fake = [torch.sigmoid(torch.tensor(x) @ w + b) for x in (x_real, x_fake)]
    (-p_real.log() - (1 - p_fake).log()).backward()
    return w.grad.numpy(), b.grad.item()


of_w, of_b = auto_slopes_D(face, no_face, w, b)
print("slope for w", of_w.round(2), "and for b", round(of_b, 2))

# %% [markdown]
# ## 05-4 · Which way should G turn its weights?
#
# $$x_i = \sigma(v_i z + c_i), \qquad p = \sigma\Bigl(\sum_i w_i x_i + b\Bigr), \qquad E_G = -\ln p$$
#
# The error starts behind D and has to travel back *through* D into G: five slopes to multiply. Write
# `slopes_G(z, v, c, w, b)`, which returns the slope for `v` and the slope for `c`, four numbers each. `z` is a number.

# %%
# EXERCISE: 05-4 (keep this line)
def slopes_G(z, v, c, w, b):
    # BEGIN SOLUTION
    x = sigmoid(v * z + c)
    p = sigmoid(w @ x + b)
    slope_c = -(1 - p) * w * x * (1 - x)
    return slope_c * z, slope_c
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.slopes_G(slopes_G)

# %% [markdown]
# From here on, autograd does this one, too. Notice in your formula what happens to a pixel that is already black or white
# (x near 1 or 0), and to all of them when D is fooled (p near 1).

# %% [markdown]
# ## 05-5 · Find the bugs
#
# The step of D below was written by somebody in a hurry. It seems to work: the error falls. But the film of the
# weights, which keeps `w` after each step, shows the same frame all over. There is a second bug, which no picture shows.

# %%
def suspicious_step(x_real, x_fake, w, b, rate):
    w -= rate * auto_slopes_D(x_real, x_fake, w, b)[0]
    b -= rate * auto_slopes_D(x_real, x_fake, w, b)[1]
    return w, b


# %%
w, b, film = np.zeros(4), 0.0, []
for _ in range(4):
    w, b = suspicious_step(face, no_face, w, b, rate=0.5)
    film.append(w)
print("w in the film's four frames:", *[frame.round(2) for frame in film], sep="\n")

# %% [markdown]
# Write `step_D(x_real, x_fake, w, b, rate)` without either bug. It returns the new `w` and the new `b`: one step against
# the slopes **at the place where D is now**. You may use `auto_slopes_D`.

# %%
# EXERCISE: 05-5 (keep this line)
def step_D(x_real, x_fake, w, b, rate):
    # BEGIN SOLUTION
    of_w, of_b = auto_slopes_D(x_real, x_fake, w, b)
    return w - rate * of_w, b - rate * of_b
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.step_D(step_D)

# %% [markdown]
# `ganlib` and torch keep to the same order: `backward()` takes *all* slopes at one place, `step()` moves everything at once,
# and whoever keeps a film copies the numbers. An array that is changed in place changes for everybody who holds it.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("05")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
