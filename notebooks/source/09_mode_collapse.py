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
# # 09 · Mode collapse
#
# {{badges}}
#
# **Question**: why does a generator repeat itself, how does one measure that, and what helps?
#
# **You will see** a generator that gives one and the same answer to every question, and why that is its *best* answer;
# a film in which it runs away from its detective for ever; three measures; nine cures, each in a few lines, and what
# each is worth over ten seeds; and a lab in which you can break a GAN and mend it yourself.
#
# **Read before**: [06](06_vanilla_gan.ipynb), the losses and the algorithm.
#
# **Time**: 40 s on two cores; the networks are far too small to need a GPU.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · A question from the lecture
#
# *Suppose that the discriminator is fixed. What should the generator do?*
#
# **Predict** before you read on: D never changes again, G may train as long as it likes. What do its pictures look like?

# %% [markdown]
# `G` wants large logits. Whatever it does, it can't get more than the largest one that there is:
#
# $$\mathbb E_z\, D(G(z)) \;\le\; \max_x D(x), \qquad \text{with equality only if } G(z) \in \arg\max_x D(x) \text{ for all } z$$
#
# So the best `G` forgets z and always says the same thing: the one x that this D likes best. Variety earns nothing. Let
# us watch that in the plane, where one sees everything. The data: eight small bumps on a circle.

# %%
import math

import matplotlib.pyplot as plt
import torch
from ganlib import data, losses, metrics, plots, pretrained
from ganlib.data.mixtures import grid, ring, spiral
from ganlib.models import MLPEnsemble, generate
from ganlib.train import Film, progress, train_ensemble, update_G
from torch import nn

torch.set_num_threads(1)  # a second thread gains nothing in networks as small as these
points = ring(8)  # radius 1, sigma 0.01

# %% [markdown]
# Ten pairs of networks, from ten seeds, as one batched network: `MLPEnsemble` holds ten MLPs, and one product of stacked
# matrices does the work of ten. Every tensor has the seeds first, (10, N, 2). `G`'s points stay in a box of half-width 1.5.

# %%
S = 10


def new_pairs(hidden=64, seed=0):
    torch.manual_seed(seed)
    G = MLPEnsemble(S, [2, hidden, hidden, 2], keep_last=True, bound=1.5)  # z: (S, N, 2) -> points (S, N, 2)
    return G, MLPEnsemble(S, [2, hidden, hidden, 1])  # points (S, N, 2) -> logits (S, N)


G, D = new_pairs()
for _ in progress(train_ensemble(G, D, points, 100), 100, label="first steps"):  # so that D has an opinion
    pass

# %% [markdown]
# Now D stands still, and only G goes on. We know D everywhere, so we can also look for its largest value: on a lattice of
# 151 × 151 places.

# %%
line = torch.linspace(-1.5, 1.5, 151)
places = torch.cartesian_prod(line, line)
z = torch.randn(S, 300, 2)
with torch.no_grad():
    height = D(places.expand(S, -1, -1))  # (S, 151 * 151) logits
    start = G(z)
best, where = height.max(1)

opt_G = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.99))
for _ in progress(range(600), label="G alone"):
    update_G(G, D, opt_G, torch.randn(S, 64, 2), losses.non_saturating)
