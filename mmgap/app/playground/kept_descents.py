"""The descents that the server keeps for a while, so that each step is made once, whoever asks for it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from mmgap.app.playground.state import PlaygroundState

if TYPE_CHECKING:
    from mmgap.app.playground.descent import Descent

T = TypeVar("T")

#: Descents that are kept, and seconds that one question may take before it is asked to come again.
MOST, SECONDS = 8, 0.4


class KeptDescents:
    """Descents by their states; one question is answered at a time, since each uses all cores.

    Nothing of it belongs to a reader: a state gives the same steps to everybody, kept or made again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[PlaygroundState, Descent] = OrderedDict()

    def ask(self, state: PlaygroundState, step: int, answer: Callable[[Descent, float], T]) -> T | int:
        """Return an answer from a state's descent once it has reached ``step``, else how far it came in the time.

        The answer is given the descent and the time by `time.monotonic` when it had better end.

        Raises:
            StuckDescentError: as `Descent.advance`.
        """
        with self._lock:
            walk, end = self._of(replace(state, step=0, preset="")), time.monotonic() + SECONDS
            while walk.reached < step:
                walk.advance()  # at least one, however slow
                if walk.reached < step and time.monotonic() > end:
                    return walk.reached
            return answer(walk, end)

    def _of(self, state: PlaygroundState) -> Descent:
        from mmgap.app.playground.descent import Descent  # torch comes with it

        walk = self._found.pop(state, None) or Descent(state)
        self._found[state] = walk
        while len(self._found) > MOST:
            self._found.popitem(last=False)
        return walk
