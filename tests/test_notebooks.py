"""What must hold for the course's notebooks and its table of claims; running them is nbval's part of `make test`."""

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from tools.pipeline.check import check_course
from tools.pipeline.course import Course
from tools.pipeline.rules import ALT, IMG, LARGEST_FILE

ROOT = Path(__file__).resolve().parent.parent
COURSE = Course.load(ROOT)
CLAIMS = COURSE.claims()
NOTEBOOKS = COURSE.notebook_files()
NUMBERS = [f"{number:02}" for number in range(13)]
KEYS = {"lectures", "statement", "kind", "notebook", "also", "exercises"}
# How many claims each set of slides makes, counted in the lectures' own list.
CLAIMS_OF_LECTURE = {"000": 18, "001": 19, "002": 13, "003": 31, "004": 25}


def test_the_check_passes():
    problems = [str(problem) for problem in check_course(COURSE)]
    assert problems == [], "\n".join(problems)


def test_the_first_notebook_is_there():
    assert "00_start_here" in [path.stem for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_picture_carries_its_words_to_an_exported_page(path):
    page, _ = HTMLExporter(template_name="lab").from_filename(str(path))
    alts = [alt[1] if (alt := ALT.search(tag)) else "" for tag in IMG.findall(page)]
    assert alts and all(len(alt) > 20 and not alt.startswith("No description") for alt in alts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_is_valid_and_was_executed_in_order(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert path.stat().st_size <= LARGEST_FILE


def test_every_lecture_has_all_its_claims():
    found = {lecture: sum(lecture in claim["lectures"] for claim in CLAIMS.values()) for lecture in CLAIMS_OF_LECTURE}
    assert found == CLAIMS_OF_LECTURE
    assert len(CLAIMS) == 73


@pytest.mark.parametrize("name", CLAIMS)
def test_each_claim_is_well_formed(name):
    claim = CLAIMS[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert set(claim) <= KEYS
    assert claim["lectures"] == sorted(set(claim["lectures"])) and set(claim["lectures"]) <= set(CLAIMS_OF_LECTURE)
    assert claim["kind"] in ("measure", "explain")
    assert claim["notebook"] in NUMBERS
    assert set(claim.get("also", [])) <= set(NUMBERS) - {claim["notebook"]}
    assert claim["statement"].endswith(".") and "\n" not in claim["statement"] and len(claim["statement"]) <= 130


def test_every_notebook_has_a_claim_to_show_or_starts_the_course():
    shown = {claim["notebook"] for claim in CLAIMS.values()}
    assert shown == set(NUMBERS) - {"00"}


def test_the_readme_links_the_notebooks_that_are_there_and_no_others():
    rows = re.findall(r"^\| (\d\d) \| (.*?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [number for number, _ in rows] == NUMBERS
    there = {path.stem[:2]: path.name for path in NOTEBOOKS}
    for number, title in rows:
        link = re.search(r"\(notebooks/(.*?)\)", title)
        assert (link[1] if link else None) == there.get(number), f"row {number} of the README's table"
        assert ("planned" in title) == (number not in there), f"row {number} of the README's table"


@pytest.mark.parametrize("name", ["README.md", ".github/CONTRIBUTING.md"])
def test_links_to_files_lead_somewhere(name):
    page = ROOT / name
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if not link.startswith("https://") and not (page.parent / link).exists()]
    assert gone == []
