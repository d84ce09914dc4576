"""A form of training in a process of its own, so that each has the memory allocator's settings to itself."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import torch

from ganlib import runtime

Run = Callable[[int], None]


class Apart:
    """A training that another process holds: `run(steps)` returns when it has made them. Close it when done.

    make: a function at a module's top level, called there with `arguments` -> run(steps), and the FLOPs of a step.
    precision: of float32 products.  keep_memory: as `runtime.keep_memory`; else as torch's users have it.

    Raises:
        RuntimeError: if the training fails there; its own traceback stands above.
    """

    def __init__(self, make: Callable[..., tuple[Run, int]], *arguments, precision: str, keep_memory: bool):
        here, there = multiprocessing.Pipe()
        threads = torch.get_num_threads()
        spawn = multiprocessing.get_context("spawn")  # a forked process would inherit this one's allocator and threads
        self.process = spawn.Process(
            target=_serve, args=(there, make, arguments, precision, keep_memory, threads), daemon=True
        )
        self.process.start()
        there.close()
        self.connection = here
        self.flops = self._answer()

    def run(self, steps: int) -> None:
        self.connection.send(steps)
        self._answer()

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.join()

    def _answer(self) -> int:
        try:
            return self.connection.recv()
        except EOFError:
            raise RuntimeError("a form of training failed in its process") from None


def _serve(connection, make: Callable, arguments: tuple, precision: str, keep_memory: bool, threads: int) -> None:
    """Build the training, then make as many steps as the other side asks for, until it closes."""
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)
    if keep_memory:
        runtime.keep_memory()
    run, flops = make(*arguments)
    connection.send(flops)
    while True:
        try:
            steps = connection.recv()
        except EOFError:
            return
        run(steps)
        connection.send(steps)
