"""Captions in tables, as people and programs write them."""

import csv

import pytest
from caption_folders import TEXTS, load, notes, pictures, read, reasons, write

from mmgap.datasets import DatasetError

ONE = {name: [text] for name, text in TEXTS.items()}


def table(separator=",", header=("filename", "caption"), quoted=True):
    rows = [f"{name}{separator}" + (f'"{text}"' if quoted else text) for name, text in TEXTS.items()]
    return "\n".join([separator.join(header)] * bool(header) + rows) + "\n"


@pytest.mark.parametrize(
    "column", ["filename", "Image", "FILE_NAME", "filepath", "image_path", "File Name", "img", "Photo-Name"]
)
@pytest.mark.parametrize(
    "caption", ["caption", "Title", "prompt", "TEXT", "sentence", "descripción", "caption_0", "blip_caption", "words"]
)
def test_headers(tmp_path, column, caption):
    write(pictures(tmp_path), {"data.csv": table(header=(column, caption))})
    assert read(tmp_path) == ONE
    assert load(tmp_path).skipped == ()


@pytest.mark.parametrize("separator", list(",;\t|"))
@pytest.mark.parametrize("header", [("image", "caption"), ()])
@pytest.mark.parametrize("name", ["data.csv", "captions.txt", "data.TSV", "sub/captions.csv", "annotations/data.tsv"])
def test_separators_and_places(tmp_path, separator, header, name):
    write(pictures(tmp_path), {name: table(separator, header)})
    assert read(tmp_path) == ONE


def test_tabs_win_over_commas_of_the_captions(tmp_path):
    rows = [f"{name}\ta dog, black" for name in TEXTS]
    write(pictures(tmp_path), {"train.tsv": "\n".join(["filepath\ttitle", *rows])})
    assert read(tmp_path) == {name: ["a dog, black"] for name in TEXTS}
    write(tmp_path, {"train.tsv": "\n".join(rows)})
    assert read(tmp_path) == {name: ["a dog, black"] for name in TEXTS}


def test_spreadsheets_hint(tmp_path):
    write(pictures(tmp_path), {"data.csv": "sep=;\r\n" + table(";")})
    assert read(tmp_path) == ONE


def test_caption_before_file(tmp_path):
    rows = [f'"{text}",{name}' for name, text in TEXTS.items()]
    write(pictures(tmp_path), {"data.csv": "\n".join(rows)})
    assert read(tmp_path) == ONE
    write(tmp_path, {"data.csv": "\n".join(["caption,image", *rows])})
    assert read(tmp_path) == ONE


def test_numbered_columns_are_several_captions_in_their_order(tmp_path):
    header = "file_name,caption_10,caption_2,caption_id,comment_number"
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"m.csv": f"{header}\na.ppm,ten,two,7,1\nb.ppm,,only,8,2\n"})
    assert read(tmp_path) == {"a.ppm": ["two", "ten"], "b.ppm": ["only"]}


def test_flickr30k(tmp_path):
    lines = ["image_name| comment_number| comment"]
    lines += [f"{name}| {k}| A {word} runs , fast ." for name in TEXTS for k, word in enumerate(("dog", "cat"))]
    lines += ["a.ppm| 4   A separator is missing ."]
    write(pictures(tmp_path / "flickr30k_images", TEXTS), {})
    write(tmp_path, {"results.csv": "\n".join(lines)})
    texts = ["A dog runs , fast .", "A cat runs , fast ."]
    assert read(tmp_path) == {f"flickr30k_images/{name}": texts for name in TEXTS}
    assert reasons(tmp_path) == {"results.csv line 8": "not as many cells as columns"}


