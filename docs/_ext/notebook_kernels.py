"""What notebooks run in: this environment, caches of their own, no network, and commands as they look in a log."""

import os
import sys
from pathlib import Path

#: Run by IPython at its start. On a terminal, which ``!`` pretends to be, bars are drawn over and over.
STARTUP = """
import subprocess

def _plain(line):
    done = subprocess.run(line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout)
    if done.returncode:  # a page whose command failed must not be built
        raise SystemError(f"{line}: exit status {done.returncode}")

get_ipython().system = _plain
"""


def prepare(folder: Path) -> None:
    """Set the environment that kernels inherit; what they write besides goes into a folder."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "plain_commands.py").write_text(STARTUP, encoding="utf-8")
    programs = str(Path(sys.executable).parent)  # `mmgap` is found where the environment is not activated, too
    os.environ |= {
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", "")]),
        "IPYTHONDIR": str(folder / "ipython"),
        "MMGAP_CACHE": str(folder / "mmgap"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONWARNINGS": "ignore:IProgress not found",  # of tqdm, which looks for widgets in a notebook
    }
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # notebooks run side by side
    for name in ("MMGAP_DATA", "MMGAP_WEIGHTS"):  # pages show what everybody has
        os.environ.pop(name, None)
