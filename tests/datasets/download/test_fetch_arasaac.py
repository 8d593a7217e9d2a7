import io
import json
import signal
import subprocess
import sys
import threading
import time

import pytest
from PIL import Image

import mmgap.datasets.download.client as many
from mmgap.datasets import download as fetching
from mmgap.datasets.download import FetchError, OfflineError, download, fetch
from mmgap.datasets.download.client import Downloader
from tests.support.hostile_portal import PATIENCE, cut, hang_up, html, status


def png(number):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (number % 256, 30, 200)).save(stream, "PNG")
    return stream.getvalue()


def record(identifier):
    return {"_id": identifier, "keywords": [{"keyword": f"thing {identifier}", "plural": ""}], "tags": ["made up"]}


def listing(records):
    return (json.dumps(records, indent=1, ensure_ascii=False) + "\n").encode()


@pytest.fixture
def arasaac(portal, tmp_path, monkeypatch):
    """A portal with pictograms 1 to 6: 1–5 in English, 2–6 in Spanish."""
    monkeypatch.setenv("MMGAP_ARASAAC_URL", portal.url + "/")
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    portal.serve("/pictograms/all/en", listing([record(i) for i in range(1, 6)]))
    portal.serve("/pictograms/all/es", listing([record(i) for i in range(2, 7)]))
    for i in range(1, 7):
        portal.serve(picture(i), png(i))
    return portal


def picture(identifier, size=500):
    return f"/pictograms/{identifier}/{identifier}_{size}.png"


def quick(**options):
    return {"client": Downloader(rate=10_000, **options), "tell": lambda line: None}


def test_everything_lands_where_the_dataset_looks(arasaac, tmp_path):
    said = []
    folder = fetch("arasaac-es", tell=said.append, rate=10_000)
    assert folder == tmp_path / "arasaac"
    assert (folder / "metadata_en.json").read_bytes() == arasaac.files["/pictograms/all/en"].body
    assert sorted(p.name for p in (folder / "images").iterdir()) == [f"{i}.png" for i in range(1, 7)]
    assert (folder / "images" / "6.png").read_bytes() == png(6)
    assert "CC BY-NC-SA" in said[0]
    assert "Sergio Palao" in (folder / "LICENCE.txt").read_text()
    assert said[-1] == f"{folder}: fetched 8, already there 0, failed 0"
    from mmgap import datasets

    assert len(datasets.load("arasaac-en", split="all").image_ids) == 5


def test_a_second_call_asks_for_nothing(arasaac):
    first = download("arasaac", **quick())
    asked = len(arasaac.log)
    second = download("arasaac", **quick())
    assert (first.new, first.present, first.failed) == (8, 0, ())
    assert (second.new, second.present, second.failed) == (0, 8, ())
    assert len(arasaac.log) == asked == 8


def test_troubles_cost_patience_only(arasaac):
    for i, steps in enumerate([[status(500)], [status(429, Retry_After="0")], [cut(30)], [html], [cut(0), cut(5)]], 1):
        arasaac.trouble(picture(i), *steps)
    arasaac.trouble("/pictograms/all/es", cut(100), status(503))
    arasaac.files[picture(6)].announced = False
    arasaac.trouble(picture(6), cut(30))
    found = download("arasaac", **quick())
    assert (found.new, found.failed) == (8, ())
    assert (found.folder / "images" / "3.png").read_bytes() == png(3)


def test_what_cannot_be_had_is_counted_and_named(arasaac):
    del arasaac.files[picture(2)]
    arasaac.trouble(picture(3), html, html)
    arasaac.trouble(picture(4), *[status(500)] * 6)
    arasaac.files[picture(5)].body = png(5)[:-20]
    arasaac.files[picture(6)].body = b""
    found = download("arasaac", **quick())
    assert (found.new, found.present) == (3, 0)
    reasons = dict(found.failed)
    assert list(reasons) == ["2", "3", "4", "5", "6"]
    assert "not there (404" in reasons["2"]
    assert all("not a whole PNG" in reasons[i] for i in "356")
    assert "500" in reasons["4"]
    assert "failed 5\n  2: " in found.summary()
    assert arasaac.count(picture(2)) == 1
    assert sorted(p.name for p in (found.folder / "images").iterdir()) == ["1.png"]
    assert download("arasaac", **quick()).new == 2


