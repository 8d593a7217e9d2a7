"""Decode and resize every picture of a data set once: in parallel, resumable, and a broken file costs one record."""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmgap.core.integrity import CacheWarning, DamagedError, file_sha256, open_npy, write_sealed_json
from mmgap.core.locks import locked, remove_unheld
from mmgap.core.progress import progress_bar
from mmgap.core.threads import one_thread
from mmgap.datasets.base import Dataset, digest
from mmgap.datasets.images import ImageFileError, ImageFiles, check_header, open_rgb, shown
from mmgap.datasets.keywords import skipped_note
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.room import PixelRoom
from mmgap.datasets.store import (
    BROKEN,
    FORMAT,
    READY,
    ROW,
    UNSEEN,
    Store,
    StoreError,
    checksum,
    common_root,
    names_below,
)
from mmgap.datasets.store_captions import write_captions
from mmgap.datasets.stored_images import StoredArrays, StoredImages
from mmgap.datasets.svg_images import SvgImages, drawn_at

log = logging.getLogger(__name__)

#: Pictures that may wait for a worker, for each worker.
AHEAD = 8

#: Disk space that is left to others, in bytes; a small store leaves as much as it takes.
SPARE = 256 << 20


def prepared(dataset: Dataset, preparation: Preparation | None = None, *, workers: int | None = None) -> Dataset:
    """Return the data set with its pictures read from a memory map, which is made now if it is not there.

    Pictures that cannot be read are left out, counted and named. Drawings in SVG are drawn at the size. A data set that
    is drawn by code or saved as vectors comes back as it is, and so does one without any picture.

    Args:
        dataset: of `mmgap.datasets.load`.
        preparation: size and resize mode; None takes 224 pixels, short side resized, centre kept.
        workers: threads; None takes one a core.

    Raises:
        StoreError: no room for it, or none of its pictures can be read.
    """
    preparation = preparation or Preparation()
    if isinstance(dataset.images, SvgImages):
        return drawn_at(dataset, preparation.size)
    if not isinstance(dataset.images, ImageFiles) or not dataset.image_ids:
        return dataset
    kept, paths, store = _readable(dataset, preparation, workers)
    rows = tuple(store.position[path] for path in paths)
    write_captions(store, kept, rows)
    about = {**store.preparation.to_dict(), "content": _content(store, paths)}
    return replace(kept, images=StoredImages(StoredArrays(store, rows)), preparation=about)


def screened(dataset: Dataset, *, workers: int | None = None) -> Dataset:
    """Return the data set with its original pictures, but for those that cannot be read: they are left out and named.

    Raises:
        StoreError: as `prepared`.
    """
    if not isinstance(dataset.images, ImageFiles) or not dataset.image_ids:
        return dataset
    kept, paths, store = _readable(dataset, Preparation(), workers)
    originals = ImageFiles(paths, dataset.images.collection)
    return replace(kept, images=originals, preparation={"resize": "none", "content": _content(store, paths)})


def _content(store: Store, paths: Sequence[str]) -> str:
    """What the pictures show, whatever their files are called: the digest of their checksums."""
    return digest(store.checksums[[store.position[path] for path in paths]].tolist())


def _readable(
    dataset: Dataset, preparation: Preparation, workers: int | None
) -> tuple[Dataset, tuple[str, ...], Store]:
    """The data set without its broken pictures, the paths of the others, and the finished store."""
    assert isinstance(dataset.images, ImageFiles)
    files = dataset.images.paths
    store = Store.of(dataset.images.collection or files, preparation, re.split("[-:]", dataset.name)[0])
    prepare(store, workers=workers)
    broken = [(i, store.broken[file]) for i, file in zip(dataset.image_ids, files, strict=True) if file in store.broken]
    if not broken:
        return dataset, files, store
    if len(broken) == len(files):
        raise StoreError(f"{dataset.name}: none of its {len(files)} pictures can be read. {skipped_note(broken)[0]}")
    keep = [position for position, file in enumerate(files) if file not in store.broken]
    kept = dataset.select(keep)
    kept = replace(kept, skipped=(*kept.skipped, *broken), notes=(*kept.notes, *skipped_note(broken)))
    return kept, tuple(files[position] for position in keep), store


def prepare(store: Store, *, workers: int | None = None) -> Store:
    """Make what is missing of a store; a run that was killed is taken up where it stopped.

    Args:
        store: of `Store.of`.
        workers: threads; None takes one a core.

    Raises:
        StoreError: not enough disk space, or a folder that cannot be written.
    """
    place, lock = store.folder / ".lock", ExitStack()
    if store.finished and store.damage() is None:
        remove_unheld(place)
        return store
    try:
        lock.enter_context(locked(place))
    except OSError as error:
        raise StoreError(f"{store.folder} cannot be used ({error}): point MMGAP_CACHE at a folder of yours") from error
    with lock:
        if store.finished and (damage := store.damage()) is not None:
            warnings.warn(f"a store is damaged, and made again: {damage}", CacheWarning, stacklevel=2)
            store.manifest_file.unlink()
        if not store.finished:
            with one_thread():  # of torch in each of the workers
                _fill(store, workers or os.cpu_count() or 1)
            store.forget()
    return store


