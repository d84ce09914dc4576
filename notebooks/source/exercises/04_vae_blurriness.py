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
# # 04 · Exercises: what a VAE forgets
#
# {{badges}}
#
# **Question**: can you measure blur, and what is lost in it, so that nobody is misled by the number?
#
# **You will** find the best guess for two kinds of error, repair a table that is six decibels off, weigh the short waves of a
# picture, and measure how much of a detail is left.
#
# **Read before**: [notebook 04](../04_vae_blurriness.ipynb), sections 2, 3 and 8.
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
from ganlib import check, data, plots
from ganlib.metrics import sharpness

digits = data.load("digits")

# %% [markdown]
# ## 04-1 · The best guess
#
# A decoder has to answer one code with one picture, and M different pictures share that code, all equally likely. Which answer
# m costs least on average? Pixels are judged one by one, so think of a single pixel with the values $x_1 \ldots x_M$:
#
# $$\min_m \sum_i (x_i - m)^2 \qquad\text{or}\qquad \min_m \sum_i |x_i - m|$$
#
# Write `best_guess(pictures, loss)`: pictures (M, C, H, W), M odd, and `"squared"` or `"absolute"` → one picture, (C, H, W).

# %%
# EXERCISE: 04-1 (keep this line)
def best_guess(pictures, loss):
    # BEGIN SOLUTION
    return pictures.mean(0) if loss == "squared" else pictures.median(0).values
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.best_guess(best_guess)

# %% [markdown]
# The cell below does the same. Here are seven threes, and the best answer to "some three" by each judge:

# %%
threes = digits.images[digits.labels == 3][:7]
answers = torch.stack([threes.mean(0), threes.quantile(0.5, dim=0)])
figure, ax = plt.subplots(figsize=(6.4, 0.9))
plots.image_grid(ax, torch.cat([threes, answers]), columns=9)
ax.set_title("seven threes · their mean · their median")
plots.show(figure, alt="Seven threes; the mean is a soft ghost, the median is black and white, with ragged edges")

# %% [markdown]
# Neither is anybody's three. The mean hedges with grey; the median decides, pixel by pixel, by majority.

# %% [markdown]
# ## 04-2 · Find the bug: six decibels too few
#
# Squared errors are often reported as a **peak signal-to-noise ratio**, in decibels:
#
# $$\text{PSNR} = 10 \log_{10} \frac{R^2}{\text{mean squared error}}$$
#
# where R is the **range**, the largest possible value minus the smallest. Somebody's table:

# %%
def suspicious_psnr(x, x_hat):
    error = (x - x_hat).square().mean()
    return 10 * torch.log10(1 / error)


x = digits.images[:200]
for sigma in (0.5, 1.0, 2.0):
    print(f"blurred by {sigma} pixels: {suspicious_psnr(x, sharpness.blurred(x, sigma)):.1f} dB")

# %% [markdown]
# Everybody else's table is 6 dB better. Two things are wrong. One is a number: how large can a difference between two of *our*
# pixels be? (Well-known libraries guess the range from the type of the numbers, and guess 2 where people mean 1, or 1 where they
# mean 2.) The other: the table averages errors, and then takes a logarithm. One bad picture hides many good ones.
#
# Write `psnr(x, x_hat)`: pictures with pixels from −1 to 1, (N, C, H, W) each → the PSNR of **each** picture, (N,).

# %%
# EXERCISE: 04-2 (keep this line)
def psnr(x, x_hat):
    # BEGIN SOLUTION
    error = (x - x_hat).square().mean((1, 2, 3))
    return 10 * torch.log10(4 / error)
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.psnr(psnr)

# %% [markdown]
# With R = 2, picture by picture. And a warning: PSNR is nothing but squared error, so it loves a blur. Move a digit by one
# pixel, or blur it:

# %%
def psnr(x, x_hat):
    return -10 * torch.log10(((x - x_hat) / 2).square().flatten(1).mean(1))


moved, soft = x.roll(1, dims=-1), sharpness.blurred(x, 1.0)
print(f"moved by one pixel {psnr(x, moved).mean():.1f} dB, blurred {psnr(x, soft).mean():.1f} dB")

