"""What holds for every folder of pages with pictures: links exist, examples run, pictures are what a script draws."""

import doctest
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def missing_links(file: Path) -> list[str]:
    """Return the links of a page to files that do not exist; pages that the site's build makes are its own to check."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8"))
    written = [link for link in links if "generated" not in Path(link).parts]
    return [link for link in written if not (file.parent / link).exists()]


def check_examples(file: Path) -> None:
    """Run the Python examples of a page, of which there is at least one."""
    blocks = re.findall(r"^```python\n(.*?)^```", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, file.name, str(file), 0)
    said: list[str] = []
    failed, tried = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=said.append)
    assert tried
    assert not failed, "".join(said)


def check_picture(file: Path, drawn: bytes) -> None:
    """Compare a picture on disk with what its script draws."""
    old, new = (np.asarray(Image.open(one).convert("RGB"), dtype=float) for one in (file, io.BytesIO(drawn)))
    assert old.shape == new.shape
    assert np.abs(old - new).mean() < 3  # other releases of the libraries set letters a little differently
