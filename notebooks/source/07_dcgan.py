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
# # 07 · DCGAN
#
# {{badges}}
#
# **Question**: what do convolutions change in a GAN, and what else did it take until such networks trained at all?
#
# **You will see** both networks taken apart layer by layer; digits that become readable while you watch; every guideline of
# the paper left out once, with what that costs; a table that tells from the curves what is wrong with a training, each
# row made by a run that really went wrong; and a generator of faces with sliders.
#
# **Read before**: [06](06_vanilla_gan.ipynb), whose two steps are unchanged here.
#
# **Time**: 100 s on two cores.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · Why convolutions?
#
# The generator of notebook 06 is a multilayer perceptron: each of the 1,024 pixels has its own row of weights. It has to
# learn what a stroke of a pen looks like once for every place where a stroke may be. Radford, Metz and Chintala (2016)
# found a **deep convolutional** pair that trains: the DCGAN. One small stamp of weights is used at every place of a map.

# %%
import copy
import statistics

import matplotlib.pyplot as plt
import torch
from ganlib import data, experiments, metrics, plots, pretrained
from ganlib.models import count_parameters, dcgan_pair, generate, init_dcgan, mlp_pair
from torch import nn

digits = data.load("digits", device=device)
held_out = data.load("digits", "test", device=device)
print(digits, held_out, sep="\n")

# %% [markdown]
# `D` needs layers that make maps **smaller**: a convolution with stride 2 looks at every second place. `G` needs layers
# that make maps **larger**. What would be the reverse of a convolution?

# %% [markdown]
# ### A convolution, turned round
#
# A convolution is linear: put the small map's pixels into a vector $b$ and the large one's into $a$, and it is
# $b = C a$ with a matrix $C$ of which most entries are 0. The **transposed** convolution uses the same weights the other
# way, $a = C^{\mathsf T} b$: every number of the small map stamps its kernel, times itself, into the large map.

# %%
kernel = torch.tensor([[0.0, 1, 1, 0], [1, 2, 2, 1], [1, 2, 2, 1], [0, 1, 1, 0]])[None, None]
small = torch.zeros(1, 1, 6, 6)
small[0, 0, 1, 1], small[0, 0, 3, 3], small[0, 0, 3, 4] = 1.0, 0.5, 1.0
large = nn.functional.conv_transpose2d(small, kernel, stride=2, padding=1)

# %% [markdown]
# Left the small map, in the middle the stamp, right what is left behind:

# %%
figure, axes = plt.subplots(1, 3, figsize=(8, 3.2), width_ratios=[6, 4, 9])
for ax, (title, picture) in zip(axes, {"map, 6×6": small, "kernel, 4×4": kernel, "stamped map, 12×12": large}.items()):
    ax.imshow(picture[0, 0], cmap="viridis", vmin=0, vmax=2.5)
    ax.set(title=title, xticks=[], yticks=[])
plots.show(
    figure, alt="Three bright numbers in a small map become three copies of the kernel in a map of twice the side"
)

# %% [markdown]
# Notice the three stamps: one alone, two that overlap and add up. The kernel was written once. Is it really the transpose?
# For a matrix, $\langle C a, b \rangle = \langle a, C^{\mathsf T} b \rangle$ for all $a$ and $b$:

# %% tags=["claim-dcgan-architecture"]
# NBVAL_CHECK_OUTPUT
a, b = torch.randn(5, 3, 12, 12).double(), torch.randn(5, 7, 6, 6).double()
weights = torch.randn(7, 3, 4, 4).double()
down = nn.functional.conv2d(a, weights, stride=2, padding=1)  # what D does
up = nn.functional.conv_transpose2d(b, weights, stride=2, padding=1)  # what G does
print(f"down: {tuple(a.shape)} → {tuple(down.shape)},  up: {tuple(b.shape)} → {tuple(up.shape)}")
print("up is the transpose of down:", bool(torch.isclose((down * b).sum(), (a * up).sum())))
assert down.shape == b.shape and up.shape == a.shape and torch.isclose((down * b).sum(), (a * up).sum())

# %% [markdown]
# That is the sense in which the two networks of a DCGAN are **mirrors**: what G does with its stamp, D undoes with
# the same kind of stamp.
#
# ### Why a kernel of 4×4?
#
# **Predict**: stamp a map full of ones with a kernel full of ones, stride 2. Does every pixel get the same? With a side of
# 4? With a side of 3?

# %%
# NBVAL_CHECK_OUTPUT
ones = torch.ones(1, 1, 5, 5)
for side in (3, 4):
    stamped = nn.functional.conv_transpose2d(ones, torch.ones(1, 1, side, side), stride=2, padding=1)[0, 0]
    print(
        f"side {side}: one row of the middle {stamped[4, 2:-2].int().tolist()}, next {stamped[5, 2:-2].int().tolist()}"
    )
    if side == 4:
        assert (stamped[2:-2, 2:-2] == 4).all()

# %% [markdown]
# With a side of 3 some pixels get one stamp, their neighbours two or four: a **checkerboard** that the network would have
# to learn away (Odena et al. 2016). With 4, which 2 divides, everybody gets four. All convolutions here have a side of 4,
# a stride of 2 and a padding of 1: they halve or double exactly.

# %% [markdown]
# ## 2 · The generator, layer by layer
#
# 64 random numbers, once through a matrix, are laid out as a small map of 4×4 places with 64 channels. From there each
# layer **doubles the side** and has **fewer channels**: first *what*, then *where exactly*.

# %%
z_dim = 64
G = nn.Sequential(
    nn.Linear(z_dim, 64 * 4 * 4, bias=False), nn.Unflatten(1, (64, 4, 4)), nn.BatchNorm2d(64), nn.ReLU(),
    nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
    nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
    nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1), nn.Tanh(),
)  # fmt: skip

# %% [markdown]
# No bias before a batch normalisation: it subtracts the mean anyway, and adds a shift of its own. None of it in the last
# layer, so that G can choose its pictures' brightness. `Tanh` ends in the data's range.
#
# The discriminator is the mirror: each layer **halves the side** and has **more channels**; at the end one number, the
# logit.

