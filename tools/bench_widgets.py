"""Time the latent explorer beside `ipywidgets.interact` with a matplotlib figure, on one generator, in one run.

First in this process (state to bytes), then in JupyterLab in a headless Chromium (input event to changed pixels).
Usage: python tools/bench_widgets.py [--repeats 30] [--generator dcgan] [--widget attributes] [--no-browser]
"""

from __future__ import annotations

import argparse
import io
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

GENERATOR = '''
import torch
from ganlib import pretrained
from ganlib.models import mlp_pair

def generator():
    """The shipped digits' generator; one of its shape with random weights where it is missing."""
    try:
        return pretrained.load("digits-mlp")
    except Exception as error:
        print("random weights instead of digits-mlp:", error)
        torch.manual_seed(0)
        return mlp_pair((1, 32, 32), z_dim=64)[0]

class DCGANGenerator(torch.nn.Module):
    """The generator of Radford et al. 2016 for 32x32 images, 64 channels before the last layer, random weights."""

    def __init__(self, z_dim=100, width=64):
        super().__init__()
        self.z_dim = z_dim
        layers, wide = [torch.nn.Unflatten(1, (z_dim, 1, 1))], z_dim
        for step, narrow in enumerate((4 * width, 2 * width, width)):
            layers += [torch.nn.ConvTranspose2d(wide, narrow, 4, 2 if step else 1, 1 if step else 0, bias=False),
                       torch.nn.BatchNorm2d(narrow), torch.nn.ReLU()]
            wide = narrow
        self.layers = torch.nn.Sequential(*layers, torch.nn.ConvTranspose2d(wide, 1, 4, 2, 1), torch.nn.Tanh())

    def forward(self, z):
        return self.layers(z)

def draw_figure(G, value, plt):
    """What tutorials do: 64 axes with one imshow each."""
    z = torch.randn(64, G.z_dim, generator=torch.Generator().manual_seed(0))
    z[:, 0] += value
    with torch.no_grad():
        images = G(z).cpu()
    figure, axes = plt.subplots(8, 8, figsize=(6, 6))
    for image, axis in zip(images, axes.flat):
        axis.imshow(image.permute(1, 2, 0).squeeze(-1), cmap="gray", vmin=-1, vmax=1)
        axis.axis("off")
    return figure
'''
GENERATORS = {"mlp": "generator()", "dcgan": "DCGANGenerator().eval()"}
CELLS = [
    GENERATOR + "G = MAKE",
    "from ganlib.widgets import LatentExplorer\nLatentExplorer(G, n_directions=2)",
    "%matplotlib inline\nimport ipywidgets, matplotlib.pyplot as plt\n"
    "@ipywidgets.interact(value=ipywidgets.FloatSlider(min=-3, max=3, step=0.1))\n"
    "def show(value=0.0):\n    draw_figure(G, value, plt)\n    plt.show()",
]
MIXER = """
import torch
from ganlib import latent
from ganlib.metrics import attributes
from ganlib.models import generate
from ganlib.widgets import AttributeMixer
G, reader = pretrained.load("faces-dcgan"), pretrained.load("faces-attributes")
read = lambda images: attributes.read(reader, images)
z = torch.randn(500, G.z_dim, generator=torch.Generator().manual_seed(0))
directions = latent.mean_differences(z, read(generate(G, z)) > 0.5)
mixer = AttributeMixer(G, directions, attributes.NAMES, read=read, readings=attributes.NAMES)
mixer"""
WIDGETS = {"explorer": ("LatentExplorer", CELLS[1]), "attributes": ("AttributeMixer", MIXER)}
PROBE = """() => {
    window.probe = { at: 0, answers: [] };
    const asked = (event) => { probe.at = event.timeStamp; };
    for (const kind of ['keydown', 'pointermove', 'pointerup']) document.addEventListener(kind, asked, true);
    const answered = () => probe.answers.push(performance.now() - probe.at);
    const canvas = document.querySelector('.ganlib-panel canvas');
    new MutationObserver(answered).observe(canvas, { attributes: true, attributeFilter: ['data-frame'] });
    document.addEventListener('load', (event) => {
        if (event.target.tagName === 'IMG' && !event.target.matches('.ganlib-still')) answered();
    }, true);
}"""


