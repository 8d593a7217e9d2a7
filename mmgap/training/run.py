"""From an encoder, a data set and a recipe to a trained encoder: found in the cache, taken up, or trained now."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from mmgap import losses
from mmgap.core.atomic import require_writable
from mmgap.core.cache import key_digest
from mmgap.core.identity import identity, since_first
from mmgap.core.integrity import CacheWarning
from mmgap.core.locks import locked, remove_unheld
from mmgap.core.messages import N_, Message
from mmgap.core.paths import cache_dir
from mmgap.encoders import Encoder
from mmgap.encoders.base import identity_of
from mmgap.encoders.embed import embed
from mmgap.encoders.trainable import trainable
from mmgap.evaluation.fitted_space import load_encoder
from mmgap.training import artifact, artifact_writer
from mmgap.training.agreement import Sample
from mmgap.training.amended_initialisation import close_gap
from mmgap.training.batch_order import APART_FORMAT, Order
from mmgap.training.checkpoint import NAME
from mmgap.training.data_splits import Splits
from mmgap.training.distributed import World
from mmgap.training.extra_inputs import CaptionVectors, extra_inputs
from mmgap.training.loop import OnEpoch, Trainer
from mmgap.training.model_inputs import pair_rows
from mmgap.training.recipe import FORMAT, Recipe, TrainingError
from mmgap.training.trainable_model import Dual, dual_of
from mmgap.training.training_pairs import TrainingPairs
from mmgap.training.tuning import tune
from mmgap.training.validation import Watched


def training_key(
    encoder: Encoder,
    splits: Splits,
    recipe: Recipe,
    processes: int = 1,
    caption_vectors: CaptionVectors | None = None,
) -> dict[str, Any]:
    """Everything that changes the weights that come out; each process has its own dropout."""
    captions = {} if caption_vectors is None else {"caption_vectors": identity(caption_vectors)}
    order = {"apart_format": APART_FORMAT} if recipe.copositives == "apart" else {}
    return {
        "training_format": FORMAT,
        "encoder": encoder.fingerprint(),
        "logit_scale": encoder.logit_scale(),
        "splits": splits.fingerprint(),
        "recipe": recipe.to_dict(),
        "processes": processes,
        **order,
        **trainable(encoder).text_rows_key(),
        **since_first(encoder=identity_of(encoder), **losses.identities(recipe.loss), **captions),
    }


def training_folder(
    encoder: Encoder,
    splits: Splits,
    recipe: Recipe,
    processes: int = 1,
    caption_vectors: CaptionVectors | None = None,
) -> Path:
    """Where in the cache this training lies or would lie."""
    digest = key_digest(training_key(encoder, splits, recipe, processes, caption_vectors))
    return cache_dir() / "trainings" / digest[:2] / digest


def trained(
    start: str | Encoder,
    splits: Splits,
    recipe: Recipe,
    *,
    seed: int = 0,
    device: str = "cpu",
    world: World | None = None,
    on_epoch: OnEpoch | None = None,
    refresh: bool = False,
    caption_vectors: CaptionVectors | None = None,
) -> Path:
    """The folder of a trained encoder, for ``trained:FOLDER``; trained now where it is not in the cache.

    A run that was killed is taken up at its last checkpoint, and ends with the same weights.

    Args:
        start: spec of the encoder to start from; or the encoder itself, whose models are changed.
        splits: to train on and to watch.
        recipe: how.
        seed: of the encoder's random weights.
        device: where.
        world: the processes that share each batch.
        on_epoch: called after every epoch with its number and the history.
        refresh: train again what was finished before.
        caption_vectors: from the captions of the train split to a row each, for losses that ask how alike captions
            are, such as a sentence encoder's ``encode``; None takes TF-IDF (`mmgap.training.extra_inputs.tf_idf`). The
            code it is written in is part of the training's key.

    Raises:
        TrainingError: it cannot be done as asked, or went wrong.
    """
    world = world or World()
    encoder = load_encoder(start, device=device, seed=seed) if isinstance(start, str) else start
    folder = training_folder(encoder, splits, recipe, world.size, caption_vectors)
    if not refresh and _sound(folder):
        if world.first:
            remove_unheld(folder / ".lock", folder / NAME)
            _record_files(folder)
        return folder
    try:
        require_writable(folder)
    except OSError as error:
        raise TrainingError(f"{error}. Point MMGAP_CACHE at a folder of yours: trainings are kept there") from error
    with locked(folder / ".lock") if world.first else nullcontext():
        if refresh and world.first:
            (folder / NAME).unlink(missing_ok=True)
        world.wait()
        if refresh or not _sound(folder):
            _train(encoder, splits, recipe, folder, device, world, on_epoch, caption_vectors)
        world.wait()
    return folder


def _record_files(folder: Path) -> None:
    try:
        artifact_writer.record_files(folder, folder.name)
    except OSError as error:
        warnings.warn(f"checksums could not be added to {folder}: {error}", CacheWarning, stacklevel=3)


def _sound(folder: Path) -> bool:
    """Whether a finished training lies in a folder of the cache; a damaged one is named, and counts as none."""
    if not artifact.finished(folder):
        return False
    if (damage := artifact.damage(folder)) is not None:
        warnings.warn(f"the training in {folder} is damaged, and done again: {damage}", CacheWarning, stacklevel=3)
    return damage is None


def _train(
    encoder: Encoder,
    splits: Splits,
    recipe: Recipe,
    folder: Path,
    device: str,
    world: World,
    on_epoch: OnEpoch | None,
    caption_vectors: CaptionVectors | None,
) -> None:
    extra = extra_inputs(losses.parse(recipe.loss), splits.train, caption_vectors)
    order = Order(splits.train, recipe, world.size)
    sample = Sample.of(encoder, splits.train)
    dual = prepared_dual(encoder, splits, recipe)
    images, texts = pair_rows(dual, encoder, splits.train)
    sample.compare(dual, images, texts, device)
    if recipe.start == "amended":
        close_gap(dual, images, texts, device)
    validation = splits.validation
    first = np.unique(validation.owner, return_index=True)[1]
    watched = Watched(*pair_rows(dual, encoder, validation), first, validation.caption_groups, recipe.seed)
    trainer = Trainer(
        dual,
        TrainingPairs(images, texts, order, extra),
        watched,
        recipe,
        folder,
        folder.name,
        device=device,
        world=world,
        on_epoch=on_epoch,
    )
    history = trainer.run()
    if world.first:
        notes = [*_notes(splits, order, recipe, world.size), *history.alarms]
        try:
            learned = {name: float(p.detach()) for name, p in trainer.step.loss.learned.items()}
            data = splits.fingerprint()
            artifact_writer.save(folder, dual, encoder, recipe, data, order.size, history, notes, folder.name, learned)
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"the trained encoder could not be written to {folder} ({error}). Make room, or point MMGAP_CACHE at a"
                " larger disk, and run again: the checkpoint of the last epoch is kept"
            ) from error
        (folder / NAME).unlink(missing_ok=True)


def prepared_dual(encoder: Encoder, splits: Splits, recipe: Recipe) -> Dual:
    """The encoder's models, ready to be trained as the recipe says; new weights are drawn by its seed.

    Raises:
        TrainingError: the encoder or the recipe does not allow it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        dual = dual_of(encoder)
        if (dtype := next(dual.image.parameters()).dtype) not in (torch.float32, torch.float64):
            raise TrainingError(
                f"{encoder.name}: weights are trained in float32, not {dtype}; it is --recipe precision=… that"
                " computes in half of it"
            )
        offered = trainable(encoder)
        if recipe.shift and not offered.takes_pixels:
            raise TrainingError(
                f"shift={recipe.shift} moves pixels, and what {encoder.name} takes may be others: shift=0"
            )
        if recipe.start == "amended" and not offered.can_be_amended:
            raise TrainingError(f"start=amended is for dual encoders (tiny-random, CLIP), not for {encoder.name}")
        if recipe.scale_start is not None:
            with torch.no_grad():
                dual.log_scale.fill_(float(np.log(recipe.scale_start)))
        if (trunks := offered.trunk_encoder()) is not None:
            features = embed(trunks, splits.train)
            dual.image.standardise(torch.from_numpy(features.images).to(dual.log_scale.device))
            dual.text.standardise(torch.from_numpy(features.texts).to(dual.log_scale.device))
        tune(dual, recipe)
    return dual


def _notes(splits: Splits, order: Order, recipe: Recipe, processes: int) -> list[str]:
    """What a reader of the result must know of the training."""
    n = len(splits.train.image_ids)
    watched = len(splits.validation.image_ids)
    told: list[str] = [
        Message(
            "Trained on {n} images of {data} train, watched on {watched}.", n=n, data=splits.train.name, watched=watched
        )
    ]
    if order.size < recipe.batch_size:
        sizes = Message("a batch has {size}, not {wanted}", size=order.size, wanted=recipe.batch_size)
        shared = Message(
            "There are {n} pairs and {processes} processes share a batch: {sizes}.",
            n=n,
            processes=processes,
            sizes=sizes,
        )
        told.append(shared if processes > 1 else Message("There are {n} pairs: {sizes}.", n=n, sizes=sizes))
    if splits.validation.split == "train":
        told.append(N_("The data have no validation split: a tenth of train is held out for it."))
    return told
