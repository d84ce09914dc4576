"""Measures of sharpness, on pictures whose answer is known."""

import math
import re
from pathlib import Path

import pytest
import torch

from ganlib.metrics import sharpness

SOURCE = Path(__file__).parents[1] / "notebooks" / "source" / "04_vae_blurriness.py"


def wave(rows: int, columns: int, size: int = 32, amplitude: float = 1.0) -> torch.Tensor:
    """Return one picture of a cosine with so many cycles down and across."""
    line = 2 * math.pi * torch.arange(size) / size
    return amplitude * torch.cos(rows * line[:, None] + columns * line)[None, None]


def taught(start: str, **space):
    """Return the functions of the notebook's cell that begins like this."""
    cells = re.split(r"(?m)^# %%.*$", SOURCE.read_text())
    cell = next(cell for cell in cells if cell.strip().startswith(start) or f"\n{start}" in cell)
    code = cell[cell.index(start) :]
    end = re.search(r"(?m)\n(?=\S)(?!def)", code)
    exec(code[: end.start()] if end else code, space)
    return space


def test_the_rings_of_a_picture_sum_to_its_variance():
    x = torch.randn(5, 3, 24, 24)
    variance = x.var((2, 3), correction=0).mean(1)
    torch.testing.assert_close(sharpness.ring_energy(x).sum(1), variance)


@pytest.mark.parametrize("rows, columns, ring", [(0, 3, 3), (4, 3, 5), (0, 16, 16), (7, 7, 10)])
def test_a_wave_lies_in_its_own_ring(rows, columns, ring):
    energy = sharpness.ring_energy(wave(rows, columns, amplitude=2.0))[0]
    assert int(energy.argmax()) == ring
    expected = 4.0 if columns == 16 else 2.0  # cos² is 1 at the finest wave, ½ in the mean elsewhere
    torch.testing.assert_close(energy[ring], torch.tensor(expected), rtol=1e-4, atol=0)
    assert float(energy.sum() - energy[ring]) < 1e-4


def test_fine_energy_counts_waves_shorter_than_asked():
    both = wave(0, 4) + wave(0, 12, amplitude=3.0)  # of 8 pixels, and of 2.7 pixels
    torch.testing.assert_close(sharpness.fine_energy(both), torch.tensor([4.5]), rtol=1e-4, atol=0)
    assert sharpness.fine_share(both) == pytest.approx(0.9, abs=1e-4)
    assert sharpness.fine_share(wave(0, 8)) < 1e-6, "a wave of exactly four pixels is not shorter than four"
    with pytest.raises(ValueError, match="2 pixels"):
        sharpness.fine_energy(both, 1.5)


def test_white_noise_has_a_flat_spectrum():
    spectrum = sharpness.radial_spectrum(torch.randn(400, 1, 32, 32, generator=torch.Generator().manual_seed(0)))
    assert len(spectrum) == 17
    assert float(spectrum[1:].max() / spectrum[1:].min()) < 1.3


def test_steepness_of_an_edge():
    edge = torch.full((1, 1, 8, 8), -1.0)
    edge[..., 4:] = 1.0
    steep = sharpness.steepness(edge)[0]
    assert steep[:, 3].tolist() == [2.0] * 7 and float(steep.sum()) == 14.0
    assert float(sharpness.gradient_energy(edge)) == pytest.approx(4 / 7)


def test_blurring_keeps_the_mean_and_takes_the_fine_energy():
    x = torch.randn(4, 3, 32, 32)
    soft = sharpness.blurred(x, 1.5)
    assert soft.shape == x.shape
    torch.testing.assert_close(sharpness.blurred(torch.ones(1, 2, 9, 9), 1.0), torch.ones(1, 2, 9, 9))
    assert float(sharpness.fine_energy(soft).mean()) < 0.05 * float(sharpness.fine_energy(x).mean())
    torch.testing.assert_close(soft + sharpness.fine_layer(x), x)
    turned = sharpness.blurred(x.transpose(2, 3), 1.5).transpose(2, 3)
    torch.testing.assert_close(turned, soft, rtol=1e-4, atol=1e-5)


def test_what_is_left_of_a_detail():
    detail, other = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    detail[:, :, 2, 2:5], other[:, :, 6, 1:3] = 0.5, 3.0
    mask = detail[:, 0] != 0
    for left, share in ((detail, 1.0), (0 * detail, 0.0), (0.3 * detail + other, 0.3), (-detail, -1.0)):
        assert sharpness.retained(detail, left) == pytest.approx(share)
        assert sharpness.retained(detail, left, mask) == pytest.approx(share)
    with pytest.raises(ValueError, match="no detail"):
        sharpness.retained(detail, detail, ~mask)


def test_textures_that_are_kept_smoothed_or_invented_anew():
    threads = wave(0, 8).expand(3, 3, -1, -1)
    mask = torch.zeros(3, 32, 32, dtype=torch.bool)
    mask[:, 4:28, 4:28] = True
    assert sharpness.texture_left(threads, threads, mask) == pytest.approx((1.0, 1.0))
    assert sharpness.texture_left(threads, 0 * threads + 0.2, mask) == pytest.approx((0.0, 0.0), abs=1e-6)
    shifted = threads.roll(1, dims=3)  # a quarter of a wave: right energy, wrong places
    right, anything = sharpness.texture_left(threads, shifted, mask)
    assert abs(right) < 0.01 and anything == pytest.approx(1.0, abs=0.01)


def test_the_notebooks_functions_are_the_librarys():
    x = torch.randn(3, 2, 16, 16)
    torch.testing.assert_close(taught("def ring_energy", torch=torch)["ring_energy"](x), sharpness.ring_energy(x))
    detail, left = torch.randn(2, 2, 3, 8, 8)
    ours = taught("def retained")["retained"](detail, left)
    assert ours == pytest.approx(sharpness.retained(detail, left), rel=1e-4)
