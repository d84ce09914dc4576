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
# # 10 · The latent space
#
# {{badges}}
#
# **Question**: a generator was fed nothing but noise. Why do directions in that noise mean something, and is there a way
# back from a picture to the noise behind it?
#
# **You will see** digits and faces morph into each other; glasses added by arithmetic, and how often that really works;
# sliders that nobody programmed; a generator caught copying; a search for the z of a real face, with its cost and its
# failures; and an encoder that learns the way back by playing along.
#
# **Read before**: [06](06_vanilla_gan.ipynb). Useful: 03 (what an encoder is), 01 (outliers by likelihood), 07 (the
# networks that drew the faces).
#
# **Time**: 40 s on two cores. Nothing is downloaded.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · Two generators, two judges
#
# Both generators turn **64 random numbers** into a picture of 32×32 pixels, and both ship with the course: notebook 06's
# multilayer perceptron for digits, and notebook 07's convolutional one for drawn faces. Nobody told either of them what
# a seven is, or a hat.
#
# To measure instead of guessing we need judges: a classifier of digits, and one that reads ten yes-or-no **attributes**
# off a face. The judges saw labels. The generators never did.

# %%
from functools import partial

import matplotlib.pyplot as plt
import torch
from ganlib import data, latent, metrics, plots, pretrained
from ganlib.metrics import attributes
from ganlib.models import generate
from ganlib.train import progress
from torch import nn

G_digits, G_faces = (pretrained.load(name, device=device) for name in ("digits-mlp", "faces-dcgan"))
classifier, reader = (pretrained.load(name, device=device) for name in ("digits-classifier", "faces-attributes"))
z_dim, names = G_faces.z_dim, list(attributes.NAMES)
generator = torch.Generator().manual_seed(0)


def noise(n):
    return torch.randn(n, z_dim, generator=generator).to(device)


# %% [markdown]
# How far can the reader be trusted? On drawn faces that it has never seen, this share of its answers is right:

# %%
right = pretrained.index()["faces-attributes"].quality
print("   ".join(f"{name} {right[name]:.0%}" for name in names))
assert min(right.values()) > 0.8

# %% [markdown]
# Good on all, weakest on smiles and freckles: at 32 pixels a smile is three dark dots in a slightly bent row. Now ask each
# generator for faces and digits:

# %%
z = noise(4000)
faces = generate(G_faces, z)
read = attributes.read(reader, faces)  # (4000, 10): how sure the reader is of each attribute
has = read > 0.5
figure, axes = plt.subplots(2, 1, figsize=(7, 2.7), height_ratios=[2, 1])
plots.image_grid(axes[0], faces[:24], columns=12, colour=plots.GAN, title="G_faces(z)")
plots.image_grid(axes[1], generate(G_digits, z[:16]), columns=16, colour=plots.GAN, title="G_digits(z)")
plots.show(figure, alt="Twenty-four generated faces with hats, glasses and beards, and sixteen generated digits")

# %% [markdown]
# ## 2 · A transformer of distributions
#
# z is a round cloud: every direction is like every other, and no number among the 64 is special. Yet the pictures have
# types, in the proportions of the data. Everything in between is G's work: **a GAN transforms one distribution into
# another**. If so, the pictures' attributes must come out as often as in the data, though nobody ever counted them for G.

# %% tags=["claim-distribution-transformer"]
drawn = data.load("sketch_faces", size=32, limit=3000, device=device)
shares = {"drawn by hand": attributes.targets(drawn).float().mean(0), "G(z)": has.float().mean(0)}
shares["G(z / 4)"] = (attributes.read(reader, generate(G_faces, z / 4)) > 0.5).float().mean(0)
for k, name in enumerate(names):
    print(f"{name:14}" + "   ".join(f"{source} {share[k]:4.0%}" for source, share in shares.items()))
gaps = [float((share - shares["drawn by hand"]).abs().max()) for share in list(shares.values())[1:]]
print(f"largest gap to the data: {gaps[0]:.2f} with N(0, I), {gaps[1]:.2f} with a cloud of a quarter of its size")
assert gaps[0] < 0.15 and gaps[1] > 1.5 * gaps[0]

# %% [markdown]
# It worked for the cloud that G was trained with, and for no other: fed with a smaller one, G makes other proportions.
# What does the transformation look like? Cut a **plane** through the 64 dimensions, and ask the classifier at every point
# which digit G draws there.

# %%
u, v = torch.linalg.qr(noise(2).T).Q.T  # two directions at right angles, of length 1
ticks = torch.linspace(-12, 12, 61, device=device)
plane = ticks[None, :, None] * u + ticks.flip(0)[:, None, None] * v  # (61, 61, 64)
sure, digit = metrics.classify(classifier, generate(G_digits, plane.flatten(0, 1)))[1].max(1)
figure, ax = plt.subplots(figsize=(5.2, 4.2))
territory = ax.imshow(digit.view(61, 61).cpu(), cmap="tab10", vmin=-0.5, vmax=9.5, extent=(-12, 12, -12, 12))
ax.imshow(torch.ones(61, 61), cmap="gray_r", alpha=(1 - sure).view(61, 61).cpu().numpy(), extent=(-12, 12, -12, 12))
ax.add_patch(plt.Circle((0, 0), z_dim**0.5, fill=False, color="black", linestyle="--"))
figure.colorbar(territory, ticks=range(10), label="digit that G draws")
ax.set(xlabel="distance along u", ylabel="distance along v", title="a plane through z (pale: unsure)")
plots.show(figure, alt="A plane of z divided into coloured territories, one a digit, with narrow pale borders")

# %% [markdown]
# Countries with borders. Inside a country one digit changes its slant and width; at a border it turns into another one, and
# only there is the classifier unsure. The dashed circle is where drawn z lie. Why on a *circle*? That is the next question.

# %% [markdown]
# ## 3 · Straight, or along the arc?
#
# ### How long is z?
#
# $$\lVert z\rVert^2 = \sum_{i=1}^{M} z_i^2, \qquad \mathbb E\lVert z\rVert^2 = M$$
#
# A sum of M independent numbers hardly deviates from its mean, relative to its size. So in 64 dimensions **all** z have a
# length near √64 = 8. The cloud is densest at 0, and yet nobody lives there: a ball of many dimensions has nearly all of
# its volume in its skin.

# %%
from ganlib.latent.ways import usual_length

