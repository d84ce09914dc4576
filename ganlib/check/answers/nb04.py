"""References and mistakes of notebook 04."""

from __future__ import annotations

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake
from ganlib.metrics import sharpness


def pictures_inputs(rng, case):
    shapes = [
        (3, 1, 1, 1),
        (3, 1, 2, 2),
        (5, 3, 3, 4),
        (7, 1, 4, 4),
        (5, 3, 3, 4),
        (7, 1, 4, 4),
        (5, 3, 2, 5),
        (1, 1, 3, 2),
    ]
    loss = "absolute" if case in (1, 2, 4, 5, 7) else "squared"
    pictures = rng.uniform(-1, 1, shapes[case])
    if case == 5:  # above, ink and paper only, so that most values are equal
        pictures[:, :, :2] = np.sign(pictures[:, :, :2])
    return {"pictures": pictures, "loss": loss}


def best_guess_answer(pictures, loss):
    return pictures.mean(0) if loss == "squared" else pictures.quantile(0.5, dim=0)


def member(pictures, loss):
    """Return the one of the pictures that is best."""
    gaps = pictures[:, None] - pictures
    cost = (gaps.square() if loss == "squared" else gaps.abs()).flatten(2).sum((1, 2))
    return pictures[cost.argmin()]


best_guess = Exercise(
    id="04-1",
    name="best_guess",
    title="the picture that costs least on average",
    drive="drive_best_guess",
    inputs=pictures_inputs,
    answer=best_guess_answer,
    cases=8,
    mistakes=(
        Mistake("The two are exchanged: the mean makes squared errors small, the median absolute ones.",
                lambda x, loss: best_guess_answer(x, "absolute" if loss == "squared" else "squared")),
        Mistake("The mean is right for squared errors only. What value has as many pixels above it as below?",
                lambda x, loss: x.mean(0)),
        Mistake("The median is right for absolute errors only. Where is the slope of the summed squares zero?",
                lambda x, loss: best_guess_answer(x, "absolute")),
        Mistake("That is one number for all pixels. Each pixel is guessed for itself: work along axis 0.",
                lambda x, loss: torch.full_like(x[0], float(x.mean() if loss == "squared" else x.quantile(0.5)))),
        Mistake("That is one number. A whole picture (C, H, W) is due: work along axis 0 only.",
                lambda x, loss: x.mean() if loss == "squared" else x.median()),
        Mistake("torch's median along an axis returns two things, the values and where they stood. Take the values.",
                lambda x, loss: x.mean(0) if loss == "squared" else x.median(0)),
        Mistake("You choose the best one *of the given* pictures. The best guess need not be one of them, and for "
                "squared errors hardly ever is.", member),
        Mistake("That is half-way between darkest and brightest. All pictures count, not the extremes only.",
                lambda x, loss: (x.amin(0) + x.amax(0)) / 2),
        Mistake("The axis of the pictures is still there: (1, C, H, W) where (C, H, W) is due.",
                lambda x, loss: best_guess_answer(x, loss)[None]),
    ),
)  # fmt: skip


def two_pictures(rng, case):
    shape = [(1, 1, 2, 2), (2, 1, 4, 4), (3, 3, 4, 5), (4, 1, 8, 8), (3, 3, 4, 5), (2, 1, 3, 6)][case]
    x = rng.uniform(-1, 1, shape)
    if case == 4:  # no pixel is dark
        x = (x + 1) / 2
    noise = np.array([0.05, 0.2, 0.5, 0.01])[: shape[0]].reshape(-1, 1, 1, 1)  # each picture is off by another amount
    noise = noise * np.array([1, 4, 0.3])[: shape[1]].reshape(-1, 1, 1)  # and so is each channel
    return {"x": x, "x_hat": np.clip(x + noise * rng.normal(size=shape), 0 if case == 4 else -1, 1)}


def mse(x, x_hat):
    return (x - x_hat).square().mean((1, 2, 3))


def psnr_answer(x, x_hat):
    return 10 * torch.log10(4 / mse(x, x_hat))


