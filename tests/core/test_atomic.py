"""Whole or not at all; and what a killed process left goes away, what a living one is writing does not."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from mmgap.core import atomic
from mmgap.core.atomic import (
    remove_orphans,
    require_file_place,
    require_folder_place,
    require_writable,
    whole_file,
    whole_folder,
    write_atomic,
)
from mmgap.core.failures import line


@pytest.fixture(autouse=True)
def unseen(monkeypatch):
    monkeypatch.setattr(atomic, "_SWEPT", set())


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def orphan(folder, process, name="a.json", host=None):
    path = folder / f".{name}.{host or atomic._host()}-{process}.0123456789ab.tmp"
    path.write_bytes(b"half")
    return path


def test_a_file_that_fails_leaves_the_one_before(tmp_path):
    write_atomic(tmp_path / "a", b"old")
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "a") as temporary:
        temporary.write_bytes(b"new" * (1 // 0))
    assert (tmp_path / "a").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_folder_appears_when_it_is_full_and_takes_the_place_of_another(tmp_path):
    out = tmp_path / "out"
    for content in ("one", "two"):
        with whole_folder(out) as temporary:
            (temporary / content).write_text(content)
            assert not (out / content).exists()
        assert [path.name for path in out.iterdir()] == [content]
    with pytest.raises(ZeroDivisionError), whole_folder(out) as temporary:
        (temporary / "three").write_text("three" * (1 // 0))
    assert [path.name for path in out.iterdir()] == ["two"]
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out") as temporary:
        (temporary / "a").touch()
    assert list(tmp_path.rglob("*")) == [tmp_path / "out", tmp_path / "out" / "a"]


def test_what_a_dead_process_left_is_removed_by_the_next_write(tmp_path, dead):
    gone = orphan(tmp_path, dead)
    folder = tmp_path / f".out.{atomic._host()}-{dead}.0123456789ab.tmp"
    (folder / "adapter").mkdir(parents=True)
    mine = orphan(tmp_path, os.getpid(), "b")
    write_atomic(tmp_path / "c", b"")
    assert sorted(tmp_path.iterdir()) == sorted([mine, tmp_path / "c"])
    assert not gone.exists()


def test_of_others_only_what_is_a_day_old_is_removed(tmp_path, dead):
    """Another host's process cannot be asked; names of an earlier mmgap say no process."""
    strange = [orphan(tmp_path, dead, host="00000000"), tmp_path / ".row.json.0123456789abcdef0123456789abcdef.tmp"]
    strange[1].write_bytes(b"half")
    other = tmp_path / ".notes.tmp"  # no name that mmgap gives
    other.write_bytes(b"")
    assert remove_orphans(tmp_path) == []
    for path in (*strange, other):
        os.utime(path, (time.time() - atomic.OLD - 60,) * 2)
    assert remove_orphans(tmp_path) == sorted(strange)
    assert list(tmp_path.iterdir()) == [other]


def test_a_killed_write_leaves_what_the_next_process_removes(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from mmgap.core.atomic import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as t: t.write_bytes(b'half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob(".a.*.tmp"))) == 1
    write_atomic(tmp_path / "a", b"whole")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    assert require_writable(tmp_path / "new" / "one").is_dir()
    assert list((tmp_path / "new" / "one").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"nothing can be written into .*file/out: Not a directory"):
        require_writable(tmp_path / "file" / "out")
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    with pytest.raises(OSError, match=r"written into .*link/out: .*link is a link to a place that is not there"):
        require_writable(tmp_path / "link" / "out")


def test_it_imports_the_standard_library_only():
    code = "import sys, mmgap.core.atomic, mmgap.core.integrity, mmgap.core.locks\n"
    code += "print([m for m in ('numpy', 'torch', 'filelock', 'safetensors') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FileExistsError, match="pipe: is a device or a pipe, which a file would replace"):
        write_atomic(pipe, b"content")
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def content(path):
    return path.read_bytes() if path.is_file() else (path / "a").read_bytes()


@pytest.mark.parametrize("write", [whole_file, whole_folder])
@pytest.mark.parametrize("there", [True, False], ids=["target", "no target yet"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path, write, there, relative):
    """Links on links, from a folder to another: what a user has put on a big disk is written there."""
    big, here = tmp_path / "big", tmp_path / "here"
    target, link, first = big / "out", here / "out", here / "first"
    for folder in (big, here):
        folder.mkdir()
    first.symlink_to(os.path.join("..", "big", "out") if relative else target)
    link.symlink_to("first" if relative else first)
    for words in ("one", "two") if there else ("one",):
        with write(link) as temporary:
            assert temporary.parent == big  # on the disk where it will be
            (temporary if write is whole_file else temporary / "a").write_text(words)
        assert content(target) == words.encode()
    assert link.is_symlink()
    assert first.is_symlink()
    assert sorted(tmp_path.rglob("*")) == sorted([big, here, link, first, *([target / "a"] * target.is_dir()), target])
    with pytest.raises(ZeroDivisionError), write(link):
        raise ZeroDivisionError
    assert content(target) == words.encode()


@pytest.mark.parametrize("write", [whole_file, whole_folder])
def test_a_link_into_nowhere_or_onto_itself_is_named(tmp_path, write):
    (tmp_path / "link").symlink_to(tmp_path / "absent" / "out")
    with pytest.raises(FileNotFoundError, match=r"link: is a link to .*absent/out, and there is no folder .*absent"):
        write(tmp_path / "link").__enter__()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="loop") as caught:
        write(tmp_path / "loop").__enter__()
    assert line(caught.value).endswith("loop: is a link that leads to itself: remove it, or name another place")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "loop"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_write_that_finds_no_room_names_the_file(tmp_path, number):
    """What the system says of a write names no file."""
    with pytest.raises(OSError, match="out") as caught, whole_file(tmp_path / "out"):
        raise OSError(number, os.strerror(number))
    assert line(caught.value).startswith(f"{tmp_path / 'out'}: ")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="other") as caught, whole_file(tmp_path / "out"):
        raise OSError(number, os.strerror(number), "other")
    assert caught.value.filename == "other"


def test_places_are_looked_at_and_nothing_is_made(tmp_path):
    (tmp_path / "notes").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    before = sorted(tmp_path.rglob("*"))
    for path in ("new", "folder/new", "link/new", "deep/er/new", "notes"):
        assert require_file_place(tmp_path / path) == tmp_path / path
    for path in ("folder", "link", "deep/er"):
        assert require_folder_place(tmp_path / path) == tmp_path / path
    for path in ("notes/new", "notes/deep/er/new"):
        for look in (require_file_place, require_folder_place):
            with pytest.raises(FileExistsError) as caught:
                look(tmp_path / path)
            assert caught.value.filename == str(tmp_path / "notes")
    with pytest.raises(IsADirectoryError):
        require_file_place(tmp_path / "link")
    with pytest.raises(FileExistsError):
        require_folder_place(tmp_path / "notes")
    assert sorted(tmp_path.rglob("*")) == before
