"""From floats to pictures: rounding, clipping, tiles."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlib.pictures import GAP, PAPER, square_grid, tile, to_uint8


def test_all_256_values_come_back():
    values = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(to_uint8(values / 127.5 - 1), values)


@pytest.mark.parametrize(
    "value, shown",
    [(-1, 0), (1, 255), (0, 128), (-7, 0), (1.01, 255), (1e30, 255), (-0.1 / 127.5, 127), (0.4 / 127.5, 128)],
)
def test_values_are_rounded_and_clipped(value, shown):
    found = to_uint8(torch.full((1, 1, 2, 2), float(value)))
    assert found.dtype == torch.uint8 and found.unique().tolist() == [shown]


@given(st.floats(-1, 1, width=32))
def test_rounding_is_to_the_nearest(value):
    found = int(to_uint8(torch.full((1, 1, 1, 1), value)))
    assert abs(found - (value + 1) * 127.5) <= 0.5 + 1e-4


def test_half_precision_is_as_good():
    x = torch.linspace(-1, 1, 64).view(1, 1, 8, 8)
    difference = to_uint8(x.half()).int() - to_uint8(x).int()
    assert difference.abs().max() <= 1


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none_are_striped_and_do_not_hide_the_others(wrong):
    x = torch.zeros(2, 1, 8, 8)
    x[1] = wrong
    found = to_uint8(x)
    assert (found[0] == 128).all()
    assert set(found[1].unique().tolist()) == {96, 192}
    assert torch.isnan(x[1, 0, 0, 0]) or torch.isinf(x[1, 0, 0, 0])  # the caller's tensor is as it was


def test_the_input_is_left_alone():
    x = torch.linspace(-2, 2, 16).view(1, 1, 4, 4)
    before = x.clone()
    to_uint8(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("count, grid", [(1, (1, 1)), (2, (1, 2)), (5, (2, 3)), (9, (3, 3)), (10, (3, 4))])
def test_grids_are_square_or_wider(count, grid):
    assert square_grid(count) == grid


@given(st.integers(1, 500))
def test_grids_hold_everything_without_an_empty_row(count):
    rows, columns = square_grid(count)
    assert (rows - 1) * columns < count <= rows * columns and rows <= columns


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_lie_row_by_row_with_gaps_between(channels):
    images = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, channels, 3, 4) * 10
    sheet = tile(images, 2, 3)
    assert sheet.shape == (2 * 3 + GAP, 3 * 4 + 2 * GAP) + ((3,) if channels == 3 else ())
    for i in range(5):
        top, left = (i // 3) * (3 + GAP), (i % 3) * (4 + GAP)
        assert (sheet[top : top + 3, left : left + 4] == 10 * i).all()
    assert (sheet[3] == PAPER).all() and (sheet[:, 4] == PAPER).all()
    assert (sheet[4:, 10:] == PAPER).all()  # the place that no image takes
    assert sheet.dtype == np.uint8


def test_channels_keep_their_order():
    images = torch.tensor([10, 20, 30], dtype=torch.uint8).view(1, 3, 1, 1)
    assert tile(images, 1, 1).tolist() == [[[10, 20, 30]]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="7 images do not fit into 2 rows of 3"):
        tile(torch.zeros(7, 1, 2, 2, dtype=torch.uint8), 2, 3)
    with pytest.raises(ValueError, match="not 2"):
        tile(torch.zeros(1, 2, 2, 2, dtype=torch.uint8), 1, 1)
