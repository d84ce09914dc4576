"""Notebook 04: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def guess_numpy(pictures, loss):
    return (np.mean if loss == "squared" else np.median)(pictures.numpy(), axis=0)


def guess_sorted(pictures, loss):
    if loss == "squared":
        return sum(pictures) / len(pictures)
    return pictures.sort(dim=0).values[len(pictures) // 2]


def psnr_by_root(x, x_hat):
    root = F.mse_loss(x_hat, x, reduction="none").mean((1, 2, 3)).sqrt()
    return 20 * torch.log10(2 / root)


def psnr_one_by_one(x, x_hat):
    return [10 * math.log10(4 / float(F.mse_loss(a, b))) for a, b in zip(x, x_hat)]


def psnr_in_unit_range(x, x_hat):
    x, x_hat = (x + 1) / 2, (x_hat + 1) / 2
    return -10 * torch.log10((x - x_hat).square().flatten(1).mean(1))


def frequencies(side):
    k = torch.fft.fftfreq(side, d=1 / side)
    return torch.sqrt(k[:, None] ** 2 + k[None, :] ** 2)


def fine_by_parseval(x):
    H = x.shape[-1]
    waves = torch.fft.fft2(x - x.mean(dim=(-1, -2), keepdim=True), norm="ortho")
    keep = frequencies(H).round() > H / 4
    fine = torch.fft.ifft2(waves * keep, norm="ortho").real
    return fine.square().sum((1, 2, 3)) / (x - x.mean((2, 3), keepdim=True)).square().sum((1, 2, 3))


def fine_numpy(x):
    x, H = x.double().numpy(), x.shape[-1]
    power = np.fft.fftshift(np.abs(np.fft.fft2(x)) ** 2, axes=(2, 3))
    power[..., H // 2, H // 2] = 0
    k = np.arange(H) - H // 2
    keep = np.round(np.hypot(*np.meshgrid(k, k))) > H / 4
    return (power * keep).sum((1, 2, 3)) / power.sum((1, 2, 3))


def fine_with(power, radius=lambda H: frequencies(H).round(), where=lambda r, H: r > H / 4):
    def fine_part(x):
        H, each = x.shape[-1], power(x).sum(1)
        return (each * where(radius(H), H)).sum((1, 2)) / each.sum((1, 2))

    return fine_part


def power(x):
    return torch.fft.fft2(x - x.mean((2, 3), keepdim=True)).abs() ** 2


def lengths_of_indices(H):
    i = torch.arange(H)
    return torch.sqrt((i[:, None] ** 2 + i[None] ** 2).float()).round()


def left_by_selection(detail, rebuilt, mask):
    keep = mask.unsqueeze(1).expand_as(detail)
    d, r = detail[keep], rebuilt[keep]
    return (d @ r) / (d @ d)


def left_by_least_squares(detail, rebuilt, mask):
    keep = mask[:, None].expand_as(detail)
    return torch.linalg.lstsq(detail[keep][:, None], rebuilt[keep][:, None]).solution[0, 0]


STYLES = {
    "best_guess": [
        guess_numpy,
        guess_sorted,
        lambda x, loss: x.mean(dim=0) if loss == "squared" else torch.median(x, dim=0).values,
    ],
    "psnr": [psnr_by_root, psnr_one_by_one, psnr_in_unit_range],
    "fine_part": [fine_by_parseval, fine_numpy],
    "detail_left": [left_by_selection, left_by_least_squares],
}

WRONG = {
    "best_guess": [
        (lambda x, loss: x.median(0).values if loss == "squared" else x.mean(0), "exchanged"),
        (lambda x, loss: x.mean(0), "squared errors only"),
        (lambda x, loss: x.median(0).values, "absolute errors only"),
        (lambda x, loss: x.mean() if loss == "squared" else x.median(), "one number"),
        (lambda x, loss: x.mean(0) if loss == "squared" else x.median(0), "two things"),
        (
            lambda x, loss: x.mean(0, keepdim=True) if loss == "squared" else x.median(0, keepdim=True).values,
            "(1, C, H, W)",
        ),
        (lambda x, loss: (x.max(0).values + x.min(0).values) / 2, "half-way"),
    ],
    "psnr": [
        (lambda x, y: 10 * torch.log10(1 / (x - y).square().mean((1, 2, 3))), "6 dB too low"),
        (lambda x, y: 20 * torch.log10(1 / (x - y).square().mean((1, 2, 3)).sqrt()), "6 dB too low"),
        (lambda x, y: 20 * torch.log10(255 / (x - y).square().mean((1, 2, 3)).sqrt()), "255"),
        (lambda x, y: 10 * torch.log10(4 / F.mse_loss(x, y)), "whole batch"),
        (lambda x, y: 10 * torch.log(4 / (x - y).square().mean((1, 2, 3))), "natural logarithm"),
        (lambda x, y: psnr_by_root(x, y).mean(), "each picture"),
        (lambda x, y: 10 * torch.log10((x - y).square().mean((1, 2, 3)) / 4), "upside down"),
        (lambda x, y: 10 * torch.log10(x.amax((1, 2, 3)) ** 2 / (x - y).square().mean((1, 2, 3))), "*could* occur"),
        (lambda x, y: 10 * torch.log10(2 / (x - y).square().mean((1, 2, 3))), "squared"),
    ],
    "fine_part": [
        (fine_with(lambda x: torch.fft.fft2(x).abs() ** 2), "mean of the picture"),
        (fine_with(lambda x: power(x).sqrt()), "amplitudes"),
        (fine_with(power, lengths_of_indices), "fftfreq"),
        (fine_with(lambda x: torch.fft.fftshift(power(x), dim=(2, 3))), "shifted"),
        (fine_with(power, where=lambda r, H: r <= H / 4), "*long*"),
        (fine_with(power, where=lambda r, H: r >= H / 4), "exactly H/4"),
        (fine_with(power, radius=frequencies), "*rounded*"),
        (lambda x: fine_by_parseval(x).mean(), "its own share"),
        (lambda x: fine_by_parseval(x) * x.var((2, 3), correction=0).mean(1), "Divide by that of all"),
    ],
    "detail_left": [
        (lambda d, r, m: ((d * r).sum() / (d * d).sum()).item(), "mask is not used"),
        (lambda d, r, m: (r * m[:, None]).square().sum() / (d * m[:, None]).square().sum(), "energies"),
        (lambda d, r, m: F.cosine_similarity((d * m[:, None]).flatten(), (r * m[:, None]).flatten(), dim=0), "cosine"),
        (lambda d, r, m: (d * r * m[:, None]).sum() / (r * r * m[:, None]).sum(), "instead of what was there"),
        (lambda d, r, m: (d * r * m[:, None]).sum() / (d * d).sum(), "above the line"),
        (lambda d, r, m: (d * r * m).sum() / (d * d * m).sum(), "left"),
        (lambda d, r, m: 1 - left_by_selection(d, r, m), "*lost*"),
        (lambda d, r, m: (r * m[:, None]).abs().sum() / (d * m[:, None]).abs().sum(), "absolute"),
    ],
}