def test_flickr8k(tmp_path):
    pictures(tmp_path / "Flicker8k_Dataset", TEXTS)
    lines = [f'{name}#{k}\t"A dog {k} , of {name} .' for name in TEXTS for k in range(5)]
    files = {"Flickr8k.token.txt": lines, "Flickr8k.lemma.token.txt": [line.lower() for line in lines]}
    files |= {"Flickr_8k.trainImages.txt": list(TEXTS), "readme.txt": ["Hello, please cite", "us, and more"]}
    files |= {"ExpertAnnotations.txt": [f"{name}\ta.ppm#2\t1\t1\t2" for name in TEXTS]}
    write(tmp_path, {f"Flickr8k_text/{name}": "\n".join(content) + "\n" for name, content in files.items()})
    found = read(tmp_path)
    assert found == {f"Flicker8k_Dataset/{n}": [f'"A dog {k} , of {n} .' for k in range(5)] for n in TEXTS}
    assert load(tmp_path).skipped == ()
    for name in files.keys() - {"Flickr8k.token.txt"}:
        assert f"Flickr8k_text/{name} (" in notes(tmp_path)


def test_kaggle_captions_txt(tmp_path):
    pictures(tmp_path / "Images", TEXTS)
    lines = [
        "image,caption",
        *(f"{n},A dog , black , {k} ." for n in TEXTS for k in range(2)),
        'a.ppm,"""Hi"" , he said"',
    ]
    write(tmp_path, {"captions.txt": "\n".join(lines)})
    found = read(tmp_path)
    assert found["Images/b.ppm"] == ["A dog , black , 0 .", "A dog , black , 1 ."]
    assert found["Images/a.ppm"][2] == '"Hi" , he said'


@pytest.mark.parametrize(
    "cell", ['["a dog", "a cat"]', "['a dog', 'a cat']", '[ "a dog" , "a cat", " "]', "['a dog', \"a cat\"]"]
)
def test_a_list_in_a_cell(tmp_path, cell):
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": 'image,captions\na.ppm,"' + cell.replace('"', '""') + '"\n'})
    assert read(tmp_path) == {"a.ppm": ["a dog", "a cat"]}


def test_brackets_are_letters_too(tmp_path):
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"m.csv": "image,caption\na.ppm,[black cat]\nb.ppm,[1]\n"})
    assert read(tmp_path) == {"a.ppm": ["[black cat]"], "b.ppm": ["[1]"]}


@pytest.mark.parametrize("cell", ["", "  ", "NaN", "nan", "<NA>", "NULL", "None", "N/A"])
def test_cells_that_say_nothing(tmp_path, cell):
    write(
        pictures(tmp_path, ["a.ppm", "b.ppm", "c.ppm"]),
        {"m.csv": f"image,caption\na.ppm,{cell}\nb.ppm,none\nc.ppm,3\n"},
    )
    assert read(tmp_path) == {"b.ppm": ["none"], "c.ppm": ["3"]}
    assert reasons(tmp_path) == {"a.ppm": "no caption"}


def test_columns_that_are_not_read_are_named(tmp_path):
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": "image,caption,description\na.ppm,x,y\n"})
    assert "m.csv: 'description' is not read beside 'caption'." in notes(tmp_path)
    write(tmp_path, {"m.csv": "image,caption_en,caption_es\na.ppm,x,y\n"})
    assert read(tmp_path) == {"a.ppm": []}
    assert "m.csv: each of 'caption_en', 'caption_es' could be the caption: call one of them 'caption'." in notes(
        tmp_path
    )
    write(tmp_path, {"m.csv": "image,score\na.ppm,0.5\n"})
    assert "m.csv has no captions: expected a column or key caption," in notes(tmp_path)
    assert "No captions" in notes(tmp_path)


@pytest.mark.parametrize("line", [1, 2, 4])
@pytest.mark.parametrize("separator", list(",\t|"))
def test_a_quote_that_is_not_closed_costs_its_line(tmp_path, line, separator):
    names = [f"{k}.ppm" for k in range(5)]
    rows = [f"{name}{separator}text {k}" for k, name in enumerate(names)]
    rows[line - 1] = f'{names[line - 1]}{separator}"text {line - 1}'
    write(pictures(tmp_path, names), {"m.csv": "\n".join([f"image{separator}caption", *rows, ""])})
    assert read(tmp_path) == {name: [f"text {k}"] for k, name in enumerate(names) if k != line - 1}
    assert reasons(tmp_path)[f"m.csv line {line + 1}"] == "a quote is opened here and not closed"


