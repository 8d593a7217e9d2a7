"""The command line and the data set of saved vectors read the same files, and refuse the same in the same words."""

import io
import json
import pickle
import re
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch
from typer.testing import CliRunner

import mmgap
from mmgap import datasets, encoders
from mmgap.cli.main import app
from mmgap.core.paths import MissingDataError
from mmgap.core.vector_files import read_vectors
from mmgap.datasets import DatasetError
from mmgap.encoders.embed import embed
from tests.support.saved_formats import clip_retrieval, column, lance_set, parquet, tensors

pytestmark = pytest.mark.usefixtures("one_thread")

N, D = 12, 6
IMAGES, TEXTS = np.random.default_rng(0).normal(size=(2, N, D)).astype(np.float32)
SEVERAL = np.random.default_rng(1).normal(size=(2 * N + 1, D)).astype(np.float32)
OWNER = np.append(np.random.default_rng(2).permutation(np.arange(2 * N) // 2), 5)


def half(array):
    return torch.from_numpy(array).to(torch.bfloat16)


def in_npy(folder, images=IMAGES, texts=TEXTS, suffix=".npy"):
    for name, array in (("a", images), ("b", texts)):
        with (folder / f"{name}{suffix}").open("wb") as stream:
            np.save(stream, array)
    return f"{folder}/a{suffix},{folder}/b{suffix}"


def in_one(folder, name, arrays):
    with (folder / name).open("wb") as stream:
        np.savez(stream, **arrays)
    return str(folder / name)


def in_safetensors(folder, arrays, name="both.safetensors"):
    (save_torch if isinstance(next(iter(arrays.values())), torch.Tensor) else save_file)(arrays, folder / name)
    return str(folder / name)


def named(images, texts):
    return lambda folder: in_one(folder, "both.npz", {images: IMAGES, "ids": np.arange(N), texts: TEXTS})


def mapped(folder):
    for name, array in (("a", IMAGES), ("b", TEXTS)):
        file = np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=np.float32, shape=array.shape)
        file[:] = array
        file.flush()
    return f"{folder}/a.npy,{folder}/b.npy"


#: What is read: name → (argument made in a folder, images, texts, owner).
READ = {
    "big-endian": (lambda f: in_npy(f, IMAGES.astype(">f4"), TEXTS.astype(">f8")), IMAGES, TEXTS, None),
    "big-endian-npz": (
        lambda f: in_one(f, "b.npz", {"image": IMAGES.astype(">f4"), "text": TEXTS.astype(">f2")}),
        IMAGES,
        TEXTS.astype("f2"),
        None,
    ),
    "fortran": (lambda f: in_npy(f, np.asfortranarray(IMAGES), np.asfortranarray(TEXTS)), IMAGES, TEXTS, None),
    "float16": (lambda f: in_npy(f, IMAGES.astype("f2"), TEXTS), IMAGES.astype("f2"), TEXTS, None),
    "longdouble": (lambda f: in_npy(f, IMAGES.astype("g"), TEXTS), IMAGES.astype("f8"), TEXTS, None),
    "upper-case": (lambda f: in_npy(f, suffix=".NPY"), IMAGES, TEXTS, None),
    "upper-case-npz": (lambda f: in_one(f, "B.NPZ", {"images": IMAGES, "texts": TEXTS}), IMAGES, TEXTS, None),
    "upper-case-safetensors": (
        lambda f: in_safetensors(f, {"images": IMAGES, "texts": TEXTS}, "B.SafeTensors"),
        IMAGES,
        TEXTS,
        None,
    ),
    "bfloat16": (
        lambda f: in_safetensors(f, {"images": half(IMAGES), "texts": half(TEXTS)}),
        half(IMAGES).float().numpy(),
        half(TEXTS).float().numpy(),
        None,
    ),
    "memory-mapped": (mapped, IMAGES, TEXTS, None),
    "huge": (lambda f: in_npy(f, IMAGES.astype("f8") * 1e300, TEXTS), IMAGES.astype("f8") * 1e300, TEXTS, None),
    "tiny": (lambda f: in_npy(f, IMAGES.astype("f8") * 1e-300, TEXTS), IMAGES.astype("f8") * 1e-300, TEXTS, None),
    "stacked-npz": (lambda f: in_one(f, "s.npz", {"both": np.stack([IMAGES, TEXTS])}), IMAGES, TEXTS, None),
    "owner-in-npz": (
        lambda f: in_one(f, "o.npz", {"images": IMAGES, "texts": SEVERAL, "owner": OWNER}),
        IMAGES,
        SEVERAL,
        OWNER,
    ),
    "owner-in-safetensors": (
        lambda f: in_safetensors(f, {"img": IMAGES, "txt": SEVERAL, "text_owner": OWNER.astype("u2")}),
        IMAGES,
        SEVERAL,
        OWNER,
    ),
    "owner-in-text-file": (
        lambda f: (
            in_one(f, "i.npz", {"images": IMAGES})
            + ","
            + in_one(f, "t.npz", {"texts": SEVERAL, "owners": OWNER.astype(">i4")})
        ),
        IMAGES,
        SEVERAL,
        OWNER,
    ),
    "owner-file": (
        lambda f: in_npy(f, IMAGES, SEVERAL) + f",{np.save(f / 'o.npy', OWNER) or f / 'o.npy'}",
        IMAGES,
        SEVERAL,
        OWNER,
    ),
    "tensors": (lambda f: f"{tensors(f / 'a.pt', IMAGES)},{tensors(f / 'b.PTH', TEXTS)}", IMAGES, TEXTS, None),
    "tensors-by-name": (
        lambda f: tensors(f / "t.pt", {"image_features": IMAGES, "text_features": SEVERAL, "owner": OWNER, "ids": "x"}),
        IMAGES,
        SEVERAL,
        OWNER,
    ),
    "tensors-bfloat16": (
        lambda f: tensors(f / "t.pt", {"images": half(IMAGES), "texts": half(TEXTS)}),
        half(IMAGES).float().numpy(),
        half(TEXTS).float().numpy(),
        None,
    ),
    "tensors-stacked": (lambda f: tensors(f / "t.pt", np.stack([IMAGES, TEXTS])), IMAGES, TEXTS, None),
    "columns": (
        lambda f: parquet(f / "p.parquet", {"text_emb": column(TEXTS), "url": ["u"] * N, "img_emb": column(IMAGES)}),
        IMAGES,
        TEXTS,
        None,
    ),
    "columns-of-two-files": (
        lambda f: (
            parquet(f / "i.parquet", {"id": list(range(N)), "embedding": column(IMAGES.astype("f2"), "fixed")})
            + ","
            + parquet(f / "t.parquet", {"embedding": column(SEVERAL, "large"), "image_row": OWNER})
        ),
        IMAGES.astype("f2"),
        SEVERAL,
        OWNER,
    ),
    "columns-that-are-named": (
        lambda f: "{0}:a,{0}:c".format(
            parquet(f / "p.parquet", {"a": column(IMAGES), "b": column(TEXTS), "c": column(TEXTS * 2)})
        ),
        IMAGES,
        TEXTS * 2,
        None,
    ),
    "arrays-that-are-named": (
        lambda f: "{0}:a,{0}:c,{0}:o".format(in_one(f, "n.npz", {"a": IMAGES, "b": TEXTS, "c": SEVERAL, "o": OWNER})),
        IMAGES,
        SEVERAL,
        OWNER,
    ),
    "lance": (
        lambda f: lance_set(f / "l.lance", {"image": column(IMAGES, "fixed"), "text": column(TEXTS, "fixed")}),
        IMAGES,
        TEXTS,
        None,
    ),
    "clip-retrieval": (lambda f: clip_retrieval(f / "c", IMAGES, TEXTS, [1] * 11 + [1]), IMAGES, TEXTS, None),
    "clip-retrieval-padded": (lambda f: clip_retrieval(f / "c", IMAGES, TEXTS, [5, 7], 3), IMAGES, TEXTS, None),
    "clip-retrieval-by-folder": (
        lambda f: "{0}/img_emb,{0}/text_emb".format(clip_retrieval(f / "c", IMAGES, TEXTS, [4, 4, 4])),
        IMAGES,
        TEXTS,
        None,
    ),
    **{
        f"{images}/{texts}": (named(images, texts), IMAGES, TEXTS, None)
        for images, texts in (
            ("image_features", "text_features"),
            ("image_embeds", "text_embeds"),
            ("image_embeddings", "text_embeddings"),
            ("img_emb", "txt_emb"),
            ("img_embs", "text_embs"),
            ("imgs", "captions"),
            ("ImageFeatures", "TextFeatures"),
            ("clip.image.embedding", "clip.text.embedding"),
            ("visual_feats", "textual_feats"),
            ("imgfeats", "txtfeats"),
            ("vision_embeddings", "sentence_embeddings"),
            ("imagenes", "textos"),
            ("image_embeddings", "text_features"),
            ("clip_image_norm", "clip_text_norm"),
            ("picture_vectors", "description_vectors_en"),
            ("features_image", "features_text"),
            ("X", "Y"),
        )
    },
}


def pickled(folder):
    (folder / "p.npy").write_bytes(pickle.dumps(IMAGES))
    return f"{folder}/p.npy,{folder}/p.npy"


def cut(folder, suffix, share):
    argument = in_npy(folder) if suffix == ".npy" else ""
    if suffix == ".npz":
        argument = in_one(folder, "a.npz", {"images": IMAGES, "texts": TEXTS})
    elif suffix == ".safetensors":
        argument = in_safetensors(folder, {"images": IMAGES, "texts": TEXTS}, "a.safetensors")
    file = folder / f"a{suffix}"
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    return argument


def written(folder, name, content):
    (folder / name).write_bytes(content)
    return str(folder / name)


def torch_file(folder, name):
    torch.save({"images": torch.from_numpy(IMAGES)}, folder / name)
    return str(folder / name)


def with_row(row, value, dtype=np.float32):
    changed = IMAGES.astype(dtype)
    changed[row] = value
    return changed


def one_nan(folder):
    changed = TEXTS.copy()
    changed[7, 4] = np.nan
    return in_one(folder, "n.npz", {"image_features": IMAGES, "text_features": changed})


TABLE = np.zeros(N, dtype=[("x", "f4"), ("y", "f4")])

#: What is refused: name → (argument made in a folder, what the message must say).
REFUSED = {
    "no-arrays": (lambda f: in_one(f, "e.npz", {}), r"e\.npz: holds no array"),
    "no-tensors": (lambda f: in_safetensors(f, {"s": np.zeros(())}), r"shape \(2, N, d\).*has \(\)"),
    "integers": (
        lambda f: in_npy(f, IMAGES.astype(int)),
        r"a\.npy: expected floating rows.*int64.*astype\('float32'\)",
    ),
    "bytes": (lambda f: in_npy(f, IMAGES.astype("i1")), r"got int8 \(12, 6\); save them as floats"),
    "booleans": (lambda f: in_npy(f, IMAGES > 0), r"got bool \(12, 6\)"),
    "complex": (lambda f: in_npy(f, IMAGES.astype("c8")), r"got complex64.*save real numbers"),
    "objects": (
        lambda f: in_npy(f, IMAGES.astype(object)),
        r"a\.npy cannot be read as \.npy: it is an array of objects",
    ),
    "objects-npz": (
        lambda f: in_one(f, "b.npz", {"images": IMAGES.astype(object), "texts": TEXTS}),
        r"'images' cannot be read as \.npz: it is an array of objects",
    ),
    "strings": (lambda f: in_npy(f, IMAGES.astype("U5")), r"got <U5 \(12, 6\)"),
    "table": (lambda f: in_npy(f, TABLE), r"not a table of named columns"),
    "flat": (lambda f: in_npy(f, IMAGES.ravel()), r"got float32 \(72,\)"),
    "deep": (lambda f: in_npy(f, IMAGES[None]), r"got float32 \(1, 12, 6\)"),
    "scalar": (lambda f: in_npy(f, np.float32(1)), r"got float32 \(\)"),
    "empty": (lambda f: in_npy(f, IMAGES[:0]), r"\(0, 6\); it is empty"),
    "no-width": (lambda f: in_npy(f, IMAGES[:, :0]), r"\(12, 0\); it is empty"),
    "nan": (one_nan, r"n\.npz: 'text_features': row 7 holds NaN or infinity, nan in column 4 first \(1 of 12"),
    "infinity": (lambda f: in_npy(f, with_row([3, 5], np.inf)), r"a\.npy: row 3 holds NaN or infinity.*\(2 of 12"),
    "zero": (lambda f: in_npy(f, with_row(11, 0)), r"a\.npy: row 11 is zero \(1 of 12 rows are\)"),
    "minus-zero": (lambda f: in_npy(f, with_row(0, -0.0, "f2")), r"a\.npy: row 0 is zero"),
    "counts": (lambda f: in_npy(f, IMAGES, SEVERAL[:24]), r"12 images but 24 texts.*numpy\.arange\(12\), 2\)"),
    "counts-that-do-not-divide": (lambda f: in_npy(f, IMAGES, SEVERAL), r"12 images but 25 texts.*--owner FILE\)$"),
    "widths": (lambda f: in_npy(f, IMAGES, TEXTS[:, :4]), r"images have 6 dimensions, texts 4"),
    "pickle": (pickled, r"p\.npy: cannot be read as \.npy: it is a pickle"),
    "torch-as-npz": (
        lambda f: torch_file(f, "t.npz"),
        r"in it is no array: this is no archive that numpy\.savez wrote",
    ),
    "torch": (lambda f: torch_file(f, "t.pt"), r"t\.pt: one array .*this one has \(12, 6\)"),
    "torch-program": (
        lambda f: written(f, "t.pt", pickle.dumps(np.array([1.0]))),
        r"t\.pt: (holds more than tensors|cannot be read as \.pt)",
    ),
    "bin": (lambda f: torch_file(f, "t.bin"), r"unknown format '\.bin'.*torch\.load\('t\.bin', weights_only=True"),
    "empty-folder": (lambda f: (f / "e").mkdir() or f"{f}/e", r"e: is a folder without vectors"),
    "csv": (lambda f: written(f, "t.csv", b"1,2"), r"unknown format '\.csv'.*numpy\.loadtxt"),
    "no-suffix": (lambda f: written(f, "vectors", b"1,2"), r"unknown format ''"),
    "other-name": (lambda f: written(f, "v.npy", zip_of({"a.npy": b""})), r"it is \.npz by its content; rename it"),
    "lfs": (
        lambda f: written(f, "v.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
        r"it is the pointer of Git LFS.*git lfs pull",
    ),
    "nothing": (lambda f: written(f, "v.npz", b""), r"v\.npz: cannot be read as \.npz: it is empty"),
    "text": (lambda f: written(f, "v.npy", b"not found"), r"first bytes are of no such file"),
    **{
        f"cut{suffix}-{share}": (lambda f, s=suffix, h=share: cut(f, s, h), rf"a{suffix}: cannot be read as {suffix}")
        for suffix in (".npy", ".npz", ".safetensors")
        for share in (0.05, 0.5, 0.95)
    },
    "impossible-shape": (
        lambda f: written(f, "v.npy", npy_header((10**15, 512)) + b"\0" * 64),
        r"v\.npy: cannot be read as \.npy",
    ),
    "names": (
        lambda f: in_one(f, "n.npz", {"left": IMAGES, "right": TEXTS}),
        r"'left' \(12, 6\), 'right'.*images/texts",
    ),
    "two-pairs": (
        lambda f: in_one(
            f,
            "n.npz",
            {f"{s}_{m}_emb": IMAGES for s in ("train", "test") for m in ("img", "txt")},
        ),
        r"and no second pair",
    ),
    "float8": (
        lambda f: in_safetensors(f, {k: torch.ones(2, 3).to(torch.float8_e4m3fn) for k in ("images", "texts")}),
        r"'images' is of type F8_E4M3, which NumPy has not",
    ),
    "texts-twice": (
        lambda f: in_one(f, "n.npz", {"images": IMAGES, "texts": TEXTS}) + "," + in_npy(f).split(",")[1],
        r"n\.npz: also holds texts, 'texts', and .*b\.npy gives others: name one file alone, or .*, n\.npz:images$",
    ),
    "images-twice": (
        lambda f: in_npy(f).split(",")[0] + "," + in_one(f, "n.npz", {"img_emb": IMAGES, "txt_emb": TEXTS}),
        r"n\.npz: also holds images, 'img_emb', and .*a\.npy gives others: .*, n\.npz:txt_emb$",
    ),
    "owner-from-one": (
        lambda f: in_one(f, "o.npz", {"images": IMAGES, "texts": TEXTS, "owner": np.arange(N) + 1}),
        r"text 11 belongs to image 12, but there are images 0 to 11: rows are counted from 0",
    ),
    "owner-negative": (
        lambda f: in_one(f, "o.npz", {"images": IMAGES, "texts": TEXTS, "owner": np.arange(N) - 1}),
        r"text 0 belongs to image -1",
    ),
    "owner-short": (
        lambda f: in_one(f, "o.npz", {"images": IMAGES, "texts": TEXTS, "owner": np.arange(N - 1)}),
        r"expected 12 integers, got int64 \(11,\)",
    ),
    "owner-floats": (
        lambda f: in_one(f, "o.npz", {"images": IMAGES, "texts": TEXTS, "owner": np.arange(N) * 1.0}),
        r"expected 12 integers, got float64",
    ),
    "owner-leaves-one-out": (
        lambda f: in_one(f, "o.npz", {"images": IMAGES, "texts": TEXTS, "owner": np.arange(N) // 2}),
        r"image 6 has no text \(6 of 12 have none\)",
    ),
    "two-owners": (
        lambda f: (
            in_one(f, "i.npz", {"images": IMAGES, "owner": OWNER})
            + ","
            + in_one(f, "t.npz", {"texts": SEVERAL, "owner": OWNER})
        ),
        r"two arrays say which image owns each text",
    ),
    "long-names": (
        lambda f: in_one(f, "n.npz", {"a" * 5000: IMAGES, **{f"b{k}": TEXTS for k in range(200)}}),
        r"holds 'aaaa.*and 189 more",
    ),
    "line-ends": (lambda f: in_one(f, "n.npz", {"a\nb": IMAGES, "c": TEXTS}), r"a\\nb"),
}


def zip_of(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npy_header(shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def by_command(argument, *more):
    parts = argument.split(",", 2)
    options = ["--owner", parts.pop()] if len(parts) == 3 else []
    return CliRunner().invoke(app, ["measure", *parts, *options, "--json", *more])


def by_dataset(argument, captions="all"):
    data = datasets.load(f"vectors:{argument}", captions=captions)
    return data, embed(encoders.load("vectors"), data)


@pytest.mark.parametrize("kind", READ)
def test_both_doors_read_the_same(tmp_path, kind):
    make, images, texts, owner = READ[kind]
    argument = make(tmp_path)
    wanted = mmgap.measure(images, texts, owner=owner)
    done = by_command(argument)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    data, vectors = by_dataset(argument)
    found = mmgap.measure(vectors.images, vectors.texts, owner=data.owner)
    assert found == pytest.approx(wanted, rel=2e-6, abs=2e-6)  # float64 is encoded as float32
    if owner is not None:
        row = [int(caption.removeprefix("text ")) for caption in data.captions]
        np.testing.assert_array_equal(data.owner, owner[row])
        np.testing.assert_array_equal(vectors.texts, texts[row])


@pytest.mark.parametrize("kind", REFUSED)
def test_both_doors_refuse_the_same(tmp_path, kind):
    make, message = REFUSED[kind]
    argument = make(tmp_path)
    with pytest.raises(DatasetError, match=message) as caught:
        by_dataset(argument)
    done = by_command(argument)
    assert done.exit_code == 2
    assert done.stderr.strip() == f"mmgap: {caught.value}"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 4000


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_read_in_blocks_is_refused_in_the_same_words(tmp_path, kind):
    make, _ = REFUSED[kind]
    argument = make(tmp_path)
    if not all(part.endswith(".npy") for part in argument.split(",")):
        pytest.skip("only .npy files are read in blocks")
    whole, blocks = (by_command(argument, *more) for more in ((), ("--memory", "1kB")))
    assert blocks.exit_code == 2
    assert words(blocks) == words(whole)


def words(done):
    """What is said last, without what a library says and how many rows are at fault: nobody counts them in blocks."""
    said = done.stderr.splitlines()[-1].replace("this pair out, or encode it", "these pairs out, or encode them")
    return re.sub(r" \((Failed to read|mmap length|\d+ of \d+ rows).*\)", "", said)


@pytest.mark.parametrize("name", ["gone.npy", "x" * 100_000, "a\0b", "~nobody-of-this-name/a.npy"])
def test_names_that_no_file_has(name):
    for argument in (name, f"{name},{name}"):
        with pytest.raises(MissingDataError, match=r"vector file .* not found") as caught:
            datasets.load(f"vectors:{argument}")
        assert len(str(caught.value)) < 2000
    done = CliRunner().invoke(app, ["measure", name])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_first_caption_of_each_image_alone(tmp_path):
    data, vectors = by_dataset(in_one(tmp_path, "o.npz", {"images": IMAGES, "texts": SEVERAL, "owner": OWNER}), "first")
    first = [int(np.argmax(image == OWNER)) for image in range(N)]
    np.testing.assert_array_equal(vectors.texts, SEVERAL[first])
    assert data.captions == tuple(f"text {row}" for row in first)


def test_an_owner_of_ones_own_rows_changes_nothing(tmp_path):
    plain = json.loads(by_command(in_npy(tmp_path)).stdout)
    np.save(tmp_path / "o.npy", np.arange(N))
    assert json.loads(by_command(in_npy(tmp_path) + f",{tmp_path}/o.npy").stdout) == plain


def test_one_file_may_be_named_for_each_part(tmp_path):
    file = in_one(tmp_path, "o.npz", {"images": IMAGES, "texts": SEVERAL, "owner": OWNER})
    plain = by_command(file)
    assert plain.exit_code == 0
    for argument in (f"{file},{file}", f"{file},{file},{file}"):
        assert by_command(argument).stdout == plain.stdout
        np.testing.assert_array_equal(by_dataset(argument)[1].texts, by_dataset(file)[1].texts)
    assert CliRunner().invoke(app, ["measure", file, "--owner", file, "--json"]).stdout == plain.stdout


def test_numbers_of_any_size_fit_the_table(tmp_path):
    done = CliRunner().invoke(app, ["measure", *in_npy(tmp_path, IMAGES.astype("f8") * 1e300).split(",")])
    assert done.exit_code == 0
    assert max(map(len, done.stdout.partition("\n\n")[0].splitlines())) < 80


def test_the_encoder_of_saved_vectors_reads_the_same_files(tmp_path):
    from mmgap.encoders import EncoderError

    argument = in_one(tmp_path, "o.npz", {"image_features": IMAGES, "text_features": SEVERAL, "owner": OWNER})
    data = datasets.load(f"vectors:{argument}")
    saved = encoders.load(f"vectors:{argument}")
    with pytest.raises(EncoderError, match="says another image for some text"):  # rows in the file's order
        embed(saved, data)
    ordered = np.sort(OWNER)
    argument = in_one(tmp_path, "s.npz", {"image_features": IMAGES, "text_features": SEVERAL, "owner": ordered})
    saved, data = encoders.load(f"vectors:{argument}"), datasets.load(f"vectors:{argument}")
    np.testing.assert_array_equal(embed(saved, data).texts, SEVERAL)
    with pytest.raises(EncoderError, match=r"holds 25 texts, the dataset 12.*--captions all"):
        embed(saved, data.first_captions())
    broken = in_one(tmp_path, "b.npz", {"images": IMAGES, "texts": with_row(2, np.nan)})
    with pytest.raises(EncoderError, match="'texts': row 2 holds NaN"):
        encoders.load(f"vectors:{broken}").encode_images([None] * N)


def test_half_of_a_file_is_taken_where_it_is_named(tmp_path):
    whole, alone = in_one(tmp_path, "n.npz", {"images": IMAGES, "texts": TEXTS}), in_npy(tmp_path).split(",")
    for argument in (f"{whole}:images,{alone[1]}", f"{alone[0]},{whole}:texts", f"{whole},{whole}"):
        pair = read_vectors(argument)
        np.testing.assert_array_equal(pair.images, IMAGES)
        np.testing.assert_array_equal(pair.texts, TEXTS)
