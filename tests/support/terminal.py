"""A pseudo-terminal, and what a reader sees on it: the few escapes that pytest and bars write are followed."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios

_PARTS = re.compile(rb"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[78=>]|([\r\n\b])|([^\x1b\r\n\b]+)")


class Screen:
    """Rows of text as a terminal of this many columns and rows shows them; what scrolled off at the top is kept."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [[]], 0, 0
        self.frames = []

    def feed(self, part):
        for found in _PARTS.finditer(part):
            number, escape, control, text = found.groups()
            if escape:
                self._escape(escape, number)
            elif control:
                self._control(control)
            elif text:
                for letter in text.decode(errors="replace"):
                    self._letter(letter)
        if not self.frames or self.frames[-1] != self.shown():
            self.frames.append(self.shown())

    def shown(self):
        return ["".join(line).rstrip() for line in self.lines[max(0, len(self.lines) - self.rows) :]]

    def all_lines(self):
        return ["".join(line).rstrip() for line in self.lines]

    def _letter(self, letter):
        if self.column == self.columns:
            self.column = 0
            self._down()
        line = self.lines[self.row]
        line.extend(" " * (self.column + 1 - len(line)))
        line[self.column] = letter
        self.column += 1

    def _control(self, control):
        if control == b"\r":
            self.column = 0
        elif control == b"\b":
            self.column = max(self.column - 1, 0)
        else:
            self._down()

    def _down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append([])

    def _escape(self, escape, number):
        n = int(number) if number.isdigit() else 1
        if escape == b"A":
            top = max(0, len(self.lines) - self.rows)
            self.row = max(self.row - n, top)
        elif escape == b"C":
            self.column = min(self.column + n, self.columns - 1)
        elif escape in b"JK":
            del self.lines[self.row][self.column :]
            if escape == b"J":
                for line in self.lines[self.row + 1 :]:
                    line.clear()
        elif escape not in b"mhl":
            raise AssertionError(f"escape {number!r} {escape!r}")


def on_terminal(arguments, folder, *, columns=100, rows=24, stop=None, **options):
    """Run Python with these arguments on a pseudo-terminal; its `Screen` and its exit status.

    ``stop`` is called with the screen after each part of the output and the process, and may send it a signal, or
    answer by ``screen.answer``.
    """
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    ends = {"stdin": follower, "stdout": follower, "stderr": follower}
    # a shell that starts tests in the background has Ctrl-C ignored, and children inherit that
    ends["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen([sys.executable, *arguments], cwd=folder, **ends, **options)
    os.close(follower)
    screen = Screen(columns, rows)
    screen.answer = lambda words: os.write(leader, words.encode())
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # how Linux says that the other end was closed
            break
        if not part:
            break
        screen.feed(part)
        if stop is not None:
            stop(screen, process)
    os.close(leader)
    return screen, process.wait()
