"""The grader's pages in Chromium: sorting, filtering, narrow screens, and nothing of a student's runs."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # homework_book.py

from homework_book import book_of, mark  # noqa: E402

from ganlib.check.catalogue import exercises  # noqa: E402
from ganlib.grading import report  # noqa: E402

EVIL = "</script><img src=x onerror=alert(1)><script>alert(2)</script>"
OUTCOMES = ("pass", "fail", "timeout")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    names = [one.id for one in exercises().values()]
    students = [EVIL, *(f"student {number}" for number in range(299))]
    marks = [
        mark(student, name, OUTCOMES[(i + j) % 3], f"a hint; {EVIL}")
        for i, student in enumerate(students)
        for j, name in enumerate(names)
    ]
    path = tmp_path_factory.mktemp("marks")
    report.write(book_of(marks), path / "marks.csv")
    return path


def opened(browser, path, **options):
    page = browser.new_page(**options)
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    return page


def first(page):
    return page.locator("tbody th").first.inner_text()


def test_the_page_sorts_and_filters_and_runs_nothing_of_a_student(browser, folder):
    page = opened(browser, folder / "marks.html", viewport={"width": 1366, "height": 768})
    rows = page.locator(".matrix tbody tr")
    assert rows.count() == 300 and page.inner_text("#shown") == "300 of 300 students" and first(page) == EVIL
    page.click("th[data-c='0'] button")
    page.click("th[data-c='0'] button")
    assert first(page) == "student 298"
    page.click("th[data-c='1'] button")
    assert page.locator(".matrix tbody tr").first.locator("td").first.get_attribute("class") == "pass"
    page.fill("input[name=name]", "STUDENT 1")
    page.select_option("select[name=outcome]", "fail")
    page.select_option("select[name=exercise]", "1")
    seen = page.locator(".matrix tbody tr:visible")
    assert 0 < seen.count() < 111 and seen.locator("td:first-of-type:not(.fail)").count() == 0
    assert page.locator("section.student:visible").count() == seen.count()
    assert page.locator("img").count() == 0 and page.said == []
    page.close()


def test_head_and_names_stay_in_sight(browser, folder):
    page = opened(browser, folder / "marks.html", viewport={"width": 1366, "height": 768})
    page.evaluate("document.querySelector('.matrix').scrollTo(400, 3000)")
    box, name = page.locator(".matrix").bounding_box(), page.locator("tbody th").nth(150).bounding_box()
    heads = [page.locator(f"thead th[data-c='{column}']").bounding_box() for column in (0, 20)]
    assert abs(name["x"] - box["x"]) < 3 and abs(heads[0]["x"] - box["x"]) < 3 and name["width"] < box["width"] / 3
    assert all(box["y"] - 1 <= head["y"] < box["y"] + 60 for head in heads)
    page.close()


@pytest.mark.parametrize("name", ["marks.html", "feedback/student_7.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(browser, folder, name, scheme):
    page = opened(browser, folder / name, viewport={"width": 375, "height": 667}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") and page.said == []
    page.close()


def test_without_a_script_everything_is_there(browser, folder):
    page = opened(browser, folder / "marks.html", java_script_enabled=False)
    assert page.locator(".matrix tbody tr:visible").count() == page.locator("section.student").count() == 300
    assert not page.locator(".filters").is_visible()
    page.close()
