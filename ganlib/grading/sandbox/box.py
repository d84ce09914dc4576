"""A sandbox that gives one job after the other to its process, with nothing left over."""

from __future__ import annotations

import contextlib
import functools
import json
import multiprocessing.util
import socket

from ganlib.grading.sandbox.inside.runner import LENGTH
from ganlib.grading.sandbox.job import Job
from ganlib.grading.sandbox.process import WARM, Limits, NoSandboxError, Process, available

__all__ = ["WARM", "Box", "Limits", "NoSandboxError", "available", "own_box"]


class Box(Process):
    """One sandbox with a warm runner in it. Use as a context manager; `job()` for each exercise, one at a time."""

    current: Job | None = None

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def job(self, job: dict) -> Job:
        """Start a job in a fresh process of its own."""
        data = json.dumps(job | {"limits": self.limits.inside(), "cell_seconds": self.limits.cell_seconds}).encode()
        for _ in range(2):
            self.start()
            ours, theirs = socket.socketpair()
            with theirs, contextlib.suppress(OSError):
                socket.send_fds(self.control, [LENGTH.pack(len(data))], [theirs.fileno()])
                self.control.sendall(data)
                self.current = Job(self, ours)
                return self.current
            ours.close()
            self.close()  # it ended on its own: another one
        raise NoSandboxError("the sandbox ends as soon as it has started")

    def close(self) -> None:
        """End the sandbox with everything in it."""
        super().close()
        if self.current:
            self.current.channel.close()


@functools.cache
def own_box(limits: Limits, unsafe: bool, thread: int) -> Box:
    """Return the sandbox of a worker's thread, of which Dask may have several. Starting one takes seconds, and nothing
    of a submission is left in it: whatever goes wrong in it ends it, and the next job starts another.
    """
    box = Box(limits, unsafe)
    multiprocessing.util.Finalize(box, box.close, exitpriority=1)
    return box
