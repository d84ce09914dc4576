"""The grader's pages: the one for the teaching assistant, and one for each student to be sent back."""

import re
from html.parser import HTMLParser

import pytest
from homework_book import Task, answer, book_of, mark

from ganlib.grading import report
from ganlib.grading.report import feedback, likeness, markup
from ganlib.grading.report.overrides import Override
from ganlib.grading.report.page import page

EVIL = "</script></title><img src=x onerror=alert(1)>\"'\x1b[2J\ud800\u202e"
VOID = {"meta", "input", "br", "img"}


class Reader(HTMLParser):
    """Counts elements and says whether all of them are closed."""

    def __init__(self, text):
        super().__init__()
        self.counts, self.open, self.attributes, self.words = {}, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(text):
    reader = Reader(text)
    assert reader.open == [] and not {"img", "iframe", "link", "object"} & set(reader.counts)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert not [value for name, value in reader.attributes if name in ("src", "href") and not value.startswith("#")]
    return reader


def evil_book():
    evil = mark(EVIL, outcome="fail", hint=EVIL, notes=(EVIL,), file=f"{EVIL}.ipynb")
    overrides = [Override(2, "ben", "06-2", "pass", None, EVIL)]
    return book_of([evil, mark("ben", outcome="fail")], overrides=overrides)


def test_what_students_chose_stays_text_on_both_pages():
    book = evil_book()
    whole = page(book)
    assert (
        read(whole).counts["script"] == 1
        and "\x1b" not in whole
        and "\u202e" not in whole
        and "about &lt;b&gt;" in whole
    )
    for student in book.students:
        assert "script" not in read(feedback.page(student)).counts


def test_the_only_script_is_the_pages_own():
    text = page(evil_book())
    code = re.search(r"<script>(.*)</script>", text, re.DOTALL)[1]
    assert code == markup.shipped("page.js") and "</" not in code and "innerHTML" not in code
    assert re.search(r"script-src 'sha256-[\w+/]+=*'\">", text)
    assert "script-src" not in feedback.page(evil_book().students[0])  # default-src 'none'


def test_the_page_groups_exercises_by_notebook_and_shows_every_outcome_with_a_sign():
    marks = [mark("a", "01-1"), mark("a", "06-2", "timeout", notes=("odd",)), mark("b", "06-1")]
    book = book_of(marks, [Task("a")])
    text = page(book)
    assert re.findall(r'colspan="(\d+)">(0\d)<', text) == [("1", "01"), ("7", "06")]
    assert '<td class="timeout">T*</td>' in text and '<td class="pass last">✓</td>' in text
    assert text.count("✓ pass: 2") == 1 and "T timeout: 1" in text
    assert len(set(markup.SIGNS.values())) == len(markup.SIGNS)


def test_a_mark_set_by_hand_is_shown_with_what_the_grader_found():
    book = book_of(
        [mark("a", outcome="fail", hint="the sign")], overrides=[Override(2, "a", "06-2", "pass", None, "typo")]
    )
    assert "✓✎" in page(book) and "the grader found: fail. typo" in page(book)
    own = feedback.page(book.students[0])
    assert "✓ pass" in own and "was: fail" in own and "typo" in own


def test_a_large_class_fits_on_a_page():
    from ganlib.check.catalogue import exercises

    names = [one.id for one in exercises().values()]
    outcomes = ["pass", "fail", "timeout"]
    marks = [
        mark(f"student {i}", name, outcomes[(i + j) % 3], "hint") for i in range(300) for j, name in enumerate(names)
    ]
    text = page(book_of(marks))
    assert read(text).counts["td"] > 300 * len(names) and len(text) < 6e6


# Contrast


def luminance(colour):
    colour = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", [0, 1])
def test_text_can_be_read_on_every_colour(theme):
    block = re.findall(r":root \{(.*?)\}", markup.shipped("base.css"), re.DOTALL)[theme]
    colours = dict(re.findall(r"--([\w-]+): (#\w+);", block))
    grounds = {*markup.SIGNS, "ground", "head"}
    pairs = [("text", name.replace(" ", "-")) for name in grounds]
    for front, back in [*pairs, ("link", "ground"), ("link", "head"), ("warn", "ground")]:
        light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (front, back)


# Feedback


def test_feedback_holds_nothing_of_anybody_else():
    cells = (answer("def loss_D(a, b):\n    x = a + b\n" + "    x = x * a - b / 2 + a\n" * 4 + "    return x"),)
    tasks = [Task("anna", cells=cells), Task("ben", cells=cells)]
    book = book_of([mark("anna", outcome="fail", notes=("seen by the assistant",)), mark("ben")], tasks)
    assert "the answer of ben" in page(book)
    own = feedback.page(book.students[0])
    assert "anna" in own and "ben" not in own and "seen by" not in own and "same but" not in own


@pytest.mark.parametrize(
    "hint, said",
    [
        ("The grader failed, run it again: OSError: /home/tutor/x", "It is not your doing"),
        ("The grader could not judge this (ValueError: x).", "It is not your doing"),
        ("FileNotFoundError: '/home/tutor/course/data.npz' is missing", "'data.npz' is missing"),
        ("a / b is 1/2, not b/a/c", "a / b is 1/2, not b/a/c"),
    ],
)
def test_feedback_names_no_folder_of_the_graders_machine(hint, said):
    book = book_of([mark("anna", outcome="crashed", hint=hint, file="/srv/uploads/anna_17/lab.ipynb")])
    own = "".join(read(feedback.page(book.students[0])).words)
    assert said in own and "tutor" not in own and "uploads" not in own and "lab.ipynb" in own


