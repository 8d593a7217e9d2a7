"""A tokenizer that needs no vocabulary file: one token per UTF-8 byte, between a start and an end token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

#: Special tokens and their ids, behind the 256 bytes.
START, END, PAD = 256, 257, 258
VOCABULARY = 259


def byte_tokenizer(length: int = 77) -> PreTrainedTokenizerFast:
    """Return a tokenizer of transformers over bytes: any text in any script, nothing unknown; fits CLIP's text model.

    Args:
        length: tokens a text may have, start and end counted.

    >>> byte_tokenizer()("ñ")["input_ids"]
    [256, 195, 177, 257]
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {letter: byte for byte, letter in enumerate(_byte_letters())}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = ("<|start|>", "<|end|>", "<|pad|>")
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names[0]} $A {names[1]}", special_tokens=[(names[0], START), (names[1], END)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=names[0],
        eos_token=names[1],
        pad_token=names[2],
        model_max_length=length,
        model_input_names=["input_ids", "attention_mask"],
    )


def _byte_letters() -> list[str]:
    """The printable letter that byte-level tokenizers write for each of the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]
