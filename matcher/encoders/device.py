"""The device on which PyTorch computes, where one is asked for."""

from importlib.util import find_spec
from typing import Any

from matcher.arrays import Floats32
from matcher.errors import ConfigError


def open_device(name: str) -> str:
    """Return the device that "auto", "cpu" or "cuda" means on this machine; "cuda" is refused without one."""
    is_there = False
    if name != "cpu" and find_spec("torch"):
        import torch

        is_there = torch.cuda.is_available()
    if name == "cuda" and not is_there:
        raise ConfigError("device must be one that PyTorch finds here; got cuda. Choose auto or cpu.")
    return "cuda" if is_there else "cpu"


def moved(matrix: Floats32, device: str) -> Any:
    """Return a matrix as a tensor on a device."""
    import torch

    return torch.from_numpy(matrix).to(device)
