"""What lies in the folder of submissions: who handed in what, and what told so. No notebook is read yet."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from ganlib.grading.layouts import (
    ASSIGNMENT,
    COPY,
    LESSON,
    PLATFORMS,
    Who,
    is_archive,
    is_notebook,
    shown,
    who,
    without_ending,
)
from ganlib.grading.tree import Node, Source, TooMuchError, tree

# What a student may hand in by mistake; any other file beside the notebooks is the teacher's.
DOCUMENTS = (".doc", ".docx", ".odt", ".rtf", ".pages", ".py", ".rar", ".7z", ".tar", ".gz")
NBGRADER = {"source", "release", "submitted", "autograded", "feedback"}
MOST_FILES = 50
NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Handed:
    """One file of one student, and how to read it.

    problem: why it can't be read, "" if it can.  handed_at: when it was last changed, in seconds since 1970.
    late: the platform's own flag.  student_id: the platform's, as in its file names, or "".
    fingerprint: of what was read, once it is.  rule: what told whose it is.
    """

    student: str
    file: str
    source: Source | None = None
    problem: str = ""
    handed_at: float | None = None
    late: bool = False
    student_id: str = ""
    fingerprint: str = NOTHING
    rule: str = ""


@dataclass(frozen=True)
class Collection:
    """Who handed in what. notes: what was passed over; warnings: where several people may be taken for one."""

    handed: list[Handed]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def collect(folder: Path) -> list[Handed]:
    """Return every student's files, by student; see `look`."""
    return look(folder).handed


def look(folder: Path) -> Collection:
    """Return every student's files: those of `NAME.ipynb`, `NAME/anything.ipynb`, and of what platforms write.

    Raises:
        ValueError: if there is no such folder, nothing in it, or no telling whose is what.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: name the one that holds the submissions")
    notes: list[str] = []
    try:
        entries = students_in(tree(folder), notes)
    except TooMuchError as error:
        raise ValueError(f"{folder}: {error}") from error
    found: dict[tuple[str, str], list[tuple[Who, Node]]] = defaultdict(list)
    for node in entries:
        stem = node.name[:-4] if node.archive else node.name
        one = who(stem, folder=node.children is not None)
        found[one.name, one.id].append((one, node))
    if not found:
        raise ValueError(f"{folder} holds no submissions")
    handed: list[Handed] = []
    warnings: list[str] = []
    ids = defaultdict(set)
    for name, number in found:
        ids[name] |= {number} - {""}
    for (name, number), nodes in found.items():
        student = f"{name} ({number})" if number and len(ids[name]) > 1 else name
        handed += of_student(student, nodes)
        warnings += several_names(student, nodes)
    return Collection(sorted(handed, key=lambda one: (one.student, one.file)), tuple(notes), tuple(warnings))


def students_in(folder: Node, notes: list[str]) -> list[Node]:
    """Return what is one student's each: what lies in `folder`, or in upper folders that lie in it."""
    entries = taken(folder, notes)
    names = {node.name.lower() for node in entries}
    if "submitted" in names and len(names & NBGRADER) > 1:
        notes += [f"{node.place}: passed over, only submitted/ is read" for node in entries if node.name != "submitted"]
        entries = [node for node in entries if node.name == "submitted"]
    if len(entries) == 1 and holds_several(entries[0]):
        notes.append(f"{entries[0].place}: not a student, but what the students' files lie in")
        return students_in(entries[0], notes)
    found = []
    for node in entries:
        if lies_between(node):
            notes.append(f"{node.place}: not a student, but what the students' files lie in")
            found += students_in(node, notes)
        else:
            found.append(node)
    return found


def lies_between(node: Node) -> bool:
    """Return whether a folder or zip file is no student's, though others lie beside it."""
    if node.children is None:
        return False
    by_platform = people_in(node, by_platform=True)
    if len(by_platform) > 1 or (ASSIGNMENT.match(stem_of(node)) and len(people_in(node)) > 1):
        return True
    if who(stem_of(node), folder=True).sure:
        return False
    in_folders = any(
        one.children is not None and who(stem_of(one), folder=True).rule in PLATFORMS for one in node.children
    )
    return in_folders or (node.name == "submitted" and bool(people_in(node)))


def taken(folder: Node, notes: list[str]) -> list[Node]:
    """Return the entries of a folder that may be a student's; note the others."""
    found = []
    for node in folder.children or ():
        if passed_over(node):
            notes.append(f"{node.place}: no notebook, passed over")
        else:
            found.append(node)
    return found


