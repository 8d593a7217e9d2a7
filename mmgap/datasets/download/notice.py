"""What may be done with the data: said before the first byte, and written beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

#: Beside the data; whatever folder has it was filled from here.
FILE = "LICENCE.txt"

NOTICES = {
    "arasaac": """\
ARASAAC pictograms and keywords: licence CC BY-NC-SA 4.0 (https://creativecommons.org/licenses/by-nc-sa/4.0/).
Author of the pictograms: Sergio Palao. Origin: ARASAAC (https://arasaac.org). Owner: Government of Aragon (Spain).
You may use them if you name author, origin, owner and licence, earn no money with them, and share what you make of
them under the same licence. mmgap downloads them for you from the portal and never redistributes them: do not put
them into a repository, a package or a published report.
""",
    "coco": """\
MS-COCO 2017 (https://cocodataset.org): the captions are licensed CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/), COCO Consortium: name it when you use them.
The photos do not belong to the COCO Consortium: they are their photographers', under the terms of Flickr and of the
licence that the captions file gives for each photo. mmgap downloads them for you and never redistributes them.
""",
}


def say_notice(name: str, tell: Callable[[str], None]) -> None:
    """Say the licence of ``name``."""
    tell(NOTICES[name])


def write_notice(name: str, folder: Path) -> None:
    """Put the licence of ``name`` into ``folder``."""
    (folder / FILE).write_text(NOTICES[name], encoding="utf-8")
