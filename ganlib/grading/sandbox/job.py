"""A conversation with the process of one student's code: everything that it says may be forged, or never come."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time

from ganlib.grading.sandbox.inside import wire
from ganlib.grading.sandbox.process import Process
from ganlib.grading.sandbox.usage import usage

POLL = 0.2  # seconds between two looks at what a sandbox uses


class StoppedError(Exception):
    """A job was ended, or ended itself. outcome: "timeout", "crashed" or "rejected"."""

    def __init__(self, outcome: str, why: str):
        super().__init__(why)
        self.outcome = outcome


class Job:
    """A conversation with one exercise's process: `ask()` gives it a message and waits for the answer."""

    def __init__(self, box: Process, channel: socket.socket):
        self.box, self.channel = box, channel
        self.channel.setblocking(False)
        self.started, self.received = time.monotonic(), 0
        self.before = self.used = usage(box.first, box.limits.memory).seconds
        self.looked = self.worked = self.started  # when it last was looked at, and seen to compute
        self.spared = False  # whether cells were left out that the answer does not seem to need
        self.cell: int | None = None  # the cell that it says it is running

    def ask(self, message: bytes = b"") -> tuple[str, dict, dict]:
        """Send a message and return the next one that is about the answer.

        Raises:
            StoppedError: if it takes too much of anything, ends, or sends what is no message.
        """
        self.send(message)
        while True:
            try:
                kind, values, fields = wire.read(self.receive)
            except wire.MessageError as error:
                raise StoppedError("rejected", f"The program wrote into the grader's own channel: {error}.") from error
            if kind != "cell":
                return kind, values, fields
            number = fields.get("number")
            self.cell = number if type(number) is int else None

    def send(self, message: bytes) -> None:
        while message:
            self.wait(writing=True)
            with contextlib.suppress(BlockingIOError):
                try:
                    message = message[self.channel.send(message) :]
                except OSError as error:
                    raise self.death() from error

    def receive(self, n: int) -> bytes:
        chunks = []
        while n:
            self.wait()
            try:
                chunk = self.channel.recv(min(n, 1 << 20))
            except BlockingIOError:
                continue
            except OSError:
                chunk = b""
            if not chunk:
                raise self.death()
            self.received += len(chunk)
            if self.received > self.box.limits.output:
                raise StoppedError("rejected", "The program sent more to the grader than any answer needs.")
            chunks.append(chunk)
            n -= len(chunk)
        return b"".join(chunks)

    def wait(self, writing: bool = False) -> None:
        """Wait until the channel is ready; look now and then at what the sandbox uses."""
        while True:
            if time.monotonic() > self.looked + POLL:
                self.look()
            reading = [self.box.control] if writing else [self.box.control, self.channel]
            readable, writable, _ = select.select(reading, [self.channel] if writing else [], [], POLL)
            if self.channel in readable or writable:
                return
            if readable:  # only the runner: the process has ended, and nothing that it sent is left
                raise self.death()

    def look(self) -> None:
        """Stop the job if it uses too much."""
        limits, self.looked = self.box.limits, time.monotonic()
        used = usage(self.box.first, limits.memory, self.box.folders)
        if used.seconds > self.used:
            self.used, self.worked = used.seconds, self.looked
        if used.seconds - self.before > limits.seconds:
            raise StoppedError("timeout", self.too_long())
        if self.looked - self.started > limits.clock:
            raise StoppedError("timeout", f"Nothing came for {limits.clock:g} seconds{self.where()}.")
        if self.looked - self.worked > limits.idle:
            raise StoppedError("timeout", f"It waited for {limits.idle:g} seconds without computing{self.where()}.")
        if used.memory > limits.memory:
            raise StoppedError("crashed", f"It used more than {limits.memory / 2**30:.2g} GiB of memory{self.where()}.")
        if used.processes > limits.processes:
            raise StoppedError("crashed", f"It started more than {limits.processes} processes{self.where()}.")
        if used.files > limits.files:
            raise StoppedError("crashed", f"It wrote more than {limits.files} files{self.where()}.")
        if used.opened > limits.opened:
            raise StoppedError("crashed", f"It held more than {limits.opened} files open{self.where()}.")

    def too_long(self) -> str:
        return f"It computed for more than {self.box.limits.seconds:g} seconds{self.where()}."

    def where(self) -> str:
        return "" if self.cell is None else f", in code cell {self.cell}"

    def death(self) -> StoppedError:
        """Return why the process is gone."""
        status = self.finish()
        if status is None:
            return StoppedError("crashed", f"The process closed its channel and went on{self.where()}.")
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU:
                return StoppedError("timeout", self.too_long())
            name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
            return StoppedError("crashed", f"Python was ended by {name}{self.where()}.")
        code = os.WEXITSTATUS(status)
        return StoppedError("crashed", f"The program ended Python itself (exit code {code}){self.where()}.")

    def finish(self) -> int | None:
        """Let the process end and the runner clear up after it; return its status, None if that did not work."""
        self.channel.close()
        try:
            told = self.box.told(time.monotonic() + 2)
        except (TimeoutError, EOFError, ValueError, OSError):
            told = {}
        if told.get("clean") is not True:
            self.box.close()
        status = told.get("status")
        return status if type(status) is int else None
