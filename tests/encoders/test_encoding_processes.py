"""Several processes that share an encoding: the vectors of one to the bit, each its share; what one loses is kept."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mmgap import encoders
from mmgap.core.cache import Cache
from mmgap.core.processes import alive
from mmgap.encoders import EncoderError
from mmgap.encoders.copies import Copies, copies_of, keep_copies
from mmgap.encoders.devices import devices_of
from mmgap.encoders.embed import embed
from mmgap.encoders.encoding_processes import launched, processes_of
from tests.support import shared_encodings
from tests.support.shared_encodings import Noted, data, on_two, until

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(shared_encodings.__file__).parents[2]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def wanted(given):
    """What `Noted` makes of a data set, computed item by item."""
    return [list(image.size) for image in given.images], [[len(t), sum(map(ord, t))] for t in given.captions]


def left(cache):
    """Files of parts in the cache."""
    return sorted(path.name for path in (cache.root / "encoding").rglob("*.*"))


def test_two_processes_give_the_vectors_of_one_to_the_bit(cache, tmp_path):
    given = data(260)
    two = embed(encoders.load("tiny", device="cpu,cpu", batch_size=2), given, cache=cache)
    one = embed(encoders.load("tiny", batch_size=2), given, cache=Cache(tmp_path / "other"))
    assert not two.from_cache
    assert two.texts_cut == one.texts_cut
    np.testing.assert_array_equal(two.images, one.images)
    np.testing.assert_array_equal(two.texts, one.texts)
    assert left(cache) == []
    assert embed(encoders.load("tiny", batch_size=2), given, cache=cache).from_cache  # the key is that of one


def test_each_process_encodes_its_share_and_one_bar_counts_all(cache, tmp_path, monkeypatch, caplog):
    counted = []

    class Bar:
        def __init__(self, total, desc, unit):
            self.total, self.desc, self.done = total, desc, 0
            counted.append(self)

        def update(self, items):
            self.done += items

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr("mmgap.encoders.encoding_processes.progress_bar", Bar)
    encoder, given = on_two(tmp_path), data()
    found = embed(encoder, given, cache=cache)
    images, texts = wanted(given)
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_array_equal(found.texts, texts)
    calls = encoder.noted()
    assert encoder.calls == 0  # nothing was encoded here
    for modality in ("image", "text"):
        shares = {rank: [c["items"] for c in calls if (c["rank"], c["modality"]) == (rank, modality)] for rank in "01"}
        assert {rank: [len(part) for part in parts] for rank, parts in shares.items()} == {"0": [256, 88], "1": [256]}
        lengths = [item[0] for part in (shares["0"][0], shares["1"][0], shares["0"][1]) for item in part]
        assert modality == "image" or lengths == sorted(lengths, reverse=True)
    assert [(bar.desc, bar.total, bar.done) for bar in counted] == [("images and texts", 1200, 1200)]
    cut = sum(len(text) > 30 for text in given.captions)
    assert found.texts_cut == cut
    assert [record.getMessage() for record in caplog.records] == [
        f"noted: {cut} of 600 texts are longer than it reads and were cut"
    ]


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("kill:1:1", r"process 2 of 2, on cpu, ended by SIGKILL \(the machine may have run out of memory\)"),
        ("exit:1:1", r"process 2 of 2, on cpu, ended with status 3 \(its words are above; a script begins its work"),
    ],
)
def test_a_lost_process_is_one_line_and_what_is_kept_is_not_encoded_again(end, message, cache, tmp_path):
    with pytest.raises(
        EncoderError, match=rf"^noted: {message}.* while it encoded images and texts\. [0-5] of 6 parts"
    ):
        embed(on_two(tmp_path, end), data(), cache=cache)
    kept = [name for name in left(cache) if name.endswith(".json")]
    assert not list((cache.root / "vectors").rglob("*.*"))
    before = len(Noted(tmp_path).noted())
    again = Noted(tmp_path)
    found = embed(again, data(), cache=cache)
    assert len(again.noted()) == before + again.calls
    assert again.calls == 6 - len(kept)
    np.testing.assert_array_equal(found.images, wanted(data())[0])
    assert left(cache) == []


def test_what_an_encoder_raises_elsewhere_is_raised_here(cache, tmp_path):
    with pytest.raises(ValueError, match=r"^call 1 cannot be$"):
        embed(on_two(tmp_path, "raise:1:1"), data(), cache=cache)
    assert not list((cache.root / "vectors").rglob("*.*"))


def test_no_process_is_left_by_an_interrupt(cache, tmp_path, monkeypatch):
    """Ctrl-C, or whatever else is raised while the others work."""
    started = []

    def interrupted(sentinels, timeout):
        import multiprocessing

        started.extend(multiprocessing.active_children())
        raise KeyboardInterrupt

    monkeypatch.setattr("mmgap.encoders.encoding_processes.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        embed(on_two(tmp_path), data(), cache=cache)
    assert len(started) == 2
    assert not any(alive(process.pid) for process in started)


def test_where_the_process_that_waits_is_killed_the_others_end_after_a_part(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(cache.root))
    command = [sys.executable, shared_encodings.__file__, str(tmp_path), "held", "two"]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as of what a shell starts in the background
    ) as waiting:
        until(lambda: len(list(tmp_path.glob("*.image"))) == 2)
        waiting.kill()
        waiting.wait()
        (tmp_path / "go").touch()
        assert waiting.stdout.read() == b""  # it ends with the last of them
    assert sorted(len(call["items"]) for call in Noted(tmp_path).noted()) == [256, 256]  # of six parts
    again = Noted(tmp_path)
    np.testing.assert_array_equal(embed(again, data(), cache=cache).images, wanted(data())[0])
    assert again.calls == 4


def test_little_is_encoded_here(cache, tmp_path):
    encoder, given = on_two(tmp_path), data(60)
    found = embed(encoder, given, cache=cache)
    assert encoder.calls == 2
    np.testing.assert_array_equal(found.texts, wanted(given)[1])


def test_what_cannot_be_handed_over_says_so(cache, tmp_path):
    encoder = Noted(tmp_path)
    keep_copies(encoder, Copies(lambda device: encoder, ("cpu", "cpu")))
    with pytest.raises(EncoderError, match=r"noted: its images and texts cannot be handed to.*--device cpu\)"):
        embed(encoder, data(), cache=cache)


def test_a_class_without_room_says_so():
    class Slim:
        __slots__ = ()
        name = "slim"

    with pytest.raises(EncoderError, match=r"slim runs on one device alone \(cuda:0, cuda:1 were asked for\)"):
        keep_copies(Slim(), Copies(Slim, ("cuda:0", "cuda:1")))


def test_what_stands_beneath_or_above_has_copies_too(tmp_path):
    """A projection's towers, and what a training made of an encoder."""
    towers = encoders.load("two-towers:mobilenet-v2,minilm,random", device="cpu,cpu")
    copies = copies_of(towers.raw)
    assert copies.devices == ("cpu", "cpu")
    made = copies.make(device="cpu")
    assert type(made) is type(towers.raw)
    assert made.name == towers.raw.name
    assert copies_of(made) is None
    renamed = copies_of(towers).followed_by(partial(_renamed, name="other"))
    assert renamed.make(device="cpu").name == "other"
    assert copies_of(encoders.load("tiny")) is None


