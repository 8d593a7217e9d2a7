"""A file on its way: ``X.part``, and beside it what is needed to go on after a crash."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

import httpx2

from mmgap.core.checked_json import JsonError, conform, read_json


class Partial:
    """``path`` while it is incomplete.

    The bytes lie in ``<path>.part``; ``<path>.part.json`` names the address, the version (strong ETag, else
    Last-Modified) and the full size they came from. Both survive a kill. A server that names no version must at least
    offer the same size again; that the parts fit is for the check of the finished file to say.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.with_name(path.name + ".part")
        self._state = path.with_name(path.name + ".part.json")

    def size(self) -> int:
        """Bytes that arrived so far."""
        return self.file.stat().st_size if self.file.exists() else 0

    def headers(self, url: str) -> dict[str, str]:
        """``Range`` and ``If-Range`` that ask for the rest (RFC 9110, 13.1.5 and 14.2); empty: ask for everything."""
        have, state = self.size(), self._state_of(url)
        if not have or not (state.get("version") or state.get("total")):
            return {}
        version = {"If-Range": state["version"]} if state.get("version") else {}
        return {"Range": f"bytes={have}-", **version}

    def open(self, url: str, response: httpx2.Response) -> IO[bytes] | None:
        """The file to append the body of ``response`` to; None if that is not the rest of what is here."""
        if response.status_code == 206:
            start = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
            then, now = self._state_of(url), _state(url, response)
            same = all(now[key] is None or now[key] == then.get(key) for key in now)
            return self.file.open("ab") if start == str(self.size()) and same else None
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._state.write_text(json.dumps(_state(url, response)), encoding="utf-8")
        return self.file.open("wb")

    def finish(self) -> None:
        """The file is complete: give it its name."""
        os.replace(self.file, self.path)
        self._state.unlink(missing_ok=True)

    def discard(self) -> None:
        """Start from nothing."""
        self.file.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def _state_of(self, url: str) -> dict[str, Any]:
        """What is known of the bytes that are here; empty if they came from elsewhere."""
        try:
            state = conform(read_json(self._state), dict[str, Any], self._state.name)
            return state if state["url"] == url else {}
        except (JsonError, KeyError):
            return {}


def _state(url: str, response: httpx2.Response) -> dict[str, Any]:
    return {"url": url, "version": _version(response), "total": total_of(response)}


def _version(response: httpx2.Response) -> str | None:
    """What identifies the bytes: a strong ETag, else Last-Modified; None for a compressed body or neither."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    etag: str | None = response.headers.get("etag")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("last-modified")


def total_of(response: httpx2.Response) -> int | None:
    """Size of the whole file, where the response tells it."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    total = response.headers.get("content-range", "").partition("/")[2] or response.headers.get("content-length", "")
    return int(total) if total.isascii() and total.isdigit() else None