# %%
D = nn.Sequential(
    nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
    nn.Conv2d(16, 32, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.LeakyReLU(0.2),
    nn.Conv2d(32, 64, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),
    nn.Flatten(), nn.Linear(64 * 4 * 4, 1), nn.Flatten(0),
)  # fmt: skip


# %% [markdown]
# Which shape does the data have after each layer? These lines ask every layer:


# %%
def shapes(network, x):
    """The shape after every layer that changes it, without the batch."""
    found = [tuple(x.shape[1:])]
    for layer in network:
        x = layer(x)
        if x.ndim > 1 and tuple(x.shape[1:]) != found[-1]:
            found.append(tuple(x.shape[1:]))
    return found


shapes_G, shapes_D = shapes(G, torch.randn(2, z_dim)), shapes(D, torch.randn(2, 1, 32, 32))


# %% [markdown]
# And these draw a box for every answer, as high as the map's side, as wide as it has channels:


# %%
def draw(ax, shapes, colour):
    x = 0.0
    for number, shape in enumerate(shapes):
        side = shape[1] if len(shape) == 3 else 2
        depth = 0.35 * (shape[0] if len(shape) == 3 else 3)  # a map's channels go into the depth of its box
        ax.add_patch(plt.Rectangle((x, -side / 2), depth + 1.5, side, facecolor=colour, alpha=0.35, edgecolor=colour))
        text = "×".join(map(str, shape)) if shape != (1,) else "logit"
        ax.text(x + depth / 2 + 0.75, side / 2 + 1.2, text, ha="center", fontsize=plots.SIZE - 1)
        x += depth + 10
        if number < len(shapes) - 1:
            ax.annotate("", (x - 1.5, 0), (x - 7, 0), arrowprops={"arrowstyle": "->", "color": plots.QUIET})
    ax.set(xlim=(-5, 110), ylim=(-19, 21), aspect="equal")
    ax.axis("off")


# %%
figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 6.2))
draw(top, shapes_G, plots.PLAYER_G)
draw(bottom, shapes_D, plots.PLAYER_D)
top.set_title("G: from 64 numbers to a picture (height: side of the map, width: channels)")
bottom.set_title("D: from a picture to one logit")
plots.show(
    figure, alt="G's maps grow from 64 by 4 by 4 over 32 by 8 by 8 and 16 by 16 by 16 to 1 by 32 by 32; D mirrors it"
)

# %% [markdown]
# Read the two rows against each other: without their ends, D's maps are G's from right to left. And the price?

# %% tags=["claim-dcgan-architecture"]
maps_G, maps_D = ([shape for shape in shapes if len(shape) == 3] for shapes in (shapes_G, shapes_D))
strided = [layer.stride for layer in (*G, *D) if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))]
perceptrons = [count_parameters(network) for network in mlp_pair((1, 32, 32))]
print("G's maps:", " → ".join(f"{c}×{h}×{w}" for c, h, w in maps_G))
print("D's maps are G's from back to front:", maps_D == maps_G[::-1])
print("every convolution has stride 2, and nothing pools:", set(strided) == {(2, 2)})
print(f"numbers to learn: G {count_parameters(G):,}, D {count_parameters(D):,};"
      f" notebook 06: {perceptrons[0]:,} and {perceptrons[1]:,}")  # fmt: skip
assert maps_D == maps_G[::-1] and set(strided) == {(2, 2)}
assert 6 * count_parameters(G) < perceptrons[0] and 10 * count_parameters(D) < perceptrons[1]

# %% [markdown]
# A sixth of the weights for G, less than a tenth for D, and yet more layers. Two thirds of G's weights sit in its *first* layer, the
# only one without a stamp.

# %% [markdown]
# ## 3 · First weights
#
# Radford et al. draw all weights from $\mathcal N(0, 0.02^2)$. That looks like a detail. **Predict**: how large are the
# numbers in G's picture, before any training, with these weights? Without batch normalisation?


# %%
def spread_of_pictures(batch_norm, spread):
    torch.manual_seed(0)
    network, _ = dcgan_pair((1, 32, 32), batch_norm=batch_norm)
    if spread is None:
        network.apply(lambda layer: layer.reset_parameters() if hasattr(layer, "reset_parameters") else None)
    return float(network(torch.randn(64, z_dim)).detach().std())


# %% [markdown]
# Both questions, with Radford's weights and with those that PyTorch draws by itself:

# %%
for batch_norm in (True, False):
    radford, torchs = (spread_of_pictures(batch_norm, spread) for spread in (0.02, None))
    print(
        f"batch norm {batch_norm!s:5}: pixels' standard deviation {radford:.1e} (N(0, 0.02²)), {torchs:.1e} (PyTorch's)"
    )
assert spread_of_pictures(False, 0.02) < 1e-3 < 0.05 < spread_of_pictures(True, 0.02)

# %% [markdown]
# With batch normalisation the size hardly matters: each layer's output is scaled to 1 again. Without it, the signal
# shrinks with every layer until nothing is left of z. The paper's guidelines hang together: its first weights *need* its
# batch normalisation. Here is both as code, and a check that the library does the same:


# %%
def first_weights(network, spread=0.02):
    for layer in network.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, spread)
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, spread)
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)


# %% [markdown]
# The library's networks start from the same numbers if they are drawn from the same seed:

# %%
library_G, _ = dcgan_pair((1, 32, 32))
for network, draw in ((G, first_weights), (library_G, init_dcgan)):
    torch.manual_seed(1)
    draw(network)
z = torch.randn(8, z_dim)
same = torch.allclose(G(z), library_G(z), atol=1e-6)
print("the layers above and ganlib's DCGANGenerator draw the same:", same)
assert same

# %% [markdown]
# ## 4 · The training
#
# The two steps of notebook 06, unchanged. Around them stands what these networks need to be quick and good on a small machine:
#
# - On every fourth step the **gradient penalty** of notebook 06: D knows 1,297 pictures by heart before long. (The moved copies
#   of notebook 06 are not needed here. Is G copying, then? Section 9 looks.)
# - **D looks through frosted glass.** Real and drawn pictures alike are blurred by one pixel before D sees them. Ink ends from
#   one pixel to the next, and G cannot draw that for a long time. A D that sees it can win by it without a look at the digit. (Section 9 asks what that is worth.)
# - **Ten groups.** The cloud of all z hangs together, the ten digits do not: somewhere between its 3s and its 8s G has to
#   draw what is neither. So *k-means* first sorts the training digits into ten groups of pictures that look alike, by their pixels
#   alone, without any label. Every group gets a cloud of noise of its own: z's first number says which, and gives way to ten
#   numbers, a 3 in the group's place and nine zeros. D is told the group of each picture that it judges.
# - A learning rate of 2·10⁻³, **ten times** the paper's: these networks are small. After a quarter of the way it begins to fall.
# - Adam with **β₁ = 0.5**: little momentum, for the opponent keeps moving.
# - G learns on the **same fakes** that D has just judged, which saves a pass through G.
# - Samples come from the **exponential moving average** (EMA) of G's weights: after every step
#   $\bar\theta \leftarrow 0.99\,\bar\theta + 0.01\,\theta$. Batch normalisation's statistics are kept over 50 batches, not over
#   PyTorch's ten, whose chance would shift all samples alike. And the last `tanh` is twice as steep in samples as in training: ink is
#   there or it is not, and a D behind frosted glass cannot teach that.

