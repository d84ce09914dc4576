"""The first process of a sandbox: imports torch once, then forks one fresh process for each exercise.

    python -m inside.runner CONTROL UID MODULE...
        CONTROL: number of the socket on which jobs come, each with a socket of its own; UID: whom to become, or "same"

It never runs a student's code itself. A job's process runs the notebook's cells up to the answer, keeps what the answer
cell defined, and sends back the raw numbers that it makes of each case's inputs.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import time
from pathlib import Path

from . import wire
from .cells import Log, Notebook, describe
from .limits import become, confine
from .needs import is_wild, needed
from .trace import Tracer

LENGTH = struct.Struct("<I")
SCRATCH = ("/tmp", "/dev/shm", "/home/student")


def exactly(channel: socket.socket, n: int) -> bytes:
    """Read n bytes; EOFError if the other side is gone."""
    chunks = []
    while n:
        chunk = channel.recv(min(n, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        n -= len(chunk)
    return b"".join(chunks)


def next_job(control: socket.socket) -> tuple[dict, int]:
    """Wait for a job and its socket."""
    head, descriptors, _, _ = socket.recv_fds(control, LENGTH.size, 1)
    if not head or not descriptors:
        raise EOFError
    head += exactly(control, LENGTH.size - len(head))
    return json.loads(exactly(control, LENGTH.unpack(head)[0])), descriptors[0]


def tell(control: socket.socket, **message) -> None:
    data = json.dumps(message).encode()
    control.sendall(LENGTH.pack(len(data)) + data)


def run_job(job: dict, channel: socket.socket) -> None:
    """Run the cells and answer cases until no more come."""
    from ganlib.check.drive import Failure, attempt, driver

    sys.stdout = sys.stderr = log = Log()
    drive = driver(job["exercise"], job["drive"])
    notebook = Notebook()
    cells = needed(job["cells"]) if job["sparing"] else job["cells"]
    # whether something was left out that may matter all the same
    spared = any(is_wild(cell["source"], cell not in cells) for cell in job["cells"]) and len(cells) < len(job["cells"])
    found, error = run_cells(notebook, job | {"cells": cells}, channel)
    about = {"spared": spared, "log": log.text, "lacking": sorted(set(notebook.lacking))[:5]}
    if not found:
        fields = describe(error, "answer") if error else {}
        return channel.sendall(wire.pack("missing", **fields, **about))
    answer = found[-1]
    channel.sendall(wire.pack("ready", **about))
    tracer = Tracer(answer, [notebook.names[name] for name in job.get("others", ()) if name in notebook.names])
    while True:
        with contextlib.suppress(EOFError):
            _, inputs, _ = wire.read(lambda n: exactly(channel, n))
            try:
                with tracer:
                    outputs = attempt(drive, answer, inputs)
                if isinstance(outputs, Failure):
                    what = {"error": outputs.kind, "message": outputs.message, "line": outputs.line}
                    reply = wire.pack("failure", None, **what, log=log.text)
                else:
                    reply = wire.pack("values", outputs, library=tracer.names())
            except wire.MessageError as problem:
                reply = wire.pack("failure", error="NoAnswer", message=f"your function returned {problem}", line="")
            except BaseException as problem:  # SystemExit, KeyboardInterrupt and what else is no Exception
                reply = wire.pack("failure", None, **describe(problem, "answer"), log=log.text)
            channel.sendall(reply)
            continue
        return None


def run_cells(notebook: Notebook, job: dict, channel: socket.socket) -> tuple[list, BaseException | None]:
    """Run the cells in order; return what the answer's cells defined, and what the last of them raised.

    The name is taken away before each answer cell: what another cell gave that name is no answer. A further cell goes
    on with the class that an answer's cell began: it adds methods, or derives from it. The others together get two
    fifths of the time, none more than half of what is left; an answer's cell gets as much. Long trainings are left
    there, what was defined before them is not.
    """
    found, raised, left = [], None, 0.4 * job["limits"]["seconds"]
    for cell in job["cells"]:
        channel.sendall(wire.pack("cell", number=cell["number"]))
        if cell["answer"]:
            if not cell.get("further"):
                notebook.names.pop(job["name"], None)
            error = notebook.attempt(cell["source"], "answer", 0.4 * job["limits"]["seconds"])
            defined = notebook.names.get(job["name"])
            if not cell.get("further"):
                raised = error
                found += [defined] if job["name"] in notebook.names else []
            elif found and isinstance(defined, type) and isinstance(found[-1], type) and issubclass(defined, found[-1]):
                found[-1] = defined
            continue
        started = time.process_time()
        notebook.attempt(cell["source"], f"cell {cell['number']}", min(job["cell_seconds"], left / 2))
        left = max(0.1, left - (time.process_time() - started))
    return found, raised


def become_student(job: dict, descriptor: int, control: socket.socket) -> None:
    """Turn a fresh fork into the process of one job; never returns."""
    status = 1
    with contextlib.suppress(BaseException):
        control.close()
        os.dup2(1, 2)  # nothing that is printed leaves the sandbox
        os.setsid()
        os.nice(5)
        os.chdir(os.environ["HOME"])
        confine(job["limits"])
        run_job(job, socket.socket(fileno=descriptor))
        status = 0
    os._exit(status)


def wait_for(child: int, control: socket.socket) -> int:
    """Wait for a job's process, and bury whatever orphans end before it; return its exit status as `wait` gives it.

    End everything if the grader has gone: nothing is said on `control` during a job. Bubblewrap has given up the rights
    that it would need to kill what was root and became another user.
    """
    handle = os.pidfd_open(child)
    try:
        while True:
            if control in select.select([handle, control], [], [], 0.2)[0]:
                clear(child)
                os._exit(1)
            pid = -1
            while pid:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == child:
                    return status
    finally:
        os.close(handle)


def clear(child: int) -> bool:
    """End all that a job left running and delete all that it wrote; return whether that worked."""
    if os.getpid() == 1:  # in a namespace of its own: everybody else here belongs to the job
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    if os.getpid() != 1:
        return True
    try:
        for place in SCRATCH:
            os.chmod(place, 0o700)
            for name in os.listxattr(place):
                os.removexattr(place, name)
        for entry in (entry for place in SCRATCH for entry in Path(place).iterdir()):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    except (OSError, RecursionError):
        return False
    return True


def lend_fonts() -> None:
    """Give matplotlib the list of fonts that was made outside: to make it takes seconds."""
    place = Path(os.environ["MPLCONFIGDIR"])
    place.mkdir(exist_ok=True)
    for path in Path("/course/fonts").glob("*.json"):
        shutil.copy(path, place)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    uid = None if sys.argv[2] == "same" else int(sys.argv[2])
    if uid is not None:
        for place in SCRATCH:
            os.chown(place, uid, uid)
    become(uid)
    lend_fonts()
    for name in sys.argv[3:]:
        importlib.import_module(name)
    tell(control, state="warm")
    while True:
        try:
            job, descriptor = next_job(control)
        except EOFError:
            return
        child = os.fork()
        if not child:
            become_student(job, descriptor, control)
        os.close(descriptor)
        status = wait_for(child, control)
        tell(control, state="done", status=status, clean=clear(child))


if __name__ == "__main__":
    main()
