"""What a sandbox sees: Python, the course without its answers and grader, empty folders of its own. Nothing else."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from ganlib.runtime import PACKAGE, shipped_folder

COURSE = "/course"
INSIDE = Path(__file__).resolve().parent / "inside"
HIDDEN = ("check", "homework", "__pycache__", "_shipped")  # entries of ganlib/ that are left out, or shown in part
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/ld.so.conf",
          "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/localtime", "/etc/mime.types")  # fmt: skip
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/home/student", "USER": "student", "LOGNAME": "student",
    "LANG": "C.UTF-8", "TMPDIR": "/tmp", "GANLIB_CACHE": "/tmp/cache", "MPLBACKEND": "Agg", "MPLCONFIGDIR": "/tmp/mpl",
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore",
    # One thread: two sandboxes with two threads each wait for one another, and forks stay safe.
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TQDM_DISABLE": "1",
    "CUDA_VISIBLE_DEVICES": "", "PYTHONHASHSEED": "0",
}  # fmt: skip


def prefixes() -> list[Path]:
    """Return the folders of the Python that runs this, and of the one that its environment was made from."""
    folders = {Path(folder).resolve() for folder in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    folders |= {Path(os.path.realpath(sys.executable)).parent.parent}
    folders = {folder for folder in folders if not any(folder.is_relative_to(place) for place in SYSTEM)}
    if root := [folder for folder in folders if len(folder.parts) < 3]:
        raise ValueError(f"Python is installed in {root[0]}, which can't be shown to a sandbox: use a virtual one")
    return sorted(folder for folder in folders if not any(folder != other and folder.is_relative_to(other)
                                                          for other in folders))  # fmt: skip


def course_entries() -> list[tuple[Path, str]]:
    """Return (what, where) of the course's files that a sandbox sees, named one by one: nothing lies beneath."""
    entries = [(path, f"{COURSE}/ganlib/{path.name}") for path in sorted(PACKAGE.iterdir()) if path.name not in HIDDEN]
    entries += [(path, f"{COURSE}/ganlib/check/{path.name}") for path in (INSIDE / "check").glob("*.py")]
    entries += [(PACKAGE / "check" / "drive", f"{COURSE}/ganlib/check/drive")]
    entries += [(path, f"{COURSE}/inside/{path.name}") for path in sorted(INSIDE.glob("*.py"))]
    shipped = shipped_folder()
    entries += [(path, f"{COURSE}/data/{path.name}") for path in sorted(shipped.iterdir()) if path.name != "cache"]
    return [(path, place) for path, place in entries if path.exists()]


def font_lists() -> list[Path]:
    """Return matplotlib's lists of fonts: it takes seconds to make one, and a sandbox would do so each time."""
    import matplotlib

    folder = Path(matplotlib.get_cachedir())
    if not list(folder.glob("fontlist-*.json")):
        import matplotlib.font_manager  # noqa: F401  (importing it writes the list)
    return sorted(folder.glob("fontlist-*.json"))


def open_folders(*folders: Path | str) -> list[str]:
    """Return arguments for empty folders that anybody may enter; bubblewrap's own may be entered by root alone."""
    return [word for folder in folders for word in ("--perms", "0755", "--dir", str(folder))]


def scratch_folder(place: str, size: int) -> list[str]:
    """Return arguments for a folder in memory that can be written to and holds `size` bytes."""
    return ["--perms", "0700", "--size", str(size), "--tmpfs", place]


@functools.cache
def file_arguments(scratch: int) -> tuple[str, ...]:
    """Return bubblewrap's arguments for the file system. scratch: bytes that each writable folder may hold."""
    arguments = open_folders("/etc", "/home")
    for place in ("/tmp", "/home/student"):  # first: Python may be installed below one of them
        arguments += scratch_folder(place, scratch)
    for path in SYSTEM:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            arguments += ["--ro-bind", path, path]
    for folder in prefixes():
        arguments += open_folders(*reversed(folder.parents[:-1]))
        arguments += ["--ro-bind", str(folder), str(folder)]
    if any(PACKAGE.is_relative_to(folder) for folder in (*prefixes(), *map(Path, SYSTEM))):
        arguments += ["--tmpfs", str(PACKAGE)]  # an installed course: its answers lie among the libraries
    arguments += open_folders(
        *(COURSE + part for part in ("", "/ganlib", "/ganlib/check", "/inside", "/data", "/fonts"))
    )
    for path, place in course_entries():
        arguments += ["--ro-bind", str(path), place]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", *scratch_folder("/dev/shm", scratch)]
    for path in font_lists():
        arguments += ["--ro-bind", str(path), f"{COURSE}/fonts/{path.name}"]
    return (*arguments, "--remount-ro", "/")


def python() -> str:
    """Return the interpreter's path inside the sandbox: the same as outside."""
    return os.path.abspath(sys.executable)
