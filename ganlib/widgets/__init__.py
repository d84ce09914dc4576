"""Widgets: controls over pure `render(state) -> uint8 picture` functions, live in a notebook and still on a page."""

from ganlib.widgets.attributes import AttributeMixer, AttributeState
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.explorer import ExplorerState, LatentExplorer
from ganlib.widgets.interpolator import Interpolator, InterpolatorState
from ganlib.widgets.likelihood.mixture import MixtureView
from ganlib.widgets.likelihood.sampling import SamplingView
from ganlib.widgets.live import LiveTraining
from ganlib.widgets.magnifier import Magnifier, MagnifierState
from ganlib.widgets.pad import LatentPad, PadState
from ganlib.widgets.paint import MapPainter, PaintState
from ganlib.widgets.pixels import CompleterState, ImageCompleter, PixelReplay, ReplayState
from ganlib.widgets.plane.lab import PlaneLab
from ganlib.widgets.player import TrainingPlayer
from ganlib.widgets.styles import StyleExplorer, StyleState
from ganlib.widgets.toy_faces.boards import DiscriminatorBoard, DiscriminatorState, GeneratorBoard, GeneratorState
from ganlib.widgets.toy_faces.player import ToyPlayer
from ganlib.widgets.walk import AutoencoderWalk, WalkState

__all__ = [
    "AttributeMixer",
    "AttributeState",
    "AutoencoderWalk",
    "CompleterState",
    "DiscriminatorBoard",
    "DiscriminatorState",
    "ExplorerState",
    "GeneratorBoard",
    "GeneratorState",
    "ImageCompleter",
    "Interpolator",
    "InterpolatorState",
    "LatentExplorer",
    "LatentPad",
    "LiveTraining",
    "Magnifier",
    "MagnifierState",
    "MapPainter",
    "MixtureView",
    "PadState",
    "PaintState",
    "PixelCanvas",
    "SamplingView",
    "PixelReplay",
    "ReplayState",
    "StyleExplorer",
    "StyleState",
    "ToyPlayer",
    "PlaneLab",
    "TrainingPlayer",
    "WalkState",
]