def summary(values: list[float]) -> str:
    """Return median and 95th percentile of milliseconds."""
    ordered = sorted(values)
    late = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return f"median {statistics.median(ordered):7.2f} ms   95th percentile {late:7.2f} ms   (n = {len(ordered)})"


def timed(function) -> float:
    started = time.perf_counter()
    function()
    return 1000 * (time.perf_counter() - started)


def bench_kernel(repeats: int, make: str) -> None:
    """Print milliseconds from a state to the bytes that are sent, alternating between the two ways."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from ganlib.pictures import tile, to_uint8
    from ganlib.widgets import ExplorerState, LatentExplorer
    from ganlib.widgets.base.canvas import pack
    from ganlib.widgets.base.images import faults
    from ganlib.widgets.base.sampler import cpu_threads

    names: dict = {}
    exec(GENERATOR, names)
    G = eval(make, names).eval()
    explorer = LatentExplorer(G, n_directions=2)
    z, sampler = explorer.z, explorer.sampler

    def ours(value: float) -> None:
        pack(explorer.render(ExplorerState((value, 0.0))), 1)

    def theirs(value: float) -> None:
        figure = names["draw_figure"](G, value, plt)
        figure.savefig(io.BytesIO(), format="png")
        plt.close(figure)

    def plain() -> None:
        with torch.no_grad():
            G(z)

    images = sampler(z)

    def assemble() -> None:
        with cpu_threads(1):  # as the widget does
            faults(images)
            pack(tile(to_uint8(images), 8, 8), 1)

    names_of_columns = (
        "G(z) as tutorials call it",
        "forward pass alone",
        "images to bytes",
        "LatentExplorer",
        "interact + matplotlib",
    )
    columns: dict[str, list[float]] = {name: [] for name in names_of_columns}
    for index in range(repeats + 3):
        value = (index % 30) / 10
        row = (
            timed(plain),
            timed(lambda: sampler(z)),
            timed(assemble),
            timed(lambda v=value: ours(v)),
            timed(lambda v=value: theirs(v)),
        )
        if index >= 3:
            for name, milliseconds in zip(columns, row):
                columns[name].append(milliseconds)
    chosen = f"{sampler.threads or torch.get_num_threads()} threads, {'bfloat16' if sampler.half else 'float32'}"
    print(f"kernel, state to bytes, 64 images of {type(G).__name__} on {sampler.device} ({chosen}, chosen by itself)")
    for name, values in columns.items():
        print(f"  {name:26}{summary(values)}")
    plainly, _, ours_apart, _, slow = (statistics.median(values) for values in columns.values())
    print(f"  apart from the forward pass: {ours_apart:.2f} ms and {slow - plainly:.0f} ms, ", end="")
    print(f"{(slow - plainly) / ours_apart:.0f} times")


def bench_mixer(repeats: int) -> None:
    """Print the attribute mixer's milliseconds from a state to the bytes that are sent, its readings included."""
    from ganlib.widgets import AttributeState
    from ganlib.widgets.base.canvas import pack

    names: dict = {}
    exec(GENERATOR + MIXER, names)
    mixer, rest = names["mixer"], (0.0,) * (len(names["directions"]) - 1)
    states = [AttributeState((k % 30 / 10, *rest)) for k in range(repeats + 3)]
    values = [timed(lambda state=state: pack(mixer.render(state), 1)) for state in states]
    print(f"kernel, state to bytes, {mixer!r}\n  AttributeMixer            {summary(values[3:])}")


