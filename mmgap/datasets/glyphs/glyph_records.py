"""The glyphs in the shape of ARASAAC's records: id, keywords, categories and tags."""

from __future__ import annotations

from functools import cache
from typing import Any

from mmgap.datasets.glyphs.phrases import keywords
from mmgap.datasets.glyphs.scenes import COUNTS, FRAMES, PATTERNS, RELATIONS, SIZES, Scene, scenes
from mmgap.datasets.glyphs.vocabulary import NOUNS

_TAGS = {"size": SIZES, "pattern": PATTERNS, "count": COUNTS, "frame": FRAMES, "relation": RELATIONS}


@cache
def records(language: str) -> tuple[dict[str, Any], ...]:
    """Return one record per scene, in the order of `scenes`, in the schema of ARASAAC's API (fields that say nothing
    here are left out). Tags are English in both languages, as ARASAAC's are."""
    out = []
    for scene in scenes():
        groups = list(dict.fromkeys(NOUNS[noun].category for noun, _ in scene.things))
        tags = [tag for tag, kinds in _TAGS.items() if scene.kind in kinds]
        out.append(
            {
                "_id": scene.number,
                "keywords": [{"keyword": keyword} for keyword in keywords(scene, language)],
                "categories": groups,
                "tags": [*groups, *tags, *dict.fromkeys(colour for _, colour in scene.things)],
                "synsets": [],
            }
        )
    return tuple(out)


def things(scene: Scene, language: str) -> tuple[str, ...]:
    """Return what a scene shows, each thing once and in the singular."""
    nouns = dict.fromkeys(noun for noun, _ in scene.things)
    return tuple((NOUNS[noun].english if language == "en" else NOUNS[noun].spanish)[0] for noun in nouns)