lengths = {M: torch.randn(100_000, M, generator=generator).norm(dim=1) for M in (2, 16, 64)}
for M, values in lengths.items():
    print(f"{M:2} numbers: length {values.mean():.2f} ± {values.std():.2f}")

# %%
figure, ax = plt.subplots(figsize=(8, 2.6))
for (M, values), colour in zip(lengths.items(), (plots.QUIET, plots.VAE, plots.GAN)):
    ax.hist(values, 100, density=True, histtype="step", linewidth=2, color=colour, label=f"M = {M}")
ax.set(xlabel="length of z", ylabel="density")
ax.legend()
plots.show(figure, alt="Histograms of the length of z: broad near 1 for two dimensions, narrow around 8 for sixty-four")

# %% [markdown]
# A formula for this length is known (the chi distribution); the draws agree with it:

# %%
mean, spread = usual_length(64)  # of the chi distribution, exactly
print(f"M = 64: mean {mean:.2f}, spread {spread:.2f} by formula; {lengths[64].mean():.2f}, {lengths[64].std():.2f} drawn")
print(f"drawn z that are shorter than 5: {int((lengths[64] < 5).sum())} of 100,000")
assert abs(lengths[64].mean() - mean) < 0.02 and (lengths[64] < 5).sum() < 30

# %% [markdown]
# ### Two ways from a to b
#
# $$\text{straight:}\quad a + t\,(b - a) \qquad\qquad
# \text{arc:}\quad \frac{\sin((1-t)\,\omega)}{\sin\omega}\,u + \frac{\sin(t\,\omega)}{\sin\omega}\,v, \quad \cos\omega = u^\top v$$
#
# with u, v the directions of a and b (Shoemake 1985). The arc turns at an even speed; its length goes evenly from ‖a‖
# to ‖b‖. **Predict**: how long is z in the middle of the straight way, if a and b stand at right angles?

# %%
def lerp(a, b, t):
    return a + t[:, None] * (b - a)


def slerp(a, b, t):
    u, v = a / a.norm(), b / b.norm()
    omega = torch.arccos(u @ v)
    direction = (torch.sin((1 - t) * omega)[:, None] * u + torch.sin(t * omega)[:, None] * v) / torch.sin(omega)
    return (a.norm() + t * (b.norm() - a.norm()))[:, None] * direction


# %%
from ganlib.latent import ways

a, b, t = *noise(2), torch.linspace(0, 1, 9, device=device)
print("equal to the library's:", torch.allclose(slerp(a, b, t), ways.slerp(a, b, t), atol=1e-5),
      torch.allclose(lerp(a, b, t), ways.lerp(a, b, t)))  # fmt: skip
assert torch.allclose(slerp(a, b, t), ways.slerp(a, b, t), atol=1e-5) and torch.allclose(lerp(a, b, t), ways.lerp(a, b, t))

# %% [markdown]
# Three hundred pairs of ends, and the length of z on the way between them:

# %%
ends, t = noise(600).view(300, 2, z_dim), torch.linspace(0, 1, 9, device=device)
paths = {name: torch.stack([way(a, b, t) for a, b in ends]) for name, way in (("straight", lerp), ("arc", slerp))}
figure, ax = plt.subplots(figsize=(8, 2.6))
ax.axhspan(mean - 2 * spread, mean + 2 * spread, color="#e6e6e6", label="95 % of drawn z")
for (name, path), colour in zip(paths.items(), (plots.PLAYER_D, plots.REAL)):
    ax.plot(t.cpu(), path.norm(dim=2).mean(0).cpu(), color=colour, label=name)
ax.set(xlabel="t", ylabel="mean length of z", ylim=(0, 11))
ax.legend(ncol=3, loc="lower center")
plots.show(figure, alt="The straight way's length sags from 8 to 5.6 and leaves the band of drawn z; the arc stays in it")

# %% [markdown]
# Two random directions in 64 dimensions stand almost at right angles, so the straight way cuts the corner down to
# 8/√2 = 5.7: to z of which the histogram above holds almost none. G was never trained there. The usual advice is
# therefore: go along the arc (White 2016). Does it matter? Ask the classifier in the middle. A third rival does not use
# z at all: it **cross-fades** the pixels of the two pictures.

# %% tags=["claim-interpolation"]
def certainty(images):
    return float(metrics.classify(classifier, images)[1].max(1).values.mean())


x_a, x_b = (generate(G_digits, ends[:, k]) for k in (0, 1))
middle = {name: certainty(generate(G_digits, path[:, 4])) for name, path in paths.items()}
middle["cross-fade"] = certainty((x_a + x_b) / 2)
print("how sure the classifier is at the ends:", f"{(certainty(x_a) + certainty(x_b)) / 2:.2f}; in the middle:")
print("   ".join(f"{name} {value:.2f}" for name, value in middle.items()))
assert min(middle["straight"], middle["arc"]) > middle["cross-fade"] + 0.08

# %% [markdown]
# Half of a 3 laid over half of a 7 is not a digit. But a picture from halfway between their z is one: **in between lies
# something that could exist**. That is what the lectures mean by "morph".
#
# And the corner? No harm at all: in the middle of the straight way the classifier is as sure as in the middle of the arc,
# though G was never trained there. Is it variety that gets lost instead?

# %%
def variety(z):
    """the variance of features over pictures, summed over features"""
    return float(metrics.classify(classifier, generate(G_digits, z))[0].var(0).sum())


for factor in (1.0, 0.7, 0.5, 0.25):
    print(f"z of length {factor * 8:3.1f}: classifier {certainty(generate(G_digits, factor * z[:1000])):.2f} sure, "
          f"variety {variety(factor * z[:1000]) / variety(z[:1000]):4.0%} of the usual")  # fmt: skip
assert variety(0.7 * z[:1000]) > 0.9 * variety(z[:1000]) > variety(0.25 * z[:1000])

# %% [markdown]
# Not at 5.7 either. Only much nearer to 0 do the pictures become alike, and there they are no longer clear digits. (Large
# models do trade variety for quality when z is kept short, the **truncation trick** of Brock et al. 2019.) So: the arc is a
# good habit, because it stays where G was trained. On this generator breaking it costs nothing that we could measure.

# %% [markdown]
# ## 4 · Is the way smooth?
#
# A network is a continuous function, so of course there is *a* path. Smooth means more: halve the step, and the picture
# should change half as much. A step's size in pixels says little (a shifted stripe changes everything), so we measure it
# in the **features** f of a classifier, as it sees them: $\lVert f(G(z_{k+1})) - f(G(z_k))\rVert$.