# %%
from ganlib.recipes.dcgan import DIGITS_STEPS, digits_dcgan
from ganlib.train import Film, progress

steps = DIGITS_STEPS  # 6,000: a minute to a minute and a half on two cores
training = digits_dcgan(digits, seed=0, steps=steps)
film = Film(torch.randn(36, z_dim, device=device), every=50)
film.begin(training.best_G)

# %% [markdown]
# **Predict**: after how many of the 6,000 steps can you read the first digit? Then run the next cell, and watch.

# %%
view = plots.live("Samples of the DCGAN after its last step: clear white digits of all ten classes")
for step in progress(training.run(steps), steps, label="DCGAN"):
    film.record(step, training.best_G)
    if step.number % 50 == 0:
        view.update(generate(training.best_G, film.z), columns=12)
    if step.number == steps // 4:  # before the learning rate falls: kept for section 6
        last_weights, average_weights = copy.deepcopy(training.G), copy.deepcopy(training.G_ema)

# %% [markdown]
# The digits stand there after a few hundred steps; the rest is polish. How good are they? As always: a classifier's classes
# and confidence, and the Fréchet distance of its features to held-out digits, beside **real** digits as the yardstick.

# %%
classifier = pretrained.load("digits-classifier", device=device)


def judge(images):
    return metrics.evaluate(classifier, images, held_out.images)


# %% [markdown]
# 2,000 samples of G, and as many draws from the real training digits:

# %%
z_judge = torch.randn(2000, z_dim, generator=torch.Generator().manual_seed(1)).to(device)
samples = generate(training.best_G, z_judge)
shares = metrics.class_shares(metrics.classify(classifier, samples)[1])
generator = torch.Generator(device).manual_seed(0)
real, ours = judge(digits.sample(2000, generator)), judge(samples)

# %% [markdown]
# And the verdict. A G of this kind should draw all ten digits, and be recognised nearly always:

# %% tags=["claim-dcgan-architecture"]
print(f"real digits {real}\nDCGAN       {ours}")
print(f"share of the rarest digit: {shares.min():.1%}")
assert (shares >= 0.02).all() and ours.confidence > 0.75 and ours.frechet < 60

# %% [markdown]
# ### The film
#
# **Predict**: what settles first, which digit a z becomes, or how its strokes run? Drag the slider and watch one place.

# %%
import math

from ganlib.widgets import LatentExplorer, LiveTraining, TrainingPlayer

TrainingPlayer(film, lines={"2 ln 2": 2 * math.log(2), "ln 2": math.log(2)})

# %% [markdown]
# ### How a digit unfolds
#
# What the layers hold for one z: sixteen channels of every map, after its ReLU. **Notice** that the first two maps show no digit
# yet, only what belongs where; at 16×16 its strokes can be guessed, and the last step draws the edges.

# %%
maps, x = [], torch.randn(1, z_dim, generator=torch.Generator().manual_seed(3)).to(device)
x = training.best_G.place(x)  # the first number gives way to its group
for layer in training.best_G.layers:
    x = layer(x)
    if isinstance(layer, nn.ReLU):
        maps.append(x[0].float().cpu())
picture = torch.tanh(training.best_G.sharpen * x)[0, 0].detach().cpu()

# %% [markdown]
# Four places on the way, each map scaled to its own brightest number:

# %%
figure, axes = plt.subplots(1, 4, figsize=(9, 2.5))
for ax, channels in zip(axes, maps):
    scaled = channels[:16] / channels[:16].amax((1, 2), keepdim=True).clamp(min=1e-6)
    plots.image_grid(
        ax,
        scaled[:, None] * 2 - 1,
        columns=4,
        title=f"16 of {len(channels)} maps, {len(channels[0])}×{len(channels[0])}",
    )
axes[3].imshow(picture, vmin=-1, vmax=1)
axes[3].set(title="picture, 32×32", xticks=[], yticks=[])
plots.show(
    figure,
    alt="Blotches of 4 by 4 and of 8 by 8, maps of 16 by 16 in which the digit shows, and the finished digit",
)

# %% [markdown]
# ### Ten groups that nobody named
#
# No label was ever shown, to k-means, to G or to D. **Predict**: is a group a digit? Below, each row is a group.

# %%
groups = data.grouped(digits, 10)  # as the recipe did
group_of_ours = training.best_G.group(z_judge)
read = metrics.classify(classifier, samples)[1].argmax(1)


def table(group, digit):
    """The share of all pictures that belong to a group (down) and show a digit (across)."""
    return torch.bincount(10 * group + digit, minlength=100).view(10, 10).cpu() / len(group)


theirs, of_G = table(groups.labels, digits.labels), table(group_of_ours, read)

# %% [markdown]
# Some real digits of every group, samples that G draws for it, and what the classifier reads in those:

# %%
order = theirs.argmax(1).argsort().tolist()  # groups by their commonest digit
figure, axes = plt.subplots(1, 3, figsize=(9, 4.3), width_ratios=(1, 1, 1.1))
for ax, images, group, colour, title in (
    (axes[0], digits.images, groups.labels, plots.REAL, "real, by k-means"),
    (axes[1], samples, group_of_ours, plots.GAN, "drawn by G"),
):
    rows = torch.cat([images[group == k][:9] for k in order])
    plots.image_grid(ax, rows, columns=9, colour=colour, title=title)
axes[2].imshow(of_G[order] / of_G[order].sum(1, keepdim=True), cmap="Greens", vmin=0, vmax=1)
axes[2].set(xticks=range(10), yticks=[], xlabel="read as", ylabel="group", title="drawn by G: share of each digit")
plots.show(figure, alt="Ten rows of real and ten rows of drawn digits, mostly one digit to a row; a table with one or two green fields a row")

