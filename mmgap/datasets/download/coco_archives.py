"""MS-COCO 2017 from its bucket: the captions, the photos of val2017 and, on request, of train2017."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mmgap.datasets.download.archives import is_zip, unpack
from mmgap.datasets.download.client import Downloader, Fetched
from mmgap.datasets.download.errors import FetchError, WrongContentError, require_space
from mmgap.datasets.download.mirrors import mirror_of
from mmgap.datasets.download.notice import say_notice, write_notice

BUCKET = "http://images.cocodataset.org"
STANFORD = "https://cs.stanford.edu/people/karpathy/deepimagesent"
PARTS = ("val", "train", "karpathy")


@dataclass(frozen=True)
class Archive:
    """A published zip file: where it is, bytes, SHA-256, and the members that are unpacked."""

    host: str
    path: str
    size: int
    sha256: str
    wanted: str


#: Sizes and digests as tensorflow-datasets publishes them (tensorflow_datasets/url_checksums/coco_captions.txt).
ARCHIVES = {
    "annotations": Archive(
        BUCKET,
        "annotations/annotations_trainval2017.zip",
        252_907_541,
        "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
        r"annotations/captions_[^/]+\.json",
    ),
    "val": Archive(
        BUCKET,
        "zips/val2017.zip",
        815_585_330,
        "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
        r"val2017/[^/]+\.jpg",
    ),
    "train": Archive(
        BUCKET,
        "zips/train2017.zip",
        19_336_861_798,
        "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
        r"train2017/[^/]+\.jpg",
    ),
    "karpathy": Archive(
        STANFORD,
        "caption_datasets.zip",
        36_745_453,
        "4cfd70132527b80933105e5829dc9034eaab9573482e2e680abbab6130244817",
        r"dataset_coco\.json",
    ),
}


def download(
    folder: Path,
    downloader: Downloader,
    tell: Callable[[str], None],
    *,
    parts: tuple[str, ...] = ("val",),
    base_url: str | None = None,
    keep_archives: bool = False,
    verify: bool = True,
) -> Fetched:
    """Return ``annotations/captions_<part>2017.json`` and ``<part>2017/*.jpg`` in ``folder``, of the parts asked for
    only.

    What the captions file lists and the folder holds is not fetched again. An archive that lies in ``folder`` already
    is used; each is removed once it is unpacked.

    Args:
        folder: where to.
        downloader: how.
        tell: takes a line of progress.
        parts: ``"val"`` (0.8 GB), ``"train"`` (19 GB), ``"karpathy"`` (``dataset_coco.json``, the split of Karpathy
            and Li, 2015; its photos are those of val2017 and train2017 together, under their names of 2014).
        base_url: instead of `BUCKET` (and of `STANFORD`), or ``MMGAP_COCO_URL``.
        keep_archives: leave the zip files in ``folder``.
        verify: hold the archives against the published sizes and digests; switch it off for other archives of a mirror.

    Raises:
        ValueError: an unknown part.
        FetchError: an archive cannot be had, or is not to be trusted.
    """
    if not parts or set(parts) - set(PARTS):
        raise ValueError(f"coco: parts are {', '.join(PARTS)}, got {', '.join(parts) or 'none'}")
    mirror = mirror_of(base_url, "--base-url", "MMGAP_COCO_URL")

    def bring(key: str, wanted: str | None = None) -> None:
        archive = ARCHIVES[key]
        url = f"{mirror or archive.host.rstrip('/')}/{archive.path}"
        file = folder / Path(archive.path).name
        tell(f"{file.name} from {url}")
        _fetch(downloader, archive, url, file, verify=verify)
        write_notice("coco", folder)
        unpack(file, folder, re.compile(wanted or archive.wanted))
        if not keep_archives:
            file.unlink()

    say_notice("coco", tell)
    photos = [part for part in PARTS if part in parts and part != "karpathy"]
    lists = [folder / "annotations" / f"captions_{part}2017.json" for part in photos]
    captions_only = rf"annotations/captions_({'|'.join(photos)})2017\.json"
    done = _complete(folder, lists, partial(bring, "annotations", captions_only))
    for part, captions in zip(photos, lists, strict=True):
        listed = [folder / f"{part}2017" / name for name in _photo_names(captions)]
        done += _complete(folder, listed, partial(bring, part))
    if "karpathy" in parts:
        done += _complete(folder, [folder / "dataset_coco.json"], partial(bring, "karpathy"))
    return done


def _fetch(downloader: Downloader, archive: Archive, url: str, file: Path, *, verify: bool) -> None:
    if verify and not file.exists():
        require_space(file.parent, 2 * archive.size, f"{file.name} (archive and contents)")
    size, sha256 = (archive.size, archive.sha256) if verify else (None, None)
    try:
        downloader.get(url, file, size=size, sha256=sha256, check=is_zip, show=True)
    except WrongContentError as error:
        raise WrongContentError(f"{error} (a mirror with archives of its own needs --no-verify)") from error


def _complete(folder: Path, files: list[Path], bring: Callable[[], None]) -> Fetched:
    """Call ``bring`` if one of ``files`` is missing; count what it brought."""
    missing = [file for file in files if not file.is_file()]
    if missing:
        bring()
    failed = [(file.name, "not in the archive") for file in missing if not file.is_file()]
    return Fetched(folder, len(missing) - len(failed), len(files) - len(missing), tuple(failed))


def _photo_names(captions: Path) -> list[str]:
    if not captions.is_file():
        return []
    try:
        names = [image["file_name"] for image in json.loads(captions.read_bytes())["images"]]
        return [name for name in names if name == Path(name).name]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise FetchError(f"{captions} is not a COCO captions file ({error!r}): delete it and call again") from error
