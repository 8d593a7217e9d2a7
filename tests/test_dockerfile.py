"""The Dockerfile. THE IMAGE ITSELF IS NOT BUILT HERE: no container engine is needed or used.

What stands in for it is a rehearsal (`tests.support.dockerfile`): the Dockerfile's instructions are followed in an
empty folder, on a copy of the tracked files that .dockerignore lets through; each RUN line is executed as written, by
/bin/sh, with the ENV, ARG and WORKDIR before it; then the entrypoint is started. Not covered by it: the base image
(this machine's Python and system libraries are used instead), the lines of `tests.support.dockerfile.LEFT_OUT`, the
switch to the unprivileged user, and volumes. Docker itself has not read the file.

The rehearsal runs twice. Always: the install line finds its dependencies in this environment (PYTHONPATH,
PIP_NO_INDEX), so pip resolves, checks the constraints, builds mmgap with the setuptools that is here and installs it,
but fetches nothing. Only when asked for, as it takes minutes and gigabytes: in a bare environment, every dependency
fetched and installed, then a folder measured:

    MMGAP_TEST_INSTALL=1 pytest tests/test_dockerfile.py

Build arguments are taken from variables of the same name (PIP_EXTRA_INDEX_URL); without one the value is empty, that is
``docker build --build-arg PIP_EXTRA_INDEX_URL=``, and pip asks the indexes that this machine is configured for.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.dockerfile import LEFT_OUT, Rehearsal, instructions, sent
from tests.support.recipes import ROOT, draw, readme_install, rows

FOLDERS = ("app", "caches", "reports", "photos")


@pytest.fixture
def borrowed(tmp_path):
    """Environment in which pip and Python find this environment's packages, except mmgap and pip, and no index."""
    if int(importlib.metadata.version("setuptools").split(".")[0]) < 77:
        pytest.skip("setuptools here is older than what pyproject.toml builds with")
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(folder).iterdir():
            if not re.match(r"mmgap|__editable__|pip$|pip-|__pycache__|.*\.pth$", entry.name):
                (packages / entry.name).symlink_to(entry)
    return {
        "PYTHONPATH": str(packages),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }


def rehearse(root, extra):
    """Every instruction of the Dockerfile followed under ``root``."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout: the tracked files are not known")
    base = {"PATH": f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home()), "LANG": "C.UTF-8"}
    reach = re.compile(r"(PIP|SSL|REQUESTS|UV)_|(https?|all|no)_proxy$", re.IGNORECASE)  # how pip gets at packages
    base |= {name: value for name, value in os.environ.items() if reach.match(name)}
    rehearsal = Rehearsal(
        root,
        ROOT,
        [file for file in listed.stdout.split("\0") if file and (ROOT / file).is_file()],
        folders=FOLDERS,
        base=base | extra,
        arguments={"PIP_EXTRA_INDEX_URL": os.environ.get("PIP_EXTRA_INDEX_URL", "")},
    )
    for instruction, rest in instructions(ROOT / "Dockerfile"):
        rehearsal.follow(instruction, rest)
    return rehearsal


def check_built(rehearsal):
    """What holds after the last instruction, whichever way dependencies came."""
    written = [rest for instruction, rest in instructions(ROOT / "Dockerfile") if instruction == "RUN"]
    assert sorted(rehearsal.ran + rehearsal.left_out) == sorted(written)
    assert rehearsal.ran[0] == readme_install()
    assert [line.split()[0] for line in rehearsal.left_out] == list(LEFT_OUT)
    assert rehearsal.user != "root"
    assert rehearsal.left_out[0].split()[-1] == rehearsal.user
    (caches,) = rehearsal.volumes
    for name in ("HOME", "MMGAP_CACHE", "MMGAP_DATA", "MMGAP_WEIGHTS", "HF_HOME", "NUMBA_CACHE_DIR"):
        assert Path(rehearsal.environment[name]).is_relative_to(rehearsal.here(caches)), name
    for folder in (rehearsal.root / "caches", rehearsal.root / "reports"):
        assert folder.stat().st_mode & 0o7777 == 0o1777, "whoever the container runs as writes here"
    assert not (rehearsal.root / "app" / "tests").exists()
    version = rehearsal.start("--version")
    assert (version.returncode, version.stdout) == (0, f"mmgap {importlib.metadata.version('mmgap')}\n")


def test_dockerfile_rehearsed_with_the_packages_of_this_environment(tmp_path, borrowed):
    rehearsal = rehearse(tmp_path / "image", borrowed)
    check_built(rehearsal)
    alone = rehearsal.start()
    assert alone.returncode == 0
    assert "compare-encoders" in alone.stdout


@pytest.mark.skipif(
    os.environ.get("MMGAP_TEST_INSTALL") != "1",
    reason="installs everything anew, minutes: MMGAP_TEST_INSTALL=1 runs it",
)
def test_dockerfile_rehearsed_in_a_bare_environment(tmp_path):
    rehearsal = rehearse(tmp_path / "image", {})
    check_built(rehearsal)
    draw(rehearsal.root / "photos")
    done = rehearsal.start("compare-encoders", "/photos", "--encoder", "tiny-random", "--encoder", "tiny-random:1")
    assert done.returncode == 0, done.stdout
    assert [row["status"] for row in rows(rehearsal.root / "reports")] == ["ok", "ok"]
    assert any((rehearsal.root / "caches" / "mmgap").rglob("*.safetensors"))


def test_an_unknown_instruction_and_a_failed_run_are_errors(tmp_path):
    rehearsal = Rehearsal(tmp_path / "image", ROOT, [], folders=FOLDERS, base={}, arguments={})
    rehearsal.follow("WORKDIR", "/app")
    with pytest.raises(ValueError, match="knows no ADD"):
        rehearsal.follow("ADD", "https://example.org/x /app")
    with pytest.raises(AssertionError, match=r"(?s)RUN echo no; exit 3 ended with 3:.*no"):
        rehearsal.follow("RUN", "echo no; exit 3")


def test_only_code_is_sent_to_the_build():
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    code = ["mmgap/cli/main.py", "mmgap/theory/printed.json", "benchmarks/test_practices.py"]
    code += ["pyproject.toml", "LICENSE"]
    mine = ["photos/a.jpg", "my photos/mmgap/a.jpg", "reports/rows/a.json", ".env", ".git/config", ".venv/bin/pip"]
    assert sent([*code, *mine, "mmgap/__pycache__/cli.pyc", "__pycache__/conftest.pyc"], patterns) == code
