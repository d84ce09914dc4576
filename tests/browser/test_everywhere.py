"""Every widget class where people meet it: pages, sizes, themes, by keyboard, by finger, and without a kernel."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from axe import findings
from lab import LabPage, handles, settle
from moves import FOCUSABLE, Finger, by_keyboard, by_mouse, by_training, is_training
from nbconvert import HTMLExporter
from widget_gallery import SETUP, WIDGETS

from ganlib import widgets

SIZES = {"projector": (1366, 768), "large screen": (1920, 1080), "zoomed to 150 %": (912, 512)}
PHONE = (375, 800)
each = pytest.mark.parametrize("name", WIDGETS)
pytestmark = pytest.mark.timeout(300)
MEASURE = """panel => {
    const scrolls = (part, x) => {
        const style = getComputedStyle(part);
        const kind = x ? style.overflowX : style.overflowY;
        const more = x ? part.scrollWidth - part.clientWidth : part.scrollHeight - part.clientHeight;
        return /(auto|scroll)/.test(kind) && more > 0;
    };
    const output = panel.closest('.jp-OutputArea-output');
    const parts = [output, panel, ...panel.querySelectorAll('*')];
    const box = (part) => { const { left, right, top, height } = part.getBoundingClientRect();
                            return { left, right, top, height }; };
    return {
        page: panel.closest('.jp-WindowedPanel-outer').clientHeight,
        bars: parts.filter((part) => scrolls(part, true) || scrolls(part, false)).map((part) => part.className),
        panel: box(panel), output: box(output), canvases: [...panel.querySelectorAll('canvas')].map(box),
    };
}"""


# Of every text of a panel: how much lighter or darker it is than what it stands on, as WCAG 2.2 defines it.
CONTRASTS = """panel => {
    const numbers = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
    const light = (rgb) => [0.2126, 0.7152, 0.0722].reduce((sum, share, k) => {
        const value = rgb[k] / 255;
        return sum + share * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    }, 0);
    const ground = (part) => {
        for (; part; part = part.parentElement) {
            const colour = numbers(getComputedStyle(part).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.5) return colour;
        }
        return [255, 255, 255];
    };
    const found = {};
    const texts = '.widget-label, .widget-readout, .ganlib-heading, .ganlib-note, .ganlib-status, button, select';
    for (const part of panel.querySelectorAll(texts)) {
        const text = part.textContent.trim();
        if (!text || !part.offsetHeight) continue;
        const [one, other] = [light(numbers(getComputedStyle(part).color)), light(ground(part))];
        found[text.slice(0, 40)] = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    }
    return found;
}"""


def test_every_widget_class_has_an_example():
    assert set(WIDGETS) == {
        n for n in widgets.__all__ if isinstance(getattr(getattr(widgets, n), "frame", None), type(lambda: 0))
    }


class Gallery:
    """A notebook that shows every widget, open on one page."""

    def __init__(self, lab: LabPage):
        self.lab, self.page = lab, lab.page

    def __getitem__(self, name: str):
        """The panel of a class, scrolled into view."""
        panel = self.page.locator(".jp-Cell").nth(1 + list(WIDGETS).index(name)).locator(".ganlib-panel")
        panel.scroll_into_view_if_needed()
        return panel

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(400)


@pytest.fixture(scope="module")
def gallery(open_cells):
    opened = Gallery(open_cells("gallery", [SETUP, *WIDGETS.values()], size=SIZES["projector"]))
    yield opened
    assert not opened.lab.errors


@pytest.fixture(scope="module")
def notebook7(open_cells):
    opened = Gallery(open_cells("gallery7", [SETUP, *WIDGETS.values()], size=SIZES["projector"], mode="notebooks"))
    yield opened
    assert not opened.lab.errors


# JupyterLab 4, Notebook 7


@each
def test_jupyterlab(name, gallery):
    panel = gallery[name]
    (by_training if is_training(panel) else by_mouse)(panel)
    assert panel.locator(".ganlib-message:visible").count() == 0
    still = gallery.page.locator(".jp-Cell").nth(1 + list(WIDGETS).index(name)).locator("img.ganlib-still")
    assert still.count() == 1 and not still.is_visible(), "the static picture stands beside the live one"


@each
def test_notebook_7(name, notebook7):
    panel = notebook7[name]
    handles(panel).first.click()  # which makes its cell the active one
    (by_training if is_training(panel) else by_keyboard)(panel)
    assert panel.locator(".ganlib-message:visible").count() == 0


# Sizes


@each
@pytest.mark.parametrize("size", SIZES)
def test_controls_and_pictures_fit_the_screen_without_scroll_bars(size, name, gallery):
    gallery.resize(*SIZES[size])
    gallery[name].page.wait_for_timeout(150)
    seen = gallery[name].evaluate(MEASURE)
    assert seen["bars"] == [], "a scroll bar in the widget"
    assert seen["panel"]["height"] <= seen["page"], "controls and pictures are never on the screen together"
    room = seen["output"]["right"] - min(canvas["left"] for canvas in seen["canvases"])
    used = max(canvas["right"] for canvas in seen["canvases"]) - min(canvas["left"] for canvas in seen["canvases"])
    assert used > 0.9 * room or seen["panel"]["height"] > 0.66 * seen["page"] or used > 900, "it leaves the page empty"


@each
def test_on_a_phone_nothing_is_cut_off_and_it_moves(name, gallery):
    gallery.resize(*PHONE)
    panel = gallery[name]
    seen = panel.evaluate(MEASURE)
    assert seen["bars"] == []
    assert all(canvas["right"] <= seen["output"]["right"] + 1 for canvas in seen["canvases"])
    (by_training if is_training(panel) else by_keyboard)(panel)
    gallery.resize(*SIZES["projector"])


@each
def test_labels_grow_with_the_presentation_mode(name, gallery):
    size = "panel => parseFloat(getComputedStyle(panel.querySelector('.widget-label, .jupyter-button')).fontSize)"
    before = gallery[name].evaluate(size)
    toggle = "async () => { await jupyterapp.commands.execute('application:toggle-presentation-mode') }"
    gallery.page.evaluate(toggle)
    after = gallery[name].evaluate(size)
    gallery.page.evaluate(toggle)
    assert after >= 1.15 * before


# Without a mouse


@each
def test_keyboard_alone_reaches_and_moves_everything(name, gallery):
    panel, page = gallery[name], gallery.page
    wanted = panel.locator(FOCUSABLE)
    wanted.evaluate_all("all => all.forEach((part, k) => { part.dataset.stop = k })")
    wanted.first.focus()
    reached = {}
    for _ in range(3 * wanted.count()):
        stop, ring = page.evaluate(
            "() => { const at = document.activeElement, style = getComputedStyle(at);"
            " return [at.dataset.stop, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2] }"
        )
        if stop is not None:
            reached[stop] = ring
        page.keyboard.press("Tab")
        if len(reached) == wanted.count():
            break
    assert len(reached) == wanted.count(), "a control that Tab does not reach"
    wanted.nth(0).focus()
    unseen = [stop for stop, ring in reached.items() if not ring and stop != "0"]
    assert unseen == [], "focus that can't be seen"
    names = panel.locator("[role=slider]").evaluate_all(
        "all => all.map((h) => [h.getAttribute('aria-label'), h.getAttribute('aria-valuetext')])"
    )
    assert all(label and label != "slider" and text and len(text) < 100 for label, text in names), names
    if not is_training(panel):
        by_keyboard(panel)
    canvases = panel.locator("canvas[tabindex]")
    if canvases.count() and name not in ("PlaneLab",):
        picture, before = panel.locator("canvas").first, settle(panel.locator("canvas").first)
        canvases.first.focus()
        last = "Enter" if name in ("LatentExplorer", "AttributeMixer") else "Space"
        for key in ("Shift+ArrowRight", "Shift+ArrowRight", last):
            page.keyboard.press(key)
        assert not np.array_equal(settle(picture), before), "its keys leave the picture as it was"
        page.keyboard.press("Escape")


@pytest.fixture(scope="module")
def touched(open_cells):
    return Gallery(open_cells("touched", [SETUP, *WIDGETS.values()], size=(820, 1180), has_touch=True))


@each
def test_a_finger_scrolls_over_pictures_and_drags_what_can_be_dragged(name, touched):
    panel, finger = touched[name], Finger(touched.page)
    picture = panel.locator("canvas").first
    where = "p => p.closest('.jp-WindowedPanel-outer').scrollTop"
    for canvas in panel.locator("canvas").all():
        kind = canvas.evaluate("c => c.dataset.pointer")
        before, start = settle(picture), panel.evaluate(where)
        box = canvas.bounding_box()
        middle = (box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
        finger.swipe(middle, 0, 150 if start > 200 else -150)
        moved = abs(panel.evaluate(where) - start)
        if kind in ("drag", "draw"):
            assert moved < 2, "the page scrolls under a finger that drags"
        else:
            assert moved > 60, f"a finger on the picture ({kind}) can't scroll the page"
            if kind != "scrub":
                assert np.array_equal(settle(picture), before), "scrolling the page changed the picture"
        panel.scroll_into_view_if_needed()
    if not is_training(panel):
        before, handle = settle(picture), handles(panel).first
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        at_end = handle.evaluate("h => Number(h.ariaValueNow) >= Number(h.ariaValueMax)")
        finger.swipe((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), -40 if at_end else 40, 0)
        assert not np.array_equal(settle(picture), before), "a finger does not move the slider"


# Themes


@pytest.fixture(scope="module")
def dark(gallery):
    change = "async (theme) => { await jupyterapp.commands.execute('apputils:change-theme', { theme }) }"
    gallery.page.evaluate(change, "JupyterLab Dark")
    gallery.page.wait_for_timeout(1500)
    yield gallery
    gallery.page.evaluate(change, "JupyterLab Light")
    gallery.page.wait_for_timeout(1000)


@each
def test_dark_theme(name, dark):
    panel = dark[name]
    contrasts = panel.evaluate(CONTRASTS)
    pale = {text: ratio for text, ratio in contrasts.items() if ratio < 4.5}
    assert contrasts and pale == {}
    rows: dict[int, set[int]] = {}
    for canvas in panel.evaluate(MEASURE)["canvases"]:
        rows.setdefault(round(canvas["top"]), set()).add(round(canvas["height"]))
    if name not in ("Interpolator", "LatentPad"):  # a picture that belongs to a place of the other, and is smaller
        assert all(max(heights) - min(heights) <= 8 for heights in rows.values()), f"boxes of unequal height: {rows}"


@each
def test_nothing_that_a_screen_reader_stumbles_over(name, gallery):
    assert findings(gallery[name]) == []


# Without a kernel


@pytest.fixture(scope="module")
def reopened(server, open_page, gallery):
    """The gallery's notebook saved, its kernel shut down, and opened again."""
    gallery.page.wait_for_timeout(2500)  # the static pictures follow what was seen last
    gallery.lab.save()
    gallery.page.wait_for_timeout(800)
    path = server.notebooks / "reopened.ipynb"
    shutil.copy(server.notebooks / "gallery.ipynb", path)
    assert json.loads(Path(path).read_text())["cells"][1]["outputs"]
    lab = LabPage(open_page(*SIZES["projector"]), server, path.name)
    lab.page.wait_for_timeout(3000)  # the widget manager looks for models and gives up
    yield Gallery(lab)
    lab.shut_down()


