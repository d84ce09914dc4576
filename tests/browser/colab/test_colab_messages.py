"""The messages that a kernel with Colab's versions sends for every widget of the course, however it is shown."""

import ast
from importlib.metadata import version
from pathlib import Path

import pytest
from colab_contract import breaches, views
from colab_runtime import OVERLAY, ROOT, printed
from widget_gallery import WIDGETS

import ganlib.widgets
from ganlib.widgets.base.panel import Panel

SOURCES = sorted((ROOT / "notebooks" / "source").rglob("*.py"))
WAYS = {
    "last expression": "{0}",
    "display": "display({0})",
    "loop": "for _ in range(2):\n    display({0})",
    "Output": "out = ipywidgets.Output()\ndisplay(out)\nwith out:\n    display({0})",
}


def panels() -> set[str]:
    """Return the names of all widget classes that the course has."""
    classes = {name: getattr(ganlib.widgets, name) for name in ganlib.widgets.__all__}
    return {name for name, kind in classes.items() if isinstance(kind, type) and issubclass(kind, Panel)}


def used(path: Path) -> set[str]:
    """Return the widget classes that a notebook's source names."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return (names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}) & panels()


def test_no_widget_of_any_notebook_is_missing_here():
    assert SOURCES and set().union(*map(used, SOURCES)) <= set(WIDGETS)
    assert panels() == set(WIDGETS)


def test_the_kernel_has_colab_s_versions_and_this_environment_s_torch(runtime):
    wanted = dict(line.split("==") for line in (ROOT / "constraints-colab.txt").read_text().split() if "==" in line)
    names = ("ipython", "ipykernel", "ipywidgets", "jupyter-client")
    code = f"from importlib.metadata import version\nprint(*map(version, {names}))\nimport torch; print(torch.__file__)"
    versions, torch_file = printed(runtime.run(code)).splitlines()
    assert versions.split() == [wanted[name] for name in names]
    assert versions.split()[0] != version("ipython") and not Path(torch_file).is_relative_to(OVERLAY)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", sorted(WIDGETS))
def test_colab_gives_every_widget_a_manager_and_a_static_picture(runtime, made, kind, way):
    messages = runtime.run(WAYS[way].format(made(kind)))
    assert len(views(messages)) == (2 if way in ("loop", "Output") else 1)
    assert breaches(messages, runtime.models) == []


def test_progress_of_a_training_is_no_widget(runtime, made):
    code = "from ganlib.train import progress\nfor _ in progress(training().run(60), 60, label='watched'):\n    pass"
    messages = runtime.run(code)
    assert views(messages) == [], "a dead bar would stand where the notebook is opened again"
    texts = [message["content"]["data"].get("text/plain", "") for message in messages if "data" in message["content"]]
    assert "watched" in printed(messages) + "".join(texts)


def test_a_widget_of_ipywidgets_as_last_expression_keeps_to_it_too(runtime):
    assert breaches(runtime.run("ipywidgets.IntSlider()"), runtime.models) == []
    assert breaches(
        runtime.run(
            "class Bundle:\n    def _repr_mimebundle_(self, **kwargs):\n        return "
            "{'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}}\nBundle()"
        ),
        runtime.models,
    ), "what is returned instead of displayed must be found out"
