"""A report in Spanish has no English sentence in it, down to the footnotes that an experiment wrote."""

import json

import pytest

from mmgap import datasets
from mmgap.core.messages import Message, note_of
from mmgap.datasets.keywords import skipped_note
from mmgap.harness.collector import _notes
from mmgap.metrics.retrieval import check_pool
from mmgap.report import document, write_report
from mmgap.report.blocks import Bullets, Footnotes, Gallery, Heading, Paragraph, Table
from mmgap.rows.recorder import Recorder
from tests.support.made_up_practices import practice, twenty
from tests.support.made_up_rows import failed, row
from tests.support.made_up_training import train_row


def recorded():
    """The notes of a row as an experiment leaves them, read from disk."""
    record = Recorder()
    for note in (*datasets.load("glyphs-en").footnotes, *skipped_note([("a.png", "no caption")] * 7)):
        record.note(note)
    with pytest.raises(ValueError, match="a pool of 90 images cannot be drawn from 12") as refused:
        check_pool(90, 12)
    record.note("Left out: {reason}.", reason=refused.value.args[0])
    record.note("{n} of {all} captions were cut at the model's token limit.", n=3, all=12)
    return json.loads(json.dumps([note_of(note) for note in record.notes]))


def texts(blocks):
    """Every text of a document that is no cell's name, no figure and no line of a table."""
    for block in blocks:
        match block:
            case Heading(text, level) if level == 2:
                yield text
            case Paragraph(text):
                yield text
            case Bullets(lines) | Footnotes(lines):
                yield from lines
            case Table() if block.caption:
                yield block.caption
            case Gallery():
                yield from (figure.caption for figure in block.figures)


@pytest.mark.usefixtures("stub")
def test_every_sentence_is_in_the_language_of_the_report(tmp_path, cache, monkeypatch):
    discrepancy = Message("printed cut after two places, not rounded")
    theory = row("theory", None, None, variant={"table": "5.4"}, metrics={"gap": row()["metrics"]["gap"]})
    theory["notes"] = [note_of(Message("{where}: {why}", where="5.4 kappa=500 x", why=discrepancy))]
    rows = [row(notes=recorded()), failed(dataset="arasaac-es"), theory]
    rows += [train_row(cache, loss, seed) for loss in ("initial", "ce", "ce+var") for seed in (0, 1, 2)]
    rows += [practice(cache, twenty(0.3 * i), encoder) for i, encoder in enumerate(("tiny", "clip-vit-b-32"))]
    made, build = {}, document.build
    monkeypatch.setattr("mmgap.report.document.build", lambda *args: made.setdefault(args[2], build(*args)))
    for language in ("en", "es"):
        write_report(rows, tmp_path / language, language=language, cache=cache)
    english, spanish = (list(texts(made[language].flat)) for language in ("en", "es"))
    assert len(english) == len(spanish) > 40
    assert [text for text, other in zip(english, spanish, strict=True) if text == other] == []


def test_notes_at_the_end_of_a_run_are_in_its_language_too():
    told = list(_notes([row(notes=recorded()), row(notes=recorded(), seed=1)], "es"))
    assert "Omitido: no se puede sacar un grupo de 90 imágenes de 12: elija 1 ≤ pool ≤ 12. (2 celdas)" in told
    assert sum(line.startswith("7 registros omitidos: a.png (sin texto); ") for line in told) == 1