with torch.no_grad():
    end = G(z)

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 3.8))
for seed, ax in enumerate(axes):
    picture = height[seed].view(151, 151).T
    ax.imshow(picture, origin="lower", extent=(-1.5, 1.5, -1.5, 1.5), cmap="RdBu", alpha=0.6, interpolation="bilinear")
    ax.plot(*start[seed].T, ".", color=plots.GAN, markersize=2, alpha=0.5, label="G(z), before")
    ax.plot(*places[where[seed]], "kx", markersize=12, label="arg max of D", clip_on=False)
    ax.plot(*end[seed].T, "o", color=plots.GAN, markersize=6, label="G(z), 600 steps later", clip_on=False)
    ax.plot(*points.means.T, "+", color=plots.REAL, label="modes of the data")
    ax.set(title=f"seed {seed}", xticks=[-1, 0, 1], yticks=[-1, 0, 1], xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
handles = dict(zip(*reversed(ax.get_legend_handles_labels())))
figure.legend(handles.values(), handles, loc="outside lower center", ncols=4)
plots.show(figure, alt="Maps of three fixed discriminators: 300 spread points of G have all run to the highest place")

# %% [markdown]
# Blue is "real", red is "fake". 300 different z, one answer, and it lies on the cross. Notice *where* that is: often in a
# corner in which there are no data at all. D has never been there, so nobody ever told it that it is wrong. All ten seeds:


# %%
def spread(x):
    """The standard deviation of the points about their mean, of each seed: (S, N, 2) -> (S,)"""
    return x.var(1).sum(-1).sqrt()


# %% tags=["claim-collapse-fixed-d"]
# NBVAL_CHECK_OUTPUT
with torch.no_grad():
    missing = best - D(end).mean(1)  # how far the mean logit still is from the largest
    missing_before = best - D(start).mean(1)
one_answer = (spread(end) < spread(start) / 10) & (missing < missing_before / 5)
print("seeds in which all outputs meet at the arg max of the fixed D:", "most" if one_answer.sum() >= 8 else "few")
assert one_answer.sum() >= 8 and missing.median() < 0.05

# %% [markdown]
# Does that hold for pictures too? A digit has 1,024 numbers, and the largest logit can't be looked up on a lattice. But it
# can be climbed: start from real digits, and follow the gradient of D with respect to the *pixels*.

# %%
from ganlib.recipes import plain_gan

digits = data.load("digits", device=device)
training = plain_gan(digits, seed=0)
for _ in progress(training.run(100), 100, label="D gets an opinion"):
    pass
G_digits, D_digits = training.G.train(), training.D

x = digits.images[:32].detach().clone().requires_grad_(True)
climb = torch.optim.Adam([x], lr=0.05)
for _ in progress(range(150), label="climbing"):
    (slope,) = torch.autograd.grad(-D_digits(x).sum(), x)
    x.grad = slope
    climb.step()
    x.data.clamp_(-1, 1)
highest = float(D_digits(x).detach().max())

# %%
z_digits = torch.randn(200, 64, device=device)
looks = {}
opt_G = torch.optim.Adam(G_digits.parameters(), lr=1e-3, betas=(0.5, 0.99))
for number in progress(range(1001), label="G alone"):
    if number in (0, 25, 150, 1000):
        x_fake = generate(G_digits, z_digits)
        looks[number] = x_fake, float(D_digits(x_fake).detach().mean()), float(x_fake.std(0).mean())
    update_G(G_digits, D_digits, opt_G, torch.randn(64, 64, device=device), losses.non_saturating)

# %%
figure, axes = plt.subplots(4, 1, figsize=(8, 3.6))
for ax, (number, (x_fake, logit, width)) in zip(axes, looks.items()):
    plots.image_grid(ax, x_fake[:16], columns=16, colour=plots.GAN)
    ax.set_title(f"{number:,} steps: mean logit {logit:.1f} (highest: {highest:.1f}), spread of a pixel {width:.3f}")
plots.show(figure, alt="Four rows of sixteen samples: different noise at first, sixteen times one picture at the end")

# %% tags=["claim-collapse-fixed-d"]
# NBVAL_CHECK_OUTPUT
(_, logit_start, width_start), (_, logit_end, width_end) = looks[0], looks[1000]
print("the pictures have run together:", width_end < width_start / 2)
print("its logit is close to the highest that was found:", logit_end > highest - 0.4 * (highest - logit_start))
assert width_end < width_start / 2 and logit_end > highest - 0.4 * (highest - logit_start)

# %% [markdown]
# The answer to the lecture's question: **one picture, whatever the z**. It is not a digit either. It is what this
# one detective happens to like best.
#
# (A fine point: a D that has learned for longer has many summits, and gradient ascent climbs the nearest one. G then
# gives *several* answers, one for each summit that it happened to stand below. Exercise 1 shows it.)

# %% [markdown]
# ## 2 · D catches on, G jumps
#
# In a real training D does not stand still. It learns that this one answer is fake, and lowers the summit. G runs to the
# next. D follows. **Predict**: does this chase come to an end?
#
# To see it clearly we let G be quick: a learning rate ten times that of D, as in Metz et al. (2017).

# %%
from ganlib.metrics.modes import nearest_mode
from ganlib.widgets.plane.picture import draw_plane, lattice

G, D = new_pairs()
z = torch.randn(S, 500, 2)
asked = torch.from_numpy(lattice(1.5)).expand(S, -1, -1)
film = Film(z[0], curves={"loss_D": [], "loss_G": []})
dots = ring(8, sigma=0.025).sample(400).numpy()  # drawn wider than they are, to be seen
seen = []  # G's points of all seeds, every 20 steps


def look(step):
    with torch.no_grad():
        seen.append(G(z))
        heat = D(asked)[0].sigmoid().numpy()
    picture = draw_plane(verdicts=heat, data=dots, samples=seen[-1][0].numpy(), pulls=None, net=None, extent=1.5)
    film.steps.append(step.number)
    film.frames.append(picture[:-22].transpose(2, 0, 1)[None])  # without the legend
    for name in film.curves:
        film.curves[name].append(float(getattr(step, name)) / S)


# %%
run = train_ensemble(G, D, points, 1200, lr=2e-3, lr_D=2e-4)
for step in progress(run, 1200, label="the chase"):
    if step.number % 20 == 0:
        look(step)

# %% [markdown]
# How much variety is there at a time? Say each of the 500 points belongs to the mode that it is nearest to. With $q_k$ the
# share of mode k, the **entropy** is
#
# $$H = -\sum_k q_k \log q_k$$
#
# in nats: log 8 = 2.08 if all eight modes get the same, 0 if one gets everything.


# %%
def shares(x):
    """The share of the points that are nearest to each mode: (..., N, 2) -> (..., K)"""
    _, mode = nearest_mode(x, points)
    return nn.functional.one_hot(mode, len(points.means)).float().mean(-2)


# %%
q = shares(torch.stack(seen))  # (looks, S, 8)
entropy = torch.special.entr(q).sum(-1)
film.curve_steps = film.steps
film.curves |= {"share_entropy": (entropy[:, 0] / math.log(8)).tolist()}

# %% [markdown]
# Blue dots are the data (drawn wider than they are), green ones G's points; orange ground means that D says "fake" there,
# blue ground "real". **Predict**: pick one of the eight modes. How often does G come back to it? Now drag the slider, or
# press play.

# %%
from ganlib.widgets import TrainingPlayer

TrainingPlayer(film, lines={"2 ln 2": 2 * math.log(2), "ln 2": math.log(2)})

# %% [markdown]
# The chase has no end. Wherever the green crowd stands, D soon turns the ground below it orange, and the crowd is off to
# where it is still blue. That is lecture 003's sentence as a film: *the discriminator eventually
# learns that this is a bad example, and the generator moves to a different one; entropy is lost.*
#
# It is also the circle of notebook 06, f(x, y) = xy, which no player of a zero-sum game wants to leave. Now the ten seeds:

# %% tags=["claim-collapse-cycles", "claim-zero-sum"]
# NBVAL_CHECK_OUTPUT
late = q[10:]  # from step 220 on
favourite = late.argmax(-1)  # (looks, S)
visited = torch.tensor([len(set(one)) for one in favourite.T.tolist()])
jumps = (favourite[1:] != favourite[:-1]).float().mean(0)
low = entropy[10:].median(0).values < 0.6 * math.log(8)
print("seeds whose favourite mode has been at least six of the eight:", "most" if (visited >= 6).sum() >= 8 else "few")
print("seeds in which it is another one at most looks:", "most" if (jumps > 0.5).sum() >= 8 else "few")
print("seeds in which entropy is mostly below 60 % of log 8:", "most" if low.sum() >= 6 else "few")
assert (visited >= 6).sum() >= 8 and (jumps > 0.5).sum() >= 8 and low.sum() >= 6

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.9))
left.imshow(q[:, 0].T, aspect="auto", cmap="Greens", vmin=0, vmax=1, extent=(0, 1200, 8.5, 0.5))
left.set(xlabel="step", ylabel="mode", yticks=range(1, 9), title="share of each mode, first seed")
right.plot(film.steps, entropy, color=plots.GAN, linewidth=0.7, alpha=0.5)
right.plot(film.steps, entropy.median(1).values, color="black", label="median of ten seeds")
right.axhline(math.log(8), color=plots.REAL, linestyle=":", label="data: log 8")
right.set(xlabel="step", ylabel="entropy over modes (nats)", ylim=(0, 2.3))
right.legend(loc="upper right", bbox_to_anchor=(1.0, 0.93))
plots.show(figure, alt="Left: the green mode jumps up and down over time. Right: entropies far below log 8")

