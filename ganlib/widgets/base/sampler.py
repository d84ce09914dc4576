"""What every widget does with a generator: run it without disturbing it, and find the directions that change most."""

from __future__ import annotations

import contextlib
import copy
import time
from typing import TypeVar

import torch
from torch import nn

from ganlib.models.generate import Generator

Network = TypeVar("Network", bound=nn.Module)


def evaluating(module: Network, made: dict | None = None) -> Network:
    """Return a twin of `module` in evaluation mode that shares its parameters and buffers, now and later.

    The original's mode is never touched, so that a cell may go on training it on another thread.
    """
    module = getattr(module, "_orig_mod", module)  # torch.compile's wrapper would run the original's own layers
    made = {} if made is None else made
    if id(module) not in made:
        twin = made[id(module)] = copy.copy(module)
        twin.__dict__["training"] = False
        twin.__dict__["_modules"] = {
            name: child if child is None else evaluating(child, made) for name, child in module._modules.items()
        }
    return made[id(module)]


def home(G: nn.Module) -> tuple[torch.device, torch.dtype]:
    """Return the device and the number type of G's parameters; (cpu, float32) if it has none."""
    first = next(iter(G.parameters()), None) if isinstance(G, nn.Module) else None
    return (torch.device("cpu"), torch.float32) if first is None else (first.device, first.dtype)


def draw_z(count: int, z_dim: int, seed: int) -> torch.Tensor:
    """Draw z: (count, z_dim) from a standard normal with a generator of its own, the same on every device."""
    return torch.randn(count, z_dim, generator=torch.Generator().manual_seed(seed))


