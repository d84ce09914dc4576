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
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ganlib import runtime  # noqa: E402


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

        return ensemble(options, device)
    if options.neighbour:
        from tools.speed.neighbour import neighbour

        return neighbour(options)
    if options.time_to_quality:
        options.seconds = options.seconds or 60.0
        from tools.speed.curve import time_to_quality

        return time_to_quality(options, device)
    if options.dcgan:
        from tools.speed import dcgan

        return dcgan.quality(options, device) if options.quality else dcgan.speed(options, device)
    from tools.speed import mlp

    return mlp.quality(options, device) if options.quality else mlp.speed(options, device)


if __name__ == "__main__":
    main()
