"""The number of CPU threads: chosen by the steps' times, on machines that are made up, or left alone."""

import os

import pytest
import torch

from ganlib import threads
from ganlib.threads import Threads, steadied, steady
from ganlib.train import ConditionalTraining, ELBOTraining, PairedTraining, Training
from ganlib.train.bigan import BiGANTraining

CPU = torch.device("cpu")
CALM, BUSY = {1: 0.030, 2: 0.030 / 1.7}, {1: 0.030, 2: 0.900}


class Imagined:
    """A machine on which a step takes `times[threads]` seconds; every step is noted, and the number put back."""

    def __init__(self, times, *, usual=2, has_room=None, fixed=False):
        self.times, self.now, self.default, self.number = times, 0.0, usual, usual
        self.has_room = has_room or (lambda count: self.times[count] < 5 * self.times[1])
        self._fixed, self.used, self.asked = fixed, [], 0

    def clock(self):
        return self.now

    def get(self):
        return self.number

    def set(self, number):
        self.number = number

    def fixed(self):
        return self._fixed

    def room(self, count):
        self.now += 2 * threads.ROOM_SECONDS
        self.asked += 1
        return self.has_room(count)

    def train(self, steps, chooser=None, times=None, **options):
        """Make steps, at times[threads] or times(step)[threads]; returns the chooser."""
        chooser = chooser or Threads(CPU, machine=self, **options)
        for index in range(steps):
            before = self.number
            with chooser.step():
                self.times = self.times if times is None else times(index)
                self.used.append(self.number)
                self.now += self.times[self.number]
            self.now += 1.0  # what the caller does between two steps is not the steps' time
            assert self.number == before
        return chooser

    def seconds(self, steps):
        """Seconds of training alone."""
        return self.now - steps


def test_one_thread_stays_where_two_are_thirty_times_slower():
    machine = Imagined(BUSY)
    machine.train(1000)
    assert set(machine.used) == {1}
    assert machine.seconds(1000) < 1.05 * 1000 * 0.030


def test_two_threads_are_taken_where_they_are_faster():
    machine = Imagined(CALM)
    machine.train(1000)
    assert machine.used[:4] == [1] * 4 and machine.used[8:50] == [2] * 42
    assert machine.used.count(1) < 0.05 * 1000
    assert machine.seconds(1000) < 1.05 * 1000 * CALM[2]


def test_a_machine_that_only_seems_to_have_room_costs_a_share():
    machine = Imagined(BUSY, has_room=lambda count: True)
    machine.train(3000)
    assert 2 <= machine.used.count(2) <= 6, "it is tried again, but never for longer than a step"
    assert machine.seconds(3000) < 1.12 * 3000 * 0.030


def test_a_neighbour_that_comes_and_goes_is_noticed():
    def times(index):
        return BUSY if 300 <= index < 1000 else CALM

    machine = Imagined(CALM)
    machine.train(3000, times=times)
    assert machine.used[299] == 2 and set(machine.used[301:1000]) == {1}, "one slow step is enough"
    assert machine.used[1400:].count(2) > 0.95 * 1600
    best = 700 * 0.030 + 2300 * CALM[2]
    assert machine.seconds(3000) < 1.15 * best + 0.9


def test_a_neighbour_that_is_there_now_and_then_is_told_by_the_mean():
    """Every fourth step is slow on two threads: their median would be better, their mean is not."""

    def times(index):
        return BUSY if index % 4 == 3 else CALM

    machine = Imagined(CALM, has_room=lambda count: True)
    machine.train(3000, times=times)
    assert machine.used.count(2) < 0.1 * 3000
    assert machine.seconds(3000) < 1.2 * 3000 * 0.030


def test_a_penalty_in_every_fourth_step_is_no_neighbour():
    machine = Imagined(CALM)
    machine.train(1000, times=lambda index: {count: (2 if index % 4 == 0 else 1) * CALM[count] for count in CALM})
    assert machine.used.count(1) < 0.05 * 1000


def test_a_slower_clock_is_no_neighbour_either():
    machine = Imagined(CALM)
    machine.train(1000, times=lambda index: {count: (3 if index >= 300 else 1) * CALM[count] for count in CALM})
    assert machine.used[340:].count(2) > 0.95 * 660


def test_two_that_are_hardly_faster_are_left_to_the_neighbours():
    machine = Imagined({1: 0.030, 2: 0.029})
    machine.train(500)
    assert machine.used.count(2) < 0.05 * 500


def test_a_short_step_is_not_tried_on_more():
    machine = Imagined({1: 0.003, 2: 0.001})
    machine.train(500)
    assert set(machine.used) == {1} and machine.asked == 0
    machine.train(500, enough=0.001)
    assert machine.used[-1] == 2


def test_looking_for_room_costs_short_steps_no_more_than_long_ones():
    machine = Imagined({1: 0.001, 2: 0.030})
    machine.train(2000, enough=0.0)
    assert set(machine.used) == {1} and machine.asked > 1
    assert machine.seconds(2000) < 1.08 * 2000 * 0.001


