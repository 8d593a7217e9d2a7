"""Numbers that several floors share where nobody says another; the standard library only."""

from __future__ import annotations

#: Pixels a side of prepared pictures, and how they become square.
IMAGE_SIZE, RESIZE = 224, "crop"

#: The smallest and the largest side that pictures can be prepared with.
IMAGE_SIZES = (8, 4096)

#: Images of a pool in the thesis, and the ranks up to which its recalls count.
POOL, RECALLS_AT = 90, (1, 5, 10)

#: Nearest items of a query among which hubs are counted (N_k).
HUBS_AT = 10