# %% [markdown]
# Summed over time, G visits everything. At any one time it knows one or two things. If you stop the training, **what you
# get depends on when you stop**: that is why a collapsed GAN's losses look so harmless.

# %% [markdown]
# ## 3 · Measuring it
#
# The papers agree on two sets of points and three measures (Srivastava et al. 2017, Lin et al. 2018). The points:

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 3.1))
for ax, mixture, name in zip(
    axes, (ring(8), grid(5), spiral()), ("ring of 8, σ = 0.01", "grid of 25, σ = 0.05", "spiral")
):
    ax.plot(*mixture.sample(2500).T, ".", color=plots.REAL, markersize=2)
    ax.set(title=name, aspect="equal")
plots.show(figure, alt="Three clouds of points: eight dots on a circle, a grid of five by five dots, a spiral of 40")

# %% [markdown]
# ### A bug that you will meet
#
# Many public copies of the ring place its modes at `linspace(0, 2π, 8)`. **Predict**: how many modes is that?

# %%
# NBVAL_CHECK_OUTPUT
angles = {"linspace(0, 2π, 8)": torch.linspace(0, 2 * math.pi, 8), "2π · arange(8) / 8": math.pi / 4 * torch.arange(8)}
for name, angle in angles.items():
    means = torch.stack([angle.cos(), angle.sin()], 1)
    print(f"{name}: {len(torch.unique(means.mul(1000).round(), dim=0))} different modes")

# %% [markdown]
# Both ends of the line are the same angle. A perfect generator covers "7 of 8", for ever. Half of one's debugging goes
# into such things.

# %% [markdown]
# ### The measures
#
# Draw 2,500 samples. A sample belongs to the mode it is nearest to, and is **good** if it lies within 3σ of it.
#
# 1. **modes**: how many have at least one good sample.
# 2. **good**: the share of good samples.
# 3. **reverse KL**: $\mathrm{KL}(q \,\|\, w) = \sum_k q_k \log\frac{q_k}{w_k}$, from the samples' shares to the true weights.
#    It is 0 if every mode gets what it should, log K if one gets everything.


# %%
def measures(x, mixture):
    distance = (x[:, None] - mixture.means).norm(dim=-1)  # (N, K)
    nearest, mode = distance.min(1)
    good = nearest <= 3 * mixture.sigma
    q = torch.bincount(mode, minlength=len(mixture.means)) / len(x)
    reverse_kl = torch.xlogy(q, q / mixture.weights).sum()
    return len(mode[good].unique()), float(good.float().mean()), float(reverse_kl)


# %% [markdown]
# How good can "good" be? In the plane the squared distance from a centre, in units of σ², is the sum of two squared
# Gaussians, $r^2 = u^2 + v^2$. Its density is $\tfrac12 e^{-r^2/2}$, so
#
# $$P(r \le 3) = \int_0^9 \tfrac12 e^{-s/2}\, ds = 1 - e^{-9/2} = 98.9\,\%$$
#
# and not the 99.7 % that everyone remembers from the line. A generator above 98.9 % is *too* good: its dots are too small.

