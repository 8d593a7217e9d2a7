"""What each of several processes runs, started by torchrun or ``accelerate launch``: steps, and a whole training.

Takes the spec of an encoder and a folder for what it finds; the cases are `CASES`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from safetensors.torch import save_file

from mmgap.training.checkpoint import Checkpoint
from mmgap.training.distributed import World
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from tests.support import small_trainings as small

#: Losses and chunks of the single steps, in float64.
CASES = {
    "ce": ("ce", None),
    "ce in chunks": ("ce", 2),
    "cyclip+anti": ("cyclip+0.5*anti", None),
    "cyclip+anti in chunks": ("cyclip+0.5*anti", 2),
    "siglip": ("siglip", 3),
    "extra inputs and a tilt, in chunks": ("ce(tilt=0)+0.5*imsep", 2),
}

#: Of the whole training.
RECIPE = Recipe("ce+anti", tuning="full", batch_size=6, epochs=3, rate=1e-3, weight_decay=0.1, chunk=2, keep="best")


def step(spec: str, case: str, world: World) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of one step on a batch of 6, in float64."""
    loss, chunk = CASES[case]
    recipe = Recipe(loss, tuning="full", batch_size=6, chunk=chunk)
    made = small.Prepared(spec, recipe, small.splits(), Path("nowhere"), world)
    return small.gradients(made.trainer(double=True), *made.batch())


def main(spec: str, out: Path, whole: bool) -> None:
    torch.set_num_threads(1)
    world = World.here("cpu")
    told = {"rank": world.rank, "size": world.size, "backend": torch.distributed.get_backend()}
    for case in CASES if whole else list(CASES)[:1]:
        loss, gradients = step(spec, case, world)
        save_file({**gradients, "loss": torch.tensor(loss)}, out / f"{case}{world.rank}.safetensors")
    if whole:
        saves, save = [], Checkpoint.save

        def counted(self: Checkpoint, folder: Path) -> Path:
            saves.append(self.epoch)
            return save(self, folder)

        Checkpoint.save = counted
        told["folder"] = str(trained(spec, small.splits(13), RECIPE, world=world))
        told["saves"] = saves
    (out / f"told{world.rank}.json").write_text(json.dumps(told))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), os.environ.get("MMGAP_TEST_WHOLE") == "1")
