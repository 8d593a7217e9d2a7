"""A device that is none: tensors that lie in main memory, say that they do not, and are refused where a GPU's would be.

Code for a GPU runs through it unchanged: NumPy cannot read its tensors, they do not mix with those of the CPU, and
whatever is made on the device stays there. Torch knows one device whose tensors nobody but a subclass can fill, `meta`,
and that is what these call themselves; no code of mmgap asks for it by name.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

DEVICE = torch.device("meta")

#: What may take tensors of two devices.
_CARRIERS = (torch.ops.aten.copy_.default, torch.ops.aten._to_copy.default)


class There(torch.Tensor):
    """A tensor of the pretended device; ``inner`` is its content."""

    inner: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> There:
        made = torch.Tensor._make_wrapper_subclass(
            cls, inner.size(), inner.stride(), inner.storage_offset(), dtype=inner.dtype, device=DEVICE
        )
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


class _Pretended(TorchDispatchMode):
    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(function, args, kwargs or {})


def _run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, torch.Tensor)]
    there = [one for one in tensors if isinstance(one, There)]
    here = [one for one in tensors if not isinstance(one, There) and one.dim()]
    if there and here and function not in _CARRIERS:
        raise RuntimeError(f"{function}: expected all tensors to be on the same device")
    asked = kwargs.get("device")
    away = bool(there) if asked is None else asked.type == DEVICE.type
    if asked is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    plain = tree_map(lambda one: one.inner if isinstance(one, There) else one, (args, kwargs))
    found = function(*plain[0], **plain[1])
    known = {id(one.inner): one for one in there}  # what works in place gives back what it was given

    def carried(one: Any) -> Any:
        return (known[id(one)] if id(one) in known else There(one)) if isinstance(one, torch.Tensor) else one

    return tree_map(carried, found) if away else found


class _OneThread:
    """A pool that runs what it is given at once: a dispatch mode belongs to the thread that entered it."""

    def __init__(self, *_: Any, **__: Any) -> None: ...
    def __enter__(self) -> _OneThread:
        return self

    def __exit__(self, *_: Any) -> None: ...

    def submit(self, task: Callable[..., Any], *args: Any) -> concurrent.futures.Future[Any]:
        done: concurrent.futures.Future[Any] = concurrent.futures.Future()
        done.set_result(task(*args))
        return done


@contextmanager
def pretended_device() -> Iterator[torch.device]:
    """Give the device; inside, ``tensor.to(device)`` and factories with ``device=`` make its tensors."""
    made, listed = torch.tensor, torch.Tensor.tolist

    def tensor(value: Any, *, dtype: Any = None, device: Any = None) -> torch.Tensor:
        return made(value, dtype=dtype) if device is None else made(value, dtype=dtype).to(device)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "tensor", tensor)
        patch.setattr(torch.Tensor, "tolist", lambda self: listed(self.inner if isinstance(self, There) else self))
        patch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
        patch.setattr(concurrent.futures, "ThreadPoolExecutor", _OneThread)
        with _Pretended():
            yield DEVICE
