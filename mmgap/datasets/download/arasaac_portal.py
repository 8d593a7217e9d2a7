"""ARASAAC from its portal: the list of pictograms of each language, and the pictograms themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from mmgap.datasets.download.client import Downloader, Fetched, Job, get_all
from mmgap.datasets.download.errors import FetchError, require_space
from mmgap.datasets.download.mirrors import mirror_of
from mmgap.datasets.download.notice import say_notice, write_notice

API = "https://api.arasaac.org/v1"
IMAGES = "https://static.arasaac.org"
LANGUAGES = ("en", "es")
SIZES = (300, 500, 2500)

#: An id becomes the name of a file and a part of an address, so it has to be this plain.
PLAIN = re.compile(r"[A-Za-z0-9]{1,40}")
#: Bytes of a pictogram of 500 pixels, roughly (13,800 of them are about 330 MB).
MEAN_BYTES = 24_000
#: The list of one language is some 15 MB; this much is refused.
LARGEST_LIST = 1 << 29


def download(
    folder: Path,
    downloader: Downloader,
    tell: Callable[[str], None],
    *,
    languages: tuple[str, ...] = LANGUAGES,
    size: int = 500,
    limit: int | None = None,
    base_url: str | None = None,
    images_url: str | None = None,
) -> Fetched:
    """Return ``metadata_<language>.json`` (the portal's answer, byte for byte) and ``images/<_id>.png`` in ``folder``.

    Addresses, as the portal's OpenAPI file gives them (github.com/Arasaac/public-api, config/openapi_v1.yml):
    ``https://api.arasaac.org/v1/pictograms/all/{language}`` and
    ``https://static.arasaac.org/pictograms/{id}/{id}_{size}.png`` in 300, 500 or 2500 pixels (the API also answers
    under ``https://api.arasaac.org/api``). What is there already
    is not asked for again; to have a newer list, delete the metadata file.

    Args:
        folder: where to.
        downloader: how.
        tell: takes a line of progress.
        languages: of the lists; the pictograms of all of them are fetched.
        size: width of the pictograms in pixels.
        limit: only the first so many pictograms; the lists stay whole.
        base_url: instead of `API`, or ``MMGAP_ARASAAC_URL``.
        images_url: instead of `IMAGES`, or ``MMGAP_ARASAAC_IMAGES_URL``; default: ``base_url`` where one is given.

    Raises:
        ValueError: an unknown language or size.
        FetchError: a list cannot be had, or the portal fails altogether. Single pictograms are counted instead.
    """
    if not languages or set(languages) - set(LANGUAGES):
        raise ValueError(f"arasaac: languages are {', '.join(LANGUAGES)}, got {', '.join(languages) or 'none'}")
    if size not in SIZES:
        raise ValueError(f"arasaac: pictograms are {', '.join(map(str, SIZES))} pixels wide, got {size}")
    mirror = mirror_of(base_url, "--base-url", "MMGAP_ARASAAC_URL")
    base = mirror or API
    images = mirror_of(images_url, "--images-url", "MMGAP_ARASAAC_IMAGES_URL") or mirror or IMAGES
    say_notice("arasaac", tell)
    done = Fetched(folder)
    identifiers: dict[str, None] = {}
    for language in dict.fromkeys(languages):
        file = folder / f"metadata_{language}.json"
        url = f"{base}/pictograms/all/{language}"
        new = downloader.get(url, file, check=_list_fault, limit=LARGEST_LIST, show=True)
        plain, odd = _identifiers(file)
        identifiers |= dict.fromkeys(plain)
        failed = tuple((name, f"record of {file.name} whose _id is no plain number or word") for name in odd)
        done += Fetched(folder, int(new), int(not new), failed)
    jobs = [
        Job(i, f"{images}/pictograms/{i}/{i}_{size}.png", folder / "images" / f"{i}.png")
        for i in list(identifiers)[:limit]
    ]
    missing = sum(not job.path.exists() for job in jobs)
    if done.new or missing:
        write_notice("arasaac", folder)
    tell(f"{len(jobs):,} pictograms, {missing:,} of them to fetch")
    require_space(folder, missing * MEAN_BYTES * size // 500, f"arasaac ({missing:,} pictograms, roughly)")
    return done + get_all(downloader, jobs, folder, "pictograms", check=png_fault)


def png_fault(path: Path) -> str | None:
    """Return what is wrong with ``path`` as a PNG, checksums of all chunks included; or None."""
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            image.verify()
    except Exception as error:  # Pillow raises nearly every type there is on broken files
        reason = "" if type(error).__name__ == "UnidentifiedImageError" else f" ({error})"
        return f"not a whole PNG{reason}"
    return None


def _list_fault(path: Path) -> str | None:
    try:
        records = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return "not JSON"
    if not (isinstance(records, list) and any(isinstance(record, dict) and "_id" in record for record in records)):
        return "not a list of pictograms"
    return None


def _identifiers(file: Path) -> tuple[list[str], list[str]]:
    """Ids that may name a file, and the others as they stand."""
    if fault := _list_fault(file):
        raise FetchError(f"{file} is {fault}: delete it and call again")
    plain: list[str] = []
    odd: list[str] = []
    for record in json.loads(file.read_bytes()):
        identifier = record.get("_id") if isinstance(record, dict) else record
        usable = isinstance(record, dict) and type(identifier) in (int, str) and PLAIN.fullmatch(str(identifier))
        (plain if usable else odd).append(str(identifier) if usable else repr(identifier)[:60])
    return plain, odd
