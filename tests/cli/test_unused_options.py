"""Every option of every command has an effect on what is asked for, or is refused in one line that names it."""

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.card.test_row_card import PUBLISHED
from tests.support.made_cards import pairs

PAIR = ("a.npy", "b.npy")
ROW = "row.json"

#: Command → its options, and for those that mean nothing somewhere, words of such calls with the option in them.
OPTIONS = {
    "measure": {
        **dict.fromkeys(("owner", "pool", "logit_scale", "as_json", "plots", "budget", "ray"), ()),
        "device": [(*PAIR, "--budget", "60s", "--device", "auto")],
        "dtype": [(*PAIR, "--budget", "60s", "--dtype", "float32")],
        "language": [(*PAIR, "--json", "--language", "es")],
        "meanings": [(*PAIR, "--json", "--meanings")],
        "memory": [(*PAIR, "--budget", "60s", "--memory", "1GB"), (*PAIR, "--ray", "local", "--memory", "1GB")],
    },
    "doctor": dict.fromkeys(("owner", "scale", "memory", "as_json", "language"), ()),
    "audit": dict.fromkeys(("claims", "takes", "timeout", "as_json", "language"), ()),
    "card": {
        **dict.fromkeys(("dataset", "encoder", "demo", "output", "strict", "as_json"), ()),
        "captions": [(*PAIR, "--captions", "all"), (ROW, "--captions", "first")],
        "owner": [("--demo", "--owner", "o.npy"), ("--dataset", "glyphs-en", "--encoder", "tiny", "--owner", "o.npy")],
        "memory": [("--demo", "--memory", "1GB"), (ROW, "--memory", "1GB")],
        "sample": [("--demo", "--sample", "100"), (*PAIR, "--sample", "100"), (ROW, "--sample", "100")],
        "device": [(ROW, "--device", "cpu")],
        "language": [(*PAIR, "--json", "--language", "es")],
        "pool": [(ROW, "--pool", "50")],
        "cosine": [(ROW, "--cosine", "0.2")],
        "spaces": [(ROW, "--no-spaces")],
    },
    "classify": dict.fromkeys(("classes", "names", "adapter", "shots", "seeds", "as_json"), ()),
    "atlas": {
        **dict.fromkeys(("space", "kind", "export", "ranks"), ()),
        "owner": [("a.npy", "--owner", "o.npy")],
        "encoder": [(*PAIR, "--encoder", "tiny")],
        "split": [(*PAIR, "--split", "train")],
        "texts_per_image": [(*PAIR, "--texts-per-image", "all")],
        "captions": [(*PAIR, "--captions")],
        "pictures": [(*PAIR, "--pictures"), (*PAIR, "--export", "t.parquet", "--pictures")],
        "port": [(*PAIR, "--export", "t.html", "--port", "0")],
        "browser": [(*PAIR, "--export", "t.html", "--no-browser")],
        "colour": [(*PAIR, "--export", "t.parquet", "--colour", "rank")],
        "language": [(*PAIR, "--export", "t.parquet", "--language", "es")],
    },
    "report": dict.fromkeys(("rows", "out", "language", "title", "thumbnails", "label", "force"), ()),
    "claims": {
        **dict.fromkeys(("rows", "as_json"), ()),
        "out": [("--rows", "rows", "--json", "--out", "page")],
        "language": [("--rows", "rows", "--json", "--language", "es")],
    },
    "watch": {
        **dict.fromkeys(("report", "once", "language"), ()),
        "every": [("rows", "--once", "--every", "3")],
        "out": [("rows", "--once", "--out", "page")],
        "title": [("rows", "--once", "--title", "Mine")],
        "thumbnails": [("rows", "--once", "--thumbnails")],
    },
    "sweep": {
        **dict.fromkeys(("ray", "slurm", "num_gpus", "num_cpus", "cells", "dry_run", "language"), ()),
        "jobs": [("--ray", "auto", "--jobs", "3", "--", "benchmarks")],
        "slurm_option": [("--ray", "auto", "--slurm-option", "time=3", "--", "benchmarks")],
    },
    "compare": {
        **dict.fromkeys(("metric", "fail", "as_json", "plot"), ()),
        "rows": [("rows", "rows", "--rows", "other")],
        "language": [("rows", "rows", "--json", "--language", "es")],
    },
    "compare-encoders": dict.fromkeys(("encoder", "out", "captions", "device", "language", "refresh"), ()),
    "train": dict.fromkeys(
        ("encoder", "dataset", "out", "loss", "recipe", "seed", "device", "prompt", "image_size", "resize", "refresh"),
        (),
    ),
    "playground": {
        **dict.fromkeys(("state", "language", "export"), ()),
        "port": [("--export", "p.html", "--port", "0")],
        "browser": [("--export", "p.html", "--no-browser")],
    },
    "merge": {},
    "search": {
        **dict.fromkeys(("space", "top", "mixed", "index", "row", "image", "picture", "labels", "every", "page"), ()),
        "encoder": [(*PAIR, "--row", "1", "--encoder", "tiny")],
        "split": [(*PAIR, "--row", "1", "--split", "test")],
        "memory": [("glyphs-en", "a cat", "--memory", "1GB")],
        "exact": [(*PAIR, "--row", "1", "--no-exact")],
        "port": [(*PAIR, "--row", "1", "--port", "0")],
        "browser": [(*PAIR, "--row", "1", "--no-browser")],
        "language": [
            (*PAIR, "--row", "1", "--json", "--language", "es"),
            (*PAIR, "--every", "text", "--out", "f.npz", "--language", "es"),
        ],
        "as_json": [(*PAIR, "--every", "text", "--out", "f.npz", "--json")],
        "out": [(*PAIR, "--row", "1", "--out", "f.npz")],
    },
    "list": {},
    "data fetch": {
        **dict.fromkeys(("folder", "rate", "base_url"), ()),
        "language": [("coco", "--language", "en")],
        "limit": [("coco", "--limit", "3")],
        "size": [("coco", "--size", "300")],
        "images_url": [("coco", "--images-url", "http://localhost:9")],
        "part": [("arasaac", "--part", "val")],
        "keep_archives": [("arasaac", "--keep-archives")],
        "verify": [("arasaac", "--no-verify")],
    },
    "data prepare": dict.fromkeys(("image_size", "resize", "workers"), ()),
    "data card": {},
    "rows compare": dict.fromkeys(("metric", "changed", "markdown"), ()),
    "rows migrate": dict.fromkeys(("out", "dry_run"), ()),
    "rows export": {
        **dict.fromkeys(("output", "mteb", "to"), ()),
        "wide": [("rows", "--to", "tensorboard:t", "--wide")],
        "metric": [("rows", "--mteb", "--output", "m", "--metric", "gap")],
        "language": [("rows", "--mteb", "--output", "m", "--language", "es")],
    },
    "space fit": dict.fromkeys(
        ("space", "out", "owner", "validation_images", "validation_texts", "memory", "sample"), ()
    ),
    "space apply": dict.fromkeys(("out", "images", "texts"), ()),
    "space compare": {
        **dict.fromkeys(("owner", "space", "as_json", "repeats", "seed", "memory"), ()),
        "sample": [(*PAIR, "--sample", "20")],
        "language": [(*PAIR, "--json", "--language", "es")],
    },
}
CALLS = [(command, name, words) for command, of in OPTIONS.items() for name, calls in of.items() for words in calls]


