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
# # 05 · Toy faces: a whole GAN by hand
#
# {{badges}}
#
# **Question**: can one do a GAN by hand, with every number in sight?
#
# **You will see** pictures of four pixels; a discriminator of one neuron and a generator of one layer, which you first set
# yourself; every derivative worked out step by step; and both learning from each other in 40 lines of NumPy.
#
# **Read before**: nothing. You need sums, products, and the chain rule for derivatives.
#
# **Time**: 8 s on two cores, the same on a GPU: thirteen weights are too few to keep one busy.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · A land of tiny faces
#
# Imagine a land where everybody leans back by 45°, and where a photograph has 2×2 pixels. White paper is **0**, black ink
# is **1**, grey lies in between. A face is then a dark diagonal from the top left to the bottom right.
#
# The lecture gives five pictures, each as four numbers, row by row:

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from ganlib import data, plots

toy = data.load("toy_faces")
pixels = toy.attributes["pixels"].double().numpy()  # white 0, black 1; toy.images holds the same as −1 and +1
faces, no_faces = pixels[toy.labels == 1], pixels[toy.labels == 0]
print("faces:\n", faces, "\nno face:\n", no_faces)

# %% [markdown]
# Numbers are hard to look at, so here is a function that draws such a picture and writes the numbers into it:

# %%
def draw(ax, x, title="", colour="black"):
    ax.imshow(np.reshape(x, (2, 2)), cmap="gray_r", vmin=0, vmax=1)
    for place, value in enumerate(x):
        ink = "white" if value > 0.5 else "black"
        ax.text(place % 2, place // 2, f"{value:.2f}", color=ink, ha="center", va="center", fontsize=10)
    ax.spines[:].set(visible=True)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, color=colour)


# %% [markdown]
# The lecture's four faces, and its picture that is none:

# %%
figure, axes = plt.subplots(1, 5, figsize=(9, 2.1))
for ax, x in zip(axes, faces):
    draw(ax, x, "a face", plots.REAL)
draw(axes[4], no_faces[0], "not a face", plots.PLAYER_D)
plots.show(figure, alt="Four 2×2 pictures with a dark diagonal from top left to bottom right, and one with a dark top right corner")

# %% [markdown]
# **Predict**: you may ask for just one number that tells faces from other pictures. What would you add, what subtract?
#
# A face has ink at the top left and the bottom right, and little at the other two places. So *add* what is on the
# diagonal, and *subtract* what is off it. That is all that the discriminator of this notebook does.
#
# ## 2 · The discriminator, by hand
#
# The **discriminator** `D` is one neuron: four pixels $x_1 … x_4$ go in, each is multiplied by its **weight**, the
# **bias** $b$ is added, and the sum is the **score** $s$. The score can be any number; the **sigmoid** σ squeezes it between
# 0 and 1, and we read the result as *how sure D is that this is a face*:
#
# $$s = w_1 x_1 + w_2 x_2 + w_3 x_3 + w_4 x_4 + b \qquad\qquad D(x) = \sigma(s) = \frac{1}{1 + e^{-s}}$$
#
# The lecture takes the weights +1, −1, −1, +1 and the bias −1. With a pen, for the third face and for the picture that is none:

# %% tags=["claim-toy-faces-score", "nbval-check-output"]
score_face = 1 * (+1) + 0 * (-1) + 0 * (-1) + 1 * (+1) - 1
score_other = 0.25 * (+1) + 1 * (-1) + 0.5 * (-1) + 0.75 * (+1) - 1
p_face = 1 / (1 + math.exp(-score_face))
p_other = 1 / (1 + math.exp(-score_other))
print(f"1, 0, 0, 1:           score {score_face:+.1f}, D says {p_face:.2f}: above 0.5, a face")
print(f"0.25, 1, 0.5, 0.75:   score {score_other:+.1f}, D says {p_other:.2f}: below 0.5, not a face")
assert (score_face, score_other) == (1, -1.5) and (round(p_face, 2), round(p_other, 2)) == (0.73, 0.18)

# %% [markdown]
# Why is ½ the border? Because $\sigma(0) = \tfrac12$: the score 0 is neither plus nor minus. The bias decides *where* the score
# is 0: with $b = -1$ there must be more than one pixel's worth of ink on the diagonal, beyond what lies off it.
#
# The same in **NumPy**, where `w @ x` is the sum of the four products:

# %% tags=["claim-toy-faces-score", "nbval-check-output"]
def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def D(x, w, b):
    return sigmoid(w @ x + b)


w, b = np.array([1.0, -1.0, -1.0, 1.0]), -1.0
print("NumPy:", [f"{D(np.array(x), w, b):.2f}" for x in ([1, 0, 0, 1], [0.25, 1, 0.5, 0.75])])
assert D(faces[2], w, b) == p_face and D(no_faces[0], w, b) == p_other

# %% [markdown]
# And in **torch**, where one neuron with four inputs is called `nn.Linear(4, 1)`:

