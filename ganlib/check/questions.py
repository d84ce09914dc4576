"""The quiz questions of the course: `check.quiz("06-q1", "abd")` says for every option why it is right or wrong."""

from __future__ import annotations

import tomllib
from importlib.resources import files

QUESTIONS: dict[str, dict] = tomllib.loads(files("ganlib.check").joinpath("questions.toml").read_text(encoding="utf-8"))


def options_of(name: str) -> dict[str, dict]:
    """Return a question's options by their letters, in order; each has `text`, `right` and `because`."""
    return {chr(ord("a") + place): option for place, option in enumerate(QUESTIONS[name]["option"])}


def as_markdown(name: str) -> str:
    """Return a question with its options as it stands in a notebook."""
    rows = [f"- **{letter}** {option['text']}" for letter, option in options_of(name).items()]
    return "\n".join([f"**Question {name}.** {QUESTIONS[name]['question']}", "", *rows])


def quiz(name: str, letters: str) -> None:
    """Print whether the chosen options, such as "abd", are the right ones, and why for each.

    Raises:
        ValueError: if there is no such question.
    """
    if name not in QUESTIONS:
        raise ValueError(f"there is no question {name!r}; there are: {', '.join(QUESTIONS)}")
    options, chosen = options_of(name), {letter for letter in letters.lower() if letter.isalnum()}
    if not chosen:
        print(f'{name}: not yet. Write the letters of what is true between the quotes, as in check.quiz("{name}", "a")')
        return
    if unknown := sorted(chosen - set(options)):
        print(f"{name}: there is no option {', '.join(unknown)}; choose among {', '.join(options)}.")
        return
    wrong = [letter for letter, option in options.items() if option["right"] != (letter in chosen)]
    print(f"{name}: passed" if not wrong else f"{name}: not quite, look at {' and '.join(wrong)}")
    for letter, option in options.items():
        print(f"  {letter}) {'true' if option['right'] else 'false'}: {option['because']}")
