"""What pytest writes and what bars draw never mix, whichever thread is quicker."""

import io
import threading
from types import SimpleNamespace

from mmgap.core.below_line import BelowLine
from mmgap.harness.pytest_line import PytestLine


class Slow(io.StringIO):
    """A terminal that lets another thread try to draw while a text is being written."""

    def __init__(self):
        super().__init__()
        self.meanwhile = lambda: None

    def write(self, text):
        self.meanwhile()
        return super().write(text)


def test_no_bar_is_drawn_between_the_cleared_screen_and_the_text():
    terminal = Slow()
    writer = SimpleNamespace(_file=terminal, width_of_current_line=0)
    line = PytestLine(SimpleNamespace(_tw=writer))
    below = BelowLine(terminal, line)
    below.write("\rbar 1")
    threads = []

    def draw():
        terminal.meanwhile = lambda: None
        threads.append(threading.Thread(target=below.write, args=("\rbar 2",)))
        threads[0].start()
        threads[0].join(0.2)  # it waits for the text, and is drawn after it

    begun = len(terminal.getvalue())
    terminal.meanwhile = lambda: draw() if terminal.getvalue().endswith("\x1b[J") else None
    writer._file.write("PASSED\n")
    threads[0].join()
    written = terminal.getvalue()[begun:]
    assert written.startswith("\x1b[JPASSED\n")
    assert written.index("PASSED") < written.index("bar 2")