# %% tags=["claim-interpolation"]
def largest_step(G, judge, a, b, steps, way=slerp):
    z = way(a, b, torch.linspace(0, 1, steps + 1, device=device))
    return float(latent.step_lengths(metrics.classify(judge, generate(G, z))[0]).max())


unrelated = latent.step_lengths(metrics.classify(reader, faces[:400])[0]).median()
sizes = {n: torch.tensor([largest_step(G_faces, reader, a, b, n) for a, b in ends[:12]]).mean() for n in (8, 32, 128)}
for n, size in sizes.items():
    print(f"{n:4} steps: the largest changes a face by {size / unrelated:5.1%} of what two unrelated faces differ by")
assert sizes[128] < 0.1 * unrelated and sizes[8] > 2 * sizes[32] > 4 * sizes[128]

# %% [markdown]
# Four times as many steps, each about a quarter as large: no jumps. But are the steps *even*? Here is one way, a step
# at a time:

# %%
hat, glasses = (has[:, names.index(name)] for name in ("hat", "glasses"))
a, b = z[hat & ~glasses][2], z[~hat & glasses][4]
fine = torch.linspace(0, 1, 129, device=device)
seen = metrics.classify(reader, generate(G_faces, slerp(a, b, fine)))[0]
step_lengths = latent.step_lengths(seen)
even = latent.even_places(fine, step_lengths, 11)

# %% [markdown]
# Below the curve stands the same way twice: once in equal steps of t, and once with t chosen so that the reader sees equal
# steps (dotted lines).

# %%
figure, axes = plt.subplots(3, 1, figsize=(7, 3.9), height_ratios=[1.5, 1, 1])
axes[0].plot(fine[1:].cpu(), (step_lengths / step_lengths.mean()).cpu(), color=plots.GAN)
axes[0].set(xlabel="t", ylabel="step / mean step", xlim=(0, 1), ylim=(0, None))
for place in even:
    axes[0].axvline(float(place), color=plots.QUIET, linewidth=0.8, linestyle=":")
for ax, places, title in zip(axes[1:], (torch.linspace(0, 1, 11, device=device), even), ("even in t", "even to the reader")):
    plots.image_grid(ax, generate(G_faces, slerp(a, b, places)), columns=11, colour=plots.GAN, title=title)
plots.show(figure, alt="Step sizes with peaks where an attribute changes; below, the same way in even t and in even steps")

# %% [markdown]
# Long quiet stretches, and peaks where something comes or goes: a hat, a pair of glasses. The second film spends its
# frames where something happens. The mean of the *squared* speed over many ways is the **perceptual path length**, by
# which StyleGAN's authors judge how smooth a latent space is (Karras et al. 2019):
#
# $$\mathbb E\left[\frac{1}{\varepsilon^2}\bigl\lVert f(G(z(t))) - f(G(z(t+\varepsilon)))\bigr\rVert^2\right]$$

# %%
def feature(images):
    return metrics.classify(classifier, images)[0]


arc, straight = (latent.path_length(G_digits, feature, spherical=spherical) for spherical in (True, False))
print(f"squared speed along arcs over that along straight lines: {arc / straight:.2f}")
assert 0.5 < arc / straight < 1.5

# %% [markdown]
# Nearly the same: by this measure too, leaving the usual length costs nothing here.

# %% [markdown]
# ### From A to B
#
# **Predict**: of hat, hair, glasses, background and the turn of the head, what changes first, and is there a moment with
# half a pair of glasses? Then move the slider, or press play for the film.

# %%
from ganlib.widgets import Interpolator

Interpolator(G_faces, a, b, spherical=True)

# %% [markdown]
# Glasses do not slide in from the side: they fade in where they belong, within a few steps, while the rest of the face
# goes on changing. The generator keeps to faces all the way.
#
# ### Round through all ten digits
#
# **Predict**: on the way from 3 to 4, does the 3 pass through another digit?

# %%
z_digits = noise(1000)
sure, digit = metrics.classify(classifier, generate(G_digits, z_digits))[1].max(1)
anchors = torch.stack([z_digits[(digit == k) & (sure > 0.95)][0] for k in range(10)])
Interpolator(G_digits, anchors=anchors, spherical=True)

# %% [markdown]
# It often does: the border between two countries may be far away, and the road leads through a third one.

# %% [markdown]
# ## 5 · Arithmetic with faces
#
# If attributes are directions, one can add them (Radford et al. 2016):
#
# $$\bar z_{\text{man with glasses}} - \bar z_{\text{man}} + \bar z_{\text{woman}} \;\to\; \text{woman with glasses}\ ?$$
#
# Each $\bar z$ is the mean of a few **exemplars**: z whose pictures show what is asked for. Radford picked three by eye;
# the reader picks for us.

# %%
def exemplars(who, count, n):
    """the mean z of n random faces among `who` (N,) bool, count times: (count, z_dim)"""
    candidates = who.nonzero()[:, 0]
    picked = torch.randint(len(candidates), (count, n), generator=generator).to(device)
    return z[candidates[picked]].mean(1)


man = has[:, names.index("man")]

# %% [markdown]
# Three exemplars in each mean. The columns show G of each mean z, and the last one G of the sum:

# %%
terms = [exemplars(who, 5, 3) for who in (man & glasses, man & ~glasses, ~man & ~glasses)]
result = terms[0] - terms[1] + terms[2]
figure, axes = plt.subplots(1, 4, figsize=(5.4, 3.4))
titles = ("man, glasses", "− man", "+ woman", "= ?")
for ax, term, title in zip(axes, (*terms, result), titles):
    plots.image_grid(ax, generate(G_faces, term), columns=1, colour=plots.GAN, title=title)
plots.show(figure, alt="Five rows: a man with glasses, minus a man, plus a woman; most results are women with glasses")

# %% [markdown]
# Some rows work, some do not. A lecture shows the row that works; **how often** does it? The reader counts, over 300
# triples for each attribute. Beside it what one gets without arithmetic, from the woman's exemplars alone, and by chance.
#
# **Predict**: three exemplars or a hundred, does it matter?

