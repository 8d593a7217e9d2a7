"""Which array of a file holds image vectors, which text vectors, which the owner of each text: told by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Pairs of names (images, texts) that are looked for first, in this order.
NAMES = (("images", "texts"), ("image", "text"), ("image_embeds", "text_embeds"), ("x", "y"))

#: A word for a modality, alone or grown together with a word for vectors: ``img``, ``imgfeats``, ``TextEmbeddings``.
_MODALITIES = {
    "image": r"images?|imgs?|imagen|imagenes|visions?|visuals?|vis|pictures?|pics?|photos?|pictograms?|pixels?|x",
    "text": r"texts?|textual|txts?|textos?|captions?|caps?|sentences?|prompts?|descriptions?|phrases?|language|lang|y",
}
_VECTORS = (
    r"embed|embeds|embs?|embeddings?|embedded|feats?|features?|vecs?|vectors?|vectores|encodings?|encoded|latents?"
    r"|reprs?|representations?|projs?|projections?|projected|outputs?|arrays?|matrix|rows?|data"
)
_WORDS = {side: re.compile(rf"({words})({_VECTORS})?|({_VECTORS})({words})") for side, words in _MODALITIES.items()}
_OWNER = re.compile(
    r"((text|txt|caption|cap|image|img)s?_)?owners?(_(index|indices|idx|rows?|images?|of_texts?))?"
    r"|(text|txt|caption|cap)s?(_to|_2|2)?_?(image|img)s?(_index|_idx|_row)?"
    r"|(image|img)_(index|idx|rows?|of_(text|txt|caption)s?)"
)


def pair_of(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the names of image and text vectors among ``names``; None where none, or more than one pair, could be
    meant.

    A name of `NAMES` first. Otherwise two names belong together that differ by nothing but the word for the modality.

    >>> pair_of(["ids", "image_features", "text_features"])
    ('image_features', 'text_features')
    >>> pair_of(["train_img_emb", "train_txt_emb", "test_img_emb", "test_txt_emb"]) is None
    True
    """
    known = list(names)
    plain = {_plain(name): name for name in reversed(known)}
    for images, texts in NAMES:
        if images in plain and texts in plain:
            return plain[images], plain[texts]
    sides = {side: {name: _rest(name, side) for name in known if modality(name) == side} for side in _MODALITIES}
    pairs = [(i, t) for i, rest in sides["image"].items() for t, other in sides["text"].items() if rest == other]
    if not pairs and all(len(side) == 1 for side in sides.values()):
        pairs = [(next(iter(sides["image"])), next(iter(sides["text"])))]
    return pairs[0] if len(pairs) == 1 else None


def modality(name: str) -> str | None:
    """Return ``"image"`` or ``"text"`` where a word of ``name`` says so, and none the other; else None.

    >>> modality("imgFeats"), modality("text_embeds"), modality("text_to_image"), modality("ids")
    ('image', 'text', None, None)
    """
    found = {side for side in _MODALITIES for word in _words(name) if _WORDS[side].fullmatch(word)}
    return found.pop() if len(found) == 1 else None


def owner_of(arrays: Mapping[str, object]) -> str | None:
    """Return the name of the array that says which image each text belongs to: ``owner``, ``text_to_image`` and their
    like."""
    return next((name for name in arrays if _OWNER.fullmatch("_".join(_words(name)))), None)


def _rest(name: str, side: str) -> tuple[str, ...]:
    """The words of a name without the modality's; the words for vectors all count as one."""
    rest = (word for word in _words(name) if not _WORDS[side].fullmatch(word))
    return tuple(word for word in rest if not re.fullmatch(_VECTORS, word))


def _plain(name: str) -> str:
    return "_".join(_words(name))


def _words(name: str) -> list[str]:
    """``imageEmbeds.L2`` is image, embeds, l2."""
    return re.findall(r"[a-z]+\d*|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
