"""What moves every lecture's widgets fails where one is deaf, does not come back, or is not there."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
from widget_stand_in import Blob

from ganlib.widgets import LatentExplorer
from ganlib.widgets.base.panel import Frame

MOVES = (Path(__file__).resolve().parent / "lecture_moves.py").read_text(encoding="utf-8")
pytestmark = pytest.mark.filterwarnings("ignore")  # the search for widgets touches whatever is in memory


@pytest.fixture
def explorer():
    widget = LatentExplorer(Blob(), directions="axes", rows=2, columns=2)
    widget._shown.append(None)
    yield widget
    widget.close()


def move(shown=1):
    exec(compile(MOVES, "lecture_moves.py", "exec"), {"SHOWN": shown})


def test_a_widget_that_follows_its_controls_passes(explorer, capsys):
    move()
    assert capsys.readouterr().out.endswith("widgets moved\n")


def test_a_deaf_widget_fails(explorer):
    still = explorer.frame(explorer.state)
    explorer.frame = lambda state: still
    with pytest.raises(AssertionError, match="no control changes its picture"):
        move()


def test_a_picture_that_does_not_come_back_fails(explorer):
    number = count()
    explorer.frame = lambda state: Frame(np.full((4, 4), next(number) % 250, np.uint8))
    with pytest.raises(AssertionError, match="is back, and the picture is another one"):
        move()


def test_a_widget_that_is_gone_fails(explorer):
    with pytest.raises(AssertionError, match="of the 1000 that the notebook shows"):
        move(shown=1000)
