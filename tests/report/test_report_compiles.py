"""The report as LaTeX, made into a PDF by pdflatex: no error, no letter that is missing, letters as outlines."""

import re
import shutil
import subprocess

import pytest

from mmgap.report import write_report
from tests.support.made_up_practices import BEFORE, practice, twenty
from tests.support.made_up_rows import items, row, with_items
from tests.support.made_up_training import split_items, train_row


@pytest.mark.parametrize("language", ["en", "es"])
def test_pdflatex_makes_a_report_of_it(tmp_path, cache, language):
    if shutil.which("pdflatex") is None:
        pytest.skip(
            "no pdflatex on this machine (Debian: apt-get install --no-install-recommends texlive-latex-recommended"
            " texlive-fonts-recommended lmodern)"
        )
    rows = [
        practice(cache, twenty(0.05), BEFORE),
        practice(cache, twenty()),
        with_items(cache, row(encoder="x_y&z%#{}~^\\$", notes=['a_b & 100 % of 漢字 ✓ <|> "q" ñ']), items()),
        *(train_row(cache, loss, arrays=split_items()) for loss in ("ce", "ce+anti")),
    ]
    write_report(rows, tmp_path, language=language, cache=cache)
    included = re.findall(r"\\includegraphics\[[^]]*\]\{([^}]*)\}", (tmp_path / "report.tex").read_text())
    drawings = [name for name in included if (tmp_path / name).with_suffix(".svg").exists()]
    assert len(drawings) > 3
    for name in drawings:  # lines and letters are outlines on paper, too
        assert name.endswith(".pdf")
        assert (tmp_path / name).read_bytes().startswith(b"%PDF-")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300)
    told = done.stdout.decode("latin-1")
    assert done.returncode == 0, told[-3000:]
    log = (tmp_path / "report.log").read_text(encoding="latin-1")
    assert "Missing character" not in log
    assert "LaTeX Warning: File" not in log
    if "lmodern.sty" in log:
        assert "pk>" not in told.replace("\n", ""), "letters are pixels"
    assert (tmp_path / "report.pdf").stat().st_size > 50_000
