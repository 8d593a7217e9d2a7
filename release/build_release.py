"""Build wheel and sdist so that one commit gives the same bytes: ``python release/build_release.py [FOLDER]``.

``SOURCE_DATE_EPOCH`` is the time that all files get; by default that of the commit. setuptools keeps to it in wheels,
not in sdists, whose members are given it here, with no owner and in order. Needs ``pip install build``.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def commit_time() -> int:
    """Return when the commit was made that the files are of, in seconds."""
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    return int(told.stdout)


def normalised(sdist: bytes, epoch: int) -> bytes:
    """Return a ``.tar.gz`` with the same members in order, all of one time and of nobody."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(sdist)) as given, tarfile.open(fileobj=packed, mode="w") as made:
        for member in sorted(given.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            made.addfile(member, given.extractfile(member) if member.isfile() else None)
    return gzip.compress(packed.getvalue(), compresslevel=9, mtime=epoch)


def build(folder: Path) -> dict[str, str]:
    """Build both into a folder, which must be empty or new; return the SHA-256 of each."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder}: is not empty; a release is built into a new folder")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or commit_time())
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(done.stdout)
    (sdist,) = folder.glob("*.tar.gz")
    sdist.write_bytes(normalised(sdist.read_bytes(), epoch))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


if __name__ == "__main__":
    for name, digest in build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")).items():
        print(digest, name)
