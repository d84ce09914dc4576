"""The grader's tables in LibreOffice, where there is one: no student's name becomes a formula."""

import shutil
import subprocess

import pytest
from homework_book import book_of, mark

from ganlib.grading.report import spreadsheet, tables

NAMES = ["=1+1", "x;=1+1", "x,@SUM(1)", 'a;"=1+1', "'=quoted", "''x; '=y", "-1+1", 'a ";" "=1+1;"', 'a";=1+1;"b',
         '";=1+1;', 'x"";=1+1;', ";;=1+1", 'x; " =1+1;y', "x,=1+1,y", '"=1+1', '""=1+1""', "a';=1+1;'b", "\t=1+1",
         "a\r=1+1;=2+2"]  # fmt: skip
OFFICE = shutil.which("soffice")


def formulas(folder, text, separator, trimmed):
    """Return how many cells of a table are formulas when LibreOffice splits at the separators (by their numbers)."""
    (folder / "t.csv").write_text(text, encoding="utf-8")
    how = f"CSV:{separator},34,76,1,,0,false,true,false,false,{trimmed},0,true"  # the last one: evaluate formulas
    subprocess.run(
        [
            OFFICE,
            "--headless",
            f"-env:UserInstallation={(folder / 'office').as_uri()}",
            f"--infilter={how}",
            "--convert-to",
            "fods",
            "--outdir",
            str(folder),
            str(folder / "t.csv"),
        ],
        check=True,
        capture_output=True,
    )
    return (folder / "t.fods").read_text(encoding="utf-8").count("table:formula=")


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")
@pytest.mark.parametrize("separator", ["44", "59", "9", "44/59", "44/59/9"])
@pytest.mark.parametrize("trimmed", ["false", "true"])
def test_no_name_becomes_a_formula_in_libreoffice(tmp_path, monkeypatch, separator, trimmed):
    book = book_of([mark(name, outcome="fail", hint=name, notes=(name, name), file=name) for name in NAMES])
    assert formulas(tmp_path, tables.marks(book), separator, trimmed) == 0
    assert formulas(tmp_path, tables.totals(book, {name: name for name in NAMES}), separator, trimmed) == 0
    monkeypatch.setattr(spreadsheet, "guarded", spreadsheet.plain)
    assert formulas(tmp_path, tables.marks(book), separator, trimmed) > 0 or separator == "9"  # plain texts hold no tab
