"""The grid: cells, the axes they are made of, and the profiles that say which of them run when nobody names any.

The standard library only: the pytest plugin imports this in every session of the environment.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmgap.core.identity import checked_version
from mmgap.rows.cell import AS_IS, AXES, INITIAL, LOSSES, Cell
from mmgap.rows.row import slug


@dataclass(frozen=True)
class Study:
    """Encoders and the data sets on which they run unasked.

    Attributes:
        encoders: of experiments that measure.
        trained: encoders of experiments that train, those with a loss.
        datasets: where they run; of `Profile.elsewhere` none, since each has to be named.
        losses: that are trained with.
        seeds: trainings of each; what is measured without training is measured once.
        experiments: the only ones that run unless their file is named; none stand for all.
        on_gpu: the encoders among them that are left out on the CPU, where an image takes them a second.
    """

    encoders: tuple[str, ...]
    trained: tuple[str, ...]
    datasets: tuple[str, ...] = ()
    losses: tuple[str, ...] = (INITIAL, *LOSSES)
    seeds: int = 1
    experiments: tuple[str, ...] = ()
    on_gpu: tuple[str, ...] = ()

    def brings(self, cell: Cell) -> bool:
        """Return whether naming its data set, which no study has, brought a cell's encoder along."""
        return cell.dataset is not None and not self.datasets and cell.encoder in (*self.encoders, *self.trained)


@dataclass(frozen=True)
class Profile:
    """What runs when nobody names it.

    Attributes:
        studies: each with data sets of its own.
        elsewhere: what runs on a data set that is named and that no study has.
    """

    studies: tuple[Study, ...]
    elsewhere: Study

    def study(self, dataset: str | None) -> Study:
        """Return what runs on a data set; without one, the first."""
        if dataset is None:
            return self.studies[0]
        return next((study for study in self.studies if dataset in study.datasets), self.elsewhere)

    def seeds(self, encoder: str | None, dataset: str | None, loss: str | None) -> int:
        """Return how many trainings there are of an encoder on a data set."""
        study = self.study(dataset)
        return study.seeds if loss is not None and encoder in study.trained else 1


def known() -> dict[str, tuple[str | None, ...]]:
    """Return axis → all values that are shown, run or not, as the registries have them; options replace them."""
    from mmgap import adapters, datasets, encoders, losses, spaces

    return {
        "encoder": tuple(encoders.registry.specs()),
        "dataset": tuple(datasets.registry.specs()),
        "space": (None, *spaces.registry.specs()),
        "adapter": tuple(adapters.registry.specs()),
        "loss": (INITIAL, *losses.registry.specs()),
    }


#: An image model and text models that pip brings, joined by nothing that was trained and by what fits on train pairs.
PIP = tuple(
    f"two-towers:efficientnet-lite2,{text},{joined}" for text in ("e5", "minilm") for joined in ("random", "cca")
)
#: The one whose heads are trained: its texts are of many languages.
PIP_HEADS = "two-towers:efficientnet-lite2,e5,random"
#: What glyphs run unasked: minutes, not more; Spanish is trained on pictures.
_SOON = ("measure", "spaces", "train")
_GLYPHS = Study(("tiny-random", "tiny"), ("tiny",), ("glyphs-en", "glyphs-es"))

PROFILES = {
    "smoke": Profile(
        (replace(_GLYPHS, encoders=("tiny-random",), datasets=("glyphs-en",), losses=(INITIAL, "ce")),),
        elsewhere=Study(("tiny-random",), ()),
    ),
    "default": Profile(
        (
            replace(_GLYPHS, datasets=("glyphs-en",), experiments=_SOON),
            replace(_GLYPHS, trained=(), datasets=("glyphs-es",), experiments=_SOON),
            Study(PIP, (PIP_HEADS,), ("openmoji-en", "openmoji-es"), seeds=3, experiments=("measure", "train")),
        ),
        elsewhere=Study(
            ("clip-vit-b-32", "clip-vit-l-14", *PIP),
            (PIP_HEADS,),
            seeds=3,
            experiments=("measure", "train"),
            on_gpu=("clip-vit-l-14",),
        ),
    ),
    "thesis": Profile(
        (Study(("clip-vit-l-14",), ("clip-vit-l-14",), ("coco", "arasaac-en", "arasaac-es")),),
        elsewhere=Study(("clip-vit-l-14",), ()),
    ),
}


