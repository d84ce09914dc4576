"""How many CPU threads a training's steps get: measured, because a busy neighbour turns the second one into a burden.

Threads that share a step wait for one another after each layer. When another program holds one of two cores (a video
call, a second notebook), each such wait lasts until the system lets the late thread run: a step then takes thirty times
as long on two threads as on one, and on a calm machine up to half as long. Only the clock can tell.
"""

from __future__ import annotations

import functools
import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

Item = TypeVar("Item")
DEFAULT = torch.get_num_threads()  # torch's own choice; what differs from it later was set by somebody
FIXED = "OMP_NUM_THREADS", "MKL_NUM_THREADS"  # environment variables by which somebody has chosen
ENOUGH = 0.004  # seconds a step on one thread: in less there is nothing to share
WARM, COUNTED = 1, 3  # steps of a trial: the first has layers prepared for the new number
FIRST, LAST = 50, 400  # steps between two looks: more after each that changes nothing
GAIN = 0.9  # of the time of fewer threads is what more must do with
HOPELESS = 5  # steps on one thread: more than that is not waited for
SHARE = 0.05  # of the time, to be lost at most by trials
ROOM = 0.75  # of the short work that one thread does is what more must get done; less means that they wait
ROOM_SECONDS = 0.02  # longer than a system lets one program run while others wait


class Machine:
    """What is asked of torch and of the clock; tests put another machine in its place."""

    default = DEFAULT
    clock = staticmethod(time.perf_counter)
    get = staticmethod(torch.get_num_threads)
    set = staticmethod(torch.set_num_threads)

    def fixed(self) -> bool:
        """Say whether somebody has chosen the number, or wants the same bits each time, which another one may change.

        The sums of convolutions' gradients are rounded in another order on two threads than on one.
        """
        return any(name in os.environ for name in FIXED) or torch.are_deterministic_algorithms_enabled()

    def room(self, count: int) -> bool:
        """Say whether `count` threads have a core each just now: do they get as much short work done as one?

        It takes two times ROOM_SECONDS, also where a single step on `count` threads would take many seconds.
        """
        numbers, usual, done = torch.zeros(count * 2**16), self.get(), []  # 2**16: enough for a thread of its own
        try:
            for threads in (1, count):
                self.set(threads)
                numbers.add_(1.0)  # wakes the threads
                end, times = self.clock() + ROOM_SECONDS, 0
                while self.clock() < end:
                    numbers.add_(1.0)
                    times += 1
                done.append(times)
        finally:
            self.set(usual)
        return done[1] >= ROOM * done[0]


class Threads:
    """Choose how many CPU threads torch uses during each `step()`, by the steps' own times.

    It begins with one thread, tries more where they have cores of their own, and looks again after 50 steps, 100, 200,
    400, or at once when several threads lose the time of five steps. Trials cost about a twentieth of the time
    at most, or a single long step.
    Between steps torch has its usual number. Nothing is chosen on another device than a CPU, on a single core, after
    `torch.set_num_threads`, with OMP_NUM_THREADS set, or under `torch.use_deterministic_algorithms`.

    device: where the steps compute.  enough: seconds a step; if one thread needs no more, others are not tried.
    count: threads of the next step.
    """

    def __init__(self, device: torch.device | str, *, enough: float = ENOUGH, machine: Machine | None = None):
        self.machine, self.enough = machine or Machine(), enough
        self.usual = self.count = self.machine.get()
        self.choosing = (
            torch.device(device).type == "cpu" and self.usual == self.machine.default > 1 and not self.machine.fixed()
        )
        self.seconds: dict[int, float] = {}  # a step, by number of threads, as last measured
        self.spent = self.lost = self.slump = 0.0  # seconds: in all; more than on one thread, in all and of late
        self.gap, self.chosen = FIRST, None
        self.counts = sorted({1, max(1, self.usual // 2), self.usual})
        self.trial = list(self.counts)
        if self.choosing:
            self._use(1)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Let the step inside have the chosen number of threads, and time it."""
        if self.machine.get() != self.usual:
            self.choosing = False
        if not self.choosing:
            yield
            return
        started = self.machine.clock()
        try:
            self.machine.set(self.count)
            yield
        finally:
            self.machine.set(self.usual)
        self._note(self.machine.clock() - started)

    def _use(self, count: int) -> None:
        self.count, self.steps, self.recent = count, 0, deque(maxlen=WARM + COUNTED)

    def _note(self, seconds: float) -> None:
        """Count a step, and decide what comes next."""
        self.steps += 1
        self.recent.append(seconds)
        self.spent += seconds
        if self.count > 1:
            more = seconds - self.seconds[1]
            self.lost, self.slump = max(0.0, self.lost + more), max(0.0, self.slump + more)
        if self.trial:
            self._end_trial(seconds)
        elif self.slump > HOPELESS * self.seconds.get(1, 0.0):
            self._begin_trials(statistics.mean(self.recent), [1])
        elif self.steps >= self.gap and self.lost <= SHARE * self.spent:
            others = [count for count in self.counts if count != self.count]
            self._begin_trials(statistics.median(self.recent), others)

    def _begin_trials(self, seconds: float, others: list[int]) -> None:
        self.seconds, self.trial = {1: self.seconds[1], self.count: seconds}, others
        self._next_trial()

    def _end_trial(self, seconds: float) -> None:
        """Take a trial's time, if it has had its steps or is not worth them."""
        hopeless = self.count > 1 and seconds > HOPELESS * self.seconds[1]
        if hopeless or self.steps == WARM + COUNTED:
            self.seconds[self.count] = seconds if hopeless else statistics.median(list(self.recent)[WARM:])
            del self.trial[0]
            self._next_trial()

    def _next_trial(self) -> None:
        if self.count == 1 and min(self.recent) <= self.enough:
            self.trial = []
        while self.trial and self.trial[0] > 1 and not self._room(self.trial[0]):
            del self.trial[0]
        if self.trial:
            self._use(self.trial[0])
        else:
            self._decide()

    def _room(self, count: int) -> bool:
        started = self.machine.clock()
        enough = self.machine.room(count)
        took = self.machine.clock() - started
        self.lost, self.spent = self.lost + took, self.spent + took
        return enough

    def _decide(self) -> None:
        best = 1
        for count in sorted(self.seconds):
            if self.seconds[count] < GAIN * self.seconds[best]:
                best = count
        self.gap = min(2 * self.gap, LAST) if best == self.chosen else FIRST
        self.chosen, self.slump = best, 0.0
        self._use(best)


def steadied(run: Callable[..., Iterator[Item]]) -> Callable[..., Generator[Item, None, None]]:
    """Let each step of a generator have the number of threads that `Threads` chooses; the caller's own work has not.

    run: its first argument is a training with a `device`, or a network; what it yields, once a step, is not None.
    """

    @functools.wraps(run)
    def chosen(first, *arguments, **settings):
        device = first.device if hasattr(first, "device") else next(first.parameters()).device
        threads, steps = Threads(device), run(first, *arguments, **settings)
        try:
            while True:
                with threads.step():
                    step = next(steps, None)
                if step is None:
                    return
                yield step
        finally:
            steps.close()  # pyright: ignore[reportAttributeAccessIssue]  # a generator, announced as an iterator

    return chosen


def steady(steps: Iterable[Item], device: torch.device | str) -> Iterator[Item]:
    """Pass items on while the loop's body, one step, has the number of threads that `Threads` chooses.

    Loop over it in the `for` line itself: then the usual number comes back however the loop ends.
    """
    threads = Threads(device)
    for item in steps:
        with threads.step():
            yield item
