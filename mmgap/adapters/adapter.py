"""What every adapter is: options, and ``fit(shots, classes, validation)``, which refuses what would be a leak."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from mmgap.adapters.labelled_vectors import AdapterError, LabelledVectors, also_in, unit_rows
from mmgap.core.spec_options import WithOptions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from torch import Tensor

    from mmgap.adapters.few_shots import FewShots

#: Factor of cosines in logits, CLIP's.
SCALE = 100.0

#: Option → values that are tried.
Grid = Mapping[str, tuple[Any, ...]]


class Head(Protocol):
    """What an adapter learned."""

    def scores(self, x: Tensor) -> Tensor:
        """Return (N, C) logits of (N, d) unit images, float64."""


class Try(NamedTuple):
    """One way to set an adapter's options: what they are, the head, and (N, C) logits of what it is judged by."""

    options: Mapping[str, Any]
    head: Head
    scores: Tensor


@dataclass(frozen=True, eq=False)
class FittedAdapter:
    """An adapter after its shots.

    Attributes:
        spec: of the adapter.
        head: what it learned.
        seen: (S, d) the vectors that it was fitted on or chosen by, which cannot be measured.
        chosen: options that were chosen, with their values; empty where all are fixed.
        leaky: they were chosen by the very images that it is measured on.
    """

    spec: str
    head: Head
    seen: np.ndarray
    chosen: Mapping[str, Any]
    leaky: bool = False

    def logits(self, images: ArrayLike) -> np.ndarray:
        """Return (N, C) float64 logits of images, the larger the likelier.

        Args:
            images: (N, d), made unit rows.

        Raises:
            AdapterError: some of these vectors were among the shots or the validation images, or rows that are zero or
                not finite.
        """
        import torch

        rows = unit_rows(images, "images")
        if shared := int(also_in(rows, self.seen).sum()):
            raise AdapterError(
                f"LEAK: {shared} of the {len(rows)} measured vectors are among the shots or validation images of"
                f" {self.spec}: measure others"
            )
        with torch.no_grad():
            return self.head.scores(torch.from_numpy(rows)).numpy()


