"""What the page of a search shows, as its address says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import urlencode

from mmgap.app.search.query_input import usable
from mmgap.app.shell.tab import Query
from mmgap.core.messages import quoted
from mmgap.spaces import canonical

#: What is searched: what a query of the other modality finds, or one of these.
What: TypeAlias = Literal["", "images", "texts", "both"]
WHATS: tuple[What, ...] = get_args(What)

#: How many are shown, what the form offers, and the most.
TOP, TOPS, MOST = 12, (6, 12, 24, 48), 100

#: Letters of a space in an address, and of a name of an image: more are none.
LONGEST_SPACE, LONGEST_NAME = 200, 300


@dataclass(frozen=True)
class SearchState:
    """What is asked; at most one of words, image, row and picture counts, in this order.

    Attributes:
        words: a query in words; "" for none.
        image: one of the images, by name or number; "" for none.
        row: a text by its row, of saved vectors; "" for none.
        picture: the digest of a picture that was uploaded; "" for none.
        what: is searched.
        space: beside the vectors as they are; "" for these alone.
        top: how many are shown.
        labels: whether the classes of the data set are told of a picture.
    """

    words: str = ""
    image: str = ""
    row: str = ""
    picture: str = ""
    what: What = ""
    space: str = ""
    top: int = TOP
    labels: bool = True

    @property
    def asks(self) -> bool:
        """Whether anything is asked."""
        return bool(self.words or self.image or self.row or self.picture)

    def query(self, **others: Any) -> str:
        """Return it as the query of an address, without what is usual; with other values for some of its parts.

        >>> SearchState("a dog", top=24).query(), SearchState("a dog").query(words="", image="3")
        ('q=a+dog&top=24', 'image=3')
        """
        state = replace(self, **others)
        names = {"words": "q"}
        told = {names.get(name, name): value for name, value in vars(state).items() if value != _usual(name)}
        return urlencode({name: int(value) if value is False else value for name, value in told.items()})


def read_state(query: Query, space: str = "") -> tuple[SearchState, list[str]]:
    """Return the state that a query says, and what of it makes no sense, each as ``name=value``.

    Args:
        query: of an address.
        space: where the address names none.

    >>> read_state({"q": " a dog ", "top": "-7", "what": "both"})
    (SearchState(words='a dog', image='', row='', picture='', what='both', space='', top=12, labels=True), ['top=-7'])
    """
    wrong = list[str]()
    found: dict[str, Any] = {
        "words": usable(query.get("q", "")),
        "image": query.get("image", "")[:LONGEST_NAME],
        "row": query.get("row", "")[:20],
        "picture": query.get("picture", "")[:64],
        "labels": query.get("labels") != "0",
        "space": space,
    }
    if (what := query.get("what", "")) in WHATS:
        found["what"] = what
    else:
        wrong.append(f"what={quoted(what, 40)}")
    if (top := query.get("top", str(TOP))).isdecimal() and len(top) < 5 and 1 <= int(top) <= MOST:
        found["top"] = int(top)
    else:
        wrong.append(f"top={quoted(top, 40)}")
    if "space" in query:
        try:
            found["space"] = _space(query["space"])
        except (LookupError, ValueError):
            wrong.append(f"space={quoted(query['space'], 40)}")
    return SearchState(**found), wrong


def _space(asked: str) -> str:
    if len(asked) > LONGEST_SPACE:
        raise ValueError(f"a space of {len(asked)} letters")
    return (canonical(asked) or "") if asked else ""


def _usual(name: str) -> Any:
    return SearchState.__dataclass_fields__[name].default