def commands(group=None, name=""):
    """Name → command, of all groups."""
    group = group or typer.main.get_command(app)
    for part, one in getattr(group, "commands", {}).items():
        yield from commands(one, f"{name} {part}".strip())
    if not hasattr(group, "commands"):
        yield name, group


def test_the_list_has_every_option_of_every_command():
    known = {
        name: {one.name for one in command.params if one.param_type_name == "option"} - {"help"}
        for name, command in commands()
    }
    assert known == {command: set(of) for command, of in OPTIONS.items()}


@pytest.fixture
def files(tmp_path, monkeypatch):
    x, y, owner = pairs(40)
    for name, array in (("a", x), ("b", y), ("o", owner)):
        np.save(tmp_path / f"{name}.npy", array)
    (tmp_path / "rows").mkdir()
    source = next(PUBLISHED.glob("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k-captions*"))
    (tmp_path / "rows" / "one.json").write_bytes(source.read_bytes())
    (tmp_path / ROW).write_bytes(source.read_bytes())
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("command", "name", "words"), CALLS, ids=lambda part: str(part).replace(" ", "_"))
def test_an_option_without_an_effect_is_refused_by_name(files, command, name, words):
    if command in ("atlas", "playground"):
        pytest.importorskip("dash", reason="pip install mmgap[app]")
    before = sorted(files.rglob("*"))
    found = CliRunner().invoke(app, [*command.split(), *words])
    *_, last = found.stderr.splitlines()
    option = name.removeprefix("as_").replace("_", "-")
    assert found.exit_code == 2, found.output
    assert last.startswith("mmgap: ")
    assert option in last.replace("_", "-")
    assert found.stdout == ""
    assert sorted(files.rglob("*")) == before, "nothing was written"


def test_what_has_an_effect_is_not_refused(files):
    found = CliRunner().invoke(app, ["measure", *PAIR, "--json", "--plots", "p", "--language", "es"])
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)
    found = CliRunner().invoke(app, ["card", *PAIR, "--json", "--output", "c.html", "--language", "es", "--no-spaces"])
    assert found.exit_code == 0, found.output


def test_a_sample_of_all_is_told(files):
    found = CliRunner().invoke(app, ["space", "fit", *PAIR, "--sample", "50", "--out", "m.safetensors"])
    assert found.exit_code == 0, found.output
    assert "--sample 50 takes all 40 images" in found.stderr


def test_a_cluster_that_a_sample_does_not_use_is_told(files, monkeypatch):
    pytest.importorskip("ray", reason="pip install mmgap[cluster]")
    found = CliRunner().invoke(app, ["measure", *PAIR, "--budget", "0.001s", "--ray", "local"])
    assert found.exit_code == 0, found.output
    assert "--ray was left unused" in found.stderr
