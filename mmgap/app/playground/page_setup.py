"""What the page's scripts are told once, as JSON: words in the reader's language, terms, presets, limits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmgap.app.playground.presets import COLUMNS, Preset, command_of, presets, published_cells, published_row
from mmgap.app.playground.state import LIMITS, REPLACED, REPLACED_WHY, PlaygroundState
from mmgap.app.playground.stories import STORIES
from mmgap.core.messages import N_
from mmgap.losses import registry
from mmgap.report.labels import label
from mmgap.report.translation import translated

#: The thesis's seven losses.
SEVEN = ("ce", "ce+intra", "ce+intra+inter", "ce+var", "ce+anti", "ce+anti+var", "cyclip")

#: The terms of which the page has a slider; those of other packages follow. Any loss can be written besides.
TERMS = ("ce", "intra", "inter", "anti", "var", "cyclip")

#: The option of a term that has a slider of its own.
OPTIONS = {"intra": "alpha", "inter": "alpha", "anti": "alpha", "var": "beta"}

#: Losses that need more than two sets of vectors, and why they have no slider.
LEFT_OUT = {"imsep": N_("imsep compares captions with one another, and drawn vectors have none.")}

#: The numbers that readings show.
METRICS = ("gap", "misalignment", "uniformity", "t2i_r1", "i2t_r1", "cosine_matched_mean", "cosine_unmatched_mean")

#: What of them is called otherwise here, beside charts of cosines.
METRIC_WORDS = {
    "cosine_matched_mean": N_("mean cosine of matched pairs"),
    "cosine_unmatched_mean": N_("mean cosine of unmatched pairs"),
}

#: Words that the scripts show, by the name that they know them by.
TEXTS = {
    "introduction": N_(
        "Draw images and texts, choose a loss, and let the vectors follow its gradient. The address holds all of it."
    ),
    "images": N_("images"),
    "texts": N_("texts"),
    "image_mean": N_("mean of the images"),
    "text_mean": N_("mean of the texts"),
    "gap_vector": N_("gap vector"),
    "image_image": N_("image–image"),
    "text_text": N_("text–text"),
    "matched": N_("matched pairs"),
    "unmatched": N_("unmatched pairs"),
    "cosine": N_("cosine"),
    "share": N_("share of pairs"),
    "step": N_("step of the descent"),
    "loss": N_("loss"),
    "total": N_("total"),
    "term": N_("term"),
    "weight": N_("weight"),
    "value": N_("value"),
    "metric": N_("metric"),
    "shift": N_("shift λ of both means"),
    "as_it_is": N_("as it is"),
    "closed": N_("closed"),
    "play": N_("Play"),
    "pause": N_("Pause"),
    "copied": N_("The address is copied."),
    "scene": N_("{n} images and {n} texts on the sphere; gap {gap}, angle between the means {angle}°"),
    "projected": N_("{dim} dimensions, projected on the plane of the centres and a third axis"),
    "descending": N_("step {step} of {last}"),
    "drag": N_("Drag, or press the arrow keys, to rotate."),
    "printed": N_("printed"),
    "this_draw": N_("this draw"),
    "measured": N_("measured ± sd"),
    "reproduced": N_("reproduced?"),
    "yes": N_("yes"),
    "no": N_("no"),
    "quantity": N_("quantity"),
    "row": N_("the row of this table, with {seeds} draws"),
    "no_row": N_("No row of this table lies beside the folder where this was started. This measures it:"),
    "none": N_("none"),
    "replaced": REPLACED,
    "replaced_why": REPLACED_WHY,
    "unreachable": N_("The server does not answer; is it still running?"),
}


def setup(language: str, folder: Path) -> dict[str, Any]:
    """Return what the scripts need to know.

    ``presets`` are ``{"id", "table", "label", "query", "columns", "seeds", "command", "row"}``; the row is the address
    of the published one or None. Each column says where this draw's figure stands in a reading: ``{"name", "label",
    "kind": "metric" or "term", "of", "printed", "mean", "sd", "reproduced", "discrepancy"}``, the last four None
    without a row.

    Args:
        language: of the words.
        folder: beside whose ``reports`` published rows lie.
    """
    return {
        "language": language,
        "texts": {name: translated(text, language) for name, text in TEXTS.items()},
        "metrics": {name: _metric_words(name, language) for name in METRICS},
        "terms": [{"name": name, "option": OPTIONS.get(name)} for name in terms()],
        "seven": list(SEVEN),
        "left_out": {name: translated(why, language) for name, why in LEFT_OUT.items()},
        "presets": _presets(language, folder),
        "stories": [{"query": one.state.query(), "words": translated(one.words, language)} for one in STORIES],
        "defaults": asdict(PlaygroundState()),
        "limits": {name: list(limits) for name, limits in LIMITS.items()},
    }


def terms() -> list[str]:
    """Return the terms that have a slider: those of the seven losses, and those of other packages."""
    return [*TERMS, *(name for name in registry if registry.distribution(name))]


def _metric_words(name: str, language: str) -> str:
    return translated(METRIC_WORDS[name], language) if name in METRIC_WORDS else label(name, language)


def _presets(language: str, folder: Path) -> list[dict[str, Any]]:
    cells = {
        (c["table"], c["row"], c["column"]): c for p in presets().values() for c in published_cells(p.table, folder)
    }
    found = []
    for name, preset in presets().items():
        columns = []
        for column, text in preset.figures.items():
            kind, of = COLUMNS[column]
            cell = cells.get((preset.table, preset.row, column))
            told: dict[str, Any] = {"mean": None, "sd": None, "reproduced": None, "discrepancy": None}
            if cell is not None:
                told = {key: value for key, value in cell.items() if key in told}
                told["discrepancy"] = translated(cell["discrepancy"], language) if cell["discrepancy"] else None
            columns.append(
                {"name": column, "label": label(column, language), "kind": kind, "of": of, "printed": text, **told}
            )
        seeds = [c["seeds"] for c in cells.values() if c["table"] == preset.table]
        found.append(
            {
                "id": name,
                "table": preset.table,
                "label": row_words(preset, language),
                "query": preset.state.query(),
                "columns": columns,
                "seeds": seeds[0] if seeds else None,
                "command": command_of(preset.table),
                "row": f"/playground/rows/{preset.table}" if published_row(preset.table, folder) else None,
            }
        )
    return found


def row_words(preset: Preset, language: str) -> str:
    """Return what a printed row is called.

    >>> row_words(presets()["5.2/theta_deg=90"], "en")
    'table 5.2, θ = 90°'
    """
    name, _, value = preset.row.partition("=")
    varied = f"θ = {value}°" if name == "theta_deg" else f"κ = {value}"
    return translated("table {table}, {row}", language, table=preset.table, row=varied)
