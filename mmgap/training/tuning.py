"""Which parameters are trained: all, the heads, the last blocks, or adapters beside frozen weights (by peft)."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import is_fake

from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trainable_model import Dual, Tower

log = logging.getLogger(__name__)


def tune(dual: Dual, recipe: Recipe) -> None:
    """Freeze what ``recipe.tuning`` does not train, and put adapters in where it asks for them.

    Raises:
        TrainingError: no such layers or blocks, or nothing that can be trained.
    """
    dual.requires_grad_(False)
    dual.scale_max = recipe.scale_max
    dual.log_scale.requires_grad_(recipe.scale == "learned")
    chosen = {name: tower for name, tower in dual.towers.items() if recipe.towers in ("both", name)}
    if recipe.tuning in ("lora", "dora"):
        _adapt(dual, chosen, recipe)
    for name, tower in chosen.items():
        if recipe.tuning == "full":
            tower.requires_grad_(True)
        elif recipe.tuning == "head":
            tower.head.requires_grad_(True)
        elif recipe.tuning.startswith("last-"):
            _unfreeze_last(name, tower, int(recipe.tuning.removeprefix("last-")))
    for name, tower in chosen.items():
        if recipe.tuning != "head" and not any(True for _ in tower.trunk.parameters()):
            log.warning("the %s tower is frozen: it has no weights that can be trained below its head", name)
    for tower in dual.towers.values():
        if recipe.train_heads:
            tower.head.requires_grad_(True)
        learns = any(parameter.requires_grad for parameter in tower.head.parameters())
        tower.dropped = recipe.feature_dropout if learns else 0.0
    if not any(parameter.requires_grad for name, parameter in dual.named_parameters() if name != "log_scale"):
        raise TrainingError(
            f"tuning={recipe.tuning}, towers={recipe.towers} leaves nothing to train: the heads of this encoder have no"
            " weights. Take last-1, lora, dora or full"
        )
    if recipe.checkpointing:
        _checkpoint(dual)


def layers(dual: Dual, chosen: dict[str, Tower], targets: str) -> dict[str, list[str]]:
    """Names of the layers that adapters sit beside, by backbone.

    Raises:
        TrainingError: ``targets`` name layers that are not there; the message lists what is.
    """
    able = {
        id(module)
        for tower in chosen.values()
        for name, module in tower.trunk.named_modules()
        if _adaptable(module) and "pooler" not in name
    }
    found = {
        part: [name for name, module in backbone.named_modules() if name and id(module) in able]
        for part, backbone in dual.backbones.items()
    }
    for target in (wanted := [name for name in targets.split("+") if name]):
        if not any(_called(name, target) for names in found.values() for name in names):
            there = sorted({name.rpartition(".")[2] for names in found.values() for name in names})
            raise TrainingError(
                f"targets: no layer called {target!r} can be adapted; there are {', '.join(there) or 'none'}"
                " (several are joined by +)"
            )
    if wanted:
        found = {part: [n for n in names if any(_called(n, t) for t in wanted)] for part, names in found.items()}
    if not any(found.values()):
        raise TrainingError("these towers have no linear layer that an adapter could sit beside: tuning=full or last-N")
    return {part: names for part, names in found.items() if names}


def _adapt(dual: Dual, chosen: dict[str, Tower], recipe: Recipe) -> None:
    from peft import LoraConfig, get_peft_model

    for part, names in layers(dual, chosen, recipe.targets).items():
        if recipe.tuning == "dora":
            names = _with_directions(dual.backbones[part], names)
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,  # type: ignore[arg-type]
            lora_dropout=recipe.dropout,
            target_modules=names,
            use_dora=recipe.tuning == "dora",
        )
        dual.backbones[part] = get_peft_model(dual.backbones[part], config)
        for layer in dual.backbones[part].modules():
            if isinstance(base := getattr(layer, "base_layer", None), nn.Conv2d):
                read = ("kernel_size", "stride", "dilation")  # by MobileNetV2, to pad its input
                vars(layer).update({name: getattr(base, name) for name in read})


def _with_directions(backbone: nn.Module, names: list[str]) -> list[str]:
    """The layers of which every row has a direction: DoRA divides each by its norm, which 0/0 or ∞ does not tell."""
    weights = {name: backbone.get_parameter(f"{name}.weight") for name in names}
    drawn = {name: weight for name, weight in weights.items() if not (weight.is_meta or is_fake(weight))}
    dead = [name for name, weight in drawn.items() if not _squarable(weight.detach())]
    if dead:
        log.warning(
            "DoRA leaves out %d of %d layers, which have rows that are zero or nearly so: %s …",
            len(dead),
            len(names),
            dead[0],
        )
    return [name for name in names if name not in dead]


def _squarable(weight: Tensor) -> bool:
    """Whether the squared norm of every row is a normal number of the weight's own type, neither 0 nor infinite."""
    squares = weight.flatten(1).double().square().sum(1)
    range_ = torch.finfo(weight.dtype)
    return bool(((squares >= range_.tiny) & (squares <= range_.max)).all())


def _called(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")


def _adaptable(module: nn.Module) -> bool:
    """A linear layer, or a convolution that is one at every pixel; torch's own attention calls none."""
    if isinstance(module, nn.Conv2d):
        return module.kernel_size == (1, 1) and module.groups == 1
    return type(module) is nn.Linear


def _unfreeze_last(name: str, tower: Tower, count: int) -> None:
    """The last ``count`` blocks, what comes after them, and the head."""
    lists = [module for module in tower.trunk.modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise TrainingError(f"tuning=last-{count}: the {name} tower has no list of blocks")
    blocks = max(lists, key=len)
    if count > len(blocks):
        raise TrainingError(f"tuning=last-{count}: the {name} tower has {len(blocks)} blocks; full trains them all")
    before = {id(parameter) for block in blocks[: len(blocks) - count] for parameter in block.parameters()}
    order = list(tower.trunk.named_parameters())
    first = next(i for i, (_, parameter) in enumerate(order) if id(parameter) == id(next(blocks[-count].parameters())))
    for _, parameter in order[first:]:
        parameter.requires_grad_(id(parameter) not in before)
    tower.head.requires_grad_(True)


def _checkpoint(dual: Dual) -> None:
    """Let the models of transformers recompute their activations in the backward pass."""
    able = [m for m in dual.modules() if getattr(m, "supports_gradient_checkpointing", False)]
    outer = [m for m in able if not any(m is not o and any(m is inner for inner in o.modules()) for o in able)]
    if not outer:
        raise TrainingError("checkpointing: no part of this encoder can recompute its activations; leave it out")
    for model in outer:
        enable: Any = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
        enable({"use_reentrant": False})  # the latter is what older versions of transformers have
