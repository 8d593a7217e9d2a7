"""Captions that lie in a folder beside its pictures: which files hold them, and what they say.

One module a family of formats (`tables`, `json_shapes`, `sidecars`) gives records; `columns` is the one table of the
names that columns and keys have; `discovery` says of each file of the folder whether it is read, and why not;
`choosing` brings records and pictures together.
"""
