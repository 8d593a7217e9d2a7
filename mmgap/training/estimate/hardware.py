"""What a device has: free memory, and how fast it multiplies, moves and starts kernels."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

#: Seconds that each speed is measured for, at least.
LONG_ENOUGH = 0.1


@dataclass(frozen=True)
class Speed:
    """Of a device.

    Attributes:
        flops: per second, of a large matrix product.
        traffic: bytes per second that a large addition reads and writes.
        kernel: seconds that the smallest kernel takes.
    """

    flops: float
    traffic: float
    kernel: float


def free_memory(device: str) -> int:
    """Return the bytes that can be had now: of the accelerator, or of this machine's memory (or of the container's
    share)."""
    kind = device.split(":")[0]
    if kind == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if kind == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return int(min(_machine(Path("/proc/meminfo")), _container(Path("/sys/fs/cgroup"))))


@functools.cache
def measured_speed(device: str, precision: str) -> Speed:
    """Found now, in less than a second.

    Args:
        device: where.
        precision: of the matrix product: ``float32``, ``bfloat16`` or ``float16``.
    """
    large = device != "cpu"
    side, length = (4096, 1 << 27) if large else (1024, 1 << 23)
    matrix = torch.ones(side, side, device=device, dtype=getattr(torch, precision))
    long, short = torch.ones(length, device=device), torch.ones(64, device=device)
    return Speed(
        flops=2 * side**3 / _seconds(lambda: matrix @ matrix, device),
        traffic=8 * length / _seconds(lambda: long.add_(1), device),
        kernel=_seconds(lambda: short.add_(1), device),
    )


def _seconds(work: Callable[[], object], device: str) -> float:
    """Of one call, on average."""
    finish = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}.get(device.split(":")[0], lambda: None)
    work()
    finish()
    start, calls = time.perf_counter(), 1
    while True:
        for _ in range(calls):
            work()
        finish()
        if (passed := time.perf_counter() - start) > LONG_ENOUGH:
            return passed / (2 * calls - 1)
        calls *= 2


def _machine(meminfo: Path) -> int:
    """Memory that new processes can have, by the kernel's own count; all there is where it has none."""
    if meminfo.is_file():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _container(folder: Path) -> float:
    """What is left of a limit on this container, without end where there is none."""
    limit, used = folder / "memory.max", folder / "memory.current"
    if not (limit.is_file() and used.is_file()) or limit.read_text().strip() == "max":
        return float("inf")
    cached = 0  # files that were read: the kernel drops them when it needs room
    if (statistics := folder / "memory.stat").is_file():
        lines = (line.split() for line in statistics.read_text().splitlines())
        cached = next((int(value) for name, value in lines if name == "inactive_file"), 0)
    return int(limit.read_text()) - int(used.read_text()) + cached