# %% [markdown]
# ### Are the measures right?
#
# Never trust a measure that was not tried on something whose answer is known.

# %% tags=["claim-collapse-measured"]
# NBVAL_CHECK_OUTPUT
from ganlib.metrics.modes import coverage

torch.manual_seed(0)
mixture = grid(5)
known = {
    "the data themselves": mixture.sample(2500),
    "one mode": mixture.means[3] + mixture.sigma * torch.randn(2500, 2),
    "half: 12 of 25 modes": mixture.means[2 * torch.randint(12, (2500,)) + 1] + mixture.sigma * torch.randn(2500, 2),
    "all modes, too wide": mixture.means[torch.randint(25, (2500,))] + 3 * mixture.sigma * torch.randn(2500, 2),
    "one point, no mode": torch.ones(2500, 2),
}
print("                        modes   good   reverse KL")
for name, x in known.items():
    count, good, kl = measures(x, mixture)
    assert (count, round(good, 4), round(kl, 3)) == tuple(round(v, d) for v, d in zip(
        (coverage(x, mixture).modes, coverage(x, mixture).good, coverage(x, mixture).reverse_kl), (0, 4, 3)))  # fmt: skip
    print(f"{name:22}{count:7d}{good:8.0%}{abs(kl):11.1f}")
print(f"expected:   all 25, {1 - math.exp(-4.5):.0%}; log 25 = {math.log(25):.1f}, log 25/12 = {math.log(25 / 12):.1f}, "
      f"{1 - math.exp(-0.5):.0%} within 3σ of the wide ones")  # fmt: skip

# %% [markdown]
# No measure is enough on its own. "One mode" is perfect in quality. "Too wide" covers everything and is mostly rubbish:
# with *at least one* good sample of 2,500 a mode counts quickly. Always look at all three.

# %% [markdown]
# ## 4 · Nine cures
#
# The patient: two hidden layers of 64 units in G and in D, 60 points a batch, Adam, 3,000 rounds, G at rate 10⁻³ and D at
# 10⁻⁴. This is a sick set-up on purpose, as in Metz et al. (2017). Each cure changes **one** thing. For each: the idea, and
# the lines that make it. What it is worth comes after that, for all of them side by side.

# %% [markdown]
# ### 4.1 The loss: −log D instead of log(1 − D)
#
# Notebook 06 showed that the minimax loss has no slope where D is sure. Once G is caught in one place, that is exactly where
# it is. (`plain` below means −log D; `minimax` is listed to show what it would cost.)

# %%
logits_caught = torch.tensor([-8.0], requires_grad=True)  # D is sure that this is fake
slopes = {name: float(torch.autograd.grad(losses.BY_NAME[name].G(logits_caught), logits_caught)[0].abs())
          for name in ("minimax", "non_saturating")}  # fmt: skip
print("slope for a sample that was caught:", {name: f"{slope:.4f}" for name, slope in slopes.items()})
assert slopes["non_saturating"] > 1000 * slopes["minimax"]

# %% [markdown]
# ### 4.2 Two time scales
#
# If G jumps because D is slow, let D be the quicker one: G at 2.5 · 10⁻⁴, D at 10⁻³ (Heusel et al. 2017, who also prove that
# the game then settles, under conditions that nobody checks). Cost: none. Code: two numbers.

# %% [markdown]
# ### 4.3 Instance noise
#
# Blur what D sees, real and fake alike, and let the blur go to zero during training (Sønderby et al. 2017). Through thick
# glasses eight dots are one ring, which is easy; they become dots when G is already there. That is the idea, at least.


# %%
def blurred(x, step, steps, first=0.2):
    return x + first * (1 - step / steps) * torch.randn_like(x)


# %% [markdown]
# ### 4.4 Minibatch standard deviation
#
# D looks at one sample at a time, and each copy of the same perfect dot is perfect. So tell D something about the *batch*: how
# much do its features vary? One more number for the last layer (Karras et al. 2018).


# %%
def with_spread(features):
    """(..., N, F) -> (..., N, F + 1): the mean over features of their standard deviation over the batch"""
    spread = (features.var(-2, correction=0, keepdim=True) + 1e-8).sqrt().mean(-1, keepdim=True)
    return torch.cat([features, spread.expand(*features.shape[:-1], 1)], -1)


same, mixed = torch.ones(6, 4), torch.randn(6, 4)
print(f"six equal samples: {with_spread(same)[0, -1]:.2f}, six different ones: {with_spread(mixed)[0, -1]:.2f}")

# %% [markdown]
# ### 4.5 Minibatch discrimination
#
# The same thought, learned instead of fixed (Salimans et al. 2016). A matrix turns each sample's features into a few rows M,
# and D is told how close these rows are to those of all others:
#
# $$o_b(x_i) = \frac1N \sum_j e^{-\lVert M_{ib} - M_{jb} \rVert_1}$$


# %%
def closeness(rows):
    """(N, kernels, width) -> (N, kernels): near 1 if all are alike, near 1/N if each stands alone"""
    distance = (rows[:, None] - rows[None]).abs().sum(-1)  # (N, N, kernels)
    return (-distance).exp().mean(1)