# %% tags=["claim-toy-faces-score", "nbval-check-output"]
neuron = torch.nn.Linear(4, 1, dtype=torch.float64)
with torch.no_grad():
    neuron.weight.copy_(torch.tensor([[1.0, -1.0, -1.0, 1.0]]))
    neuron.bias.fill_(-1.0)
    answers = torch.sigmoid(neuron(torch.tensor([[1, 0, 0, 1], [0.25, 1, 0.5, 0.75]], dtype=torch.float64)))
print("torch:", [f"{p:.2f}" for p in answers[:, 0]])
assert np.allclose(answers[:, 0], [p_face, p_other], rtol=0, atol=1e-15)

# %% [markdown]
# Three ways, the same numbers. Nothing was hidden in the library.
#
# ### Move it
#
# Every number of this discriminator is a slider below: four pixels, four weights, the bias. Blue weights speak *for* a face,
# vermilion ones *against* it.
#
# **Predict** before you touch anything: the first face in the menu is paler than this one, the second has grey off its
# diagonal. What will D say to them? Then choose them. And which *single* slider makes all four faces come out right, and the fifth
# picture still not a face?

# %%
from ganlib.widgets import DiscriminatorBoard

DiscriminatorBoard()

# %% [markdown]
# Two of the lecture's four faces score exactly 0: D has no opinion about them. They have one pixel's worth of
# ink more on the diagonal than off it, which is just what the bias asks for. Ask for less:

# %%
for bias in (-1.0, -0.5):
    said = [f"{D(x, w, bias):.2f}" for x in pixels]
    print(f"bias {bias:+.1f}: faces {said[:4]}, not a face {said[4:]}")
assert [D(x, w, -1.0) for x in faces[:2]] == [0.5, 0.5]
assert all(D(x, w, -0.5) > 0.5 for x in faces) and D(no_faces[0], w, -0.5) < 0.5

# %% [markdown]
# So a discriminator of five numbers can be right about all five pictures. We found them by looking and thinking; from
# section 5 on, the machine finds them by itself.
#
# ### Find the bug
#
# A published version of these slides scores the fifth picture, with the same weights and bias, as
#
# $$0.25\cdot 1 + 1\cdot(-1) + 0.5\cdot(-1) + 0.75\cdot 1 = -0.5$$
#
# That makes $\sigma(-0.5) = 0.38$: not a face. What went wrong, and why did nobody notice? Decide before you run the next cell.

# %%
forgotten = w @ no_faces[0]
print(f"without the bias: score {forgotten:+.1f}, {sigmoid(forgotten):.2f}; with it: {forgotten + b:+.1f}, {D(no_faces[0], w, b):.2f}")
faint = np.array([0.5, 0.0, 0.25, 0.5])
print(f"a faint picture, {faint}: without the bias {sigmoid(w @ faint):.2f}, with it {D(faint, w, b):.2f}")
assert round(sigmoid(forgotten), 2) == 0.38 and sigmoid(w @ faint) > 0.5 > D(faint, w, b)

# %% [markdown]
# The bias −1 is missing. The *verdict* was right all the same, so nobody looked again; for the faint picture it would have been
# wrong. Most bugs in GANs are like this one: the result looks plausible. That is why this course checks numbers in cells.
#
# ## 3 · The generator, by hand
#
# The **generator** `G` goes the other way: **one random number** $z$ between 0 and 1 goes in, four pixels come out. Each pixel
# has its own weight $v_i$ and bias $c_i$, and σ keeps it between white and black:
#
# $$x_i = \sigma(v_i z + c_i), \qquad i = 1 … 4$$
#
# Eight numbers. **Predict** which signs they need: which pixels have to be dark *whatever* z is?

# %%
def G(z, v, c):
    return sigmoid(v * z + c)


v = np.array([+1.0, -1.0, -1.0, +1.0])  # how much the pixel changes with z
c = np.array([+2.0, -2.0, -2.0, +2.0])  # what the pixel is at z = 0
print("G(0.5) =", G(0.5, v, c).round(2))
assert G(0.5, v, c).shape == (4,)

# %% [markdown]
# What it draws for five values of z, and what the lecture's D says to that:

# %%
figure, axes = plt.subplots(1, 5, figsize=(9, 2.4))
for ax, z in zip(axes, (0, 0.25, 0.5, 0.75, 1)):
    x_fake = G(z, v, c)
    draw(ax, x_fake, f"z = {z}", plots.GAN)
    ax.set_xlabel(f"D says {D(x_fake, w, b):.2f}")
plots.show(figure, alt="Five generated pictures, dark on the diagonal and light off it; D's answers rise from 0.63 to 0.69 with z")

# %% [markdown]
# Large positive biases on the diagonal, large negative ones off it: a face for *every* z. The weights $v$ make the faces differ
# from each other; with $v = 0$ they would all be the same. Is there really no z for which D is not convinced?

# %% tags=["claim-toy-faces-generator", "nbval-check-output"]
answers = [D(G(z, v, c), w, b) for z in np.linspace(0, 1, 101)]
print(f"over all z, D's answer lies between {min(answers):.2f} and {max(answers):.2f}: always a face")
assert min(answers) > 0.5

