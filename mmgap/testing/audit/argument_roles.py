"""What a parameter of a foreign function stands for, and what it gets of a problem."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from mmgap.core.messages import N_
from mmgap.testing.audit.problem import Problem

#: Places that are asked for where a function takes several at once.
SEVERAL = (1, 5, 10)


def _texts_of_images(problem: Problem) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in problem.relevance]


def _rank(problem: Problem) -> np.ndarray:
    own = np.where(problem.relevance, problem.scores, -np.inf).max(axis=1)
    return np.asarray((problem.scores > own[:, None]).sum(axis=1))


def _group_labels(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Labels of rows and columns that are equal exactly where they belong together, where there are such."""
    names: dict[bytes, int] = {}
    rows = np.array([names.setdefault(row.tobytes(), len(names)) for row in problem.relevance])
    return rows, rows[problem.own]


def _shape_of_output(problem: Problem) -> tuple[np.ndarray, ...]:
    return problem.scores, problem.scores.T, problem.texts, problem.images


#: Role → its words, and what of a problem it is. Arrays are handed on in the container that the function takes.
ROLES: dict[str, tuple[str, Callable[[Problem], Any]]] = {
    "images": (N_("image vectors"), lambda problem: problem.images),
    "texts": (N_("text vectors"), lambda problem: problem.texts),
    "scores": (N_("similarity matrix, images × texts"), lambda problem: problem.scores),
    "turned scores": (N_("similarity matrix, texts × images"), lambda problem: problem.scores.T),
    "gram": (N_("similarities of the images with each other"), lambda problem: _gram(problem.images)),
    "distances": (N_("distance matrix, images × texts"), lambda problem: 1 - problem.scores),
    "turned distances": (N_("distance matrix, texts × images"), lambda problem: 1 - problem.scores.T),
    "relevance": (N_("matrix of what is relevant"), lambda problem: problem.relevance.astype(np.int64)),
    "turned relevance": (
        N_("matrix of what is relevant, texts × images"),
        lambda problem: problem.relevance.T.astype(np.int64),
    ),
    "owner": (N_("the image of each text"), lambda problem: problem.own),
    "targets": (N_("the right column of each row"), lambda problem: problem.targets),
    "texts of images": (N_("lists of the texts of each image"), _texts_of_images),
    "row labels": (N_("labels of the images"), lambda problem: _group_labels(problem)[0]),
    "column labels": (N_("labels of the texts"), lambda problem: _group_labels(problem)[1]),
    "ranks from 0": (N_("rank of each query's own item, from 0"), _rank),
    "ranks from 1": (N_("rank of each query's own item, from 1"), lambda problem: _rank(problem) + 1),
    "order": (
        N_("columns of each row by falling score"),
        lambda problem: np.argsort(-problem.scores, axis=1, kind="stable"),
    ),
    "captions": (N_("texts of an image"), lambda problem: problem.captions or 1),
    "count": (N_("number of images"), lambda problem: len(problem.images)),
    "several places": (N_("places 1, 5 and 10"), lambda _problem: list(SEVERAL)),
    "batch": (N_("size of a batch"), lambda _problem: 4),
    "device": (N_("device"), lambda _problem: "cpu"),
    "two": (N_("the number 2"), lambda _problem: 2.0),
    "hundred": (N_("the number 100"), lambda _problem: 100.0),
    "one": (N_("the number 1"), lambda _problem: 1.0),
    "query scores": (N_("scores of one query"), lambda problem: problem.scores[0]),
    "query relevance": (N_("what is relevant to one query"), lambda problem: problem.relevance[0].astype(np.int64)),
    "ranked relevance": (
        N_("what is relevant at each place of one query's ranking"),
        lambda problem: problem.relevance[0][np.argsort(-problem.scores[0], kind="stable")].astype(np.int64),
    ),
    "ranked items": (
        N_("items of one query by falling score"),
        lambda problem: np.argsort(-problem.scores[0], kind="stable"),
    ),
    "relevant items": (
        N_("items that are relevant to one query"),
        lambda problem: np.flatnonzero(problem.relevance[0]),
    ),
    "flat scores": (N_("scores of all queries in a row"), lambda problem: problem.scores.ravel()),
    "flat relevance": (N_("what is relevant, of all queries in a row"), lambda problem: problem.relevance.ravel()),
    "flat queries": (
        N_("the query of each score"),
        lambda problem: np.repeat(np.arange(len(problem.images)), len(problem.texts)),
    ),
    "qrels": (N_("relevant documents by query"), lambda problem: _by_query(problem, problem.relevance)),
    "results": (N_("scores of documents by query"), lambda problem: _by_query(problem, None)),
    "logits with labels": (
        N_("predictions: logits, label_ids: the right column"),
        lambda problem: (problem.scores, problem.targets),
    ),
    "vectors with labels": (
        N_("predictions: both vectors, label_ids: the image of each text"),
        lambda problem: ((problem.images, problem.texts), problem.own),
    ),
    "output with labels": (
        N_("predictions: logits both ways and both vectors, label_ids: the right column"),
        lambda problem: (_shape_of_output(problem), problem.targets),
    ),
}

#: Roles of one query: the function is called for each and its values are averaged.
OF_A_QUERY = frozenset({"query scores", "query relevance", "ranked relevance", "ranked items", "relevant items"})

#: What tells a function that images have several texts, or queries several relevant items.
TELLS_OWNERS = frozenset({"owner", "texts of images", "row labels", "column labels"})
TELLS_RELEVANCE = frozenset(
    {"relevance", "turned relevance", "texts of images", "query relevance", "ranked relevance", "relevant items"}
    | {"flat relevance", "qrels"}
)
TELLS_CLASSES = frozenset({"targets", "logits with labels"})


