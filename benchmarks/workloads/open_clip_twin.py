"""A CLIP of transformers as a model of open_clip with the same weights. Needs open_clip_torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch

#: Names of transformers → names of open_clip, as regular expressions, for parameters that stay what they are.
_RENAMED = {
    r"vision_model\.embeddings\.class_embedding": "visual.class_embedding",
    r"vision_model\.embeddings\.patch_embedding\.weight": "visual.conv1.weight",
    r"vision_model\.embeddings\.position_embedding\.weight": "visual.positional_embedding",
    r"vision_model\.pre_layrnorm\.(\w+)": r"visual.ln_pre.\1",
    r"vision_model\.post_layernorm\.(\w+)": r"visual.ln_post.\1",
    r"text_model\.embeddings\.token_embedding\.weight": "token_embedding.weight",
    r"text_model\.embeddings\.position_embedding\.weight": "positional_embedding",
    r"text_model\.final_layer_norm\.(\w+)": r"ln_final.\1",
    r"logit_scale": "logit_scale",
}

#: The same within a layer.
_RENAMED_IN_LAYERS = {
    r"self_attn\.out_proj\.(\w+)": r"attn.out_proj.\1",
    r"layer_norm(\d)\.(\w+)": r"ln_\1.\2",
    r"mlp\.fc1\.(\w+)": r"mlp.c_fc.\1",
    r"mlp\.fc2\.(\w+)": r"mlp.c_proj.\1",
}

_LAYER = re.compile(r"(vision|text)_model\.encoder\.layers\.(\d+)\.(.+)")


def open_clip_twin(model: Any) -> Any:
    """Return open_clip's CLIP with the architecture and the weights of a `transformers.CLIPModel`, on its device.

    Raises:
        RuntimeError: a weight that open_clip has and transformers has not, or the other way round.
    """
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

    vision, text = model.config.vision_config, model.config.text_config
    twin = CLIP(
        model.config.projection_dim,
        CLIPVisionCfg(
            layers=vision.num_hidden_layers,
            width=vision.hidden_size,
            head_width=vision.hidden_size // vision.num_attention_heads,
            mlp_ratio=vision.intermediate_size / vision.hidden_size,
            patch_size=vision.patch_size,
            image_size=vision.image_size,
        ),
        CLIPTextCfg(
            context_length=text.max_position_embeddings,
            vocab_size=text.vocab_size,
            width=text.hidden_size,
            heads=text.num_attention_heads,
            layers=text.num_hidden_layers,
            mlp_ratio=text.intermediate_size / text.hidden_size,
            pool_type="eos",
            eos_id=text.eos_token_id,
        ),
        quick_gelu=text.hidden_act == "quick_gelu",
    )
    twin.load_state_dict(twin_weights(model.state_dict()))
    return twin.to(model.device).eval()


def twin_weights(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the weights of a `transformers.CLIPModel` under open_clip's names: queries, keys and values are one
    matrix there, and projections stand on their side.

    >>> sorted(twin_weights({"text_projection.weight": torch.ones(2, 3), "logit_scale": torch.ones(())}))
    ['logit_scale', 'text_projection']
    """
    found = {}
    for name, values in weights.items():
        if name in ("visual_projection.weight", "text_projection.weight"):
            found["visual.proj" if name.startswith("visual") else "text_projection"] = values.T.contiguous()
        elif (layer := _LAYER.fullmatch(name)) is None:
            if (renamed := _renamed(name, _RENAMED)) is not None:
                found[renamed] = values
        else:
            side, number, within = layer.groups()
            place = f"{'visual.' if side == 'vision' else ''}transformer.resblocks.{number}."
            if (renamed := _renamed(within, _RENAMED_IN_LAYERS)) is not None:
                found[place + renamed] = values
            elif (kind := within.removeprefix("self_attn.q_proj.")) != within:
                parts = [weights[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
                found[f"{place}attn.in_proj_{kind}"] = torch.cat(parts)
    return found


def _renamed(name: str, table: Mapping[str, str]) -> str | None:
    for pattern, other in table.items():
        if re.fullmatch(pattern, name):
            return re.sub(pattern, other, name)
    return None
