"""The controls that widgets are made of, and how they stand beside their pictures; sizes are left to canvas.css."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

import ipywidgets

if TYPE_CHECKING:  # a value is always chosen; ipywidgets' own annotations allow for None

    class Dropdown(ipywidgets.Dropdown):
        value: Any

    class SelectionSlider(ipywidgets.SelectionSlider):
        value: Any


HANDLE = "#0072b2"  # of sliders: a blue that stands out on light and dark pages
LABEL = "5.5em"  # room for a control's name, in the size of its type


@overload
def slider(
    value: int, low: int, high: int, name: str, *, step: None = None, label: str = LABEL, **options
) -> ipywidgets.IntSlider: ...
@overload
def slider(
    value: float, low: float, high: float, name: str, *, step: float, label: str = LABEL, **options
) -> ipywidgets.FloatSlider: ...
def slider(value, low, high, name, *, step=None, label=LABEL, **options):
    """Return a slider that answers while it is moved: of floats if `step` is given, else of whole numbers."""
    kind = ipywidgets.IntSlider if step is None else ipywidgets.FloatSlider
    options |= {} if step is None else {"step": step}
    style = {"description_width": label, "handle_color": HANDLE}
    return kind(value, min=low, max=high, description=name, continuous_update=True, style=style, **options)


def stops(options: Sequence[tuple], value, name: str, *, label: str = LABEL) -> SelectionSlider:
    """Return a slider over named stops, [(what is read beside it, value), …]."""
    made = ipywidgets.SelectionSlider(
        options=list(options), value=value, description=name, continuous_update=True, style={"description_width": label}
    )
    if made.style.has_trait("handle_color"):  # not in ipywidgets 7
        made.style.handle_color = HANDLE
    return cast("SelectionSlider", made)


def choice(options: Sequence, value, name: str, *, label: str = LABEL) -> Dropdown:
    """Return a menu of options, plain or [(what is read, value), …]."""
    made = ipywidgets.Dropdown(options=options, value=value, description=name, style={"description_width": label})
    return cast("Dropdown", made)


def number(value: int, low: int, high: int, name: str, *, label: str = LABEL) -> ipywidgets.BoundedIntText:
    """Return a field for a whole number."""
    return ipywidgets.BoundedIntText(value, min=low, max=high, description=name, style={"description_width": label})


def tick(value: bool, name: str) -> ipywidgets.Checkbox:
    """Return a box to tick."""
    return ipywidgets.Checkbox(value, description=name, indent=False)


def button(name: str, action: Callable[[], None], *, main: bool = False, icon: str = "") -> ipywidgets.Button:
    """Return a button that calls `action()`; `main` for the one that is pressed most."""
    made = ipywidgets.Button(description=name, icon=icon, button_style="primary" if main else "")
    made.on_click(lambda _: action())
    return made


def text(content: str, kind: str = "note") -> ipywidgets.HTML:
    """Return a line of text: kind "heading" or "note"."""
    return ipywidgets.HTML(f'<div class="ganlib-{kind}">{content}</div>')


def class_choice(classes: int | None, *, together: bool) -> Dropdown | None:
    """Return a choice of one class, or None without classes; `together` offers all of them, one a column, too."""
    if not classes:
        return None
    options = [*([("one a column", None)] if together else []), *((str(k), k) for k in range(classes))]
    return choice(options, options[0][1], "class")


def box(kind: str, *widgets: ipywidgets.Widget | None) -> ipywidgets.Box:
    """Return a box of the CSS class ganlib-`kind` around the widgets that there are; canvas.css says what it does."""
    made = ipywidgets.Box([widget for widget in widgets if widget is not None])
    made.add_class(f"ganlib-{kind}")
    return made


def row(*widgets: ipywidgets.Widget | None) -> ipywidgets.Box:
    """Return controls that share one line."""
    return box("line", *widgets)


def beside(controls: Sequence[ipywidgets.Widget], *pictures: ipywidgets.Widget | None, above: bool = False):
    """Lay controls beside pictures, or `above` them; where the page is narrow they are always above."""
    both = box("both", box("controls", *controls), box("pictures", *pictures))
    if above:
        both.add_class("ganlib-above")
    return ipywidgets.Box([both])
