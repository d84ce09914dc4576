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
    """Return (trait, another value) of a slider or a choice, None of what is neither or has one value alone."""
    if isinstance(control, ipywidgets.Play):  # it moves a slider in the browser
        return None
    if control.has_trait("options"):
        others = [k for k in range(len(control.options)) if k != control.index]
        return ("index", others[-1]) if others else None
    if control.has_trait("min") and control.has_trait("max"):
        ends = [end for end in (control.max, control.min) if end != control.value]
        return ("value", ends[0]) if ends else None
    return None


def move(panel):
    """Move every control there and back; the first one must change the picture."""
    start, moved = picture(panel), 0
    for control in family(panel.box):
        there = elsewhere(control)
        if there is None or getattr(control, "disabled", False):
            continue
        trait, value = there
        before = getattr(control, trait)
        setattr(control, trait, value)
        changed = not np.array_equal(picture(panel), start)
        assert changed or moved, f"{panel.name}: {control.description or control} moved, and the picture stayed"
        setattr(control, trait, before)
        moved += 1
        if moved == 1:
            assert np.array_equal(picture(panel), start), f"{panel.name}: back where it was, the picture is another one"
    return moved


def train(panel):
    """Let a live training make a step, and begin again."""
    start = picture(panel)
    panel.step()
    assert not np.array_equal(picture(panel), start), f"{panel.name}: the networks made a step, and the picture stayed"
    panel.reset()
    picture(panel)
    return 1


panels = [thing for thing in gc.get_objects() if isinstance(thing, Panel) and not thing.closed and thing._shown]
for panel in panels:
    assert (train if isinstance(panel, LivePanel) else move)(panel), f"{panel.name} has nothing to move"
print(f"{len(panels)} widgets moved")