# %% [markdown]
# ### Move it
#
# Press *Weights to zero* first: every pixel is then $\sigma(0) = \tfrac12$, and the picture is grey.
#
# **Predict**: starting from grey, how few of the sliders do you have to move until D says *a face*? Then try: can you make a
# generator that draws a face for small z and something else for large z?

# %%
from ganlib.widgets import GeneratorBoard

GeneratorBoard(weights=v, biases=c)

# %% [markdown]
# Three. From grey, one slider wins at most half a pixel's worth of ink, and D asks for more than one whole:

# %%
for moved in (2, 3, 4):
    best = 0.5 + 0.5 * np.array([1, -1, -1, 1]) * (np.arange(4) < moved)  # moved pixels at their very best
    print(f"{moved} pixels moved as far as they go: score {w @ best + b:+.1f}")
    assert (w @ best + b > 0) == (moved >= 3)

# %% [markdown]
# You have just played the generator: you watched D's answer and turned weights until it rose. The rest of this notebook
# makes this precise: *how wrong* is a player, and *which way* should each weight be turned?
#
# ## 4 · How wrong is a player? The error functions
#
# An answer $p = D(x)$ was right or wrong to some degree. The error is minus the **logarithm** (ln, to the base e) of what was
# given to the right answer: nothing if that was 1, and ever more the closer it came to 0.
#
# | player | looks at | wants $p$ to be | error |
# | --- | --- | --- | --- |
# | **D** | a real face | 1 | $-\ln p$ |
# | **D** | a picture that G made | 0 | $-\ln(1 - p)$ |
# | **G** | the *same* picture that G made | 1 | $-\ln p$ |
#
# The last two rows are the game: the same picture, the same $p$, and opposite wishes. Suppose D gives a fake 0.1, then 0.9:

# %% tags=["claim-error-functions", "nbval-check-output"]
for p in (0.1, 0.9):
    print(f"D says {p} to a fake: error of D = -ln(1 - {p}) = {-math.log(1 - p):.2f}, error of G = -ln({p}) = {-math.log(p):.2f}")
assert f"{-math.log(1 - 0.1):.2f}" == "0.11" and f"{-math.log(0.1):.2f}" == "2.30"
assert f"{-math.log(1 - 0.9):.2f}" == "2.30" and f"{-math.log(0.9):.2f}" == "0.11"

# %% [markdown]
# 0.11 and 2.30, and the other way round. What costs one player little costs the other much. For all answers at once:

# %%
p = np.linspace(0.005, 0.995, 400)
figure, ax = plt.subplots(figsize=(7, 3.2))
ax.plot(p, -np.log(1 - p), color=plots.PLAYER_D, label="D on a fake: −ln(1 − p)")
ax.plot(p, -np.log(p), color=plots.PLAYER_G, label="G on its fake: −ln p  (and D on a real face)")
for at in (0.1, 0.9):
    for error, colour in ((-np.log(1 - at), plots.PLAYER_D), (-np.log(at), plots.PLAYER_G)):
        ax.plot(at, error, "o", color=colour)
        ax.annotate(f"{error:.2f}", (at, error), xytext=(8 if at < 0.5 else -8, 3), textcoords="offset points",
                    ha="left" if at < 0.5 else "right")  # fmt: skip
ax.set(xlabel="p = D's answer", ylabel="error (nats)", ylim=(0, 4.6))
ax.legend(loc="upper center")
plots.show(figure, alt="Two mirrored curves: −ln(1−p) rises from 0 to the right, −ln p falls to 0 at the right; at p = 0.1 they are 0.11 and 2.30, at 0.9 the other way round")

# %% [markdown]
# Why a logarithm, and not simply the distance $1 - p$? Look at the left end of the green curve: being *surely* wrong costs
# without limit. A player that is badly wrong sees a steep curve, and learns fast.
#
# **Where do they meet?** At $p = \tfrac12$, where both are $\ln 2 = 0.69$. Remember this number for the training.
#
# ## 5 · Which way to turn each weight? The derivatives
#
# The **slope** of an error $E$, its derivative by a weight, says what a small turn of that weight does. Turning every weight a
# little *against* its slope makes the error smaller; how little is the **learning rate** η:
#
# $$w \;\leftarrow\; w - \eta\, \frac{\partial E}{\partial w}$$
#
# Between a weight of G and the error there is a chain of steps. The **chain rule** says: take the slope of each step, and multiply.

# %%
chain = [("z", "random"), ("t", "v z + c"), ("x", "σ(t)"), ("s", "Σ w x + b"), ("p", "σ(s)"), ("E", "−ln p")]
slopes = ["∂t/∂v = z", "∂x/∂t = x (1 − x)", "∂s/∂x = w", "∂p/∂s = p (1 − p)", "∂E/∂p = −1/p"]
figure, ax = plt.subplots(figsize=(9.6, 2.1))
for place, (name, formula) in enumerate(chain):
    colour = plots.PLAYER_G if place < 3 else plots.PLAYER_D if place < 5 else "black"
    ax.text(place, 0.6, name, ha="center", va="center", fontsize=16, bbox={"boxstyle": "circle", "fc": "white", "ec": colour, "lw": 2})
    ax.text(place, 1.15, formula, ha="center", va="center", color=colour)
