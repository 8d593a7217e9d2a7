"""A thousand damaged captions files: an error of one line, or what is read is right and the rest is named."""

import json
import random

import pytest
from caption_folders import pictures, write

from mmgap import datasets
from mmgap.datasets import DatasetError

NAMES = [f"{k}/p{k}.ppm" for k in range(6)]
TEXTS = [f"caption {k}, größer «{k}»" for k in range(6)]
PAIRS = list(zip(NAMES, TEXTS, strict=True))


def table(separator, header):
    return "\n".join([separator.join(header)] * bool(header) + [f'{n}{separator}"{t}"' for n, t in PAIRS]) + "\n"


def coco():
    images = [{"id": k, "file_name": name} for k, name in enumerate(NAMES)]
    return {"images": images, "annotations": [{"id": k, "image_id": k, "caption": t} for k, t in enumerate(TEXTS)]}


def karpathy():
    return {"images": [{"filename": n, "split": "test", "sentences": [{"raw": t}]} for n, t in PAIRS]}


FORMATS = {
    "m.csv": table(",", ("image", "caption")),
    "captions.txt": table("| ", ("image_name", "comment")),
    "m.tsv": table("\t", ("filepath", "title")),
    "bare.csv": table(";", ()),
    "tokens.txt": "\n".join(f"{n}#0\t{t}" for n, t in PAIRS),
    "metadata.jsonl": "\n".join(json.dumps({"file_name": n, "text": t}, ensure_ascii=False) for n, t in PAIRS),
    "metadata.json": json.dumps([{"image": n, "caption": t} for n, t in PAIRS], ensure_ascii=False),
    "groups.json": json.dumps({f"{k}": [{"filename": n, "description": t}] for k, (n, t) in enumerate(PAIRS)}),
    "by_file.json": json.dumps(dict(PAIRS), ensure_ascii=False),
    "captions_val.json": json.dumps(coco(), ensure_ascii=False),
    "dataset_x.json": json.dumps(karpathy(), ensure_ascii=False),
}
ODD = (
    b"\xff",
    b"\xc3",
    b"\0",
    b'"',
    b"\n",
    b"\r",
    b",",
    b"\t",
    b"|",
    b"{",
    b"]",
    b"\\",
    b"\xef\xbb\xbf",
    b"NaN",
    b"..",
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at, length = rng.randrange(len(data) + 1), rng.randrange(1, 20)
        kind = rng.randrange(7)
        if kind == 0:
            data = data[:at] + rng.choice(ODD) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + length :]
        elif kind == 2:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif kind == 3:
            data = data[:at] + data[at : at + 40] * 2 + data[at + 40 :]
        elif kind == 4:
            data = data[: max(at, 1)]
        elif kind == 5:
            rows = data.split(b"\n")
            rng.shuffle(rows)
            data = b"\n".join(rows)
        else:
            data = data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-16-le", "cp1252")), "replace")
        data = data or b" "
    return data


@pytest.mark.parametrize("name", FORMATS)
def test_no_other_error(tmp_path, name):
    pictures(tmp_path, NAMES)
    rng = random.Random(name)
    read = whole = 0
    errors = []
    for _ in range(95):
        write(tmp_path, {name: mutated(FORMATS[name].encode(), rng)})
        try:
            data = datasets.load(f"folder:{tmp_path}", split="all")
        except DatasetError as error:
            errors.append(str(error))
            continue
        json.dumps([data.captions, data.notes, data.skipped], ensure_ascii=False).encode()
        data.fingerprint()
        told = " ".join(data.notes)
        lost = set(TEXTS) - set(data.captions)
        assert not lost or data.skipped or "Not read as captions" in told or damaged(data), told
        read += 1
        whole += not lost
    assert not [error for error in errors if "\n" in error or len(error) > 2000]
    assert read > 20
    assert whole > 5


@pytest.mark.parametrize("name", ["m.csv", "captions.txt", "m.tsv", "bare.csv", "tokens.txt", "metadata.jsonl"])
def test_a_fault_in_one_line_costs_no_other(tmp_path, name):
    pictures(tmp_path, NAMES)
    rng = random.Random(name)
    lines = FORMATS[name].encode().rstrip(b"\n").split(b"\n")
    headed = len(lines) > len(NAMES)
    for _ in range(100):
        touched = rng.randrange(headed, len(lines))
        line = lines[touched]
        at = rng.randrange(len(line) + 1)
        odd = rng.choice([*ODD[:8], bytes([rng.randrange(256)])])
        line = rng.choice((line[:at] + odd + line[at:], line[:at] + odd + line[at + 1 :], line[:at]))
        write(tmp_path, {name: b"\n".join([*lines[:touched], line, *lines[touched + 1 :]])})
        data = datasets.load(f"folder:{tmp_path}", split="all")
        read = {data.image_ids[owner]: text for owner, text in zip(data.owner, data.captions, strict=True)}
        for k, (picture, text) in enumerate(PAIRS):
            assert k == touched - headed or read.get(picture) == text, line


def damaged(data) -> bool:
    """Whether captions were changed by the mutation rather than lost: as many as before, of the same pictures."""
    return len(data.captions) >= len(data.image_ids) == len(NAMES)
