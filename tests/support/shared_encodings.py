"""An encoder that writes down which texts and pictures each process asks it for, and may die or fail on the way."""

import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from mmgap.datasets import Dataset
from mmgap.encoders.copies import Copies, keep_copies
from mmgap.encoders.embed import embed
from tests.support import small_models


class Noted:
    """Two numbers an item; ``folder`` has a line of JSON for each call: process, modality, items.

    Args:
        end: what happens instead of a call of a process, ``"kill:RANK:CALL"``, ``"exit:RANK:CALL"`` or
            ``"raise:RANK:CALL"``; ``"meet"``: of each modality a process encodes nothing before a second one begins to;
            ``"held"``: each call begins a file and waits until there is one called ``go``.
    """

    name = "noted"

    def __init__(self, folder, end="", device="cpu"):
        self.folder, self.end, self.device, self.calls, self.texts_cut = Path(folder), end, device, 0, 0

    def fingerprint(self, modality=None):
        return {"encoder_family": "noted"}

    def logit_scale(self):
        return None

    def items_a_batch(self, modality):
        return 1

    def encode_images(self, images):
        return self._noted("image", [list(image.size) for image in images])

    def encode_texts(self, texts):
        self.texts_cut = sum(len(text) > 30 for text in texts)
        return self._noted("text", [[len(text), sum(map(ord, text))] for text in texts])

    def _noted(self, modality, items):
        self.calls += 1
        how, _, when = self.end.partition(":")
        if when == f"{os.environ.get('RANK', '0')}:{self.calls}":
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if how == "exit":
                os._exit(3)
            raise ValueError(f"call {self.calls} cannot be")
        if self.end in ("meet", "held"):
            (self.folder / f"{os.getpid()}.{modality}").touch()
            waited_for, count = (f"*.{modality}", 2) if self.end == "meet" else ("go", 1)
            until(lambda: len(list(self.folder.glob(waited_for))) >= count)
        with (self.folder / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps({"rank": os.environ.get("RANK"), "modality": modality, "items": items}) + "\n")
        return np.array(items, dtype=np.float32)

    def noted(self):
        """Return what all processes wrote down."""
        return [json.loads(line) for file in sorted(self.folder.glob("*.jsonl")) for line in file.open()]


def until(true):
    """Wait for what others do, a minute at most."""
    latest = time.monotonic() + 60
    while not true():
        assert time.monotonic() < latest, "it did not come about"
        time.sleep(0.01)


def on_two(folder, end=""):
    """Return the encoder for two processes on the CPU."""
    encoder = Noted(folder, end)
    keep_copies(encoder, Copies(partial(Noted, folder, end), ("cpu", "cpu")))
    return encoder


def data(images=600, captions_each=1):
    """Return pictures and texts of many sizes; some texts are longer than `Noted` reads."""
    pictures = small_models.images(5)
    return Dataset(
        name="made-up",
        split="test",
        revision="1",
        image_ids=tuple(map(str, range(images))),
        images=[pictures[k % 5] for k in range(images)],
        captions=tuple(f"{k} {'x' * (7 * k % 37)}" for k in range(images * captions_each)),
        owner=np.repeat(np.arange(images), captions_each),
    )


if __name__ == "__main__":  # one of several processes, or one that is killed: FOLDER [END [two]]
    from tests.support import shared_encodings  # whose classes other processes find

    made = shared_encodings.on_two if "two" in sys.argv else shared_encodings.Noted
    found = embed(made(*sys.argv[1:3]), data())
    np.savez(Path(sys.argv[1]) / f"found{os.environ.get('RANK', '')}.npz", images=found.images, texts=found.texts)