for place, slope in enumerate(slopes):
    ax.annotate("", (place + 0.78, 0.6), (place + 0.22, 0.6), arrowprops={"arrowstyle": "->", "color": plots.QUIET})
    ax.text(place + 0.5, 0.05, slope, ha="center", va="center", fontsize=10)
ax.text(1, 1.5, "inside G", ha="center", color=plots.PLAYER_G)
ax.text(3.5, 1.5, "inside D", ha="center", color=plots.PLAYER_D)
ax.set(xlim=(-0.4, 5.4), ylim=(-0.15, 1.75))
ax.axis("off")
plots.show(figure, alt="A chain z, t, x, s, p, E with arrows; below each arrow its slope: z, x(1−x), w, p(1−p), −1/p")

# %% [markdown]
# Five arrows, five slopes. D's own weights enter at $s$, so D needs the two arrows on the right and one more; G needs all five.
#
# ### 5.1 · The slope of the sigmoid
#
# It occurs twice in the chain, so we do it first. Write $\sigma(s) = (1 + e^{-s})^{-1}$ and differentiate from the outside in:
#
# $$\sigma'(s) \;=\; \underbrace{-(1 + e^{-s})^{-2}}_{\text{of } (\cdot)^{-1}} \cdot \underbrace{(-e^{-s})}_{\text{of } 1 + e^{-s}}
# \;=\; \frac{1}{1 + e^{-s}} \cdot \frac{e^{-s}}{1 + e^{-s}} \;=\; \sigma(s)\,\bigl(1 - \sigma(s)\bigr)$$
#
# The last step uses $1 - \sigma(s) = \frac{1 + e^{-s} - 1}{1 + e^{-s}} = \frac{e^{-s}}{1 + e^{-s}}$. Each derivative of this section
# is compared with **autograd**, torch's machine for derivatives, which knows nothing of our algebra:

# %%
def autograd(error, *numbers):
    tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    return [slope.numpy() for slope in torch.autograd.grad(error(*tensors), tensors)]


s = np.linspace(-5, 5, 101)
(by_machine,) = autograd(lambda s: torch.sigmoid(s).sum(), s)
difference = abs(by_machine - sigmoid(s) * (1 - sigmoid(s))).max()
print("our σ' and autograd's agree to 12 digits:", bool(difference < 1e-12))
assert difference < 1e-12

# %% [markdown]
# Both as curves:

# %%
figure, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(s, sigmoid(s), color=plots.REAL, label="σ(s)")
ax.plot(s, sigmoid(s) * (1 - sigmoid(s)), color=plots.VAE, label="σ'(s) = σ(s) (1 − σ(s))")
ax.set(xlabel="score s", ylabel="σ and its slope")
ax.legend()
plots.show(figure, alt="The sigmoid rises from 0 to 1; its slope is a hill of height one quarter in the middle and nearly 0 at both ends")

# %% [markdown]
# The slope is largest, ¼, where the neuron is undecided, and almost 0 where it is sure.
#
# ### 5.2 · D looks at a real face
#
# The error is $E = -\ln p$ with $p = \sigma(s)$ and $s = \sum_i w_i x_i + b$. One factor a step:
#
# $$\frac{\partial E}{\partial w_i} = \underbrace{\frac{\partial E}{\partial p}}_{-1/p}\cdot\underbrace{\frac{\partial p}{\partial s}}_{p(1-p)}
# \cdot\underbrace{\frac{\partial s}{\partial w_i}}_{x_i} = -\frac{1}{p}\; p\,(1-p)\; x_i = -(1-p)\,x_i$$
#
# The $p$ cancels. For the bias the last factor is $\partial s / \partial b = 1$, so $\partial E / \partial b = -(1-p)$.

# %%
def slopes_face(x, w, b):
    p = D(x, w, b)
    return -(1 - p) * x, -(1 - p)


# %% [markdown]
# Read it: the step goes *against* the slope, so each weight grows by $\eta\,(1-p)\,x_i$. Pixels with ink get a larger weight, and
# the more so the less D was convinced. A D that says $p = 1$ learns nothing more.
#
# Now against autograd. `compare` does it at many places, and keeps the largest difference; `which` says by which of the error's
# arguments we have differentiated.

# %%
def compare(our_slopes, error, which, places):
    largest = 0
    for place in places:
        by_machine = autograd(error, *place)
        for ours, argument in zip(our_slopes(*place), which):
            largest = max(largest, np.max(abs(ours - by_machine[argument])))
    print("our slopes and autograd's agree to 12 digits:", bool(largest < 1e-12))
    assert largest < 1e-12


# %% [markdown]
# A hundred random pictures, weights and biases:

# %%
def E_face(x, w, b):
    return -torch.log(torch.sigmoid(torch.dot(w, x) + b))


random = np.random.RandomState(0)
places = [(random.rand(4), random.normal(size=4), random.normal()) for _ in range(100)]  # x, w, b
compare(slopes_face, E_face, (1, 2), places)