# %%
def works(k, n, count=300):
    """how often man with attribute k − man + woman is a woman with attribute k; and the exemplars' mean alone"""
    who = (man & has[:, k], man & ~has[:, k], ~man & ~has[:, k])
    first, second, third = (exemplars(group, count, n) for group in who)
    shares = []
    for mixed in (first - second + third, third):
        mixed = mixed / mixed.norm(dim=1, keepdim=True) * z_dim**0.5  # as long as G is used to
        seen = attributes.read(reader, generate(G_faces, mixed)) > 0.5
        shares.append(float((seen[:, k] & ~seen[:, 0]).float().mean()))
    return shares


# %% tags=["claim-vector-arithmetic"]
table = {}
print(f"{'woman with …':14}{'n = 1':>8}{'n = 3':>8}{'n = 30':>8}{'without':>10}{'by chance':>11}")
for k, name in list(enumerate(names))[1:]:
    found = [works(k, n)[0] for n in (1, 3, 30)]
    alone, chance = works(k, 3)[1], float((has[:, k] & ~man).float().mean())
    table[name] = (*found, alone, chance)
    print(f"{name:14}" + "".join(f"{share:8.0%}" for share in found) + f"{alone:10.0%}{chance:11.0%}")
easy = ("glasses", "hat", "open mouth", "turned right")
assert all(table[name][1] > 2 * max(table[name][3:]) and table[name][2] > table[name][1] + 0.1 for name in easy)
assert table["beard"][2] < table["glasses"][2]

# %% [markdown]
# The arithmetic works, far more often than chance, and far less often than a slide with one row suggests. What to notice:
#
# - **Exemplars are what makes it work.** One z carries a hat, a background, a haircut along; the mean of thirty carries
#   only what the thirty share.
# - **Smiles and freckles are hard.** They are small; so is their direction, and the reader itself is least sure of them.
# - **A bearded woman is the honest failure.** In this drawn world every beard is a man's, so "beard" minus "no beard" is
#   partly "more man". The sum asks for something that the data never showed.

# %%
shown = ["glasses", "open mouth", "earrings", "smile", "beard"]
counts = (1, 2, 3, 5, 10, 30, 100)
jobs = [(name, n) for name in shown for n in counts]
share = {(name, n): works(names.index(name), n, 200)[0] for name, n in progress(jobs, label="means", unit="means")}
figure, ax = plt.subplots(figsize=(8, 3))
for name in shown:
    ax.plot(counts, [share[name, n] for n in counts], marker="o", label=name)
ax.set(xscale="log", xticks=counts, xticklabels=counts, ylim=(0, 1), xlabel="exemplars in each mean", ylabel="share that works")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(figure, alt="The share of triples that work rises with the number of exemplars, steeply up to about thirty")

# %% [markdown]
# ## 6 · A direction for each attribute
#
# With all 4,000 faces as exemplars, one subtraction a attribute gives its direction:
#
# $$d_k = \operatorname{mean}\{z : \text{has attribute } k\} - \operatorname{mean}\{z : \text{has not}\}$$

# %%
def mean_differences(z, has):
    return torch.stack([z[column].mean(0) - z[~column].mean(0) for column in has.T])


directions = nn.functional.normalize(mean_differences(z, has), dim=1)
print("equal to the library's:", torch.allclose(mean_differences(z, has), latent.mean_differences(z, has), atol=1e-5))
assert torch.allclose(mean_differences(z, has), latent.mean_differences(z, has), atol=1e-5)

# %% [markdown]
# Another recipe is the plane that best parts those who have it from those who have not, by logistic regression
# (Shen et al. 2020). Does it find another direction?

# %%
normals = latent.boundary_normals(z, has)
cosines = (directions * normals).sum(1)
print(f"cosine between the two recipes: {cosines.min():.2f} to {cosines.max():.2f}")
assert cosines.min() > 0.9

# %% [markdown]
# The same. That is no accident: z is round, without correlations of its own, and for a round cloud both recipes estimate
# the same vector. Then **what does each direction change?** Move along it, by 2 forwards and by 2 backwards, and read all
# attributes:

# %%
def heatmap(ax, values, rows, title):
    ax.imshow(values.cpu(), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    ax.set(xticks=range(len(names)), yticks=range(len(rows)), yticklabels=rows, title=title)
    ax.set_xticklabels(names, rotation=60, ha="right")
    for row, column in torch.nonzero(values.abs() > 0.15).tolist():
        ax.text(column, row, f"{100 * values[row, column]:+.0f}", ha="center", va="center", fontsize=8)


def reading(images):
    return attributes.read(reader, images)


# %% [markdown]
# Each row is a direction, each column an attribute that is read. Left the directions as they are; right what remains of each
# at right angles to all the others.

# %%
alone = latent.apart(directions)
sets = progress((directions, alone), label="measuring", unit="sets")
effect, effect_alone = (latent.effects(G_faces, reading, z[:300], d) for d in sets)
figure, (left, right_) = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True)
heatmap(left, effect, names, "along each direction …")
heatmap(right_, effect_alone, names, "… without its share in the others")
plots.show(figure, alt="Two matrices of what each direction changes: strong diagonals; the right one is nearly diagonal")

# %%
off = ~torch.eye(len(names), dtype=torch.bool, device=device)
for title, values in (("as found", effect), ("apart", effect_alone)):
    print(f"{title:9} the attribute itself {100 * values.diag().mean():+.0f} points, the others {100 * values[off].abs().mean():.0f}")
assert (effect.diag() > 0.2).all() and effect_alone[off].abs().mean() < 0.5 * effect[off].abs().mean()

# %% [markdown]
# In percentage points of the reader's certainty. The diagonal is what was asked for. Beside it stands what comes along:
# the directions are **entangled**, because they are not at right angles to each other. Taking out of each its share in the
# others (right) leaves nearly a diagonal, and costs some strength: the part of "beard" that is "man" is gone.

# %% [markdown]
# ### Compose a face
#
# **Predict**: push "beard" to the right. What else moves, in the pictures and in the bars? Then tick *keep the others*.

# %%
from ganlib.widgets import AttributeMixer

chosen = ["man", "glasses", "hat", "beard", "open mouth", "light hair", "turned right"]
index = [names.index(name) for name in chosen]
AttributeMixer(G_faces, directions[index], chosen, read=reading, readings=names, seed=4)

# %% [markdown]
# The green bars are the reader's verdict, the black lines where they stood before. A slider that moves only its own
# bar is **disentangled**. Most are not, until you tick the box.

