"""From a folder to a model and what feeds it: safetensors only, no code of others, nothing invented, quiet."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmgap.core.messages import listed, quoted, reason
from mmgap.encoders.base import EncoderError
from mmgap.encoders.explained_errors import explained
from mmgap.encoders.model_options import Options

#: What every loader of transformers is told: what is here, and no code from it; none asks on the terminal then.
_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}

#: Files that a tokenizer may be made of, for messages.
_VOCABULARIES = "tokenizer.json, or vocab.txt, vocab.json with merges.txt, or a SentencePiece *.model"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' load reports and bars off the terminal; what matters in them is checked by `load_model`."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def load_model(folder: Path, options: Options, name: str) -> Any:
    """Return the `AutoModel` of ``folder``, without the head of a task.

    Raises:
        EncoderError: the folder lacks weights that the model needs (they would be random), or cannot be read.
    """
    from transformers import AutoModel

    require_whole(folder, name)
    with explained(name, f"{quoted(folder)} cannot be loaded"), quiet():
        model, report = AutoModel.from_pretrained(
            folder, dtype=options.torch_dtype(), use_safetensors=True, output_loading_info=True, **_LOCAL
        )
    absent = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
    require_all(absent, folder, type(model).__name__, name)
    return model


def load_image_processor(folder: Path, name: str) -> Any:
    """Return the image processor of ``folder`` on PIL, so that a vector does not depend on torchvision being there.

    Raises:
        EncoderError: the folder has none, or it cannot be read.
    """
    from transformers import AutoImageProcessor

    if not any((folder / file).is_file() for file in ("preprocessor_config.json", "processor_config.json")):
        raise EncoderError(
            f"{name}: {quoted(folder)} has no preprocessor_config.json, so nothing says how its pictures are resized:"
            " bring that file, or save the model's image processor into the folder (save_pretrained)"
        )
    with explained(name, f"the image processor of {quoted(folder)} cannot be loaded"), quiet():
        return AutoImageProcessor.from_pretrained(folder, backend="pil", **_LOCAL)


def load_tokenizer(folder: Path, name: str) -> Any:
    """Return the tokenizer of ``folder``.

    Raises:
        EncoderError: the folder lacks files of it, which transformers would make up, or it cannot be read.
    """
    from transformers import AutoTokenizer

    with tokenizer_at(folder, name), explained(name, f"the tokenizer of {quoted(folder)} cannot be loaded"), quiet():
        tokenizer = AutoTokenizer.from_pretrained(folder, **_LOCAL)
    require_vocabulary(tokenizer, folder, name)
    return tokenizer


@contextlib.contextmanager
def tokenizer_at(folder: Path, name: str) -> Iterator[None]:
    """Let an error on the way to a tokenizer say so where there is no file that it could be made of."""
    try:
        yield
    except EncoderError as error:
        there = {file.name for file in _vocabularies(folder)}
        if not there - {"vocab.json", "merges.txt"} and not there >= {"vocab.json", "merges.txt"}:
            raise _no_tokenizer(folder, name) from error
        raise


def require_vocabulary(tokenizer: Any, folder: Path, name: str) -> None:
    """Raise `EncoderError` where a tokenizer was made without its vocabulary: all texts would be the same to it."""
    wanted = dict(getattr(type(tokenizer), "vocab_files_names", None) or {})
    whole = wanted.pop("tokenizer_file", "tokenizer.json")
    there = {file.name for file in _vocabularies(folder)}
    if whole in there or any(file.startswith("tokenizer.") and file.endswith(".json") for file in there):
        return
    if wanted and not there.issuperset(wanted.values()):
        raise _no_tokenizer(folder, name, sorted(set(wanted.values()) - there))


def require_whole(folder: Path, name: str) -> None:
    """Raise `EncoderError` for a file of weights that is cut short, or no more than the pointer of Git LFS."""
    from safetensors import safe_open

    for file in sorted(folder.rglob("*.safetensors")):
        with file.open("rb") as stream:
            pointer = stream.read(64).startswith(b"version https://git-lfs")
        if pointer:
            raise EncoderError(
                f"{name}: {quoted(file)} is the pointer of Git LFS, not the weights: git lfs pull brings them"
            )
        try:
            with safe_open(file, framework="np"):
                pass
        except Exception as error:  # the file's fault, whatever its reader calls it
            raise EncoderError(
                f"{name}: {quoted(file)} is damaged or cut short ({reason(error)}): bring it again"
            ) from error


def require_all(absent: list[str], folder: Path, model: str, name: str) -> None:
    """Raise `EncoderError` where weights are absent."""
    if absent:
        raise EncoderError(
            f"{name}: {quoted(folder)} has no weights for {listed(absent, 3)} ({len(absent)} in all) of {model}; they"
            " would be random. Take a folder that was saved from that class"
        )


def require_pixels_alone(forward: Any, processor: Any, name: str) -> None:
    """Raise `EncoderError` for a model that reads more of a picture than its pixels, as NaFlex models do."""
    given = set(getattr(processor, "model_input_names", ())) - {"pixel_values", "pixel_mask"}
    more = sorted(given.intersection(inspect.signature(forward).parameters))
    if more:
        raise EncoderError(
            f"{name} reads {' and '.join(more)} besides pixels (patches of pictures of any shape, NaFlex), which is not"
            " supported: take the model of a fixed size, as google/siglip2-base-patch16-224"
        )


def text_positions(model: Any) -> int | None:
    """Return how many tokens the text side of a model has positions for; None where it counts them by no table."""
    text = getattr(model, "text_model", model)
    found = []
    for name, module in text.named_modules():
        table = re.search(r"(^|\.)(position_embeddings?|embed_positions|wpe)$", name)
        if table and "vision" not in name and hasattr(module, "num_embeddings"):
            first = getattr(module, "padding_idx", None)  # of RoBERTa: counted from behind the one of the padding
            found.append(module.num_embeddings - (getattr(module, "offset", 0) if first is None else first + 1))
    return min(found, default=None)


def _vocabularies(folder: Path) -> list[Path]:
    """What might be a vocabulary."""
    known = re.compile(r"tokenizer\.(.*\.)?json|vocab.*|merges\.txt|.*\.model|tekken\.json|source\.spm|target\.spm")
    return [file for file in folder.rglob("*") if known.fullmatch(file.name) and file.is_file()]


def _no_tokenizer(folder: Path, name: str, lacking: list[str] | None = None) -> EncoderError:
    files = f" ({', '.join(lacking)})" if lacking else ""
    return EncoderError(
        f"{name}: {quoted(folder)} lacks the files of its tokenizer{files}, without which all texts are the same to it:"
        f" bring {_VOCABULARIES}, or save the tokenizer into the folder (save_pretrained)"
    )
