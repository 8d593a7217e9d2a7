"""A library's error on the way to vectors: a line that names the encoder, or the machine's own trouble."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mmgap.core.failures import is_memory
from mmgap.core.messages import reason
from mmgap.encoders.base import EncoderError

#: Words of an error → the cure that its own message lacks.
_CURES = {
    r"trust_remote_code|custom code": "It wants to run code of its own, which is never done here: take a model that"
    " the library itself knows",
    r"model type|model_type|Unrecognized model|architecture": "Its config.json names no model that this release of"
    " transformers knows",
    r"valid JSON|JSONDecode|Expecting|delimiter": "A file of it is damaged: bring it again",
    r"index out of range|out of bounds": "Its tokenizer gives numbers or lengths that the model has no room for: the"
    " tokenizer is another model's",
    r"size of the tensor|must match|mat1 and mat2|doesn't match": "Its processor or tokenizer was made for another"
    " model",
    r"padding token": "Its tokenizer has no padding token: save one with it",
    r"input_ids|inputs_embeds|pixel_values|Modality|modality": "It is a model of another modality",
}


@contextmanager
def explained(name: str, what: str) -> Iterator[None]:
    """Let whatever a library raises become an `EncoderError` of one line; memory that ran out stays what it is.

    Args:
        name: of the encoder.
        what: what cannot be done, ``"its images cannot be encoded"``.
    """
    try:
        yield
    except Exception as error:
        own = type(error).__module__.partition(".")[0] == "mmgap"  # these say it in a line already
        if own or is_memory(error):
            raise
        cure = next((told for words, told in _CURES.items() if re.search(words, f"{type(error).__name__} {error}")), "")
        raise EncoderError(f"{name}: {what} ({reason(error)}). {cure}".rstrip(" .") + ("." if cure else "")) from error