# %% [markdown]
# ## 7 · Directions that nobody named
#
# Labels cost work. Can the generator itself say which directions matter? Its first layer multiplies z by a matrix A. A
# step n changes what enters the rest of the network by An; the unit steps that change it most are the leading singular
# vectors of A (Shen and Zhou 2021):
#
# $$n^* = \arg\max_{\lVert n\rVert = 1} \lVert A n\rVert^2$$

# %%
A = latent.first_layer(G_faces).weight
found = torch.linalg.svd(A, full_matrices=False).Vh[:6]
library = latent.closed_form_directions(G_faces, 6).to(device)
print("equal to the library's, up to sign:", torch.allclose((found * library).sum(1).abs(), torch.ones(6, device=device), atol=1e-3))
assert torch.allclose((found * library).sum(1).abs(), torch.ones(6, device=device), atol=1e-3)

# %% [markdown]
# No picture was looked at, no label, not even a sample. GANSpace (Härkönen et al. 2020) comes to similar directions by a
# principal component analysis of what the first layers compute. What do these directions change?

# %%
unnamed = {f"matrix {k + 1}": n for k, n in enumerate(library[:4])}
unnamed |= {f"GANSpace {k + 1}": n for k, n in enumerate(latent.activation_directions(G_faces, 4).to(device))}

# %%
effect_unnamed = latent.effects(G_faces, reading, z[:300], torch.stack(list(unnamed.values())), size=3.0)
figure, ax = plt.subplots(figsize=(7, 3.8))
heatmap(ax, effect_unnamed, list(unnamed), "what directions without labels change")
plots.show(figure, alt="Each direction without labels changes several attributes at once, and most change many")

# %% [markdown]
# Do they match the labelled ones? Two random directions in 64 dimensions have a cosine of about ±0.12.

# %%
closeness = (library @ directions.T).abs()
by_chance = (nn.functional.normalize(noise(1000), dim=1) @ directions.T).abs().max(1).values
for k in range(6):
    print(f"matrix {k + 1}: nearest named direction {names[int(closeness[k].argmax())]:13} cosine {closeness[k].max():.2f}")
print(f"a random direction: {by_chance.mean():.2f} on average, {by_chance.quantile(0.99):.2f} in one of a hundred")
assert closeness.max(1).values.mean() > by_chance.quantile(0.99)

# %%
sizes = torch.linspace(-5, 5, 9, device=device)[:, None]
rows = torch.cat([generate(G_faces, z[8] + sizes * library[k]) for k in range(3)])
figure, ax = plt.subplots(figsize=(5.4, 2.1))
plots.image_grid(ax, rows, columns=9, colour=plots.GAN, title="one face (middle) along the first three directions")
plots.show(figure, alt="Three rows of one face that changes its background, hair, hat and turn at once")

# %% [markdown]
# They are nearer to the named ones than chance, and still each is a mixture. The eye would call one "background and hair" and
# another "turn and hat". Without labels a direction matters or it does not; **names are something that people have**.

# %% [markdown]
# ## 8 · Did it learn its pictures by heart?
#
# Morphs argue against it: what lies between two copies? But it can be tested. For each sample take the distance to the
# nearest training picture, and do the same for **new** real pictures. If samples are nearer, in more than half of all
# pairs and not by chance, G copies (Meehan et al. 2020):
#
# $$\text{share} = P\bigl(d(x_{\text{fake}}) < d(x_{\text{new}})\bigr), \qquad d(x) = \min_n \lVert x - x_n\rVert$$
#
# One half is innocent, one is a photocopier.

# %%
from ganlib.metrics.memorisation import copying


def nearer(samples, train, new):
    near, near_new = (metrics.nearest_neighbours(x, train)[0] for x in (samples, new))
    return (near[:, None] < near_new).float().mean()


digits, new_digits = data.load("digits", device=device), data.load("digits", "test", device=device)
x_fake = generate(G_digits, noise(300))
ours, theirs = nearer(x_fake, digits.images, new_digits.images), copying(x_fake, digits.images, new_digits.images).share
print("equal to the library's:", abs(float(ours) - theirs) < 1e-3)
assert abs(float(ours) - theirs) < 1e-3

# %% [markdown]
# A test that nobody can fail is worth nothing. So let us make a GAN that *should* fail: notebook 06's best recipe, with smaller
# networks, and with only **64 digits** to learn from.

# %%
from ganlib.recipes import rescued_gan

few = digits.take(torch.arange(64, device=device))
cheat = rescued_gan(few, steps=1200, pair={"hidden_G": (128, 256), "hidden_D": (256, 128)})
for _ in progress(cheat.run(1200), 1200, label="64 digits"):
    pass
x_cheat = generate(cheat.best_G, noise(300))

# %% [markdown]
# Some samples of both, and below each the training digit that is nearest:

# %%
_, which = metrics.nearest_neighbours(x_cheat[:14], few.images)
_, which_fake = metrics.nearest_neighbours(x_fake[:14], digits.images)
figure, axes = plt.subplots(4, 1, figsize=(8, 3.6))
pairs = ((x_cheat[:14], "the GAN with 64 digits"), (few.images[which], "nearest training digit"),
         (x_fake[:14], "the GAN with 1,297 digits"), (digits.images[which_fake], "nearest training digit"))  # fmt: skip
for ax, (images, title), colour in zip(axes, pairs, (plots.GAN, plots.REAL) * 2):
    plots.image_grid(ax, images, columns=14, colour=colour, title=title)
plots.show(figure, alt="The small GAN's samples are their nearest training digits; the large one's differ from theirs")

# %% tags=["claim-nearest-neighbour"]
def both(samples, train, new):
    looks = {"pixels": lambda x: x, "features": feature}
    return {name: copying(look(samples), look(train), look(new)) for name, look in looks.items()}


verdicts = {"64 digits": both(x_cheat, few.images, new_digits.images),
            "1,297 digits": both(x_fake, digits.images, new_digits.images)}  # fmt: skip
for name, found in verdicts.items():
    for space, verdict in found.items():
        print(f"{name:13}{space:9} {verdict}")
assert verdicts["64 digits"]["pixels"].copies and not any(v.copies for v in verdicts["1,297 digits"].values())

# %% [markdown]
# The small one is caught, and the generator of this notebook is not: its samples are as far from the training set as new
# handwriting is. In feature space as well as in pixels, because a copy that is moved by two pixels is far away in pixels
# and still a copy.

# %% [markdown]
# The same distances as curves:

