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
# # 06 · The vanilla GAN
#
# {{badges}}
#
# **Question**: can two networks that do nothing but argue with each other learn to draw digits that nobody described
# to them?
#
# **You will see** the whole algorithm in sixteen lines; the same algorithm fail on real handwriting; why it fails, on
# problems so small that the right answer is known; and what rescues it, so that it draws digits in front of you.
#
# **Read before**: notebook 00. Useful: [05](05_toy_faces.ipynb), the same game played by two single neurons.
#
# **Time**: 60 s on two cores, 90 s on a slow day; a GPU helps little, the networks are small.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · A forger and a detective
#
# A **generator** `G` turns random numbers into pictures. A **discriminator** `D` looks at a picture and says how sure
# it is that it came from the real data. `D` is paid for telling them apart, `G` for fooling `D`. Nobody shows `G` a real
# picture; all that it ever hears is how `D` would have liked its picture to be different.

# %% [markdown] tags=["claim-counterfeiters"]
# Goodfellow's own comparison is **money**. Counterfeiters print notes, the police learn to spot them, the counterfeiters
# learn from what was spotted. If both keep improving, the fakes end up so good that the police can only guess.
# Section 12 draws this race as a curve: how often the detective is right, and how good the fakes are.

# %% [markdown] tags=["claim-captcha"]
# You take part in such a race whenever a web page asks you to type distorted letters. The **CAPTCHA** wants a picture
# that people read and programs do not; the programs want to read it. Each side's progress is the other side's training
# signal. Two technologies with opposite aims make each other better, and neither needs a teacher.

# %% [markdown] tags=["claim-supervised-vs-unsupervised"]
# ## 2 · What kind of learning is this?
#
# | | supervised | unsupervised |
# | --- | --- | --- |
# | what is given | pairs (x, y): a picture and its label | pictures x alone |
# | what is learned | a map from x to y | the structure of x: here, how to draw more of it |
# | what it costs | somebody writes every label | nothing but collecting |
# | examples | classifying, regression, detecting objects | clustering, compressing, generating |
#
# A GAN is unsupervised: the labels *real* and *fake* come for free, because we know which pictures we made ourselves.
# The names of the digits are used in this notebook, but only to **judge** the result, never to train `G` or `D`.

# %% [markdown] tags=["claim-explicit-vs-implicit"]
# Models of data differ in what you can ask them:
#
# - **explicit and exact**: p(x) is a number that you can compute. Autoregressive models (notebook 02) and flows (12).
# - **explicit and approximate**: p(x) is defined but too expensive, so one bounds it. VAEs (03, 04).
# - **implicit**: there is no formula for p(x) at all, only a machine that draws samples. **GANs** (05 to 11).
#
# That is the trade: a GAN never tells you how likely a picture is. In return, nothing limits how `G` makes its pictures.

# %% [markdown]
# ## 3 · The data
#
# 1,297 handwritten digits of 32×32 pixels, there without a network. Ink is +1, paper −1. By the standards of deep
# learning this is next to nothing, and that will matter. To use MNIST instead, write `"mnist"` here (it is fetched once).

# %%
import matplotlib.pyplot as plt
import torch
from ganlib import data, metrics, plots, pretrained
from torch import nn

dataset = "digits"
digits = data.load(dataset, device=device, size=32)
held_out = data.load(dataset, "test", device=device, size=32, limit=500)
print(digits, held_out, sep="\n")

# %%
figure, ax = plt.subplots(figsize=(8, 2.5))
plots.image_grid(ax, digits.images[:60], columns=15, colour=plots.REAL, title="real digits")
plots.show(figure, alt="Sixty real handwritten digits in four rows, white on black, sharp edges")

# %% [markdown]
# Notice the sharp edges, and that no two sevens look alike. A generator has to get both right.

# %% [markdown]
# ## 4 · The two networks
#
# $$x_{\text{fake}} = G(z), \qquad z \sim \mathcal N(0, I_{64})$$
#
# `G` widens 64 random numbers, its whole imagination, step by step to the 1,024 pixels of a picture. The last layer's
# `Tanh` keeps pixels between −1 and 1, as in the data.

# %%
z_dim, leak = 64, 0.2
torch.manual_seed(0)
G = nn.Sequential(
    nn.Linear(z_dim, 256), nn.LeakyReLU(leak),
    nn.Linear(256, 512), nn.LeakyReLU(leak),
    nn.Linear(512, 32 * 32), nn.Tanh(), nn.Unflatten(1, (1, 32, 32)),
).to(device)

# %% [markdown]
# $$\text{logit} = D(x), \qquad \text{P(real)} = \sigma(\text{logit}) = \frac{1}{1 + e^{-\text{logit}}}$$
#
# `D` goes the other way: 1,024 pixels in, one number out. It returns the **logit**, not the probability: 0 means "I can't
# tell", +5 "almost surely real", −5 "almost surely fake". Losses computed from logits keep their digits when D is sure.

# %%
D = nn.Sequential(
    nn.Flatten(),
    nn.Linear(32 * 32, 512), nn.LeakyReLU(leak),
    nn.Linear(512, 256), nn.LeakyReLU(leak),
    nn.Linear(256, 1), nn.Flatten(0),
).to(device)

# %%
# NBVAL_CHECK_OUTPUT
z = torch.randn(30, z_dim, device=device)
x_fake = G(z)
print("z", tuple(z.shape), "→ x_fake", tuple(x_fake.shape), "→ logits", tuple(D(x_fake).shape))
assert x_fake.shape == (30, *digits.image_shape) and D(x_fake).shape == (30,)

