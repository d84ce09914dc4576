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
# # 00 · Start here
#
# {{badges}}
#
# **Question**: what is a generative model, and what does it feel like to hold one in your hands?
#
# **You will see** a network that draws digits which nobody ever wrote; sliders that change them while you look; a map of
# the whole course; and what your machine can do.
#
# **Read before**: nothing. Python, and an idea of what a neural network is, will do.
#
# **Time**: 10 s on two cores, the same on a GPU. No network is needed, now or later.

# %% tags=["setup"]

# %% [markdown]
# The line above says which device the course will use. If something goes wrong, the last section of this page collects
# what whoever helps you will want to know.
#
# ## 1 · Digits that nobody wrote
#
# A **generative model** has seen examples of something, here 1,297 handwritten digits, and makes more of it. This one is
# half of a GAN, the *generator* `G`. It was trained in notebook 06, and it ships with the course:

# %%
import torch
from ganlib import plots, pretrained
from ganlib.models import generate

G = pretrained.load("digits-mlp", device=device)
z = torch.randn(60, G.z_dim, device=device)  # sixty points in a space of 64 dimensions
x = generate(G, z)  # sixty pictures
print("z", tuple(z.shape), "→ x", tuple(x.shape))

# %%
import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(8, 2.5))
plots.image_grid(ax, x, columns=15, colour=plots.GAN, title="drawn by G")
plots.show(figure, alt="Sixty digits drawn by the generator, most of them clear, a few of them between two digits")

# %% [markdown]
# Nothing here was looked up: each picture is computed from 64 random numbers, its **z**. Run the two cells again and
# you get sixty others. Some are poor. How one measures that honestly is a large part of this course.
#
# ## 2 · Move z
#
# The numbers in z are the model's whole imagination, and you can hold them. Each slider below pushes the z of *every*
# picture in the same direction; the directions are the ones along which the pictures change most.
#
# **Predict** before you touch anything: if you push a 3 a little, does it become another 3, another digit, or noise? And
# do all 64 pictures change in the same way? Then drag. Click a picture to see it large.

# %%
from ganlib.widgets import LatentExplorer

explorer = LatentExplorer(G)
explorer

# %% [markdown]
# Small pushes change the handwriting; larger ones walk from one digit to another, *through* shapes that are neither. There
# is no gap between the digits in z: the model has laid them out in one connected space. Notebook 10 walks through it.

# %% [markdown]
# A slider is nothing mysterious: it adds a multiple of a direction to z. In two lines, for the first slider:

# %%
pushes = torch.linspace(-4, 4, 15, device=device)[:, None]
pushed = generate(G, z[:1] + pushes * explorer.directions[0].to(device))
figure, ax = plt.subplots(figsize=(8, 0.9))
plots.image_grid(ax, pushed, columns=15, colour=plots.GAN, title="one z, pushed from −4 to 4 along the first slider's direction")
plots.show(figure, alt="Fifteen pictures in a row: one digit changes shape step by step from left to right")

# %% [markdown]
# ## 3 · The map
#
# All generative models want the same thing, samples distributed like the data. They differ in what they can *say* about
# p(x), the probability of a picture. (Written so far: 00, 05 and 06. The map shows where the others go.)
#
# | family | what it can say about p(x) | price | notebooks |
# | --- | --- | --- | --- |
# | **explicit, tractable** | its exact value | slow sampling, or restricted networks | 02 autoregressive, 12 flows |
# | **explicit, approximate** | a bound, or an estimate by sampling | blur; the bound may be loose | 01 likelihood models, 03 VAE, 04 blurriness |
# | **implicit** | nothing: it only draws samples | training is a game, hard to judge | 05 toy faces, 06 vanilla GAN, 07 DCGAN, 08 conditional, 09 mode collapse, 10 latent space, 11 the family |

# %%
families = {
    "explicit, tractable": ("02 autoregressive", "12 flows"),
    "explicit, approximate": ("01 likelihood", "03 VAE", "04 blurriness"),
    "implicit: GANs": ("05 toy faces", "06 vanilla GAN", "07 DCGAN", "08 conditional", "09 mode collapse", "10 latent space", "11 family"),
}
figure, ax = plt.subplots(figsize=(9, 3.0))
plots.tree(ax, "a model of p(x)", families, colours=[plots.REAL, plots.VAE, plots.GAN])
plots.show(figure, alt="A tree: models of p(x) divide into explicit tractable, explicit approximate and implicit; notebooks below each")

# %% [markdown]
# ## 4 · Which lecture is where
#
# The course follows five sets of lecture slides. Everything that they claim stands in one table, and each claim is shown by
# a cell of some notebook, which measures it where it can be measured. Count them:

# %%
import tomllib

from ganlib.runtime import shipped_folder

claims = tomllib.loads((shipped_folder() / "claims.toml").read_text())
lectures = ["000", "001", "002", "003", "004"]
print(f"{'claims shown in':22}" + "".join(f"  slides {lecture}" for lecture in lectures))
for title in sorted(sum(families.values(), ())):
    here = [claim for claim in claims.values() if claim["notebook"] == title[:2]]
    counts = [sum(lecture in claim["lectures"] for claim in here) for lecture in lectures]
    print(f"{title:22}" + "".join(f"{count or '·':>12}" for count in counts))

# %% [markdown]
# The tags of the cells that show them all begin with `claim-`. What a single claim says, and where it is:

# %%
for name in ("vae-blur", "minimax-value", "collapse-measured"):
    print(f"{name}: {claims[name]['statement']} → notebook {claims[name]['notebook']}")

# %% [markdown]
# ## 5 · How a notebook works
#
# - It asks one **question** at the top, and answers it at the bottom.
# - An idea comes as words, then as an equation, then as a few lines of code in the same symbols, then as a picture.
# - Before a widget you are asked to **predict**. Do it: being wrong is what makes it stick.
# - Where the text states a number, a cell near by checks it. If you change something and the statement is no longer true,
#   the cell says so with an `AssertionError`. That is an invitation, not an accident.
# - **Exercises** have a notebook for each lecture, in the folder `exercises`: it checks what you write and names the mistake.
#   What stands at the end of a lecture is for trying: add cells below it; *Kernel → Restart* brings everything back.
#
# Every random result was looked at for several seeds. Yours will differ in digits, not in verdict.

# %% [markdown]
# ## 6 · Your machine
#
# If anything fails, paste this screen into your question. The same comes from `python -m ganlib doctor` in a terminal.

# %%
from ganlib import doctor

print(doctor.report())

# %% [markdown]
# ## What you should be able to say now
#
# - *What is a generative model?* Something that has seen examples and draws more of the same kind.
# - *What is z?* The random numbers that a picture is computed from; nearby z give similar pictures.
# - *What are the three families?* Explicit and tractable, explicit and approximate, implicit.
#
# ## Exercises
#
# 1. In the explorer, find a slider that turns many pictures from one digit into another. Which digits border on each other?
# 2. Draw z with twice the spread (`2 * torch.randn(...)`). What happens to the digits, and why might that be?
# 3. Set all of z to zero. Which digit is that? Is it the average of all pictures?
#
# **Next**: [05 · toy faces](05_toy_faces.ipynb), a GAN so small that you can do it by hand; or straight to
# [06 · the vanilla GAN](06_vanilla_gan.ipynb), where the network that you just played with is trained.
#
# ## References
#
# Goodfellow et al. 2014, *Generative adversarial nets* · Goodfellow 2016, *NIPS tutorial: generative adversarial
# networks* (the family tree) · Alpaydin and Kaynak 1998, *Optical recognition of handwritten digits* (the data)
