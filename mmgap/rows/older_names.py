"""Data sets that had another name when a row was made: what a name stood for then is shown under what it is called now.

The standard library only.
"""

from __future__ import annotations

#: Name → the last version of its entry that stood for something else, and what that is called now. Until version 1
#: ``openmoji-en`` was the copy in the data folder, whatever its content; since then it is the package.
OLDER = {"openmoji-en": (1, "openmoji-en:folder"), "openmoji-es": (1, "openmoji-es:folder")}


def todays_name(dataset: str, version: int) -> str:
    """Return what a data set of a row is called now.

    Args:
        dataset: its spec in the row.
        version: of its entry when the row was made; rows without one mean 1.

    >>> todays_name("openmoji-en:keywords=first", 1), todays_name("openmoji-en", 2)
    ('openmoji-en:folder,keywords=first', 'openmoji-en')
    """
    name, _, options = dataset.partition(":")
    last, now = OLDER.get(name, (0, name))
    if version > last:
        return dataset
    return f"{now},{options}" if options else now