@contextlib.contextmanager
def own_noise(device: torch.device, seed: int):
    """Let a generator that draws noise inside itself draw the same each time, and put the global generators back."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else [], enabled=True):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            torch.cuda.default_generators[device.index or 0].manual_seed(seed)
        yield


@contextlib.contextmanager
def cpu_threads(count: int | None):
    """Let torch use `count` CPU threads for a while; None leaves it as it is."""
    before = torch.get_num_threads()
    if count in (None, before):
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Sampler:
    """Call a generator as the widgets do: evaluation mode, no gradients, its device, no trace in the global randomness.

    G(z) or, for a conditional one, G(z, y): z (N, z_dim) -> images (N, C, H, W) in [−1, 1].

    Raises:
        TypeError: if G has no `z_dim`.
    """

    def __init__(self, G: Generator):
        if not isinstance(getattr(G, "z_dim", None), int):
            raise TypeError(f"the generator needs an attribute z_dim, the length of its z; {type(G).__name__} has none")
        self.G, self.z_dim = G, G.z_dim
        self.classes: int | None = getattr(G, "classes", None)
        self.twin = evaluating(G) if isinstance(G, nn.Module) else G
        self.threads: int | None = None
        self.half = False
        self.noisy = self._draws_noise()

    def choose_speed(self, z: torch.Tensor, *, enough: float = 0.008, clock=time.perf_counter) -> None:
        """Choose once how to draw z's images on a CPU: on one thread, on torch's usual number, in half precision.

        One thread is taken at once if it needs at most `enough` seconds (half a screen frame): with two, each layer
        waits until both have a core, and while a slider moves the browser needs one of them; a 1 ms network then
        takes 60 ms. Otherwise another way must be a quarter faster. Half precision (bfloat16 by autocast: weights and
        results stay float32) must also give the same images, to two of 256 grey levels.
        The choice is made once, because another one may change the last bits.
        """
        if self.device.type != "cpu":
            return

        def seconds(threads: int, half: bool) -> float:
            self.threads, self.half, needed = threads, half, []
            for _ in range(3):
                started = clock()
                self(z)
                needed.append(clock() - started)
            # several threads are as fast as on a busy machine: their best time is luck
            return min(needed) if threads == 1 else max(needed[1:])

        usual, best, fastest = torch.get_num_threads(), (1, False), seconds(1, False)
        for threads, half in ((usual, False), (None, True)):
            threads = best[0] if threads is None else threads
            if fastest <= enough or (threads, half) == best or (half and not self._half_will_do(z)):
                continue
            needed = seconds(threads, half)
            if needed < 0.75 * fastest:
                best, fastest = (threads, half), needed
        self.threads, self.half = best

    def _half_will_do(self, z: torch.Tensor) -> bool:
        """Say whether half precision shows the same images."""
        images = []
        for self.half in (False, True):
            images.append(self(z).float())
        return bool((images[0] - images[1]).abs().max() <= 2 / 127.5)

    def _draws_noise(self) -> bool:
        """Find out whether G uses the global random numbers even in evaluation mode."""
        with own_noise(self.device, 0):
            before = torch.get_rng_state(), self._cuda_state()
            self._call(draw_z(1, self.z_dim, 0), None)
            return not torch.equal(before[0], torch.get_rng_state()) or not torch.equal(before[1], self._cuda_state())

    def _cuda_state(self) -> torch.Tensor:
        return torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else torch.zeros(0)

    @property
    def device(self) -> torch.device:
        return home(self.G)[0]

    def _call(self, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        device, dtype = home(self.G)
        z = z.to(device, dtype)
        if not self.classes:
            return self.twin(z)
        y = torch.zeros(len(z), dtype=torch.long) if y is None else y
        return self.twin(z, y.to(device))

    @torch.inference_mode()
    def __call__(self, z: torch.Tensor, y: torch.Tensor | None = None, *, seed: int = 0) -> torch.Tensor:
        """Return images (N, C, H, W) for z (N, z_dim) and classes y (N,); `seed` is for noise inside G, if any."""
        noise = own_noise(self.device, seed) if self.noisy else contextlib.nullcontext()
        with noise, cpu_threads(self.threads), torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            images = self._call(z, y)
        if images.ndim != 4 or len(images) != len(z):
            raise ValueError(f"G must return images (N, C, H, W) for z (N, z_dim), not {tuple(images.shape)}")
        return images.float() if self.half else images


@torch.inference_mode()
def sensitivity(sampler: Sampler, *, samples: int = 16, seed: int = 0, step: float = 1e-2) -> torch.Tensor:
    """Estimate E[JᵀJ]: (z_dim, z_dim), J being the derivative of all pixels by z, over z drawn from the prior.

    J comes from central differences of `step`, which need nothing of G but that it can be called.
    A unit step along v changes the image by √(vᵀ E[JᵀJ] v) in root mean square over z, summed over pixels.
    A conditional G is averaged over classes too.
    """
    moves = step * torch.eye(sampler.z_dim)
    total = torch.zeros(sampler.z_dim, sampler.z_dim, dtype=torch.float64)
    for index, z in enumerate(draw_z(samples, sampler.z_dim, seed)):
        y = torch.full((2 * sampler.z_dim,), index % sampler.classes) if sampler.classes else None
        ahead, behind = sampler(torch.cat([z + moves, z - moves]), y).float().flatten(1).chunk(2)
        J_transposed = (ahead - behind) / (2 * step)
        total += (J_transposed @ J_transposed.T).cpu().double()
    return total / samples


def principal_directions(
    sampler: Sampler, count: int, *, samples: int = 16, seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the `count` orthonormal directions (count, z_dim) along which the output changes most, and their shares.

    They are the leading eigenvectors of E[JᵀJ], J = ∂G(z)/∂z, and a share is an eigenvalue over the sum of all.
    Ramesh, Choi and LeCun 2018 take J's singular vectors at one z; averaging JᵀJ over the prior makes one set of
    directions for every image. (GANSpace, Härkönen et al. 2020, gets its own from a PCA of samples instead.)
    Each is turned so that its largest component is positive.
    """
    values, vectors = torch.linalg.eigh(sensitivity(sampler, samples=samples, seed=seed))
    values, vectors = values.flip(0).clamp(min=0), vectors.flip(1).T
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    shares = values / values.sum().clamp(min=1e-30)
    return (vectors * largest.sign())[:count].float(), shares[:count].float()
