"""A stand-in for Apple's GPU: tensors that say they lie on `mps`, and refuse what that device refuses.

They compute on the CPU. Refused are float64, operations that mix them with tensors of the CPU, `.numpy()`, random
streams of another device, and the factorisations that torch has no kernel for there.
"""

from __future__ import annotations

import contextlib

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

MPS, META = torch.device("mps"), torch.device("meta")
WIDE = torch.float64, torch.complex128
# of torch 2.6, the oldest that the course takes, or of every torch so far
LACKING = (
    "linalg_qr", "_linalg_eigh", "linalg_lstsq", "kthvalue", "_upsample_bilinear2d_aa", "special_log_ndtr",
    "special_ndtri",
)  # fmt: skip
MAKE, Generator = torch.Tensor._make_wrapper_subclass, torch.Generator


class RefusedError(RuntimeError):
    """What Apple's GPU does not do."""


class OnDevice(torch.Tensor):
    """A tensor of the stand-in device; `inside` holds its numbers on the CPU."""

    @staticmethod
    def __new__(cls, inside: torch.Tensor):
        if inside.dtype in WIDE:
            raise RefusedError("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support it")
        return MAKE(
            cls,
            inside.shape,
            strides=inside.stride(),
            storage_offset=inside.storage_offset(),
            dtype=inside.dtype,
            device="meta",
        )

    def __init__(self, inside: torch.Tensor):
        self.inside = inside

    device = property(lambda self: MPS)
    is_mps = property(lambda self: True)
    is_meta = is_cpu = is_cuda = property(lambda self: False)

    def numpy(self, **_):
        raise TypeError("can't convert mps:0 device type tensor to numpy. Use Tensor.cpu() first")

    def __array__(self, dtype=None):
        return self.numpy()

    def tolist(self):
        return self.cpu().tolist()

    def cpu(self):
        return self.to("cpu")

    def __deepcopy__(self, memo):
        copied = self.detach().clone().requires_grad_(self.requires_grad)
        copied.__dict__.update({name: value for name, value in vars(self).items() if name != "inside"})
        memo[id(self)] = copied
        return copied

    def __repr__(self):
        return f"OnDevice({self.inside!r})"

    def __format__(self, form):
        return format(self.item(), form) if self.ndim == 0 else repr(self)

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return computed(func, args, kwargs or {})


class DeviceGenerator(Generator):
    """A random stream of the stand-in device, or of another."""

    def __new__(cls, device="cpu"):
        made = super().__new__(cls)
        made.there = is_mps(device)
        return made

    def __init__(self, device="cpu"):
        super().__init__()

    device = property(lambda self: MPS if self.there else torch.device("cpu"))


def computed(func, args, kwargs):
    """Do an operation on the CPU, and put its results on the device that they belong to."""
    name = func._schema.name.removeprefix("aten::").removesuffix("_out")
    tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor)]
    mine = [x for x in tensors if isinstance(x, OnDevice)]
    asked = kwargs.get("device")
    there = asked.type in ("mps", "meta") if asked is not None else bool(mine)
    if there and kwargs.get("dtype") in WIDE:
        raise RefusedError(f"{name}: the MPS framework doesn't support float64")
    if mine and name.startswith(LACKING):
        raise RefusedError(f"The operator '{func._schema.name}' is not currently implemented for the MPS device")
    pools = mine and "adaptive" in name and "backward" not in name
    if pools and any(a % b for a, b in zip(mine[0].shape[-2:], args[1])):
        raise RefusedError(f"{name}: MPS: input sizes must be divisible by output sizes")
    if mine and name not in ("copy_", "_to_copy", "set_"):
        refuse_mixing(name, args, kwargs)
    if asked is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    plain = tree_map(lambda x: x.inside if isinstance(x, OnDevice) else x, (args, kwargs))
    found = func(*plain[0], **plain[1])
    return tree_map(lambda x: back(x, tensors, there), found)


def back(x, given: list[torch.Tensor], there: bool):
    """Return a result on its device: the very tensor that was given, if the operation wrote into that."""
    if not isinstance(x, torch.Tensor):
        return x
    for one in given:
        if x is one or isinstance(one, OnDevice) and one.inside is x:
            return one
    return OnDevice(x) if there and not isinstance(x, OnDevice) else x


def refuse_mixing(name: str, args, kwargs) -> None:
    """Raise if tensors of the CPU stand beside the device's: only single numbers and indices may."""
    loose = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor) and not isinstance(x, OnDevice)]
    if name in ("index", "index_put", "index_put_", "_index_put_impl_") and isinstance(args[0], OnDevice):
        loose = [x for x in loose if not any(x is index for index in args[1])]
    for x in loose:
        if x.ndim:
            raise RefusedError(f"{name}: Expected all tensors to be on the same device, but found cpu and mps:0")


class Device(TorchDispatchMode):
    """While it is on, what is made on or moved to `mps` is the stand-in's."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return computed(func, args, kwargs or {})


class Names(TorchFunctionMode):
    """Calls the stand-in's device `meta` for torch, which refuses `mps` where there is none."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        stream, inputs = kwargs.get("generator"), tree_flatten((args, kwargs))[0]
        there = is_mps(kwargs.get("device")) or any(isinstance(x, OnDevice) for x in inputs)
        if isinstance(stream, DeviceGenerator) and stream.there != there:
            raise RefusedError(f"Expected a 'mps:0' generator device but found 'cpu' ({func.__name__}), or vice versa")
        if func in (torch.tensor, torch.as_tensor) and is_mps(kwargs.get("device")):
            kwargs = {name: value for name, value in kwargs.items() if name != "device"}
            if kwargs.get("dtype") in WIDE:
                raise RefusedError("Cannot convert a MPS Tensor to float64 dtype")
            return func(*args, **kwargs).to(torch.device("meta"))
        args, kwargs = tree_map(lambda x: META if is_mps(x) else x, (args, kwargs))
        return func(*args, **kwargs)


def is_mps(x) -> bool:
    """Say whether an argument names the stand-in's device."""
    return isinstance(x, str | torch.device) and str(x).split(":")[0] == "mps"


@contextlib.contextmanager
def apple():
    """Let tensors be made on `mps` for a while."""
    torch.Generator = DeviceGenerator
    try:
        with Device(), Names():
            yield MPS
    finally:
        torch.Generator = Generator
