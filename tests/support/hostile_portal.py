"""A portal on loopback that misbehaves as told."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

import mmgap.datasets.download.client as client
from mmgap.datasets.download.client import Downloader

#: Seconds that a process may take to come as far as a test waits for; much more than it needs on an idle machine.
PATIENCE = 120

HTML = b"<!doctype html><title>Log in to the hotel's network</title>"


@dataclass
class Resource:
    """A file of the portal."""

    body: bytes
    etag: str | None = '"v1"'
    modified: str | None = None
    ranges: bool = True
    announced: bool = True


class Portal:
    """Files by path, and what goes wrong with the next requests for each of them."""

    def __init__(self):
        self.files = {}
        self.troubles = defaultdict(list)
        self.log = []
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                portal.answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # clients that are killed here leave broken connections
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, path, body, **options):
        self.files[path] = Resource(body, **options)
        return self.url + path

    def trouble(self, path, *steps):
        """The next requests for ``path`` go through these, one each."""
        self.troubles[path] += steps

    def count(self, path):
        return sum(asked == path for asked, _ in self.log)

    def ranges(self, path):
        return [headers.get("Range") for asked, headers in self.log if asked == path]

    def answer(self, handler):
        self.log.append((handler.path, dict(handler.headers)))
        steps = self.troubles[handler.path]
        resource = self.files.get(handler.path)
        if steps and steps.pop(0)(handler, resource):
            return
        if resource is None:
            reply(handler, 404, b"no such file")
        else:
            send(handler, resource)


def reply(handler, status, body, headers=()):
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send(handler, resource, *, stop=None):
    """The file or the range asked for; after ``stop`` bytes the connection is cut."""
    wanted, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
    version = resource.etag or resource.modified
    start = 0
    if wanted and resource.ranges and condition in (None, version):
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(resource.body):
            reply(handler, 416, b"", [("Content-Range", f"bytes */{len(resource.body)}")])
            return
    body = resource.body[start:]
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(resource.body) - 1}/{len(resource.body)}")
    for name, value in (("ETag", resource.etag), ("Last-Modified", resource.modified)):
        if value:
            handler.send_header(name, value)
    if resource.announced:
        handler.send_header("Content-Length", str(len(body)))
    handler.close_connection = not resource.announced or stop is not None
    handler.end_headers()
    handler.wfile.write(body if stop is None else body[:stop])


def cut(after):
    """The connection ends after so many bytes of the body."""

    def step(handler, resource):
        send(handler, resource, stop=after)
        return True

    return step


def status(code, **headers):
    def step(handler, _):
        reply(handler, code, b"not now", [(name.replace("_", "-"), value) for name, value in headers.items()])
        return True

    return step


def later(seconds):
    """Answered, but slowly."""

    def step(*_):
        time.sleep(seconds)
        return False

    return step


def html(handler, _):
    reply(handler, 200, HTML, [("Content-Type", "text/html")])
    return True


def hang_up(handler, _):
    """Not even a status line."""
    handler.close_connection = True
    return True


def changes(**new):
    """From this request on the file is another one."""

    def step(_, resource):
        for name, value in new.items():
            setattr(resource, name, value)
        return False

    return step


def http_date(seconds_from_now):
    return formatdate(time.time() + seconds_from_now, usegmt=True)


@cache
def certificates():
    """Loaded once, not for each test; loopback needs none."""
    return httpx2.create_ssl_context()


@pytest.fixture
def portal(monkeypatch, tmp_path_factory):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("MMGAP_ARASAAC_IMAGES_URL", raising=False)
    for name in ("MMGAP_ARASAAC_URL", "MMGAP_COCO_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # a slip in a test must not reach the real hosts
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(client, "BACKOFF", 0.001)
    monkeypatch.setattr(httpx2, "Client", partial(httpx2.Client, verify=certificates()))
    found = Portal()
    yield found
    found.close()


@pytest.fixture
def downloader(portal):
    with Downloader(rate=10_000, timeout=5) as found:
        yield found
