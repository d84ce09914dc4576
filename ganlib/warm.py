"""An extension of Jupyter's server: the notebook's kernel starts, and imports the course's needs, before its page does.

`make lab` switches it on. A page takes some three seconds to load; a kernel that begins only then, and a set-up cell
that imports torch, take three more. JupyterLab finds the kernel by the notebook's path and goes on with it.
"""

from __future__ import annotations

import contextlib
from pathlib import PurePath

IMPORT = "exec('import torch, ganlib.plots, ganlib.widgets', {})"  # leaves no name in the notebook


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "ganlib.warm"}]


def _load_jupyter_server_extension(server) -> None:
    """Begin as soon as the server runs."""
    from tornado.ioloop import IOLoop

    if server.file_to_run:
        IOLoop.current().add_callback(_start, server)


async def _start(server) -> None:
    """Start the kernel. Whatever goes wrong, the page starts one itself, as it does without this."""
    with contextlib.suppress(Exception):
        path = PurePath(server._resolve_file_to_run_and_root_dir()).as_posix()
        session = await server.session_manager.create_session(
            path=path, name=PurePath(path).name, type="notebook", kernel_name="python3"
        )
        client = server.kernel_manager.get_kernel(session["kernel"]["id"]).client()
        client.start_channels(iopub=False, stdin=False, hb=False)
        client.execute(IMPORT, silent=True, store_history=False, allow_stdin=False)
        await client.get_shell_msg(timeout=60)
        client.stop_channels()
