"""The process of a sandbox: bubblewrap around a runner that has imported torch.

What it promises and what it does not: docs/sandbox.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ganlib.grading.sandbox import seccomp, view
from ganlib.grading.sandbox.inside.runner import LENGTH, SCRATCH
from ganlib.grading.sandbox.usage import family

WARM = (
    "torch",
    "numpy",
    "ganlib.losses",
    "ganlib.models",
    "ganlib.data",
    "ganlib.train",
    "ganlib.metrics",
    "ganlib.check.drive",
    "ganlib.plots",
    "ganlib.runtime",
    "matplotlib.pyplot",
    "IPython.core.inputtransformer2",
    "torch._dynamo",  # a process's first optimiser imports it
)
WARM_UP = 120.0  # seconds by the clock that starting Python and importing torch may take on a busy machine


class NoSandboxError(ValueError):
    """There is no sandbox to be had here; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one exercise of one student may use.

    seconds: of computing, all processes together.  clock: seconds by the clock; other sandboxes compute at the same
    time, so this is larger.  idle: seconds by the clock without any computing.
    submission: seconds by the clock for all exercises of a file.
    memory: bytes, all processes together, with their files.  scratch: bytes in each writable folder.
    files: in all of these.  opened: files, pipes and sockets held open by all processes.  output: bytes sent to the
    grader.  cell_seconds: of computing for a cell that holds no answer, after which it is left.
    """

    seconds: float = 20.0
    clock: float = 70.0
    idle: float = 10.0
    submission: float = 300.0
    memory: int = 2 * 2**30
    processes: int = 48
    scratch: int = 128 * 2**20
    files: int = 10_000
    opened: int = 1_000
    output: int = 16 * 2**20
    cell_seconds: float = 5.0

    def inside(self) -> dict:
        """Return the limits that the job's own process is given; address space is never all used."""
        return {"seconds": self.seconds, "processes": self.processes, "file_size": self.scratch,
                "address_space": self.memory + 6 * 2**30}  # fmt: skip


def available() -> str | None:
    """Return None if a sandbox can be made here, else why not and what to do."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed: apt install bubblewrap"
    text = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    if missing := [option for option in ("--size", "--as-pid-1", "--perms") if option not in text]:
        return f"this bubblewrap is too old, it has no {', '.join(missing)}: version 0.8 or newer is needed"
    command = [program, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    trial = subprocess.run(command, capture_output=True, text=True)
    if trial.returncode:
        return f"bubblewrap can't make a sandbox here, perhaps because this is a container: {trial.stderr.strip()}"
    return None


class Process:
    """A sandbox's process: a runner that has imported torch and waits for jobs."""

    def __init__(self, limits: Limits, unsafe: bool = False, warm: tuple[str, ...] = WARM):
        """warm: modules that are imported once, before any job."""
        self.limits, self.unsafe, self.warm = limits, unsafe, warm
        self.process: subprocess.Popen | None = None
        self.handle: int | None = None  # of the runner; its number may be somebody else's once it has ended
        self.first = 0  # the runner's process number, as seen from here
        self.folders = () if unsafe else SCRATCH  # in memory, of its own
        self.folder: tempfile.TemporaryDirectory | None = None

    def start(self) -> None:
        """Start the runner, unless it is there.

        Raises:
            NoSandboxError: if it does not come up.
        """
        if self.process is not None:
            return
        self.control, theirs = socket.socketpair()
        drop = os.getuid() == 0 and not self.unsafe  # be somebody else altogether, not root under another name
        uid = str(2_000_000_000 + os.getpid()) if drop else "same"
        keep, arguments = [theirs.fileno()], ["-m", "inside.runner", str(theirs.fileno()), uid, *self.warm]
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close())
        try:
            if self.unsafe:
                command, environment = self.unsafe_command(arguments)
            else:
                command, environment = self.command(arguments, keep), {}
            self.process = subprocess.Popen(
                command, env=environment, pass_fds=keep, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=self.errors, start_new_session=True, cwd="/",
            )  # fmt: skip
        finally:
            theirs.close()
            for descriptor in keep[1:]:
                os.close(descriptor)
        try:
            self.first = self.process.pid if self.unsafe else self.read_first()
            if not self.unsafe:
                self.handle = os.pidfd_open(self.first)
            self.told(time.monotonic() + WARM_UP)
        except (EOFError, TimeoutError, ValueError, KeyError, OSError) as error:
            self.errors.seek(0)
            said = self.errors.read()[-600:].decode(errors="replace")
            self.close()
            raise NoSandboxError(f"the sandbox did not start: {said}") from error

    def command(self, arguments: list[str], keep: list[int]) -> list[str]:
        """Return bubblewrap's command line; descriptors that it needs are added to `keep`."""
        line = [shutil.which("bwrap") or "bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
                "--unshare-cgroup-try", "--as-pid-1", "--die-with-parent", "--new-session", "--hostname", "sandbox",
                "--clearenv"]  # fmt: skip
        for name, value in (view.ENVIRONMENT | {"PYTHONPATH": view.COURSE}).items():
            line += ["--setenv", name, value]
        line += ["--cap-drop", "ALL"]
        if os.getuid() == 0:
            line += [word for name in ("SETUID", "SETGID", "CHOWN") for word in ("--cap-add", f"CAP_{name}")]
        else:
            line += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
        line += view.file_arguments(self.limits.scratch)
        if filter_ := seccomp.program():
            reading, writing = os.pipe()
            with open(writing, "wb") as pipe:
                pipe.write(filter_)
            keep.append(reading)
            line += ["--seccomp", str(reading)]
        self.info, writing = os.pipe()
        keep.append(writing)
        return [*line, "--info-fd", str(writing), "--chdir", "/home/student", "--", view.python(), *arguments]

    def unsafe_command(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        """Return a command line without a sandbox: the same view by links, which nothing enforces."""
        self.folder = tempfile.TemporaryDirectory(prefix="grade-")
        for path, place in view.course_entries():
            link = Path(self.folder.name + place.removeprefix(view.COURSE))
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
        home = Path(self.folder.name) / "home"
        home.mkdir()
        own = {name: str(home) for name in ("HOME", "TMPDIR", "MPLCONFIGDIR")}
        environment = view.ENVIRONMENT | own | {"PYTHONPATH": self.folder.name, "GANLIB_CACHE": str(home / "cache")}
        return [view.python(), *arguments], environment

    def read_first(self) -> int:
        """Return the number that the runner has outside; inside it is 1."""
        with open(self.info, "rb") as pipe:
            return int(json.loads(pipe.read())["child-pid"])

    def told(self, until: float) -> dict:
        """Wait for a message of the runner."""
        data = b""
        while len(data) < LENGTH.size or len(data) < LENGTH.size + LENGTH.unpack(data[: LENGTH.size])[0]:
            if not select.select([self.control], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError
            chunk = self.control.recv(4096)
            if not chunk or len(data) > 65536:
                raise EOFError
            data += chunk
        return json.loads(data[LENGTH.size :])

    def close(self) -> None:
        """End the sandbox with everything in it."""
        process, self.process = self.process, None
        if process is None:
            return
        if self.unsafe:
            for number in family(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        elif self.handle is not None:  # the end of a namespace's first process is the end of all in it
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            select.select([self.handle], [], [], 10)
            os.close(self.handle)
            self.handle = None
        process.kill()
        process.wait()
        self.control.close()
        self.errors.close()
        if self.folder:
            self.folder.cleanup()
