"""Comments stand above their commands where both are wider than the page, which would break the line between them."""

import re

#: Characters of a line of code beside the page's navigation.
WIDTH = 88

_COMMENT = re.compile(r"^(\S.*?) {2,}(# .*)$", re.MULTILINE)
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def lifted(text: str) -> str:
    """Return the text of a page whose blocks of commands have their comments above, if one of the lines is too long.

    >>> print(lifted("```bash\\nmmgap list  # names\\n```"))
    ```bash
    mmgap list  # names
    ```
    >>> print(lifted("```bash\\nmmgap list      # " + 41 * "ha" + "\\nmmgap --help\\n```").replace(40 * "ha", ""))
    ```bash
    # ha
    mmgap list
    mmgap --help
    ```
    """
    return _BLOCK.sub(_above, text)


def _above(block):
    if max(map(len, block[1].splitlines()), default=0) <= WIDTH:
        return block[0]
    return _COMMENT.sub(r"\2\n\1", block[0])


def _read(app, page, source):
    source[0] = lifted(source[0])


def setup(app):
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