# %% tags=["claim-dcgan-architecture"]
pure, pure_of_G = (float(shares_of.amax(1).sum()) for shares_of in (theirs, of_G))
alike = float(torch.minimum(theirs, of_G).sum())
print(f"commonest digit of the group: {pure:.0%} of the real digits, {pure_of_G:.0%} of the samples; ten groups drawn by lot: some 12 %")
print(f"overlap of both tables (groups and digits, real and drawn): {alike:.0%}")
assert pure_of_G > 0.6 and alike > 0.8

# %% [markdown]
# A group is *nearly* a digit. Some digits come in two groups, written in two ways, and some groups hold two digits that look
# alike. G has learned each group as it is, mixtures included. With real labels this is the conditional GAN of notebook 08.

# %% [markdown]
# ## 5 · `eval()`: the mistake that shows only sometimes
#
# While training, batch normalisation subtracts the mean **of the batch** and divides by its spread:
#
# $$\hat h = \gamma\,\frac{h - \mu_{\text{batch}}}{\sqrt{\sigma^2_{\text{batch}} + \epsilon}} + \beta$$
#
# So a picture depends on its neighbours. `G.eval()` uses averages collected in training instead, the same for
# everyone. **Predict**: draw one z with 63 random companions, and the same z with 63 copies of itself. In training mode,
# is it the same picture? And what does *looking* do to G?

# %%
careless = copy.deepcopy(training.best_G).train()  # what you have if you forget eval()
careless.sharpen = 1.0  # training's tanh in eval mode too, so that batch normalisation alone differs
chosen = torch.randn(12, z_dim, generator=torch.Generator().manual_seed(5)).to(device)
before = careless.layers[2].running_mean.clone()
in_eval = generate(careless, chosen)  # `generate` switches to eval() and back
with torch.no_grad():
    in_company = torch.cat([careless(torch.cat([z[None], z_judge[:63]]))[:1] for z in chosen])
    among_copies = torch.cat([careless(z[None].expand(64, -1))[:1] for z in chosen])

# %% [markdown]
# The same twelve z, three times:

# %%
figure, axes = plt.subplots(3, 1, figsize=(8, 3.1))
rows = {"eval()": in_eval, "train(), 63 random companions": in_company, "train(), 63 copies of itself": among_copies}
for ax, (title, images) in zip(axes, rows.items()):
    plots.image_grid(ax, images, columns=12, colour=plots.GAN, title=title)
plots.show(
    figure,
    alt="The same twelve z three times: alike in eval mode and in company, the same digits in other strokes among copies of itself",
)


# %% [markdown]
# Small or large, is it a difference in numbers? And did looking leave a trace?


# %%
def change(images):
    return float((images - in_eval).square().mean().sqrt())


moved_by_looking = not torch.equal(before, careless.layers[2].running_mean)
print(f"pixels change by {change(in_company):.2f} in company, by {change(among_copies):.2f} among copies; "
      f"back in eval mode: {change(generate(careless, chosen)):.2f}")  # fmt: skip
print("sampling in training mode changed what G has stored:", moved_by_looking)
assert change(among_copies) > 2 * change(in_company) > 0 and moved_by_looking and change(generate(careless, chosen)) > 0

# %% [markdown]
# In company the damage is small, and you may never notice. Draw a single picture, an interpolation or one digit again
# and again, and the batch no longer looks like the training's: the strokes run elsewhere. And each
# look moves the stored averages a little, so that even `eval()` no longer draws as before. `ganlib.models.generate` switches
# to `eval()` and back for you.

# %% [markdown]
# ## 6 · The average of G
#
# After a quarter of the steps, before the learning rate fell, we kept two generators: the **last** weights and their
# **average**. Both were trained by the very same steps.

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 3.4))
for ax, (title, network) in zip(axes, {"last weights": last_weights, "average of 100 steps": average_weights}.items()):
    plots.image_grid(ax, generate(network, film.z), columns=18, colour=plots.GAN, title=title)
plots.show(
    figure, alt="Two rows of digits from the same z early in the training: those of the averaged weights are calmer"
)

# %% [markdown]
# The eye likes the second row. The classifier's features, on 2,000 samples of each:

# %%
last, average = judge(generate(last_weights, z_judge)), judge(generate(average_weights, z_judge))
print(f"last weights: {last}\naverage:      {average}")

# %% [markdown]
# A player that circles round a good place is rarely *at* it; its average over a few circles is. It costs one line and a
# copy of the weights, and D never meets it. One run proves little, so the recorded table of the next section has it too.
#
# ## 7 · The guidelines, each left out
#
# The paper's list, found by trying many architectures:
#
# 1. **strided convolutions** instead of pooling (D) and repeated pixels (G),
# 2. **batch normalisation** in both, but not at G's output and D's input,
# 3. **ReLU** in G with a `Tanh` at the end, **LeakyReLU** in D,
# 4. **Adam with β₁ = 0.5** and small learning rates, first weights from $\mathcal N(0, 0.02^2)$,
# 5. no fully connected hidden layers.
#
# Lectures add dropout and gradient clipping as stabilisers. Below: the same small pair, 500 steps on batches of 32, one thing
# changed at a time, from five seeds. `python -m ganlib experiment dcgan-guidelines` does it again in ten minutes.
# **Predict** which of them matters most, and write it down.


# %%
def runs_of(name):
    grouped = {}
    for run in experiments.read(name)["runs"]:
        grouped.setdefault(run["variant"], []).append(run)
    return grouped


# %% [markdown]
# One number of all runs of one variant, for instance its Fréchet distances:

# %%
guidelines = runs_of("dcgan-guidelines")


def column(name, key="frechet"):
    return torch.tensor([float(run[key]) for run in guidelines[name]])


# %% [markdown]
# First as a picture. The dotted line marks the paper's rules, all kept:

# %%
names = sorted(guidelines, key=lambda name: -column(name).median())
figure, ax = plt.subplots(figsize=(8, 3.8))
for row, name in enumerate(names):
    colour = plots.REAL if name == "all guidelines" else plots.GAN
    ax.plot(column(name), [row] * len(column(name)), "o", color=colour, alpha=0.7)
