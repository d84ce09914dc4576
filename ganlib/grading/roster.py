"""The list of who should have handed in, and who of them did not."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

COLUMNS = {
    "name": ("name", "student", "full name", "student name"),
    "first": ("first name", "firstname", "given name"),
    "last": ("surname", "last name", "lastname", "family name"),
    "id": ("id", "id number", "student id", "sis user id"),
    "email": ("email", "email address", "e-mail", "username", "sis login id"),
}
LARGEST = 10 * 2**20


@dataclass(frozen=True)
class Person:
    """One line of the roster. id, email: "" where the roster has none."""

    name: str
    id: str = ""
    email: str = ""

    @property
    def keys(self) -> set[str]:
        """What this person's files may be named by, besides the name itself: id and user name."""
        return {folded(self.id), folded(self.email), folded(self.email.partition("@")[0])} - {""}


def read_roster(path: Path) -> list[Person]:
    """Read a table with a column for the name, and maybe for id and email; commas, semicolons or tabs.

    Raises:
        ValueError: if it can't be read, or has no names.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"--roster {path} is larger than {LARGEST // 2**20} MiB: it is no list of students")
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise ValueError(f"--roster {path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"--roster {path} is not in UTF-8: save it again as CSV in UTF-8") from error
    first = lines[0] if lines else ""
    try:
        rows = list(csv.reader(lines, delimiter=max(",;\t", key=first.count)))
    except csv.Error as error:
        raise ValueError(f"--roster {path} is no table: {error}") from error
    places = columns(rows[0] if rows else [])
    if "name" not in places and not {"first", "last"} <= set(places):
        raise ValueError(f'--roster {path}: its first line must name a column "name", or "first name" and "last name"')
    people = [person for row in rows[1:] if (person := person_of(row, places)).name]
    if not people:
        raise ValueError(f"--roster {path} names nobody")
    return list(dict.fromkeys(people))


def columns(header: list[str]) -> dict[str, int]:
    """Return which column holds what; of several that fit, the name that stands first in COLUMNS."""
    titles = [folded(title) for title in header]
    found = {what: [titles.index(name) for name in names if name in titles] for what, names in COLUMNS.items()}
    return {what: places[0] for what, places in found.items() if places}


def person_of(row: list[str], places: dict[str, int]) -> Person:
    """Return the person of a row; fields that the row lacks are empty."""
    field = {what: row[place].strip() if place < len(row) else "" for what, place in places.items()}
    name = field.get("name") or " ".join(filter(None, (field.get("first"), field.get("last"))))
    return Person(unicodedata.normalize("NFC", name), field.get("id", ""), field.get("email", ""))


def folded(text: str) -> str:
    """Return a text in which only what tells people apart is left: NFC, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def names_of(person: Person) -> set[str]:
    """Return how a platform may write a name: also with `_`, and as Canvas does, last name first and no blanks."""
    words = folded(person.name.replace(",", " ")).split()
    turned = ["".join(words[i:] + words[:i]) for i in range(len(words))]
    return {" ".join(words), "_".join(words), *turned}


def matches(people: Iterable[Person], submissions: Iterable) -> dict[str, Person]:
    """Return the person of each student's name: by id, email or user name; else by the name, if only one has it."""
    people, found = list(people), {}
    for handed in submissions:
        name = folded(handed.student)
        number = folded(handed.student_id)
        plain = folded(handed.student.removesuffix(f" ({handed.student_id})"))
        sure = [one for one in people if (number and number == folded(one.id)) or name in one.keys or plain in one.keys]
        fits = sure or [one for one in people if name == folded(one.name) or plain in names_of(one)]
        if len(fits) == 1:
            found[handed.student] = fits[0]
    return found


def absent(roster: Iterable[Person], submissions: Iterable) -> list[str]:
    """Return the names of those on the roster who handed in nothing."""
    people = list(roster)
    there = set(matches(people, submissions).values())
    return [person.name for person in people if person not in there]


def strangers(roster: Iterable[Person], submissions: Iterable) -> list[str]:
    """Return the names of the students who are not on the roster, or fit several on it."""
    submissions = list(submissions)
    known = matches(roster, submissions)
    return list(dict.fromkeys(handed.student for handed in submissions if handed.student not in known))