# %%
figure, ax = plt.subplots(figsize=(8, 2.6))
for images, train, colour, label in (
    (new_digits.images[:300], digits.images, plots.REAL, "new real digits"),
    (x_fake, digits.images, plots.GAN, "G_digits"),
    (x_cheat, few.images, plots.PLAYER_D, "the GAN with 64 digits"),
):
    ax.hist(metrics.nearest_neighbours(images, train)[0].cpu(), 40, histtype="step", linewidth=2, color=colour, label=label)
ax.set(xlabel="distance to the nearest training picture (from paper to ink is 2)", ylabel="samples")
ax.legend()
plots.show(figure, alt="Distances of new digits and of G's samples overlap; those of the small GAN lie near zero")

# %% [markdown]
# What the test does *not* say: that the samples are good (noise passes it), or that no single sample is a copy. It compares
# whole distributions.

# %% [markdown]
# ## 9 · The way back: which z made this picture?
#
# A VAE has an encoder. A GAN has none: **it answers neither p(x) nor p(z | x)**. What remains is to search. Begin with any
# z, compare G(z) with the picture, and let the gradient say where to go (Zhu et al. 2016):
#
# $$z^* = \arg\min_z \;\frac{1}{\text{pixels}}\lVert G(z) - x\rVert^2$$

# %%
def search(G, x, steps=150, lr=0.05):
    z = noise(len(x)).requires_grad_()
    opt = torch.optim.Adam([z], lr=lr)
    for _ in range(steps):
        errors = (G(z) - x).square().flatten(1).mean(1)
        opt.zero_grad()
        errors.sum().backward()  # each picture has its own z: they do not disturb each other
        opt.step()
    return z.detach()


# %% [markdown]
# An honest test needs pictures of which we *know* that a z exists: G's own samples. And then real digits that G has never
# seen. The library's `invert` does the same from several starts at once.

# %%
from ganlib.latent.inversion import invert, pixel_error

searching = partial(progress, label="searching")  # a bar for each search
z_true = noise(64)
targets = {"G's own": generate(G_digits, z_true), "new real digits": new_digits.images[:64]}
found = {name: invert(G_digits, x, restarts=6, watch=searching) for name, x in targets.items()}
unrelated = float(pixel_error(targets["G's own"], targets["G's own"].roll(1, 0)).median())
print(f"two unrelated digits differ by {unrelated:.2f} (mean squared difference of pixels)")

# %%
figure, axes = plt.subplots(4, 1, figsize=(8, 3.6))
x, inversion = targets["G's own"][:16], found["G's own"]
first, best = (generate(G_digits, z_found[:16]) for z_found in (inversion.all_z[0], inversion.z))
for ax, images, title in zip(axes, (x, first, best, (best - x).abs() - 1), ("G's own samples", "found from the first start",
                             "best of six starts", "what is still wrong")):  # fmt: skip
    plots.image_grid(ax, images, columns=16, colour=plots.GAN, title=title)
plots.show(figure, alt="Sixteen samples; searches from one start, some of which end in another digit; the best of six")

# %% [markdown]
# Now and then a search ends in the wrong valley: a blot, or another digit. The gradient only knows downhill. We call it a
# **failure** if the picture found differs by more than a tenth of what unrelated digits differ by.

# %% tags=["claim-no-inference"]
failures = {}
for name, inversion in found.items():
    failures[name] = [float((inversion.best_of(starts) > unrelated / 10).float().mean()) for starts in (1, 2, 4, 6)]
    print(f"{name:16} searches that fail, with 1, 2, 4, 6 starts: " + "  ".join(f"{share:4.0%}" for share in failures[name]))
own, real = failures["G's own"], failures["new real digits"]
assert own[0] > 0.05 and own[3] < own[0] / 2 and real[3] > 0.5

# %% [markdown]
# Two different failures. For **G's own** pictures a perfect z exists, and some searches miss it; restarts cure that.
# For **real** digits restarts hardly help: there is no such z. G does not draw this hand, and no search can find what is
# not there.

# %%
# NBVAL_CHECK_OUTPUT
passes = []
hook = G_digits.register_forward_hook(lambda *_: passes.append(1))
invert(G_digits, targets["G's own"][:1], restarts=1)
hook.remove()
print(f"one search from one start: {len(passes)} passes through G, all but the last also backwards; an encoder: 1")
assert len(passes) > 100

# %% [markdown]
# And after all the work we have one z, not p(z | x): nothing about which other z would do as well, and no p(x) at all.

# %% [markdown]
# ### Between two real faces
#
# With z found, everything above applies to real pictures. Two faces that G has never seen, inverted, and the arc between:

# %%
pair = data.load("sketch_faces", "test", size=32, limit=20, device=device).images[[3, 8]]
ends_real = invert(G_faces, pair, restarts=8, steps=200, watch=searching).z
way = generate(G_faces, slerp(*ends_real, torch.linspace(0, 1, 9, device=device)))
figure, ax = plt.subplots(figsize=(8, 1.3))
plots.image_grid(ax, torch.cat([pair[:1], way, pair[1:]]), columns=11, title="real · found … the way … found · real")
plots.show(figure, alt="Two real faces at the ends, beside them their reconstructions, and seven faces in between")

# %% [markdown]
# The reconstructions resemble, and are not the same: background and hair come first, because most pixels are there. But the
# arithmetic of section 5 now works on a *given* face: `invert`, add a direction, draw.

# %%
edited = torch.cat([ends_real, *(ends_real + 3 * alone[names.index(name)] for name in ("glasses", "hat", "open mouth", "light hair"))])
figure, ax = plt.subplots(figsize=(8, 2.6))
both_rows = torch.cat([torch.cat([pair[k : k + 1], generate(G_faces, edited[k::2])]) for k in (0, 1)])
plots.image_grid(ax, both_rows, columns=6, title="real · found · + glasses · + hat · + open mouth · + light hair")
plots.show(figure, alt="Two real faces, their reconstructions, and these with glasses, hats, open mouths and light hair")

# %% [markdown]
# ## 10 · An encoder that learns the way back by playing along
#
# Can the game itself produce an encoder? Two groups had the same idea at the same time (ALI: Dumoulin et al. 2017; BiGAN:
# Donahue et al. 2017). Let D judge **pairs**:
#
# | | picture | z |
# | --- | --- | --- |
# | from the encoder's side | x, real | E(x) |
# | from the generator's side | G(z) | z, drawn |
#
# D must say from which side a pair comes; E and G together must make that impossible. Where they succeed, both kinds of
# pairs have the same distribution, and then E and G are **each other's inverse**. Nobody ever compares x with G(E(x)).

