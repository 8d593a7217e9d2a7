"""JSON of others: everything but plain finite JSON of the right types ends in one line that names the place."""

import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from mmgap.core.checked_json import DEPTH, JsonError, conform, parse_json, read_json


class Part(TypedDict):
    value: float
    note: NotRequired[str]


class Whole(TypedDict):
    status: Literal["ok", "failed"]
    n: int | None
    parts: dict[str, Part]
    words: list[str]
    rest: dict[str, Any]


@dataclass
class About:
    base: str
    epochs: int
    either: int | str = 0
    notes: list[str] = field(default_factory=list)


GOOD: dict[str, Any] = {"status": "ok", "n": 3, "parts": {"gap": {"value": 1}}, "words": ["a"], "rest": {"x": [None]}}


def test_good_json_comes_back_as_it_is(tmp_path):
    file = tmp_path / "good.json"
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    assert conform(read_json(file), Whole, "good.json") == GOOD
    assert conform({"base": "a", "epochs": 2, "more": 1}, About, "x")["epochs"] == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8: byte 7 is 0xff"),
        (b"[" * 100_000, "nested more than"),
        (b"[" * 100_000 + b"]" * 100_000, "nested more than"),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "nested more than"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "nested more than"),
        (b'{"a": NaN}', "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"[1e999]", "not finite"),
        (b"[" + b"9" * 30 + b"]", "more than 64 bits"),
        (b"9" * 10_000, "not JSON"),
    ],
)
def test_what_is_no_plain_json_is_refused_in_one_line(tmp_path, content, why):
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(JsonError, match=why) as caught:
        read_json(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_or_too_large_is_refused(tmp_path):
    for missing in (tmp_path, tmp_path / "nowhere.json"):
        with pytest.raises(JsonError, match="is no file"):
            read_json(missing)
    (tmp_path / "large.json").write_text("[" + "1," * 100 + "1]")
    with pytest.raises(JsonError, match="203 bytes, more than the 100"):
        read_json(tmp_path / "large.json", limit=100)


def test_as_deep_as_is_allowed_is_read():
    assert parse_json("[" * DEPTH + "]" * DEPTH, "x")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "running"}, "row.json: status is 'running', expected one of 'ok', 'failed'"),
        ({"status": ["ok"]}, "row.json: status is a list, expected one of 'ok', 'failed'"),
        ({"n": "3"}, "row.json: n is '3', expected int"),
        ({"n": True}, "row.json: n is a boolean, expected int"),
        ({"n": 3.0}, "row.json: n is float, expected int"),
        ({"parts": []}, "row.json: parts is a list, expected an object"),
        ({"parts": {"gap": {}}}, "row.json: parts.gap lacks value"),
        ({"parts": {"gap": {"value": None}}}, "row.json: parts.gap.value is null, expected float"),
        ({"parts": {"gap": {"value": float("nan")}}}, "row.json: parts.gap.value is not finite"),
        ({"parts": {"gap": {"value": 1, "note": 2}}}, "row.json: parts.gap.note is int, expected a string"),
        ({"parts": {"a\nb": 1}}, r"row.json: parts.'a\nb' is int, expected an object"),
        ({"words": ["a", 1]}, "row.json: words[1] is int, expected a string"),
        ({"words": {"0": "a"}}, "row.json: words is an object, expected a list"),
    ],
)
def test_a_wrong_type_is_named_with_its_place(change, told):
    with pytest.raises(JsonError) as caught:
        conform({**GOOD, **change}, Whole, "row.json")
    assert str(caught.value) == told


def test_what_is_missing_or_is_no_object_is_named():
    with pytest.raises(JsonError, match=r"^row.json lacks status, n$"):
        conform({name: GOOD[name] for name in ("parts", "words", "rest")}, Whole, "row.json")
    with pytest.raises(JsonError, match=r"^row.json is a list, expected an object$"):
        conform([], Whole, "row.json")
    with pytest.raises(JsonError, match=r"^a.json: either is a list, expected int or a string$"):
        conform({"base": "", "epochs": 1, "either": []}, About, "a.json")
    with pytest.raises(JsonError, match=r"^a.json lacks epochs$"):
        conform({"base": ""}, About, "a.json")


def refusal(content: bytes) -> str:
    """Empty where it is a `Whole`."""
    try:
        conform(parse_json(content, "x"), Whole, "x")
    except JsonError as error:
        return str(error)
    return ""


def test_mutations_never_end_otherwise():
    """400 seeded mutations of the text: read as something of the right types, or `JsonError` in one line."""
    draw = random.Random(0)
    told = []
    for _ in range(400):
        changed = bytearray(json.dumps(GOOD).encode())
        for _ in range(draw.randint(1, 3)):
            place = draw.randrange(len(changed))
            new = draw.choice([b"", b"[", b"{", b"NaN", b"\xff", b"1e999", b'"'])
            changed[place : place + draw.randint(0, 3)] = new
        told.append(refusal(bytes(changed)))
    assert all(line.startswith("x") and "\n" not in line for line in told if line)
    assert sum(map(bool, told)) > 300


def test_it_imports_the_standard_library_only():
    code = "import sys, mmgap.core.checked_json; print([m for m in ('numpy', 'torch', 'filelock') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
