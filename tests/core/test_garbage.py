"""The command looks for garbage rarely, and not at its end; a library's user keeps what Python sets."""

import subprocess
import sys

END = "import atexit, gc; atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 0)); "


def at_exit(code: str) -> str:
    return subprocess.run([sys.executable, "-c", END + code], capture_output=True, text=True, check=True).stdout


def test_a_command_leaves_its_modules_alone_at_its_end():
    said = at_exit("from mmgap.cli.main import app; app(['list'])")
    assert said.splitlines()[-1] == "500000 True"


def test_an_import_of_the_command_line_changes_nothing():
    usual = subprocess.run([sys.executable, "-c", "import gc; print(gc.get_threshold()[0])"], capture_output=True)
    assert at_exit("import mmgap, mmgap.cli.main") == f"{int(usual.stdout)} False\n"


def test_nothing_is_looked_through_while_torch_is_imported():
    passes = "seen = []; gc.callbacks.append(lambda phase, what: seen.append(what['generation'])); import torch; "
    assert at_exit(f"from mmgap.core.garbage import collect_seldom; collect_seldom(); {passes}print(seen)")[:2] == "[]"
