"""What the course asks of Colab's `output`: a manager for widgets that are not ipywidgets' own.

As in Colab, the kernel's part is a hook on the publisher of display_data. It writes into a widget's metadata where the
page finds the manager. What leaves as execute_result never passes it.
"""

import os

from IPython import get_ipython

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
DEFAULT_URL = os.environ.get("COLAB_WIDGET_MANAGER", "https://colab.invalid/manager.js")
_chosen = {"url": None}


def _name_manager(message):
    """Return the message, in which each widget view names the manager's address."""
    content = message.get("content", {})
    if WIDGET_VIEW in content.get("data", {}):
        of_view = content.setdefault("metadata", {}).setdefault(WIDGET_VIEW, {})
        of_view.setdefault("colab", {})["custom_widget_manager"] = {"url": _chosen["url"]}
    return message


def enable_custom_widget_manager(url=DEFAULT_URL):
    """Name the manager in every widget that is displayed from now on; more than once is as once."""
    if _chosen["url"] is None:
        get_ipython().display_pub.register_hook(_name_manager)
    _chosen["url"] = url


def disable_custom_widget_manager():
    """Name it no more."""
    if _chosen["url"] is not None:
        get_ipython().display_pub.unregister_hook(_name_manager)
    _chosen["url"] = None