# %%
def loss_D(logits_encoder, logits_generator):
    """pairs (x, E(x)) are to get positive logits, pairs (G(z), z) negative ones"""
    return nn.functional.softplus(-logits_encoder).mean() + nn.functional.softplus(logits_generator).mean()


def loss_EG(logits_encoder, logits_generator):
    """E and G want the opposite, both of them"""
    return nn.functional.softplus(logits_encoder).mean() + nn.functional.softplus(-logits_generator).mean()


# %% [markdown]
# The library's `BiGANTraining` makes these two steps in turn. The result of a longer training ships with the course; beside
# it we train a VAE with as many latent numbers, here and now.

# %%
from ganlib.recipes import moved_digits
from ganlib.recipes.forgetting import digits_vae

bigan = pretrained.load("digits-bigan", device=device)
moved = moved_digits(digits)
vae = digits_vae(moved, z_dim=bigan.z_dim, steps=800).finish(800, watch=partial(progress, total=800, label="VAE"))
x_new = new_digits.images
rebuilt = {"ALI": bigan(x_new), "VAE": vae(x_new).detach()}
found_in_ali = invert(bigan.decoder, x_new[:100], restarts=3, watch=searching)
rebuilt["search in ALI's G"] = generate(bigan.decoder, found_in_ali.z)

# %%
figure, axes = plt.subplots(4, 1, figsize=(8, 3.9))
rows = {"new real digits": x_new, **rebuilt}
for ax, (name, images), colour in zip(axes, rows.items(), (plots.REAL, plots.GAN, plots.VAE, plots.GAN)):
    plots.image_grid(ax, images[:16], columns=16, colour=colour, title=name)
plots.show(figure, alt="Real digits; ALI's reconstructions, sharp, some another digit; the VAE's, close and blurred")

# %% tags=["claim-ali"]
def same_digit(images):
    return float((metrics.classify(classifier, images)[1].argmax(1) == new_digits.labels[: len(images)]).float().mean())


for name, images in rebuilt.items():
    error = float(pixel_error(images, x_new[: len(images)]).mean())
    print(f"{name:18} mean squared difference {error:.2f}, read as the same digit {same_digit(images):4.0%}")
z_new = noise(1000)[:, : bigan.z_dim]
aligned = float(nn.functional.cosine_similarity(bigan.encode(bigan.decode(z_new)), z_new).mean())
print(f"E(G(z)) and z: mean cosine {aligned:.2f}; G(E(x)) shows x's digit in {same_digit(rebuilt['ALI']):.0%}, by chance 10%")
assert same_digit(rebuilt["ALI"]) > 0.6 and aligned > 0.4
assert pixel_error(rebuilt["VAE"], x_new).mean() < pixel_error(rebuilt["ALI"], x_new).mean()

# %% [markdown]
# Look at the rows. The VAE is **close and blurred**: it was trained on exactly this error. ALI is **sharp and free**: mostly
# the right digit, in another hand, because all that D ever asked is whether picture and z go together. One in six or so is
# another digit. The search through ALI's own G comes as close as the VAE, so G *could* draw these digits: it is E that has
# not found their z. E and G are no exact inverses, as in the theory of a perfect game; games end earlier than theorems.
#
# Still it is an inference network: one pass instead of thousands, learned without a single comparison of pixels. And where the
# search begins from its guess, instead of from noise?

# %%
x = new_digits.images[:64]
starts = {"noise": None, "E(x)": bigan.encode(x)}
jobs = [(name, steps) for name in starts for steps in (10, 30, 100)]
errors = {
    (name, steps): float(invert(bigan.decoder, x, steps=steps, start=starts[name]).error.mean())
    for name, steps in progress(jobs, label="searching", unit="searches")
}
for name in starts:
    starts[name] = [errors[name, steps] for steps in (10, 30, 100)]
    print(f"search from {name:6} error after 10, 30, 100 steps: " + "  ".join(f"{error:.2f}" for error in starts[name]))
assert starts["E(x)"][0] < starts["noise"][2]

# %% [markdown]
# From the encoder's guess, ten steps get further than a hundred from noise. Encoder first, then a short search, is how real photographs are
# edited with GANs (Zhu et al. 2016).

# %% [markdown]
# ### Are the encoder's z useful features?
#
# With one or five labels a class, train a logistic regression on the pixels, on ALI's z, on the hidden layer below it, and on
# the VAE's code. Eight draws of the labels each. **Predict** the order.

# %%
from sklearn.linear_model import LogisticRegression

codes = {"pixels": lambda x: x.flatten(1), "ALI": bigan.encode, "ALI, hidden": bigan.encoder.layers[:-1],
         "VAE": lambda x: vae.encode(x)[0]}  # fmt: skip
codes = {name: [look(x).detach().cpu() for x in (digits.images, x_new)] for name, look in codes.items()}
known, unknown = digits.labels.cpu(), new_digits.labels.cpu()


def few_labels(train, test, n, draw):
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(draw))
    chosen = torch.cat([order[known[order] == k][:n] for k in range(10)])
    fitted = LogisticRegression(max_iter=500).fit(train[chosen] / train.std(), known[chosen])
    return fitted.score(test / train.std(), unknown)


# %% tags=["claim-ali"]
scores = {}
for n, name in progress([(n, name) for n in (1, 5) for name in codes], label="classifiers"):
    scores[n, name] = torch.tensor([few_labels(*codes[name], n, draw) for draw in range(8)])
for n in (1, 5):
    shares = {name: f"{scores[n, name].mean():.0%} (± {scores[n, name].std():.0%})" for name in codes}
    print(f"{n} a class:  " + "   ".join(f"{name} {share}" for name, share in shares.items()))
assert scores[5, "ALI"].mean() > 0.4 and scores[5, "ALI, hidden"].mean() > scores[5, "ALI"].mean()
assert scores[5, "pixels"].mean() > scores[5, "ALI"].mean()

# %% [markdown]
# ALI's sixteen numbers know the class, far above the 10 % of guessing, but not in an order that a straight cut finds easily.
# The **hidden layer** below them is better, as good as the pixels and not clearly better. With digits as upright and centred
# as these, pixels are hard to beat; Donahue et al. and Dumoulin et al. report gains on photographs, where pixels are useless.