print(
    f"alike: {closeness(torch.ones(6, 1, 3))[0, 0]:.2f}, far apart: {closeness(9 * torch.randn(6, 1, 3))[0, 0]:.2f} = 1/6"
)

# %% [markdown]
# ### 4.6 Unrolling
#
# G falls for the same trick every time: it runs to where D is weak *now*. Let it look ahead: where will D be weak after its
# next k steps, if I go there (Metz et al. 2017)? Those steps are differentiable functions of G's points:
#
# $$\theta_{i+1} = \theta_i - \eta\, \nabla_\theta L_D(\theta_i), \qquad G \text{ minimises } L_G(\theta_k)$$

# %%
from torch.func import functional_call


def look_ahead(D, x_real, x_fake, lr, steps):
    theta = dict(D.named_parameters())
    for _ in range(steps):
        loss_D = losses.non_saturating.D(functional_call(D, theta, x_real), functional_call(D, theta, x_fake))
        slopes = torch.autograd.grad(loss_D, list(theta.values()), create_graph=True)
        theta = {name: weight - lr * slope for (name, weight), slope in zip(theta.items(), slopes)}
    return theta


# %% [markdown]
# With `create_graph=True` the gradient of the gradient exists, so moving a point of G's changes $\theta_k$, and G feels it.
# The course's version takes these steps at the lengths that Adam would give them. That is a lot of work: the table in
# section 5 has its price.

# %% tags=["claim-collapse-measured"]
# NBVAL_CHECK_OUTPUT
from ganlib.models import MLP

torch.manual_seed(0)
D_small = MLP([2, 16, 1])
x_fake = torch.randn(40, 2, requires_grad=True)
before = [weight.clone() for weight in D_small.parameters()]
theta = look_ahead(D_small, points.sample(40), x_fake, lr=0.1, steps=5)
(pull,) = torch.autograd.grad(theta["layers.1.weight"].square().sum(), x_fake)
print("D itself has moved:", not all(torch.equal(a, b) for a, b in zip(before, D_small.parameters())))
print("where D will be depends on G's points:", bool((pull.abs().sum(1) > 0).all()))
assert (pull.abs().sum(1) > 0).all()

# %% [markdown]
# ### 4.7 Packing
#
# Show D *two* samples at a time, side by side, and let it say whether the pair is real (PacGAN, Lin et al. 2018). Two real
# points are rarely the same mode; two points of a collapsed G always are. D's first layer gets wider, nothing else.