def test_ids_that_could_be_paths_are_refused(arasaac, tmp_path):
    odd = ["../../evil", "a/b", "", "ä", -5, 1.5, True, None, [1], "x" * 41, "1\n"]
    records = [record(1), *[{**record(1), "_id": i} for i in odd], "no record", {}, record("abc7")]
    arasaac.files["/pictograms/all/en"].body = listing(records)
    arasaac.serve(picture("abc7"), png(7))
    found = download("arasaac", languages=("en",), **quick())
    assert len(found.failed) == len(odd) + 2
    assert found.failed[0] == ("'../../evil'", "record of metadata_en.json whose _id is no plain number or word")
    assert sorted(p.name for p in (found.folder / "images").iterdir()) == ["1.png", "abc7.png"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["arasaac"]
    assert "  … and 3 more" in found.summary()


def test_options(arasaac, tmp_path):
    arasaac.serve("/pictures" + picture(1, 300), png(1))
    found = download(
        "arasaac",
        folder=tmp_path / "elsewhere",
        languages=("en", "en"),
        size=300,
        limit=1,
        images_url=arasaac.url + "/pictures",
        **quick(),
    )
    assert (found.folder, found.new) == (tmp_path / "elsewhere", 2)
    assert not (found.folder / "metadata_es.json").exists()


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("flickr8k", {}, "'flickr8k' cannot be fetched; choose from arasaac, coco"),
        ("arasaac", {"languages": ("fr",)}, "languages are en, es, got fr"),
        ("arasaac", {"languages": ()}, "got none"),
        ("arasaac", {"size": 512}, "300, 500, 2500 pixels wide, got 512"),
        ("arasaac", {"parts": ("val",)}, "arasaac has no option parts; it has languages, size"),
        ("coco", {"parts": ("test",)}, "parts are val, train, karpathy, got test"),
        ("coco", {"limit": 3}, "coco has no option limit"),
        ("coco", {"rate": 0}, "rate must be"),
    ],
)
def test_what_was_asked_for_wrongly(portal, tmp_path, name, options, words):
    with pytest.raises(ValueError, match=words):
        download(name, folder=tmp_path, tell=lambda line: None, **options)


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"<html>", "not JSON"), (b"[" * 100_000, "not JSON"), (b"[]", "not a list"), (b'{"error": "no"}', "not a list")],
)
def test_a_list_that_is_none(arasaac, tmp_path, body, words):
    arasaac.files["/pictograms/all/en"].body = body
    with pytest.raises(FetchError, match=words):
        download("arasaac", **quick())
    assert not (tmp_path / "arasaac").exists()
    (tmp_path / "arasaac").mkdir()
    (tmp_path / "arasaac" / "metadata_en.json").write_bytes(body)
    with pytest.raises(FetchError, match=rf"metadata_en\.json is {words}.*delete it"):
        download("arasaac", **quick())


def test_a_portal_that_fails_altogether_is_left_alone(arasaac, monkeypatch):
    monkeypatch.setattr(many, "IN_A_ROW", 3)
    for i in range(1, 7):
        arasaac.trouble(picture(i), *[status(500)] * 6)
    with pytest.raises(FetchError, match=r"3 requests in a row failed.*500.*call again later"):
        download("arasaac", **quick(threads=1))
    assert arasaac.count(picture(6)) == 0
    assert download("arasaac", **quick(tries=20)).failed == ()


def test_a_network_that_goes_away(arasaac):
    def gone(handler, resource):
        arasaac.close()
        return hang_up(handler, resource)

    arasaac.trouble(picture(1), gone)
    with pytest.raises(OfflineError, match="cannot be reached"):
        download("arasaac", **quick(threads=1))


def test_no_room_for_the_pictograms(arasaac, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 20_000}))
    with pytest.raises(FetchError, match=r"6 pictograms, roughly\) needs 144\.0 kB"):
        download("arasaac", **quick())


def test_sources():
    names = ["arasaac", "arasaac-en", "arasaac-es:both,keywords=first", "coco", "coco:x", "cocoa", "glyphs-en"]
    found = [fetching.source_of(name) for name in names]
    assert found == ["arasaac", "arasaac", "arasaac", "coco", "coco", None, None]


def test_ctrl_c_ends_in_a_line_and_a_second_call_goes_on(arasaac, tmp_path):
    reached = threading.Event()

    def slow(*_):
        reached.set()
        time.sleep(0.5)
        return False

    arasaac.trouble(picture(2), slow)
    # a shell that starts tests in the background has Ctrl-C ignored, and children inherit that
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    code += "from mmgap.cli.main import app; app(['data', 'fetch', 'arasaac', '--rate', '4'])"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        assert reached.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert said.splitlines()[-1] == "mmgap: stopped; what arrived is kept, call again to go on"
    here = [i for i in range(1, 7) if (tmp_path / "arasaac" / "images" / f"{i}.png").exists()]
    assert len(here) < 6
    assert download("arasaac", **quick()).failed == ()
    assert all(arasaac.count(picture(i)) == 1 for i in here)


def test_a_complete_folder_is_left_as_it_is(arasaac, tmp_path):
    download("arasaac", **quick())
    (tmp_path / "arasaac" / "LICENCE.txt").unlink()
    download("arasaac", **quick())
    assert sorted(p.name for p in (tmp_path / "arasaac").iterdir()) == [
        "images",
        "metadata_en.json",
        "metadata_es.json",
    ]


def test_killed_and_called_again_fetches_nothing_twice(arasaac, tmp_path):
    """kill -9 while the fourth pictogram is on its way."""
    reached, go_on = threading.Event(), threading.Event()

    def stall(*_):
        reached.set()
        go_on.wait(PATIENCE)
        return False

    arasaac.trouble(picture(4), stall)
    code = (
        "from mmgap.datasets.download import download; from mmgap.datasets.download.client import Downloader;"
        " download('arasaac', client=Downloader(rate=1000, threads=1))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        assert reached.wait(PATIENCE)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        go_on.set()
    found = download("arasaac", **quick())
    assert (found.new, found.present, found.failed) == (3, 5, ())
    asked = {path: arasaac.count(path) for path in arasaac.files}
    assert asked == {path: 2 if path == picture(4) else 1 for path in arasaac.files}