# %% [markdown]
# ### 5.3 · D looks at a fake
#
# Now $E = -\ln(1 - p)$. Only the first factor changes. The derivative of $-\ln(u)$ is $-1/u$, that of $u = 1 - p$ is $-1$:
#
# $$\frac{\partial E}{\partial w_i} = \underbrace{\frac{\partial E}{\partial p}}_{+1/(1-p)}\cdot\underbrace{\frac{\partial p}{\partial s}}_{p(1-p)}
# \cdot\underbrace{\frac{\partial s}{\partial w_i}}_{x_i} = \frac{1}{1-p}\; p\,(1-p)\; x_i = p\,x_i \qquad\qquad \frac{\partial E}{\partial b} = p$$

# %%
def slopes_fake(x, w, b):
    p = D(x, w, b)
    return p * x, p


def E_fake(x, w, b):
    return -torch.log(1 - torch.sigmoid(torch.dot(w, x) + b))


compare(slopes_fake, E_fake, (1, 2), places)

# %% [markdown]
# The mirror image: where the fake has ink the weight gets *smaller*, and the more so the more D fell for it.
#
# ### 5.4 · G looks at what D said
#
# $G$ wants $p = D(G(z))$ to be 1, so $E = -\ln p$ again; but what G can turn are *its* weights, at the far end of the chain. All
# five factors, for pixel $i$ with $t_i = v_i z + c_i$ and $x_i = \sigma(t_i)$:
#
# $$\frac{\partial E}{\partial v_i} =
# \underbrace{\frac{\partial E}{\partial p}}_{-1/p}\cdot
# \underbrace{\frac{\partial p}{\partial s}}_{p(1-p)}\cdot
# \underbrace{\frac{\partial s}{\partial x_i}}_{w_i}\cdot
# \underbrace{\frac{\partial x_i}{\partial t_i}}_{x_i(1-x_i)}\cdot
# \underbrace{\frac{\partial t_i}{\partial v_i}}_{z}
# \;=\; -(1-p)\; w_i\; x_i(1-x_i)\; z$$
#
# For $c_i$ the last factor is $\partial t_i / \partial c_i = 1$, so $\partial E / \partial c_i = -(1-p)\, w_i\, x_i(1-x_i)$.

# %%
def slopes_G(z, v, c, w, b):
    x = G(z, v, c)
    p = D(x, w, b)
    slope_c = -(1 - p) * w * x * (1 - x)
    return slope_c * z, slope_c


# %% [markdown]
# The factor $w_i$ in the middle is the heart of every GAN. G never sees a face. All that it knows about faces is *D's weights*: where
# $w_i$ is positive, D would like more ink, and G turns that pixel darker; where it is negative, lighter. **D is G's teacher.**

# %%
def E_G(z, v, c, w, b):
    return -torch.log(torch.sigmoid(torch.dot(w, torch.sigmoid(v * z + c)) + b))


places = [(random.rand(), *random.normal(size=(3, 4)), random.normal()) for _ in range(100)]  # z, v, c, w, b
compare(slopes_G, E_G, (1, 2), places)

# %% [markdown]
# ### Find the bug
#
# A published derivation of this slope ends with $-(1-p)\; x_i(1-x_i)\; z$. Which factor has been lost? **Predict** what a generator
# would draw that learns with it. (Hint: which sign does this slope have, whatever the pixel?) Here both learn from the lecture's D,
# which stands still:

# %%
def learn_alone(slopes, rounds=4000, learning_rate=0.1):
    random, v, c = np.random.RandomState(1), np.zeros(4), np.zeros(4)
    for _ in range(rounds):
        slope_v, slope_c = slopes(random.rand(), v, c)
        v, c = v - learning_rate * slope_v, c - learning_rate * slope_c
    return G(0.5, v, c)


right = learn_alone(lambda z, v, c: slopes_G(z, v, c, w, b))
wrong = learn_alone(lambda z, v, c: [slope / w for slope in slopes_G(z, v, c, w, b)])  # the factor w taken out again
assert right[[0, 3]].min() > 0.9 and right[[1, 2]].max() < 0.1 and wrong.min() > 0.9

# %% [markdown]
# What each of them draws after 4,000 rounds:

# %%
figure, axes = plt.subplots(1, 3, figsize=(6, 2.1))
draw(axes[0], np.full(4, 0.5), "at the start")
draw(axes[1], right, "with the factor w", plots.GAN)
draw(axes[2], wrong, "without it", plots.PLAYER_D)
plots.show(figure, alt="A grey picture; a face, learned with the factor w; an all black picture, learned without it")

# %% [markdown]
# Without $w_i$ every slope is negative, so every pixel gets darker and darker: black. The factor that was lost is the one that
# carries what D knows. And nothing *crashed*: only the comparison with autograd would have told.
#
# ## 6 · The training
#
# Everything is there. The game is played **one face at a time**; we call that one *round*:
#
# 1. D looks at a real face, and takes a step against the slopes of 5.2.
# 2. A random number z is drawn, G makes a fake of it, D looks at it and takes a step (5.3).
# 3. G asks what D *now* says to this fake, and takes a step (5.4). D does not change in this step.
#
# Once through all faces is an **epoch**. All weights begin at random. `history` keeps what each round began with, and the three
# errors, *each taken at the very weights whose slopes are used*: what we draw later is really what is minimised.

