"""Forms of training timed in turns, and the table of their rates."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch.utils.flop_counter import FlopCounterMode

from ganlib.train import Training

BATCH = 64
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


def run_training(trained: Training, steps: int) -> None:
    """Run ganlib's loop as a notebook does, reading the losses every 50 steps."""
    for step in trained.run(steps):
        if step.number % 50 == 0:
            float(step.loss_D), float(step.loss_G)


def step_flops(run: Callable[[int], None]) -> int:
    """Count the operations of one step of convolutions and products, as torch does."""
    with FlopCounterMode(display=False) as counter:
        run(1)
    return counter.get_total_flops()


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