def test_half_of_the_cores_are_taken_if_one_of_many_is_busy():
    machine = Imagined({1: 0.080, 4: 0.025, 8: 0.700}, usual=8)
    machine.train(500)
    assert machine.used[-1] == 4 and 8 not in machine.used
    machine = Imagined({1: 0.080, 4: 0.025, 8: 0.015}, usual=8)
    machine.train(500)
    assert machine.used[-1] == 8


@pytest.mark.parametrize(
    "device, options", [("cuda", {}), ("mps", {}), ("cpu", {"fixed": True}), ("cpu", {"usual": 1})]
)
def test_the_number_is_left_alone(device, options):
    machine = Imagined(BUSY, **options)
    machine.train(100, Threads(torch.device(device), machine=machine))
    assert set(machine.used) == {machine.default} and machine.asked == 0


def test_a_number_that_somebody_has_set_stays():
    machine = Imagined({1: 0.030, 2: 0.900, 4: 0.900}, usual=4)
    machine.set(2)
    machine.train(100)
    assert set(machine.used) == {2}
    machine.set(4)
    chooser = machine.train(100)
    assert machine.used[-1] == 1
    machine.set(2)  # between two steps
    machine.train(100, chooser)
    assert set(machine.used[-100:]) == {2}


def test_the_environment_and_torchs_switch_for_equal_bits_fix_it(monkeypatch):
    for name in threads.FIXED:
        monkeypatch.delenv(name, raising=False)
    assert not threads.Machine().fixed()
    torch.use_deterministic_algorithms(True)
    try:
        assert threads.Machine().fixed()
    finally:
        torch.use_deterministic_algorithms(False)
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "2")
    assert threads.Machine().fixed()


@pytest.fixture
def machine(monkeypatch):
    """Let torch's own number be set and read on a made-up machine, whose clock goes on by 30 ms at each look."""
    imagined = Imagined(CALM)

    def clock():
        imagined.now += 0.030
        return imagined.now

    imagined.clock = clock
    monkeypatch.setattr(threads, "Machine", lambda: imagined)
    return imagined


class Watched:
    """A run whose steps note the number of threads; the sixth may fail."""

    device = CPU

    def __init__(self, machine, fails=False):
        self.machine, self.fails, self.seen, self.ended = machine, fails, [], False

    @steadied
    def run(self, steps):
        """Make steps."""
        try:
            for number in range(steps):
                if self.fails and number == 5:
                    raise ValueError("the sixth")
                self.seen.append(self.machine.number)
                yield number
        finally:
            self.ended = True


def test_the_callers_own_work_has_the_usual_number_and_the_run_ends_as_ever(machine):
    watched = Watched(machine)
    for number in watched.run(10):
        assert machine.number == 2 and not watched.ended
        if number == 3:
            break
    assert watched.ended and machine.number == 2 and watched.seen == [1] * 4
    assert list(watched.run(3)) == [0, 1, 2] and Watched.run.__doc__ == "Make steps."


def test_a_failing_step_puts_the_number_back(machine):
    watched = Watched(machine, fails=True)
    with pytest.raises(ValueError, match="the sixth"):
        list(watched.run(10))
    assert watched.ended and machine.number == 2 and len(watched.seen) == 5


def test_a_loops_body_has_the_chosen_number_and_the_usual_one_comes_back_however_it_ends(machine):
    seen = []
    for item in steady(range(20), CPU):
        seen.append((item, machine.number))
        if item == 10:
            break
    assert machine.number == 2 and seen[:5] == [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2)]
    with pytest.raises(ValueError, match="third") as kept:  # a notebook keeps the traceback and its frames too
        for item in steady(iter(range(20)), "cpu"):
            if item == 2:
                raise ValueError("third")
    assert machine.number == 2 and kept.traceback
    assert list(steady(range(3), "cpu")) == [0, 1, 2] and machine.number == 2


def test_every_training_of_the_course_is_steadied():
    from ganlib import autoregressive
    from ganlib.train import ensemble

    runs = [kind.run for kind in (Training, ConditionalTraining, PairedTraining, BiGANTraining, ELBOTraining)]
    for run in (*runs, autoregressive.fit, ensemble.train_ensemble):
        assert run.__wrapped__.__name__ == run.__name__


@pytest.mark.parametrize("slower, room", [(0.6, True), (1.2, True), (1.6, False), (30.0, False)])
def test_there_is_room_where_two_get_as_much_short_work_done_as_one(slower, room):
    """Time stands still but for the clock's own looks, which take longer on two threads."""
    before, now, seconds = torch.get_num_threads(), [0.0], {1: 1e-4, 2: 1e-4 * slower}

    def clock():
        now[0] += seconds[torch.get_num_threads()]
        return now[0]

    machine = threads.Machine()
    machine.clock = clock
    try:
        torch.set_num_threads(2)
        assert machine.room(2) is room
        assert machine.room(1) and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
