"""What a student finds after a restart: verdicts, letters and answers are kept; damage costs a line, not the work."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from ganlib import check
from ganlib.check import kept
from ganlib.check.kept import NAME, Record
from ganlib.grading import parse
from ganlib.grading.grade import Told, answer_cells, remarks

IMPORTS = "from torch.nn.functional import softplus\nfrom ganlib import check"
BEST_D = "# EXERCISE: 06-1 (keep this line)\ndef best_D(p, q):\n    return p / (p + q)"
LOSS_G = "# EXERCISE: 06-3 (keep this line)\ndef loss_G(logits):\n    return softplus(-logits).mean()"
STUB = "# EXERCISE: 06-1 (keep this line)\ndef best_D(p, q):\n    # YOUR CODE HERE\n    raise NotImplementedError"
ROOT = Path(__file__).resolve().parents[1]


class Kernel:
    """A kernel of plain Python: cells are remembered and run as IPython does, and a restart forgets them."""

    def __init__(self, folder):
        self.folder, self.display_kernel = folder, None
        self.restart()

    def restart(self):
        self.user_ns = {"_dh": [self.folder]}
        self.history_manager = types.SimpleNamespace(input_hist_raw=[""])
        kept.NOW.clear()
        kept.SAID.clear()
        kept.UP_TO["cells"] = 0

    def run(self, *cells):
        for cell in cells:
            self.history_manager.input_hist_raw.append(cell)
            exec(cell, self.user_ns)


@pytest.fixture
def shell(monkeypatch, tmp_path):
    shell = Kernel(tmp_path)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr("ganlib.runtime.in_colab", lambda: False)
    monkeypatch.delenv("GANLIB_STATE", raising=False)
    yield shell
    shell.restart()


def shown(capsys, name, number="06"):
    """Return the line of `check.state` that begins with a name, its sign included, without its title."""
    capsys.readouterr()
    check.state(number)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if f" {name} " in line]
    return "  ".join(line.split("  ")[:-1]).replace("   ", "  ").strip()


def said(capsys, call, *arguments, **named):
    capsys.readouterr()
    call(*arguments, **named)
    return capsys.readouterr().out


def test_a_restart_keeps_verdicts_and_letters(shell, capsys):
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)", LOSS_G.replace("-", ""), "check.loss_G(loss_G)")
    shell.run('check.quiz("06-q1", "dba")', 'check.quiz("06-q2", "c")')
    now = said(capsys, check.state, "06")
    assert "last time" not in now and "1 of 6 passed, 1 of 5 questions right" in now
    assert "Run All" not in now
    shell.restart()
    text = said(capsys, check.state, "06")
    for due in ("✓ 06-1   best_D     passed last time, just now", "✗ 06-3   loss_G     wrong last time, just now",
                "· 06-2   loss_D     not checked", "✓ 06-q1  question   passed with abd last time",
                "✗ 06-q2  question   wrong with c last time", "1 of 6 passed, 1 of 5 questions right",
                "2 of these from last time: Run > Run All Cells checks everything again."):  # fmt: skip
        assert due in text
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)")
    assert "last time" not in shown(capsys, "best_D") and "passed" in shown(capsys, "best_D")


def test_an_answer_that_was_changed_since_does_not_count(shell, capsys):
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)", BEST_D + "\n")
    assert shown(capsys, "best_D").endswith("passed")
    shell.run(BEST_D.replace("p + q", "q + p"))
    assert shown(capsys, "best_D").endswith("passed, changed since")
    assert "0 of 6 passed" in said(capsys, check.state, "06")
    shell.restart()
    assert shown(capsys, "best_D").endswith("passed last time, just now")
    shell.run(BEST_D)
    assert shown(capsys, "best_D").endswith("passed last time, just now")
    shell.run(BEST_D.replace("p + q", "q + p"))
    assert shown(capsys, "best_D").endswith("passed last time, just now, changed since")


def test_a_fresh_notebook_run_from_top_to_bottom_takes_nothing_away(shell, capsys, tmp_path):
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)", 'check.quiz("06-q1", "abd")')
    shell.restart()
    for _ in range(2):
        shell.run(IMPORTS, STUB, "check.best_D(best_D)", 'check.quiz("06-q1", "")')
    assert "not yet (passed just now)" in shown(capsys, "best_D")
    assert "not yet" in shown(capsys, "06-q1")
    check.hand_in("me", folder=tmp_path)
    sources = [cell["source"] for cell in json.loads((tmp_path / "hand_in_06_me.ipynb").read_text())["cells"]]
    assert BEST_D in sources and STUB not in sources and 'check.quiz("06-q1", "abd")' in sources
    shell.restart()
    assert "passed last time" in shown(capsys, "best_D") and "passed with abd last time" in shown(capsys, "06-q1")


def test_the_library_s_version_is_not_taken_for_the_student_s(shell, capsys):
    shell.run(IMPORTS, STUB, "check.best_D(best_D)", "def best_D(p, q):\n    return p / (p + q)")
    capsys.readouterr()
    shell.run("check.best_D(best_D)")
    text = capsys.readouterr().out
    assert "marked 06-1 again" in text and "passed" not in text
    shell.restart()
    assert shown(capsys, "best_D").endswith("not yet")
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)")
    assert shown(capsys, "best_D").endswith("passed")


def test_the_file_to_hand_in_holds_what_was_kept(shell, capsys, tmp_path):
    helper = "def half(x):\n    return x / 2"
    shell.run(IMPORTS, helper, BEST_D, "check.best_D(best_D)", LOSS_G, "check.loss_G(loss_G)")
    shell.run('check.quiz("06-q3", "ab")')
    assert [one.id for one in kept.records()] == ["06", "06", "06-1", "06-3", "06-q3"]  # each cell once
    shell.restart()
    newer = BEST_D.replace("p + q", "q + p")
    shell.run(newer)
    text = said(capsys, check.hand_in, "Ann", folder=tmp_path)
    assert "with 06-1, 06-3, 06-q3" in text and "last time: 06-3\n" in text and "06-q1" in text
    data = (tmp_path / "hand_in_06_Ann.ipynb").read_bytes()
    about = json.loads(data)["metadata"]["ganlib"]
    assert about == {"student": "Ann", "answers": ["06-1", "06-3"], "quizzes": {"06-q3": "ab"}}
    cells = parse.read(data).cells
    assert [cell.source for cell in cells] == [IMPORTS, helper, newer, LOSS_G, 'check.quiz("06-q3", "ab")']
    answers = answer_cells(cells, "06-1")
    assert [cell.source for cell in answers] == [newer]
    assert list(remarks(cells, answers, check.best_D.exercise, "pass", Told())) == []


def test_a_year_of_scratch_cells_does_not_make_a_file_that_the_grader_refuses(shell, tmp_path):
    scratch = [Record("06", source=f"x = {number}") for number in range(parse.MOST_CELLS + 10)]
    kept.add([*scratch, Record("06-1", "passed", source=BEST_D)])
    check.hand_in("me", folder=tmp_path)
    sources = [cell.source for cell in parse.read((tmp_path / "hand_in_06_me.ipynb").read_bytes()).cells]
    assert BEST_D in sources and scratch[-1].source in sources


def test_handing_in_right_after_a_restart_knows_its_notebook(shell, capsys, tmp_path):
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)")
    shell.restart()
    assert "hand_in_06_a.ipynb" in said(capsys, check.hand_in, "a", folder=tmp_path)
    kept.add([Record("05-1", "passed", source=BEST_D.replace("06-1", "05-1"))])
    with pytest.raises(ValueError, match="which"):
        check.hand_in("b", folder=tmp_path)
    assert "hand_in_05_b.ipynb with 05-1" in said(capsys, check.hand_in, "b", folder=tmp_path, number="05")
    shell.history_manager.input_hist_raw.append('check.state("06")')
    assert "hand_in_06_c.ipynb" in said(capsys, check.hand_in, "c", folder=tmp_path)


def test_where_nothing_is_known_it_says_what_to_do(shell, capsys, monkeypatch):
    assert "Run > Run All Cells checks everything again" in said(capsys, check.state, "06")
    monkeypatch.setattr("ganlib.runtime.in_colab", lambda: True)
    assert "Runtime > Run all checks everything again" in said(capsys, check.state, "06")


def test_another_working_folder_does_not_move_the_file(shell, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)")
    assert (tmp_path / NAME).is_file() and not list((tmp_path / "elsewhere").iterdir())


def test_nothing_is_kept_outside_a_notebook_or_where_it_is_switched_off(shell, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLIB_STATE", "off")
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)")
    monkeypatch.delenv("GANLIB_STATE")
    monkeypatch.delitem(sys.modules, "IPython")
    monkeypatch.chdir(tmp_path)
    check.best_D(lambda p, q: p)
    assert not list(tmp_path.iterdir())


WRITER = """
import sys, types
from ganlib.check import kept
shell = types.SimpleNamespace(user_ns={"_dh": [sys.argv[1]]}, history_manager=types.SimpleNamespace(input_hist_raw=[]))
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
for number in range(300):
    assert kept.add([kept.Record(f"{sys.argv[2]}-{number}", "passed", source="x" * number)])
