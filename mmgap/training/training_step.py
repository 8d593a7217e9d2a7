"""One step of a training: vectors, loss, gradient, AdamW; and the weights that it changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from mmgap import losses
from mmgap.losses.row_products import Given
from mmgap.training.distributed import World
from mmgap.training.gradient_cache import ChunkedInputs, cached_backward, plain_backward
from mmgap.training.model_inputs import in_chunks, on
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trainable_model import Dual

#: What changes of a gradient scaler.
_SCALER = ("scale", "_growth_tracker")


class TrainingStep:
    """Changes a `Dual`, and what its loss learns, by one batch after the other.

    Args:
        dual: tuned; its parameters are changed.
        recipe: how.
        device: where the model is.
        world: the processes that share each batch.

    Attributes:
        loss: with the parameters that its terms learn.
        trained: every parameter that is changed, by name.
        optimiser: AdamW of them.
    """

    def __init__(self, dual: Dual, recipe: Recipe, device: str, world: World) -> None:
        self.dual, self.recipe, self.device, self.world = dual, recipe, device, world
        self.loss = losses.parse(recipe.loss).to(device)
        self.trained = {name: p for name, p in dual.named_parameters() if p.requires_grad}
        self.trained |= {f"loss.{name}": p for name, p in self.loss.named_parameters()}
        self.optimiser = self._adamw()
        self.scaler = torch.amp.GradScaler(device.split(":")[0], enabled=recipe.precision == "float16")

    def __call__(
        self, images: Any, texts: Any, extra: Mapping[str, Given] | None = None, rate: float = 1.0
    ) -> dict[str, float]:
        """Take a step on a batch's inputs; what happened, by name.

        Args:
            images, texts, extra: as `mmgap.training.training_pairs.TrainingPairs.read` gives them.
            rate: share of the recipe's learning rate.

        Raises:
            TrainingError: the loss is not finite. The parameters are as they were.
        """
        recipe, dual = self.recipe, self.dual
        seen: dict[str, Tensor] = {}

        def criterion(x: Tensor, y: Tensor) -> Tensor:
            x, y = self.world.gathered(x), self.world.gathered(y)
            needed = {name: value.to(self.device) for name, value in (extra or {}).items()}
            parts = self.loss.parts(x, y, logit_scale=dual.scale, **needed)
            loss = self.loss.total(parts)
            seen.update({name: part.detach() for name, part in parts.items()})
            seen["loss"], seen["gap"] = loss.detach(), (x.detach().mean(0) - y.detach().mean(0)).norm()
            if not torch.isfinite(seen["loss"]):
                raise TrainingError(f"the loss is {float(seen['loss'])}")
            return self.scaler.scale(loss)

        def side(encode: Callable[[Any], Tensor], inputs: Any) -> ChunkedInputs:
            def cast(chunk: Any) -> Tensor:
                with self._autocast():
                    return encode(on(self.device, chunk))

            return ChunkedInputs(cast, in_chunks(inputs, recipe.chunk))

        backward = plain_backward if recipe.chunk is None else cached_backward
        self.optimiser.zero_grad(set_to_none=True)
        backward(side(dual.images, images), side(dual.texts, texts), criterion)
        self.world.average(self.trained.values())
        self.scaler.unscale_(self.optimiser)
        norm = torch.nn.utils.clip_grad_norm_(self.trained.values(), recipe.clip or math.inf)
        if not self.scaler.is_enabled() and not torch.isfinite(norm):
            raise TrainingError(f"the gradient has a norm of {float(norm)}")
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["peak"]
        self.scaler.step(self.optimiser)
        self.scaler.update()
        with torch.no_grad():  # beyond the clamp it would have no gradient to come back by
            dual.log_scale.clamp_(max=math.log(recipe.scale_max))
            scales = {f"scale_{way}": value for way, value in self.loss.scales(dual.scale).items()}
        seen |= {"scale": dual.scale.detach(), **scales, "norm": norm.detach()}
        found = dict(zip(seen, torch.stack([value.float() for value in seen.values()]).tolist(), strict=True))
        return {**found, "rate": rate * recipe.rate}

    def weights(self) -> dict[str, Tensor]:
        """What a checkpoint keeps of the weights by name, and of the gradient scaler."""
        state = self.scaler.state_dict()  # empty where there is none
        scaler = {f"scaler.{name}": torch.tensor(state[name]) for name in _SCALER if name in state}
        return {**{name: p.detach() for name, p in self.trained.items()}, **scaler}

    def load(self, weights: dict[str, Tensor]) -> None:
        """Take up what `weights` gave."""
        with torch.no_grad():
            for name, parameter in self.trained.items():
                parameter.copy_(weights[name])
        if saved := {name: weights[f"scaler.{name}"].item() for name in _SCALER if f"scaler.{name}" in weights}:
            self.scaler.load_state_dict({**self.scaler.state_dict(), **saved})

    def _adamw(self) -> torch.optim.AdamW:
        """Decay for matrices alone; the heads at a rate of their own where the recipe has one."""
        recipe = self.recipe
        groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
        for name, parameter in self.trained.items():
            head = name.startswith(("image.head.", "text.head."))
            rate = recipe.head_rate if head and recipe.head_rate is not None else recipe.rate
            groups.setdefault((rate, recipe.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
        return torch.optim.AdamW(
            [{"params": p, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
            betas=(0.9, recipe.beta2),
            fused=True,
        )

    def _autocast(self) -> Any:
        if self.recipe.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.split(":")[0], getattr(torch, self.recipe.precision))
