"""What a person does with a widget: moves it there and back by keyboard, mouse or finger, and looks at the picture."""

from __future__ import annotations

import numpy as np
from lab import grip, handles, settle

FOCUSABLE = (
    ".noUi-handle:visible, button:not([disabled]):visible, select:not([disabled]):visible, "
    "input:not([disabled]):visible, canvas[tabindex]:visible"
)


def keys_there_and_back(handle) -> tuple[str, str]:
    """Return the arrow keys that move a slider away from where it is, and back."""
    at_end = handle.evaluate("h => Number(h.getAttribute('aria-valuenow')) >= Number(h.getAttribute('aria-valuemax'))")
    return ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")


def is_training(panel) -> bool:
    """Say whether a panel holds a live training: its sliders set rates, and its pictures follow its buttons."""
    return panel.get_by_role("button", name="Step").count() > 0


def by_keyboard(panel, presses: int = 8) -> None:
    """Move the first slider there and back with arrow keys; the picture goes with it."""
    canvas, handle = panel.locator("canvas").first, handles(panel).first
    start = settle(canvas)
    there, back = keys_there_and_back(handle)
    handle.focus()
    value = "h => h.parentElement.style.transform"  # aria-valuenow is rounded
    seen = [handle.evaluate(value)]
    for _ in range(presses):
        panel.page.keyboard.press(there)
        seen.append(handle.evaluate(value))
    moves = sum(one != next_ for one, next_ in zip(seen, seen[1:]))  # fewer than presses where the slider ends
    assert not np.array_equal(settle(canvas), start), "the keyboard moved the slider, and the picture stayed"
    for _ in range(moves):
        panel.page.keyboard.press(back)
    assert np.array_equal(settle(canvas), start), "back where it was, the picture is another one"


def by_mouse(panel, *, shift: int = 50) -> None:
    """Drag the first slider there and back."""
    canvas = panel.locator("canvas").first
    start = settle(canvas)
    there, _ = keys_there_and_back(handles(panel).first)
    x, y = grip(panel, 0)
    panel.page.mouse.move(x + (shift if there == "ArrowRight" else -shift), y, steps=10)
    assert not np.array_equal(settle(canvas), start), "the mouse moved the slider, and the picture stayed"
    panel.page.mouse.move(x, y, steps=10)
    panel.page.mouse.up()
    assert np.array_equal(settle(canvas), start), "back where it was, the picture is another one"


def by_training(panel) -> None:
    """Let a live training make a step, and begin again."""
    canvas = panel.locator("canvas").first
    start = settle(canvas)
    panel.get_by_role("button", name="Step").click()
    assert not np.array_equal(settle(canvas), start), "the networks made a step, and the picture stayed"
    panel.get_by_role("button", name="Reset").click()
    assert np.array_equal(settle(canvas), start), "begun again, the picture is another one"


class Finger:
    """A finger on a touch screen, through the browser's own input events."""

    def __init__(self, page):
        self.page, self.session = page, page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def swipe(self, start: tuple[float, float], right: float, down: float, steps: int = 8) -> None:
        """Put the finger down, move it by so many CSS pixels, and lift it."""
        self._send("touchStart", start)
        for k in range(1, steps + 1):
            self._send("touchMove", (start[0] + right * k / steps, start[1] + down * k / steps))
            self.page.wait_for_timeout(16)
        self._send("touchEnd")
        self.page.wait_for_timeout(250)
