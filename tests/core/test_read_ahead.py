"""One piece is read ahead, in a thread, and none twice."""

import threading

import pytest

from mmgap.core.read_ahead import read_ahead


@pytest.mark.parametrize("count", [0, 1, 5])
def test_all_pieces_come_in_their_order(count):
    assert list(read_ahead(lambda k: k * k, range(count))) == [k * k for k in range(count)]


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
