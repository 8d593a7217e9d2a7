"""A space that is fitted on the vectors of a data set's train and validation splits by one encoder, and is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mmgap import datasets, encoders, spaces
from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.core.messages import N_, Message, counted
from mmgap.datasets.base import DatasetError
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.preparing import prepared
from mmgap.datasets.stored_images import StoredImages
from mmgap.encoders.base import EncoderError, NeedsFitting, Vectors, identified, identity_of
from mmgap.encoders.embed import embed
from mmgap.spaces.bank_scorer import BankScores
from mmgap.spaces.space import UnequalWidthsError

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder

log = logging.getLogger(__name__)

#: Part of every key; raised when the fitting changes.
FORMAT = 3


class FittedSpace:
    """A space on the vectors of an encoder: fitted on a data set's train split, chosen on validation.

    All captions of an image are pairs. Where a data set has no validation split a part of train is held out.

    Args:
        spec: of `mmgap.spaces.parse`.
        encoder: what makes the vectors.
        data: spec of the data set.
        view: what the data set goes through before it is encoded; it should be what measured data go through.
        what: as notes call it.
    """

    def __init__(
        self,
        spec: str,
        encoder: Encoder,
        data: str,
        view: Callable[[Dataset], Dataset] = prepared,
        what: str = N_("space"),
    ) -> None:
        self.space, self.encoder, self.data, self.view, self.what = spaces.parse(spec), encoder, data, view, what

    def fingerprint(self) -> dict[str, Any]:
        """Return the space with its options, and the data it is fitted and chosen on; not the encoder."""
        return {
            "kind": self.space.spec,
            "fitting_format": FORMAT,
            "fitted_on": self._train and self._train.fingerprint(),
            "chosen_on": self._validation and self._validation.fingerprint(),
            **since_first(**spaces.identities(self.space.spec)),
        }

    def on(self, encoder: Encoder) -> FittedSpace:
        """Return the same space on the vectors of another encoder; itself where it is the same one."""
        if encoder is self.encoder:
            return self
        found = copy(self)
        found.encoder = encoder
        vars(found).pop("fitted", None)
        return found

    def of(self, vectors: Vectors, measured: Dataset) -> Vectors:
        """Return the vectors of a data set in the space, with its scorer where it has one, and what must be known.

        Raises:
            SpaceError: vectors that the space cannot take.
        """
        if len(vectors.texts):
            self._check_widths(vectors.images.shape[1], vectors.texts.shape[1])
        images, texts = self.fitted.transform(vectors.images, vectors.texts)
        notes = (*vectors.notes, *self.notes(measured))
        scorer = self.fitted.scorer if len(texts) else None
        if isinstance(scorer, BankScores):
            scorer, shared = scorer.without(images, texts)
            if shared:
                left_out = counted(
                    "{n} vector of the bank is also among those measured: left out.",
                    "{n} vectors of the bank are also among those measured: left out.",
                    n=shared,
                )
                notes = (*notes, left_out)
        return replace(vectors, images=images, texts=texts, scorer=scorer, notes=notes)

    def map(self, image_width: int, text_width: int) -> spaces.PairMap:
        """Return the map as it was fitted, now if that was not done; of its own encoder only, of these widths."""
        assert isinstance(self.fitted.map, spaces.PairMap)
        return self.fitted.map

    def logit_scale(self) -> None:
        """None: it was fitted without any."""
        return

    def notes(self, measured: Dataset) -> tuple[str, ...]:
        """Say what it was fitted on, the over-fitting alarm, and how many measured pictures it has seen already."""
        seen = len(_marks(self._train) & _marks(measured)) if self._train else 0
        if not seen:
            return self.fitted.notes
        leak = Message(
            "LEAK ALARM: {seen} of the {n} measured pictures are among those that the {what} was fitted on ({data}"
            " train): equal pictures, or another copy of the same data.",
            seen=seen,
            n=len(measured.image_ids),
            what=Message(self.what),
            data=self.data,
        )
        log.warning(leak)
        return (*self.fitted.notes, leak)

    @cached_property
    def fitted(self) -> spaces.Fitted:
        """The space as it was fitted: from the cache, else now."""
        if not self.space.needs_training:
            return self.space.fit()
        key = {"towers": self.encoder.fingerprint(), "projection": self.fingerprint()}
        key |= since_first(encoder=identity_of(self.encoder))
        return self.space.restored(Cache().arrays("projections", key, lambda: self._fit().arrays()))

    def _fit(self) -> spaces.Fitted:
        train = self._pairs(self._train)
        assert train is not None
        self._check_widths(*train.widths)
        return self.space.fit(train, self._pairs(self._validation))

    def _check_widths(self, image: int, text: int) -> None:
        try:
            self.space.check_widths(image, text)
        except UnequalWidthsError as error:
            able = [name for name in spaces.registry if spaces.registry.get(name).unequal_widths]
            raise UnequalWidthsError(f"{error}; {', '.join(able)} take unequal ones") from None

    @cached_property
    def _train(self) -> Dataset | None:
        if not self.space.needs_training:
            return None
        try:
            found = self._split("train")
        except DatasetError as error:
            raise EncoderError(
                f"{self.what} {self.space.spec!r} is fitted on held-out pairs, and there are none: {error}."
                f" {self._cure}"
            ) from error
        return self.view(found)

    @property
    def _cure(self) -> str:
        if self.what == "projection":
            return f"Fit it elsewhere, as in {self.space.spec}:flickr8k"
        return (
            "A folder's captions file names splits in a column called split; saved vectors are fitted and changed by"
            f" mmgap.spaces.parse({self.space.spec!r}).fit(train, validation).transform(images, texts)"
        )

    @cached_property
    def _validation(self) -> Dataset | None:
        if not self.space.needs_training:
            return None
        try:
            found = self._split("validation")
        except DatasetError:  # a folder may have train and test only: a part of train is held out then
            return None
        return self.view(found)

    def _split(self, split: str) -> Dataset:
        found = datasets.load(self.data, split=split)
        if not found.captions:
            raise DatasetError(f"{found.name} has no captions")
        return found

    def _pairs(self, dataset: Dataset | None) -> spaces.Pairs | None:
        if dataset is None:
            return None
        vectors = embed(self.encoder, dataset)
        return spaces.Pairs.of(dataset, vectors.images, vectors.texts)


def load_encoder(spec: str, **options: Any) -> Encoder:
    """Return the encoder that ``spec`` names, with the projection between its towers fitted where it has one to fit.

    Args:
        spec: as `mmgap.encoders.load` takes it, ``"two-towers:mobilenet-v2,minilm,cca:flickr8k"`` among them.
        options: device, dtype, batch_size and seed, as `mmgap.encoders.load`.

    Raises:
        UnknownNameError, EncoderError: as `mmgap.encoders.load`; a projection without a data set to be fitted on.
    """
    return fitted(encoders.load(spec, **options))


def fitted(encoder: Encoder, measured: str | None = None, view: Callable[[Dataset], Dataset] = prepared) -> Encoder:
    """Return an encoder whose part that needs fitting is fitted at its first vector; itself without such a part.

    Args:
        encoder: of `mmgap.encoders.load`.
        measured: spec of the data set that a projection is fitted on where it names none.
        view: what the data set goes through before it is encoded.

    Raises:
        EncoderError: a projection without a data set.
    """
    if not isinstance(encoder, NeedsFitting) or encoder.to_fit is None:
        return encoder
    method, data = encoder.to_fit
    if (chosen := data or measured) is None:
        raise EncoderError(
            f"projection {method!r} needs the data set it is fitted on: {encoder.name}:flickr8k. In an experiment the"
            " name alone means the train split of its own data set"
        )
    made = encoder.fitted_by(FittedSpace(method, encoder.raw, chosen, view, N_("projection")), chosen)
    identified(made, identity_of(encoder))
    return made


def _marks(dataset: Dataset) -> set[object]:
    """What tells a picture from others: its checksum where it is prepared, else its place."""
    if isinstance(dataset.images, StoredImages):
        arrays = dataset.images.arrays
        return set(arrays.store.checksums[list(arrays.rows)].tolist())
    return set(dataset.images.paths) if isinstance(dataset.images, ImageFiles) else set()