@dataclass(frozen=True)
class Adapter(WithOptions, ABC):
    """An entry of `mmgap.adapters.registry`: a frozen dataclass whose fields are its options, each with a default.

    A subclass needs `learn` alone; it works in float64, draws from `FewShots.generator` and changes nothing else.

    Attributes:
        select: "fixed": options as given; "val": those in `grid` are chosen by accuracy on validation images, as many a
            class as there are shots; "test": by the measured images themselves, a leak, under the legacy protocol.
        protocol: "legacy" repeats what papers published: with ``select=test`` alone, and the other way round.
        grid: option → values that are tried; the first best counts.
        trained: it is learned by steps down a gradient, not solved or looked up.
        row_by_row: the logits of an image do not depend on the others that are measured with it.
    """

    grid: ClassVar[Grid] = {}
    trained: ClassVar[bool] = False
    row_by_row: ClassVar[bool] = True
    select: Literal["fixed", "val", "test"] = field(default="fixed", kw_only=True)
    protocol: Literal["honest", "legacy"] = field(default="honest", kw_only=True)

    def __post_init__(self) -> None:
        if (self.select == "test") != (self.protocol == "legacy"):
            raise AdapterError(
                f"{self.name}: select=test tunes on what is measured, which is a leak: it is there as"
                " select=test,protocol=legacy alone, to repeat published figures; else take select=fixed or select=val"
            )
        if self.select != "fixed" and not self.grid:
            raise AdapterError(f"{self.name} has nothing to choose: leave out select={self.select}")

    @property
    def leaky(self) -> bool:
        """Whether it is tuned on what is measured."""
        return self.protocol == "legacy"

    def fit(
        self,
        shots: LabelledVectors,
        classes: ArrayLike,
        validation: LabelledVectors | None = None,
        seed: int = 0,
        *,
        scale: float = SCALE,
        test: LabelledVectors | None = None,
    ) -> FittedAdapter:
        """Fit it on the shots, and choose its options by what ``select`` says; a leak cannot be written by accident.

        Args:
            shots: at least one of each class.
            classes: (C, d) vectors of the classes, made unit rows.
            validation: none of the shots; for ``select=val``, no more of a class than there are shots.
            seed: of everything random.
            scale: of cosines in logits.
            test: what is measured, for ``select=test,protocol=legacy`` alone.

        Raises:
            AdapterError: a class without a shot, ``select=val`` without validation or with more of it than shots,
                shared vectors, ``test`` where it would be a leak by accident.
        """
        import torch

        from mmgap.adapters.few_shots import FewShots

        rows = unit_rows(classes, "classes")
        self._check(shots, rows, validation, test)
        few = FewShots.of(shots, rows, float(scale), seed)
        judge = {"fixed": None, "val": validation, "test": test}[self.select]
        with torch.no_grad(), few.threads():
            if judge is None:
                chosen: Mapping[str, Any] = {}
                head = self.learn(few)
            else:
                x, y = torch.from_numpy(judge.images), torch.from_numpy(judge.labels)
                chosen, head, _ = best(self.tries(few, x, y), y)
        seen = [some.images for some in (shots, validation) if some is not None]
        return FittedAdapter(self.spec, head, np.concatenate(seen), dict(chosen), self.leaky)

    @abstractmethod
    def learn(self, few: FewShots) -> Head:
        """Return what it learns of shots with its options as they are."""

    def tries(self, few: FewShots, x: Tensor, y: Tensor) -> Iterator[Try]:
        """Yield it with each of the options of its `grid`, learned and judged.

        Args:
            few: the shots.
            x: (N, d) unit images that it is judged by.
            y: (N,) their classes.
        """
        for values in product(*self.grid.values()):
            options = dict(zip(self.grid, values, strict=True))
            head = replace(self, **options).learn(few)
            yield Try(options, head, head.scores(x))

    def _check(
        self,
        shots: LabelledVectors,
        classes: np.ndarray,
        validation: LabelledVectors | None,
        test: LabelledVectors | None,
    ) -> None:
        there = {"shots": shots, "validation images": validation, "test images": test}
        for what, some in there.items():
            if some is None:
                continue
            if some.images.shape[1] != classes.shape[1]:
                raise AdapterError(
                    f"the {what} have {some.images.shape[1]} dimensions, the classes {classes.shape[1]}: adapters need"
                    " one width"
                )
            if len(some) and some.labels.max() >= len(classes):
                raise AdapterError(f"label {some.labels.max()} of the {what}: there are {len(classes)} classes, from 0")
            if what != "shots" and (shared := int(also_in(some.images, shots.images).sum())):
                raise AdapterError(f"LEAK: {shared} of the {what} are among the shots: draw others")
        counts = shots.counts(len(classes))
        if not counts.all():
            raise AdapterError(f"class {int(counts.argmin())} has no shot: leave the class out")
        if self.select == "val":
            if validation is None or not len(validation):
                raise AdapterError(f"{self.spec} is chosen on validation images, and there are none: give validation")
            if (most := validation.counts(len(classes)).max()) > counts.max():
                raise AdapterError(
                    f"{self.spec}: {most} validation images of a class, and {counts.max()} shots: as many as shots is"
                    " what few-shot allows"
                )
        if (test is None) == self.leaky:
            raise AdapterError(
                f"{self.spec} {'needs the images that it is measured on' if self.leaky else 'must not see them'}:"
                " test is for select=test,protocol=legacy alone"
            )


def best(tries: Iterable[Try], y: Tensor) -> Try:
    """Return the first of those with the highest accuracy."""
    return max(tries, key=lambda one: int((one.scores.argmax(dim=1) == y).sum()))