def passed_over(node: Node) -> bool:
    """Return whether this is neither a student's folder nor a file, but lies beside them."""
    if node.children is not None:
        files = [one.name.lower() for one in node.files()]
        return node.name == "feedback" and bool(files) and all(one.endswith(".html") for one in files)
    ending = PurePath(node.name).suffix.lower()
    return bool(ending) and not (
        node.link or is_notebook(node.name) or is_archive(node.name) or ending in DOCUMENTS or who(node.name).sure
    )


def holds_several(node: Node) -> bool:
    """Return whether the only folder there is an upper folder, not a student's.

    Raises:
        ValueError: if nobody can tell.
    """
    if node.children is None or who(stem_of(node), folder=True).sure:
        return False
    inner = taken(node, [])
    folders = [one for one in inner if one.children is not None]
    named = people_in(node)
    if len(inner) == 1 and folders and not who(stem_of(inner[0]), folder=True).sure:
        return node.name == "submitted" or holds_several(inner[0])
    if len(named) > 1 or people_in(node, by_platform=True) or (len(named) == 1 and node.name == "submitted"):
        return True
    plain = {COPY.sub("", without_ending(one.name)) for one in inner if one.children is None and is_notebook(one.name)}
    unclear = {one for one in plain if not (LESSON.match(one) or ASSIGNMENT.match(one))}
    if len(unclear) > 1:
        first, second = sorted(map(shown, unclear))[:2]
        raise ValueError(
            f"are {first} and {second} in {node.place} two students? Then name that folder itself; if they are one "
            f"student's files, name them hand_in_06_NAME.ipynb and hand_in_07_NAME.ipynb"
        )
    return False


def people_in(node: Node, by_platform: bool = False) -> set[str]:
    """Return who seems to have something in a folder: names that platforms write, and folders with notebooks."""
    found = set()
    for one in taken(node, []) if node.children is not None else ():
        about = who(stem_of(one), folder=one.children is not None)
        holds = one.children is not None and any(is_notebook(file.name) for file in one.files())
        if by_platform and about.rule not in PLATFORMS:
            continue
        if about.sure or (holds and not ASSIGNMENT.match(stem_of(one))):
            found.add(f"{about.name} {about.id}")
    return found


def stem_of(node: Node) -> str:
    return node.name[:-4] if node.archive else node.name


def several_names(student: str, nodes: list[tuple[Who, Node]]) -> list[str]:
    """Return a warning where one student's folder has files of several names in it."""
    names = set()
    for _, node in nodes:
        if node.children is not None:
            about = [who(one.name) for one in node.files() if is_notebook(one.name)]
            names |= {one.name for one in about if one.sure} or {one.strip() for one in people_in(node)}
    if len(names) < 2:
        return []
    return [f"{student} has files of several names, {', '.join(sorted(names)[:3])}: is that one student?"]


def of_student(student: str, nodes: list[tuple[Who, Node]]) -> list[Handed]:
    """Return one student's files; what is no notebook counts only if there is nothing else."""
    found: list[Handed] = []
    for about, node in nodes:
        base = Handed(
            student, node.place, handed_at=about.handed_at, late=about.late, student_id=about.id, rule=about.rule
        )
        found += of_folder(base, node) if node.children is not None else [of_file(base, node)]
    fine = [one for one in found if not one.problem or one.source]
    return fine or found


def of_folder(base: Handed, node: Node) -> list[Handed]:
    """Return the notebooks in a folder or zip file; other files beside them are left alone."""
    files = sorted(node.files(), key=lambda one: one.place)
    spoilt = [one for one in files if one.problem and not is_notebook(one.name)]
    notebooks = [one for one in files if is_notebook(one.name)]
    if len(notebooks) > MOST_FILES:
        return [replace(base, problem=f"There are more than {MOST_FILES} notebooks in the folder.")]
    if not notebooks and spoilt:
        return [replace(base, problem=spoilt[0].problem)]
    if not notebooks:
        other = f", only {shown(files[0].name)}" if files else ""
        return [replace(base, problem=f"There is no notebook in the folder{other}.")]
    return [of_file(base, one) for one in notebooks]


def of_file(base: Handed, node: Node) -> Handed:
    """Return a file of a student."""
    about = replace(base, file=node.place, handed_at=base.handed_at if base.handed_at is not None else node.time)
    if not is_notebook(node.name) and not node.problem:
        return replace(about, problem=f"{shown(node.name)} is no notebook: hand in the file that ends in .ipynb.")
    return replace(about, source=node.source, problem=node.problem)
