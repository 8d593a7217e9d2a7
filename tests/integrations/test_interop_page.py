"""The page says what is so: its columns are the code's, its recipes and examples run, trackio keeps every number."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmgap.core.vector_files import read_pair
from mmgap.integrations.row_records import LONG, WIDE
from tests.support import small_models
from tests.support.doc_pages import check_examples, missing_links
from tests.support.made_up_rows import row, space_metrics

PAGE = Path(__file__).parents[2] / "docs" / "interop" / "README.md"
pytestmark = pytest.mark.usefixtures("one_thread")


def test_columns_and_links():
    text = PAGE.read_text(encoding="utf-8")
    assert not missing_links(PAGE)
    for column in LONG:
        assert f"| `{column.name}` | {column.kind} | {column.help} |" in text
    for column in WIDE:
        assert f"`{column.name}`" in text


def test_examples():
    pytest.importorskip("torchmetrics", reason="pip install 'mmgap[torchmetrics]'")
    check_examples(PAGE)


def test_the_recipe_of_sentence_transformers(tmp_path, monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    (recipe,) = (block for block in blocks if "model.encode(images)" in block)
    folder = small_models.clip(tmp_path / "clip")
    monkeypatch.chdir(tmp_path)
    names = {"images": small_models.images(), "texts": list(small_models.TEXTS[:5])}
    exec(recipe.replace("sentence-transformers/clip-ViT-B-32", str(folder)), names)
    images, texts = read_pair("vectors.npz")
    np.testing.assert_array_equal(images, names["model"].encode(names["images"]))
    assert texts.shape == (5, 16)


def test_trackio_has_every_number(tmp_path):
    pytest.importorskip("trackio", reason="pip install 'mmgap[trackio]'")
    code = (
        "import json, sys, trackio\n"
        "from mmgap.integrations.run_sinks import run_name, scalars, send\n"
        "row = json.loads(sys.stdin.read())\n"
        "assert send([row], 'trackio:rows') == 1\n"
        "(run,) = trackio.Api().runs('rows')\n"
        "assert run.name == run_name(row)\n"
        "from trackio.sqlite_storage import SQLiteStorage\n"
        "(logged,) = SQLiteStorage.get_logs('rows', run.name)\n"
        "assert {name: logged[name] for name in scalars(row)} == scalars(row)\n"
    )
    made = {**row(metrics=space_metrics()), "key": "ab" * 32}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(made),
        env={**os.environ, "TRACKIO_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
