"""The web app: a playground of two cones, an atlas of real embeddings, and search in them; one server, three tabs.

Needs the extra ``app`` (``pip install 'mmgap[app]'``). Each tab is a package beside `mmgap.app.shell`, which holds what
they share: the frame of a page, the address that holds its state, the server and its locks on what can be read.
"""
