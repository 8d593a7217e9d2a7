"""A path that the system refuses is named with what is wrong with it and the cure, never as a number."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mmgap.core.atomic import whole_file, write_atomic
from mmgap.core.failures import line


def refused(error: type[OSError], path: Path) -> OSError:
    with pytest.raises(error) as caught:
        write_atomic(path, b"page")
    return caught.value


def test_a_file_where_a_folder_is_meant(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("kept")
    said = line(refused(FileExistsError, tmp_path / "notes" / "card.html"))
    assert said == f"{tmp_path / 'notes'}: a file is there, where a folder is meant: name another place"
    assert (tmp_path / "notes").read_text() == "kept"


def test_a_file_further_up_the_path(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("kept")
    said = line(refused(NotADirectoryError, tmp_path / "notes" / "deep" / "card.html"))
    assert said.endswith(": a part of this path is a file, no folder: name another place")


def test_a_folder_that_is_a_link_to_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "rows").symlink_to(tmp_path / "disk")
    said = line(refused(FileExistsError, tmp_path / "rows" / "row.json"))
    assert said == (
        f"{tmp_path / 'rows'}: is a link to {tmp_path / 'disk'}, which is not there: make it, or name another place"
    )


def test_a_folder_where_a_file_is_meant(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert line(refused(IsADirectoryError, tmp_path / "out")) == f"{tmp_path / 'out'}: is a folder: name a file in it"
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]  # no temporary file is left


def test_errors_of_other_files_keep_their_names(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, whole_file(tmp_path / "out"):
        (tmp_path / "absent").read_bytes()
    assert caught.value.filename == str(tmp_path / "absent")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENAMETOOLONG])
def test_the_systems_other_refusals_name_path_and_cure(number: int) -> None:
    said = line(OSError(number, os.strerror(number), "reports"))
    assert "Errno" not in said
    assert said.startswith("reports: ")
    assert said.count(": ") == 2


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EIO, "Input/output error", "disk"), OSError(errno.ENOSPC, "full"), FileNotFoundError("x: absent")],
)
def test_what_has_no_cure_keeps_its_words(error: OSError) -> None:
    assert line(error) == str(error)
