"""Runs in a lecture's kernel after its last cell: every widget that was shown is moved, and moved back."""

import gc

import ipywidgets
import numpy as np

from ganlib.widgets.base.panel import Panel, family
from ganlib.widgets.live_panel import LivePanel


def picture(panel):
    """Return the present picture of a panel, which must come without a message."""
    frame = panel.frame(panel.state)
    assert not frame.message, f"{panel.name}: {frame.message}"
    return frame.pixels.copy()


def elsewhere(control):
    """Return (trait, other values) of a slider or a choice; without values if it is neither, or has one alone."""
    if isinstance(control, ipywidgets.Play):  # it moves a slider in the browser
        return "value", []
    if control.has_trait("options"):
        return "index", [k for k in range(len(control.options)) if k != control.index]
    if control.has_trait("min") and control.has_trait("max"):
        middle = (control.min + control.max) / 2  # of a closed way both ends look alike
        places = [control.max, control.min, round(middle) if isinstance(control.value, int) else middle]
        return "value", [place for place in places if place != control.value]
    return "value", []


def move(panel):
    """Move every control there and back; return how many changed the picture, the first of which brings it back."""
    start, moving = picture(panel), 0
    for control in family(panel.box):
        trait, places = elsewhere(control)
        if not places or getattr(control, "disabled", False):
            continue
        before, changed = getattr(control, trait), False
        for place in places[:3]:
            setattr(control, trait, place)
            changed |= not np.array_equal(picture(panel), start)
        setattr(control, trait, before)
        back = np.array_equal(picture(panel), start)
        assert back or moving, f"{panel.name}: {control.description or control} is back, and the picture is another one"
        moving += changed
    return moving


def train(panel):
    """Let a live training make a step, and begin again."""
    start = picture(panel)
    panel.step()
    assert not np.array_equal(picture(panel), start), f"{panel.name}: the networks made a step, and the picture stayed"
    panel.reset()
    picture(panel)
    return 1


panels = [thing for thing in gc.get_objects() if isinstance(thing, Panel) and not thing.closed and thing._shown]
assert len(panels) >= SHOWN, f"{len(panels)} widgets are there of the {SHOWN} that the notebook shows"  # noqa: F821
for panel in panels:
    act = train if isinstance(panel, LivePanel) else move
    assert act(panel), f"{panel.name}: no control changes its picture"
print(f"{len(panels)} widgets moved")
