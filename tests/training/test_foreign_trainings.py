"""Folders of trainings that somebody else wrote: they lead nowhere in circles and download nothing."""

import contextlib
import json
import shutil

import pytest

from mmgap import encoders
from mmgap.core.integrity import SEAL
from mmgap.core.paths import MissingDataError
from mmgap.encoders import EncoderError
from mmgap.training import artifact
from mmgap.training.default_recipes import usual
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import trained
from mmgap.training.trained_bases import DEEPEST, beginning, trained_folders
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(place / "cache"))
        spec = small.family("clip", place)
        return trained(spec, small.splits(), Recipe("ce", tuning="lora", epochs=1, batch_size=6))


def forged(folder, place, **changes):
    """A copy as the first format left it, which nothing vouches for."""
    made = shutil.copytree(folder, place)
    known = json.loads((made / artifact.ABOUT).read_text())
    plain = {name: value for name, value in known.items() if name not in (SEAL, "files", "training")}
    (made / artifact.ABOUT).write_text(json.dumps({**plain, "format": 1, **changes}))
    return made


@pytest.fixture
def copies(folder, tmp_path):
    """``copies(name, base)``: a copy of a trained folder that says another base."""

    def copy(name, base):
        return forged(folder, tmp_path / name, base=base)

    return copy


@pytest.fixture(autouse=True)
def no_hub(monkeypatch):
    def ask(name, *, local_files_only, **options):
        if not local_files_only:
            pytest.fail(f"{name} was asked of the hub")
        raise OSError("not cached")

    monkeypatch.setattr("huggingface_hub.snapshot_download", ask)


def refused(spec, message, kind=EncoderError):
    with contextlib.suppress(TrainingError):  # the usual recipe says no more, and comes to an end
        usual(spec)
    with pytest.raises(kind, match=message) as caught:
        encoders.load(spec)
    assert "\n" not in str(caught.value)


def test_one_that_is_its_own_base(copies, tmp_path):
    made = copies("loop", f"trained:{tmp_path / 'loop'}")
    refused(f"trained:{made}", "was trained on itself")


def test_two_that_are_each_others(copies, tmp_path):
    copies("a", f"trained:{tmp_path / 'b' / '..' / 'b'}")
    copies("b", f"trained:{tmp_path / 'a'}")
    refused(f"trained:{tmp_path / 'a'}", r"was trained on itself, by way of .*/a")


def test_a_tower_of_them(copies, tmp_path):
    for k in range(DEEPEST + 2):
        copies(str(k), f"trained:{tmp_path / str(k + 1)}")
    refused(f"trained:{tmp_path / '0'}", f"stands on {DEEPEST} others")


def test_a_base_that_is_gone(copies, tmp_path):
    made = copies("a", f"trained:{tmp_path / 'gone'}")
    refused(f"trained:{made}", "no trained encoder in .*gone", MissingDataError)


@pytest.mark.parametrize(
    "base",
    [
        "hf:somebody/model",
        "hf:somebody/model@main",
        "clip-vit-l-14",
        "two-towers:somebody/image,minilm,random",
        "two-towers:mobilenet-v2,somebody/text,random",
    ],
)
def test_what_it_names_is_not_downloaded(copies, base, monkeypatch, tmp_path):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path / "none"))
    (tmp_path / "none" / "mobilenet_v2_imagenet").mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "none" / "mobilenet_v2_imagenet" / name).write_text("{}")
    message = "is not downloaded unasked, because nobody but a file names it.*hf download"
    refused(f"trained:{copies('foreign', base)}", message, MissingDataError)


def test_what_is_here_is_followed(folder, copies):
    above = copies("above", f"trained:{folder}")
    assert trained_folders(str(above)) == [above.resolve(), folder.resolve()]
    assert beginning(str(above)).startswith("hf:")
    assert usual(f"trained:{above}") == {}


@pytest.mark.parametrize(
    "change",
    [{"peft_type": "X"}, {"megatron_config": {"a": 1}, "megatron_core": "this"}, {"peft_type": None}],
)
def test_an_adapter_of_another_kind(folder, tmp_path, change):
    made = forged(folder, tmp_path / "made")
    file = made / artifact.ADAPTER / "model" / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(EncoderError, match="does not fit"):
        encoders.load(f"trained:{made}").encode_texts(["a"])


@pytest.mark.parametrize(
    "text", ["{", "[]", "", '{"peft_type": "LORA", "r": "many"}', '{"peft_type": "LORA", "new": 1}']
)
def test_a_damaged_adapter(folder, tmp_path, text):
    made = forged(folder, tmp_path / "made")
    (made / artifact.ADAPTER / "model" / "adapter_config.json").write_text(text)
    with pytest.raises(EncoderError, match="adapter"):
        encoders.load(f"trained:{made}").encode_texts(["a"])