# %%
figure, ax = plt.subplots(figsize=(8, 1.45))
plots.image_grid(ax, x_fake, columns=15, colour=plots.GAN, title="G before training")
plots.show(figure, alt="Thirty grey noise pictures: the untrained generator")

# %% [markdown]
# Grey noise. From here on, `G` learns from nothing but `D`'s opinion.

# %% [markdown]
# ## 5 · What each player minimises
#
# Goodfellow et al. (2014) write the game as one value that `D` raises and `G` lowers:
#
# $$\min_G \max_D V(D, G) = \mathbb E_{x}\,\log D(x) + \mathbb E_{z}\,\log\bigl(1 - D(G(z))\bigr)$$
#
# With $-\log\sigma(l) = \text{softplus}(-l)$ and $-\log(1-\sigma(l)) = \text{softplus}(l)$, `D`'s loss is $-V$:

# %%
from torch.nn.functional import softplus


def loss_D(logits_real, logits_fake):
    """-E log D(x) - E log(1 - D(G(z)))"""
    return softplus(-logits_real).mean() + softplus(logits_fake).mean()


# %% [markdown]
# For `G` we take the loss that the same paper recommends in practice, $-\mathbb E_z \log D(G(z))$. Why not simply $+V$?
# Section 8 measures that.

# %%
# NBVAL_CHECK_OUTPUT
def loss_G(logits_fake):
    """-E log D(G(z))"""
    return softplus(-logits_fake).mean()


undecided = torch.zeros(4)
print(f"when D can only guess: loss_D = {loss_D(undecided, undecided):.4f} = 2 ln 2, "
      f"loss_G = {loss_G(undecided):.4f} = ln 2")  # fmt: skip

# %% [markdown]
# Keep these two numbers in mind, 1.386 and 0.693: on every loss curve of this course they mark the line on which `D`
# has no idea.

# %% [markdown]
# ## 6 · The whole algorithm
#
# 1. Draw noise and real pictures. 2. Let `D` take one step. 3. Draw **fresh** noise. 4. Let `G` take one step, with `D`
# **held constant**. 5. Again.

# %%
opt_D = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.99))  # little momentum: the opponent keeps moving
opt_G = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.99))
generator = torch.Generator(device).manual_seed(0)


def noise(n=64):
    return torch.randn(n, z_dim, device=device, generator=generator)


# %%
def one_step():
    x_real = digits.sample(64, generator)  # real pictures and noise
    with torch.no_grad():
        x_fake = G(noise())  # G learns nothing while D is taught
    value_D = loss_D(D(x_real), D(x_fake))
    opt_D.zero_grad()
    value_D.backward()
    opt_D.step()

    D.requires_grad_(False)  # D is held constant: gradients pass through it, none for it
    value_G = loss_G(D(G(noise())))  # fresh noise
    opt_G.zero_grad()
    value_G.backward()
    opt_G.step()
    D.requires_grad_(True)
    return value_D.detach(), value_G.detach()


# %% [markdown]
# That is all there is. `ganlib` has the same two steps as `update_D` and `update_G`, and a `Training` that repeats them
# and that can be paused, saved and resumed. From the same start both must go through the same losses, to rounding. (Not
# for ever: ganlib uses a fused Adam, which rounds differently, and a GAN soon makes much of little.)

# %% tags=["claim-gan-steps"]
from ganlib.models import generate, mlp_pair
from ganlib.train import Film, Training, constant_then_linear, progress

torch.manual_seed(0)
library = Training(*mlp_pair(digits.image_shape), digits, seed=0)
gaps = []
for step in library.run(8):
    value_D, value_G = one_step()
    gaps += [abs(value_D - step.loss_D), abs(value_G - step.loss_G)]
print("the loop above and ganlib's Training give the same losses for 8 steps:", max(gaps) < 1e-3)
assert max(gaps) < 1e-3

# %% [markdown] tags=["claim-only-backprop"]
# Notice what is **not** in these lines. No inference network that guesses z from x, no Markov chain that has to run until
# it mixes, no integral over z, no likelihood. Two forward passes, two backward passes. Back-propagation is enough: that
# was the breakthrough of 2014, when generative models mostly needed one of the other things.

# %% [markdown]
# ### Is D really held constant?
#
# **Predict**: during `G`'s step the error travels back *through* all of `D`. Do D's weights change? Do they at least
# collect gradients that the next step would have to throw away?

# %% tags=["claim-d-held-constant"]
# NBVAL_CHECK_OUTPUT
from ganlib import losses
from ganlib.train import update_G

before = [weight.clone() for weight in D.parameters()]
opt_D.zero_grad()
G_before = next(G.parameters()).clone()
update_G(G, D, opt_G, noise(), losses.non_saturating)
print("D's weights changed:", not all(torch.equal(a, b) for a, b in zip(before, D.parameters())))
print("D's weights collected gradients:", any(weight.grad is not None for weight in D.parameters()))
print("G's weights changed:", not torch.equal(G_before, next(G.parameters())))
assert all(torch.equal(a, b) for a, b in zip(before, D.parameters()))
assert all(weight.grad is None for weight in D.parameters()) and not torch.equal(G_before, next(G.parameters()))

# %% [markdown]
# ## 7 · The first attempt
#
# 2,000 steps of exactly this algorithm. A `Film` takes a picture of the same 36 z every now and then. Watch the picture
# while it runs.