def _fill(store: Store, workers: int) -> None:
    """Work through the rows that nothing is known of, then write the manifest."""
    start = time.perf_counter()
    rows, array = _open(store)
    for row in np.flatnonzero(rows["state"] == READY):  # what a killed run left: as good as its checksum
        if checksum(array[row]) != rows["crc"][row]:
            rows["state"][row] = UNSEEN
    todo = np.flatnonzero(rows["state"] != READY)  # broken files are tried again: their reasons are not on disk
    broken: dict[int, str] = {}
    room = PixelRoom()

    def make(row: int) -> tuple[int, str]:
        try:
            with room.taken(_size(store.files[row])):
                picture = store.preparation(open_rgb(store.files[row]))
        except ImageFileError as error:
            return row, error.reason
        array[row] = picture
        rows["crc"][row] = checksum(picture)
        rows["state"][row] = READY  # after its content: a kill between the two costs the row, not the store
        return row, ""

    with (
        ThreadPoolExecutor(workers, thread_name_prefix="mmgap-prepare") as pool,
        progress_bar(total=len(rows), initial=len(rows) - len(todo), desc=f"preparing {store.folder.name}") as bar,
    ):
        waiting: set[Future[tuple[int, str]]] = set()
        for number, row in enumerate(todo):
            waiting.add(pool.submit(make, int(row)))
            if number + 1 < len(todo) and len(waiting) < workers * AHEAD:
                continue
            last = number + 1 == len(todo)
            done, waiting = wait(waiting) if last else wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                position, reason = future.result()
                if reason:
                    rows["state"][position] = BROKEN
                    broken[position] = reason
                    log.warning("%s is left out: %s", shown(store.files[position]), reason)
            bar.update(len(done))
    for changed in (array, rows):
        assert isinstance(changed, np.memmap)
        changed.flush()
    _write_manifest(store, broken, time.perf_counter() - start)


def _size(file: str) -> tuple[int, int]:
    """(width, height); of a file that is no picture nothing: decoding it says why."""
    try:
        return check_header(file)
    except ImageFileError:
        return 0, 0


def _open(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """The rows' states and the pictures, writable: those of an earlier run where they fit, else new ones."""
    shape = (len(store.files), store.preparation.size, store.preparation.size, 3)
    try:
        rows, array = open_npy(store.rows_file), open_npy(store.images_file)
        if rows.dtype == ROW and rows.shape == shape[:1] and array.dtype == np.uint8 and array.shape == shape:
            return open_npy(store.rows_file, "r+"), open_npy(store.images_file, "r+")
    except DamagedError:  # absent or cut short: begin again
        pass
    store.rows_file.unlink(missing_ok=True)
    _reserve(store.images_file, shape)
    array = np.lib.format.open_memmap(store.images_file, mode="r+")
    return np.lib.format.open_memmap(store.rows_file, mode="w+", dtype=ROW, shape=shape[:1]), array


def _reserve(file: Path, shape: Sequence[int]) -> None:
    """An empty ``.npy`` file whose bytes are really there: a full disk is an error now, not a crash in mid-work."""
    size = int(np.prod(shape))
    free = shutil.disk_usage(file.parent).free + (file.stat().st_size if file.exists() else 0)
    needed = size + min(size, SPARE)
    if free < needed:
        raise StoreError(
            f"preparing {shape[0]} pictures needs {needed / 1e6:,.1f} MB in {file.parent}, where {free / 1e6:,.1f} MB"
            " are free: point MMGAP_CACHE at a larger disk, or take a smaller --image-size"
        )
    np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=tuple(shape)).flush()
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as stream:
            try:
                os.posix_fallocate(stream.fileno(), 0, file.stat().st_size)
            except OSError as error:
                file.unlink()
                raise StoreError(f"{file} could not be reserved ({size / 1e6:,.1f} MB): {error}") from error


def _write_manifest(store: Store, broken: dict[int, str], seconds: float) -> None:
    manifest = {
        "format": FORMAT,
        "preparation": store.preparation.to_dict(),
        "pictures": len(store.files) - len(broken),
        "files": names_below(common_root(store.files), store.files),
        "rows": file_sha256(store.rows_file),
        "broken": {str(row): reason for row, reason in sorted(broken.items())},
        "seconds": round(seconds, 3),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    try:
        write_sealed_json(store.manifest_file, manifest, indent=None)
    except OSError as error:
        raise StoreError(
            f"{store.manifest_file} could not be written ({error.strerror or error}); the pictures are kept. Make room"
            " and call again: none is decoded twice"
        ) from error
