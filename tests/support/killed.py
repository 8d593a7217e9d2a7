"""A command that is killed in mid-work: at the nth call of one of its functions, however slow the machine is."""

import signal
import subprocess
import sys

_CODE = """
import importlib, itertools, operator, os, signal
from mmgap.cli.main import app

module = importlib.import_module({module!r})
owner, _, name = {function!r}.rpartition(".")
owner = operator.attrgetter(owner)(module) if owner else module
called, calls = getattr(owner, name), itertools.count(1)

def dying(*given, **named):
    if next(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return called(*given, **named)

setattr(owner, name, dying)
{before}
app({words!r})
"""


def killed(function, call, *words, before="", **options):
    """Run ``mmgap WORDS``, which takes SIGKILL as ``module:function`` is called for the ``call``-th time.

    ``before`` is Python that runs first, with the module as ``module``; options are those of `subprocess.run`.
    """
    module, _, name = function.partition(":")
    code = _CODE.format(module=module, function=name, call=call, before=before, words=[str(word) for word in words])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, **options)
    assert done.returncode == -signal.SIGKILL, done.stderr
