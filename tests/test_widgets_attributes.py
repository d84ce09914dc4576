"""The attribute mixer, without a browser."""

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd
from widget_stand_in import Blob

from ganlib.widgets import AttributeMixer, AttributeState

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")

NAMES = ("right", "down")


def read(images):
    """Return the share of bright light in the right half and in the lower half: (N, 2)."""
    light = (images[:, 0] + 1) / 2
    total = light.sum((1, 2)).clamp(min=1e-6)
    return torch.stack([light[:, :, 16:].sum((1, 2)) / total, light[:, 16:].sum((1, 2)) / total], 1)


def directions():
    d = torch.zeros(2, 8)
    d[0, 0], d[1, 0], d[1, 1] = 5, 1, 1  # "down" goes to the right, too
    return d


@pytest.fixture
def mixer():
    mixer = AttributeMixer(Blob(), directions(), NAMES, read=read, readings=NAMES, rows=2, columns=3, seed=1)
    yield mixer
    mixer.close()


def test_a_slider_moves_what_its_name_says_and_back(mixer):
    front, start = FrontEnd(mixer), mixer.canvas.pixels
    bars = mixer.readings_canvas.pixels
    before = mixer.read(mixer.state)
    front.drag(mixer.sliders[0], [1.2, 4.0])
    front.answer_all()
    after = mixer.read(mixer.state)
    assert after[0] > before[0] + 0.2 and abs(after[1] - before[1]) < 0.02
    assert not np.array_equal(mixer.canvas.pixels, start) and not np.array_equal(mixer.readings_canvas.pixels, bars)
    front.drag(mixer.sliders[0], [0])
    front.answer_all()
    assert np.array_equal(mixer.canvas.pixels, start) and np.array_equal(mixer.readings_canvas.pixels, bars)


def test_a_slider_counts_lengths_of_z_whatever_length_the_direction_has(mixer):
    still = mixer.z
    mixer.sliders[0].value = 2.0
    torch.testing.assert_close((mixer.z - still)[0], torch.tensor([2.0] + 7 * [0]))


def test_keeping_the_others_takes_their_share_out(mixer):
    still = mixer.z
    mixer.sliders[1].value = 2.0
    torch.testing.assert_close((mixer.z - still)[0, :2], torch.tensor([2**0.5, 2**0.5]))
    together = mixer.render(mixer.state)
    mixer.keep.value = True
    torch.testing.assert_close((mixer.z - still)[0, :2], torch.tensor([0, 2.0]), atol=1e-6, rtol=0)
    assert mixer.state.apart and not np.array_equal(mixer.render(mixer.state), together)


def test_the_bars_show_what_is_read_and_where_it_was(mixer):
    state = AttributeState((4.0, 0.0), seed=1)
    length = lambda picture, row: int((picture[row] == (0, 158, 115)).all(1).sum())  # noqa: E731 (green pixels)
    moved, still = mixer.bars(state), mixer.bars(AttributeState((0.0, 0.0), seed=1))
    now, before = mixer.read(state), mixer.read(AttributeState((0.0, 0.0), seed=1))
    assert abs((length(moved, 20) - length(still, 20)) / 700 - float(now[0] - before[0])) < 0.03
    assert mixer.bars(state).shape == moved.shape and np.array_equal(mixer.bars(state), moved)


def test_one_image_is_read_alone(mixer):
    whole = mixer.read(AttributeState((0.0, 0.0), seed=1))
    each = torch.stack([mixer.read(AttributeState((0.0, 0.0), seed=1, image=k)) for k in range(6)])
    torch.testing.assert_close(each.mean(0), whole)
    assert each[:, 0].std() > 0.01


def test_reset_and_resample_still_work(mixer):
    start = mixer.canvas.pixels
    mixer.sliders[0].value = 3.0
    mixer.reset()
    mixer._pump.acknowledge(mixer._pump.number)
    assert all(slider.value == 0 for slider in mixer.sliders)
    mixer.resample()
    mixer._pump.acknowledge(mixer._pump.number)
    assert mixer.state.seed == 2 and not np.array_equal(mixer.canvas.pixels, start)


def test_a_reader_that_does_not_fit_is_said_below_the_picture():
    mixer = AttributeMixer(Blob(), directions(), NAMES, read=read, readings=("one",), rows=1, columns=2)
    assert "read must return 1 numbers" in FrontEnd(mixer).header["message"]
    mixer.close()


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="a name for each direction"):
        AttributeMixer(Blob(), directions(), ("right",), read=read, readings=NAMES)


def test_the_static_picture_and_the_words(mixer):
    still = mixer.still()
    assert still.width >= 300 and "right, down" in mixer.describe()
    assert repr(mixer).startswith("AttributeMixer(Blob")
    mixer.close()
    assert repr(mixer).endswith("(closed)")


def test_the_line_of_before_is_read_again_after_training_when_asked(mixer):
    start = mixer.read(mixer.state)
    mixer.G.step.data.mul_(3)
    mixer.refresh()
    assert not torch.allclose(mixer._before(mixer.state), start)
    torch.testing.assert_close(mixer._before(mixer.state), mixer.read(mixer.state))