psnr = Exercise(
    id="04-2",
    name="psnr",
    title="find the bug: six decibels too few",
    drive="drive_psnr",
    inputs=two_pictures,
    answer=psnr_answer,
    cases=6,
    mistakes=(
        Mistake("You are 6 dB too low: the range is taken to be 1, and pixels from -1 to 1 have a range of 2. "
                "(Libraries guess the range from the type of the numbers, and are as often wrong.)",
                lambda x, y: 10 * torch.log10(1 / mse(x, y))),
        Mistake("The range is taken to be 255. These pixels go from -1 to 1.",
                lambda x, y: 10 * torch.log10(255**2 / mse(x, y))),
        Mistake("The range has to be squared, since the error below it is.",
                lambda x, y: 10 * torch.log10(2 / mse(x, y))),
        Mistake("Range and error are upside down: a smaller error must give more decibels.",
                lambda x, y: -psnr_answer(x, y)),
        Mistake("That is the natural logarithm. Decibels are 10 times the logarithm to base 10.",
                lambda x, y: 10 * torch.log(4 / mse(x, y))),
        Mistake("10 times the logarithm of the range over the *root* of the error: use 20 with roots, 10 with "
                "squares.", lambda x, y: 5 * torch.log10(4 / mse(x, y))),
        Mistake("20 belongs in front if root and range are not squared, 10 if they are.",
                lambda x, y: 20 * torch.log10(4 / mse(x, y))),
        Mistake("The squared error is averaged over the whole batch before the logarithm. Each picture has a PSNR of "
                "its own.", lambda x, y: 10 * torch.log10(4 / (x - y).square().mean())),
        Mistake("One number came back: return the PSNR of each picture, the caller will average.",
                lambda x, y: psnr_answer(x, y).mean()),
        Mistake("The squares are summed over the pixels. The mean is due, or large pictures would look worse.",
                lambda x, y: 10 * torch.log10(4 / (x - y).square().sum((1, 2, 3)))),
        Mistake("The peak is the largest value that *could* occur, not the largest of these pictures.",
                lambda x, y: 10 * torch.log10(x.flatten(1).amax(1).square() / mse(x, y))),
        Mistake("The range is what *could* occur, from -1 to 1, not what these pictures happen to span.",
                lambda x, y: 10 * torch.log10((x.flatten(1).amax(1) - x.flatten(1).amin(1)).square() / mse(x, y))),
        Mistake("You average the absolute error. PSNR is defined by the squared one.",
                lambda x, y: 10 * torch.log10(4 / (x - y).abs().mean((1, 2, 3)))),
    ),
)  # fmt: skip


def waves_inputs(rng, case):
    n, channels, side = [(1, 1, 8), (2, 1, 16), (3, 3, 8), (3, 1, 32), (2, 1, 9), (3, 3, 8), (2, 2, 10)][case]
    x = 0.4 * rng.normal(size=(n, channels, side, side))
    smooth = (x + np.roll(x, 1, -1) + np.roll(x, 1, -2) + np.roll(x, -1, -1)) / 4  # fewer short waves than noise has
    each = np.arange(channels).reshape(
        -1, 1, 1
    )  # channels differ in strength, in brightness and in what waves they have
    smooth = np.where(each == 1, 0.5 * x, smooth) * 0.7**each + 0.4 - 0.3 * each
    return {"x": (0.1 * smooth if case == 5 else smooth) if case else x + 0.4}


def waves(side):
    """Return the rounded number of cycles per picture of each wave: (H, H)."""
    return sharpness.ring_numbers(side, side)


def share(power, fine):
    power = power.mean(1)
    return (power * fine).sum((1, 2)) / power.sum((1, 2))


def power_of(x, centred=True):
    return torch.fft.fft2(x - x.mean((2, 3), keepdim=True) if centred else x).abs().square()


def fine_part_answer(x):
    return share(power_of(x), waves(x.shape[-1]) > x.shape[-1] / 4)


def unwrapped(x):
    k = torch.arange(x.shape[-1], dtype=torch.float32)
    return share(power_of(x), (k[:, None] ** 2 + k**2).sqrt().round() > x.shape[-1] / 4)


def shifted_once(x):
    return share(torch.fft.fftshift(power_of(x), (2, 3)), waves(x.shape[-1]) > x.shape[-1] / 4)


def along_an_axis(x):
    k = (torch.fft.fftfreq(x.shape[-1]) * x.shape[-1]).abs()
    return share(power_of(x), torch.maximum(k[:, None], k) > x.shape[-1] / 4)


