"""Submissions that others would hand in, made by the code here, and what the grader must make of each.

python -m tests.submissions FOLDER      writes them all, as a folder for `python -m ganlib grade`
"""

from tests.submissions.broken import BROKEN
from tests.submissions.honest import HONEST
from tests.submissions.hostile import HOSTILE
from tests.submissions.makers import Submission

ALL: tuple[Submission, ...] = (*HONEST, *BROKEN, *HOSTILE)
