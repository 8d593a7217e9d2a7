"""Where a card's vectors come from: two files, a data set by an encoder, or the cell of a row."""

from __future__ import annotations

from functools import partial

import numpy as np

from mmgap import datasets, encoders
from mmgap.card.card_vectors import CardVectors, card_vectors
from mmgap.core.cache import Cache
from mmgap.core.vector_files import locate, read_vectors, side_names
from mmgap.encoders.embed import embed
from mmgap.encoders.feeding import prepared_for
from mmgap.evaluation.fitted_space import fitted
from mmgap.rows.row import Row

#: What ``--demo`` shows: pictures drawn by code and a small CLIP, both of which ship with mmgap.
DEMO = "glyphs-en", "tiny"


def of_files(argument: str, owner: str | None = None) -> CardVectors:
    """Return vectors of files, whatever is wrong with them.

    Args:
        argument: as `mmgap.core.vector_files.read_vectors` takes it.
        owner: a file of whole numbers, the image row of each text.

    Raises:
        MissingDataError, VectorFileError: as there, but that faulty rows pass.
        ValueError: fewer than two images or texts can be measured.
    """
    files = locate(argument)
    pair = read_vectors(argument, owner, faulty=True)
    return card_vectors(pair.name, np.asarray(pair.images), np.asarray(pair.texts), pair.owner, files=side_names(files))


def of_dataset(
    data: str, encoder: str, *, split: str = "test", captions: str = "first", device: str = "cpu"
) -> CardVectors:
    """Return the vectors of a data set by an encoder, from the cache or encoded now; captions of the same words match.

    Args:
        data, encoder: specs.
        split, captions: as `mmgap.datasets.load`.
        device: where the encoder runs, if it does.

    Raises:
        UnknownNameError, MissingDataError, DatasetError, EncoderError: as `mmgap.datasets.load` and
            `mmgap.encoders.load`.
    """
    if data.startswith("vectors:"):
        return of_files(data.partition(":")[2])
    dataset = datasets.load(data, split=split, captions=captions)
    loaded = encoders.load(encoder, device=device)
    view = partial(prepared_for, loaded)
    shown = view(dataset)
    found = embed(fitted(loaded, data, view), shown)
    return card_vectors(f"{encoder} · {data}", found.images, found.texts, shown.owner, relevance=shown.relevance("any"))


def of_row(row: Row, cache: Cache | None = None) -> CardVectors | None:
    """Return the vectors of a row's cell; None where they are not at hand, or were trained or moved by a space.

    They are at hand where this machine's cache holds the row's arrays, or where the cell is of saved vectors.

    Args:
        row: of an experiment with a data set and an encoder.
        cache: where arrays lie; None takes the user's.
    """
    cell = row["cell"]
    data, encoder = cell["dataset"], cell["encoder"]
    as_is = cell["loss"] in (None, "initial") and not cell.get("space") and not cell.get("adapter")
    if data is None or encoder is None or not as_is:
        return None
    if not data.startswith("vectors:") and (cache or Cache()).read("items", {"row": row["key"]}) is None:
        return None
    captions = str(cell["variant"].get("captions", "first"))
    return of_dataset(data, encoder, split=str(row["inputs"].get("split", "test")), captions=captions)