def _renamed(encoder, name):
    encoder.name = name
    return encoder


def test_devices(monkeypatch):
    assert devices_of("cuda:1") == ("cuda:1",)
    assert devices_of("cpu,cpu") == ("cpu", "cpu")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    assert devices_of("cuda:all") == ("cuda:0", "cuda:1", "cuda:2")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert devices_of("cuda:all") == ("cuda",)
    with pytest.raises(EncoderError, match="devices must be of one kind, as cuda:0,cuda:1, got 'cpu,cuda:0'"):
        encoders.load("tiny", device="cpu,cuda:0")
    with pytest.raises(EncoderError, match="no device between commas, or none behind the last one: got 'cuda:0,'"):
        encoders.load("tiny", device="cuda:0,")


def test_how_many_share(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert launched() == 1  # a word of a cluster's, not of a launcher's
    assert processes_of(encoders.load("tiny")) == 1
    assert processes_of(encoders.load("tiny", device="cpu,cpu,cpu")) == 3
    monkeypatch.setenv("RANK", "2")
    assert processes_of(encoders.load("tiny", device="cpu,cpu,cpu")) == launched() == 4


def test_processes_that_torchrun_started_share_the_parts(tmp_path):
    environment = {
        **os.environ,
        "MMGAP_CACHE": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, shared_encodings.__file__, str(tmp_path), "meet"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    images, texts = wanted(data())
    for rank in "01":
        with np.load(tmp_path / f"found{rank}.npz") as found:
            np.testing.assert_array_equal(found["images"], images)
            np.testing.assert_array_equal(found["texts"], texts)
    calls = Noted(tmp_path).noted()
    for modality in ("image", "text"):
        parts = [(call["rank"], len(call["items"])) for call in calls if call["modality"] == modality]
        assert sorted(length for _, length in parts) == [88, 256, 256]  # nothing twice
        assert {rank for rank, _ in parts} == {"0", "1"}
    assert len(list((tmp_path / "cache" / "vectors").rglob("*.safetensors"))) == 2
    assert not list((tmp_path / "cache" / "encoding").rglob("*.*"))
