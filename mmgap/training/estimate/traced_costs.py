"""What a piece of a training step costs, found by running it on tensors without data.

Torch's fake tensors have shapes and no memory, so the very code that trains is run, at any size, in seconds; what each
kernel would allocate, compute and move is added up. The CPU's kernels are followed: a GPU's keep the same tensors for
the backward pass, but for a few that autocast treats otherwise.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry, sdpa_backward_flop_count, sdpa_flop_count

#: The CPU's attention, which torch's own counter leaves out.
_ATTENTION = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_ATTENTION_BACKWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


@dataclass(frozen=True)
class Cost:
    """Of a piece of work.

    Attributes:
        held: bytes that live between its forward and its backward pass.
        peak: most bytes that live at once; gradients of parameters are left out.
        flops: of matrix products, convolutions and attention; a multiplication and an addition are two.
        traffic: bytes that kernels read and write.
        kernels: how many ran.
    """

    held: float = 0.0
    peak: float = 0.0
    flops: float = 0.0
    traffic: float = 0.0
    kernels: float = 0.0

    def extended(self, deeper: Cost, blocks: int) -> Cost:
        """With ``blocks`` more blocks, each of which costs what ``deeper`` costs beyond this."""
        return Cost(*(own + blocks * (more - own) for own, more in zip(self._all, deeper._all, strict=True)))

    def times(self, count: float) -> Cost:
        """Return the cost of so many, one after the other: work adds up, memory does not."""
        return Cost(self.held, self.peak, count * self.flops, count * self.traffic, count * self.kernels)

    def __add__(self, then: Cost) -> Cost:
        """This and then that, which needs nothing of this."""
        work = (own + more for own, more in zip(self._all[2:], then._all[2:], strict=True))
        return Cost(max(self.held, then.held), max(self.peak, then.peak), *work)

    @property
    def _all(self) -> tuple[float, float, float, float, float]:
        return self.held, self.peak, self.flops, self.traffic, self.kernels


def traced(forward: Callable[[], Tensor], known: Iterable[Tensor], learn: bool) -> Cost:
    """Return the cost of ``forward`` and, where something is learned, of its backward pass.

    Args:
        forward: from nothing to vectors or a loss.
        known: tensors that were there before: parameters, buffers, inputs. The gradients of those that are learned
            are taken to be there, too, as they are from the second chunk of a batch on.
        learn: whether gradients are on.
    """
    known = list(known)
    leaves = [tensor for tensor in known if tensor.requires_grad]
    for leaf in leaves:
        leaf.grad = torch.empty_like(leaf) if learn else None
    meter = Meter([*known, *(leaf.grad for leaf in leaves if leaf.grad is not None)])
    with torch.set_grad_enabled(learn), meter:
        out = forward()
        held = meter.live
        if learn and out.requires_grad:
            out.backward(torch.empty_like(out))
    for leaf in leaves:
        leaf.grad = None
    return Cost(held, meter.peak, meter.flops, meter.traffic, meter.kernels)


class Meter(TorchDispatchMode):
    """Adds up what the kernels within its block allocate, compute and move.

    Args:
        known: tensors whose memory is not counted.

    Attributes:
        live, peak: bytes that live now, and most at once.
        flops, traffic, kernels: see `Cost`.
    """

    def __init__(self, known: Iterable[Tensor] = ()) -> None:
        super().__init__()
        self.live = self.peak = self.flops = self.traffic = self.kernels = 0
        self._known = [tensor.untyped_storage() for tensor in known]
        self._sizes: dict[int, int] = {storage._cdata: 0 for storage in self._known}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if func.namespace == "prim":  # asks for a device, computes nothing
            return out
        made = [tensor for tensor in tree_leaves(out) if isinstance(tensor, Tensor)]
        new = [self._allocated(tensor) for tensor in made]
        if any(new) or func._schema.is_mutable:
            read = [tensor for tensor in tree_leaves((args, kwargs)) if isinstance(tensor, Tensor)]
            self.kernels += 1
            self.traffic += sum(tensor.numel() * tensor.element_size() for tensor in (*made, *read))
            self.flops += self._flops(func._overloadpacket, args, kwargs, out)
        return out

    def _allocated(self, tensor: Tensor) -> bool:
        """Whether it has memory of its own that was not seen yet."""
        storage = tensor.untyped_storage()
        if storage._cdata in self._sizes:
            return False
        self._sizes[storage._cdata] = storage.nbytes()
        self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._freed, storage._cdata)
        return True

    def _freed(self, storage: int) -> None:
        self.live -= self._sizes.pop(storage)

    @staticmethod
    def _flops(kernel: Any, args: Any, kwargs: Any, out: Any) -> int:
        if kernel is _ATTENTION:
            return int(sdpa_flop_count(*(tensor.shape for tensor in args[:3])))
        if kernel is _ATTENTION_BACKWARD:
            return int(sdpa_backward_flop_count(*(tensor.shape for tensor in args[:4])))
        counted = flop_registry.get(kernel)
        return int(counted(*args, **kwargs, out_val=out)) if counted else 0
