"""Captions files in the encodings that programs write, and with bytes that belong to none."""

import json

import pytest
from caption_folders import load, pictures, read, reasons, write

from mmgap.datasets.captions.text_files import MARK, decoded

TEXTS = {"a.ppm": "un niño", "b.ppm": "das Mädchen, größer", "c.ppm": "“naïve” café", "d.ppm": "plain"}
ONE = {name: [text] for name, text in TEXTS.items()}


def table(separator=","):
    return "\r\n".join(
        [f"image{separator}caption", *(f'{name}{separator}"{text}"' for name, text in TEXTS.items()), ""]
    )


def lines():
    return "\n".join(json.dumps({"image": n, "caption": t}, ensure_ascii=False) for n, t in TEXTS.items())


def listed():
    return json.dumps([{"image": n, "caption": t} for n, t in TEXTS.items()], ensure_ascii=False, indent=1)


FILES = {"m.csv": table, "m.tsv": lambda: table("\t"), "m.jsonl": lines, "m.json": listed}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("name", FILES)
def test_encodings(tmp_path, name, encoding):
    write(pictures(tmp_path, TEXTS), {name: FILES[name]().encode(encoding)})
    assert read(tmp_path) == ONE
    assert load(tmp_path).skipped == ()


def test_utf16_without_a_mark_in_other_scripts(tmp_path):
    texts = {"a.ppm": "一只黑猫在一棵树下", "b.ppm": "кот", "c.ppm": "猫"}
    text = "\n".join(["image,caption", *(f"{name},{text}" for name, text in texts.items())])
    for encoding in ("utf-16-le", "utf-16-be"):
        write(pictures(tmp_path, texts), {"m.csv": text.encode(encoding)})
        assert read(tmp_path) == {name: [text] for name, text in texts.items()}


@pytest.mark.parametrize("byte", [b"\xff", b"\xe9", b"\x80", b"\xc3", b"\xed\xa0\x80"])
@pytest.mark.parametrize("record", range(4))
@pytest.mark.parametrize("name", FILES)
def test_one_bad_byte_costs_its_record(tmp_path, name, record, byte):
    text = TEXTS[f"{'abcd'[record]}.ppm"].encode()
    content = FILES[name]().encode().replace(text, text[:3] + byte + text[3:])
    write(pictures(tmp_path, TEXTS), {name: content})
    wanted = {n: t for k, (n, t) in enumerate(ONE.items()) if k != record}
    assert read(tmp_path) == wanted
    place = {"m.json": f"m.json record {record}", "m.jsonl": f"m.jsonl line {record + 1}"}.get(
        name, f"{name} line {record + 2}"
    )
    assert reasons(tmp_path)[place] == "it has a byte that is not in the file's encoding: save the file as UTF-8"


def test_a_bad_byte_beside_a_picture(tmp_path):
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"a.txt": "un niño".encode(), "b.txt": "größer ".encode() + b"\xff"})
    assert read(tmp_path) == {"a.ppm": ["un niño"]}
    assert any("b.txt (it has a byte that is not in the file's encoding" in note for note in load(tmp_path).notes)


def test_a_nul_byte_costs_its_record(tmp_path):
    write(pictures(tmp_path, TEXTS), {"m.csv": table().replace("plain", "pl\0ain")})
    assert read(tmp_path) == {name: ONE[name] for name in ("a.ppm", "b.ppm", "c.ppm")}
    assert reasons(tmp_path)["m.csv line 5"] == "it has a NUL byte"


def test_windows_text_that_looks_like_utf8_at_one_place():
    text = "É» " + "café niño " * 20
    assert decoded(text.encode("cp1252")) == text


def test_bytes_of_no_encoding():
    assert decoded(b"a\x81b") == f"a{MARK}b"
    assert decoded(b"") == ""
    assert MARK not in decoded(bytes(range(32, 127)))
