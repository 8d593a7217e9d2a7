"""Files of ``torch.save`` give tensors alone: nothing in them is run, and what else they hold is said."""

import collections

import numpy as np
import pytest
import torch

from mmgap.core.vector_files import VectorFileError, read_pair, read_rows
from tests.support.saved_formats import tensors

IMAGES, TEXTS = np.random.default_rng(5).normal(size=(2, 9, 4)).astype(np.float32)
RUN = []


class Bomb:
    def __reduce__(self):
        return RUN.append, ("run",)


class Own:
    pass


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("older", [False, True])
def test_every_type_is_exact(tmp_path, dtype, older):
    made = torch.from_numpy(IMAGES).to(dtype)
    torch.save(made, tmp_path / "a.pt", _use_new_zipfile_serialization=not older)
    found = read_rows(str(tmp_path / "a.pt"), "image")
    np.testing.assert_array_equal(found, (made.float() if dtype == torch.bfloat16 else made).numpy())


@pytest.mark.parametrize(
    "made",
    [
        torch.nn.Parameter(torch.from_numpy(IMAGES)),
        torch.from_numpy(IMAGES.T.copy()).T,
        torch.cat([torch.zeros(1, 4), torch.from_numpy(IMAGES)])[1:],
        collections.OrderedDict(image_embeds=torch.from_numpy(IMAGES), meta={"model": "x"}, step=3),
    ],
    ids=["parameter", "transposed", "slice", "ordered"],
)
def test_tensors_of_every_layout(tmp_path, made):
    torch.save(made, tmp_path / "a.pt")
    np.testing.assert_array_equal(read_rows(str(tmp_path / "a.pt"), "image"), IMAGES)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (Bomb(), "holds more than tensors"),
        ({"images": IMAGES, "texts": TEXTS}, r"holds more than tensors \(numpy"),
        (Own(), r"holds more than tensors \(.*Own\)"),
        (torch.nn.Linear(2, 2), r"holds more than tensors"),
        ([torch.ones(2, 3)], r"holds a list, but vectors are a tensor or a dict of tensors"),
        ({"ids": ["a"], "step": 3}, r"holds a dict of no tensor \(ids, step\)"),
        ({}, r"holds a dict of no tensor, but"),
        (3.5, r"holds a float"),
        ({"images": [torch.ones(4)] * 2, "texts": torch.ones(2, 4)}, r"'images' is a list of 2 tensors.*torch\.stack"),
        ({"images": torch.eye(3).to_sparse(), "texts": torch.eye(3)}, r"'images' is sparse"),
        ({"images": torch.ones(2, 3).to(torch.float8_e4m3fn), "texts": torch.ones(2, 3)}, r"is of type float8_e4m3fn"),
        ({"images": torch.ones(2, 3, device="meta"), "texts": torch.ones(2, 3)}, r"is on the device meta"),
        (torch.ones(2, 3, 4, dtype=torch.complex64), r"save real numbers"),
        (torch.ones(2, 3, 4, dtype=torch.int8), r"save them as floats"),
    ],
)
def test_anything_else_is_refused_and_nothing_is_run(tmp_path, made, message):
    RUN.clear()
    torch.save(made, tmp_path / "a.pt")
    with pytest.raises(VectorFileError, match=message) as caught:
        read_pair(str(tmp_path / "a.pt"))
    assert RUN == []
    assert "\n" not in str(caught.value)


def test_a_program_is_no_tensor(tmp_path):
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), tmp_path / "a.pt")
    with pytest.raises(VectorFileError, match="TorchScript"):
        read_pair(str(tmp_path / "a.pt"))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_cut_file_says_so(tmp_path, share):
    file = tmp_path / "a.pt"
    tensors(file, {"images": IMAGES, "texts": TEXTS})
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    with pytest.raises(VectorFileError, match=r"a\.pt: cannot be read as \.pt"):
        read_pair(str(file))