# %%
film = Film(torch.randn(36, z_dim, device=device), every=100)
view = plots.live("Samples of the plain GAN: digits covered in salt and pepper, some of them again and again")
for step in progress(library.run(2000), 2000, label="plain GAN"):
    film.record(step, library.G)
    if step.number % 100 == 0:
        view.update(generate(library.G, film.z), columns=12)

# %% [markdown]
# Digits, more or less, covered in salt and pepper. Now look at both players:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
plots.losses(left, film.curve_steps, film.curves["loss_D"], film.curves["loss_G"])
plots.curve(right, film.curve_steps, film.curves["accuracy_D"], colour=plots.PLAYER_D)
right.axhline(0.5, color=plots.QUIET, linestyle=":", linewidth=1)
right.set(xlabel="step", ylabel="share that D tells apart rightly", ylim=(0.4, 1.02))
plots.show(figure, alt="Left: loss of D below ln 4, loss of G above it and jumping. Right: D's accuracy near 0.85, rising")

# %% [markdown]
# The detective is ahead: loss_D stays below ln 4 = 2 ln 2, the loss of pure guessing, and loss_G jumps about. *How* does D
# tell them apart? 1,297 pictures are few. Ask it about digits that it has **seen** in training, and about real digits
# that it has **never** seen:

# %%
def remembers(network):
    """The share of pairs of a seen and a new digit in which the seen one gets the higher score: 1/2 without memory."""
    with torch.no_grad():
        seen, new = network(digits.images), network(held_out.images)
    return float((seen[:, None] > new[None]).float().mean())


memory_plain = remembers(library.D)
print(f"the plain GAN's D scores a digit that it has seen higher than a new real one in {memory_plain:.0%} of pairs")
assert memory_plain > 0.55

# %% [markdown]
# If D judged by what digits have in common, that would be 50 %: both are real. It has begun to learn its pictures **by
# heart**, after 2,000 steps, and goes on. A detective who compares with an album gives `G` advice that is worth little.

# %% [markdown]
# ### How good are the samples, in numbers?
#
# There is no likelihood to compute, so one **samples and compares**. A classifier that was trained on real digits (and
# taught to doubt what is no digit) looks at 1,000 samples: how many classes come up, how sure is it? On its features
# we fit one Gaussian to the samples and one to held-out real digits, and take the Fréchet distance between the two.

# %%
classifier = pretrained.load("digits-classifier", device=device)


def judge(network):
    z = torch.randn(1000, z_dim, generator=torch.Generator().manual_seed(1)).to(device)
    return metrics.evaluate(classifier, generate(network, z), held_out.images)


real = metrics.evaluate(classifier, digits.sample(1000, generator), held_out.images)
plain = judge(library.G)
print(f"real digits: {real}\nplain GAN:   {plain}")

# %% [markdown]
# The first line is the yardstick: real digits against *other* real digits are not at distance zero either. Now for the
# question why the same idea works on paper and not here. We leave digits, and go where the right answer is known.

# %% [markdown]
# ## 8 · The game on a line, where we know everything
#
# Data: two bumps on the number line, with a density p that we can write down. First we hold **G** fixed, with a density q
# that we can write down too, and let only `D` learn. Theory says what it should become:
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}$$

# %%
from ganlib.data.mixtures import GaussianMixture, two_bumps
from ganlib.models import MLP

p = two_bumps(gap=5.0, sigma=0.8)
q = GaussianMixture(torch.tensor([[0.5]]), sigma=1.5)
torch.manual_seed(0)
D_line = MLP([1, 64, 64, 1])
opt = torch.optim.Adam(D_line.parameters(), lr=3e-3)
for _ in progress(range(1000), label="D alone"):
    value = loss_D(D_line(p.sample(1000)), D_line(q.sample(1000)))
    opt.zero_grad()
    value.backward()
    opt.step()

# %%
x = torch.linspace(-6, 6, 1201)[:, None]
with torch.no_grad():
    learned = torch.sigmoid(D_line(x))
density_p, density_q = p.log_prob(x).exp(), q.log_prob(x).exp()
best = density_p / (density_p + density_q)
where = density_p + density_q > 0.02  # elsewhere D sees almost nothing and may say anything

# %%
figure, ax = plt.subplots(figsize=(9, 3))
ax.fill_between(x[:, 0], density_p, color=plots.REAL, alpha=0.25, label="p, the data's density")
ax.fill_between(x[:, 0], density_q, color=plots.GAN, alpha=0.25, label="q, the generator's density")
ax.plot(x[:, 0], best, color="black", linestyle="--", label="p / (p + q)")
ax.plot(x[:, 0], learned, color=plots.PLAYER_D, label="D after 1,000 steps")
ax.set(xlabel="x", ylabel="density, and D(x)", xlim=(-5, 5))
ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
plots.show(figure, alt="D's learned curve lies on the dashed curve p over p plus q wherever there are data")

# %% [markdown]
# The orange curve lies on the dashed one wherever there are points to learn from. Put $D^*$ back into $V$ and what remains
# is a distance between p and q, the Jensen–Shannon divergence:
# $V(D^*, G) = -\log 4 + 2\,\mathrm{JSD}(p \,\|\, q)$. It is smallest, $-\log 4 = -1.386$, exactly when q = p, and then
# $D^* = \tfrac12$ everywhere. Does the *learned* D reach the value that the integral gives?

# %% tags=["claim-minimax-value"]
import math

step_width = float(x[1, 0] - x[0, 0])
value_exact = float((density_p * best.log() + density_q * (1 - best).log()).sum() * step_width)
with torch.no_grad():
    value_learned = -float(loss_D(D_line(p.sample(20_000)), D_line(q.sample(20_000))))
