"""A lock holds although its file goes away each time."""

import multiprocessing

import pytest

from mmgap.core.locks import locked, remove_unheld


def _count(folder, rounds):
    for _ in range(rounds):
        with locked(folder / "lock"):
            number = int((folder / "count").read_text())
            (folder / "count").write_text(str(number + 1))


def test_four_processes_never_meet_and_leave_no_file(tmp_path):
    (tmp_path / "count").write_text("0")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_count, args=(tmp_path, 50)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert (tmp_path / "count").read_text() == "200"
    assert not (tmp_path / "lock").exists()


def test_an_error_frees_it(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock"):
        raise ZeroDivisionError
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()


def test_a_place_that_cannot_be_is_an_oserror(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError), locked(tmp_path / "file" / "lock"):
        pass


def test_what_a_killed_process_left_is_removed_and_what_is_held_stays(tmp_path):
    for name in ("lock", "checkpoint"):
        (tmp_path / name).touch()
    remove_unheld(tmp_path / "lock", tmp_path / "checkpoint")
    assert list(tmp_path.iterdir()) == []
    remove_unheld(tmp_path / "lock")
    with locked(tmp_path / "lock"):
        context = multiprocessing.get_context("fork")
        other = context.Process(target=remove_unheld, args=(tmp_path / "lock",))
        other.start()
        other.join()
        assert (other.exitcode, (tmp_path / "lock").exists()) == (0, True)
