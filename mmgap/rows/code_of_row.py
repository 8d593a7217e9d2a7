"""By which code a row was made, and whether two rows can be compared."""

from __future__ import annotations

from mmgap.core.cache import canonical_json
from mmgap.rows.row import Row, code_identities, measure_version


def comparable(row: Row) -> str:
    """Equal for rows made by the same code; rows of one cell that differ in it are never averaged, paired or ranked."""
    return canonical_json([measure_version(row), code_identities(row)])


def changed_code(a: Row, b: Row) -> list[str]:
    """In which code two rows differ that may be of other encoders or losses; empty where they can be compared.

    Names as in ``inputs.identities``, and ``measure_version``. The encoders' own code counts where the encoder is the
    same, a term's where both losses have it, a space's where both are in it.
    """
    ours, theirs = code_identities(a), code_identities(b)
    same = {"encoder", "projection"} if a["cell"]["encoder"] == b["cell"]["encoder"] else set()
    shared = {name for name in ours if name.startswith(("loss:", "space:", "adapter:")) and name in theirs}
    names = {"experiment", "dataset", *same, *shared}
    versions = ["measure_version"] if measure_version(a) != measure_version(b) else []
    return versions + sorted(name for name in names if ours.get(name) != theirs.get(name))


def origin(row: Row) -> dict[str, str]:
    """By which code a row was made, in a word or two each, to tell rows of one cell apart.

    As ``{"measure_version": "2", "experiment": "version 1", "dataset": "mine.py 3fa9c1d2"}``.
    """
    told = {"measure_version": str(measure_version(row))}
    for name, found in code_identities(row).items():
        source = (found.get("source") or "")[:8]
        words = [found.get("file") or found.get("module"), source, found.get("distribution")]
        words += [f"version {found['version']}"] if "version" in found else []
        told[name] = " ".join(filter(None, words)) or "unknown"
    return told