value_equal = float((2 * density_p * math.log(0.5)).sum() * step_width)
error = float((learned - best)[where].abs().mean())
print(f"mean |D - p/(p+q)| = {error:.3f}")
print(f"V: exact {value_exact:.3f}, learned {value_learned:.3f};  if q were p: {value_equal:.3f} = -log 4")
assert error < 0.04 and abs(value_learned - value_exact) < 0.05 and abs(value_equal + math.log(4)) < 1e-3

# %% [markdown]
# ### Now both learn
#
# `G` maps one random number to one point. Five pairs of networks train from five seeds, all at once, as one batched
# network. **Predict**: where does V end, and what does D say then?

# %%
from ganlib.models import MLPEnsemble
from ganlib.train import train_ensemble

torch.manual_seed(0)
G_line = MLPEnsemble(5, [1, 32, 32, 1], keep_last=True)  # z: (5, N, 1) -> x: (5, N, 1)
D_line = MLPEnsemble(5, [1, 64, 64, 1])  # x: (5, N, 1) -> logits: (5, N)
settings = {"lr": 2e-3, "betas": (0.0, 0.9), "batch_size": 256, "schedule": constant_then_linear(1000)}
z_line = torch.linspace(-2.5, 2.5, 41).view(1, -1, 1).expand(5, -1, -1)
maps = {0: G_line(z_line).detach()}
for step in progress(train_ensemble(G_line, D_line, p, 1000, **settings), 1000, label="on a line"):
    if step.number in (20, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000):
        maps[step.number] = G_line(z_line).detach()

# %%
with torch.no_grad():
    x_G = G_line(torch.randn(5, 5000, 1))[..., 0]
x_p = p.sample(5, 5000)[..., 0]
figure, ax = plt.subplots(figsize=(8, 2.8))
bins = torch.linspace(-6, 6, 81).numpy()
ax.hist(x_p[0], bins, density=True, color=plots.REAL, alpha=0.3, label="data")
ax.hist(x_G[0], bins, density=True, histtype="step", color=plots.GAN, linewidth=2, label="G, first seed")
ax.plot(x[:, 0], density_p, color="black", linewidth=1, linestyle="--", label="p exactly")
ax.set(xlabel="x", ylabel="density")
ax.legend()
plots.show(figure, alt="Histogram of the generator's points over that of the data: two bumps at the same places")

# %% [markdown]
# The distance between two histograms of equally many points is simple on a line: sort both, and average how far apart the
# partners lie (the Wasserstein-1 distance: how far each point has to move).

# %% tags=["claim-g-recovers-data"]
def distance(a, b):
    return (a.sort(-1).values - b.sort(-1).values).abs().mean(-1)


before, after, floor = (distance(points, x_p) for points in (torch.randn(5, 5000), x_G, p.sample(5, 5000)[..., 0]))
with torch.no_grad():
    logits_p, logits_G = D_line(x_p[..., None]), D_line(x_G[..., None])
V = -float(loss_D(logits_p, logits_G))
print(f"distance to the data: noise {before.median():.2f}, G {after.median():.2f}, other data {floor.median():.2f}")
print(f"V = {V:.3f}, -log 4 = {-math.log(4):.3f};  D on data {logits_p.sigmoid().mean():.2f}")
assert after.median() < before.median() / 5 and after.max() < before.min() / 3
assert abs(V + math.log(4)) < 0.05 and abs(logits_p.sigmoid().mean() - 0.5) < 0.03

# %% [markdown]
# In all five runs V ends at −log 4, D says "one half", and G's points are distributed nearly as the data: the rest is a
# wobble that stays because the players never quite stop. The detective can only guess. On a line, with endless data,
# the theory is right.

# %% [markdown]
# ### What did G learn? A map
#
# A GAN is a **transformer of distributions**: it takes a cloud of Gaussian noise and bends it into the shape of the data.
# Each line below is one z (top) travelling to its x (bottom). **Predict**, before you move the slider: what happens to
# the z near 0, between the two bumps?

# %%
def draw_map(number):
    figure, ax = plt.subplots(figsize=(6.2, 2.6), dpi=80)
    start, end = z_line[0, :, 0], maps[number][0, :, 0]
    ax.plot(torch.stack([start, end]), [1, 0], color=plots.GAN, linewidth=1)
    ax.fill_between(x[:, 0], -0.9 * density_p - 0.05, -0.05, color=plots.REAL, alpha=0.4)
    ax.set(xlim=(-5.5, 5.5), ylim=(-0.4, 1.05), yticks=[0, 1], yticklabels=["x = G(z)", "z"], xlabel="position")
    return plots.to_array(figure)


# %% tags=["claim-distribution-transformer"]
from ganlib.widgets import TrainingPlayer

frames = [draw_map(number).transpose(2, 0, 1)[None] for number in maps]
z_start = torch.randn(5, 5000)
shares = [float((points.abs() < 0.7).float().mean()) for points in (z_start, x_G, x_p)]
kept = sum(bool((m.diff() > 0).all() or (m.diff() < 0).all()) for m in maps[1000][..., 0])
print("share in the middle, |x| < 0.7: noise {:.1%}, G {:.1%}, data {:.1%}".format(*shares))
print(f"runs in which neighbouring z stay neighbours, in order: {kept} of 5")
assert shares[0] > 0.45 and shares[1] < 0.1
TrainingPlayer(Film(z=z_line[0], steps=list(maps), frames=frames, curves={}))

