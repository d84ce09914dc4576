"""Every widget in every lecture notebook, dragged by mouse and by keyboard, there and back."""

import json

import pytest
from axe import page_findings
from lab import NOTEBOOKS
from moves import by_keyboard, by_mouse, by_training, is_training

WIDGETS = ("LatentExplorer(", "PlaneLab(", "TrainingPlayer(", "DiscriminatorBoard(", "GeneratorBoard(", "ToyPlayer(",
           "Interpolator(", "LatentPad(", "PixelReplay(", "ImageCompleter(", "Magnifier(",
           "AutoencoderWalk(", "MixtureView(", "SamplingView(", "StyleExplorer(", "AttributeMixer(",
           "MapPainter(")  # fmt: skip


def lectures_with_widgets() -> list[str]:
    """List the lecture notebooks whose code makes a widget."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if any(name in code for name in WIDGETS):
            found.append(path.name)
    return found


# Those of the others move in their kernels in every run (nbval_widgets.py), and in a browser in the slow tests.
IN_EVERY_RUN = ("00_start_here.ipynb", "05_toy_faces.ipynb")
LECTURES = [
    pytest.param(name, marks=[] if name in IN_EVERY_RUN else [pytest.mark.slow]) for name in lectures_with_widgets()
]


def test_there_are_lectures_with_widgets():
    assert set(IN_EVERY_RUN) < set(lectures_with_widgets())


@pytest.mark.timeout(2400)  # of a machine with other work; quiet, the longest takes two minutes
@pytest.mark.parametrize("name", LECTURES)
def test_every_widget_of_the_lecture_moves_and_comes_back(name, open_lecture):
    lab = open_lecture(name)
    count = lab.panels.count()
    assert count, f"{name} makes widgets in its code, but its page shows none"
    for index in range(count):
        panel = lab.panels.nth(index)
        panel.scroll_into_view_if_needed()
        canvas = panel.locator("canvas").first
        assert canvas.get_attribute("aria-label"), "a widget's picture needs its alternative text"
        if is_training(panel):
            by_training(panel)
        else:
            by_keyboard(panel)
            by_mouse(panel)
        assert panel.locator(".ganlib-message:visible").count() == 0
    assert page_findings(lab.page) == []
    assert not lab.errors
