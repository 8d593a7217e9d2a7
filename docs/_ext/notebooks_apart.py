"""Deals the notebooks over the processes that read pages: side by side in the alphabet, one would run them all.

What they keep of runs before is made first: two processes that made its tables at once would end the build.
"""

from pathlib import Path


def dealt(pages: list[str], notebooks: list[str], chunks: list[int]) -> list[str]:
    """Return the pages so that each chunk of them that a process reads begins with at most one notebook, in order.

    >>> dealt(["a", "b", "c", "d", "x", "y"], ["y", "x"], chunks=[3, 3])
    ['y', 'a', 'b', 'x', 'c', 'd']
    """
    rest, waiting, order = [page for page in pages if page not in notebooks], list(notebooks), []
    for size in chunks:
        first, waiting = waiting[:1], waiting[1:]
        order += first + rest[: size - len(first)]
        rest = rest[size - len(first) :]
    return order + waiting + rest


def spread(app, env, pages):
    """Reorder the pages that are to be read; those with most commands come first, since they take longest."""
    # the tests of this file do without the packages of the site
    from jupyter_cache import get_cache
    from sphinx.util.parallel import make_chunks

    sources = {page: Path(env.doc2path(page)).read_text(encoding="utf-8") for page in pages}
    notebooks = [page for page, source in sources.items() if "```{code-cell}" in source]
    notebooks.sort(key=lambda page: sources[page].count("\n!"), reverse=True)
    pages[:] = dealt(pages, notebooks, [len(chunk) for chunk in make_chunks(pages, app.parallel)])
    get_cache(app.config.nb_execution_cache_path).list_cache_records()  # makes the tables


def setup(app):
    app.connect("env-before-read-docs", spread)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
