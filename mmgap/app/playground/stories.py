"""What the playground shows at one press: a state whose descent is worth watching, and what is seen in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mmgap.app.playground.state import PlaygroundState
from mmgap.core.messages import N_


@dataclass(frozen=True)
class Story:
    """One descent to watch.

    Attributes:
        title: of its button, marked for translation.
        words: what is seen, marked for translation.
        state: whose descent it is, from its first step.
    """

    title: str
    words: str
    state: PlaygroundState


#: Pairs that are found already: each text is its image, turned away from it by 60°.
_FOUND = PlaygroundState(
    n=200, dim=128, angle=60.0, correlation=1.0, scale=100.0, rate=0.05, kappa_image=200.0, kappa_text=200.0
)

STORIES = (
    Story(
        N_("ce leaves the gap"),
        N_("Every text finds its image, so at logit scale 100 ce has nothing left to gain, and the gap of 0.6 stays."),
        _FOUND,
    ),
    Story(
        N_("anti closes it"),
        N_("The same pairs: anti spreads each cone until both means are at the centre, and pairs stay together."),
        replace(_FOUND, loss="ce+anti"),
    ),
    Story(
        N_("a low scale closes it"),
        N_("The same pairs: at logit scale 5 ce still gains by drawing pairs together, and closes the gap alone."),
        replace(_FOUND, scale=5.0),
    ),
    Story(
        N_("few dimensions"),
        N_("In three dimensions texts are mistaken for one another, so ce has to move them, and the gap closes."),
        PlaygroundState(n=200, angle=60.0, correlation=0.9, kappa_image=10.0, kappa_text=10.0),
    ),
)
