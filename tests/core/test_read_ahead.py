"""One piece is read ahead, in a thread, and none twice."""

import threading

import pytest

from mmgap.core.read_ahead import read_ahead


@pytest.mark.parametrize("readers", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_all_pieces_come_in_their_order(count, readers):
    assert list(read_ahead(lambda k: k * k, range(count), readers=readers)) == [k * k for k in range(count)]


def test_several_readers_read_at_once_and_the_last_piece_may_be_ready_first():
    meeting, later = threading.Barrier(3), threading.Event()

    def read(k):
        meeting.wait(10)  # breaks unless three are read at once
        if k == 0:
            assert later.wait(10)
        elif k == 2:
            later.set()
        return k

    assert list(read_ahead(read, range(3), readers=3)) == [0, 1, 2]


def test_the_next_piece_is_read_while_one_is_worked_on():
    started = [threading.Event() for _ in range(3)]
    names = set()

    def read(k):
        started[k].set()
        names.add(threading.current_thread().name)
        return k

    for k in read_ahead(read, range(3)):
        assert started[min(k + 1, 2)].wait(10)
        assert k > 0 or not started[2].is_set()
    assert len(names) == 1
    assert names.pop().startswith("mmgap-read")


def test_an_error_comes_where_its_piece_would_have():
    found = read_ahead(lambda k: 1 // k, [1, 0])
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)
