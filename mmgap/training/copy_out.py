"""A finished training as a folder of one's own: there as a whole or not at all, and never in another one's place."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

from mmgap.core.atomic import require_folder_place, require_writable, whole_folder
from mmgap.core.cache import canonical_json
from mmgap.core.integrity import CacheWarning
from mmgap.encoders import Encoder, EncoderError
from mmgap.training import artifact
from mmgap.training.artifact_writer import written
from mmgap.training.base_identity import content_of, spec_of
from mmgap.training.data_splits import Splits
from mmgap.training.recipe import Recipe, TrainingError


def require_place(out: Path) -> None:
    """Find out before any work whether ``out`` can be written; where a trained encoder is, it may not have to be.

    Raises:
        OSError, TrainingError: it cannot.
    """
    if artifact.finished(out):
        return
    require_folder_place(out.absolute().parent)
    try:
        require_writable(out.resolve().parent)
    except OSError as error:
        raise TrainingError(f"{error}. Name another --out: nothing was trained yet") from error


def there_already(out: Path, training: Path, encoder: Encoder, splits: Splits, recipe: Recipe) -> bool:
    """Whether ``out`` holds this very training, sound; a damaged one is named in a `CacheWarning`.

    Args:
        out: where the trained encoder is wanted.
        training: its folder in the cache, whose name is the training's digest.
        encoder, splits, recipe: what is trained on what, and how.

    Raises:
        FileExistsError: something else is there.
    """
    if not out.is_file() and not (out.is_dir() and any(out.iterdir())):
        return False
    _refuse_another(out, training.name, encoder, splits, recipe)
    if (damage := artifact.damage(out)) is not None:
        warnings.warn(f"{out} is damaged, and written again: {damage}", CacheWarning, stacklevel=2)
    return damage is None


def copy_out(training: Path, out: Path) -> Path:
    """Copy a training of the cache to ``out``; what was there is replaced.

    Raises:
        TrainingError: it could not be written; the training is kept.
    """
    try:
        with whole_folder(out) as temporary:
            for name in (artifact.ABOUT, *written(training)):
                (temporary / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(training / name, temporary / name)
            artifact.check(temporary)
    except OSError as error:
        raise TrainingError(
            f"the trained encoder could not be written to {out} ({error.strerror or error}); it is kept in {training}."
            " Make room, or name another --out, and call again: nothing is trained twice"
        ) from error
    return out


def _refuse_another(out: Path, digest: str, encoder: Encoder, splits: Splits, recipe: Recipe) -> None:
    """Raise `FileExistsError` where the description in ``out`` is not that of a training; format 1 says no digest."""
    cure = "name another --out, or remove it"
    if not artifact.finished(out):
        raise FileExistsError(f"{out} is there already and holds no trained encoder: {cure}")
    try:
        found = artifact.about(out)
    except EncoderError as error:
        raise FileExistsError(f"{out} is there already, and what it holds is not known: {error}; {cure}") from error
    wanted = {"base": spec_of(encoder), "content": content_of(encoder), "recipe": recipe.to_dict()}
    wanted |= {"data": splits.fingerprint()}
    known = {name: getattr(found, name) for name in wanted}
    if found.training not in ("", digest) or canonical_json(known) != canonical_json(wanted):
        raise FileExistsError(
            f"{out} is there already, trained on other data or by another recipe ({found.base}, {found.epochs} epochs"
            f" of {found.recipe.get('loss')}): {cure}"
        )
