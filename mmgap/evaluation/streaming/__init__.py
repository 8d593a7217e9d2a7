"""Measuring vectors that stay on disk: block by block, resumed where it was killed, by one process or by many."""
