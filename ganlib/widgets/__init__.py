"""Widgets: controls over pure `render(state) -> uint8 picture` functions, live in a notebook and still on a page."""

from ganlib.widgets.canvas import PixelCanvas
from ganlib.widgets.explorer import ExplorerState, LatentExplorer
from ganlib.widgets.interpolator import Interpolator, InterpolatorState
from ganlib.widgets.pad import LatentPad, PadState
from ganlib.widgets.player import TrainingPlayer

__all__ = [
    "ExplorerState",
    "Interpolator",
    "InterpolatorState",
    "LatentExplorer",
    "LatentPad",
    "PadState",
    "PixelCanvas",
    "TrainingPlayer",
]