# %% [markdown]
# The middle is pulled open: G can't jump, because a network is continuous, so it becomes steep there, and a few points
# remain in the gap. Whether it keeps the order of z on the way, or folds the line over, is up to each run: nothing in
# the game asks for it. Any map that turns the noise into the data is a solution.

# %% [markdown]
# ## 9 · Why not minimise V? The loss that saturates
#
# The zero-sum choice would be $L_G = -L_D$, of which G's part is $+\mathbb E\log(1 - D(G(z)))$. Early on G is bad, D is
# sure, and the logits of fakes are far below zero. Look at the slope of both losses there:

# %%
logits = torch.linspace(-10, 6, 200)
figure, ax = plt.subplots(figsize=(8, 3))
ax.plot(logits, -softplus(logits), color=plots.QUIET, label="log(1 − D): minimax")
ax.plot(logits, softplus(-logits), color=plots.PLAYER_G, label="−log D: non-saturating")
ax.set(xlabel="logit of a fake (left: D is sure that it is fake)", ylabel="loss of G (nats)")
ax.legend()
plots.show(figure, alt="On the left the minimax loss is flat, the non-saturating loss is steep")

# %% [markdown]
# Flat on the left: where G needs the gradient most, minimax gives none. Does it matter? The data move away to 6 and 10, D
# learns for 100 steps that G's points near 0 are fake, and then both play on, G with plain gradient descent.

# %%
from ganlib.train import update_D

far = GaussianMixture(torch.tensor([[6.0], [10.0]]), sigma=0.5)


def race(loss, steps=300, members=5):
    torch.manual_seed(0)
    G, D = MLPEnsemble(members, [1, 32, 1], keep_last=True), MLPEnsemble(members, [1, 32, 1])
    opt_G = torch.optim.SGD(G.parameters(), lr=0.02)
    opt_D = torch.optim.Adam(D.parameters(), lr=1e-2, betas=(0.5, 0.99))
    summed = losses.GANLoss("sum", lambda r, f: members * loss.D(r, f), lambda f: members * loss.G(f))
    for number in progress(range(100 + steps), label=loss.name):
        update_D(G, D, opt_D, far.sample(members, 128), torch.randn(members, 128, 1), summed)
        if number >= 100:
            update_G(G, D, opt_G, torch.randn(members, 128, 1), summed)
        if number == 100:
            first = sum(weight.grad.flatten(1).square().sum(1) for weight in G.parameters()).sqrt()
    return first, G(torch.randn(members, 1000, 1)).detach().mean((1, 2))


# %% tags=["claim-saturating-loss"]
slope_minimax, end_minimax = race(losses.minimax)
slope_ours, end_ours = race(losses.non_saturating)
print(f"length of G's first gradient: minimax {slope_minimax.median():.1e}, -log D {slope_ours.median():.1e}")
print(f"mean of G's points after 300 steps (data: 8): minimax {end_minimax.median():.1f}, -log D {end_ours.median():.1f}")
assert slope_ours.min() > 20 * slope_minimax.max()
assert end_minimax.abs().max() < 2 and end_ours.median() > 4

# %% [markdown]
# Minimax is stuck where it began; −log D arrives. Both losses have the same fixed point, so nothing is lost. (With Adam the
# difference is smaller than you would expect: Adam divides by the size of the gradient, and so hides that it is tiny.)

# %% [markdown]
# ## 10 · Why it is unstable
#
# Gradient descent finds minima. A game has none: each player's minimum moves as the other one plays. The smallest example
# is $f(x, y) = xy$; one player lowers it with x, the other raises it with y. The only resting point is (0, 0).

# %%
def play(steps=400, lr=0.1, penalty=0.0):
    x, y, path = 1.0, 0.0, [(1.0, 0.0)]
    for _ in range(steps):
        x = x - lr * y  # df/dx = y: x lowers f
        y = y + lr * (x - penalty * y)  # df/dy = x: y raises f, and pays penalty / 2 * y^2 for being far out
        path.append((x, y))
    return torch.tensor(path)


# %%
circling, settling = play(), play(penalty=0.5)
figure, ax = plt.subplots(figsize=(4.6, 4))
ax.plot(*circling.T, color=plots.PLAYER_D, linewidth=1, label="f = xy")
ax.plot(*settling.T, color=plots.REAL, label="with a penalty on y")
ax.plot(0, 0, "k+", markersize=12)
ax.set(xlabel="x, lowers f", ylabel="y, raises f", aspect="equal")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(figure, alt="One path circles the origin for ever, the path with a penalty spirals into it")

# %% tags=["claim-zero-sum"]
radius = circling.norm(dim=1)
print(f"xy alone: distance from the resting point between {radius[200:].min():.2f} and {radius[200:].max():.2f}")
print(f"with the penalty: {settling.norm(dim=1)[-1]:.0e}")
assert radius[200:].min() > 0.9 and settling.norm(dim=1)[-1] < 1e-3

# %% [markdown]
# Taking turns, the two circle for ever, as close to the solution after 400 rounds as after 4. A small cost on the
# player who *raises* f lets both spiral in. Remember that: `D` is that player, and section 12 charges it such a cost.

# %% [markdown]
# ### How often does it go wrong?
#
# Ten seeds for each of five learning rates on the two bumps, 400 steps each, everything else unchanged. A run **fails** if
# its points end further from the data than 0.75, about a sixth of the gap between the bumps.

