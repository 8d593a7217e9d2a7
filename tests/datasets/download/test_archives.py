import re
import stat
import zipfile

import pytest

from mmgap.datasets.download import FetchError
from mmgap.datasets.download.archives import unpack

ANY = re.compile(r".*")


def archive(folder, members, compression=zipfile.ZIP_DEFLATED):
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", compression) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return path


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_wanted_members_only_and_those_there_stay(tmp_path):
    path = archive(tmp_path, [("a/1.jpg", "one"), ("a/2.jpg", "two"), ("b/3.jpg", "three")])
    assert unpack(path, tmp_path / "out", re.compile(r"a/.*")) == 2
    assert not (tmp_path / "out" / "b").exists()
    (tmp_path / "out" / "a" / "1.jpg").write_text("ONE")
    (tmp_path / "out" / "a" / "2.jpg").write_text("cut short")
    assert unpack(path, tmp_path / "out", re.compile(r"a/.*")) == 1
    assert (tmp_path / "out" / "a" / "1.jpg").read_text() == "ONE"
    assert (tmp_path / "out" / "a" / "2.jpg").read_text() == "two"


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("../evil.jpg", "leave the folder"),
        ("a/../../evil.jpg", "leave the folder"),
        ("/tmp/evil.jpg", "leave the folder"),
        ("C:/evil.jpg", "leave the folder"),
        ("..\\evil.jpg", "leave the folder"),
        (link("a/link.jpg"), "link or device"),
    ],
    ids=lambda value: value if isinstance(value, str) else "link",
)
def test_an_archive_with_evil_members_is_not_unpacked_at_all(tmp_path, member, words):
    path = archive(tmp_path, [("good.jpg", "x"), (member, "/etc/passwd")])
    with pytest.raises(FetchError, match=words):
        unpack(path, tmp_path / "out", ANY)
    assert not (tmp_path / "out").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_a_bomb(tmp_path):
    path = archive(tmp_path, [("a.json", b"\0" * (1 << 25))])
    with pytest.raises(FetchError, match=r"33\.6 MB, like a zip bomb.*delete it"):
        unpack(path, tmp_path / "out", ANY)
    assert not (tmp_path / "out").exists()


def test_a_bomb_that_lies_about_its_size(tmp_path):
    path = archive(tmp_path, [("a.json", b"\0" * (1 << 25))])
    body = path.read_bytes().replace((1 << 25).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    path.write_bytes(body)
    with pytest.raises(FetchError, match="damaged"):
        unpack(path, tmp_path / "out", ANY)
    assert not any(p.is_file() for p in (tmp_path / "out").rglob("*"))


def test_twice_the_same_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive(tmp_path, [("a.jpg", "x"), ("a.jpg", "y")])
    with pytest.raises(FetchError, match="twice"):
        unpack(path, tmp_path / "out", ANY)


def test_encrypted_damaged_and_no_archive(tmp_path):
    path = archive(tmp_path, [("a.jpg", "content")], zipfile.ZIP_STORED)
    body = path.read_bytes()
    at = body.index(b"PK\x01\x02") + 8
    path.write_bytes(body[:at] + b"\x01" + body[at + 1 :])
    with pytest.raises(FetchError, match="encrypted"):
        unpack(path, tmp_path / "out", ANY)
    path.write_bytes(body.replace(b"content", b"CONTENT"))
    with pytest.raises(FetchError, match=r"a\.zip is damaged .*delete it"):
        unpack(path, tmp_path / "out", ANY)
    path.write_bytes(body[:20])
    with pytest.raises(FetchError, match="damaged"):
        unpack(path, tmp_path / "out", ANY)


def test_a_file_in_the_way(tmp_path):
    path = archive(tmp_path, [("a/1.jpg", "one")])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("no folder")
    with pytest.raises(FetchError, match="cannot write"):
        unpack(path, tmp_path / "out", ANY)


def test_no_room(tmp_path, monkeypatch):
    path = archive(tmp_path, [("a/1.jpg", "one")])
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2}))
    with pytest.raises(FetchError, match=r"what a\.zip holds needs 3 B"):
        unpack(path, tmp_path / "out", ANY)