def half_the_waves(x):
    power = torch.fft.rfft2(x - x.mean((2, 3), keepdim=True)).abs().square()
    return share(power, waves(x.shape[-1])[:, : x.shape[-1] // 2 + 1] > x.shape[-1] / 4)


fine_part = Exercise(
    id="04-3",
    name="fine_part",
    title="the share of a picture in waves shorter than four pixels",
    drive="drive_fine_part",
    inputs=waves_inputs,
    answer=fine_part_answer,
    cases=7,
    mistakes=(
        Mistake("The mean of the picture is still there. It is the wave of 0 cycles, usually the largest of all, and "
                "no variance: take it away before the transform.",
                lambda x: share(power_of(x, False), waves(x.shape[-1]) > x.shape[-1] / 4)),
        Mistake("You add up amplitudes. What a wave carries is the square of its amplitude.",
                lambda x: share(power_of(x).sqrt(), waves(x.shape[-1]) > x.shape[-1] / 4)),
        Mistake("You count the waves 0, 1, 2 ... H-1 along an axis. In the second half of the transform the "
                "frequencies are negative, and their length becomes smaller again: fftfreq has them in the right "
                "order.", unwrapped),
        Mistake("The transform is shifted, so that 0 stands in the middle, and the table of wave numbers is not (or "
                "the other way round).", shifted_once),
        Mistake("That is the share of the *long* waves.", lambda x: 1 - fine_part_answer(x)),
        Mistake("That is the energy of the short waves. Divide by that of all waves.",
                lambda x: fine_part_answer(x) * x.var((2, 3), correction=0).mean(1)),
        Mistake("Waves of exactly H/4 cycles are four pixels long, not shorter: they do not count.",
                lambda x: share(power_of(x), waves(x.shape[-1]) >= x.shape[-1] / 4)),
        Mistake("Waves of H/4 cycles are four pixels long. You begin at H/2 cycles, waves of two pixels, and leave "
                "out all between.", lambda x: share(power_of(x), waves(x.shape[-1]) > x.shape[-1] / 2)),
        Mistake("You look at the larger of the two frequencies. A wave's number of cycles is its length, the root of "
                "the sum of squares.", along_an_axis),
        Mistake("One number came back: each picture has its own share.", lambda x: fine_part_answer(x).mean()),
        Mistake("rfft2 returns half of the waves, as the others mirror them. They count, too: use fft2, or count "
                "them twice.", half_the_waves),
        Mistake("Compare the *rounded* number of cycles with H/4, as the rings of the lecture do.",
                lambda x: share(power_of(x), exact_waves(x.shape[-1]) > x.shape[-1] / 4)),
    ),
)  # fmt: skip


def exact_waves(side):
    k = torch.fft.fftfreq(side) * side
    return (k[:, None] ** 2 + k**2).sqrt()


def detail_inputs(rng, case):
    shape = [(1, 1, 3, 3), (2, 1, 6, 4), (3, 3, 5, 5), (2, 1, 4, 8), (3, 3, 5, 5), (4, 2, 3, 6)][case]
    left = [0.5, 0.3, 0.8, -0.7, 1.6, 0.1][case]
    n, channels, height, width = shape
    mask = rng.uniform(size=(n, height, width)) < 0.5
    mask[:, :2, :2] = True
    detail = rng.normal(size=shape)
    noise = 0.0 if case == 0 else 0.6
    rebuilt = left * detail + noise * rng.normal(size=shape)
    if case >= 4:  # faint details, the first picture's and channel's fainter still; one picture has none
        strength = np.linspace(0.5, 1.5, n)[:, None, None, None] * np.linspace(0.5, 1.5, channels)[:, None, None]
        detail, rebuilt = 0.1 * strength * detail, 0.1 * strength**0.5 * rebuilt
        mask[1] = False
    return {"detail": detail, "rebuilt": rebuilt, "mask": mask}


def inside(detail, rebuilt, mask):
    keep = mask[:, None].to(detail)
    return detail * keep, rebuilt * keep


def left_by(rule):
    """Return a measure by a rule on (detail, rebuilt), both already inside the mask."""
    return lambda detail, rebuilt, mask: rule(*inside(detail, rebuilt, mask))


detail_left = Exercise(
    id="04-4",
    name="detail_left",
    title="how much of a detail is left",
    drive="drive_detail_left",
    inputs=detail_inputs,
    answer=sharpness.retained,
    cases=6,
    mistakes=(
        Mistake("The mask is not used: what changed elsewhere in the picture counts, too.",
                lambda d, r, m: (d * r).sum() / d.square().sum()),
        Mistake("The mask is used above the line and not below it (or the other way round).",
                lambda d, r, m: (d * r * m[:, None]).sum() / d.square().sum()),
        Mistake("You compare energies: *any* texture of the same strength would pass for the detail. Multiply the "
                "two pictures with each other: only what agrees counts.",
                left_by(lambda d, r: r.square().sum() / d.square().sum())),
        Mistake("You compare lengths: *any* texture of the same strength would pass for the detail. Multiply the two "
                "pictures with each other: only what agrees counts.", left_by(lambda d, r: r.norm() / d.norm())),
        Mistake("That is the cosine of the angle between the two. It says whether they look alike, not how strong "
                "the detail still is: half of a detail would count as all of it.",
                left_by(lambda d, r: (d * r).sum() / (d.norm() * r.norm()))),
        Mistake("You divide by what is left instead of what was there.",
                left_by(lambda d, r: (d * r).sum() / r.square().sum())),
        Mistake("You average over ratios of single pictures. A picture with a faint detail then counts as much as "
                "one with a clear one: sum over all pictures before dividing.",
                left_by(lambda d, r: ((d * r).sum((1, 2, 3)) / d.square().sum((1, 2, 3))).mean())),
        Mistake("You average over ratios of single pixels; where the detail is almost 0 they are huge. Sum first, "
                "then divide.", lambda d, r, m: (r / d)[m[:, None].expand_as(d)].mean()),
        Mistake("That is the share that is *lost*.", lambda d, r, m: 1 - sharpness.retained(d, r, m)),
        Mistake("Divide by what all of the detail would give, its sum of squares.",
                left_by(lambda d, r: (d * r).sum())),
        Mistake("You sum where you should multiply: positive and negative pixels of the detail cancel.",
                left_by(lambda d, r: r.sum() / d.sum())),
        Mistake("That is a mean over absolute values: *any* change of the same strength would pass for the detail.",
                left_by(lambda d, r: r.abs().sum() / d.abs().sum())),
    ),
)  # fmt: skip

EXERCISES = (best_guess, psnr, fine_part, detail_left)