"""


def test_two_notebooks_in_one_folder_lose_nothing_of_each_other(shell, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    calls = [[sys.executable, "-c", WRITER, str(tmp_path), number] for number in ("06", "09")]
    writers = [subprocess.Popen(call, env=environment) for call in calls]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert {f"{one}-{number}" for one in ("06", "09") for number in range(300)} == set(kept.latest())


def test_a_file_torn_anywhere_loses_no_whole_line(shell, tmp_path, capsys):
    kept.add([Record(f"06-{number}", "passed", source="s\n" * number) for number in (1, 2, 3)])
    whole = (tmp_path / NAME).read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(1, len(whole), 7):
        (tmp_path / NAME).write_bytes(whole[:cut])
        complete = sum(end <= cut for end in ends)
        assert complete <= len(kept.latest()) <= complete + 1
        kept.add([Record("06-4", "wrong")])
        assert "06-4" in kept.latest() and len(kept.latest()) >= complete + 1
        for aside in tmp_path.glob("*.unreadable-*"):
            assert aside.read_bytes() == whole[:cut] and complete == 0
            aside.unlink()
    assert "1 of 3 lines can't be read and are passed over." in capsys.readouterr().out


@pytest.mark.parametrize("foreign", [b"\x00\xff\xfe\n", b"{}", b'[1, 2]\n{"id": 3}', b"My notes\n", b"[" * 100_000])
def test_a_foreign_file_is_set_aside_whole_and_named_once(shell, tmp_path, capsys, foreign):
    (tmp_path / NAME).write_bytes(foreign)
    check.state("06")
    assert capsys.readouterr().out.count(f"{NAME} can't be read") == 1
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)", "check.best_D(best_D)")
    text = capsys.readouterr().out
    assert text.count(f"is now called {NAME}.unreadable-1") == 1 and text.count("passed") == 2
    assert (tmp_path / f"{NAME}.unreadable-1").read_bytes() == foreign
    shell.restart()
    assert "passed last time" in shown(capsys, "best_D")


def test_where_nothing_can_be_written_the_exercise_goes_on(shell, tmp_path, capsys):
    (tmp_path / NAME).mkdir()  # unwritable for an administrator, too
    shell.run(IMPORTS, BEST_D, "check.best_D(best_D)", "check.best_D(best_D)", 'check.quiz("06-q1", "abd")')
    text = capsys.readouterr().out
    assert text.count("can't be written") == 1 and text.count("06-1 best_D: passed") == 2
    assert "06-q1: passed" in text and "2 of" not in text
    assert shown(capsys, "best_D").endswith("passed")
    check.hand_in("me", folder=tmp_path)


def test_values_that_nobody_wrote_do_no_harm(shell, tmp_path, capsys):
    good = {"id": "06-1", "outcome": "passed", "letters": "", "source": "", "when": 0}
    odd = [good | {"when": 1e400}, good | {"when": 10**400}, good | {"id": 7}, good | {"outcome": "brilliant"}]
    (tmp_path / NAME).write_text("\n".join(json.dumps(one) for one in [*odd, good | {"id": "06-2"}]))
    check.state("06")
    assert "06-2   loss_D     passed last time" in capsys.readouterr().out


def test_the_file_stays_small(shell, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "TIDY_FROM", 20_000)
    kept.add([Record("06-2", "wrong", source="first")])
    with (tmp_path / NAME).open("a") as file:
        file.write("a line of somebody else\n")
    for number in range(300):
        kept.add([Record("06-1", "passed", source=f"{number}"), Record("06", source="import torch")])
    assert (tmp_path / NAME).stat().st_size < 40_000
    assert kept.latest()["06-1"].source == "299" and kept.latest()["06-2"].source == "first"
    assert "a line of somebody else" in (tmp_path / NAME).read_text() and len(list(tmp_path.iterdir())) == 1


REAL = [
    IMPORTS, BEST_D, "# NBVAL_CHECK_OUTPUT\ncheck.best_D(best_D)", 'check.quiz("06-q1", "abd")',
    "import os; os.chdir(os.sep)", LOSS_G, "check.loss_G(loss_G)",
]  # fmt: skip


def test_a_real_kernel_that_is_restarted_knows_its_state(tmp_path, monkeypatch):
    manager = pytest.importorskip("jupyter_client.manager")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    (tmp_path / "work").mkdir()
    running, client = manager.start_new_kernel(cwd=str(tmp_path / "work"))

    def run(*cells):
        printed = []
        for cell in cells:
            messages = []
            client.execute_interactive(cell, output_hook=messages.append, timeout=60)
            assert not [message for message in messages if message["msg_type"] == "error"], messages
            printed += [message["content"]["text"] for message in messages if message["msg_type"] == "stream"]
        return "".join(printed)

    try:
        text = run(*REAL, *REAL)
        assert text.count("\x1b[32m✓\x1b[0m 06-1 best_D: passed\n") == 2
        running.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        text = run("from ganlib import check", 'check.state("06")', f'check.hand_in("me", folder={str(tmp_path)!r})')
    finally:
        client.stop_channels()
        running.shutdown_kernel(now=True)
    assert "✓ 06-1   best_D     passed last time" in text and "passed with abd last time" in text
    assert "with 06-1, 06-3, 06-q1\nas they were checked last time: 06-1, 06-3\n" in text
    assert [path.name for path in (tmp_path / "work").iterdir()] == [NAME]