# %% tags=["claim-unstable-training"]
rates = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1)
x_p = p.sample(10, 2000)[..., 0]
failed = []
for lr in rates:
    torch.manual_seed(1)
    G_line, D_line = MLPEnsemble(10, [1, 32, 32, 1], keep_last=True), MLPEnsemble(10, [1, 32, 32, 1])
    for _ in progress(train_ensemble(G_line, D_line, p, 400, lr=lr), 400, label=f"learning rate {lr:g}"):
        pass
    with torch.no_grad():
        failed.append(float((distance(G_line(torch.randn(10, 2000, 1))[..., 0], x_p) > 0.75).float().mean()))
print({f"{lr:g}": f"{share:.0%}" for lr, share in zip(rates, failed)})
assert min(failed) <= 0.4 and max(failed) >= 0.7

# %%
figure, ax = plt.subplots(figsize=(6, 2.8))
plots.bars(ax, [f"{lr:g}" for lr in rates], failed, label="share of runs that fail", colour=plots.PLAYER_D)
ax.set(xlabel="learning rate of both players", ylim=(0, 1))
plots.show(figure, alt="Bars: the share of failed runs over the learning rate, low only in the middle")

# %% [markdown]
# The learning rate alone decides between "hardly ever" and "always", and in between the seed does. This is what people mean when they
# call GANs hard to train. It is also why this course never shows you one lucky seed.

# %% [markdown]
# ## 11 · What rescues the digits
#
# Back to handwriting. Each candidate below was added **alone** to the plain GAN of section 7, from five seeds, 3,000
# steps each. That takes half an hour, so it is recorded; `python -m ganlib experiment digit-cures` runs it again.

# %%
from ganlib import experiments

record = experiments.read("digit-cures")
cures = {}
for run in record["runs"]:
    cures.setdefault(run["variant"], []).append(run)
print(f"{len(record['runs'])} runs of {record['steps']} steps")

# %% tags=["claim-stabilisers"]
def column(name, key):
    return torch.tensor([run[key] for run in cures[name]])


def middle(name, key="frechet"):
    return float(column(name, key).median())


print(f"{'added to the plain GAN':24}{'Fréchet distance':>20}{'classes':>9}{'recall':>8}{'D is right':>12}")
for name in sorted(cures, key=middle):
    spread = f"{middle(name):.0f} ({column(name, 'frechet').min():.0f} to {column(name, 'frechet').max():.0f})"
    rest = f"{middle(name, 'classes'):9.0f}{middle(name, 'recall'):8.2f}{middle(name, 'accuracy_D'):12.0%}"
    print(f"{name:24}{spread:>20}{rest}")
assert column("gradient penalty", "frechet").max() < column("plain", "frechet").min() / 3
assert column("dropout in D", "frechet").max() < column("plain", "frechet").min() / 2
assert middle("batch norm in G") > 0.7 * middle("plain") and middle("gradient clipping") > 0.7 * middle("plain")
assert middle("recipe", "recall") > middle("gradient penalty", "recall")
assert column("recipe without penalty", "frechet").min() > 3 * column("recipe", "frechet").max()

# %% [markdown]
# The lectures name dropout, batch normalisation and gradient clipping as what stabilises a GAN. Tried one at a time on
# *this* problem, they are not equal:
#
# - **Dropout in D** helps a lot. A detective whose memory has random gaps cannot rely on the album.
# - **Batch normalisation** in G and **gradient clipping** do *not* help here. They cure other diseases, deep networks that
#   do not start to learn and steps that explode; two shallow networks that learn by heart have neither.
# - **Smoothed labels** and **moved copies** of the digits help a little; a falling rate and an average hardly, alone.
# - The **gradient penalty** alone does what nothing else does. The recipe of the next section keeps it and adds what is
#   cheap; its moved copies cost a little distance, and gain variety (recall). Without the penalty the recipe fails.

# %%
names = sorted(cures, key=lambda name: -column(name, "frechet").median())
figure, ax = plt.subplots(figsize=(8, 3.6))
for row, name in enumerate(names):
    ax.plot(column(name, "frechet"), [row] * len(cures[name]), "o", color=plots.GAN, alpha=0.6)
ax.axvline(real.frechet, color=plots.REAL, linestyle=":", label="real against held-out real")
ax.set(xscale="log", xlabel="Fréchet distance to held-out digits (smaller is better), one dot a seed")
ax.set(yticks=range(len(names)), yticklabels=names)
ax.legend()
plots.show(figure, alt="Dots of the Fréchet distance for each cure; those with the gradient penalty lie furthest left")

# %% [markdown]
# ### The cure, as a formula
#
# $$\text{penalty} = \frac{\gamma}{2}\; \mathbb E_{x}\, \bigl\lVert \nabla_x D(x) \bigr\rVert^2 \quad\text{at real pictures}$$
#
# A `D` that knows 1,297 pictures by heart is a landscape with 1,297 needles in it. Needles have steep slopes; this term
# makes slopes at real pictures expensive (Mescheder et al. 2018), so D has to judge by what real pictures have in
# common. It is the same cost on "the player who raises f" that turned the circle into a spiral.

# %%
def gradient_penalty(D, x_real, gamma=3.0):
    x_real = x_real.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x_real).sum(), x_real, create_graph=True)
    return gamma / 2 * slope.flatten(1).square().sum(1).mean()


x_real = digits.sample(64, generator)
ours, theirs = gradient_penalty(D, x_real), losses.zero_centred_penalty(D, x_real, weight=3.0)
print("equal to the library's:", bool(torch.isclose(ours, theirs)))
assert torch.isclose(ours, theirs)

