"""``mmgap train``: an encoder of one's own, trained by the same code as the experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.core.defaults import RESIZE
from mmgap.rows.cell import Cell


def train(
    encoder: Annotated[str, typer.Option(help="What training starts from, as two-towers:mobilenet-v2,minilm,random.")],
    dataset: Annotated[str, typer.Option(help="Whose train split is trained on, its validation split watched.")],
    out: Annotated[Path, typer.Option(help="Folder of the trained encoder, for trained:FOLDER.")],
    loss: Annotated[str, typer.Option(help="Sum of terms, as ce+0.5*anti.")] = "ce",
    recipe: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE[,…] where not as usual: epochs, rate, tuning … (repeatable).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of order, new weights and dropout.")] = 0,
    device: Annotated[str, typer.Option(help="Where: cpu, cuda …")] = "cpu",
    prompt: Annotated[str | None, typer.Option(help="Template around the captions; '{}' for none.")] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Pixels a side of prepared pictures; 224, or as many as the encoder reads.")
    ] = None,
    resize: Annotated[str, typer.Option(help="How pictures become square: crop, squash, pad, none.")] = RESIZE,
    refresh: Annotated[bool, typer.Option("--refresh", help="Train anew what was trained before.")] = False,
) -> None:
    """Train an encoder; what was trained before, by this or by pytest, is taken from the cache.

    A call that was stopped goes on where it was; --out appears as a whole, when all is done.

    On several devices: torchrun --nproc-per-node 8 -m mmgap train … (or accelerate launch -m mmgap train …).
    """
    with one_line_errors():
        from mmgap import losses
        from mmgap.cli.epoch_lines import EpochLines
        from mmgap.core.progress import say
        from mmgap.encoders.model_options import Options, require_device
        from mmgap.harness.cell_inputs import CellInputs
        from mmgap.training.copy_out import copy_out, require_place, there_already
        from mmgap.training.distributed import World
        from mmgap.training.estimate.refused_trainings import check_room
        from mmgap.training.recipe import Recipe, recipe_values
        from mmgap.training.run import trained, training_folder

        require_place(out)
        require_device(Options(device).device)
        values = recipe_values(recipe or [])
        typed = Recipe.of(values, loss="ce").to_dict()
        view = {"prompt": prompt, "image_size": image_size, "resize": resize}
        variant = {name: typed[name] for name in values} | {n: v for n, v in view.items() if v is not None}
        cell = Cell("train", encoder, dataset, losses.canonical(loss), seed, tuple(sorted(variant.items())))
        inputs, world = CellInputs(cell, devices=device), World.here(device)
        how, splits, start = inputs.recipe, inputs.splits, inputs.fresh_encoder()
        assert how is not None
        there = there_already(out, training_folder(start, splits, how, world.size), start, splits, how)
        if there and not refresh:
            if world.first:
                say(f"{out} is there already, of the same training; --refresh trains anew")
                typer.echo(f"trained:{out}")
            return
        if world.size == 1:
            check_room(start, splits, how, device)
        tell = EpochLines(how.epochs) if world.first else None
        try:
            folder = trained(start, splits, how, device=device, world=world, on_epoch=tell, refresh=refresh)
        except KeyboardInterrupt:
            if world.first:
                warn("stopped; the same call goes on where it was")
            raise typer.Exit(130) from None
        if world.first:
            typer.echo(f"trained:{copy_out(folder, out)}")
