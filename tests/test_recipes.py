"""Dockerfile, compose.yaml and Makefile. THE IMAGE ITSELF IS NOT BUILT HERE: no container engine is needed or used.

What stands in for it is a rehearsal (`fixtures.dockerfile`): the Dockerfile's instructions are followed in an empty
folder, on a copy of the tracked files that .dockerignore lets through; each RUN line is executed as written, by
/bin/sh, with the ENV, ARG and WORKDIR before it; then the entrypoint is started. Not covered by it: the base image
(this machine's Python and system libraries are used instead), the lines of `fixtures.dockerfile.LEFT_OUT`, the switch
to the unprivileged user, and volumes. In the Makefile's container recipes a small script takes docker's place and
writes down what it was asked to do. Neither docker nor compose has read its file.

The rehearsal runs twice. Always: the install line finds its dependencies in this environment (PYTHONPATH,
PIP_NO_INDEX), so pip resolves, checks the constraints, builds and installs mmgap, but fetches nothing. Only when asked
for, as it takes minutes and gigabytes: in a bare environment, every dependency fetched and installed, then a folder
measured:

    MMGAP_TEST_INSTALL=1 pytest tests/test_recipes.py

Build arguments are taken from variables of the same name (PIP_EXTRA_INDEX_URL); without one the value is empty, that is
``docker build --build-arg PIP_EXTRA_INDEX_URL=``, and pip asks the indexes that this machine is configured for.
"""

import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import typer
import yaml
from PIL import Image, ImageDraw

from fixtures.dockerfile import LEFT_OUT, Rehearsal, instructions, sent
from mmgap import encoders
from mmgap.cli import app

ROOT = Path(__file__).parents[1]
FOLDERS = ("app", "caches", "reports", "photos")
TARGETS = ("help", "build", "run-preclip", "run-clip", "run-compare", "run-all", "local-all", "shell", "clean")
COMPARE = ("mmgap", "compare-encoders", "/photos")
PRECLIP, CLIP = ["--encoder", "two-towers:resnet-50,minilm,random"], ["--encoder", "clip-vit-b-32"]
TO_REPORTS = ["--out", "/reports"]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")


def readme_install():
    """The README's install command: that of its tests, without the tests."""
    block = re.search(r"<!-- tests -->\s+```bash\n(.+?)\n```", (ROOT / "README.md").read_text())[1]
    install, _, last = block.rpartition(" && ")
    assert last == ".venv/bin/pytest"
    return install


def draw(folder):
    """Four pictures with captions."""
    folder.mkdir(parents=True)
    lines = ["filename,category,caption"]
    for n, (name, colour) in enumerate({"red": "#c22", "green": "#2a2", "blue": "#22c", "grey": "#777"}.items()):
        picture = Image.new("RGB", (64, 48), "white")
        ImageDraw.Draw(picture).ellipse((4, 4, 24 + 10 * n, 40), fill=colour)
        picture.save(folder / f"a {name} disc.png")
        lines.append(f"a {name} disc.png,{'warm' if n % 2 else 'cold'},a {name} disc on white")
    (folder / "captions.csv").write_text("\n".join(lines) + "\n")
    return folder


def rows(out):
    """The finished rows in a folder of reports, which has a report, too."""
    assert (out / "scratch" / "report.md").is_file()
    return [json.loads(path.read_text()) for path in (out / "rows").glob("*.json")]


# ------------------------------------------------------------------------------------------------- Dockerfile


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
    code = ["mmgap/cli.py", "mmgap/report/printed.json", "benchmarks/test_practices.py", "pyproject.toml", "LICENSE"]
    mine = ["photos/a.jpg", "my photos/mmgap/a.jpg", "reports/rows/a.json", ".env", ".git/config", ".venv/bin/pip"]
    assert sent([*code, *mine, "mmgap/__pycache__/cli.pyc", "__pycache__/conftest.pyc"], patterns) == code


# --------------------------------------------------------------------------------------------------- Makefile


@pytest.fixture
def place(tmp_path):
    """A folder with the Makefile, photos, and a stand-in for docker that appends (words, variables) to calls.jsonl."""
    place = tmp_path / "a place"
    draw(place / "my photos")
    shutil.copy(ROOT / "Makefile", place)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"with open({str(tmp_path / 'calls.jsonl')!r}, 'a') as log:\n"
        "    names = ('PHOTOS', 'OUT', 'USER_ID', 'GROUP_ID')\n"
        "    log.write(json.dumps([sys.argv[1:], {name: os.environ.get(name) for name in names}]) + '\\n')\n"
    )
    docker.chmod(0o755)
    return place