# %% [markdown]
# ## 11 · Can a GAN raise the alarm?
#
# Notebook 01 found unusual digits by their low **log p**. A GAN has no log p. But what G cannot draw may be unusual: use the
# **error that remains after the search** (AnoGAN: Schlegl et al. 2017). The same seven kinds of damage as in notebook 01, and
# its detector of 20 factors beside ours.

# %%
def coarse(x):
    return nn.functional.avg_pool2d(x, 4)  # the 8×8 pixels of notebook 01


usual, normal = new_digits.images[200:300], new_digits.images[:60]
blocks = nn.functional.pixel_unshuffle(normal, 4).flatten(2)
shuffled = blocks[:, :, torch.randperm(64, generator=generator).to(device)].unflatten(2, (8, 8))
static = (torch.rand(60, 1, 8, 8, generator=generator) * 2 - 1).to(device)
unusual = {
    "noise": static.repeat_interleave(4, 2).repeat_interleave(4, 3),
    "shuffled": nn.functional.pixel_shuffle(shuffled, 4),
    "turned by 90°": normal.rot90(1, (2, 3)),
    "one pixel to the right": normal.roll(4, 3),  # one of the 8
    "mirrored": normal.flip(3),
    "two overlaid": torch.maximum(normal, normal.roll(1, 0)),
    "blurred": nn.functional.avg_pool2d(nn.functional.pad(normal, (6, 5, 6, 5), mode="replicate"), 12, 1),
}

# %% [markdown]
# Five alarms. Each turns pictures into one number that should be large for unusual ones:

# %%
from ganlib.likelihood import PPCA


def spread(x):
    """16 levels of ink, with noise of a level's width, as in notebook 01"""
    levels = ((coarse(x).cpu() + 1) * 8).round().flatten(1).double()
    return levels + torch.rand(levels.shape, generator=generator, dtype=torch.float64) - 0.5


detector = PPCA.fit(spread(digits.images), 20)
alarms = {
    "−log p": lambda x: -detector.log_prob(spread(x)),
    "search": lambda x: invert(G_digits, x, restarts=2, steps=100).error,
    "ALI": lambda x: pixel_error(bigan(x), x),
    "VAE": lambda x: pixel_error(vae(x), x).detach(),
    "neighbour": lambda x: metrics.nearest_neighbours(x, digits.images)[0],
}

# %% tags=["claim-outliers"]
from sklearn.metrics import roc_auc_score

levels = {}
for name, images in progress({"usual": usual, **unusual}.items(), label="alarms", unit="sets"):
    levels[name] = {alarm: score(images).cpu() for alarm, score in alarms.items()}
print(f"{'ROC AUC':24}" + "".join(f"{alarm:>11}" for alarm in alarms))
areas = {}
for name in unusual:
    found = {alarm: torch.cat([levels["usual"][alarm], levels[name][alarm]]) for alarm in alarms}
    areas[name] = {alarm: roc_auc_score([0] * 100 + [1] * 60, scores) for alarm, scores in found.items()}
    print(f"{name:24}" + "".join(f"{area:11.2f}" for area in areas[name].values()))
assert all(areas[name]["search"] > 0.85 for name in ("noise", "shuffled", "turned by 90°"))
assert areas["blurred"]["−log p"] < 0.3 and areas["blurred"]["search"] > areas["blurred"]["−log p"] + 0.1

# %% [markdown]
# What to notice:
#
# - What looks like no digit is found by all of them. Subtle damage is found less often by all of them.
# - **Blur fools the likelihood**: far below one half, blurred digits are *more* likely than real ones. The search is fooled
#   less, because G draws no blur either; but it only comes up to guessing.
# - The search costs a hundred steps a picture; the likelihood is one formula. On the other rows the search buys nothing.
# - The last column is the humblest detector there is, the distance to the nearest training digit. With 1,297 pictures
#   to look through, it beats everybody. Always ask for that column.

# %% [markdown]
# ## What you should be able to say now
#
# - *Why do directions mean something?* G turns a round cloud into the data, continuously; types of pictures become regions,
#   and the way from one region to another is a direction.
# - *Straight or arc?* All z have nearly the same length, and a straight way leaves it. The arc does not. Here it hardly mattered.
# - *Are morphs smooth?* Yes: finer steps change less, in proportion, and what lies between is a possible picture.
# - *Does arithmetic work?* For clear attributes and with enough exemplars mostly, with three in about half of all
#   triples, for small or entangled attributes seldom.
# - *Does it copy?* Compare distances to the training set with those of new data; and know a model that fails the test.
# - *Is there a way back?* Not given. A search finds one z, slowly, and sometimes a wrong one; an encoder can be trained
#   along with the game, and is quick and loose.

# %% [markdown]
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/10_latent_space.ipynb) have a notebook of their own. To try here:
#
# 1. `works` shortens or stretches each sum to length 8. Leave that out. For how many exemplars does it matter, and why?
#    (What is the expected length of a − b + c if each is a mean of n z's?)
# 2. Swap the roles: hat, instead of man, is taken away. Is "hat with glasses − hat + no hat" easier?
# 3. Search in feature space: minimise the difference of `feature(G(z))` and `feature(x)` instead of pixels. Do fewer
#    searches fail? Do the pictures look more alike?
# 4. How many training digits does it take until the GAN of section 8 passes the test? Try 128, 256, 512.
# 5. **Find the bug.** A colleague inverts with `errors.mean().backward()` in place of `errors.sum()`, with plain gradient
#    descent, and finds that larger batches need a larger learning rate. Why? And why did Adam hide it?

# %% [markdown]
# ## References
#
# Shoemake 1985, *Animating rotation with quaternion curves* · Radford et al. 2016, *Unsupervised representation learning
# with deep convolutional generative adversarial networks* · White 2016, *Sampling generative networks* · Zhu et al. 2016,
# *Generative visual manipulation on the natural image manifold* · Donahue et al. 2017, *Adversarial feature learning* ·
# Dumoulin et al. 2017, *Adversarially learned inference* · Schlegl et al. 2017 (AnoGAN) · Karras et al. 2019, *A
# style-based generator architecture for generative adversarial networks* · Brock et al. 2019 (the truncation trick) ·
# Härkönen et al. 2020, *GANSpace* · Shen et al. 2020, *Interpreting the latent space of GANs for semantic face editing* ·
# Meehan, Chaudhuri and Dasgupta 2020, *A non-parametric test to detect data-copying in generative models* · Shen and Zhou
# 2021, *Closed-form factorization of latent semantics in GANs*