ax.axvline(column("all guidelines").median(), color=plots.REAL, linestyle=":")
ax.set(xscale="log", xlabel="Fréchet distance to held-out digits (smaller is better), one dot a seed")
ax.set_xticks([60, 100, 200, 400, 800], ["60", "100", "200", "400", "800"])
ax.set_xticks([], minor=True)
ax.set(yticks=range(len(names)), yticklabels=names)
plots.show(
    figure,
    alt="Rows of dots, one a change: no batch norm and β₁ = 0.9 lie furthest right, ReLU in D and PyTorch's weights left of the line",
)

# %% [markdown]
# Then as numbers, best first. *D is right* is D's accuracy at the end:

# %% tags=["claim-stabilisers"]
print(f"{'500 steps, five seeds':26}{'Fréchet distance':>20}{'confidence':>12}{'D is right':>12}")
for name in sorted(guidelines, key=lambda name: column(name).median()):
    spread = f"{column(name).median():.0f} ({column(name).min():.0f} to {column(name).max():.0f})"
    rest = f"{column(name, 'confidence').median():12.2f}{column(name, 'accuracy_D').median():12.0%}"
    print(f"{name:26}{spread:>20}{rest}")
usual, worst_usual = column("all guidelines").median(), column("all guidelines").max()
assert column("no batch norm").min() > worst_usual and column("Adam, β₁ = 0.9").min() > 1.5 * worst_usual
assert column("ReLU in D").median() < 1.2 * usual and column("PyTorch's first weights").median() < 1.2 * usual
assert column("with dropout in D").min() > worst_usual and column("with clipped gradients").min() > worst_usual

# %% [markdown]
# So much for rules of equal rank. On these digits, in 500 steps:
#
# - **Batch normalisation** and **Adam's β₁ = 0.5** are what one must not forget. Without the first, most runs are three times as
#   far off; the first weights of section 3 leave them next to no signal. With the usual β₁ = 0.9, D is soon always right.
# - **Pooling and repeated pixels** instead of strides do worse, and D is right nearly always: it profits more than G does.
# - **ReLU in D**, **LeakyReLU in G** and **PyTorch's first weights** break the rules and do no harm here. The rules were found
#   on far larger networks, where a dead unit or a vanishing signal costs more.
# - **Dropout** and **clipped gradients** make a short training slower, not better. Notebook 06 saw dropout help a perceptron:
#   there D learned by heart, here it has no time to. A stabiliser is a cure for one disease.
# - The **average of G** does *not* help so early: G still walks in one direction, and an average lags behind. It pays when
#   the players circle, late and with a falling rate.

# %% [markdown]
# ## 8 · The same recipe, the same data, another number
#
# Four learning rates of both players, five seeds each, 400 steps of the plain pair; everything else stays. A run **fails** if
# the classifier is less than half sure of its samples, or if one of the ten digits never comes.

# %% tags=["claim-unstable-training"]
rates = runs_of("dcgan-rates")
confidences = {rate: [run.get("confidence", 0.0) for run in runs] for rate, runs in rates.items()}
failed = {
    rate: sum(run.get("confidence", 0.0) < 0.5 or run["classes"] < 10 for run in runs) / len(runs)
    for rate, runs in rates.items()
}
print("share of runs that fail:", {rate: f"{share:.0%}" for rate, share in failed.items()})
shares_failed = list(failed.values())
assert max(shares_failed[0], shares_failed[-1]) >= 0.8 and min(shares_failed) <= 0.4

# %% [markdown]
# The same, run by run. Each dot is one training:

# %%
figure, ax = plt.subplots(figsize=(7, 2.8))
for rate, values in confidences.items():
    ax.plot([float(rate)] * len(values), values, "o", color=plots.GAN, alpha=0.6)
ax.axhline(0.5, color=plots.QUIET, linestyle=":", linewidth=1)
ax.set(xscale="log", xlabel="learning rate of both players", ylabel="classifier's confidence", ylim=(0, 1))
plots.show(
    figure,
    alt="Dots of the confidence for four rates: 0.1 at the lowest, scattered at the highest, mostly above one half between",
)

# %% [markdown]
# Too low, and 400 steps lead nowhere; too high, and the two players throw each other about. In between lies a range of a
# factor of ten, and even there the seed decides about some runs. (Batch normalisation and Adam both divide by the size of what
# they see. Is the range narrower without them? Exercise 6.) Always read a GAN's result with the number of seeds beside it.

# %% [markdown]
# ## 9 · From several seeds
#
# One live run is an anecdote. `python -m ganlib experiment dcgan-digits` trains the recipe from ten seeds, for the 6,000
# steps that you watched. Of each we ask: do all ten digits come, each at least in one sample of twenty? Is the classifier as
# sure as of real ones? And how near do the features come to held-out digits, in units of what as many draws from the real
# training digits reach?
#
# The last number needs care. Two draws of 2,000 samples from the *same* G differ, and so do two draws of real digits:

# %%
features_real, features_new = (metrics.classify(classifier, images)[0] for images in (digits.images, held_out.images))
real_draws = [
    metrics.frechet_distance(
        features_real[torch.randint(len(digits), (2000,), generator=generator, device=device)], features_new
    )
    for _ in range(400)
]
real_distance = statistics.mean(real_draws)
print(f"400 draws of real digits: {real_distance:.2f} on average, with a spread of {statistics.stdev(real_draws):.2f}")

# %% [markdown]
# So the yardstick is their mean, and a number in the record the mean of five draws of G.

# %%
recipe_runs = runs_of("dcgan-digits")["the recipe"]
for run in recipe_runs:
    print(f"seed {run['seed']}: rarest digit {run['least_share']:.1%}, confidence {run['confidence']:.3f}, "
          f"Fréchet distance {run['frechet']:.1f} = {run['frechet'] / real_distance:.2f} × real")  # fmt: skip

# %% [markdown]
# Counted against three bars: every digit at least 5 % of the samples, a confidence of at least 0.93, and at most one and a half
# times the distance of real digits. Four runs of five should clear all three:

# %% tags=["claim-dcgan-architecture"]
bars = {
    "every digit 5 % or more": [run["least_share"] >= 0.05 for run in recipe_runs],
    "confidence 0.93 or more": [run["confidence"] >= 0.93 for run in recipe_runs],
    "at most 1.5 × real": [run["frechet"] <= 1.5 * real_distance for run in recipe_runs],
}
bars["all three"] = [all(reached) for reached in zip(*bars.values())]
for name, reached in bars.items():
    print(f"{name}: {sum(reached)} of {len(reached)} runs")
assert sum(bars["all three"]) >= 0.8 * len(recipe_runs)