# %% [markdown]
# The recipe adds three cheaper things: sixteen slightly **moved copies** of each digit, a learning rate that **falls** in
# the second half, so that the players settle, and samples from an **average** of G over its last 200 steps. The losses
# and the algorithm are unchanged: this is still Goodfellow's GAN.

# %% [markdown]
# ## 12 · The second attempt
#
# 4,000 steps, half a minute or so. Watch.

# %%
from functools import partial

moved = data.augmented(digits, copies=16, shift=1.0, rotate=6.0, zoom=0.05)
steps = 4000
torch.manual_seed(0)
training = Training(
    *mlp_pair(moved.image_shape), moved, seed=0,
    penalty=partial(losses.zero_centred_penalty, weight=3.0),
    schedule=constant_then_linear(steps, start=0.5, end=0.05),
    ema=0.995,
)  # fmt: skip

# %%
film = Film(torch.randn(36, z_dim, device=device), every=80)
film.begin(training.best_G)
view = plots.live("Samples of the rescued GAN: clean digits of all ten classes")
for step in progress(training.run(steps), steps, label="rescued GAN"):
    film.record(step, training.best_G)
    if step.number % 80 == 0:
        view.update(generate(training.best_G, film.z), columns=12)

# %% [markdown]
# Nobody told `G` what a digit is, how many there are, or what a stroke of a pen looks like. It never saw one. Everything in
# these pictures came through D's opinion. In numbers, beside the first attempt and real digits:

# %% tags=["claim-sample-and-compare"]
rescued = judge(training.best_G)
for name, quality in {"real digits": real, "plain GAN": plain, "rescued GAN": rescued}.items():
    print(f"{name:12} {quality}")
assert rescued.classes >= 9 and rescued.confidence >= 0.8
assert real.frechet < rescued.frechet < plain.frechet / 2

# %% [markdown]
# ### What did the penalty do to D?
#
# How steep is D at real pictures, and does it still know its pictures by heart?

# %%
slopes = [losses.squared_gradient(D, held_out.images).detach().sqrt().mean() for D in (library.D, training.D)]
print(f"slope of D at new real digits, in logits a unit of distance: plain {slopes[0]:.2f}, rescued {slopes[1]:.2f}")
print(f"the rescued GAN's D scores a digit that it has seen higher than a new one in {remembers(training.D):.0%} of pairs")
assert slopes[1] < slopes[0] / 2

# %% [markdown]
# The slope is what changed. With so few pictures even this D comes to know them by heart; it also had twice as many steps
# to do so. But its landscape is gentle now: a fake that is a little better gets a little more credit, and that is all
# that `G` needs.

# %% [markdown]
# ### The film of the training
#
# **Predict**: which digits come first? Does a z, once it shows a 3, stay a 3? Drag the slider (or press play), and look
# at one place of the grid.

# %%
TrainingPlayer(film, lines={"2 ln 2": 2 * math.log(2), "ln 2": math.log(2)})

# %% [markdown]
# The losses tell you little: they leave their start within a few hundred steps and then hardly move, while the pictures
# get better and better. **A GAN's loss is not a measure of its quality**; that is why we sample and compare.

# %% [markdown]
# ### The race of forger and detective
#
# The classifier's confidence in the pictures of the film shows how the fakes improve; `D`'s accuracy shows who is ahead.

# %%
confidence = []
for frame in film.frames:
    images = torch.from_numpy(frame).to(device).float() / 127.5 - 1
    confidence.append(metrics.mean_confidence(metrics.classify(classifier, images)[1]))
accuracy = torch.tensor(film.curves["accuracy_D"]).unfold(0, 20, 20).mean(1)
figure, ax = plt.subplots(figsize=(8, 2.8))
ax.plot(film.steps, confidence, color=plots.GAN, label="fakes that the classifier recognises (its confidence)")
ax.plot(film.curve_steps[19::20], accuracy, color=plots.PLAYER_D, label="share that the detective gets right")
ax.axhline(0.5, color=plots.QUIET, linestyle=":", linewidth=1)
ax.set(xlabel="step", ylabel="share", ylim=(0, 1.02))
ax.legend()
plots.show(figure, alt="Confidence in the fakes rises from near zero to about 0.9 while D's accuracy stays above one half")

# %% [markdown]
# The fakes become recognisable within a few hundred steps. From then on both improve together, and the detective keeps a
# small lead: it is not down to guessing, as it was on the line. With a multilayer perceptron and 1,297 digits the forger
# does not win outright.

# %% [markdown]
# ## 13 · Three reasons to call it a miracle
#
# 1. `G` has **no targets**: it knows *that* it was caught, and nobody gives it the right picture.
# 2. There is **no single loss** whose minimum both want.
# 3. `D` is **seldom fooled**, so `G` fails nearly always. And yet it learns.
#
# What resolves them is the gradient: D does not only say "fake", it says, for every pixel, which way would be more real.

# %%
x_fake = generate(library.G, film.z[:8]).requires_grad_(True)
logits_fake = library.D(x_fake)
(slope,) = torch.autograd.grad(losses.non_saturating.G(logits_fake), x_fake)
advice = -slope / slope.flatten(1).norm(dim=1).view(-1, 1, 1, 1)  # one unit of length a picture
with torch.no_grad():
    logits_better = library.D(x_fake + 2 * advice)

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 2.6))
plots.image_grid(axes[0], x_fake, columns=8, colour=plots.GAN, title="fakes of the plain GAN")
sheet = torch.cat(list(advice[:, 0]), dim=1).cpu()
axes[1].imshow(sheet, cmap="RdBu_r", vmin=-sheet.abs().max(), vmax=sheet.abs().max())
axes[1].set(xticks=[], yticks=[], title="what D asks for: more ink (red), less ink (blue)")
axes[1].spines[:].set_visible(False)
plots.show(figure, alt="Eight fakes, and below each the gradient of D with respect to its pixels, red and blue")

