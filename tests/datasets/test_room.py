"""Huge pictures are decoded one after the other, small ones side by side."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mmgap.datasets import preparing
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.room import PixelRoom
from tests.support import pictures_for_stores as pictures


def most_at_once(size, pixels, count=8):
    """How many pictures of one size were in the room together, and how many pixels."""
    room, inside, seen, lock = PixelRoom(pixels), [0], [], threading.Lock()

    def decode(_):
        with room.taken(size):
            with lock:
                inside[0] += 1
                seen.append(inside[0])
            time.sleep(0.005)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(decode, range(count)))
    assert room.free == pixels
    return max(seen)


def test_never_more_pixels_than_there_is_room_for():
    assert most_at_once((10, 10), 350) <= 3
    assert most_at_once((10, 10), 100) == 1
    assert most_at_once((1000, 1000), 100) == 1


def test_small_ones_do_not_wait():
    room = PixelRoom(300)
    with room.taken((10, 10)), room.taken((10, 10)), room.taken((10, 10)):
        assert room.free == 0


def test_room_is_given_back_after_an_error():
    room = PixelRoom(5)
    with pytest.raises(MemoryError), room.taken((9, 9)):
        raise MemoryError
    assert room.free == 5


def test_preparing_keeps_to_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(preparing, "PixelRoom", lambda: PixelRoom(100))
    inside, seen, lock = [0], [], threading.Lock()
    really = preparing.open_rgb

    def watched(path):
        with lock:
            inside[0] += 1
            seen.append(inside[0])
        image = really(path)
        time.sleep(0.01)
        with lock:
            inside[0] -= 1
        return image

    monkeypatch.setattr(preparing, "open_rgb", watched)
    made = prepared(pictures.dataset(pictures.draw(tmp_path / "x", 8)), Preparation(16), workers=8)
    assert len(made.images) == 8
    assert max(seen) == 1
