"""How fast does ganlib train, beside a GAN as tutorials write it, on the same networks, batch size and data?

make bench                                  speed: alternating rounds in one process, medians
make bench ARGS="--quality"                 samples after equal numbers of steps, over several seeds
make bench ARGS="--ensemble"                ten seeds as one batched network, beside one at a time
make bench ARGS="--dcgan"                   the same comparison for a convolutional pair; also with --quality
make bench ARGS="--time-to-quality"         Fréchet distance over seconds, the digits' recipe beside the tutorial's
make bench ARGS="--neighbour"                with a busy program beside it, on torch's threads, one, and the course's
python tools/bench.py --rounds 15 --threads 1
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ganlib import data, models, runtime  # noqa: E402
from ganlib.train import Training  # noqa: E402
from tools.speed.counting import ganlib_flops, tutorial_flops  # noqa: E402
from tools.speed.tutorial import TutorialGAN  # noqa: E402

SIDE, BATCH, Z_DIM = 28, 64, 256
HIDDEN_G, HIDDEN_D = (256, 256, 512, 1024), (512, 256)
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}
TORCH_DEFAULT, COURSE = "highest", "medium"  # precision of float32 products: torch's, and `runtime.setup`'s
PRODUCT = 1024  # side of the matrices whose product is the yardstick


@dataclass
class Form:
    """One way of training: `run(steps)` makes steps of `batch` images; `rates` collects images/s."""

    name: str
    precision: str
    run: Callable[[int], None]
    flops: int
    rates: list[float] = field(default_factory=list)


def pair(seed: int = 0):
    """Return the MLP pair of the comparison, with weights that depend on the seed alone."""
    torch.manual_seed(seed)
    return models.mlp_pair((1, SIDE, SIDE), z_dim=Z_DIM, hidden_G=HIDDEN_G, hidden_D=HIDDEN_D)


def load_images(name: str, device: torch.device) -> data.Dataset:
    """Return 28x28 images on the device; "auto" is MNIST where it has been downloaded, else the offline digits."""
    if name == "auto":
        name = "mnist" if (runtime.cache_folder() / "MNIST" / "raw").is_dir() else "digits"
    return data.load(name, size=SIDE, device=device)


def tutorial(images: data.Dataset, out, seed: int = 0, reuse: bool = False) -> TutorialGAN:
    return TutorialGAN(*pair(seed), images.images, batch_size=BATCH, out=out, reuse=reuse, **ADAM)


def training(images: data.Dataset, seed: int = 0, **options) -> Training:
    settings = {"batch_size": BATCH, "lr_G": ADAM["lr"], "lr_D": ADAM["lr"], "betas": ADAM["betas"]}
    return Training(*pair(seed), images, **settings, **options, seed=seed)


def run_training(trained: Training, steps: int) -> None:
    """Run ganlib's loop as a notebook does, reading the losses every 50 steps."""
    for step in trained.run(steps):
        if step.number % 50 == 0:
            float(step.loss_D), float(step.loss_G)


def make_forms(images: data.Dataset, out) -> list[Form]:
    """Return what is timed: the tutorial's form, and ganlib's in torch's precision, the course's and bfloat16."""
    usual, reusing = tutorial(images, out), tutorial(images, out, reuse=True)
    plain, course = training(images), training(images)
    half, one_pass = training(images, half=True), training(images, half=True, one_pass=True)
    reused = training(images, half=True, one_pass=True, reuse=True)
    flops, flops_reused = (ganlib_flops(plain.G, plain.D, BATCH, reuse) for reuse in (False, True))
    return [
        Form("tutorial", TORCH_DEFAULT, usual.run, tutorial_flops(usual.G, usual.D, BATCH)),
        Form("tutorial, fakes used twice", TORCH_DEFAULT, reusing.run, tutorial_flops(usual.G, usual.D, BATCH, True)),
        Form("ganlib, torch's precision", TORCH_DEFAULT, lambda n: run_training(plain, n), flops),
        Form("ganlib, as the notebooks run", COURSE, lambda n: run_training(course, n), flops),
        Form("ganlib, bfloat16", COURSE, lambda n: run_training(half, n), flops),
        Form("ganlib, bfloat16, D in one pass", COURSE, lambda n: run_training(one_pass, n), flops),
        Form("the same, fakes used twice", COURSE, lambda n: run_training(reused, n), flops_reused),
    ]