# %%
from collections import namedtuple

Round = namedtuple("Round", "w b v c error_real error_fake error_G")


def train(faces, learning_rate=0.1, epochs=2000, seed=0, start_D=None, start_G=None, rng=None):
    rng = rng or np.random.RandomState(seed)  # the source of all random numbers
    w, b = start_D or (rng.normal(size=4), rng.normal())
    v, c = start_G or (rng.normal(size=4), rng.normal(size=4))
    history = []
    for _ in range(epochs):
        for x in np.asarray(faces, float):
            begin, error_real = (w, b, v, c), -np.log(D(x, w, b))  # 1. D and a real face
            slope_w, slope_b = slopes_face(x, w, b)
            w, b = w - learning_rate * slope_w, b - learning_rate * slope_b
            z = rng.rand()  # 2. D and a fake
            x_fake = G(z, v, c)
            error_fake = -np.log(1 - D(x_fake, w, b))
            slope_w, slope_b = slopes_fake(x_fake, w, b)
            w, b = w - learning_rate * slope_w, b - learning_rate * slope_b
            error_G = -np.log(D(x_fake, w, b))  # 3. G and what D says now
            slope_v, slope_c = slopes_G(z, v, c, w, b)
            v, c = v - learning_rate * slope_v, c - learning_rate * slope_c
            history.append(Round(*begin, error_real, error_fake, error_G))
    return (w, b), (v, c), history


# %% [markdown]
# With `sigmoid`, `D`, `G` and the three slopes that is the whole GAN: 40 lines, and no library but NumPy.
#
# **Predict**: where will D's answers to G's pictures end? At 0, because D learns to see through them? At 1, because G
# learns to fool D? Or somewhere else?

# %%
(w_end, b_end), (v_end, c_end), history = train(faces)
first = history[0]
numbers = np.linspace(0, 1, 5)
before = [D(G(z, first.v, first.c), first.w, first.b) for z in numbers]
after = [D(G(z, v_end, c_end), w_end, b_end) for z in numbers]
print(f"{len(history)} rounds; D's answer to G's pictures: at the start {np.mean(before):.2f}, at the end {np.mean(after):.2f}")
assert abs(np.mean(after) - 0.5) < 0.05

# %% [markdown]
# At one half: D cannot tell. And the pictures?

# %%
figure, axes = plt.subplots(2, 5, figsize=(9, 4.1))
for column, z in enumerate(numbers):
    draw(axes[0, column], G(z, first.v, first.c), f"before, z = {z:g}", plots.QUIET)
    draw(axes[1, column], G(z, v_end, c_end), f"after, z = {z:g}", plots.GAN)
plots.show(figure, alt="Above, five dark grey pictures with no pattern, before training. Below, five pictures with a dark diagonal")

# %% [markdown]
# Faces. G was never shown one; it only ever heard what D would have liked to be different. Is that luck with the random start? Five
# other starts, five other streams of z:

# %% tags=["claim-toy-gan-trains", "claim-toy-faces-generator", "nbval-check-output"]
runs = [train(faces, seed=seed) for seed in range(1, 6)]
drawn = np.array([[G(z, *g) for z in numbers] for _, g, _ in runs])  # (seed, z, pixel)
answers = np.array([[D(x, *d) for x in pictures] for pictures, (d, _, _) in zip(drawn, runs)])
on, off = drawn[:, :, [0, 3]].min(), drawn[:, :, [1, 2]].max()
print(f"all five draw a dark diagonal for every z: {on > off + 0.1}")
print(f"and D answers about one half: {abs(answers - 0.5).max() < 0.08}")
assert on > off + 0.1 and abs(answers - 0.5).max() < 0.08

# %% [markdown]
# ### The errors, round by round
#
# D's error in a round is that on the face plus that on the fake. If D can only guess, $p = \tfrac12$, that is
# $\ln 2 + \ln 2 = \ln 4$, and G's is $\ln 2$. Each point is the mean of one epoch.

# %%
def epoch_means(values):
    return np.reshape(values, (-1, len(faces))).mean(axis=1)


errors_D = epoch_means([r.error_real + r.error_fake for r in history])
errors_G = epoch_means([r.error_G for r in history])
rounds = np.arange(0, len(history), len(faces))

# %% [markdown]
# Most happens at the start, so the first 500 rounds get a panel of their own:

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3), width_ratios=[2, 3])
for ax, part in zip(panels, (rounds < 500, rounds >= 500)):
    ax.plot(rounds[part], errors_D[part], color=plots.PLAYER_D, label="error of D")
    ax.plot(rounds[part], errors_G[part], color=plots.PLAYER_G, label="error of G")
    for value, name in ((math.log(4), "ln 4"), (math.log(2), "ln 2")):
        ax.axhline(value, color=plots.QUIET, linewidth=1, linestyle=":")
        ax.annotate(name, (1.01, value), xycoords=("axes fraction", "data"), color=plots.QUIET, va="center")
    ax.set(xlabel="round (a face and a fake)", ylabel="error (nats)")