# %% [markdown]
# The moved digit is perfectly sharp, and nobody would notice. The number prefers the blur.

# %% [markdown]
# ## 04-3 · Short waves
#
# A blurred picture lacks **short waves**. `torch.fft.fft2` gives the amplitude of every wave; a wave's number of cycles per
# picture is $|k| = \sqrt{k_1^2 + k_2^2}$, **rounded** to whole cycles, as for the rings of the lecture. What a wave carries of the
# picture's variance is its squared amplitude.
#
# Write `fine_part(x)`: square pictures (N, C, H, H) → for each the share of its **variance** that is in waves of more than
# H/4 cycles, shorter than four pixels; channels count together, (N,). The mean of a channel is no variance. H may be odd.

# %%
# EXERCISE: 04-3 (keep this line)
def fine_part(x):
    # BEGIN SOLUTION
    H = x.shape[-1]
    k = torch.fft.fftfreq(H) * H
    cycles = (k[:, None].square() + k.square()).sqrt().round()
    power = torch.fft.fft2(x - x.mean((2, 3), keepdim=True)).abs().square().sum(1)
    return (power * (cycles > H / 4)).sum((1, 2)) / power.sum((1, 2))
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.fine_part(fine_part)

# %% [markdown]
# The library's, one picture at a time. This number is *not* fooled by the blur, nor by the move:

# %%
def fine_part(x):
    return sharpness.fine_energy(x) / sharpness.ring_energy(x).sum(1)


for name, images in {"digits": x, "moved": moved, "blurred": soft}.items():
    print(f"{name:8} {fine_part(images).mean():6.2%} of the variance in waves shorter than four pixels")

# %% [markdown]
# But noise would fool it, which is nothing but short waves. No single number sees everything.

# %% [markdown]
# ## 04-4 · How much is left of the freckles?
#
# Take a face with freckles and the same face without. Their difference d is the **detail**. Let a VAE rebuild both, and take
# the difference again: that is what it **rebuilt** of the detail, r. Fit r by a multiple of d, as well as possible:
#
# $$\min_c \lVert r - c\, d \rVert^2$$
#
# The best c says how much is left: 1 is all, 0 is nothing, *or something that merely looks like texture*. Set the derivative to
# zero. Then write `detail_left(detail, rebuilt, mask)`: two differences (N, C, H, W) and a mask (N, H, W) of truth values; only
# pixels inside the mask count, all pictures share **one** c → one number.

# %%
# EXERCISE: 04-4 (keep this line)
def detail_left(detail, rebuilt, mask):
    # BEGIN SOLUTION
    inside = mask[:, None]
    return (detail * rebuilt * inside).sum() / (detail.square() * inside).sum()
    # END SOLUTION


# %%
# NBVAL_CHECK_OUTPUT
check.detail_left(detail_left)

# %% [markdown]
# The library's, on faces. Kept as they are, blurred by two pixels, and with somebody else's freckles, just as many and just as
# dark, in other places:

# %%
detail_left = sharpness.retained
faces = data.load("sketch_faces", "test", limit=200)
freckled = faces.take(faces.masks["freckles"].flatten(1).sum(1) > 3)
plain = data.sketch_faces.change(freckled, freckles="no")
d, mask = freckled.images - plain.images, freckled.masks["freckles"]
for name, r in {"kept": d, "blurred": sharpness.blurred(d, 2.0), "somebody else's": d.roll(1, 0)}.items():
    print(f"{name:16} {detail_left(d, r, mask):.0%}")

# %% [markdown]
# A measure of *energy* would have given the last row nearly full marks. That is the difference between being sharp and being
# right.

# %% [markdown]
# ## How far are you?
#
# What you checked is kept beside this notebook, in `check_state.jsonl`: it is still known when you come back tomorrow. Take
# the file along when you move the notebook; a new machine in Colab begins without it.

# %%
check.state("04")

# %% [markdown]
# ## Hand in
#
# Write your name or number between the quotes, take away the `#`, and run the cell. It writes one file with the answers
# that you ran or checked; in Colab it is downloaded. Handing in this notebook itself is just as good.

# %%
# check.hand_in("your name or number")
