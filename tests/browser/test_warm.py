"""The kernel of the first notebook begins with the server, and the page goes on with it."""

import json
import time
import urllib.request

from lab import LabPage, LabServer, write_notebook

WARM = "--ServerApp.jpserver_extensions={'ganlib.warm': True}"


def sessions(server) -> list[dict]:
    with urllib.request.urlopen(f"{server.url}/api/sessions?token={server.token}") as answer:
        return json.load(answer)


def test_the_kernel_is_warm_before_the_page_and_clean(tmp_path, open_page):
    (tmp_path / "notebooks").mkdir()
    notebook = write_notebook(tmp_path / "notebooks" / "first.ipynb", ["import sys\n'torch' in sys.modules"])
    server = LabServer(tmp_path, options=(WARM, str(notebook)))
    try:
        server.wait()
        give_up = time.monotonic() + 60
        while [one["kernel"]["execution_state"] for one in sessions(server)] != ["idle"]:
            assert time.monotonic() < give_up, "the kernel started without a page"
            time.sleep(0.1)
        (before,) = sessions(server)
        assert before["path"] == "first.ipynb"
        lab = LabPage(open_page(), server, "first.ipynb")
        (after,) = sessions(server)
        assert after["kernel"]["id"] == before["kernel"]["id"], "the page has not started a second one"
        printed = lab.run("import sys; print('torch' in sys.modules, [n for n in dir() if n in ('torch', 'ganlib')])")
        assert printed.strip() == "True []"
        lab.run_all()
        assert lab.page.locator(".jp-InputPrompt").first.inner_text() == "[1]:"
        lab.shut_down()
    finally:
        server.close()