def test_feedback_has_a_file_name_of_its_own_for_everybody():
    names = ["Anna B", "anna_b", "Anna/B", "../etc/passwd", "..", "", "CON", "nul.txt", "é" * 190, "é" * 189 + "e",
             "a\u0308", "ä", "mañana", ".hidden", "x" * 200, "=1+1"]  # fmt: skip
    found = feedback.file_names(names)
    assert len({name.casefold() for name in found.values()}) == len(names)
    for name in found.values():
        assert re.fullmatch(r"[\w~-][\w.~-]*\.html", name) and len(name.encode()) < 200
        assert not re.match(r"(?i)(con|nul)\.", name)
    assert found["mañana"] == "mañana.html" and found["Anna B"].startswith("Anna_B~")
    assert feedback.file_names(["Anna B"]) == {"Anna B": "Anna_B.html"}


def test_pages_of_who_is_gone_are_removed_and_others_are_left(tmp_path):
    report.write(book_of([mark("anna"), mark("ben")]), tmp_path / "marks.csv")
    report.write(book_of([mark("clara")]), tmp_path / "other.csv")
    (tmp_path / "feedback" / "mine.html").write_text("<p>mine")
    report.write(book_of([mark("ben")]), tmp_path / "marks.csv")
    assert sorted(path.name for path in (tmp_path / "feedback").iterdir()) == ["ben.html", "clara.html", "mine.html"]


def test_feedback_tells_points_and_what_was_deducted():
    from ganlib.grading.report.late import read_rule

    book = book_of(
        [mark("anna"), mark("anna", "06-1", "fail", "look at <b>")],
        [Task("anna", late=True)],
        read_rule(None, "10%", None, None),
    )
    own = feedback.page(book.students[0])
    assert "1 − 0.1 for being late = 0.9 of 7 points" in own and "look at &lt;b&gt;" in own and "late" in own
    assert own.count("○ not done") == 5  # the questions


# Likeness

LONG = """def loss_D(logits_real, logits_fake):
    total = 0
    for value in logits_real:
        total = total + value * 2 - value / 3
    for value in logits_fake:
        total = total - value * 2 + value / 3
    return total / (len(logits_real) + len(logits_fake))
"""


def renamed(source, **names):
    for old, new in names.items():
        source = re.sub(rf"\b{old}\b", new, source)
    return source


BODY = LONG.split("\n", 1)[1].replace("    total = 0", "    # begin\n    total   =  0")
HEAD = '# mine\ndef loss_D(logits_real: list, logits_fake) -> float:\n    "My own words."\n'
DISGUISED = renamed(HEAD + BODY, logits_real="r", logits_fake="f", total="s", value="v")


def likeness_of(**sources):
    tasks = [Task(name, cells=(answer(source),) if source else ()) for name, source in sources.items()]
    return {student: note for (student, _, exercise), note in likeness.notes(tasks).items() if exercise == "06-2"}


def test_names_comments_and_layout_make_no_other_answer():
    found = likeness_of(anna=LONG, ben=DISGUISED, clara=LONG.replace("* 2", "* 3"), dora="")
    assert set(found) == {"anna", "ben"} and found["anna"].endswith("answer of ben")


def test_library_functions_and_the_use_of_names_do_make_another_answer():
    assert likeness_of(a=LONG, b=LONG.replace("len(", "sum(")) == {}
    assert likeness_of(a=LONG, b=LONG.replace("len(logits_real)", "len(logits_fake)")) == {}


def test_short_common_and_the_courses_own_answers_are_no_hint():
    short = "def loss_D(a, b):\n    return -a.mean() + b.mean()\n"
    assert likeness_of(a=short, b=renamed(short, a="x", b="y")) == {}
    assert likeness_of(**{f"s{i}": LONG for i in range(4)}) == {}  # all four of four
    assert len(likeness_of(**{f"s{i}": LONG for i in range(3)})) == 3
    many = {f"other{i}": LONG.replace("* 2", f"* {i + 9}") for i in range(60)} | {f"s{i}": LONG for i in range(6)}
    assert len(likeness_of(**many)) == 6


def test_the_courses_own_answers_and_known_mistakes_are_no_hint():
    import inspect

    from ganlib.check.catalogue import exercises

    long = 0
    for name, one in exercises().items():
        for given in (one.answer, *(mistake.answer for mistake in one.mistakes)):
            source = renamed(inspect.getsource(given), **{given.__name__: name})
            cells = (answer(source, one.id),)
            long += likeness.of_source(source, name) is not None
            assert not likeness.notes([Task(who, due=(name,), cells=cells) for who in "ab"]), source
    assert long > 50


def test_two_files_of_one_student_are_no_copy_and_what_is_no_python_is_passed_over():
    tasks = [Task("a", "1", cells=(answer(LONG),)), Task("a", "2", cells=(answer(LONG),))]
    assert likeness.notes(tasks) == {}
    for source in ("def (", "%%bash\nls", "x = '\ud800'", "(" * 5000, "\x00", ""):
        likeness.of_source(source, "loss_D")
    magic = likeness_of(a=f"%matplotlib inline\n{LONG}", b=LONG)
    assert set(magic) == {"a", "b"}