class Protocol:
    """What an experiment declares in its marker.

    Args:
        name: of the experiment.
        version: of an experiment that ships with mmgap: raise it when its results change. Without one the hash of the
            file that it is written in counts, as for every experiment of one's own; whoever gives one answers for it.
        axes: which of `AXES` it varies.
        variants: what else distinguishes its cells.
        seeded: whether its cells are repeated over seeds.
        unasked: False for one that runs only when its file is given or a word of ``-k`` is part of the file's name.
        spaces: the spaces that run unasked, of one that sets spaces against each other: it shows every space at each of
            its strengths (`mmgap.spaces.ladders`). Of others the vectors as they are run unasked.
        adapters: the adapters that run unasked, of one that classifies.
        losses: the losses that run unasked, where these are fewer than the profile's.
        constants: everything else of the protocol that changes a result (split, pool, tie rule …): part of the key.
    """

    def __init__(
        self,
        name: str,
        *,
        version: int | None = None,
        axes: Sequence[str] = (),
        variants: Iterable[Mapping[str, Any]] = ({},),
        seeded: bool = True,
        unasked: bool = True,
        spaces: Sequence[str] = (),
        adapters: Sequence[str] = (),
        losses: Sequence[str] = (),
        **constants: Any,
    ) -> None:
        if unknown := set(axes) - set(AXES):
            raise ValueError(f"experiment {name!r}: unknown axes {sorted(unknown)}; there are {', '.join(AXES)}")
        self.name, self.version = name, checked_version(version)
        self.axes, self.variants = tuple(axes), list(variants)
        self.seeded, self.unasked, self.constants = seeded, unasked, constants
        self.spaces, self.adapters, self.losses = tuple(spaces), tuple(adapters), tuple(losses)

    @property
    def listed(self) -> dict[str, tuple[str, ...]]:
        """Axis → the values that run unasked, where the experiment says so instead of the profile."""
        own = {"space": self.spaces, "adapter": self.adapters, "loss": self.losses}
        return {axis: values for axis, values in own.items() if values}

    def cells(
        self,
        asked: Mapping[str, Sequence[str]],
        seeds: Callable[[str | None, str | None, str | None], int],
        common: Mapping[str, Any] | None = None,
        recipe: Mapping[str, Any] | None = None,
    ) -> list[Cell]:
        """The grid of the experiment, in a stable order.

        Where something is trained the space axis has only what was asked for: every training in every space would be
        thousands of cells.

        Args:
            asked: axis → values given on the command line, which replace the known ones.
            seeds: (encoder, dataset, loss) → n; there are cells with seed 0 … n − 1, where it is seeded.
            common: what every cell with a dataset shares of its variant: caption policy, prompt, image size …
            recipe: what every cell with a loss shares of its variant: how it is trained, where that is not the usual.
        """
        shown = known() if self.axes else {}
        if "loss" in self.axes:
            shown["space"] = (None,)
        if self.spaces:
            shown["space"] = (None, *dict.fromkeys((*self.spaces, *every_strength())))
        values = [tuple(asked.get(axis) or shown[axis]) if axis in self.axes else (None,) for axis in AXES]
        shared = dict(common or {"captions": "first"}) if "dataset" in self.axes else {}
        if self.constants.get("images") == "original":  # no option changes what the encoder's processor does
            shared = {name: value for name, value in shared.items() if name not in ("image_size", "resize")}
        if "loss" in self.axes:
            shared |= recipe or {}
        variants = [tuple(sorted({**shared, **variant}.items())) for variant in self.variants]
        found = [
            Cell(
                self.name,
                encoder_for(encoder, dataset),
                dataset,
                loss,
                seed,
                variant,
                None if space == AS_IS else space,
                adapter,
            )
            for encoder, dataset, space, adapter, loss in itertools.product(*values)
            for variant in variants
            for seed in range(seeds(encoder, dataset, loss) if self.seeded else 1)
        ]
        return list(dict.fromkeys(found))


