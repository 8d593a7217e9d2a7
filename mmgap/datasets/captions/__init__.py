"""Captions that lie in a folder beside its pictures: which files hold them, and what they say.

One module a family of formats (`tables`, `json_shapes`, `sidecars`); `columns` is the one table of the names that
columns and keys have, `records` what their values make; `discovery` says of each file of the folder whether it can be
read, and why not; `matching` finds the pictures that records name; `choosing` says which files count.
"""
