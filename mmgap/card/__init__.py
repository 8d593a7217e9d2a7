"""The card of two sets of vectors: all that a page or a terminal says of them, as plain numbers."""
