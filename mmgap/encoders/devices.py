"""The devices that an encoder is asked to run on: one, or a process on each of several."""

from __future__ import annotations

from mmgap.encoders.base import EncoderError

#: What stands for every GPU that torch sees.
ALL_CARDS = "cuda:all"


def devices_of(asked: str) -> tuple[str, ...]:
    """Return the devices that ``asked`` names, a process on each: ``"cuda"``, ``"cuda:0,cuda:1"``, ``"cuda:all"``.

    The first is where all else than a large encoding runs. A device that is named twice gets two processes.
    ``"cuda:all"`` is every card that torch sees (``CUDA_VISIBLE_DEVICES`` says which), ``"cuda"`` where it sees none,
    so that whoever needs one says that it is not there.

    Raises:
        EncoderError: an empty name; devices of more than one kind, whose vectors differ in their last digits.

    >>> devices_of("cpu"), devices_of("cuda:0, cuda:2")
    (('cpu',), ('cuda:0', 'cuda:2'))
    """
    if asked == ALL_CARDS:
        import torch

        return tuple(f"cuda:{k}" for k in range(torch.cuda.device_count())) or ("cuda",)
    found = tuple(name.strip() for name in asked.split(","))
    if not all(found):
        raise EncoderError(f"no device between commas, or none behind the last one: got {asked!r}")
    if len({name.partition(":")[0] for name in found}) > 1:
        raise EncoderError(
            f"devices must be of one kind, as cuda:0,cuda:1, got {asked!r}: their vectors differ in the last digits"
        )
    return found