def _gram(images: np.ndarray) -> np.ndarray:
    return np.asarray(images @ images.T)


def _by_query(problem: Problem, relevance: np.ndarray | None) -> dict[str, dict[str, Any]]:
    """As trec_eval, BEIR and mteb have them."""
    found: dict[str, dict[str, Any]] = {}
    for row in range(len(problem.images)):
        columns = range(len(problem.texts)) if relevance is None else np.flatnonzero(relevance[row])
        values = (float(problem.scores[row, column]) if relevance is None else 1 for column in columns)
        found[f"q{row}"] = {f"d{column}": value for column, value in zip(columns, values, strict=True)}
    return found


#: What names look like → the roles they may have, likeliest first; the first line that fits decides.
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^(k|top_?k|at_?k|cutoff|n_?top)$", ("k",)),
    (r"^(ks|k_?s|topks?|top_?ks|k_values|k_vals|k_list|recall_ks|at_ks|cutoffs)$", ("several places", "k")),
    (r"eval_?pred|^p$|evalprediction", ("logits with labels", "vectors with labels", "output with labels")),
    (r"^flat_scores$", ("flat scores",)),
    (r"^flat_relevance$", ("flat relevance",)),
    (r"^flat_queries$", ("flat queries",)),
    (r"qrels|relevant_docs", ("qrels",)),
    (r"^results?$|^run$", ("results", "scores")),
    (r"device", ("device",)),
    (r"batch|^bs$|chunk|block_?size|step", ("batch",)),
    (r"(score|sim|logit|dist)\w*(t2i|txt|text|t_?2_?i)", ("turned scores", "scores")),
    (r"(score|sim|logit)\w*(i2t|img|image)", ("scores", "turned scores", "gram")),
    (
        r"(n|num|caps?|captions?|txts?|texts?)_?(captions?|caps|texts?|txts?)?_?per|^(n|num)_?(captions?|caps|texts|txts)$|^npts$|multiplicity",
        ("captions",),
    ),
    (r"^(n|num|npts|n_?images?|num_?images?|n_?img)$", ("count", "captions", "k")),
    (
        r"(txt|text|caption|cap|t)s?_?(2|to)_?(img|image|i)|owner|img_?of|image_?of|of_image|image_?(index|idx)",
        ("owner",),
    ),
    (
        r"(img|image|i)s?_?(2|to)_?(txt|text|caption|t)s?|texts_?of|captions_?of|positives",
        ("texts of images", "relevance"),
    ),
    (
        r"(txt|text|caption|gallery|ref|corpus|doc|item|column|col|target).*(label|id|class|group|group)s?|^(g|t)_?(ids|labels?)$",
        ("column labels", "owner"),
    ),
    (
        r"(img|image|query|queries|row|anchor|source).*(label|id|class|group)s?|^(q|i)_?(ids|labels?)$",
        ("row labels", "owner"),
    ),
    (r"^(indexes|indices|query_idx)$", ("flat queries", "targets")),
    (
        r"^(y_?true|rel|rels|relevan\w*|targets?|gt\w*|ground\w*|truth|mask|labels?|positive_mask|match\w*|right|correct|actual|r)$",
        ("relevance", "targets", "query relevance", "ranked relevance", "relevant items", "owner", "texts of images"),
    ),
    (r"ranked|ranking|retrieved|predicted|sorted|order", ("order", "ranked items", "ranked relevance", "ranks from 0")),
    (r"rank", ("ranks from 0", "ranks from 1", "order")),
    (r"dist|cost", ("distances", "turned distances")),
    (r"gram|self_sim", ("gram",)),
    (
        r"sim|score|logit|preds?$|predictions|^(s|y_pred|y_score)$",
        ("scores", "gram", "turned scores", "query scores", "logits with labels"),
    ),
    (r"matrix|^(m|d|mat|input|output)$|i2t", ("scores", "gram", "turned scores", "query scores", "distances")),
    (
        r"img|image|vis|photo|pic|query|queries|anchor|source|^(x|a|u|q|v|im|x1|z1|z_?i|e1|f1|i|emb1|emb_?a|left|rows)$",
        ("images", "scores", "gram"),
    ),
    (
        r"txt|text|cap|sent|lang|gallery|ref|corpus|doc|cand|item|key|^(y|b|t|w|x2|z2|z_?t|z_?j|e2|f2|emb2|emb_?b|right|columns)$",
        ("texts", "relevance", "targets", "two"),
    ),
    (r"temp|tau|scale", ("one", "hundred")),
    (r"alpha|beta|power|exponent", ("two", "one")),
)

#: Roles of parameters whose names tell nothing, by place.
_BY_PLACE = (
    (
        "scores",
        "images",
        "gram",
        "turned scores",
        "logits with labels",
        "ranks from 0",
        "query scores",
        "ranked relevance",
        "distances",
    ),
    ("texts", "relevance", "targets", "owner", "k", "query relevance", "relevant items", "two"),
    ("owner", "k", "relevance", "captions", "texts of images", "column labels"),
    ("column labels", "k", "captions"),
)


def roles_of(name: str, place: int) -> tuple[tuple[str, ...], bool]:
    """Return the roles that a parameter may have, and whether its name tells them.

    >>> roles_of("image_embeds", 0)[0][0], roles_of("txt2img", 2), roles_of("foo", 1)[1]
    ('images', (('owner',), True), False)
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_")
    for pattern, roles in _NAMES:
        if re.search(pattern, plain):
            return roles, True
    return _BY_PLACE[min(place, len(_BY_PLACE) - 1)], False
