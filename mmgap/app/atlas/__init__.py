"""``mmgap atlas``: a map of images and texts together, before and after a space or with two encoders side by side."""
