"""What a sandbox sees: Python, the course without its answers and grader, empty folders of its own. Nothing else."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from ganlib.runtime import PACKAGE, shipped_folder

COURSE = "/course"
INSIDE = Path(__file__).resolve().parent / "inside"
# What a submission sees of ganlib/, entry by entry, and of check/ the drivers alone. What is new is hidden at first.
SHOWN = ("__init__.py", "autoregressive", "data", "experiments", "latent", "likelihood", "losses.py", "metrics",
         "models", "pictures.py", "plots.py", "pretrained.py", "progress_line.py", "recipes", "runtime.py",
         "threads.py", "train", "widgets")  # fmt: skip
# a test asks where anything new belongs
HIDDEN = ("__main__.py", "check", "cli", "doctor.py", "grading", "py.typed", "warm.py")
PARTS_OF_PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")  # of an installation: beside them may lie anything
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
    return sorted(folder for folder in folders if not any(folder.is_relative_to(place) for place in SYSTEM))


def parts_of_python() -> list[Path]:
    """Return what is shown of these folders, not what lies in another part: an environment may be made inside one."""
    parts = [folder / name for folder in prefixes() for name in PARTS_OF_PYTHON]
    return [
        part
        for part in parts
        if os.path.lexists(part)
        and not any(part != other and part.is_relative_to(other) for other in [*parts, *map(Path, SYSTEM)])
    ]


def shown_folders() -> list[Path]:
    """Return the folders of the machine that a sandbox sees, whatever lies in them."""
    return [
        *(part for part in parts_of_python() if part.is_dir()),
        *(Path(place) for place in SYSTEM if os.path.isdir(place)),
    ]


def course_entries() -> list[tuple[Path, str]]:
    """Return (what, where) of the course's files that a sandbox sees, named one by one: nothing lies beneath."""
    entries = [(PACKAGE / name, f"{COURSE}/ganlib/{name}") for name in SHOWN]
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
    for part in parts_of_python():
        arguments += open_folders(*reversed(part.parents[:-1]))
        if part.is_symlink():
            arguments += ["--symlink", os.readlink(part), str(part)]
        else:
            arguments += ["--ro-bind", str(part), str(part)]
    if any(PACKAGE.is_relative_to(folder) for folder in shown_folders()):  # an installed course, among the libraries
        arguments += ["--perms", "0555", "--size", "4096", "--tmpfs", str(PACKAGE), "--remount-ro", str(PACKAGE)]
    arguments += open_folders(
        *(COURSE + part for part in ("", "/ganlib", "/ganlib/check", "/inside", "/data", "/fonts"))
    )
    for path, place in course_entries():
        arguments += ["--ro-bind", str(path), place]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/dev/null", "/dev/zero", "--remount-ro", "/dev"]
    arguments += scratch_folder("/dev/shm", scratch)  # and no /dev/zero: shared, it is memory that no process counts
    for path in font_lists():
        arguments += ["--ro-bind", str(path), f"{COURSE}/fonts/{path.name}"]
    return (*arguments, "--remount-ro", "/")


def python() -> str:
    """Return the interpreter's path inside the sandbox: the same as outside, where an environment is no link."""
    folder, name = os.path.split(os.path.abspath(sys.executable))
    return os.path.join(os.path.realpath(folder), name)
