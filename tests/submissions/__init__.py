"""Submissions that others would hand in, made by the code here, and what the grader must make of each.

python -m tests.submissions FOLDER      writes them all, as a folder for `python -m ganlib grade`
"""

from .broken import BROKEN
from .honest import HONEST
from .hostile import HOSTILE
from .makers import Submission

ALL: tuple[Submission, ...] = (*HONEST, *BROKEN, *HOSTILE)
