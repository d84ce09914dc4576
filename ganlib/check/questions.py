"""The quiz questions of the course: `check.quiz("06-q1", "letters")` says whether these are the true ones."""

from __future__ import annotations

import textwrap
import time
import tomllib
from importlib.resources import files

from ganlib.check import kept, signs

QUESTIONS: dict[str, dict] = tomllib.loads(files("ganlib.check").joinpath("questions.toml").read_text(encoding="utf-8"))


def of_notebook(number: str) -> list[str]:
    """Return the names of one notebook's questions, such as "06-q1", in order."""
    return [name for name in QUESTIONS if name[:2] == number]


def options_of(name: str) -> dict[str, dict]:
    """Return a question's options by their letters, in order; each has `text`, `right` and `because`."""
    return {chr(ord("a") + place): option for place, option in enumerate(QUESTIONS[name]["option"])}


def as_markdown(name: str) -> str:
    """Return a question with its options as it stands in a notebook."""
    rows = [f"- **{letter}** {option['text']}" for letter, option in options_of(name).items()]
    return "\n".join([f"**Question {name}.** {QUESTIONS[name]['question']}", "", *rows])


def short_question(name: str) -> str:
    """Return the beginning of a question, at most 48 characters."""
    return textwrap.shorten(QUESTIONS[name]["question"], 48, placeholder=" …")


def quiz(name: str, letters: str, explain: bool = False) -> None:
    """Print whether the chosen letters are those of all that is true.

    A wrong choice is explained, and nothing else. All options are explained once the answer is right, or after any
    answer with `explain=True`.

    Raises:
        ValueError: if there is no such question.
    """
    if name not in QUESTIONS:
        raise ValueError(f"there is no question {name!r}; there are: {', '.join(QUESTIONS)}")
    options, chosen = options_of(name), "".join(sorted({letter for letter in letters.lower() if letter.isalnum()}))
    if not chosen:
        signs.say("not yet", f"{name}: not yet. Write the letters of all that is true between the quotes.")
        kept.remember(kept.Record(name, "not yet", when=time.time()))
        return
    if unknown := [letter for letter in chosen if letter not in options]:
        signs.say("error", f"{name}: there is no option {', '.join(unknown)}; choose among {', '.join(options)}.")
        return
    true = "".join(letter for letter, option in options.items() if option["right"])
    outcome = "passed" if chosen == true else "wrong"
    signs.say(outcome, f"{name}: passed" if chosen == true else f"{name}: wrong. {what_is_wrong(chosen, true)}")
    for letter, option in options.items():
        if outcome == "passed" or explain or (letter in chosen and letter not in true):
            print(f"  {letter}) {'true' if option['right'] else 'false'}: {option['because']}")
    kept.remember(kept.Record(name, outcome, letters=chosen, when=time.time()))


def what_is_wrong(chosen: str, true: str) -> str:
    """Say which of the chosen letters are not true, and whether a true one is missing, but not which."""
    false = [letter for letter in chosen if letter not in true]
    if not false:
        return "What you chose is true, but it is not all."
    missing = " Something true is missing, too." if set(true) - set(chosen) else ""
    return f"Look at {' and '.join(false)} again.{missing}"
