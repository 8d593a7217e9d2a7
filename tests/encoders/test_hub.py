"""Loading from a hub: what the hub's client is asked for, by a real server on loopback."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support import small_models

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path):
    """(address, files asked for) of a server that holds one CLIP as some/model, with a pickle beside it."""
    folder = small_models.clip(tmp_path / "on-the-hub")
    (folder / "pytorch_model.bin").write_bytes(b"never asked for")
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.split("?")[0]
            if path.startswith("/api/models/some/model"):
                names = sorted(file.name for file in folder.iterdir())
                tree = [
                    {"type": "file", "path": n, "size": (folder / n).stat().st_size, "oid": etag(folder / n)}
                    for n in names
                ]
                about = {"id": "some/model", "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
                return self.answer(json.dumps(tree if "/tree/" in path else about).encode())
            file = folder / path.rsplit("/", 1)[1]
            if not path.startswith("/some/model/resolve/") or not file.is_file():
                return self.send_error(404)
            asked.append(file.name)
            return self.answer(file.read_bytes(), {"ETag": f'"{etag(file)}"', "X-Repo-Commit": COMMIT})

        do_HEAD = do_GET

        def answer(self, content, headers=()):
            self.send_response(200)
            for name, value in {"Content-Length": str(len(content)), **dict(headers)}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def etag(file):
    return hashlib.sha1(file.read_bytes()).hexdigest()


def fingerprint(address, tmp_path):
    code = (
        "import json; from mmgap import encoders; e = encoders.load('hf:some/model@main');"
        "print(json.dumps([e.fingerprint(), sorted(f.name for f in e.folder.iterdir())]))"
    )
    environment = os.environ | {
        "HF_ENDPOINT": address,
        "HF_HOME": str(tmp_path / "hub-cache"),
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "127.0.0.1",
        "MMGAP_WEIGHTS": str(tmp_path / "none"),
        "MMGAP_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_weights_are_downloaded_once_and_pickles_never(hub, tmp_path):
    address, asked = hub
    print_, files = fingerprint(address, tmp_path)
    assert {"config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"} <= set(files)
    assert "pytorch_model.bin" not in {*files, *asked}
    assert print_["model"] == "model"
    assert print_["model_revision"] == "main"
    asked.clear()
    assert fingerprint(address, tmp_path)[0] == print_
    assert not asked
