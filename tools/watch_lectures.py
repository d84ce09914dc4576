"""Run lectures as a student does and report what he or she would suffer: silence over 2 s, memory over 1.5 GB.

python tools/watch_lectures.py [03 04 ...]     from their sources, in fresh kernels; fails if a limit is broken
python tools/watch_lectures.py 03 --cells      also what every cell took: seconds, silence, peak memory
python tools/watch_lectures.py 03 --cpu        in CPU seconds of one thread: what they would be on a quiet machine

Silence is the longest time in which a busy cell sends nothing to be seen. Memory is resident; MB are 10^6 bytes.
Memory and CPU seconds are read from /proc, so this needs Linux.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.pipeline.course import Course, first_line  # noqa: E402
from tools.pipeline.source import notebook_from_source  # noqa: E402

LONGEST = 2.0  # seconds without a sign of life
MOST = 1500  # MB
SEEN = {"stream", "display_data", "update_display_data", "execute_result", "error"}


@dataclass(frozen=True)
class Watched:
    """What one cell took. silence: the longest pause before, between and after its outputs, in seconds. peak: MB."""

    number: int
    first_line: str
    seconds: float
    silence: float
    peak: float

    def __str__(self) -> str:
        return (
            f"  cell {self.number:3}  {self.seconds:6.1f} s  silent {self.silence:5.1f} s  {self.peak:5.0f} MB  "
            f"{self.first_line[:70]}"
        )


class Process:
    """What /proc says about a process."""

    def __init__(self, number: int):
        self._folder = Path(f"/proc/{number}")

    def cpu(self) -> float:
        """Return the CPU seconds that it has used."""
        fields = (self._folder / "stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """Return the peak of its resident memory since the last look, in MB."""
        status = (self._folder / "status").read_text()
        kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]
        (self._folder / "clear_refs").write_text("5")
        return int(kilobytes) * 1024 / 1e6


def silence_of(moments: list[float]) -> float:
    """Return the longest pause between neighbouring moments, in seconds."""
    return max(after - before for before, after in zip(moments, moments[1:]))


def run_cell(client, code: str, clock: Callable[[], float], timeout: float) -> list[float]:
    """Run one cell; return when it began, when each output came, and when it ended, on `clock`.

    Raises:
        RuntimeError: if the cell raises.
    """
    moments = [clock()]

    def note(message: dict) -> None:
        if message["header"]["msg_type"] in SEEN:
            moments.append(clock())

    reply = client.execute_interactive(code, timeout=timeout, output_hook=note)["content"]
    if reply["status"] != "ok":
        raise RuntimeError(f"{code.splitlines()[0]!r} failed: {reply.get('ename')}: {reply.get('evalue')}")
    return [*moments, clock()]


def watch(notebook, folder: Path, *, cpu: bool = False, timeout: float = 600) -> list[Watched]:
    """Run a notebook's code cells one after the other in a fresh kernel, with `folder` as the working folder.

    cpu: measure CPU seconds, of one thread.
    """
    kernel = KernelManager(kernel_name="python3")
    threads = {"OMP_NUM_THREADS": "1"} if cpu else {}
    kernel.start_kernel(cwd=str(folder), extra_arguments=["--log-level=ERROR"], env={**os.environ, **threads})
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        process, watched = Process(kernel.provisioner.pid), []
        for number, cell in enumerate(notebook.cells, 1):
            if cell.cell_type == "code" and cell.source.strip():
                moments = run_cell(client, cell.source, process.cpu if cpu else time.monotonic, timeout)
                seconds = moments[-1] - moments[0]
                watched.append(Watched(number, first_line(cell), seconds, silence_of(moments), process.peak()))
        return watched
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def steepest(watched: list[Watched]) -> tuple[Watched, float]:
    """Return the cell after the first, which imports torch, that raised the peak most, and by how many MB."""
    highest = accumulate((cell.peak for cell in watched), max)
    rises = [(cell, cell.peak - before) for cell, before in zip(watched[1:], highest)]
    return max(rises, key=lambda rise: rise[1], default=(watched[0], watched[0].peak))


def report(source: Path, watched: list[Watched], cells: bool) -> bool:
    """Print a lecture's report; say whether it keeps both limits."""
    seconds, peak = sum(cell.seconds for cell in watched), max(cell.peak for cell in watched)
    cell, rise = steepest(watched)
    print(
        f"{source.stem}: {seconds:.0f} s, {peak:.0f} MB at most, {rise:.0f} of them from cell {cell.number}, "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    silent = [cell for cell in watched if cell.silence > LONGEST]
    for cell in watched if cells else silent + [cell for cell in watched if cell.peak > MOST and cell not in silent]:
        print(cell, flush=True)
    return not silent and peak <= MOST


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", help="how the lectures' names begin; all of them without one")
    parser.add_argument("--cells", action="store_true", help="report every cell")
    parser.add_argument("--cpu", action="store_true", help="measure CPU seconds of one thread")
    options = parser.parse_args()
    course = Course.load(ROOT)
    sources = [source for source in course.source_files() if source.stem.startswith(tuple(options.numbers or [""]))]
    fine = [
        report(source, watch(notebook_from_source(source, course), course.notebooks, cpu=options.cpu), options.cells)
        for source in sources
    ]
    return 0 if fine and all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
