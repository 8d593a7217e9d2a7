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

from mmgap.core.messages import reason
from mmgap.core.progress import progress_bar
from mmgap.encoders.base import Encoder, EncoderError
from mmgap.encoders.copies import Copies, copies_of
from mmgap.encoders.encoding_parts import Encoding
from mmgap.encoders.weights import no_download

#: Seconds between two looks at how far they are.
LOOK = 0.2

#: The file that a process finds in its folder: what to encode, and how to come by the encoder.
HANDED = "encodings.pickle"


def launched() -> int:
    """Return how many processes torchrun or ``accelerate launch`` started with this one, itself counted."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def processes_of(encoder: Encoder) -> int:
    """Return how many processes share what an encoder encodes: those that were launched, else one on each device."""
    copies = copies_of(encoder)
    return launched() if launched() > 1 or copies is None else len(copies.devices)


def share(encodings: Sequence[Encoding], *, refresh: bool = False) -> bool:
    """Encode and keep the parts of encodings by one encoder in several processes, and return whether that was done.

    It is where the encoder has several devices, or several processes were launched, and one of the encodings has more
    than one part. A launched process does its own share; what others have not done then is found, or done, by whoever
    joins the parts. With ``refresh`` launched processes share nothing, as what one has made anew the next would, too.

    Raises:
        EncoderError: as `encode_by_processes`.
    """
    due = [encoding for encoding in encodings if len(encoding.parts) > 1]
    if not due or (launched() > 1 and refresh):
        return False
    if launched() > 1:
        for encoding in due:
            encode_share(encoding)
        return True
    if (copies := copies_of(due[0].encoder)) is None:
        return False
    encode_by_processes(due, copies, refresh=refresh)
    return True


def encode_share(encoding: Encoding) -> None:
    """Encode and keep this process's share of the parts, one of several that were launched; the first shows a bar."""
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available())
    with state.split_between_processes(encoding.dealt(state.num_processes)) as parts:
        whole = sum(map(len, parts))
        with progress_bar(total=whole, desc=encoding.what, unit="", disable=not state.is_main_process) as bar:
            encoding.encode(parts, bar.update)


def encode_by_processes(encodings: Sequence[Encoding], copies: Copies, *, refresh: bool = False) -> None:
    """Start a process on each device, as many as there are parts for, until all parts are kept.

    Args:
        encodings: by one encoder.
        copies: of it.
        refresh: encode again what is kept.

    Raises:
        EncoderError: the encoder or the items cannot be handed to another process; one ended before its time. What is
            kept by then stays.
        Exception: the first that one of them raised.
    """
    import torch
    from accelerate.utils import patch_environment
    from torch import multiprocessing

    name, what = encodings[0].encoder.name, " and ".join(encoding.what for encoding in encodings)
    count = min(len(copies.devices), max(len(encoding.parts) for encoding in encodings))
    context = multiprocessing.get_context("spawn")  # after a fork there is no CUDA
    told, failures = context.Array("q", count, lock=False), context.SimpleQueue()  # each counts in a place of its own
    with tempfile.TemporaryDirectory(prefix="mmgap-encoding-") as folder:
        try:
            handed = pickle.dumps(([replace(one, encoder=None) for one in encodings], copies))  # type: ignore[arg-type]
        except Exception as error:  # picklers raise nearly every type there is
            raise EncoderError(
                f"{name}: its {what} cannot be handed to other processes ({reason(error)}): take one device (--device"
                f" {copies.devices[0]}), or let their class and the encoder's factory be of a module"
            ) from error
        Path(folder, HANDED).write_bytes(handed)
        cores = torch.get_num_threads() if copies.devices[0] == "cpu" else os.cpu_count() or 1
        threads = str(max(1, cores // count))
        with patch_environment(world_size=count, local_world_size=count, omp_num_threads=threads):
            started = multiprocessing.start_processes(
                _work, (folder, told, failures, refresh), count, join=False, start_method="spawn"
            )
        with progress_bar(total=sum(len(one.items) for one in encodings), desc=what, unit="") as bar:
            lost = _watched(started.processes, told, bar.update)
    if lost is None:
        return
    if not failures.empty():
        raise failures.get()
    kept, parts = sum(one.kept() for one in encodings), sum(len(one.parts) for one in encodings)
    raise EncoderError(
        f"{name}: process {lost + 1} of {count}, on {copies.devices[lost]}, ended"
        f" {_ending(started.processes[lost].exitcode)} while it encoded {what}. {kept} of {parts} parts are kept, and"
        " the same call goes on with the others (pytest: --refresh failed)"
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


def _work(number: int, folder: str, told: Any, failures: Any, refresh: bool) -> None:
    """What process ``number`` does."""
    import logging
    import multiprocessing

    from accelerate import PartialState

    os.environ.update(RANK=str(number), LOCAL_RANK=str(number))
    logging.disable(logging.WARNING)  # whoever joins says it once

    def tell(items: int) -> None:
        told[number] += items
        if (parent := multiprocessing.parent_process()) is not None and not parent.is_alive():
            raise SystemExit(1)  # nobody waits for the rest

    encodings, copies = pickle.loads(Path(folder, HANDED).read_bytes())
    try:
        with no_download("another process has it"):
            encoder = copies.make(device=copies.devices[number])
            state = PartialState(cpu=True, init_method=f"file://{folder}/meeting")  # nothing is sent but "here I am"
            for encoding in encodings:
                with state.split_between_processes(encoding.dealt(state.num_processes)) as parts:
                    replace(encoding, encoder=encoder).encode(parts, tell, refresh=refresh)
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