def test_a_quote_that_the_end_closes(tmp_path):
    write(pictures(tmp_path), {"m.csv": 'image,caption\na.ppm,one\nb.ppm,"two'})
    assert read(tmp_path) == {"a.ppm": ["one"], "b.ppm": ["two"]}


def test_two_open_quotes_do_not_close_each_other(tmp_path):
    names = [f"{k}.ppm" for k in range(6)]
    rows = [f'{name},"text {k}' if k in (1, 3) else f"{name},text {k}" for k, name in enumerate(names)]
    write(pictures(tmp_path, names), {"m.csv": "\n".join(["image,caption", *rows, ""])})
    assert read(tmp_path) == {f"{k}.ppm": [f"text {k}"] for k in (0, 2, 4, 5)}
    assert {"m.csv line 3", "m.csv line 5"} <= reasons(tmp_path).keys()


def test_many_open_quotes_take_linear_time(tmp_path):
    rows = [f'a.ppm,"text {k}' for k in range(20_001)]
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"m.csv": "\n".join(["image,caption", *rows, "b.ppm,fine"])})
    assert read(tmp_path) == {"b.ppm": ["fine"]}


def test_captions_of_several_lines(tmp_path):
    text = 'image,caption\na.ppm,"a dog\nand a cat, ""big"""\r\nb.ppm,"one\r\n\r\ntwo"\nc.ppm,three\n'
    write(pictures(tmp_path), {"m.csv": text})
    assert read(tmp_path) == {"a.ppm": ['a dog and a cat, "big"'], "b.ppm": ["one two"], "c.ppm": ["three"]}


def test_a_huge_cell_costs_its_line(tmp_path):
    assert csv.field_size_limit() == 131072
    write(pictures(tmp_path), {"m.csv": f"image,caption\na.ppm,{'x' * 200_000}\nb.ppm,fine\n"})
    assert read(tmp_path) == {"b.ppm": ["fine"]}
    assert "larger than field limit" in reasons(tmp_path)["m.csv line 2"]


@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff"])
def test_empty(tmp_path, text):
    write(pictures(tmp_path), {"captions.csv": text})
    with pytest.raises(DatasetError, match=r"captions\.csv is empty"):
        load(tmp_path)


def test_a_header_alone(tmp_path):
    write(pictures(tmp_path), {"captions.csv": "image,caption\n"})
    with pytest.raises(DatasetError, match=r"captions\.csv has no records"):
        load(tmp_path)


def test_unknown_columns_are_found_by_what_they_hold(tmp_path):
    write(pictures(tmp_path), {"m.csv": table(header=("Foto", "Was man sieht"))})
    assert read(tmp_path) == ONE


def test_repeated_rows(tmp_path):
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": "image,caption\na.ppm,x\na.ppm,x\na.ppm,y\n"})
    assert read(tmp_path) == {"a.ppm": ["x", "y"]}
    assert reasons(tmp_path) == {"a.ppm": "repeats an earlier record"}


def test_many_captions_of_one_picture(tmp_path):
    """Quadratic, this would take a day."""
    rows = "\n".join(f"a.ppm,caption {k}" for k in range(60_000))
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": f"image,caption\n{rows}\n"})
    assert len(load(tmp_path).captions) == 60_000


def test_an_unknown_split_is_named(tmp_path):
    rows = ["a.ppm,x,train2017", "b.ppm,y,holdout", "c.ppm,z,VAL"]
    write(pictures(tmp_path), {"m.csv": "\n".join(["image,caption,split", *rows])})
    data = load(tmp_path, split="all")
    assert data.image_ids == ("a.ppm", "c.ppm")
    assert ("m.csv line 3", "unknown split 'holdout'") in data.skipped
    assert "unknown split 'holdout'" in " ".join(data.notes)