def make(place, *words):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment = clean | {"PATH": f"{place.parent / 'bin'}:{clean['PATH']}"}
    return subprocess.run(["make", *words], cwd=place, env=environment, capture_output=True, text=True, check=False)


def calls(place):
    log = place.parent / "calls.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@needs_make
def test_help_names_every_target_and_variable(place):
    shown = make(place).stdout
    assert tuple(re.findall(r"^  ([a-z-]+) +\S", shown, re.MULTILINE)) == TARGETS
    assert re.findall(r"^  ([A-Z]+) +=", shown, re.MULTILINE) == ["PHOTOS", "OUT", "PRECLIP", "CLIP", "PYTHON"]
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    assert tuple(phony.split()) == TARGETS


@needs_make
@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("build", [["docker", "compose", "build"]]),
        ("run-preclip", [[*COMPARE, *PRECLIP, *TO_REPORTS]]),
        ("run-clip", [[*COMPARE, *CLIP, *TO_REPORTS]]),
        ("run-compare", [[*COMPARE, *PRECLIP, *CLIP, *TO_REPORTS]]),
        (
            "run-all",
            [
                ["docker", "compose", "build"],
                [*COMPARE, *PRECLIP, *TO_REPORTS],
                [*COMPARE, *CLIP, *TO_REPORTS],
                [*COMPARE, *PRECLIP, *CLIP, *TO_REPORTS],
            ],
        ),
        (
            "local-all",
            [
                [".venv/bin/pip", "install", "-q", "-c", "constraints.txt", "-e", ".[dev]"],
                [".venv/bin/mmgap", *COMPARE[1:-1], "photos", *PRECLIP, *CLIP, "--out", "reports/practices"],
            ],
        ),
        ("shell", [["docker", "compose", "run", "--rm", "--workdir", "/app", "--entrypoint", "bash", "mmgap"]]),
        ("clean", [["docker", "compose", "down", "--rmi", "all", "--volumes"]]),
    ],
)
def test_recipes_print_the_commands_of_the_readme(place, target, lines):
    printed = make(place, "-n", target)
    assert printed.returncode == 0, printed.stderr
    words = [shlex.split(line.replace(";", " ; ")) for line in printed.stdout.splitlines()]
    for line in lines:
        at = next((n for n, found in enumerate(words) if contains(found, line)), None)
        assert at is not None, f"{line} is not printed, or not in this order:\n{printed.stdout}"
        words = words[at + 1 :]
    assert not calls(place)


def contains(words, part):
    return any(words[n : n + len(part)] == part for n in range(len(words)))


@needs_make
def test_the_install_command_is_that_of_the_readme(place):
    assert readme_install() in make(place, "-n", "local-all").stdout