# %% tags=["claim-three-miracles"]
fooled = (logits_fake > 0).float().mean()
print(f"of the eight fakes D took {fooled:.0%} for real")
print(f"P(real), mean: {logits_fake.sigmoid().mean():.2f}, after following the advice: {logits_better.sigmoid().mean():.2f}")
assert fooled <= 0.5 and (logits_better > logits_fake).all()

# %% [markdown]
# A picture of advice, made for this one fake: that is far more than a yes or a no. A player of chess who loses learns one
# bit; `G` learns 1,024 numbers from every defeat.

# %% [markdown]
# ## 14 · Are they copies?
#
# A generator that stored the training set would get perfect marks everywhere above. So look for each sample's nearest
# training picture, and ask how near *new* real digits are to the training set. For comparison, a cheat that does copy:

# %%
samples = generate(training.best_G, torch.randn(500, z_dim, generator=torch.Generator().manual_seed(2)).to(device))
cheat = digits.sample(500, generator) + 0.1 * torch.randn(500, *digits.image_shape, device=device)
near, which = metrics.nearest_neighbours(samples, digits.images)
near_new, _ = metrics.nearest_neighbours(held_out.images, digits.images)
near_cheat, _ = metrics.nearest_neighbours(cheat, digits.images)

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 1.75))
plots.image_grid(axes[0], samples[:16], columns=16, colour=plots.GAN, title="samples")
plots.image_grid(axes[1], digits.images[which[:16]], columns=16, colour=plots.REAL, title="the nearest training digit of each")
plots.show(figure, alt="Sixteen samples above, their nearest training digits below: alike, not the same")

# %% tags=["claim-nearest-neighbour"]
print("median distance to the nearest training digit (in the pixels' units)")
print(f"  samples {near.median():.1f}   new real digits {near_new.median():.1f}   the cheat {near_cheat.median():.1f}")
assert near.median() > 0.8 * near_new.median() and near_cheat.median() < 0.5 * near_new.median()

# %% [markdown]
# The samples are at least as far from the training set as new real digits are; the cheat is found out at once. Look at
# the pairs too: same digit, other hand.

# %% [markdown]
# ## 15 · What a GAN can't write
#
# G learns through D's gradient with respect to the *picture*. Text is made of letters, and choosing a letter is an arg max.
# **Predict**: what is the derivative of "which letter has the largest score"?

# %% tags=["claim-no-text"]
# NBVAL_CHECK_OUTPUT
scores = torch.randn(5, 26, requires_grad=True)  # a word of five letters, as G would write it
taste = torch.randn(26)  # D likes some letters better
word = nn.functional.one_hot(scores.argmax(1), 26).float()
nudged = nn.functional.one_hot((scores + 1e-4 * torch.randn(5, 26)).argmax(1), 26).float()
soft = (scores.softmax(1) @ taste).sum()
soft.backward()
print("the word changes when every score is nudged:", not torch.equal(word, nudged))
print("D's opinion of the word has a gradient for the scores:", (word @ taste).requires_grad)
print("D's opinion of a blend of letters has one:", bool(scores.grad.abs().sum() > 0))
assert torch.equal(word, nudged) and not (word @ taste).requires_grad and scores.grad.abs().sum() > 0

# %% [markdown]
# Nudge the scores and the word stays the same: the slope is zero wherever it exists, so back-propagation has nothing to
# pass on. A blend of letters has a slope, but is no word. That is why GANs draw and language models do something else.

# %% [markdown]
# ## What you should be able to say now
#
# - *Can two arguing networks learn to draw?* Yes: all ten digits in half a minute, from D's gradient alone.
# - *What are the steps?* Noise and data, one step of D; fresh noise, one step of G with D constant; repeat.
# - *What is the best D, and the value of the game at its solution?* p/(p+q); −log 4, where D = ½ and q = p.
# - *Why −log D?* Because log(1 − D) is flat where G is bad.
# - *Why is it unstable?* It is a game, not a descent; it may circle. A penalty on D's slope lets it settle.
# - *How does one judge the result?* Samples beside data, in pictures and in features, and never one seed.

# %% [markdown]
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/06_vanilla_gan.ipynb) have a notebook of their own. To try here:
#
# 1. Give `D` two steps for each of `G` (`D_steps=2` in `Training`), at half as many steps. Better or worse, over three seeds?
# 2. Replace the loss by `losses.least_squares` or `losses.hinge` in section 12. What changes in the curves, and what in
#    the pictures?
# 3. **Find the bug.** A well-known tutorial writes `loss_G = -loss_D(D(x_real), D(G(z)))` and trains only `G` with it. Which
#    part of that expression has no gradient for G, and which of the two losses of section 9 is it?
# 4. In section 15, replace arg max by `nn.functional.gumbel_softmax(scores, hard=True)`. Why is there a gradient now, and
#    what is wrong with it?

# %% [markdown]
# ## References
#
# Goodfellow et al. 2014, *Generative adversarial nets* · Goodfellow 2016, *NIPS tutorial* · Salimans et al. 2016, *Improved
# techniques for training GANs* · Heusel et al. 2017 (the Fréchet distance for samples) · Mescheder, Geiger and Nowozin
# 2018, *Which training methods for GANs do actually converge?* · Radford et al. 2016 (Adam with β₁ = 0.5)
