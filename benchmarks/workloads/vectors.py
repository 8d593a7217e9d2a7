"""What the speed experiments run: made-up spaces, the metrics, and the ways they are judged by. Imports torch."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mmgap import encoders, metrics
from mmgap.core.defaults import RECALLS_AT
from mmgap.encoders.dual import pooled
from mmgap.encoders.feeding import pixels
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.tiles import Blocks


def cones(n: int, d: int, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Two narrow cones of unit vectors whose pairs belong together, as an encoder's do."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((n, d), dtype=np.float32)
    sets = []
    for _ in range(2):
        v = 0.7 * shared + 0.7 * rng.standard_normal((n, d), dtype=np.float32)
        v += rng.standard_normal(d, dtype=np.float32)
        sets.append(torch.nn.functional.normalize(torch.from_numpy(v)).to(dtype))
    return sets[0], sets[1]


def all_pairwise(x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    """Gap, misalignment, uniformity, matched and unmatched moments, four histograms, ranks both ways, abs sums."""
    images, texts, crossed = within(x), within(y), cross(x, y, relevance_of(None, len(x), len(y)))
    return {
        "gap": metrics.modality_gap(x, y),
        "misalignment": metrics.misalignment(x, y),
        "uniformity": (images.uniformity + texts.uniformity) / 2,
        "moments": (images.moments, texts.moments, crossed.matched_moments, crossed.unmatched),
        "ranks": (crossed.i2t, crossed.t2i),
    }


def bare_products(x: torch.Tensor, y: torch.Tensor) -> None:
    """X·Xᵀ, Y·Yᵀ and X·Yᵀ in the tiles of the metrics, nothing read from them."""
    for a, b in ((x, x), (y, y), (x, y)):
        rows, columns = Blocks(a, a.dtype), Blocks(b, b.dtype)
        tile = torch.empty(rows.size, columns.size, dtype=a.dtype)
        for i in range(rows.count):
            block = rows[i]
            for j in range(columns.count):
                torch.mm(block, columns[j].T, out=tile)


def plain_composition(x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    """The same numbers by pdist, dense top-k and NumPy histograms (ties and unmatched extremes are left to luck)."""
    edges, n = np.linspace(-1, 1, 201), len(x)
    upper = np.triu_indices(n, 1)
    grams = [(v @ v.T).numpy()[upper] for v in (x, y)]
    s = x @ y.T
    off = s.numpy()[~np.eye(n, dtype=bool)]
    right = torch.arange(n)[:, None]
    return {
        "gap": float((x.mean(0) - y.mean(0)).norm()),
        "misalignment": float((x - y).square().sum(1).mean()),
        "uniformity": [float(torch.pdist(v).square().mul(-2).exp().mean().log()) for v in (x, y)],
        "recall": [(m.topk(k, dim=1).indices == right).any(1).float().mean() for m in (s, s.T) for k in RECALLS_AT],
        "moments": [(v.mean(), v.std(), v.min(), v.max(), np.abs(v).sum()) for v in (*grams, off, s.diag().numpy())],
        "histograms": [np.histogram(v, edges)[0] for v in (*grams, off, s.diag().numpy())],
    }


def peak_memory(n: int, d: int) -> dict[str, float]:
    """Peak resident memory that the metrics add to that of their input, in MB, in a fresh process."""
    code = f"""
        import json, pathlib, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from vectors import all_pairwise, cones

        def resident(field):
            lines = pathlib.Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))

        import torch
        x, y = cones(2100, 8)
        all_pairwise(x, y)  # compiles
        x, y = cones({n}, {d})
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts over
        before = resident("VmRSS")
        all_pairwise(x, y)
        print(json.dumps({{"input_mb": 2 * x.numel() * 4 / 2**20, "extra_mb": resident("VmHWM") - before}}))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def spectral(x: torch.Tensor, y: torch.Tensor) -> tuple[float, float, float]:
    """Fréchet distance and both effective ranks."""
    return metrics.frechet_squared(x, y), metrics.effective_rank(x), metrics.effective_rank(y)


def encoding(name: str, batches: int) -> tuple[Callable[[], np.ndarray], Callable[[], np.ndarray]]:
    """Two ways to encode the same decoded pictures by the same model: the encoder's, and a bare loop.

    Args:
        name: ``"tiny-random"`` or ``"two-towers:…"``.
        batches: how many batches of pictures, of the encoder's own batch size.

    Raises:
        MissingDataError: the weights are not on this machine.
    """
    encoder: Any = encoders.load(name)
    encoder.fingerprint()
    if name == "tiny-random":
        encode, processor, options = encoder.encode_images, encoder.parts.image_processor, encoder.options
        model = encoder.parts.model

        def forward(values: torch.Tensor) -> torch.Tensor:
            return pooled(model.get_image_features(pixel_values=values))
    else:
        tower = encoder.images
        (model, processor), encode, options = tower.parts, tower.encode, tower.options

        def forward(values: torch.Tensor) -> torch.Tensor:
            return model(pixel_values=values).pooler_output.flatten(1)

    rng, size = np.random.default_rng(0), options.batch_size
    images = [Image.fromarray(rng.integers(0, 255, (375, 500, 3), dtype=np.uint8)) for _ in range(batches * size)]

    def bare() -> np.ndarray:
        with torch.inference_mode():
            parts = [forward(pixels(processor, images[i : i + size], options)) for i in range(0, len(images), size)]
        return torch.cat(parts).numpy()

    return lambda: encode(images), bare