@pytest.mark.parametrize("header", ["image,caption,caption", "image,caption,caption.1", "Image,Caption 1,Caption 2"])
def test_columns_of_one_name(tmp_path, header):
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": f"{header}\na.ppm,x,y\n"})
    assert read(tmp_path) == {"a.ppm": ["x", "y"]}


def test_names_of_pictures_in_the_second_column(tmp_path):
    rows = [f'{k},{name},"{text}"' for k, (name, text) in enumerate(TEXTS.items())]
    write(pictures(tmp_path), {"m.csv": "\n".join(rows)})
    assert read(tmp_path) == ONE
    write(tmp_path, {"m.csv": "\n".join([",image,caption", *rows])})
    assert read(tmp_path) == ONE
    write(tmp_path, {"m.csv": "\n".join(f"cats{row[1:]}" for row in rows)})
    assert read(tmp_path) == ONE
    assert set(load(tmp_path).categories) == {"cats"}


@pytest.mark.parametrize("gap", [" ", ": ", ":  "])
def test_lines_of_a_name_and_its_caption(tmp_path, gap):
    write(pictures(tmp_path), {"captions.txt": "\n".join(f"{name}{gap}{text}" for name, text in TEXTS.items())})
    assert read(tmp_path) == ONE


def test_the_column_that_names_pictures_is_taken(tmp_path):
    row = "http://x.org/a.ppm,7,a.ppm,foo"
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": f"image,id,file_name,caption\n{row}\n"})
    assert read(tmp_path) == {"a.ppm": ["foo"]}


def test_the_column_that_holds_captions_is_taken(tmp_path):
    write(
        pictures(tmp_path), {"m.csv": "image,title,description\n" + "".join(f'{n},"{t}",\n' for n, t in TEXTS.items())}
    )
    assert read(tmp_path) == ONE


def test_objects_in_a_cell(tmp_path):
    cell = '[{"raw": "a dog"}, {"raw": "a cat"}]'.replace('"', '""')
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"m.csv": f'image,sentences\na.ppm,"{cell}"\nb.ppm,{{sic}}\n'})
    assert read(tmp_path) == {"a.ppm": ["a dog", "a cat"], "b.ppm": ["{sic}"]}


def test_quotes_written_with_a_backslash(tmp_path):
    rows = ['a.ppm,"say \\"hi\\", you"', "b.ppm,fine", 'c.ppm,"""so"", too"']
    write(pictures(tmp_path), {"m.csv": "\n".join(["image,caption", *rows])})
    assert read(tmp_path) == {"a.ppm": ['say "hi", you'], "b.ppm": ["fine"], "c.ppm": ['"so", too']}


@pytest.mark.parametrize("place", [0, 2])
def test_quotes_that_are_not_doubled_cost_their_line(tmp_path, place):
    rows = [f"{name},fine" for name in TEXTS]
    rows[place] = f'{list(TEXTS)[place]},"a "big" dog, black"'
    write(pictures(tmp_path), {"m.csv": "\n".join(["image,caption", *rows])})
    assert len(read(tmp_path)) == 2
    assert reasons(tmp_path)[f"m.csv line {place + 2}"] == "a quote inside a quoted cell is not doubled"


@pytest.mark.parametrize("title", ["My captions of 2020", "# made by a tool", "My captions, of 2020", "a,b,c,d"])
def test_lines_before_the_header(tmp_path, title):
    write(
        pictures(tmp_path), {"m.csv": f"{title}\n{table(header=('image', 'label', 'caption')).replace('m,', 'm,x,')}"}
    )
    assert read(tmp_path) == ONE
    assert set(load(tmp_path).categories) == {"x"}
    assert load(tmp_path).skipped == (("m.csv line 1", "it stands before the header"),)
