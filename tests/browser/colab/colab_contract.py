"""What Colab needs of the messages that a cell sends, so that its widgets are seen there."""

from __future__ import annotations

from html.parser import HTMLParser

from colab_runtime import WIDGET_VIEW, Models


class Images(HTMLParser):
    """Collect the attributes of all images of an HTML text."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes))


def views(messages: list[dict]) -> list[dict]:
    """Return the messages that carry a widget view."""
    return [message for message in messages if WIDGET_VIEW in message["content"].get("data", {})]


def manager_of(message: dict) -> str | None:
    """Return the address of the manager that a widget view's metadata name."""
    of_view = message["content"]["metadata"].get(WIDGET_VIEW, {})
    return of_view.get("colab", {}).get("custom_widget_manager", {}).get("url")


def is_still(message: dict) -> bool:
    """Say whether a message is a static picture with words for those who can't see it."""
    if message["msg_type"] != "display_data":
        return False
    images = Images(message["content"]["data"].get("text/html", "")).found
    return any(
        "ganlib-still" in image.get("class", "").split()
        and image.get("src", "").startswith("data:image/")
        and bool((image.get("alt") or "").strip())
        for image in images
    )


def breaches(messages: list[dict], models: Models) -> list[str]:
    """Say what Colab would not show as it should, in words; nothing if all is well."""
    found = []
    displayed = [message for message in messages if message["msg_type"] in ("display_data", "execute_result")]
    for number, message in enumerate(displayed):
        if message not in views([message]):
            continue
        if message["msg_type"] == "execute_result":
            found.append("a widget leaves as execute_result: Colab gives it no manager")
        if not manager_of(message):
            found.append("a widget's metadata name no manager")
        model = message["content"]["data"][WIDGET_VIEW]["model_id"]
        ours = model in models and "ganlib-panel" in models[model]["state"].get("_dom_classes", ())
        if ours and not (number and is_still(displayed[number - 1])):
            found.append("no static picture with an alternative text comes before a widget")
    return found