panels[0].legend()
panels[1].set(ylim=(0.5, 1.8))
plots.show(figure, alt="Left: D's error falls from 5, G's rises from 0, both swing. Right: both settle just above ln 4 and ln 2")

# %% [markdown]
# Neither curve goes to 0, and neither player has *won*. Both settle beside the dotted lines, where D has no idea. In most machine
# learning a loss that stops falling is bad news; here it is the aim.
#
# ### The weights, round by round
#
# On the left D's five numbers. On the right, for each pixel, the sum that G puts into its sigmoid at z = 0.5: 0 is grey, +2 is
# nearly black, −2 nearly white.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
places = ["top left", "top right", "bottom left", "bottom right"]
for place, name in enumerate(places):
    left.plot([r.w[place] for r in history], label=name)
    right.plot([r.c[place] + 0.5 * r.v[place] for r in history], label=name)
left.plot([r.b for r in history], color="black", linestyle="--", label="bias")
assert (np.sign(history[100].w) == [1, -1, -1, 1]).all()
left.set(xlabel="round", ylabel="weights and bias of D")
right.set(xlabel="round", ylabel="G's sum v z + c at z = 0.5")
left.legend(loc="upper right", ncols=2)
plots.show(figure, alt="Left: D's five weights swing and shrink towards 0. Right: G's sums split, diagonal up, the others down, and swing")

# %% [markdown]
# On the right G makes up its mind early: diagonal up, the rest down. Then the waves: D finds a pixel in which the fakes are
# too light, G makes it darker, goes too far, D turns its weight round, and so on, a little less each time. Two players who
# chase each other move in circles; notebook 06 looks at that.
#
# On the left something stranger: **D's weights shrink towards 0**. A D with $w = 0$ and $b = 0$ says ½ to everything. It forgets
# how to tell faces from noise, since the only other pictures that it still meets are as good as faces.
#
# ### What did G learn?
#
# Not any of the four faces, it seems. **Predict**: which picture do all its pictures resemble?

# %%
mean_face = faces.mean(axis=0)
means = drawn.mean(axis=1)  # one a seed
print("the mean of the faces:    ", mean_face)
print("the mean of G's pictures: ", G(numbers[:, None], v_end, c_end).mean(axis=0).round(1))
print("spread of a pixel, faces: ", faces.std(axis=0).round(1), " G's pictures at most:", drawn.std(axis=1).max().round(1))
assert abs(means - mean_face).max() < 0.15 and drawn.std(axis=1).max() < 0.15 < faces.std(axis=0).min()

# %% [markdown]
# The **mean face**, with little variety. One neuron can only compare *sums of pixels*. As soon as G's pictures have the same mean
# as the faces, no choice of weights tells them apart better than a coin, and G has nothing more to learn. *G is never better than D
# forces it to be.* For variety one needs a D that can see it: notebook 06. What it looks like when G draws one picture only: notebook 09.
#
# ## 7 · The film of the training
#
# **Predict**: at which round do the pictures first look like faces? Which player changes first? Drag the slider or the curves, or
# press play; the slider has more stops at the start, where more happens. Watch D's weights there: by round 100
# they have the signs that we chose by hand, +, −, −, +, and G's pictures get lighter just where D's weights are vermilion.

# %%
from ganlib.widgets import ToyPlayer

ToyPlayer(history)

# %% [markdown]
# ## 8 · The same in torch
#
# From notebook 06 on the networks are too large to work by hand. There autograd finds the slopes, an optimiser takes the steps,
# and two functions of `ganlib` do one player's step each: `update_D` and `update_G`. Do they play the same game?
#
# Our two networks in torch. D returns the *score*: the losses work on scores, which keep their digits when D is very sure.

# %%
from torch import nn

D_torch = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0)).double()
G_torch = nn.Sequential(nn.Linear(1, 4), nn.Sigmoid()).double()
with torch.no_grad():  # the same start as `history`
    D_torch[0].weight.copy_(torch.from_numpy(first.w)[None])
    D_torch[0].bias.fill_(first.b)
    G_torch[0].weight.copy_(torch.from_numpy(first.v)[:, None])
    G_torch[0].bias.copy_(torch.from_numpy(first.c))

# %% [markdown]
# `update_D` shows D a face *and* a fake and takes one step on both errors together. Our rounds take them one after the other, so we
# hand it one half of the loss at a time. With softplus$(s) = \ln(1 + e^s)$: $-\ln\sigma(s)$ is softplus$(-s)$, and
# $-\ln(1 - \sigma(s))$ is softplus$(s)$. The halves add up to the loss that notebook 06 uses:

# %%
from ganlib import losses

on_face = losses.GANLoss("on a face", lambda real, fake: losses.softplus(-real).mean(), losses.non_saturating.G)
on_fake = losses.GANLoss("on a fake", lambda real, fake: losses.softplus(fake).mean(), losses.non_saturating.G)
score = torch.linspace(-3, 3, 7)
both = on_face.D(score, score) + on_fake.D(score, score)
print("the halves add up:", torch.allclose(both, losses.non_saturating.D(score, score)))
assert torch.allclose(both, losses.non_saturating.D(score, score))

