"""A folder of shards is one matrix in the order of the numbers, and what is missing or unlike is named."""

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.core.vector_files import VectorFileError, is_vectors, pair_digest, read_pair, read_rows, read_vectors
from tests.support.saved_formats import clip_retrieval, parquet, shards, tensors

N, D = 23, 4
IMAGES, TEXTS = np.random.default_rng(3).normal(size=(2, N, D)).astype(np.float32)
SIZES = [2] * 11 + [1]


def test_shard_ten_comes_after_shard_two(tmp_path):
    images, texts = read_pair(clip_retrieval(tmp_path / "c", IMAGES, TEXTS, SIZES))
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(texts, TEXTS)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 5), min_size=1, max_size=14), digits=st.integers(1, 4), kind=st.sampled_from("ef"))
def test_any_division_reads_the_same(tmp_path_factory, cuts, digits, kind):
    folder = tmp_path_factory.mktemp("shards")
    rows = np.random.default_rng(sum(cuts)).normal(size=(sum(cuts), D)).astype(kind)
    shards(folder, "img_emb", rows, cuts, digits)
    found = read_rows(str(folder / "img_emb"), "image")
    np.testing.assert_array_equal(found, rows)
    assert found.dtype == rows.dtype


@pytest.mark.parametrize("suffix", [".npy", ".pt", ".parquet"])
def test_shards_of_every_format(tmp_path, suffix):
    for name, rows in (("images", IMAGES), ("texts", TEXTS)):
        shards(tmp_path / "v", name, rows, [9, 14], suffix=suffix)
    images, texts = read_pair(str(tmp_path / "v"))
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(texts, TEXTS)


def test_files_side_by_side_with_an_owner(tmp_path):
    owner = np.arange(2 * N) // 2
    for number, part in enumerate(np.split(IMAGES, [5, 11])):
        np.save(tmp_path / f"image-{number + 1:05d}-of-00003.npy", part)
    np.save(tmp_path / "texts.npy", np.repeat(TEXTS, 2, axis=0))
    np.save(tmp_path / "owner.npy", owner)
    (tmp_path / "README.md").write_text("words")
    pair = read_vectors(str(tmp_path)).paired()
    np.testing.assert_array_equal(pair.images, IMAGES)
    np.testing.assert_array_equal(pair.owner, owner)


def test_one_file_may_end_in_a_number(tmp_path):
    np.save(tmp_path / "image_b32.npy", IMAGES)
    np.save(tmp_path / "text_b32.npy", TEXTS)
    np.testing.assert_array_equal(read_pair(str(tmp_path))[1], TEXTS)


def test_the_only_shard_stays_on_the_disk(tmp_path):
    shards(tmp_path, "img_emb", IMAGES, [N])
    rows = read_rows(str(tmp_path / "img_emb"), "image")
    while not isinstance(rows, np.memmap):
        rows = rows.base


def test_digest_follows_order_and_contents_not_place(tmp_path):
    one = pair_digest(clip_retrieval(tmp_path / "a", IMAGES, TEXTS, SIZES))
    assert one == pair_digest(clip_retrieval(tmp_path / "elsewhere", IMAGES, TEXTS, SIZES))
    assert one != pair_digest(clip_retrieval(tmp_path / "b", TEXTS, IMAGES, SIZES))
    both = str(tmp_path / "n.npz")
    np.savez(both, a=IMAGES, b=TEXTS)
    assert len({pair_digest(f"{both}:a,{both}:b"), pair_digest(f"{both}:b,{both}:a"), pair_digest(both)}) == 3


def test_what_looks_like_vectors(tmp_path):
    clip_retrieval(tmp_path / "c", IMAGES, TEXTS, [N], metadata=False)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"")
    parquet(tmp_path / "photos" / "captions.parquet", {"caption": ["a"]})
    assert is_vectors(str(tmp_path / "c"))
    assert is_vectors("pairs.parquet:image")
    assert not is_vectors(str(tmp_path / "photos" / "a.jpg"))
    assert not is_vectors("glyphs-en")


