"""Classes made into functions: metrics of torchmetrics, calculators, evaluators of sentence-transformers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from mmgap.core.failures import line
from mmgap.testing.audit.subject import CannotCallError, parameters

#: Places that evaluators are asked for; their own names of such options.
_PLACES = [1, 5, 10]
_AT = ("accuracy_at_k", "precision_recall_at_k", "mrr_at_k", "ndcg_at_k", "map_at_k")


def as_function(thing: Any) -> Callable[..., Any]:
    """Return a function of vectors, scores or labels that does what ``thing`` does.

    Args:
        thing: a function, which stays; a class with ``update`` and ``compute``, with ``get_accuracy``, with
            ``evaluate``, or one whose objects are called, with a model where it is an evaluator.

    Raises:
        CannotCallError: a class that cannot be made without arguments.
    """
    if not inspect.isclass(thing):
        if (
            not inspect.isroutine(thing)
            and not isinstance(thing, functools.partial)
            and callable(getattr(thing, "get_accuracy", None))
        ):
            return _calculator(lambda: thing)
        function: Callable[..., Any] = thing
        return function
    taken = {one.name: one for one in parameters(thing)}
    if callable(getattr(thing, "update", None)) and callable(getattr(thing, "compute", None)):
        return _metric(thing, taken)
    if callable(getattr(thing, "get_accuracy", None)):
        return _calculator(thing)
    if {"queries", "corpus", "relevant_docs"} <= taken.keys():
        return _retrieval_evaluator(thing, taken)
    if {"source_sentences", "target_sentences"} <= taken.keys():
        return _translation_evaluator(thing)
    if {"images", "texts", "owner"} <= taken.keys():
        return _cross_modal_evaluator(thing)
    return _object(thing, taken)


def _metric(thing: Any, taken: dict[str, Any]) -> Callable[..., Any]:
    """One that collects by ``update`` and answers by ``compute``."""
    names = [one.name for one in parameters(thing.update)][1:]
    place = next((name for name in ("top_k", "k") if name in taken), None)

    def with_places(k: int | None, *given: Any) -> Any:
        made = thing(**({} if place is None or k is None else {place: k}))
        made.update(*given)
        return made.compute()

    if names[:3] == ["preds", "target", "indexes"]:

        def flat(flat_scores: Any, flat_relevance: Any, flat_queries: Any, k: int | None = None) -> Any:
            return with_places(k, flat_scores, flat_relevance, flat_queries)

        flat.__signature__ = _signature(("flat_scores", "flat_relevance", "flat_queries"), place)  # type: ignore[attr-defined]
        return flat

    def collected(*given: Any, k: int | None = None, **named: Any) -> Any:
        return with_places(k, *given, *named.values())

    collected.__signature__ = _signature(names, place)  # type: ignore[attr-defined]
    return collected


def _signature(names: Any, place: str | None) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    import torch

    told = [inspect.Parameter(name, kind, annotation=torch.Tensor) for name in names]
    if place is not None:
        told.append(inspect.Parameter("k", kind, default=None))
    return inspect.Signature(told)


def _calculator(make: Callable[[], Any]) -> Callable[..., Any]:
    def accuracies(query: Any, query_labels: Any, reference: Any, reference_labels: Any) -> Any:
        return make().get_accuracy(query, query_labels, reference, reference_labels)

    return accuracies


class _Model:
    """Encodes the name of a row as its vector: all that evaluators ask of a model."""

    def __init__(self, vectors: dict[str, np.ndarray]) -> None:
        from sentence_transformers.util import cos_sim

        self.vectors, self.similarity, self.similarity_fn_name = vectors, cos_sim, "cosine"
        self.model_card_data = self

    def encode(self, names: Any, *_: Any, convert_to_tensor: bool = False, **__: Any) -> Any:
        rows = np.stack([self.vectors[name] for name in names])
        if convert_to_tensor:
            import torch

            return torch.from_numpy(rows)
        return rows

    encode_query = encode_document = encode

    def set_evaluation_metrics(self, *_: Any, **__: Any) -> None:
        """What an evaluator tells the model's card."""


def _named(images: Any, texts: Any) -> _Model:
    return _Model({f"q{i}": row for i, row in enumerate(images)} | {f"d{j}": row for j, row in enumerate(texts)})


def _retrieval_evaluator(thing: Any, taken: dict[str, Any]) -> Callable[..., Any]:
    options = {name: _PLACES for name in _AT if name in taken} | ({"write_csv": False} if "write_csv" in taken else {})

    def evaluated(images: np.ndarray, texts: np.ndarray, relevance: np.ndarray) -> Any:
        queries, corpus = (
            {f"{letter}{i}": f"{letter}{i}" for i in range(len(side))} for letter, side in (("q", images), ("d", texts))
        )
        relevant = {f"q{i}": {f"d{j}" for j in np.flatnonzero(row)} for i, row in enumerate(relevance)}
        return thing(queries, corpus, relevant, **options)(_named(images, texts))

    return evaluated


def _translation_evaluator(thing: Any) -> Callable[..., Any]:
    def evaluated(images: np.ndarray, texts: np.ndarray) -> Any:
        sides = [f"q{i}" for i in range(len(images))], [f"d{j}" for j in range(len(texts))]
        return thing(*sides, write_csv=False)(_named(images, texts))

    return evaluated


def _cross_modal_evaluator(thing: Any) -> Callable[..., Any]:
    def evaluated(images: np.ndarray, texts: np.ndarray, owner: np.ndarray) -> Any:
        sides = [f"q{i}" for i in range(len(images))], [f"d{j}" for j in range(len(texts))]
        return thing(*sides, owner, write_csv=False)(_named(images, texts))

    return evaluated


def _object(thing: Any, taken: dict[str, Any]) -> Callable[..., Any]:
    needed = [name for name, one in taken.items() if one.default is one.empty]
    if needed:
        raise CannotCallError(
            f"{thing.__name__} needs {', '.join(needed)} to be made: audit a function of your own that does it"
        )
    try:
        made = thing()
    except Exception as error:
        raise CannotCallError(f"{thing.__name__}() raises {type(error).__name__}: {line(error)}") from error
    for name in ("__call__", "evaluate", "compute", "score"):
        method: Callable[..., Any] | None = getattr(made, name, None)
        if callable(method):
            return method
    raise CannotCallError(f"{thing.__name__} has objects that cannot be called: give MODULE:CLASS.METHOD or a function")
