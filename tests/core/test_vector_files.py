"""Saved vectors are read in every documented layout, and a bad file is named."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from mmgap.core.paths import MissingDataError
from mmgap.core.vector_files import NAMES, VectorFileError, locate, pair_digest, read_pair

IMAGES = np.arange(6, dtype=np.float32).reshape(3, 2) + 1
TEXTS = -np.arange(8, dtype=np.float64).reshape(4, 2) - 1


def same(pair):
    return np.array_equal(pair[0], IMAGES) and np.array_equal(pair[1], TEXTS) and pair[1].dtype == np.float64


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_one_file_with_names(tmp_path, names, suffix):
    path = tmp_path / f"pair{suffix}"
    arrays = dict(zip(names, (IMAGES, TEXTS), strict=True)) | {"other": np.zeros(1)}
    np.savez(path, **arrays) if suffix == ".npz" else save_file(arrays, path)
    assert same(read_pair(str(path)))


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors"])
def test_two_files(tmp_path, suffix):
    paths = tmp_path / f"a, b{suffix}", tmp_path / f"c{suffix}"  # a comma in a name is no separator
    for path, array in zip(paths, (IMAGES, TEXTS), strict=True):
        if suffix == ".npy":
            np.save(path, array)
        elif suffix == ".npz":
            np.savez(path, array)
        else:
            save_file({"anything": array}, path)
    assert same(read_pair(f"{paths[0]},{paths[1]}"))


def test_stacked_npy(tmp_path):
    np.save(tmp_path / "both.npy", np.stack([IMAGES, -IMAGES]))
    images, texts = read_pair(str(tmp_path / "both.npy"))
    assert np.array_equal(images, IMAGES)
    assert np.array_equal(texts, -IMAGES)


def test_relative_paths_fall_back_to_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    (tmp_path / "vectors").mkdir()
    np.save(tmp_path / "vectors" / "both.npy", np.stack([IMAGES, IMAGES]))
    assert [source.path for source in locate("both.npy")] == [tmp_path / "vectors" / "both.npy"]


def test_digest_follows_contents_and_order_not_place(tmp_path):
    for name in ("a.npy", "b.npy", "elsewhere.npy"):
        np.save(tmp_path / name, TEXTS if name == "b.npy" else IMAGES)
    digest = pair_digest(f"{tmp_path}/a.npy,{tmp_path}/b.npy")
    assert digest == pair_digest(f"{tmp_path}/elsewhere.npy,{tmp_path}/b.npy")
    assert digest != pair_digest(f"{tmp_path}/b.npy,{tmp_path}/a.npy")


def test_missing_files_are_named(tmp_path):
    np.save(tmp_path / "here.npy", IMAGES)
    with pytest.raises(MissingDataError, match=r"'.*gone\.npy' not found"):
        read_pair(f"{tmp_path}/here.npy,{tmp_path}/gone.npy")
    with pytest.raises(MissingDataError, match=r"alone\.npy"):
        read_pair(str(tmp_path / "alone.npy"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("flat.npy", IMAGES, r"has shape \(2, N, d\).*\(3, 2\)"),
        ("ints.npy", np.ones((2, 3, 2), dtype=np.int64), "expected floating rows"),
        ("empty.npy", np.ones((2, 0, 2)), "expected floating rows"),
        ("pickle.npy", np.array([None, IMAGES], dtype=object), "cannot be read as .npy"),
        ("names.npz", {"left": IMAGES, "right": TEXTS}, r"holds 'left' \(3, 2\), 'right' \(4, 2\).*images/texts"),
        ("odd.txt", None, "unknown format"),
        ("torn.safetensors", None, "cannot be read as .safetensors"),
    ],
)
def test_unreadable_files_say_why(tmp_path, name, content, message):
    path = tmp_path / name
    if content is None:
        path.write_text("no vectors")
    elif isinstance(content, dict):
        np.savez(path, **content)
    else:
        np.save(path, content)
    with pytest.raises(VectorFileError, match=message):
        read_pair(str(path))


def test_two_files_hold_one_array_each(tmp_path):
    np.savez(tmp_path / "two.npz", a=IMAGES, b=TEXTS)
    with pytest.raises(VectorFileError, match="one array each"):
        read_pair(f"{tmp_path}/two.npz,{tmp_path}/two.npz")


def test_empty_argument():
    with pytest.raises(VectorFileError, match="IMAGES,TEXTS"):
        read_pair("")


def test_published_clip_vectors():
    """OpenAI CLIP ViT-B/32: one picture against "a diagram", "a dog", "a cat", softmax of 100 cosines."""
    try:
        images, texts = read_pair("golden_openai_vit_b32_clip_png.npz")
    except MissingDataError as error:
        pytest.skip(str(error))
    cosines = (texts @ images[0]) / np.linalg.norm(texts, axis=1) / np.linalg.norm(images[0])
    odds = np.exp(100 * (cosines - cosines.max()))
    np.testing.assert_allclose(odds / odds.sum(), [0.9928, 0.0042, 0.0030], atol=5e-5)
