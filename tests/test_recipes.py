"""Makefile and compose.yaml, with a stand-in for docker: NO CONTAINER RUNS AND NO IMAGE IS BUILT HERE.

In the recipes that use a container a small script takes docker's place and writes down what it was asked to do; neither
docker nor compose has read compose.yaml. ``make local-all`` is really run, on drawn pictures. The Dockerfile is the
subject of test_dockerfile.py.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from mmgap import encoders
from mmgap.cli.main import app
from tests.support.dockerfile import instructions
from tests.support.recipes import ROOT, draw, readme_comparison, readme_install, rows

TARGETS = ("help", "build", "run-preclip", "run-clip", "run-compare", "run-all", "local-all", "shell", "clean")
COMPARE = ("mmgap", "compare-encoders", "/photos")
PRECLIP, CLIP = ["--encoder", "two-towers:resnet-50,minilm,random"], ["--encoder", "clip-vit-b-32"]
TO_REPORTS = ["--out", "/reports"]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")


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
def test_local_all_is_the_readme_word_for_word(place):
    printed = make(place, "-n", "local-all").stdout
    assert readme_install() in printed
    assert contains(shlex.split(printed), [".venv/bin/mmgap", *shlex.split(readme_comparison())[1:]])


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
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling UMAP takes longer than four pictures do without
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