def wait(device: torch.device) -> None:
    """Let the device finish what it was given, so that the clock reads the work and not its ordering."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def seconds(work: Callable[[], None], device: torch.device) -> float:
    wait(device)
    started = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - started


def product_rate(device: torch.device, precision: str, repeats: int = 20) -> float:
    """Return the FLOP/s of a square matrix product in float32."""
    torch.set_float32_matmul_precision(precision)
    a, b = torch.randn(2, PRODUCT, PRODUCT, device=device)

    def multiply():
        for _ in range(repeats):
            torch.mm(a, b)

    return 2 * PRODUCT**3 * repeats / seconds(multiply, device)


def measure(forms: list[Form], device: torch.device, rounds: int, steps: int) -> dict[str, list[float]]:
    """Time every form `rounds` times in turns, and the matrix product between them: precision -> FLOP/s."""
    products: dict[str, list[float]] = {TORCH_DEFAULT: [], COURSE: []}
    for number in range(rounds + 1):  # the first round warms up and is not counted
        for precision, rates in products.items():
            rates.append(product_rate(device, precision))
        for form in forms if number % 2 else reversed(forms):
            torch.set_float32_matmul_precision(form.precision)
            form.rates.append(steps * BATCH / seconds(lambda form=form: form.run(steps), device))
    for rates in (*products.values(), *(form.rates for form in forms)):
        del rates[0]
    return products


def report(forms: list[Form], products: dict[str, list[float]]) -> str:
    """Lay the medians out as a table; ratios are taken round by round, so that a slow moment hits both sides."""
    best = max(statistics.median(rates) for rates in products.values())
    first = forms[0]
    heads = ("images/s", 10), ("(range)", 16), ("x tutorial", 12), ("(range)", 14), ("GFLOP/s", 10), ("of product", 12)
    lines = [" " * 32 + "".join(f"{head:>{width}}" for head, width in heads)]
    for form in forms:
        rate = statistics.median(form.rates)
        ratios = [mine / other for mine, other in zip(form.rates, first.rates)]
        flops = rate / BATCH * form.flops
        spread = f"({min(form.rates):,.0f}-{max(form.rates):,.0f})"
        lines.append(
            f"{form.name:<32}{rate:>10,.0f}{spread:>16}{statistics.median(ratios):>12.2f}"
            f"{f'({min(ratios):.2f}-{max(ratios):.2f})':>14}{flops / 1e9:>10.1f}{flops / best:>12.0%}"
        )
    for precision, rates in products.items():
        median = statistics.median(rates) / 1e9
        lines.append(f"{f'{PRODUCT}x{PRODUCT} product, {precision}':<84}{median:>10.1f}{median * 1e9 / best:>12.0%}")
    return "\n".join(lines)


def speed(options: argparse.Namespace, images: data.Dataset, device: torch.device) -> None:
    sizes_G, sizes_D = (Z_DIM, *HIDDEN_G, SIDE**2), (SIDE**2, *HIDDEN_D, 1)
    print(f"G {'-'.join(map(str, sizes_G))}, D {'-'.join(map(str, sizes_D))}, batch {BATCH}, {images}")
    print(f"{options.rounds} rounds of {options.steps} steps, in turns, {runtime.device_name(device)}")
    with open(os.devnull, "w") as out:
        forms = make_forms(images, out)
        products = measure(forms, device, options.rounds, options.steps)
    print(report(forms, products))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quality", action="store_true", help="compare the samples instead of the speed")
    parser.add_argument("--ensemble", action="store_true", help="compare ten seeds as one network with one at a time")
    parser.add_argument("--dcgan", action="store_true", help="compare DCGANs instead of multilayer perceptrons")
    parser.add_argument("--time-to-quality", action="store_true", help="sample quality over seconds of training")
    parser.add_argument("--neighbour", action="store_true", help="what a busy program beside the training costs")
    parser.add_argument(
        "--seconds", type=float, help="how long each trains: with --time-to-quality (60), with --neighbour (6)"
    )
    parser.add_argument("--data", default="auto", help="digits, mnist, …; auto: mnist if it is in the cache")
    parser.add_argument("--device", help="cuda, mps or cpu; the best one there if left out")
    parser.add_argument("--threads", type=int, help="CPU threads of torch")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, help="steps a round (40); with --quality steps a training (2000)")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = runtime.best_device(options.device)
    if options.ensemble:
        from tools.speed.ensemble import ensemble

        return ensemble(options, device, seconds)
    if options.neighbour:
        from tools.speed.neighbour import neighbour

        return neighbour(options)
    if options.time_to_quality:
        options.seconds = options.seconds or 60.0
        from tools.speed.curve import time_to_quality

        return time_to_quality(options, device)
    if options.dcgan:
        from tools.speed import dcgan

        return (
            dcgan.quality(options, device) if options.quality else dcgan.speed(options, device, sys.modules[__name__])
        )
    images = load_images(options.data, device)
    if options.quality:
        from tools.speed.quality import quality

        options.steps = options.steps or 2000
        quality(options, images, tutorial, training)
    else:
        options.steps = options.steps or 40
        speed(options, images, device)


if __name__ == "__main__":
    main()
