import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mmgap.datasets.download import FetchError, NotThereError, OfflineError, WrongContentError
from mmgap.datasets.download.client import STRIDE, Downloader
from mmgap.datasets.download.errors import StoppedError
from mmgap.datasets.download.transfer import Pace, Partial, retry_after
from tests.support.hostile_portal import PATIENCE, changes, cut, hang_up, html, http_date, later, reply, status

BODY = bytes(range(256)) * 400
SHA = hashlib.sha256(BODY).hexdigest()


def only(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once_and_names_its_client(portal, downloader, tmp_path):
    url = portal.serve("/a.bin", BODY)
    assert downloader.get(url, tmp_path / "sub" / "a.bin", size=len(BODY), sha256=SHA.upper())
    assert not downloader.get(url, tmp_path / "sub" / "a.bin")
    assert (tmp_path / "sub" / "a.bin").read_bytes() == BODY
    assert only(tmp_path / "sub") == ["a.bin"]
    assert portal.count("/a.bin") == 1
    assert portal.log[0][1]["User-Agent"].startswith("mmgap/")


def test_an_empty_file_does_not_count_as_fetched(portal, downloader, tmp_path):
    (tmp_path / "a.bin").touch()
    assert downloader.get(portal.serve("/a.bin", BODY), tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize(
    "trouble",
    [status(500), status(503), status(408), status(429), status(429, Retry_After="0"), hang_up, cut(0)],
    ids=["500", "503", "408", "429", "429-after", "hang-up", "cut"],
)
def test_what_may_pass_is_tried_again(portal, downloader, tmp_path, trouble):
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", trouble, trouble)
    assert downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.count("/a.bin") == 3
    assert only(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    "version", [{}, {"etag": None}, {"etag": None, "modified": http_date(-9e6)}, {"etag": 'W/"1"'}]
)
def test_a_dropped_body_goes_on_where_it_stopped(portal, downloader, tmp_path, version):
    url = portal.serve("/a.bin", BODY, **version)
    portal.trouble("/a.bin", cut(1000), cut(500))
    downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin") == [None, "bytes=1000-", "bytes=1500-"]


def test_a_server_that_ignores_ranges_sends_it_all_again(portal, downloader, tmp_path):
    url = portal.serve("/a.bin", BODY, ranges=False)
    portal.trouble("/a.bin", cut(1000))
    downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin") == [None, "bytes=1000-"]


@pytest.mark.parametrize("honours", [True, False], ids=["if-range", "no-if-range"])
def test_a_new_version_is_never_glued_to_an_old_one(portal, downloader, tmp_path, honours):
    url = portal.serve("/a.bin", BODY)
    new = BODY[::-1]

    def serve_the_new(handler, resource):
        changes(etag='"v2"', body=new)(handler, resource)
        if not honours:
            handler.headers.replace_header("If-Range", '"v2"')
        return False

    portal.trouble("/a.bin", cut(1000), serve_the_new)
    downloader.get(url, tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == new


def test_a_version_of_another_size_is_noticed_without_an_etag(portal, downloader, tmp_path):
    url = portal.serve("/a.bin", BODY, etag=None)
    portal.trouble("/a.bin", cut(1000), changes(body=BODY + b"more"))
    downloader.get(url, tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY + b"more"


def test_a_server_that_deals_out_pieces(portal, downloader, tmp_path):
    def piece(handler, resource):
        start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
        headers = [("Content-Range", f"bytes {start}-{start + 999}/{len(BODY)}"), ("ETag", resource.etag)]
        reply(handler, 206, BODY[start : start + 1000], headers)
        return True

    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", cut(1000), piece, piece)
    downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin") == [None, "bytes=1000-", "bytes=2000-", "bytes=3000-"]


def test_chunks_that_end_early(portal, downloader, tmp_path):
    def chunks(handler, _):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"3e8\r\n" + BODY[:1000] + b"\r\n")
        handler.close_connection = True
        return True

    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", chunks)
    downloader.get(url, tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_refused_range_starts_again(portal, downloader, tmp_path):
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", cut(1000), status(416, Content_Range="bytes */7"))
    downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin") == [None, "bytes=1000-", None]


@pytest.mark.parametrize("size", [None, len(BODY)])
def test_a_kill_between_last_byte_and_name_costs_nothing(portal, downloader, tmp_path, size):
    url = portal.serve("/a.bin", BODY)
    downloader.get(url, tmp_path / "a.bin")
    (tmp_path / "a.bin").rename(tmp_path / "a.bin.part")
    (tmp_path / "a.bin.part.json").write_text(f'{{"url": "{url}", "version": "\\"v1\\"", "total": {len(BODY)}}}')
    assert downloader.get(url, tmp_path / "a.bin", size=size, sha256=SHA)
    assert portal.ranges("/a.bin")[1:] == ([f"bytes={len(BODY)}-"] if size is None else [])


@pytest.mark.parametrize("state", [None, "{", "[]", '{"url": "http://elsewhere/a.bin", "version": "\\"v1\\""}'])
def test_bytes_of_unknown_origin_are_dropped(portal, downloader, tmp_path, state):
    (tmp_path / "a.bin.part").write_bytes(b"x" * 10)
    if state is not None:
        (tmp_path / "a.bin.part.json").write_text(state)
    downloader.get(portal.serve("/a.bin", BODY), tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin") == [None]


def test_tries_count_afresh_after_progress(portal, tmp_path):
    body = os.urandom(5 * STRIDE + 5)
    url = portal.serve("/long.bin", body)
    portal.trouble("/long.bin", *[cut(STRIDE + 1)] * 5)
    with Downloader(rate=10_000, tries=2) as downloader:
        downloader.get(url, tmp_path / "long.bin", sha256=hashlib.sha256(body).hexdigest(), show=True)
    assert portal.count("/long.bin") == 5


def test_given_up_keeps_what_arrived_and_a_second_call_goes_on(portal, tmp_path):
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", cut(1000), status(500), status(500))
    with Downloader(rate=10_000, tries=3) as downloader, pytest.raises(FetchError, match=r"500.*call again to go on"):
        downloader.get(url, tmp_path / "a.bin")
    assert only(tmp_path) == ["a.bin.part", "a.bin.part.json"]
    with Downloader(rate=10_000) as downloader:
        downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin")[-1] == "bytes=1000-"


def test_slow_answers_time_out_and_are_asked_for_again(portal, tmp_path):
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", later(0.5))
    with Downloader(rate=10_000, timeout=0.2) as downloader:
        downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    portal.trouble("/a.bin", *[later(0.4)] * 2)
    with Downloader(rate=10_000, timeout=0.2, tries=2) as downloader, pytest.raises(FetchError, match="no answer in"):
        downloader.get(url, tmp_path / "b.bin")


def test_a_missing_file_is_not_asked_for_twice(portal, downloader, tmp_path):
    with pytest.raises(NotThereError, match=r"/no\.png: not there"):
        downloader.get(portal.url + "/no.png", tmp_path / "no.png")
    portal.trouble("/no.png", status(403))
    with pytest.raises(FetchError, match="answers 403"):
        downloader.get(portal.url + "/no.png", tmp_path / "no.png")
    assert portal.count("/no.png") == 2
    assert only(tmp_path) == []


def test_a_wrong_digest_is_deleted_and_fetched_once_more(portal, downloader, tmp_path):
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", changes(body=BODY[:-1] + b"?"), changes(body=BODY))
    downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    portal.files["/a.bin"].body = BODY[:-1] + b"?"
    with pytest.raises(WrongContentError, match="SHA-256"):
        downloader.get(url, tmp_path / "b.bin", sha256=SHA)
    assert portal.count("/a.bin") == 4
    assert only(tmp_path) == ["a.bin"]


def test_a_file_that_is_there_is_held_against_its_digest(portal, downloader, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"by hand, but another")
    with pytest.raises(FetchError, match=r"a\.bin is there, but its SHA-256 .* delete it"):
        downloader.get(portal.serve("/a.bin", BODY), tmp_path / "a.bin", sha256=SHA)
    assert (tmp_path / "a.bin").exists()
    assert not portal.log


@pytest.mark.parametrize("announced", [True, False])
def test_a_wrong_size_is_refused(portal, downloader, tmp_path, announced):
    url = portal.serve("/a.bin", BODY, announced=announced)
    for size in (len(BODY) - 1, len(BODY) + 1):
        with pytest.raises(WrongContentError, match=r"expected|more than"):
            downloader.get(url, tmp_path / "a.bin", size=size)
    with pytest.raises(WrongContentError, match=r"more than 1\.0 kB"):
        downloader.get(url, tmp_path / "a.bin", limit=1000)
    assert only(tmp_path) == []


def test_a_page_instead_of_the_file_fails_its_check(portal, downloader, tmp_path):
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", html)
    downloader.get(url, tmp_path / "a.bin", check=lambda path: "a page" if b"html" in path.read_bytes() else None)
    assert portal.count("/a.bin") == 2


def test_a_compressed_answer_is_unpacked_and_never_continued(portal, downloader, tmp_path):
    import gzip

    def zipped(then):
        def step(handler, resource):
            handler.send_response(200)
            handler.send_header("Content-Encoding", "gzip")
            handler.send_header("Content-Length", str(len(gzip.compress(BODY))))
            handler.end_headers()
            handler.wfile.write(gzip.compress(BODY)[:then])
            handler.close_connection = True
            return True

        return step

    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", zipped(400), zipped(None))
    downloader.get(url, tmp_path / "a.bin", sha256=SHA)
    assert portal.ranges("/a.bin") == [None, None]


def test_a_pause_that_is_asked_for_is_kept_by_all_threads(portal, tmp_path, monkeypatch, capsys):
    slept = []
    monkeypatch.setattr(Pace, "sleep", lambda self, seconds: slept.append(seconds))
    url = portal.serve("/a.bin", BODY)
    portal.trouble("/a.bin", status(429, Retry_After="7"), status(503, Retry_After=http_date(60)))
    with Downloader(rate=10_000) as downloader:
        downloader.get(url, tmp_path / "a.bin", sha256=SHA)
        downloader.get(url, tmp_path / "b.bin")
    assert [s for s in slept if s > 1] == pytest.approx([7, 7, 60, 60, 60], abs=2)
    assert "127.0.0.1 asks for a pause of 7 s\n" in capsys.readouterr().err


def test_too_long_a_pause_is_not_sat_out(portal, downloader, tmp_path):
    portal.trouble("/a.bin", status(429, Retry_After="86400"))
    with pytest.raises(FetchError, match="429 Too Many Requests and asks for a pause of 86400 s"):
        downloader.get(portal.serve("/a.bin", BODY), tmp_path / "a.bin")


def test_retry_after_reads_seconds_and_dates():
    assert retry_after(http_date(100)) == pytest.approx(100, abs=2)
    assert retry_after(http_date(-100)) == 0
    assert retry_after(" 3 ") == 3
    assert retry_after("-3") == retry_after("²") == retry_after("") == 0


def test_offline_is_said_in_one_line(portal, downloader, tmp_path):
    portal.close()
    with pytest.raises(OfflineError, match=r"127\.0\.0\.1 cannot be reached") as caught:
        downloader.get(portal.url + "/a.bin", tmp_path / "a.bin")
    message = str(caught.value)
    assert f"save {portal.url}/a.bin as {tmp_path / 'a.bin'}" in message
    assert "\n" not in message


@pytest.mark.parametrize("url", ["gopher://x/a", "http://[", "nothing"])
def test_an_address_that_is_none(downloader, tmp_path, url):
    with pytest.raises(FetchError):
        downloader.get(url, tmp_path / "a.bin")


def test_a_circle_of_redirects_ends(portal, downloader, tmp_path):
    portal.trouble("/a.bin", *[status(302, Location="/a.bin")] * 30)
    with pytest.raises(FetchError, match="redirect"):
        downloader.get(portal.url + "/a.bin", tmp_path / "a.bin")


def test_a_redirect_is_followed(portal, downloader, tmp_path):
    portal.serve("/a.bin", BODY)
    portal.trouble("/old.bin", status(301, Location="/a.bin"))
    assert downloader.get(portal.url + "/old.bin", tmp_path / "a.bin", sha256=SHA)


def test_no_room_is_said_before_the_download(portal, downloader, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1))
    with pytest.raises(FetchError, match=r"a.bin needs 102.4 kB in .* only 1 Byte are free there: .*MMGAP_DATA"):
        downloader.get(portal.serve("/a.bin", BODY), tmp_path / "a.bin")


@pytest.mark.parametrize(("number", "words"), [(28, "no room left"), (13, "cannot write")])
def test_a_disk_that_fills_up_meanwhile(portal, downloader, tmp_path, monkeypatch, number, words):
    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Partial, "open", full)
    with pytest.raises(FetchError, match=words):
        downloader.get(portal.serve("/a.bin", BODY), tmp_path / "a.bin")


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_an_impossible_rate(rate):
    with pytest.raises(ValueError, match="rate must be"):
        Downloader(rate=rate)


def test_requests_of_all_threads_keep_one_distance(monkeypatch):
    moments, now = [], 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pace = Pace(4, threading.Event())
    monkeypatch.setattr(pace, "sleep", moments.append)
    threads = [threading.Thread(target=pace.wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(moments) == [0, 0.25, 0.5, 0.75, 1.0]
    pace.hold(10)
    pace.wait()
    assert moments[-1] == 10


def test_stopping_ends_waits_and_transfers(portal, tmp_path):
    url = portal.serve("/a.bin", BODY)
    with Downloader(rate=10_000) as downloader:
        portal.trouble("/a.bin", lambda *_: downloader.stop())
        with pytest.raises(StoppedError, match="call again"):
            downloader.get(url, tmp_path / "a.bin")
        with pytest.raises(StoppedError):
            downloader.get(url, tmp_path / "b.bin")


def test_killed_in_the_middle_and_called_again(portal, tmp_path):
    """kill -9 of another process; what it had fetched is not fetched again."""
    url = portal.serve("/a.bin", BODY)
    reached, go_on = threading.Event(), threading.Event()

    def half(handler, resource):
        handler.send_response(200)
        handler.send_header("ETag", resource.etag)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        handler.wfile.write(BODY[:70_000])
        handler.wfile.flush()
        reached.set()
        go_on.wait(PATIENCE)
        handler.close_connection = True
        return True

    portal.trouble("/a.bin", half)
    target = tmp_path / "a.bin"
    code = (
        "from pathlib import Path; from mmgap.datasets.download.client import Downloader;"
        f" Downloader().get({url!r}, Path({str(target)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert reached.wait(PATIENCE)
        part = target.with_name("a.bin.part")
        for _ in range(100 * PATIENCE):
            if part.exists() and part.stat().st_size:
                break
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        go_on.set()
    have = part.stat().st_size
    assert 0 < have < len(BODY)
    with Downloader() as downloader:
        downloader.get(url, target, sha256=SHA)
    assert portal.ranges("/a.bin") == [None, f"bytes={have}-"]
    assert only(Path(tmp_path)) == ["a.bin"]
