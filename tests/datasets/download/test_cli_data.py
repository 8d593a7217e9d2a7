import hashlib
import io
import json
import zipfile

import pytest
from PIL import Image
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.datasets.download.client import Downloader


def run(*arguments):
    return CliRunner().invoke(app, ["data", "fetch", *map(str, arguments)])


@pytest.fixture
def arasaac(portal, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    for language in ("en", "es"):
        records = [{"_id": i, "keywords": [{"keyword": f"word {i}"}]} for i in (1, 2, 3)]
        portal.serve(f"/pictograms/all/{language}", json.dumps(records).encode())
    for i in (1, 2, 3):
        portal.serve(f"/pictograms/{i}/{i}_500.png", stream.getvalue())
    return portal


def test_all_is_well(arasaac, tmp_path):
    result = run("arasaac", "--base-url", arasaac.url, "--rate", 5000, "--language", "en", "--limit", 2)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{tmp_path / 'arasaac'}: fetched 3, already there 0, failed 0\n"
    assert "CC BY-NC-SA 4.0" in result.stderr
    assert "2 pictograms, 2 of them to fetch" in result.stderr
    result = run("arasaac", "--base-url", arasaac.url, "--rate", 5000, "--folder", tmp_path / "other")
    assert result.stdout == f"{tmp_path / 'other'}: fetched 5, already there 0, failed 0\n"


def test_failed_records_are_named_and_exit_code_1(arasaac):
    del arasaac.files["/pictograms/2/2_500.png"]
    result = run("arasaac", "--base-url", arasaac.url, "--rate", 5000)
    assert result.exit_code == 1
    assert "fetched 4, already there 0, failed 1\n  2: " in result.stdout


def test_a_portal_that_has_nothing_is_exit_code_1(arasaac):
    arasaac.files.clear()
    result = run("arasaac", "--base-url", arasaac.url)
    assert result.exit_code == 1
    assert "not there (404 Not Found)" in result.stderr.splitlines()[-1]


def test_offline_and_bad_input_are_exit_code_2(arasaac, tmp_path):
    arasaac.close()
    result = run("arasaac", "--base-url", arasaac.url)
    assert result.exit_code == 2
    assert "127.0.0.1 cannot be reached" in result.stderr.splitlines()[-1]
    for wrong in (["openmoji"], ["arasaac", "--size", 400], ["coco", "--limit", 3], ["coco", "--rate", 0]):
        result = run(*wrong)
        assert result.exit_code == 2
        assert result.stderr.startswith("mmgap: ")
        assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_ctrl_c(arasaac, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Downloader, "get", interrupted)
    result = run("arasaac", "--base-url", arasaac.url)
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == "mmgap: stopped; what arrived is kept, call again to go on"


def test_coco_from_a_mirror(portal, tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("annotations/captions_val2017.json", json.dumps({"images": []}))
    portal.serve("/annotations/annotations_trainval2017.zip", stream.getvalue())
    given = ("coco", "--folder", tmp_path, "--base-url", portal.url, "--part", "val")
    refused = run(*given)
    assert refused.exit_code == 1
    assert "--no-verify" in refused.stderr
    result = run(*given, "--no-verify", "--keep-archives")
    assert result.exit_code == 0, result.output
    kept = (tmp_path / "annotations_trainval2017.zip").read_bytes()
    assert hashlib.sha256(kept).digest() == hashlib.sha256(stream.getvalue()).digest()
