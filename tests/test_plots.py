"""Figures: one style, set only on request; alt text that reaches the output."""

import base64
import struct
from types import SimpleNamespace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from ganlib import plots
from ganlib.pictures import as_html, tile, to_uint8


@pytest.fixture(autouse=True)
def own_style():
    """Leave no figure and no setting behind."""
    plt.switch_backend("Agg")
    with matplotlib.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: a list of (data, metadata)."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data) if raw else None)
    return outputs


def test_the_style_is_set_on_request():
    before = matplotlib.rcParams["image.cmap"], matplotlib.rcParams["axes.spines.top"]
    assert before == ("viridis", True)
    plots.use_style()
    assert (matplotlib.rcParams["image.cmap"], matplotlib.rcParams["axes.spines.top"]) == ("gray", False)
    assert matplotlib.rcParams["font.size"] == matplotlib.rcParams["axes.labelsize"] == plots.SIZE


def test_a_figure_is_shown_with_its_alternative_text_and_closed(shown):
    figure, ax = plt.subplots(figsize=(3, 2), dpi=50)
    ax.plot([0, 1])
    plots.show(figure, "A line that rises from 0 to 1.")
    (data,) = shown
    assert data["text/plain"] == "A line that rises from 0 to 1."
    head, picture = data["text/html"].split(";base64,")
    assert head == '<img alt="A line that rises from 0 to 1." src="data:image/png'
    png = base64.b64decode(picture.removesuffix('">'))
    assert struct.unpack(">II", png[16:24]) == (150, 100)
    assert not plt.fignum_exists(figure.number)


def test_a_figure_without_alternative_text_is_refused(shown):
    with pytest.raises(ValueError, match="alt must say"):
        plots.show(plt.figure(), " ")
    assert shown == []


def test_the_alternative_text_reaches_a_notebook(monkeypatch):
    """Through IPython's own display, whose signature differs between its versions."""
    from IPython.core.interactiveshell import InteractiveShell

    outputs = []
    publisher = SimpleNamespace(publish=lambda data, metadata=None, **_: outputs.append((data, metadata)))
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(InteractiveShell, "instance", lambda: SimpleNamespace(display_pub=publisher))
    plots.show(plt.figure(), "Nothing yet.")
    assert outputs[0][0]["text/html"].startswith('<img alt="Nothing yet." ')


def test_words_with_quotes_and_angles_stay_words():
    assert as_html(b"", 'x < "y"').startswith('<img alt="x &lt; &quot;y&quot;" src=')


@pytest.mark.parametrize("columns, grid", [(None, (2, 3)), (5, (1, 5)), (2, (3, 2))])
def test_an_image_grid_shows_the_images_with_fixed_grey_values(columns, grid):
    images = torch.rand(5, 1, 4, 4) * 0.2
    _, ax = plt.subplots()
    plots.image_grid(ax, images, columns=columns, title="five", colour=plots.GAN)
    (picture,) = ax.images
    assert np.array_equal(picture.get_array(), tile(to_uint8(images), *grid))
    assert picture.get_clim() == (0, 255)  # grey stays grey: no stretching to the darkest and lightest
    assert ax.get_title() == "five" and len(ax.get_xticks()) == 0
    assert ax.spines["left"].get_visible() and ax.spines["left"].get_edgecolor()[:3] == to_rgb(plots.GAN)


def test_an_image_grid_takes_generated_images_and_needs_no_frame():
    _, ax = plt.subplots()
    plots.image_grid(ax, torch.zeros(2, 3, 4, 4, requires_grad=True))
    assert not any(spine.get_visible() for spine in ax.spines.values())


def test_losses_are_drawn_with_their_marks_and_units():
    _, ax = plt.subplots()
    plots.losses(ax, [1, 2, 3], [1.4, 1.2, 1.0], [0.7, 0.8, 0.9])
    by_label = {line.get_label(): line for line in ax.lines}
    assert by_label["loss of D"].get_ydata().tolist() == [1.4, 1.2, 1.0]
    assert by_label["loss of G"].get_ydata().tolist() == [0.7, 0.8, 0.9]
    assert by_label["loss of D"].get_color() == plots.PLAYER_D != by_label["loss of G"].get_color()
    levels = {text.get_text(): text.xy[1] for text in ax.texts}
    assert levels == {"ln 4": pytest.approx(np.log(4)), "ln 2": pytest.approx(np.log(2))}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss (nats)")


def test_bars_are_labelled():
    _, ax = plt.subplots()
    plots.bars(ax, ["zero", "one"], [3, 4], label="images")
    assert [bar.get_height() for bar in ax.patches] == [3, 4] and ax.get_ylabel() == "images"


def brightness(colour):
    """Relative luminance (WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_stand_out_from_paper_and_from_each_other():
    colours = (plots.REAL, plots.VAE, plots.GAN, plots.PLAYER_D)
    assert len(set(colours)) == 4
    for colour in colours:
        assert 1.05 / (brightness(colour) + 0.05) > 2
    assert 1.05 / (brightness(plots.QUIET) + 0.05) > 4.5  # it is used for text
