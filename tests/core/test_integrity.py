"""Every byte of what mmgap writes is under a seal or a recorded SHA-256: a flipped one is never read."""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from mmgap.core.checked_json import JsonError
from mmgap.core.integrity import (
    BLANK,
    SEAL,
    DamagedError,
    check_file,
    check_files,
    file_sha256,
    read_sealed_json,
    seal_tensors,
    write_sealed_json,
)

VALUE = {"base": "tiny", "epochs": 3, "notes": ["Straße", 'a\\b"sha256": "' + "0" * 64]}
KIND = dict[str, object]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "about.json"
    write_sealed_json(path, VALUE)
    return path


@pytest.fixture
def tensors(tmp_path):
    path = tmp_path / "weights.safetensors"
    metadata = {"about": VALUE["notes"][1], "alarms": "ünï \x01\x7f\n\t\u2028 🙂", SEAL: BLANK}
    save_file({"a": np.arange(6.0).reshape(2, 3), "b": np.ones(2, dtype=np.int64)}, path, metadata=metadata)
    seal_tensors(path)
    return path


def test_a_sealed_object_comes_back_and_is_plain_json(file):
    assert read_sealed_json(file, dict[str, str | int | list[str]]) == VALUE
    plain = json.loads(file.read_text(encoding="utf-8"))
    assert plain.pop(SEAL) == hashlib.sha256(file.read_bytes().replace(plain_seal(file), BLANK.encode(), 1)).hexdigest()
    assert plain == VALUE


def plain_seal(file):
    return json.loads(file.read_text(encoding="utf-8"))[SEAL].encode()


def test_no_flipped_byte_is_read_as_something_else(file):
    content = file.read_bytes()
    for place in range(len(content)):
        for bit in (1, 32):
            file.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            with pytest.raises((DamagedError, JsonError), match=file.name):
                read_sealed_json(file, dict, sealed=True)


@pytest.mark.parametrize("content", [b"", b"[" * 9999, b"[]", b'{"sha256": 1}', b'{"sha256": "00"}', b"\xff"])
def test_what_is_something_else_is_refused(file, content):
    file.write_bytes(content)
    with pytest.raises((DamagedError, JsonError), match=file.name):
        read_sealed_json(file, dict)


def test_what_has_no_seal_is_of_an_earlier_mmgap(file):
    file.write_text(json.dumps(VALUE))
    assert read_sealed_json(file, dict) == VALUE
    with pytest.raises(DamagedError, match="has no seal"):
        read_sealed_json(file, dict, sealed=True)


def test_a_hash_further_in_is_no_seal(file):
    file.write_text(json.dumps({"data": {"sha256": "1" * 64}}))
    assert read_sealed_json(file, dict) == {"data": {"sha256": "1" * 64}}


def test_sealed_tensors_are_plain_safetensors(tensors):
    assert check_file(tensors)
    assert load_file(tensors)["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_equal_tensors_are_equal_bytes(tmp_path):
    """safetensors writes metadata in any order."""
    found = set()
    for number in range(8):
        path = tmp_path / f"{number}.safetensors"
        names = {f"n{k}": str(k) for k in range(9)}
        save_file({"a": np.ones(3)}, path, metadata={**names, SEAL: BLANK})
        seal_tensors(path)
        found.add(path.read_bytes())
    assert len(found) == 1


def test_no_flipped_byte_of_tensors_goes_unseen(tensors):
    content = tensors.read_bytes()
    passed = []
    for place in range(len(content)):
        tensors.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        passed.append(unseen(tensors))
    assert not any(passed)


def unseen(path):
    """Whether a file passes as sound; one whose seal is no longer to be found does not."""
    try:
        return check_file(path)
    except DamagedError:
        return False


def test_truncations_go_not_unseen(tensors):
    content = tensors.read_bytes()
    draw = random.Random(0)
    for size in (0, 7, 8, 100, *(draw.randrange(len(content)) for _ in range(20))):
        tensors.write_bytes(content[:size])
        assert not unseen(tensors), size


def test_files_are_checked_by_name(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    files = {name: file_sha256(tmp_path / name) for name in ("a", "b")}
    check_files(tmp_path, files)
    (tmp_path / "b").write_text("c")
    with pytest.raises(DamagedError, match=r"b is damaged \(its SHA-256 is another"):
        check_files(tmp_path, files)
    (tmp_path / "b").unlink()
    with pytest.raises(DamagedError, match=r"b cannot be read: No such file"):
        check_files(tmp_path, files)


def test_what_is_no_file_is_never_read(tmp_path):
    """A device or a pipe has no end."""
    for path in (tmp_path, Path("/dev/zero")):
        with pytest.raises(DamagedError, match="is no file"):
            check_file(path)
