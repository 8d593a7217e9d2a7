"""Several processes that share one encoding: started here, one on each device, or launched with this one.

Each is told its number as torchrun and ``accelerate launch`` tell it, and accelerate says which parts are its own. They
exchange nothing: each keeps its parts in the cache (`mmgap.encoders.encoding_parts`).
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np

from mmgap.core.messages import reason
from mmgap.core.progress import progress_bar
from mmgap.encoders.base import Encoder, EncoderError
from mmgap.encoders.copies import Copies, copies_of
from mmgap.encoders.encoding_parts import Encoding
from mmgap.encoders.weights import no_download

#: Seconds between two looks at how far they are.
LOOK = 0.2


def launched() -> int:
    """Return how many processes torchrun or ``accelerate launch`` started with this one, itself counted."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def processes_of(encoder: Encoder) -> int:
    """Return how many processes share what an encoder encodes: those that were launched, else one on each device."""
    copies = copies_of(encoder)
    return launched() if launched() > 1 or copies is None else len(copies.devices)


def encoded(encoding: Encoding, *, refresh: bool = False) -> dict[str, np.ndarray]:
    """Return `Encoding.joined`, after a process on each device of the encoder has encoded its share of the parts.

    Raises:
        EncoderError: as `Encoding.joined` and `encode_by_processes`.
    """
    copies = copies_of(encoding.encoder)
    if copies is None or launched() > 1 or len(encoding.parts) == 1:
        return encoding.joined(refresh=refresh)
    encode_by_processes(encoding, copies, refresh=refresh)
    return encoding.joined()


def encode_share(encoding: Encoding) -> None:
    """Encode and keep this process's share of the parts, one of several that were launched; the first shows a bar."""
    import torch
    from accelerate import PartialState

    if len(encoding.parts) == 1:  # whoever joins first encodes it, and the others wait
        return
    state = PartialState(cpu=not torch.cuda.is_available())
    with state.split_between_processes(encoding.dealt(state.num_processes)) as parts:
        whole = sum(map(len, parts))
        with progress_bar(total=whole, desc=encoding.what, unit="", disable=not state.is_main_process) as bar:
            encoding.encode(parts, bar.update)


def encode_by_processes(encoding: Encoding, copies: Copies, *, refresh: bool = False) -> None:
    """Start a process on each device, as many as there are parts for, until all parts are kept.

    Raises:
        EncoderError: the encoder or the items cannot be handed to another process; one ended before its time. What is
            kept by then stays.
        Exception: the first that one of them raised.
    """
    import torch
    from accelerate.utils import patch_environment
    from torch import multiprocessing

    count = min(len(copies.devices), len(encoding.parts))
    context = multiprocessing.get_context("spawn")  # after a fork there is no CUDA
    told, failures = context.Array("q", count, lock=False), context.SimpleQueue()  # each counts in a place of its own
    with tempfile.TemporaryDirectory(prefix="mmgap-encoding-") as folder:
        _hand_over(Path(folder), encoding, copies)
        cores = torch.get_num_threads() if copies.devices[0] == "cpu" else os.cpu_count() or 1
        threads = str(max(1, cores // count))
        with patch_environment(world_size=count, local_world_size=count, omp_num_threads=threads):
            started = multiprocessing.start_processes(
                _work, (folder, told, failures, refresh), count, join=False, start_method="spawn"
            )
        with progress_bar(total=len(encoding.items), desc=encoding.what, unit="") as bar:
            lost = _watched(started.processes, told, bar.update)
    if lost is None:
        return
    if not failures.empty():
        raise failures.get()
    raise EncoderError(
        f"{encoding.encoder.name}: process {lost + 1} of {count}, on {copies.devices[lost]}, ended"
        f" {_ending(started.processes[lost].exitcode)} while it encoded {encoding.what}. {encoding.kept()} of"
        f" {len(encoding.parts)} parts are kept, and the same call goes on with the others (pytest: --refresh failed)"
    )


def _watched(processes: Sequence[Any], told: Any, tell: Callable[[int], object]) -> int | None:
    """Wait until all have ended, or one has failed, which is returned; none is left running."""
    working, seen = dict(enumerate(processes)), 0
    try:
        while working:
            wait([process.sentinel for process in working.values()], timeout=LOOK)
            tell((now := sum(told)) - seen)
            seen = now
            for number, process in list(working.items()):
                if process.exitcode:
                    return number
                if process.exitcode == 0:
                    del working[number]
        return None
    finally:
        for process in working.values():
            process.terminate()
        for process in working.values():
            process.join()


def _ending(code: int) -> str:
    """How a process ended, and why it may have."""
    if code < 0:
        return f"by {signal.Signals(-code).name} (the machine may have run out of memory)"
    return f'with status {code} (its words are above; a script begins its work under if __name__ == "__main__":)'


def _hand_over(folder: Path, encoding: Encoding, copies: Copies) -> None:
    """Write what each process needs."""
    try:
        handed = pickle.dumps((replace(encoding, encoder=None), copies))  # type: ignore[arg-type]
    except Exception as error:  # picklers raise nearly every type there is
        raise EncoderError(
            f"{encoding.encoder.name}: its {encoding.what} cannot be shared by several processes ({reason(error)}): take"
            f" one device (--device {copies.devices[0]}), or let their classes and the encoder's factory be of a module"
        ) from error
    (folder / "encoding.pickle").write_bytes(handed)


def _work(number: int, folder: str, told: Any, failures: Any, refresh: bool) -> None:
    """What process ``number`` does."""
    import logging

    from accelerate import PartialState

    os.environ.update(RANK=str(number), LOCAL_RANK=str(number))
    logging.disable(logging.WARNING)  # whoever joins says it once

    def tell(items: int) -> None:
        told[number] += items

    encoding, copies = pickle.loads((Path(folder) / "encoding.pickle").read_bytes())
    try:
        with no_download("another process has it"):
            encoding = replace(encoding, encoder=copies.make(device=copies.devices[number]))
            state = PartialState(cpu=True, init_method=f"file://{folder}/meeting")  # nothing is sent but "here I am"
            with state.split_between_processes(encoding.dealt(state.num_processes)) as parts:
                encoding.encode(parts, tell, refresh=refresh)
            state.destroy_process_group()
    except Exception as error:
        failures.put(_sendable(error))
        raise SystemExit(1) from None


def _sendable(error: Exception) -> Exception:
    """The error, or its words where it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its class makes of being copied
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