# %% [markdown]
# Every run draws all ten digits, and the classifier is as sure of them as we asked. The distance misses its bar once in a while:
# here and there a stroke still ends in the open. The spread between the seeds, nothing changed but a number, is the honest part
# of the result.
#
# ### Is it copying?
#
# 1,297 pictures are few. A G that had stored them would do well in every number above. If it copies, its samples lie **nearer** to the
# training digits than held-out digits do, which G has never met. In which share of all pairs (a sample, a held-out digit) is
# it the sample that lies nearer? One half is as new as new digits are; 100 % would be copies. **Predict** where our G lies.

# %% tags=["claim-dcgan-architecture"]
from ganlib.metrics.memorisation import copying

copied = copying(metrics.classify(classifier, samples[:500])[0], features_real, features_new)
print(copied)
assert not copied.copies

# %% [markdown]
# New digits, then, a little further away than another writer's. Notebook 10 takes this test apart.
#
# ### What did it take?
#
# Section 4 listed what stands around the two steps. Does all of it count? Here a third of the training, 1,800 steps or
# half a minute, with **one** thing changed at a time (`python -m ganlib experiment dcgan-parts`). **Predict** which two
# matter most.

# %% tags=["claim-stabilisers"]
parts = runs_of("dcgan-parts")
middle = {name: {key: statistics.median(run[key] for run in runs) for key in ("frechet", "confidence")}
          for name, runs in parts.items()}  # fmt: skip
print(f"{'1,800 steps':26}{'Fréchet distance':>20}{'confidence':>12}")
for name in sorted(parts, key=lambda name: middle[name]["frechet"]):
    distances = [run["frechet"] for run in parts[name]]
    spread = f"{middle[name]['frechet']:.0f} ({min(distances):.0f} to {max(distances):.0f})"
    print(f"{name:26}{spread:>20}{middle[name]['confidence']:12.2f}")
whole = middle["the recipe"]
assert max(run["frechet"] for run in parts["the recipe"]) < 3 * real_distance
assert middle["with moved copies"]["frechet"] > 1.3 * whole["frechet"]
alone = "no groups, one island of noise"
assert max(run["confidence"] for run in parts[alone]) < min(run["confidence"] for run in parts["the recipe"]) - 0.03

# %% [markdown]
# After a third of the time every run of the recipe is within three times real. Two changes show. **Moved copies** make the task
# harder. Without **groups** the classifier is far less sure, while the distance even gets a little shorter: that G covers more
# of the digits, and of what lies between them. The others, frosted glass, penalty, average and falling rate, differ by no more than
# seeds do, so early and with groups around them. The lesson is unwelcome and common: cures that were found one by one may make each
# other superfluous. What is left of them at the end would be 6,000 steps and several seeds each.
#
# We looked at the groups at the end as well: all 6,000 steps, without them, and with groups that G draws while D is not told
# (`python -m ganlib experiment dcgan-groups`).

# %% tags=["claim-stabilisers"]
ungrouped = runs_of("dcgan-groups")
for name, runs in {"the recipe": recipe_runs, **ungrouped}.items():
    sure, far = (statistics.median(run[key] for run in runs) for key in ("confidence", "frechet"))
    print(f"{name:24} confidence {sure:.3f}, Fréchet distance {far:.1f} = {far / real_distance:.2f} × real ({len(runs)} seeds)")
assert max(run["confidence"] for run in ungrouped["no groups"]) < min(run["confidence"] for run in recipe_runs)

# %% [markdown]
# At the end the distance is the same for all three, and the classifier is surer with each step: ten clouds instead of one, then a
# D that knows the group. It is the samples from between two digits that become fewer.

# %% [markdown]
# ## 10 · Is my loss all right?
#
# The question that everybody asks after the first hour. A classifier's loss falls, and one is done. Here two losses push
# against each other, and in a *good* run they hardly move. What one can learn from them is where they lie. The bands below
# span the ten runs of section 9, all of them good.


# %%
def band(ax, key, colour, label):
    curves = torch.tensor([run[key] for run in recipe_runs])
    share = torch.linspace(0, 100, curves.shape[1])
    ax.fill_between(share, curves.amin(0), curves.amax(0), color=colour, alpha=0.3, linewidth=0)
    ax.plot(share, curves.median(0).values, color=colour, label=label)
    return curves


# %% [markdown]
# Left both losses, right how often D is right. The line is the median run, the band reaches from the lowest to the highest:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
good = {key: band(left, key, colour, key.replace("_", " of ")) for key, colour in
        (("loss_D", plots.PLAYER_D), ("loss_G", plots.PLAYER_G))}  # fmt: skip
good["accuracy_D"] = band(right, "accuracy_D", plots.PLAYER_D, "share that D gets right")
for value, name in ((2 * math.log(2), "2 ln 2"), (math.log(2), "ln 2")):
    left.axhline(value, color=plots.QUIET, linestyle=":", linewidth=1)
    left.annotate(name, (1.01, value), xycoords=("axes fraction", "data"), color=plots.QUIET, va="center")
right.axhline(0.5, color=plots.QUIET, linestyle=":", linewidth=1)
left.set(xlabel="% of the training", ylabel="loss (nats)", ylim=(0, 5))
right.set(xlabel="% of the training", ylabel="share", ylim=(0.4, 1.02))
left.legend(), right.legend(loc="lower right")
plots.show(
    figure, alt="Narrow bands: loss of D below 2 ln 2, loss of G above ln 2, D right in two of three cases at first, in five of six at last"
)

# %% [markdown]
# What do they settle at?

# %%
late = {key: curves[:, -10:].mean(1) for key, curves in good.items()}
for key, values in late.items():
    print(f"{key:11} over the last quarter: {values.min():.2f} to {values.max():.2f}")
assert late["loss_D"].max() < 2 * math.log(2) and late["loss_G"].min() > math.log(2)
assert late["accuracy_D"].min() > 0.6 and late["accuracy_D"].max() < 0.97

# %% [markdown]
# So a healthy training of this kind has **loss_D somewhat below 2 ln 2 = 1.386**, **loss_G above ln 2 = 0.693**, and a D that is
# right more often than not, but not always. D stays ahead, by a length, all the way. Neither loss falls to a goal, and
# neither tells how good the pictures are.
#
# ### Six ways to fail, and their curves
#
# Each of these is the same pair with **one** mistake, two seeds, 400 steps. The mistakes are real: all of them have been
# made in published code. **Predict** before you read on: if someone swaps the labels of real and fake for D, what do the
# curves show?

