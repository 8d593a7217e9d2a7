"""A callback for transformers' Trainer: gap and recalls of given pairs at each evaluation, in the Trainer's own log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mmgap.integrations.pair_metrics import pair_metrics

_log = logging.getLogger(__name__)

#: The model → image vectors (N, d) and text vectors (M, d).
Embed: TypeAlias = "Callable[[Any], tuple[Tensor, Tensor]]"


class GapCallback(TrainerCallback):
    """Measures gap, misalignment, uniformity and R@k of given pairs at each evaluation of transformers' Trainer.

    ``GapCallback(pairs).attach(trainer)``: a Trainer hands itself to no callback, and only its own ``log`` reaches
    every sink of ``report_to``. Given as ``callbacks=[…]``, the numbers are in ``state.log_history`` alone, and a
    warning says so. They are those of `mmgap.measure`, called ``eval_mmgap_t2i_r1`` and so on, with ``…_low`` and
    ``…_high`` for intervals; and they are in the metrics of that evaluation, so that
    ``metric_for_best_model="mmgap_t2i_r1"`` works. The model is in eval mode meanwhile, without gradients, and back in
    its own mode afterwards.

    Args:
        pairs: batches for a CLIP-like model, dicts of ``pixel_values``, ``input_ids`` and ``attention_mask``, which has
            ``get_image_features`` and ``get_text_features``; read anew at each evaluation, so a list or a DataLoader.
            Or a function of the model that returns the image vectors (N, d) and the text vectors (M, d).
        owner: (M,) the image of each text; None where row i belongs to row i.
        prefix: of the names in the log.

    Raises:
        TypeError: pairs that can be read only once.
    """

    def __init__(self, pairs: Iterable[Mapping[str, Any]] | Embed, owner: Any = None, prefix: str = "mmgap") -> None:
        if isinstance(pairs, Iterator):
            raise TypeError("pairs are read at each evaluation: give a list or a DataLoader, not a generator")
        self.embed: Embed = pairs if callable(pairs) else lambda model: clip_vectors(model, pairs)
        self.owner, self.prefix = owner, prefix
        self._trainer: Trainer | None = None
        self._warned = False

    def attach(self, trainer: Trainer) -> GapCallback:
        """Add this callback to a Trainer, through whose ``log`` the numbers go from now on; return itself."""
        if self not in trainer.callback_handler.callbacks:
            trainer.add_callback(self)
        self._trainer = trainer
        return self

    def measured(self, model: Any) -> dict[str, float]:
        """Return the metrics of a model as it is, without prefix."""
        training = model.training
        model.eval()
        try:
            with torch.no_grad():
                images, texts = self.embed(model)
        finally:
            model.train(training)
        return pair_metrics(images.float().cpu(), texts.float().cpu(), self.owner)

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Measure, and hand the numbers to the sinks of the Trainer and to the evaluation's own metrics."""
        found = {f"eval_{self.prefix}_{name}": value for name, value in self.measured(given["model"]).items()}
        metrics = given.get("metrics")
        if metrics is not None:
            metrics.update(found)
        if self._trainer is not None:
            self._trainer.log(found)
            return
        if not self._warned:
            _log.warning("GapCallback: report_to gets none of its numbers before it is attached, .attach(trainer)")
        self._warned = True
        state.log_history.append({**found, "epoch": state.epoch, "step": state.global_step})


def clip_vectors(model: Any, batches: Iterable[Mapping[str, Any]]) -> tuple[Tensor, Tensor]:
    """Return the projected image and text vectors of a CLIP-like model, batch by batch on its own device.

    Raises:
        ValueError: no batch.
    """
    images, texts = [], []
    for batch in batches:
        here = {name: value.to(model.device) for name, value in batch.items() if isinstance(value, Tensor)}
        images.append(_vectors(model.get_image_features(pixel_values=here["pixel_values"])))
        words = {name: here[name] for name in ("input_ids", "attention_mask") if name in here}
        texts.append(_vectors(model.get_text_features(**words)))
    if not images:
        raise ValueError("no batch of pairs: nothing can be measured")
    return torch.cat(images), torch.cat(texts)


def _vectors(output: Any) -> Tensor:
    """The vectors themselves; transformers 5 hands them out as ``pooler_output``."""
    return output if isinstance(output, Tensor) else output.pooler_output