# %% [markdown]
# Now 400 rounds with plain gradient descent, `SGD`. After each one we compare all weights and all three errors with what `history`
# noted. The random numbers z must be the same too, so we draw them from the same stream, after the thirteen first weights.

# %% tags=["claim-toy-gan-trains", "nbval-check-output"]
from ganlib.train import update_D, update_G

opt_D, opt_G = torch.optim.SGD(D_torch.parameters(), lr=0.1), torch.optim.SGD(G_torch.parameters(), lr=0.1)
random = np.random.RandomState(0)
random.normal(size=4), random.normal(), random.normal(size=8)
apart = []
for number in range(400):
    x_real = torch.from_numpy(faces[number % len(faces)])[None]
    z = torch.full((1, 1), random.rand(), dtype=torch.float64)
    error_real, *_ = update_D(G_torch, D_torch, opt_D, x_real, z, on_face)
    error_fake, *_ = update_D(G_torch, D_torch, opt_D, x_real, z, on_fake)
    error_G = update_G(G_torch, D_torch, opt_G, z, losses.non_saturating)
    weights = [p.detach().flatten() for net in (D_torch, G_torch) for p in net.parameters()]
    theirs = torch.cat([*weights, torch.stack([error_real, error_fake, error_G])]).numpy()
    now, later = history[number], history[number + 1]  # the errors of this round, the weights after it
    errors = [now.error_real, now.error_fake, now.error_G]
    apart.append(abs(theirs - np.concatenate([later.w, [later.b], later.v, later.c, errors])).max())
print("thirteen weights and three errors agree to 12 digits in each of 400 rounds:", bool(max(apart) < 1e-12))
assert max(apart) < 1e-12

# %% [markdown]
# Step for step the same. What notebook 06 does with two large networks is what you have just done with thirteen numbers.
#
# ## 9 · Anybody's run, digit for digit
#
# This little GAN has been published several times, with other faces, rates and seeds. NumPy promises that its old random numbers,
# `np.random.seed` and `RandomState`, never change, so such a run can be repeated years later, digit for digit. `train` takes
# everything that a run depends on; with `rng=np.random` it draws from the global stream that `np.random.seed` starts.

# %%
other_faces = [(1, 0, 0, 1), (0.95, 0.05, 0.15, 0.85)]
np.random.seed(42)
*_, by_global_stream = train(other_faces, learning_rate=0.01, epochs=500, rng=np.random)
*_, by_seed = train(other_faces, learning_rate=0.01, epochs=500, seed=42)
same = all(np.array_equal(a, b) for a, b in zip(by_global_stream[-1], by_seed[-1]))
print("the global stream and a stream of one's own give the same run, to the last digit:", same)
assert same

# %% [markdown]
# The first weights may be given as well: `start_D=(w, b)` and `start_G=(v, c)`. From the hand-made players of sections 2 and 3:

# %%
*_, expert = train(faces, epochs=100, start_D=(w, b), start_G=(v, c))
print("round 0 begins with the weights that were given:", expert[0].w, expert[0].c)
assert np.array_equal(expert[0].w, w) and np.array_equal(expert[0].c, c)

# %% [markdown]
# ## What you should be able to say now
#
# - *Can one do a GAN by hand?* Yes: five numbers for D, eight for G, three slopes, 40 lines.
# - *What does D compute?* A weighted sum, squeezed by σ into how sure it is. The border is ½.
# - *What does each player minimise?* D: −ln p on faces plus −ln(1−p) on fakes. G: −ln p on its fakes.
# - *How does G learn without seeing a face?* Through the factor w in its slope: what D would have liked to be different.
# - *Where does it end?* With D at ½, both losses at the value of guessing, and a G that is as good as D can tell.
#
# ## Exercises
#
# [Exercises that check your code and name your mistake](exercises/05_toy_faces.ipynb) have a notebook of their own. To try here:
#
# 1. Faces that lean *forward* have their dark diagonal from the top right to the bottom left. Train on two such faces. What must
#    change in the code?
# 2. Notebook 06 draws **fresh** noise for G's step instead of using the same z again. Change `train` so. Do the pictures change?
# 3. **Find the bug.** A published program for this GAN draws, as D's error on a fake, −ln(1 − D(z)), with z the random *number*
#    instead of the picture G(z), and sums over what comes out. Why does NumPy not complain (`w @ x` would, `np.dot(z, w)` does not)? Add
#    that quantity to `Round` and draw it beside the true error. Would you notice?
# 4. Set the learning rate to 5. Which player breaks first, and what do the curves look like?
# 5. Give D one more input, the product $x_1 x_4$. Which faces can it tell apart now, and does G's variety grow?
#
# **Next**: [06 · the vanilla GAN](06_vanilla_gan.ipynb), where the same game draws handwritten digits.
#
# ## References
#
# Goodfellow et al. 2014, *Generative adversarial nets* · Serrano 2020, *A friendly introduction to generative adversarial
# networks* (the land where everybody is tilted) · Rumelhart, Hinton and Williams 1986, *Learning representations by
# back-propagating errors* (the chain rule, organised)
