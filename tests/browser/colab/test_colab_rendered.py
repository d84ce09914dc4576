"""Every widget of the course in a page like Colab's, moved there: isolated frames, Jupyter's public manager."""

import pytest
from colab_page import ColabPage
from colab_runtime import WIDGET_VIEW
from widget_gallery import WIDGETS

HANDLE = ".ui-slider-handle"  # of ipywidgets 7


@pytest.fixture(scope="module")
def page(open_page, runtime):
    return ColabPage(open_page(1100, 1000), runtime)


@pytest.fixture
def show(page, runtime):
    def show(code):
        return page.show(runtime.run(code))

    yield show
    page.clear()


def place(handle) -> float:
    """Return where on its line a slider's handle stands, in percent."""
    return handle.evaluate("handle => parseFloat(handle.style.left)")


def press(page, handle, key: str) -> None:
    """Press an arrow key on a slider eight times."""
    handle.focus()
    for _ in range(8):
        page.keyboard.press(key)


def press_until(page, handle, first: float) -> None:
    """Bring a slider's handle to a place by arrow keys."""
    handle.focus()
    for _ in range(100):
        if (now := place(handle)) == first:
            return
        page.keyboard.press("ArrowRight" if now < first else "ArrowLeft")
    raise AssertionError(f"the handle went to {place(handle)} %, and never to {first} %")


def drag(page, handle, share: float) -> None:
    """Drag a slider's handle by a share of its line's length."""
    handle.scroll_into_view_if_needed()
    length = handle.evaluate("handle => handle.parentElement.clientWidth")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + share * length, y, steps=8)
    page.mouse.up()


def move_slider(page, frame, canvas) -> None:
    """Move the first slider by keyboard, then by mouse, and back each time."""
    start, handle = page.settle(canvas), frame.locator(HANDLE).first
    first = place(handle)
    keys, share = (("ArrowLeft", "ArrowRight"), -0.6) if first == 100 else (("ArrowRight", "ArrowLeft"), 0.6)
    moves = {
        "keyboard": [lambda key=key: press(page.page, handle, key) for key in keys],
        "mouse": [lambda share=share: drag(page.page, handle, share) for share in (share, -share)],
    }
    for name, (there, back) in moves.items():
        there()
        assert page.changes(canvas, start), f"the {name} moved the slider, and the picture stayed"
        back()
        press_until(page.page, handle, first)  # under the mouse a handle grows, and comes back a little beside
        assert page.returns(canvas, start), "back where it was, the picture is another one"


def train_and_reset(page, frame, canvas) -> None:
    start = page.settle(canvas)
    frame.get_by_role("button", name="Step").click()
    assert page.changes(canvas, start), "the networks made a step, and the picture stayed"
    frame.get_by_role("button", name="Reset").click()
    assert page.returns(canvas, start), "begun again, the picture is another one"


@pytest.mark.parametrize("kind", sorted(WIDGETS))
def test_a_widget_lives_in_colab_s_page(page, show, made, kind):
    frame = show(made(kind))  # the cell's last expression, as in the notebooks
    panel, canvas = frame.locator(".ganlib-panel"), frame.locator("canvas").first
    panel.wait_for()
    page.settle(canvas)
    if frame.get_by_role("button", name="Step").count():  # a live training: its sliders set rates
        train_and_reset(page, frame, canvas)
    else:
        move_slider(page, frame, canvas)
    assert frame.locator(".ganlib-still").count() == 1, "the static picture is there for pages without a kernel"
    assert not frame.locator(".ganlib-still").is_visible(), "the static picture stands beside the live one"
    assert frame.locator(".ganlib-message:visible").count() == 0 and page.errors == []


@pytest.mark.parametrize("kind", ["LiveTraining", "PlaneLab"])
def test_a_training_goes_on_by_itself_and_pauses(page, show, made, kind):
    frame = show(f"display({made(kind)})")
    canvas = frame.locator("canvas").first
    start = page.settle(canvas)
    frame.get_by_role("button", name="Start").click()
    frame.wait_for_function(
        "first => document.querySelector('canvas').dataset.frame > first + 3",
        arg=int(canvas.get_attribute("data-frame")),
    )
    frame.get_by_role("button", name="Pause").click()
    assert page.changes(canvas, start) and page.errors == []


def test_the_static_picture_follows_the_live_one(page, show, made):
    frame = show(f"display({made('GeneratorBoard')})")
    page.settle(frame.locator("canvas").first)
    still = frame.locator(".ganlib-still").get_attribute("src")
    press(page.page, frame.locator(HANDLE).first, "ArrowRight")
    frame.wait_for_function("src => document.querySelector('.ganlib-still').src !== src", arg=still, timeout=20_000)
    assert not frame.locator(".ganlib-still").is_visible(), "renewed, the static picture stands beside the live one"


def test_frames_have_no_access_to_one_another(page, show, made):
    one, two = (show(f"display({made('LatentExplorer')})") for _ in range(2))
    assert one != two
    look = "() => { try { return parent.document.title } catch (error) { return error.name } }"
    assert one.evaluate(look) == "SecurityError"


def test_the_same_widget_twice_stays_one_widget(page, show, made):
    one, two = (show(f"display({made('Interpolator')})") for _ in range(2))
    pictures = [frame.locator("canvas").first for frame in (one, two)]
    start = page.settle(pictures[1])
    handle = one.locator(HANDLE).first
    press(page.page, handle, "ArrowRight")
    assert page.changes(pictures[0], start) and page.returns(pictures[1], page.settle(pictures[0]))
    press(page.page, handle, "ArrowLeft")
    assert page.returns(pictures[1], start) and page.errors == []


def test_without_a_manager_the_static_picture_stands_alone(page, runtime, made):
    messages = runtime.run(f"display({made('LatentExplorer')})")
    for message in messages:
        message["content"].get("metadata", {}).pop(WIDGET_VIEW, None)
    frame = page.show(messages)
    assert frame.locator(".ganlib-panel").count() == 0, "the page shows what Colab would not show"
    assert frame.locator(".ganlib-still").is_visible()
    page.clear()
