"""An evaluator for sentence-transformers: gap and recalls of image-text pairs, in its Trainer or by itself."""

from __future__ import annotations

import csv
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sentence_transformers.base.evaluation.evaluator import BaseEvaluator

from mmgap.integrations.pair_metrics import SHOWN, pair_metrics, same_words

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_log = logging.getLogger(__name__)

#: Metrics that have an interval.
_WITH_ENDS = [name for name in SHOWN if name not in ("gap", "rmg")]


class CrossModalEvaluator(BaseEvaluator):
    """Measures the modality gap and R@k both ways, with 95 % intervals, whenever sentence-transformers evaluates.

    Encodes both sides by the model's own ``encode``, in batches, and measures as `mmgap.measure`: the numbers are those
    of `mmgap.metrics`. A text that says the same as another belongs to its image, too. Rows are appended to
    ``cross_modal_evaluation_NAME_results.csv`` as its siblings do.

    Args:
        images: N images, paths of images, or texts (of another field): whatever the model encodes.
        texts: M texts.
        owner: (M,) the image of each text, counted from 0; None where text i belongs to image i.
        name: prefix of the metrics.
        batch_size: of encoding.
        primary: what best checkpoints are chosen by; one of `mmgap.integrations.pair_metrics.SHOWN`.
        show_progress_bar: while encoding.
        write_csv: whether a table is written.
        truncate_dim: dimensions that are kept of each vector; None for the model's own setting.

    Raises:
        ValueError: counts that do not fit, an owner out of range, an unknown ``primary``.
    """

    def __init__(
        self,
        images: Sequence[Any],
        texts: Sequence[Any],
        owner: Sequence[int] | np.ndarray | None = None,
        name: str = "",
        *,
        batch_size: int = 32,
        primary: str = "t2i_r1",
        show_progress_bar: bool = False,
        write_csv: bool = True,
        truncate_dim: int | None = None,
    ) -> None:
        super().__init__()
        if primary not in SHOWN:
            raise ValueError(f"primary must be one of {', '.join(SHOWN)}, got {primary!r}")
        _check(len(images), len(texts), owner)
        self.images, self.texts, self.name = list(images), list(texts), name
        self.owner = None if owner is None else np.asarray(owner)
        self.batch_size, self.show_progress_bar, self.truncate_dim = batch_size, show_progress_bar, truncate_dim
        self.write_csv = write_csv
        self.primary_metric = primary
        self.greater_is_better = primary.startswith(("t2i_", "i2t_"))
        self.csv_file = f"cross_modal_evaluation{'_' * bool(name)}{name}_results.csv"
        ends = [(metric, f"{metric}_low", f"{metric}_high") if metric in _WITH_ENDS else (metric,) for metric in SHOWN]
        self.csv_headers = ["epoch", "steps", *(column for columns in ends for column in columns)]

    def __call__(  # type: ignore[override]  # as its siblings, of the one kind of model that has encode
        self, model: SentenceTransformer, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """Return the metrics by name, ``NAME_t2i_r1`` and so on; ``primary_metric`` is one of them."""
        found = pair_metrics(
            self._encoded(model, self.images),
            self._encoded(model, self.texts),
            self.owner,
            same_words(self.texts, self.owner),
        )
        _log.info("%s epoch %s, step %s: %s", self.name or "cross-modal", epoch, steps, _line(found))
        if output_path is not None and self.write_csv:
            self._append(Path(output_path), [epoch, steps, *(found.get(name, "") for name in self.csv_headers[2:])])
        named = self.prefix_name_to_metrics(found, self.name)
        self.store_metrics_in_model_card_data(model, named, epoch, steps)
        return named

    def get_config_dict(self) -> dict[str, Any]:
        """Return what a model card says of this evaluator."""
        given = {"images": len(self.images), "texts": len(self.texts), "truncate_dim": self.truncate_dim}
        return {name: value for name, value in given.items() if value is not None}

    def _encoded(self, model: SentenceTransformer, inputs: list[Any]) -> Any:
        return model.encode(
            inputs,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            convert_to_tensor=True,
            truncate_dim=self.truncate_dim,
        )

    def _append(self, folder: Path, line: list[Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.csv_file
        new = not path.is_file()
        with path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if new:
                writer.writerow(self.csv_headers)
            writer.writerow(line)


def _check(n: int, m: int, owner: Any) -> None:
    if owner is None and n != m:
        raise ValueError(f"{n} images but {m} texts: say the image of each text, owner=[…], counted from 0")
    if owner is not None:
        rows = np.asarray(owner)
        if rows.shape != (m,) or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n:
            raise ValueError(f"owner is the image of each of the {m} texts, whole numbers from 0 to {n - 1}")


def _line(found: dict[str, float]) -> str:
    told = ", ".join(f"{name} {100 * found[name]:.1f} %" for name in ("t2i_r1", "i2t_r1") if name in found)
    return f"{told}, gap {found['gap']:.3f}"