def spoil(folder, kind):
    """Spoil a folder of clip-retrieval's; what must be said of it."""
    image = folder / "img_emb"
    match kind:
        case "missing":
            (image / "img_emb_3.npy").unlink()
            return r"'?img_emb_3'? is missing \(1 of the shards 0 to 5"
        case "first-missing":
            (image / "img_emb_0.npy").unlink()
            return r"img_emb_0 is missing"
        case "last-missing":
            (image / "img_emb_5.npy").unlink()
            return r"img_emb_5 is not there, metadata_5 has 4 rows"
        case "width":
            np.save(image / "img_emb_4.npy", IMAGES[:4, :3])
            return r"img_emb_4\.npy: img_emb is float32 \(4, 3\), but in img_emb_0\.npy float32 \(4, 4\)"
        case "type":
            np.save(image / "img_emb_2.npy", IMAGES[:4].astype(np.float16))
            return r"img_emb_2\.npy: img_emb is float16 \(4, 4\), but in img_emb_0\.npy float32"
        case "flat":
            np.save(image / "img_emb_2.npy", IMAGES[:4].ravel())
            return r"img_emb_2\.npy: img_emb is float32 \(16,\)"
        case "twice":
            np.save(image / "img_emb_02.npy", IMAGES[:4])
            return r"img_emb_2 is there twice, as img_emb/img_emb_02\.npy and img_emb/img_emb_2\.npy"
        case "unnumbered":
            np.save(image / "img_emb.npy", IMAGES[:4])
            return r"img_emb/img_emb\.npy has no number, and img_emb/img_emb_0\.npy has"
        case "objects":
            np.save(image / "img_emb_1.npy", np.array([None] * 4, dtype=object))
            return r"img_emb_1\.npy cannot be read as \.npy: it is an array of objects"
        case "pickle":
            (image / "img_emb_1.npy").write_bytes(b"\x80\x04.")
            return r"img_emb_1\.npy: cannot be read as \.npy: it is a pickle"
        case "metadata":
            parquet(folder / "metadata" / "metadata_1.parquet", {"caption": ["a"] * 3})
            return r"img_emb_1 has 4 rows, metadata_1 has 3 rows"
        case "rows":
            shutil.rmtree(folder / "metadata")
            np.save(image / "img_emb_1.npy", IMAGES[:3])
            np.save(image / "img_emb_2.npy", IMAGES[:5])
            return r"img_emb_1 has 3 rows, text_emb_1 has 4 rows: row i of the texts"
        case "empty":
            for child in image.iterdir():
                child.unlink()
            return r"its folder img_emb is empty"
        case _:
            np.save(image / "img_emb_5.npy", np.full((4, D), np.nan, np.float32))
            return r"'img_emb': row 20 holds NaN"


KINDS = [
    "missing", "first-missing", "last-missing", "width", "type", "flat", "twice", "unnumbered", "objects", "pickle",
    "metadata", "rows", "empty", "nan",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoiled_folder_says_where(tmp_path, kind):
    rows = np.random.default_rng(0).normal(size=(2, 24, D)).astype(np.float32)
    folder = clip_retrieval(tmp_path / "c", *rows, [4] * 6)
    assert len(read_pair(folder)[0]) == 24
    message = spoil(tmp_path / "c", kind)
    with pytest.raises(VectorFileError, match=message) as caught:
        read_pair(folder)
    assert "\n" not in str(caught.value)


def test_a_number_that_every_array_lacks_is_said_and_the_others_are_read(tmp_path, caplog):
    folder = clip_retrieval(tmp_path / "c", IMAGES, TEXTS, SIZES)
    for file in (tmp_path / "c").glob("*/*_3.*"):
        file.unlink()
    images, texts = read_pair(folder)
    kept = np.r_[:6, 8:N]
    np.testing.assert_array_equal(images, IMAGES[kept])
    np.testing.assert_array_equal(texts, TEXTS[kept])
    assert "img_emb_3 is missing (1 of the shards 0 to 11 are), in every array alike" in caplog.text
    for file in (tmp_path / "c").glob("text_emb/*_5.*"):
        file.unlink()
    with pytest.raises(VectorFileError, match=r"img_emb_3 is missing"):
        read_pair(folder)


def test_where_names_say_how_many_there_are_all_have_to_be_there(tmp_path):
    for name, rows in (("images", IMAGES), ("texts", TEXTS)):
        for number in (0, 2):
            np.save(tmp_path / f"{name}-{number:05d}-of-00003.npy", rows[:5])
    with pytest.raises(VectorFileError, match=r"images_1 is missing"):
        read_pair(str(tmp_path))


def test_shards_that_pair_by_an_owner_need_not_be_alike(tmp_path):
    shards(tmp_path / "v", "images", IMAGES, [3, 20])
    shards(tmp_path / "v", "texts", TEXTS, [20, 3])
    with pytest.raises(VectorFileError, match=r"images_0 has 3 rows, texts_0 has 20 rows"):
        read_vectors(str(tmp_path / "v"))
    with pytest.raises(VectorFileError, match=r"images_0 has 3 rows, texts_0 has 20 rows"):
        read_vectors(f"{tmp_path}/v/images,{tmp_path}/v/texts")
    np.save(tmp_path / "o.npy", np.arange(N))
    assert read_vectors(str(tmp_path / "v"), f"{tmp_path}/o.npy").paired().owner is not None


def test_owners_in_shards_are_refused(tmp_path):
    for number in (0, 1):
        tensors(tmp_path / f"part_{number}.pt", {"images": IMAGES, "texts": TEXTS, "owner": np.arange(N)})
    with pytest.raises(VectorFileError, match=r"'owner' counts from 0 in each shard"):
        read_vectors(str(tmp_path))
