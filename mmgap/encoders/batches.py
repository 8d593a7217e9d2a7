"""The one loop that feeds a model: batch after batch, the next ones being read while this one is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import numpy as np
import torch

from mmgap.core.progress import progress_bar
from mmgap.core.read_ahead import read_ahead
from mmgap.encoders.base import RUN, EncoderError

T = TypeVar("T")
Prepared = TypeVar("Prepared")

#: Who counts what is encoded now, where that is a part of something with a bar of its own.
_COUNTING: ContextVar[Callable[[int], object] | None] = ContextVar("counting", default=None)


@contextmanager
def counted_by(tell: Callable[[int], object]) -> Iterator[None]:
    """Within the block `in_batches` shows no bar of its own and tells how many items each batch held."""
    token = _COUNTING.set(tell)
    try:
        yield
    finally:
        _COUNTING.reset(token)


def is_part() -> bool:
    """Return whether what is encoded now is a part of something (`counted_by`), of which others will tell."""
    return _COUNTING.get() is not None


def in_batches(
    items: Sequence[T],
    batch_size: int,
    prepare: Callable[[list[T]], Prepared],
    forward: Callable[[Prepared], torch.Tensor],
    *,
    what: str,
    readers: int = 1,
) -> np.ndarray:
    """Return the vectors of ``items`` in their order, (N, d) float32.

    Args:
        items: N items; each is read (decoded) once, when its batch is prepared.
        batch_size: items a batch holds.
        prepare: from a list of items to the model's input; runs in a thread, ahead of ``forward``.
        forward: from the model's input to (batch, d) vectors; runs in inference mode.
        what: name of the items, for the progress bar and errors.
        readers: threads that prepare, and batches that lie ready; several only where ``prepare`` may run in several.

    Raises:
        EncoderError: there is nothing to encode.
    """
    if not len(items):
        raise EncoderError(f"no {what} to encode: the sequence is empty")
    out: np.ndarray | None = None

    def read(start: int) -> Prepared:
        return prepare([items[i] for i in range(start, min(start + batch_size, len(items)))])

    starts, tell = range(0, len(items), batch_size), _COUNTING.get()
    with progress_bar(total=len(items), desc=what, unit="", disable=is_part()) as bar, torch.inference_mode():
        for start, prepared in zip(starts, read_ahead(read, starts, readers=readers), strict=True):
            vectors = forward(prepared).float().cpu().numpy()
            if out is None:
                out = np.empty((len(items), vectors.shape[1]), dtype=np.float32)
            out[start : start + len(vectors)] = vectors
            (tell or bar.update)(len(vectors))
    assert out is not None
    return out


def by_length(
    texts: Sequence[str],
    batch_size: int,
    prepare: Callable[[list[str]], Any],
    forward: Callable[[Any], torch.Tensor],
    tokens: Callable[[list[str]], Sequence[int]] | None = None,
) -> np.ndarray:
    """`in_batches` over texts, the longest first, so that a batch is padded little; the order given comes back.

    Args:
        texts: M texts.
        batch_size, prepare, forward: as `in_batches`.
        tokens: how many tokens the model reads of each text. Letters alone say it badly (batches of captions in English
            are a fifth padding), so runs of `RUN` batches are sorted by it; None where nothing is padded, or all alike.

    Raises:
        EncoderError: there is nothing to encode, or an item is no text.
    """
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise EncoderError(f"text {row} is of type {type(text).__name__}, expected str")
    order = longest_first(texts)
    items = [texts[i] for i in order] if tokens is None else _ByTokens(texts, order, RUN * batch_size, tokens)
    vectors = in_batches(items, batch_size, prepare, forward, what="texts")
    out = np.empty_like(vectors)
    out[order] = vectors
    return out


class _ByTokens(Sequence[str]):
    """Texts in an order of which each run is sorted by tokens, in place, when a text of it is first read."""

    def __init__(
        self, texts: Sequence[str], order: np.ndarray, run: int, tokens: Callable[[list[str]], Sequence[int]]
    ) -> None:
        self.texts, self.order, self.run, self.tokens = texts, order, run, tokens
        self._sorted: set[int] = set()

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, row: Any) -> Any:
        start = row - row % self.run
        if start not in self._sorted:
            here = self.order[start : start + self.run]
            counts = np.asarray(self.tokens([self.texts[i] for i in here]))
            self.order[start : start + self.run] = here[np.argsort(-counts, kind="stable")]
            self._sorted.add(start)
        return self.texts[self.order[row]]


def longest_first(texts: Sequence[str]) -> np.ndarray:
    """Return the (N,) positions of texts from the longest to the shortest, equally long ones in the order given.

    >>> longest_first(["one", "three", "two"]).tolist()
    [1, 0, 2]
    """
    return np.argsort([-len(text) for text in texts], kind="stable")