def every_strength() -> tuple[str, ...]:
    """Return every space at each of its strengths."""
    from mmgap import spaces

    return spaces.ladders()


def every_adapter() -> list[str]:
    """Return every adapter, the baseline first."""
    from mmgap import adapters

    return adapters.registry.specs()


def encoder_for(encoder: str | None, dataset: str | None) -> str | None:
    """A dataset of saved vectors has been encoded already: whatever the axis says, its encoder is ``vectors``."""
    return "vectors" if encoder is not None and dataset is not None and dataset.startswith("vectors:") else encoder


def named_by(keyword: str, markexpr: str) -> tuple[set[str], dict[str, set[str]]]:
    """What ``-k`` and ``-m`` call by name: words for `names`, and the axis values in ``cell(…)`` expressions."""
    words = {word.lower() for word in re.findall(r"[\w.:+-]+", keyword)} - {"and", "or", "not"}
    marks: dict[str, set[str]] = {}
    for call in re.findall(r"cell\(([^)]*)\)", markexpr):
        for name, value in re.findall(r"(\w+)\s*=\s*[\"']([^\"']*)[\"']", call):
            marks.setdefault(name, set()).add(value)
    return words, marks


def outside(
    cell: Cell,
    profile_name: str,
    asked: Mapping[str, Sequence[str]],
    words: Iterable[str] = (),
    marks: Mapping[str, set[str]] | None = None,
    of_experiment: Mapping[str, Sequence[str]] | None = None,
) -> str | None:
    """Why a cell does not run unasked; None where it runs.

    An axis is in scope when its experiment or else the profile lists its value, or the user named it.
    """
    listed = {**_listed(cell, profile_name), **(of_experiment or {})}
    words, marks = set(words), marks or {}
    for axis in AXES:
        value = getattr(cell, axis)
        if value is None:
            if asked.get(axis) and AS_IS not in asked[axis]:
                return f"{cell.experiment} has no {axis} axis"
            continue
        if value not in listed[axis] and not names(axis, value, asked, words, marks):
            return f"outside profile {profile_name!r}"
    return None


def names(
    axis: str, value: str, asked: Mapping[str, Sequence[str]], words: Iterable[str], marks: Mapping[str, set[str]]
) -> bool:
    """Whether the user named a value: by its option, a word of ``-k``, or ``-m 'cell(dataset="…")'``."""
    return value in asked.get(axis, ()) or value in marks.get(axis, ()) or any(word in slug(value) for word in words)


def _listed(cell: Cell, profile_name: str) -> dict[str, tuple[str, ...]]:
    """Axis → the values with which a cell of its kind runs unasked."""
    study = PROFILES[profile_name].study(cell.dataset)
    measured = (*study.encoders, "vectors") if cell.loss is None else study.trained
    return {"encoder": measured, "dataset": study.datasets, "space": (), "adapter": (), "loss": study.losses}


def trains_unasked(cell: Cell, profile_name: str) -> bool:
    """Whether naming a data set, or nothing, is enough to run a cell that trains: it is for what its study trains."""
    return cell.loss is None or cell.encoder in PROFILES[profile_name].study(cell.dataset).trained


def in_study(cell: Cell, profile_name: str) -> bool:
    """Whether the experiment of a cell is one that its study runs without being told which; saved vectors have all."""
    experiments = PROFILES[profile_name].study(cell.dataset).experiments
    return not experiments or cell.encoder in (None, "vectors") or cell.experiment in experiments


def to_name(cell: Cell, profile_name: str, asked: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return axis → value of what a command has to name to run a cell: what was named, and what is not listed."""
    listed = _listed(cell, profile_name)
    values = {axis: getattr(cell, axis) for axis in AXES}
    return {a: v for a, v in values.items() if v is not None and (asked.get(a) or v not in listed[a])}