# %%
failures = runs_of("dcgan-failures")
figure, axes = plt.subplots(2, 3, figsize=(9, 4.8), sharex=True, sharey=True)
for ax, (name, runs) in zip(axes.flat, failures.items()):
    for run in runs:
        share = torch.linspace(0, 100, len(run["loss_D"]))
        ax.plot(share, run["loss_D"], color=plots.PLAYER_D, linewidth=1.2)
        ax.plot(share, run["loss_G"], color=plots.PLAYER_G, linewidth=1.2)
    for value in (2 * math.log(2), math.log(2)):
        ax.axhline(value, color=plots.QUIET, linestyle=":", linewidth=1)
    ax.set(title=name, ylim=(-0.3, 12))
axes[0, 1].legend(["loss of D", "loss of G"])
figure.supxlabel("% of the training", fontsize=plots.SIZE)
figure.supylabel("loss (nats)", fontsize=plots.SIZE)
plots.show(
    figure,
    alt="Six small charts of both losses, one for each mistake, two seeds each; where the rate is too high they leave the chart",
)

# %% [markdown]
# | what you see | what it means | what to do |
# | --- | --- | --- |
# | loss_D near 0, loss_G large, D always right | **D too strong**: G's pictures are told apart whatever it does | slow D down, or give it dropout, a penalty, more data |
# | losses of tens or hundreds, jumping | **learning rate too high** | divide it by ten |
# | both losses near 0, D *wrong* about everything | **labels swapped**: D calls fakes real, so both are content | look at D's two targets |
# | loss_G near 0, loss_D grows | **D is never trained**: its optimiser got other weights, or none | compare D's weights before and after a step |
# | loss_D never below 1, loss_G between 0.31 and 0.69 | **sigmoid twice**: D ends in one, the loss applies another | give the loss the logits |
# | all as it should be, near 2 ln 2 and ln 2 | nothing, or **G has collapsed**: a draw is easy if one draws one thing | look at samples; count classes |
#
# Is the table right? Write it as code, in the same order, and let it judge all recorded runs.


# %%
def diagnose(run):
    """Name what the last quarter of the curves looks like."""
    d, g, right = (sum(run[key][-10:]) / 10 for key in ("loss_D", "loss_G", "accuracy_D"))
    if right < 0.2 and d < 0.1:
        return "labels swapped"
    if not math.isfinite(d + g) or g > 15:
        return "learning rate too high"
    if g < 0.1 and d > 2:
        return "D is never trained"
    if right > 0.97 and d < 0.5 and g > 3:
        return "D too strong"
    if d > 1 and 0.31 < g < 0.694 and right > 0.8:
        return "sigmoid twice"
    return "curves look healthy"


# %% [markdown]
# Every failed run should get its own row, and every good run none:

# %%
for name, runs in failures.items():
    found = sorted({diagnose(run) for run in runs})
    confident = max(run.get("confidence", 0.0) for run in runs)
    print(f"{name:24} → {', '.join(found):24} (samples: confidence at most {confident:.2f})")
healthy = {diagnose(run) for run in recipe_runs}
print(f"{'the ten good runs':24} → {', '.join(healthy)}")
assert healthy == {"curves look healthy"}
for name, runs in failures.items():
    wanted = "curves look healthy" if name == "G collapsed" else name
    assert {diagnose(run) for run in runs} == {wanted}
assert max(run["classes"] for run in failures["G collapsed"]) < 8

# %% [markdown]
# Five of the six mistakes can be read off the curves. The sixth can't: the collapsed G draws three or four digits of ten, and its
# curves are the calmest of all, right on 2 ln 2 and ln 2. That is the place where theory puts the *solution* of the game, and
# it is also where two weak players end in a draw. **Curves tell you that something is wrong; only samples tell you that
# something is right.**

# %% [markdown]
# ## 11 · Faces
#
# The same architecture in colour, twice as wide: 128, 64 and 32 channels, a D to match, 20,000 drawn faces. Its 12,000 steps
# took ten minutes of one core, so its weights ship (`python -m ganlib train faces-dcgan`). The first 200 steps fit here:

# %%
from ganlib.recipes.dcgan import faces_dcgan

faces = data.load("sketch_faces", size=32, limit=2000, device=device)
beginning = faces_dcgan(faces, seed=0, steps=400, ema=0.95)
z_faces = torch.randn(24, z_dim, generator=torch.Generator().manual_seed(7)).to(device)
view = plots.live("Samples of a DCGAN of faces after 200 steps: blurred heads in front of coloured backgrounds")
for step in progress(beginning.run(200), 200, label="faces"):
    if step.number % 20 == 0:
        view.update(generate(beginning.best_G, z_faces), columns=12)

# %% [markdown]
# Heads, after 200 steps. And this is what the shipped G draws after 12,000, below pictures of the data:

# %%
G_faces = pretrained.load("faces-dcgan", device=device)
figure, axes = plt.subplots(2, 1, figsize=(8, 3.4))
plots.image_grid(axes[0], faces.images[:32], columns=16, colour=plots.REAL, title="drawn by the course")
samples_faces = generate(G_faces, torch.randn(32, z_dim, generator=torch.Generator().manual_seed(8)).to(device))
plots.image_grid(axes[1], samples_faces, columns=16, colour=plots.GAN, title="drawn by G, from noise")
plots.show(
    figure, alt="Two rows of sketched faces with hats, glasses and hair; those of the generator are a little less tidy"
)

# %% [markdown]
# Compare the rows. G has hats, glasses, beards, stripes and collars, and nobody told it that there are such things. Look for
# what it does *not* get right: fine patterns of the background, and now and then two hats that cannot decide.
#
# **Predict** before you drag: a slider adds the same vector to every z. Will it change the same thing in all faces?

# %%
LatentExplorer(G_faces, n_directions=6, rows=5, columns=8)

# %% [markdown]
# The directions are those along which the pictures change most. The first ones move colours and light in all of
# them at once; later ones mix several things. Directions with a *name*, such as "glasses", are the subject of notebook 10.
#
# ### Train it yourself
#
# Press *Start*. Then give D a learning rate ten times as large, and watch the curves: which row of the table of section 10 is it?

# %%
def new_training():
    return faces_dcgan(faces, seed=0, steps=2000, ema=0.95, batch_size=32)