# %%
def packed(x, m):
    """(..., N, d) -> (..., N / m, m · d)"""
    return x.reshape(*x.shape[:-2], x.shape[-2] // m, m * x.shape[-1])


print(tuple(packed(torch.zeros(S, 60, 2), 3).shape), "chance that a real pair shares a mode: 1/8")

# %% [markdown]
# Why does that work? If G gives only half of the modes, single samples are off by a little, and pairs by more: the distance
# between the two distributions grows with m, and it grows *fastest* for those that miss modes. With eight equal modes:


# %%
def total_variation(q, m):
    """The best that any D can do on packs of m: half the sum of |p - q| over all m-tuples of modes"""
    p = torch.full((8,), 1 / 8)
    P, Q = p, q
    for _ in range(m - 1):
        P, Q = torch.outer(P, p).flatten(), torch.outer(Q, q).flatten()
    return float((P - Q).abs().sum() / 2)


# %%
# NBVAL_CHECK_OUTPUT
missing_two = torch.tensor([1.0] * 6 + [0.0] * 2) / 6
uneven = torch.tensor([1.5] * 4 + [0.5] * 4) / 8
for name, q_G in {"two modes missing": missing_two, "all there, unevenly": uneven}.items():
    print(f"{name:20}", "  ".join(f"m = {m}: {total_variation(q_G, m):.2f}" for m in (1, 2, 3, 4)))

# %% [markdown]
# Alone, both generators look equally wrong to the best D there is (0.25). In packs, the one that misses modes is found out sooner.

# %% [markdown]
# ### 4.8 Another loss: least squares, Wasserstein
#
# Least squares (Mao et al. 2017) asks D for the numbers 1 and 0, and never saturates. Wasserstein (Arjovsky et al. 2017)
# asks only that D be *higher* at real points, and keeps its slope near 1 between real and fake (Gulrajani et al. 2017):
#
# $$\text{penalty} = \lambda\; \mathbb E_{\hat x} \bigl( \lVert \nabla D(\hat x) \rVert - 1 \bigr)^2$$
#
# With a slope of 1 everywhere, D has no summit that everything could run to. Such a D must be near its best at all times:
# five steps for each of G, at G's rate. Notebook 11 comes back to these losses.


# %%
def slope_penalty(D, x_real, x_fake, weight=0.1):
    """The sum over the seeds of each one's own mean: (S, N, 2), (S, N, 2) -> scalar"""
    share = torch.rand(len(x_real) * x_real.shape[1], 1).view(*x_real.shape[:2], 1)
    between = (x_fake + share * (x_real - x_fake)).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
    return weight * (slope.norm(dim=-1) - 1).square().mean(1).sum()


# %% [markdown]
# ### Are these lines the library's?
#
# The experiment below runs `ganlib.recipes.collapse`. Are the functions above what it computes?

# %%
# NBVAL_CHECK_OUTPUT
from functools import partial

from ganlib.models.sets import MinibatchDiscrimination, MinibatchStd, Packed
from ganlib.train.ensemble import per_member

x, rows = points.sample(S, 60), torch.randn(12, 3 * 4)
torch.manual_seed(1)
mine = slope_penalty(D, x, 0.5 * x)
torch.manual_seed(1)
theirs = per_member(partial(losses.gradient_penalty, weight=0.1))(D, x, 0.5 * x)
same = nn.Identity()
print("packing:", torch.equal(Packed(same, 3)(x), packed(x, 3)))
print("spread:", torch.allclose(MinibatchStd(same, same, slope=1.0)(x), with_spread(x)))
print("closeness:", torch.allclose(MinibatchDiscrimination(same, same, same, 3, slope=1.0)(rows)[:, 12:],
                                   closeness(rows.view(12, 3, 4)), atol=1e-6))  # fmt: skip
print("slope penalty:", torch.allclose(mine, theirs, rtol=1e-4))

# %% [markdown]
# ## 5 · What each cure is worth
#
# Every cure, on the ring and on the grid, from ten seeds. The ten seeds of a cure train together as one batched network
# (`make bench` measures what that saves). **Predict** the winner, and the one that makes it worse.
#
# `python -m ganlib experiment mode-collapse` recorded this table, in some ten minutes on one core:

# %%
from ganlib import experiments
from ganlib.experiments.collapse import run_collapse, summary
from ganlib.recipes.collapse import CURES

runs = experiments.read("mode-collapse")["runs"]


def row(cure, kind):
    (modes, error), (good, _), (kl, _) = (summary(runs, f"{kind}: {cure}", k) for k in ("modes", "good", "reverse_kl"))
    return f"{modes:5.1f} ± {error:.1f} {good:6.0%} {kl:6.2f}"


def price(cure):
    return summary(runs, f"ring: {cure}", "cpu_seconds")[0] / summary(runs, "ring: plain", "cpu_seconds")[0]


# %% tags=["claim-collapse-measured", "claim-better-losses"]
print(f"{'':26}{'ring of 8':^25}      {'grid of 25':^25}")
print(f"{'':26}{'modes':>8} {'good':>9} {'KL':>6}      {'modes':>8} {'good':>9} {'KL':>6}{'time':>9}")
for cure in sorted(CURES, key=lambda name: summary(runs, f"ring: {name}", "modes")[0]):
    print(f"{cure:26}{row(cure, 'ring')}      {row(cure, 'grid')}{price(cure):7.1f} x")

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
order = sorted(CURES, key=lambda name: summary(runs, f"ring: {name}", "modes")[0])
for ax, kind, count in zip(axes, ("ring", "grid"), (8, 25)):
    for height_, cure in enumerate(order):
        modes = [run["modes"] for run in runs if run["variant"] == f"{kind}: {cure}"]
        ax.plot(
            modes,
            [height_ + 0.05 * (k - 4.5) for k in range(len(modes))],
            "o",
            color=plots.GAN,
            alpha=0.5,
            markersize=4,
        )
        ax.plot(sum(modes) / len(modes), height_, "k|", markersize=16)
    ax.axvline(count, color=plots.REAL, linestyle=":")
    ax.set(xlabel=f"modes covered, of {count}", title=kind)
axes[0].set(yticks=range(len(order)), yticklabels=order)
plots.show(
    figure,
    alt="Dots of ten seeds for every cure, on ring and grid; the plain GAN far left, two time scales and unrolling far right",
)

# %% [markdown]
# A dot is a seed, the black line their mean. Notice first how wide the rows of dots are. **One lucky seed would prove
# anything**: even the plain GAN has one that covers the whole ring.

# %% [markdown]
# ### Is that what the papers found?
#
# The order is theirs: the plain GAN among the worst, packing and unrolling far better. We put the reverse KL first, because it
# uses all samples.


# %% tags=["claim-collapse-measured"]
# NBVAL_CHECK_OUTPUT
def clearly_better(cure, than, kind):
    (a, error_a), (b, error_b) = (summary(runs, f"{kind}: {name}", "reverse_kl") for name in (cure, than))
    return b - a > 2 * math.hypot(error_a, error_b)


for kind in ("ring", "grid"):
    helps = [cure for cure in CURES if clearly_better(cure, "plain", kind)]
    print(f"{kind}: clearly better than plain: {', '.join(helps)}")
    assert {"packing 2", "packing 3", "packing 4", "unrolled 5"} <= set(helps)

# %% [markdown]
# PacGAN's table 1 has, in modes: ring, GAN 6.3 ± 0.5, PacGAN2 7.9 ± 0.1; grid, GAN 17.3 ± 0.8, PacGAN2 23.8 ± 0.7, PacGAN4
# 24.8 ± 0.2. Ours differs, and one should say where:
#
# - **Our plain GAN is much worse.** It was made ill on purpose, by a G ten times as quick as its D; and it is small. Theirs has
#   400 units a layer, batch normalisation, and equal rates.
# - **Our samples are less sharp**: few per cent are good, theirs more than nine in ten. They train for 400,000 steps, we
#   for 3,000. A dot with σ = 0.01 takes long to hit.
# - So **the count of modes is unkind to packing** here. With a reverse KL near 0 its points are spread over the ring as they
#   should be; but hardly any lies within 3σ of a centre, and the count needs one that does.
# - **Larger packs** are better on the grid, as in the paper; on the ring two are enough, as in the paper.

# %% [markdown]
# Other things to notice:
#
# - **Two time scales** costs nothing, and nothing does better. That is no surprise: what the rates broke, the rates mend. Before
#   you add anything to a collapsing GAN, slow its G down.
# - **Instance noise** does nothing for these runs. While the picture is blurred, G runs about as before, and when it is sharp
#   again nobody has found the dots. A cure for overlapping supports is no cure for a quick G.
# - **Minibatch discrimination** does well, and **minibatch deviation** does less: one number a batch says *that* the batch
#   lacks variety, not where.
# - **Unrolling** works, and so does **Wasserstein**; both cost several times as much as the others (last column).

# %% [markdown]
# ### The other losses, a first look
#
# Call a run failed if it covers fewer than half of the modes. How many of the ten seeds fail?


# %%
def failed(cure, kind, count):
    return sum(run["modes"] < count / 2 for run in runs if run["variant"] == f"{kind}: {cure}")


# %% tags=["claim-better-losses"]
# NBVAL_CHECK_OUTPUT
for cure in ("minimax", "plain", "least squares", "WGAN-GP"):
    print(
        f"{cure:14} fails in {failed(cure, 'ring', 8):2d} of 10 seeds on the ring, {failed(cure, 'grid', 25):2d} on the grid"
    )
assert failed("WGAN-GP", "ring", 8) < failed("plain", "ring", 8) / 2
assert max(failed("WGAN-GP", "grid", 25), failed("least squares", "grid", 25)) < failed("plain", "grid", 25)

# %% [markdown]
# Wasserstein fails less often than the first GAN's losses, on both; least squares on the grid only, in *this* illness. And
# Wasserstein's D was given more steps and a higher rate, as its theory asks. How much of its success is the loss, how much
# the diligent D? Notebook 11 takes that apart.

# %% [markdown]
# ### Is the record true?
#
# Run three rows of the table again, here and now: 3,000 rounds of ten GANs each. The first steps agree to the digit; after a
# few hundred, rounding has grown, and another processor gets other runs of the same distribution. So we compare means.

# %%
again = {}
for cure in ("plain", "packing 2", "two time scales"):
    watch = partial(progress, total=3000, label=cure)
    again[cure] = [one["reverse_kl"] for one in run_collapse(f"ring: {cure}", S, 3000, watch=watch)]

# %% tags=["claim-collapse-measured"]
# NBVAL_CHECK_OUTPUT
mean = {cure: sum(values) / S for cure, values in again.items()}
for cure, values in again.items():
    recorded, error = summary(runs, f"ring: {cure}", "reverse_kl")
    margin = 0.1 + 3 * math.hypot(error, float(torch.tensor(values).std()) / S**0.5)
    print(f"{cure}: today's mean agrees with the record:", abs(mean[cure] - recorded) < margin)
    assert abs(mean[cure] - recorded) < margin
assert mean["plain"] > 5 * mean["packing 2"] and mean["plain"] > 5 * mean["two time scales"]

# %% [markdown]
# ## 6 · Digits
#
# With pictures nobody hands us the list of modes. A classifier gives us one: which digit is it? Three generators, all from
# notebook 06's two networks: the shipped one; the plain GAN at equal rates; and one whose G is ten times as quick as its D.

# %%
torch.manual_seed(0)
collapsed = plain_gan(digits, seed=0, lr_G=5e-3, lr_D=5e-4)
for _ in progress(collapsed.run(300), 300, label="a collapsed run"):
    pass
plain = plain_gan(digits, seed=0)
for _ in progress(plain.run(700), 700, label="a plain run"):
    pass
z_digits = torch.randn(1000, 64, device=device)
samples = {
    "real": digits.images[torch.randperm(len(digits))[:1000]],
    "healthy": generate(pretrained.load("digits-mlp", device=device), z_digits),
}
samples |= {"plain": generate(plain.G, z_digits), "collapsed": generate(collapsed.G, z_digits)}

# %%
figure, axes = plt.subplots(4, 1, figsize=(8, 3.6))
for ax, (name, images) in zip(axes, samples.items()):
    plots.image_grid(ax, images[:16], columns=16, colour=plots.REAL if name == "real" else plots.GAN, title=name)
plots.show(
    figure, alt="Sixteen pictures in each of four rows: real, healthy, plain with repetitions, collapsed: one shape"
)

# %%
classifier = pretrained.load("digits-classifier", device=device)
verdicts = {name: metrics.classify(classifier, images)[1] for name, images in samples.items()}
figure, axes = plt.subplots(1, 4, figsize=(9, 2.5), sharey=True)
for ax, (name, verdict) in zip(axes, verdicts.items()):
    ax.bar(range(10), metrics.class_shares(verdict), color=plots.REAL if name == "real" else plots.GAN)
    ax.axhline(0.1, color=plots.QUIET, linestyle=":", linewidth=1)
    ax.set(title=f"{name}: H = {metrics.class_entropy(verdict):.2f}", xlabel="digit", xticks=range(0, 10, 3))
axes[0].set_ylabel("share of 1,000 samples")
plots.show(figure, alt="Histograms over ten digits: flat for real and healthy, ragged for plain, one bar for collapsed")

# %% [markdown]
# log 10 = 2.30 nats would be perfectly even. The plain GAN's fault is easily overlooked in a sheet of samples: it draws well,
# but some digits hardly ever. The histogram shows it at once.

# %% tags=["claim-collapse-measured"]
# NBVAL_CHECK_OUTPUT
H = {name: metrics.class_entropy(verdict) for name, verdict in verdicts.items()}
covered = {name: metrics.classes_covered(verdict) for name, verdict in verdicts.items()}
print("classes of the healthy generator:", covered["healthy"], "of 10")
print("entropy: collapsed < plain < healthy:", H["collapsed"] < H["plain"] < H["healthy"])
assert covered["healthy"] == 10 and H["collapsed"] < 0.6 * math.log(10) and H["collapsed"] < H["plain"] < H["healthy"]

# %% [markdown]
# ### How does one notice in practice?
#
# Mostly there is no classifier either. Then:
#
# - **Look at many samples at once**, of *fixed* z, at several times. One sheet of 16 hides what a sheet of 100 shows. If
#   all pictures change together from one look to the next, G is running.
# - **Look for twins** (the birthday test of Arora and Zhang, 2017). Among real digits the nearest *other* one is far away.
# - **Do not look at the losses.** The film of section 2 has harmless ones.


# %%
def to_twin(images):
    """The median distance from a sample to the most similar other one, in pixel units"""
    distance = torch.cdist(images.flatten(1), images.flatten(1)).fill_diagonal_(math.inf)
    return float(distance.min(1).values.median())


# %% tags=["claim-collapse-measured"]
# NBVAL_CHECK_OUTPUT
twin = {name: to_twin(images[:500]) for name, images in samples.items()}
print("twins are closer in the collapsed run than among real digits:", twin["collapsed"] < 0.7 * twin["real"])
print("and in the healthy one they are not so close:", twin["healthy"] > 1.3 * twin["collapsed"])
assert twin["collapsed"] < 0.7 * twin["real"] and twin["healthy"] > 1.3 * twin["collapsed"]

# %% [markdown]
# ## 7 · The lab
#
# Your turn. Blue dots are data, green dots are `G(z)`; orange ground is where D says "fake", blue ground "real"; an arrow
# shows which way D pulls a sample. Everything may be changed while it trains, and *my drawing* takes data of your own.
#
# **Predict**, then press Start: under *try*, choose "G too fast: mode collapse". How many modes will it hold? Now change
# **one** control to mend it, without Reset. Which ones work? Which one makes a good training collapse?
#
# The lab counts more strictly than section 3 does: a mode is covered from a fifth of its fair share of the samples on, not from
# one sample on. A single sample that comes and goes would make the number jump.

# %%
from ganlib.widgets import PlaneLab

PlaneLab("ring")

# %% [markdown]
# Four things to try:
#
# 1. "a fair game" on the grid: which modes are found last?
# 2. "Wasserstein" on the ring: what do the arrows do differently?
# 3. Draw your initial, and have it learned. What happens between its strokes, and why (notebook 06, section 8)?
# 4. Let the collapse run, then choose *packs of 2* as its cure, and count to twenty.

# %% [markdown]
# ## What you should be able to say now
#
# - *Why does a generator repeat itself?* Against a D that stands still, one answer **is** the best: the arg max of D.
# - *Why does it not stop there?* D catches on, G jumps to the next place; entropy stays low at any time.
# - *How does one measure it?* Modes, share of good samples (98.9 % at best in the plane), reverse KL: all three, over seeds.
#   With pictures: the classes of 1,000 samples, and twins.
# - *What helps?* A G that is not quicker than its D. Then whatever shows D several samples at once (packing,
#   minibatch discrimination), a G that looks ahead (unrolling), or a D without summits (Wasserstein). And many seeds.

# %% [markdown]
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/09_mode_collapse.ipynb) have a notebook of their own. To try here:
#
# 1. In section 1, let both players learn for 1,000 rounds before D is frozen, instead of 100. Into how many points does G
#    collapse now, and why is that no contradiction to "the best G gives one answer"?
# 2. Unrolled GANs look k steps ahead. Change `unroll` of `CURES["unrolled 5"]` with `dataclasses.replace` to 1 and to 10, and
#    run the ring. What do the steps buy, and what do they cost?
# 3. Give the ring unequal weights: `GaussianMixture(points.means, 0.01, weights)`. Which modes does the plain GAN lose first?
# 4. **Find the bug.** Somebody measures modes with `good = nearest <= 3 * sigma**2`. Which of the known answers of section 3
#    would have told them?

# %% [markdown]
# ## References
#
# Goodfellow et al. 2014 · Salimans et al. 2016 (minibatch discrimination) · Metz et al. 2017, *Unrolled generative adversarial
# networks* · Srivastava et al. 2017, *VEEGAN* (ring, grid and measures) · Lin et al. 2018, *PacGAN: the power of two samples
# in generative adversarial networks* · Heusel et al. 2017 (two time scales) · Sønderby et al. 2017 (instance noise) ·
# Karras et al. 2018 (minibatch standard deviation) · Mao et al. 2017 (least squares) · Arjovsky et al. 2017, Gulrajani et al.
# 2017 (Wasserstein) · Arora and Zhang 2017 (the birthday test) · Kahng et al. 2018, *GAN Lab*
