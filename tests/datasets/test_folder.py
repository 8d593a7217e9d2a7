"""A folder of one's own in each layout, with the names and the mistakes that people make."""

import json
import unicodedata

import pytest
from PIL import Image

from mmgap import datasets
from mmgap.core.paths import MissingDataError
from mmgap.datasets import DatasetError

FILES = ("gatos/niño y gato.JPG", "gatos/b.png", "Vögel/grün.jpeg")
CAPTIONS = ("a boy and a cat", "a cat; black, asleep", 'a "green" bird')


def draw(root, files, form="NFC"):
    for k, name in enumerate(files):
        path = root / unicodedata.normalize(form, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8 + k, 8), (40 * k, 0, 0)).save(path)


def load(root, **options):
    return datasets.load(f"folder:{root}", **options)


def csv_text(separator=",", header=True):
    quoted = [f'"{caption}"'.replace('a "green" bird', 'a ""green"" bird') for caption in CAPTIONS]
    rows = [[file.split("/")[1], file.split("/")[0], text] for file, text in zip(FILES, quoted, strict=True)]
    return "\n".join(separator.join(row) for row in [["Filename", "category", "caption"]] * header + rows) + "\n"


def write_csv(root, **options):
    (root / "data.csv").write_text(csv_text(**options), encoding="utf-8")


def write_list(root):
    records = [
        {"image": file, "caption": caption, "category": file.split("/")[0]}
        for file, caption in zip(FILES, CAPTIONS, strict=True)
    ]
    (root / "metadata.json").write_text(json.dumps(records), encoding="utf-8")