@each
def test_reopened_without_its_kernel_the_still_stands(name, reopened):
    cell = reopened.page.locator(".jp-Cell").nth(1 + list(WIDGETS).index(name))
    cell.scroll_into_view_if_needed()
    still = cell.locator("img.ganlib-still")
    assert still.is_visible() and still.evaluate("image => image.naturalWidth") > 100
    assert len(still.get_attribute("alt")) > 20
    assert "Error displaying widget" not in cell.inner_text()
    assert findings(cell.locator(".jp-OutputArea")) == []


def test_reopened_in_notebook_7_the_stills_stand(reopened, server, open_page):
    lab = LabPage(open_page(*SIZES["projector"]), server, "reopened.ipynb", mode="notebooks")
    lab.page.wait_for_timeout(3000)
    for name in WIDGETS:
        cell = lab.page.locator(".jp-Cell").nth(1 + list(WIDGETS).index(name))
        cell.scroll_into_view_if_needed()
        assert cell.locator("img.ganlib-still").is_visible(), name
        assert "Error displaying widget" not in cell.inner_text(), name


@pytest.fixture(scope="module")
def exported(reopened, server, open_page):
    """The saved notebook as nbconvert writes it, which is what nbviewer shows."""
    page, _ = HTMLExporter(template_name="lab").from_filename(str(server.notebooks / "reopened.ipynb"))
    shown = open_page(*SIZES["projector"])
    shown.route("**/*", lambda route: route.abort() if route.request.url.startswith("http") else route.continue_())
    path = server.root / "exported.html"
    path.write_text(page, encoding="utf-8")
    shown.goto(path.as_uri(), wait_until="domcontentloaded")
    return shown


@each
def test_on_an_exported_page_the_still_stands(name, exported):
    cell = exported.locator(".jp-Cell").nth(1 + list(WIDGETS).index(name))
    still, views = cell.locator("img.ganlib-still"), cell.locator(".jupyter-widgets")
    assert still.is_visible() and len(still.get_attribute("alt")) > 20
    assert not any(view.is_visible() for view in views.all()), "an empty widget beside the still"