LiveTraining(new_training, samples=24, columns=6, example=beginning)

# %% [markdown]
# ## 12 · Between two faces
#
# One z gives one face, another z another. And the points **between**? On the straight way
# $z_t = (1 - t)\, z_0 + t\, z_1$ there is no training example at all. **Predict**: does one face jump to the other, fade
# over like two slides, or turn into it?

# %%
ends = torch.randn(3, 2, z_dim, generator=torch.Generator().manual_seed(12)).to(device)
t = torch.linspace(0, 1, 129, device=device)[:, None]
ways = [generate(G_faces, (1 - t) * start + t * end) for start, end in ends]
fades = [(1 - t[:, :, None, None]) * way[:1] + t[:, :, None, None] * way[-1:] for way in ways]

# %%
figure, axes = plt.subplots(2, 1, figsize=(8, 5.2))
shown = torch.arange(0, 129, 16)
plots.image_grid(
    axes[0], torch.cat([way[shown] for way in ways]), columns=9, colour=plots.GAN, title="G of the way in z"
)
plots.image_grid(axes[1], torch.cat([fade[shown] for fade in fades]), columns=9, title="fading from picture to picture")
plots.show(
    figure, alt="Three rows of faces that turn into others; below, the same ends faded over each other, with ghosts"
)

# %% [markdown]
# Two things can be measured. **Smooth**: if we walk in steps half as long, do the pictures change half as much each time, or
# does one step keep a jump? And **real**: halfway, is it still a face? A fade is smooth as well, but its middle is a
# double exposure. For the second question we use the digits, for which there is a classifier. From group to group G jumps;
# we ask for ways *within* one group.


# %% tags=["claim-interpolation"]
def longest_step(images):
    """The largest change from one picture to the next, as a share of the change from first to last."""
    changes = (images[1:] - images[:-1]).flatten(1).norm(dim=1)
    return float(changes.max() / (images[-1] - images[0]).norm())


longest = {128 // stride: max(longest_step(way[::stride]) for way in ways) for stride in (32, 16, 8, 4, 2, 1)}
for count, step_length in longest.items():
    print(f"{count:3} steps: the longest is {step_length:.1%} of the whole way")
assert longest[128] < 0.75 * longest[64] and longest[128] < 0.5 * longest[32]

# %% [markdown]
# With every halving the longest step shrinks by a third or more, and nothing is left of a jump. Now the middle, with digits. Ink is
# there or it is not, so we count the pixels that are neither, and ask how far the middles are from real digits:

# %% tags=["claim-interpolation"]
starts, stops = torch.randn(2, 500, z_dim, generator=torch.Generator().manual_seed(13)).to(device)
stops[:, 0] = starts[:, 0]  # both ends in the same group
x_start, x_stop = (generate(training.best_G, z) for z in (starts, stops))
middles = {
    "ends": x_start,
    "middle of the way in z": generate(training.best_G, (starts + stops) / 2),
    "middle of the fade": (x_start + x_stop) / 2,
}
grey = {name: float((images.abs() < 0.5).float().mean()) for name, images in middles.items()}
far = {name: judge(images).frechet for name, images in middles.items()}
for name in middles:
    print(f"{name:24} grey pixels {grey[name]:4.0%}, Fréchet distance {far[name]:.0f} (500 samples)")
assert far["middle of the way in z"] < 0.7 * far["middle of the fade"]
assert grey["middle of the way in z"] < 0.3 * grey["middle of the fade"]

# %% [markdown]
# The way's middles are digits of clean ink, a little too tidy: halfway, z is nearer to the origin than noise usually is. The fade's
# are double exposures. G turns one face into the other through faces. That is strong evidence that it has **not** stored pictures: a table of pictures has
# nothing between its entries. Notebook 10 asks what straight and curved ways do to z, and where they lead.

# %% [markdown]
# ## What you should be able to say now
#
# - *What do convolutions change?* One stamp of weights for every place: a sixth of the weights, and readable digits in
#   seconds.
# - *How does a vector become a picture?* A small map of many channels, doubled by transposed convolutions; D is the mirror.
# - *Which guideline matters?* Here batch normalisation and β₁ = 0.5 did, by far; others cost or gained little. On another
#   problem the list may look different: measure.
# - *Why `eval()`?* Because in training mode a picture depends on its neighbours, and looking changes G.
# - *What did the digits need besides?* Groups that both players know, most of all; the rest of section 4 made less difference.
# - *Is my loss all right?* loss_D somewhat below 2 ln 2, loss_G above ln 2, D ahead but not always right. Then look at
#   samples, because a collapse can hide there.
# - *Are the pictures stored?* No: between two faces there are faces.

# %% [markdown]
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/07_dcgan.ipynb) have a notebook of their own. To try here:
#
# 1. Replace the 4×4 kernels by 3×3 with `output_padding=1`. Look at pictures of the *untrained* G: where is the checkerboard?
# 2. Write G with `nn.Upsample` and 3×3 convolutions. Show that it is a transposed convolution with another kernel, and
#    compute that kernel. (`ganlib.models.layers.UpsampledConv2d` does.)
# 3. **Find the bug.** `opt_D = torch.optim.Adam(G.parameters(), lr=2e-3)`. Which row of the table is it?
# 4. Sample with `G.train()` and a batch of one. Why does it not even raise an error, although a batch of one has no spread?
# 5. Two recorded mistakes could be told apart from all others by D's accuracy alone. Which?
# 6. Repeat section 8 with `options_G={"batch_norm": False}` and `options_D={"batch_norm": False}` in
#    `ganlib.recipes.dcgan.plain_dcgan`. How wide is the range now?

# %% [markdown]
# ## References
#
# Radford, Metz and Chintala 2016, *Unsupervised representation learning with deep convolutional GANs* · Ioffe and Szegedy
# 2015, *Batch normalization* · Odena, Dumoulin and Olah 2016, *Deconvolution and checkerboard artifacts* · Kingma and Ba
# 2015, *Adam* · Yazıcı et al. 2019, *The unusual effectiveness of averaging in GAN training* · Heusel et al. 2017 (the
# Fréchet distance for samples) · Sage et al. 2018, *Logo synthesis and manipulation with clustered GANs* · Liu et al. 2020,
# *Diverse image generation via self-conditioned GANs* · Miyato and Koyama 2018, *cGANs with projection discriminator* · Karras
# et al. 2021, *Alias-free GANs* (a blur before D)
