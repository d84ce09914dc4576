"""Work that goes on in the kernel while it stays free for cells and controls: short chunks on its event loop."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from IPython import get_ipython

CHUNK = 0.025  # seconds of work before the kernel may answer: a key press waits no longer
PAUSE = 0.004  # seconds for its answers
EVERY = 0.2  # seconds between two looks: five pictures a second show a training, more would slow it down
PATIENCE = 50  # looks without any answer from a view, ten seconds: then nobody is watching
LEFT_ALONE = "Paused, because nobody was watching: press Start to go on."
INTERRUPTED = "Stopped by the stop button: press Start to go on."
_LISTENING: list[Runner] = []  # those that work now; one that was stopped and started may be in it twice for a moment


class Runner:
    """Call `work()` again and again, a few milliseconds at a time, and `look()` a few times a second.

    work: one short piece; an exception from it ends the run and goes to `failed(error)`.
    look: what is to be shown meanwhile.  stopped: called with the reason when it stops by itself: nobody has watched
    for a while, or the kernel was interrupted, beside the cells or in one.
    It runs on the event loop on which it was made, the one that executes cells: between two chunks cells, sliders and
    buttons get their turn, and while a cell is busy the work rests, so that both never touch a network at once.
    `watched()` says that somebody saw the last picture.
    """

    def __init__(
        self,
        work: Callable[[], None],
        look: Callable[[], None],
        *,
        failed: Callable[[Exception], None],
        stopped: Callable[[str], None],
        clock=time.perf_counter,
    ):
        self._work, self._look, self._failed, self._stopped, self._clock = work, look, failed, stopped, clock
        self.lock = threading.RLock()
        self.running = False
        self.interrupted = False
        self._looks = 0
        self._run = 0
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def start(self) -> None:
        """Begin to work.

        Raises:
            RuntimeError: if there is no event loop (a plain script).
        """
        if self._loop is None:
            raise RuntimeError("this runs by itself in a notebook only; in a script call step(), as often as you like")
        if self.running:
            return
        self.running, self.interrupted, self._looks = True, False, 0
        self._run += 1
        self._loop.call_soon_threadsafe(self._launch, self._run)

    def _launch(self, run: int) -> None:
        assert self._loop is not None  # `start` has seen to it
        self._task = self._loop.create_task(self._go_on(run))

    def pause(self) -> None:
        """Stop after the piece that is being worked on."""
        self.running = False

    def watched(self) -> None:
        """Note that somebody saw a picture."""
        self._looks = 0

    def close(self) -> None:
        """Stop for good and let go of everything."""
        with self.lock:
            self.running = False
            self._work = self._look = self._failed = self._stopped = None

    async def _go_on(self, run: int) -> None:
        next_look = self._clock()
        with interruptible(self):
            while self.running and run == self._run and not self.interrupted:
                if not self.chunk():
                    return
                if self._clock() >= next_look:
                    next_look = self._clock() + EVERY
                    if not self._show():
                        return
                await asyncio.sleep(PAUSE)
        if self.running and run == self._run:
            self._stop(INTERRUPTED)

    def chunk(self) -> bool:
        """Work for a moment; say whether it may go on."""
        until = self._clock() + CHUNK
        while self.running and not self.interrupted:
            try:
                with self.lock:
                    if self.running and self._work is not None:
                        self._work()
            except Exception as error:
                self.running = False
                if self._failed is not None:
                    self._failed(error)
                break
            if self._clock() >= until:
                break
        return self.running

    def _show(self) -> bool:
        self._looks += 1
        if self._looks > PATIENCE:
            self._stop(LEFT_ALONE)
            return False
        if look := self._look:  # None if it was closed meanwhile, on another thread
            look()
        return self.running

    def _stop(self, reason: str) -> None:
        self.running = False
        if self._stopped is not None:
            self._stopped(reason)


@contextmanager
def interruptible(runner: Runner) -> Iterator[None]:
    """Let the kernel's interrupts reach a runner: set its `interrupted` when one comes, beside the cells or in one.

    ipykernel ignores SIGINT while no cell runs, and takes it for the cell while one does. So its place is taken only
    where it would be ignored, and given back when the last runner has stopped.
    """

    def after_cell(result) -> None:
        runner.interrupted |= isinstance(result.error_in_exec, KeyboardInterrupt)

    shell = get_ipython()
    _LISTENING.append(runner)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, _signalled)
    if shell is not None:
        shell.events.register("post_run_cell", after_cell)
    try:
        yield
    finally:
        _LISTENING.remove(runner)
        if shell is not None:
            shell.events.unregister("post_run_cell", after_cell)
        if not _LISTENING and signal.getsignal(signal.SIGINT) is _signalled:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _signalled(_number, _frame) -> None:
    """Stop every runner. As this may come in the midst of a piece of work, it does no more than leave word."""
    for runner in _LISTENING:
        runner.interrupted = True
