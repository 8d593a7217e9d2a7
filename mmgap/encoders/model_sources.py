"""Which files of an encoder's models are not on this machine yet, and how large they are; downloads none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mmgap.core import paths
from mmgap.encoders.base import TrainingError
from mmgap.encoders.weights import FILES, SAFETENSORS_REVISION, split_revision

#: Seconds that the hub is waited for.
PATIENCE = 5

#: Configurations of models that are asked for by name, so that nothing need be read for an estimate: those of
#: https://huggingface.co/openai/clip-vit-large-patch14 and …/clip-vit-base-patch32 (what is not said is the usual).
KNOWN: dict[str, dict[str, Any]] = {
    "openai/clip-vit-large-patch14": {
        "projection_dim": 768,
        "text_config": {
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
        },
        "vision_config": {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "image_size": 224,
            "patch_size": 14,
        },
    },
    "openai/clip-vit-base-patch32": {
        "projection_dim": 512,
        "text_config": {
            "hidden_size": 512,
            "intermediate_size": 2048,
            "num_hidden_layers": 12,
            "num_attention_heads": 8,
        },
        "vision_config": {
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "image_size": 224,
            "patch_size": 32,
        },
    },
}


@dataclass(frozen=True)
class Download:
    """A model that is not on this machine.

    Attributes:
        model: hub id.
        files: name → bytes, as the hub says; empty where it cannot be asked.
        size: bytes in all; without the hub, those of the weights in float32.
    """

    model: str
    files: dict[str, int]
    size: int

    @property
    def source(self) -> str:
        """Where the size is from: ``hub`` or ``parameters``."""
        return "hub" if self.files else "parameters"


@dataclass(frozen=True)
class ModelSource:
    """A model that an encoder is made of.

    Attributes:
        model: hub id or folder.
        folder: where it is on this machine; None where it is not.
    """

    model: str
    folder: Path | None

    @classmethod
    def of(cls, source: str, revision: str | None = None) -> ModelSource:
        """Looked for where `mmgap.encoders.weights.locate` does, but for the hub itself."""
        here = [paths.expanded(source)]
        if revision is None:
            here += [paths.weights_dir() / source, paths.weights_dir() / source.rpartition("/")[2]]
        for folder in here:
            if folder.is_dir():
                return cls(source, folder)
        return cls(f"{source}@{revision}" if revision else source, _in_hub_cache(source, revision))

    def config(self) -> Any:
        """Return the model's configuration: of its folder, of `KNOWN`, or its config.json from the hub (some
        kilobytes).

        Raises:
            TrainingError: the model is not on this machine, and the hub cannot be asked.
        """
        from transformers import AutoConfig, CLIPConfig

        if self.folder is not None:
            return AutoConfig.from_pretrained(self.folder, local_files_only=True, trust_remote_code=False)
        if self.model in KNOWN:
            return CLIPConfig(**KNOWN[self.model])
        name, revision = self._pinned
        found = _asked(lambda: AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=False))
        if found is None:
            raise TrainingError(
                f"{name} is not on this machine and the hub gives no config.json of it, so nothing can be estimated:"
                f" hf download {name} config.json where there is a network, or put the model into"
                f" {paths.weights_dir()}"
            )
        return found

    def download(self, parameters: int) -> Download | None:
        """Return what is to be downloaded; None where it is here. ``parameters``: of the model."""
        if self.folder is not None:
            return None
        from huggingface_hub import HfApi

        name, revision = self._pinned
        info = _asked(lambda: HfApi().model_info(name, revision=revision, files_metadata=True, timeout=PATIENCE))
        listed = {} if info is None else {file.rfilename: file.size or 0 for file in info.siblings or ()}
        files = {file: size for file, size in listed.items() if any(fnmatch(file, pattern) for pattern in FILES)}
        return Download(self.model, files, sum(files.values()) or 4 * parameters)

    @property
    def _pinned(self) -> tuple[str, str | None]:
        name, revision = split_revision(self.model)
        return name, revision or SAFETENSORS_REVISION.get(name)


def _in_hub_cache(source: str, revision: str | None) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                source,
                revision=revision or SAFETENSORS_REVISION.get(source),
                allow_patterns=list(FILES),
                local_files_only=True,
            )
        )
    except (OSError, ValueError):  # not there, or no hub id at all
        return None
    return folder if any(folder.rglob("*.safetensors")) else None


def _asked(question: Callable[[], Any]) -> Any:
    """The hub's answer; None where it gives none."""
    import httpx2

    try:
        return question()
    except (OSError, ValueError, httpx2.HTTPError):
        return None
