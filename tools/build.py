"""Make the notebooks from their sources, check that the two agree, stamp the course's address and version into them.

python tools/build.py build [06 ...]    build and execute (all of them without a number)
python tools/build.py check [06 ...]    list what is wrong; fails if anything is
python tools/build.py stamp             rewrite badges, set-up cells and CITATION.cff, keeping outputs
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.pipeline.check import check_course  # noqa: E402
from tools.pipeline.course import BuildError, Course, Problem, write_notebook  # noqa: E402
from tools.pipeline.execute import execute  # noqa: E402
from tools.pipeline.exercises import build_solution, build_stub, exercise_sources  # noqa: E402
from tools.pipeline.source import notebook_from_source  # noqa: E402
from tools.pipeline.stamp import stamp_all  # noqa: E402


def chosen_sources(course: Course, numbers: list[str]) -> list[Path]:
    """Return the sources whose names begin with one of `numbers`, all of them if that is empty.

    Raises:
        BuildError: if a number fits no source.
    """
    sources = course.source_files() + exercise_sources(course)
    for number in numbers:
        if not any(source.stem.startswith(number) for source in sources):
            names = ", ".join(source.stem for source in sources) or "none yet"
            raise BuildError(f"no source begins with {number!r}; there are: {names}")
    return [source for source in sources if not numbers or source.stem.startswith(tuple(numbers))]


def build_one(source: Path, course: Course) -> None:
    """Build and execute one notebook. Only a whole one replaces the old file.

    Raises:
        BuildError: if a cell fails; the old notebook is then as it was.
    """
    started = time.perf_counter()
    if source.parent != course.sources:
        build_stub(source, course)
        target = build_solution(source, course)
        notebook = nbformat.read(target, as_version=4)
    else:
        notebook = notebook_from_source(source, course)
        execute(notebook, course.notebooks)
        target = course.notebook_of(source)
        write_notebook(notebook, target)
    seconds, size = time.perf_counter() - started, target.stat().st_size / 1000
    print(f"{target.relative_to(course.root)}: {len(notebook.cells)} cells, {seconds:.1f} s, {size:.0f} kB", flush=True)


def build(course: Course, numbers: list[str]) -> int:
    """Build the chosen notebooks; go on after one that fails, and return how many problems there were."""
    failed = []
    for source in chosen_sources(course, numbers):
        name = source.relative_to(course.sources)
        print(f"building {name.with_suffix('')} ...", flush=True)
        try:
            build_one(source, course)
        except BuildError as error:
            failed.append(source.stem)
            print(f"notebooks/source/{name}, {error}\n{source.stem}.ipynb was left as it was.\n", flush=True)
    built = [source.stem for source in chosen_sources(course, numbers) if source.stem not in failed]
    problems = check_course(course, built) if built else []
    return len(failed) + report(problems)


def report(problems: list[Problem]) -> int:
    """Print the problems and return their number."""
    for problem in problems:
        print(problem)
    return len(problems)


def check(course: Course, numbers: list[str]) -> int:
    """Print what is wrong with the notebooks, or that nothing is; return the number of problems."""
    count = report(check_course(course, numbers))
    found = [*course.notebook_files(), *sorted((course.notebooks / "exercises").glob("*.ipynb"))]
    looked_at = [path for path in found if not numbers or path.name.startswith(tuple(numbers))]
    print(f"{len(looked_at)} notebooks checked, {count} problems")
    return count


def stamp(course: Course, folder: Path) -> int:
    """Write address and tag wherever they belong, into `folder`; print what changed."""
    for path in stamp_all(course, folder):
        print("stamped", path.relative_to(folder))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["build", "check", "stamp"])
    parser.add_argument("numbers", nargs="*", metavar="06", help="only notebooks whose names begin so")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    parser.add_argument("--repository", help="another address than pyproject.toml's")
    parser.add_argument("--tag", help="another tag than ganlib's version, as in main")
    parser.add_argument("--out", type=Path, help="stamp: write copies into this folder instead")
    options = parser.parse_intermixed_args(arguments)
    try:
        course = Course.load(options.root, options.repository, options.tag)
        if options.command == "stamp":
            return stamp(course, (options.out or course.root).resolve())
        count = (build if options.command == "build" else check)(course, options.numbers)
    except BuildError as error:
        parser.exit(2, f"{error}\n")
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main())
