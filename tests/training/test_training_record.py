"""What a row says of a training: its logit scale, and one of each direction where each learned its own."""

import pytest

from mmgap.training.artifact import about
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from mmgap.training.training_record import record_training
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


class Kept(dict):
    """Keeps what is recorded, by name."""

    def __call__(self, name, value):
        self[name] = value

    def note(self, text):
        self.setdefault("notes", []).append(text)

    def keep(self, arrays):
        self["arrays"] = arrays


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    spec = small.family("clip", tmp_path)

    def of(loss):
        folder = trained(spec, small.splits(), Recipe(loss, tuning="head", epochs=2, batch_size=6, rate=1e-2))
        record_training(kept := Kept(), folder)
        return kept, about(folder)

    return of


def test_a_scale_for_each_direction(recorded):
    kept, told = recorded("ce(tilt=0)")
    assert kept["logit_scale"] == told.logit_scale
    images, texts = kept["logit_scale_i2t"], kept["logit_scale_t2i"]
    assert images != texts
    assert images * texts == pytest.approx(told.logit_scale**2, rel=1e-5)
    assert kept["arrays"]["step_scale_i2t"][-1] == pytest.approx(images, rel=1e-5)
    assert kept["arrays"]["step_scale_t2i"][-1] == pytest.approx(texts, rel=1e-5)


def test_other_losses_have_one(recorded):
    kept, _ = recorded("siglip")
    assert {name for name in kept if name.startswith("logit_scale")} == {"logit_scale"}