def answers_to_keys(lab, handle, presses: int) -> list[float]:
    """Press an arrow key, wait for the changed picture, and so on: milliseconds for each."""
    handle.focus()
    values = []
    for index in range(presses + 3):
        lab.page.evaluate("probe.answers.length = 0")
        lab.page.keyboard.press("ArrowRight" if index % 20 < 10 else "ArrowLeft")
        lab.page.wait_for_function("probe.answers.length > 0", polling=5)
        if index >= 3:
            values.append(lab.page.evaluate("probe.answers[0]"))
        lab.page.wait_for_timeout(60)
    return values


def answers_to_drag(lab, handle, moves: int) -> list[float]:
    """Drag with one mouse movement after the other, each waiting for its picture: milliseconds for each."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    values = []
    for index in range(moves):
        lab.page.evaluate("probe.answers.length = 0")
        lab.page.mouse.move(x + (6 * (index % 9) - 24 or 3), y)
        lab.page.wait_for_function("probe.answers.length > 0", polling=5)
        values.append(lab.page.evaluate("probe.answers[0]"))
        lab.page.wait_for_timeout(60)
    lab.page.mouse.up()
    return values[1:]


def storm(lab, handle, seconds: float = 2.0) -> tuple[float, int]:
    """Drag as fast as the browser takes it, let go, and return the time to the last picture and the number shown."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.evaluate("probe.answers.length = 0")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for place in (40, -40, 15, -25):
            lab.page.mouse.move(x + place, y, steps=5)
    lab.page.mouse.move(x + 31, y)
    lab.page.mouse.up()
    shown = lab.page.evaluate("probe.answers.length")
    lab.page.wait_for_timeout(2500)
    after = lab.page.evaluate(f"probe.answers.slice({shown})")
    return max(after, default=0.0), shown


def bench_browser(presses: int, make: str, widget: str) -> None:
    """Print milliseconds from an input event to changed pixels, for both ways in one page."""
    from lab import LabPage, LabServer, handles, launch, write_notebook
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as play:
        server = LabServer(Path(folder)).wait()
        try:
            browser = launch(play)
            name, cell = WIDGETS[widget]
            cells = [CELLS[0].replace("MAKE", make), cell, CELLS[2]]
            write_notebook(server.notebooks / "bench.ipynb", cells)
            page = browser.new_page(viewport={"width": 1280, "height": 2400})
            lab = LabPage(page, server, "bench.ipynb")
            lab.run_all()
            page.wait_for_timeout(1500)
            page.evaluate(PROBE)
            ours = handles(lab.panels.first).first
            theirs = page.locator(".widget-interact .noUi-handle").first
            print("JupyterLab in headless Chromium, input event to changed pixels")
            print(f"  {name}, keys        {summary(answers_to_keys(lab, ours, presses))}")
            print(f"  interact, keys              {summary(answers_to_keys(lab, theirs, max(8, presses // 6)))}")
            print(f"  {name}, mouse       {summary(answers_to_drag(lab, ours, presses))}")
            late, shown = storm(lab, ours)
            print(f"  {name}, 2 s of fast dragging: {shown} frames; the last {late:.0f} ms after letting go")
            late, shown = storm(lab, theirs)
            print(f"  interact, the same: {shown} frames; the last {late:.0f} ms after letting go")
            browser.close()
        finally:
            server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--generator", choices=list(GENERATORS), default="mlp")
    parser.add_argument("--widget", choices=list(WIDGETS), default="explorer")
    parser.add_argument("--no-browser", action="store_true")
    chosen = parser.parse_args()
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    if chosen.widget == "attributes":
        bench_mixer(chosen.repeats)
    else:
        bench_kernel(chosen.repeats, GENERATORS[chosen.generator])
    if not chosen.no_browser:
        bench_browser(chosen.repeats, GENERATORS[chosen.generator], chosen.widget)


if __name__ == "__main__":
    main()
