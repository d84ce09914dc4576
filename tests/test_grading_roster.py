"""The list of who should have handed in."""

import unicodedata

import pytest

from ganlib.grading.collect import Handed
from ganlib.grading.roster import Person, absent, read_roster, strangers


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "names.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


@pytest.mark.parametrize("text", [
    "name,id,email\nAnna Müller,7,am@uni.de\n", "Student;Student ID;Username\nAnna Müller;7;am@uni.de\n",
    "First name,Surname,ID number,Email address\nAnna,Müller,7,am@uni.de\n",
    "\ufeffFull name\tID\tEmail\r\nAnna Müller\t7\tam@uni.de\r\n\r\n"])  # fmt: skip
def test_headers_of_any_platform(tmp_path, text):
    assert roster(tmp_path, text) == [Person("Anna Müller", "7", "am@uni.de")]


@pytest.mark.parametrize(("text", "encoding", "says"), [
    ("who\nanna\n", "utf-8", "column"), ("", "utf-8", "column"), ("name\n", "utf-8", "nobody"),
    ("name\nMüller\n", "latin-1", "UTF-8")])  # fmt: skip
def test_a_roster_that_is_none_is_refused(tmp_path, text, encoding, says):
    with pytest.raises(ValueError, match=says):
        roster(tmp_path, text, encoding)
    with pytest.raises(ValueError, match="can't be read"):
        read_roster(tmp_path / "nowhere.csv")


def test_who_is_absent_and_who_is_strange():
    people = [Person("Anna Müller", "7", "am@uni.de"), Person("Ben Ott", "8"), Person("Clara Zed", "9", "cz@uni.de"),
              Person("Dora Diaz"), Person("Ed Ek", "11")]  # fmt: skip
    handed = [Handed(unicodedata.normalize("NFD", "anna MÜLLER"), "a"), Handed("8", "b"), Handed("cz", "c"),
              Handed("diazdora", "d"), Handed("eve", "e")]  # fmt: skip
    assert absent(people, handed) == ["Ed Ek"] and strangers(people, handed) == ["eve"]


def test_two_of_one_name_are_told_apart_by_id():
    people = [Person("Anna Müller", "1"), Person("Anna Müller", "2")]
    assert absent(people, [Handed("Anna Müller (2)", "a", student_id="2")]) == ["Anna Müller"]
    assert strangers(people, [Handed("Anna Müller", "a")]) == ["Anna Müller"]  # it could be either