@needs_make
def test_comparing_is_what_the_readme_says():
    told = re.findall(r"^mmgap compare-encoders .*two-towers.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    if not told:
        pytest.skip("the README compares no encoders by command")
    words = shlex.split(told[0], comments=True)
    assert contains(words, PRECLIP)
    assert contains(words, CLIP)


@needs_make
def test_container_recipes_ask_docker_for_one_word_a_path(place):
    named = ("PHOTOS=my photos", "OUT=it's here/out", "PRECLIP=tiny-random", "CLIP=hf:a/b")
    done = make(place, "run-all", *named)
    assert done.returncode == 0, done.stderr
    build, *runs = calls(place)
    assert build[0] == ["compose", "build"]
    one, other = ["--encoder", "tiny-random"], ["--encoder", "hf:a/b"]
    start = ["compose", "run", "--rm", *COMPARE]
    assert [words for words, _ in runs] == [[*start, *which, *TO_REPORTS] for which in (one, other, one + other)]
    user = {"USER_ID": str(os.getuid()), "GROUP_ID": str(os.getgid())}
    assert all(variables == {"PHOTOS": "my photos", "OUT": "it's here/out"} | user for _, variables in runs)
    assert (place / "it's here" / "out").is_dir(), "or the engine would make it, as root"


@needs_make
@pytest.mark.parametrize("target", ["run-preclip", "run-clip", "run-compare", "local-all", "shell"])
def test_photos_that_are_not_there_are_named(place, target):
    done = make(place, target, "PHOTOS=no such")
    assert done.returncode != 0
    assert f"PHOTOS=no such: no such folder, name yours: make {target} PHOTOS=FOLDER" in done.stderr
    assert not calls(place)


@needs_make
def test_local_all_measures_a_folder_and_clean_takes_away_what_it_made(place, monkeypatch, tmp_path):
    """With this environment as .venv: installing is the rehearsal's part."""
    if not (Path(sys.prefix) / "bin" / "mmgap").exists():
        pytest.skip("this environment has no bin/mmgap to stand as .venv")
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    (place / ".venv").symlink_to(sys.prefix)
    named = ("PHOTOS=my photos", "OUT=my reports")
    done = make(place, "local-all", *named, "PRECLIP=tiny-random", "CLIP=tiny-random:1")
    assert done.returncode == 0, done.stdout + done.stderr
    found = rows(place / "my reports")
    assert sorted(row["cell"]["encoder"] for row in found) == ["tiny-random", "tiny-random:1"]
    assert {row["status"] for row in found} == {"ok"}
    assert list((place / "my reports").rglob("comparison.json"))

    (place / "my reports" / "thesis.txt").write_text("mine")
    assert make(place, "clean", *named).returncode == 0
    assert [path.name for path in (place / "my reports").iterdir()] == ["thesis.txt"]
    assert len(list((place / "my photos").iterdir())) == 5
    assert (place / ".venv").is_symlink(), "no recipe made it"
    assert (tmp_path / "cache").is_dir()
    assert [words for words, _ in calls(place)] == [["info"], ["compose", "down", "--rmi", "all", "--volumes"]]


@needs_make
def test_clean_leaves_what_no_recipe_made(place):
    for folder in ("reports/practices/rows", "reports/practices/scratch", ".venv"):
        (place / folder).mkdir(parents=True)
    make(place, "run-clip", "PHOTOS=my photos")
    assert make(place, "clean").returncode == 0
    assert sorted(path.name for path in (place / "reports/practices").iterdir()) == ["rows", "scratch"]
    assert (place / ".venv").is_dir()


@needs_make
def test_clean_takes_away_an_environment_that_a_recipe_made(place):
    """With `true` for Python nothing is installed, and the recipe stops there: what it began is still its own."""
    assert make(place, "local-all", "PHOTOS=my photos", "PYTHON=true").returncode != 0
    assert (place / ".venv").is_dir()
    assert make(place, "clean").returncode == 0
    assert sorted(path.name for path in place.iterdir()) == ["Makefile", "my photos", "reports"]


# ----------------------------------------------------------------------------------------------- compose.yaml


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def filled(text, **variables):
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: variables.get(found[1], found[2]), text)


def test_compose_mounts_what_dockerfile_and_makefile_speak_of(compose):
    (service,) = compose["services"].values()
    mounts = {mount["target"]: mount for mount in service["volumes"]}
    assert set(mounts) == {"/photos", "/reports", "/caches"}
    variables = dict(re.findall(r"^(PHOTOS|OUT) += (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert mounts["/photos"]["read_only"] is True
    assert mounts["/photos"]["bind"] == {"create_host_path": False}
    assert filled(mounts["/photos"]["source"]) == f"./{variables['PHOTOS']}"
    assert filled(mounts["/reports"]["source"]) == f"./{variables['OUT']}"
    assert filled(mounts["/photos"]["source"], PHOTOS="/my photos") == "/my photos"
    assert (mounts["/caches"]["type"], mounts["/caches"]["source"]) == ("volume", *compose["volumes"])
    steps = instructions(ROOT / "Dockerfile")
    assert ("VOLUME", "/caches") in steps
    assert ("ENTRYPOINT", '["mmgap"]') in steps
    assert service["build"] == "."
    assert not {"entrypoint", "privileged", "environment"} & set(service)


@needs_make
def test_compose_up_is_run_compare(compose, place):
    (name, service) = next(iter(compose["services"].items()))
    make(place, "run-compare", "PHOTOS=my photos")
    ((words, variables),) = calls(place)
    assert words == ["compose", "run", "--rm", name, *service["command"]]
    assert filled(service["user"], **variables) == f"{os.getuid()}:{os.getgid()}"


def test_the_command_is_one_that_mmgap_understands(compose):
    name, *words = compose["services"]["mmgap"]["command"]
    asked = typer.main.get_command(app).commands[name].make_context(name, words).params
    assert (asked["folder"], asked["out"], asked["refresh"]) == ("/photos", Path("/reports"), "missing")
    assert ["--encoder", asked["encoder"][0], "--encoder", asked["encoder"][1]] == PRECLIP + CLIP
    for encoder in asked["encoder"]:
        assert encoders.load(encoder).name == encoder