def write_groups(root):
    groups = {}
    for file, caption in zip(FILES, CAPTIONS, strict=True):
        category, name = file.split("/")
        groups.setdefault(category, []).append({"filename": name, "description": caption})
    (root / "captions.json").write_text(json.dumps(groups, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize("write", [write_csv, write_list, write_groups])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_layouts_agree(tmp_path, write, form):
    draw(tmp_path, FILES, form)
    write(tmp_path)
    data = load(tmp_path)
    assert data.image_ids == FILES
    assert data.captions == CAPTIONS
    assert data.categories == ("gatos", "gatos", "Vögel")
    assert data.skipped == ()
    assert [image.width for image in data.images] == [8, 9, 10]
    assert data.name == f"folder:{tmp_path.name}"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_dialects(tmp_path, separator, header, encoding):
    draw(tmp_path, FILES)
    text = csv_text(separator, header).replace("\n", "\r\n")
    (tmp_path / "data.CSV").write_bytes(text.encode(encoding))
    data = load(tmp_path)
    assert (data.image_ids, data.captions, data.skipped) == (FILES, CAPTIONS, ())


def test_a_spreadsheets_text_that_was_cut(tmp_path):
    draw(tmp_path, FILES)
    (tmp_path / "data.csv").write_bytes(csv_text().encode("utf-16")[:-3])
    assert load(tmp_path).image_ids == FILES


def test_unquoted_commas_belong_to_the_caption(tmp_path):
    draw(tmp_path, FILES)
    rows = ["b.png,gatos,a cat, black, asleep", "grün.jpeg,Vögel,a bird", "niño y gato.JPG,gatos,a boy"]
    (tmp_path / "data.csv").write_text("\n".join(rows), encoding="utf-8")
    assert load(tmp_path).captions == ("a cat, black, asleep", "a bird", "a boy")


def test_pictures_without_captions(tmp_path):
    draw(tmp_path, (*FILES, "top.webp"))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_text("")
    data = load(tmp_path)
    assert data.image_ids == tuple(sorted((*FILES, "top.webp")))
    assert data.captions == ()
    assert data.categories == ("Vögel", "gatos", "gatos", None)
    assert data.relevance("any").shape == (0, 2)


def test_several_rows_are_several_captions(tmp_path):
    draw(tmp_path, ["a.png", "b.png"])
    records = [
        {"image": "a.png", "caption": "one"},
        {"image": "b.png", "caption": ["first", "second"]},
        {"image": "a.png", "caption": "two"},
        {"image": "a.png", "caption": "one"},
    ]
    (tmp_path / "metadata.json").write_text(json.dumps(records))
    data = load(tmp_path)
    assert data.captions == ("one", "two", "first", "second")
    assert data.owner.tolist() == [0, 0, 1, 1]
    assert data.first_captions().captions == ("one", "first")
    assert data.skipped == (("a.png", "repeats an earlier record"),)


def test_what_cannot_be_used_is_counted_and_named(tmp_path):
    root = tmp_path / "mine"
    draw(tmp_path, ["outside.png", "mine/good.png", "mine/silent.png", "mine/unlisted.png"])
    (root / "broken.jpg").write_text("no picture")
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    (root / "text.txt").write_text("")
    captions = {"good.png": "fine", "silent.png": " ", "broken.jpg": "x", "link.png": "x", "text.txt": "x"}
    captions |= {"../outside.png": "x", "/etc/passwd": "x", "C:\\x.png": "x", "gone.png": "x", "./": "x"}
    records = [{"image": name, "caption": text} for name, text in captions.items()]
    (root / "metadata.json").write_text(json.dumps([*records, {"caption": "no file"}, "no object"]))
    data = load(root)
    assert data.image_ids == ("good.png",)
    assert dict(data.skipped) == {
        "silent.png": "no caption",
        "unlisted.png": "no record in metadata.json",
        "broken.jpg": "not a picture in a format that is read (JPEG, PNG, WebP, TIFF …)",
        "link.png": "it is a link that leaves the folder",
        "text.txt": "its file ending is not a picture's",
        "../outside.png": "its path leaves the folder",
        "/etc/passwd": "its path leaves the folder",
        "C:\\x.png": "its path leaves the folder",
        "gone.png": "no such file",
        "./": "no such file",
        "metadata.json record 10": "no file name",
        "metadata.json record 11": "not an object with a file name",
    }
    assert data.notes[-1].startswith(f"{len(data.skipped)} records left out: ")


def test_short_row_is_named_by_its_line(tmp_path):
    draw(tmp_path, ["c/a.png"])
    (tmp_path / "x.csv").write_text("filename,category,caption\na.png,c,fine\n\na.png\n")
    assert load(tmp_path).skipped == (("x.csv line 4", "not as many cells as columns"),)


def test_case_below_images_and_backslashes(tmp_path):
    draw(tmp_path, ["images/cats/One.PNG"])
    (tmp_path / "metadata.csv").write_text("image,caption\ncats\\one.png,a cat\n")
    assert load(tmp_path).image_ids == ("images/cats/One.PNG",)


def test_no_split_means_the_whole_folder(tmp_path):
    draw(tmp_path, FILES)
    assert len(load(tmp_path).images) == len(load(tmp_path, split="all").images) == 3
    with pytest.raises(DatasetError, match=r"names no splits.*whole folder"):
        load(tmp_path, split="train")


def test_named_splits(tmp_path):
    draw(tmp_path, [f"{k}.png" for k in range(5)])
    splits = ("train", "Val", "test", "", "other")
    records = [{"image": f"{k}.png", "caption": f"c{k}", "split": split} for k, split in enumerate(splits)]
    (tmp_path / "metadata.json").write_text(json.dumps(records))
    assert load(tmp_path, split="train").image_ids == ("0.png",)
    assert load(tmp_path, split="validation").image_ids == ("1.png",)
    data = load(tmp_path)
    assert data.image_ids == ("2.png",)
    assert ("3.png", "no split, although other records have one") in data.skipped
    assert ("metadata.json record 4", "unknown split 'other'") in data.skipped
    assert load(tmp_path, split="all").image_ids == ("0.png", "1.png", "2.png")
    (tmp_path / "metadata.json").write_text(json.dumps(records[:2]))
    with pytest.raises(DatasetError, match="has no 'test' pictures; its splits are train, validation"):
        load(tmp_path)


def test_revision_follows_the_content(tmp_path):
    draw(tmp_path, FILES)
    write_list(tmp_path)
    before = load(tmp_path).revision
    assert load(tmp_path, split="all").revision == before
    Image.new("RGB", (9, 8), "blue").save(tmp_path / FILES[1])
    changed = load(tmp_path).revision
    assert changed != before
    (tmp_path / "metadata.json").write_text((tmp_path / "metadata.json").read_text().replace("asleep", "awake"))
    assert load(tmp_path).revision not in (before, changed)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("metadata.json", "{", "is not JSON"),
        ("metadata.json", '{"a": 1}', "has another shape"),
        ("metadata.csv", "", "is empty"),
        ("metadata.csv", f'a.png,c,"{"x" * 200000}', "is not CSV"),
        ("metadata.json", '[{"image": "gone.png"}]', r"no usable picture.*2 records left out"),
    ],
)
def test_metadata_that_cannot_be_understood(tmp_path, name, content, words):
    draw(tmp_path, ["a.png"])
    (tmp_path / name).write_text(content)
    with pytest.raises(DatasetError, match=words):
        load(tmp_path)


def test_unclear_which_file_holds_the_captions(tmp_path):
    draw(tmp_path, FILES)
    write_csv(tmp_path)
    write_groups(tmp_path)
    assert load(tmp_path).captions == CAPTIONS  # they agree
    file = tmp_path / "data.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("black", "white"), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"captions\.json, data\.csv.*'gatos/b\.png': name one of them"):
        load(tmp_path)
    write_list(tmp_path)
    assert load(tmp_path).captions == CAPTIONS


def test_nothing_there(tmp_path):
    with pytest.raises(DatasetError, match=r"no usable picture in .*\. Name the folder that holds JPEG"):
        load(tmp_path)
    (tmp_path / "captions.csv").write_text("image,caption\na.jpg,a cat\n")  # captions without their pictures
    with pytest.raises(DatasetError, match=r"no usable picture in .*\. Name the folder that holds JPEG"):
        load(tmp_path)
    with pytest.raises(MissingDataError, match="gone is not a folder"):
        load(tmp_path / "gone")
    with pytest.raises(DatasetError, match="folder:PATH"):
        datasets.load("folder")
