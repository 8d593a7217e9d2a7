"""Links of pages to files above ``docs``, led to the page of the site that holds them."""

import posixpath
import re

#: File of the repository → page of the site.
PAGES = {
    "README.md": "/index.md",
    "CONTRIBUTING.md": "/generated/project/contributing.md",
    "CHANGELOG.md": "/generated/project/changelog.md",
}

#: File of the repository → file at the top of the site, as it is.
FILES = {"reports/published/report.md": "report.html"}

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s:#]+)(?P<anchor>#[^()\s]*)?\)")


def led_inside(text: str, folder: str, page: str) -> str:
    """Return the text of a page with links out of ``docs`` led to the site.

    Args:
        text: Markdown.
        folder: of the repository, that its links are relative to, such as ``"docs/losses"``.
        page: name of the page in the site, such as ``"losses/README"``.

    >>> led_inside("[how](../../CONTRIBUTING.md#a-loss), [all](../README.md)", "docs/losses", "losses/ce")
    '[how](/generated/project/contributing.md#a-loss), [all](../README.md)'
    """

    def led(link: re.Match) -> str:
        target = posixpath.normpath(posixpath.join(folder, link["target"]))
        if target in FILES:
            return f'<a href="{"../" * page.count("/")}{FILES[target]}">{link["text"]}</a>'
        if target in PAGES:
            return f"[{link['text']}]({PAGES[target]}{link['anchor'] or ''})"
        if not folder.startswith("docs") and target.startswith("docs/"):
            return f"[{link['text']}](/{target.removeprefix('docs/')}{link['anchor'] or ''})"
        return link[0]

    return _LINK.sub(led, text)


def _read(app, page, source):
    folder = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page)))
    source[0] = led_inside(source[0], folder, page)


def setup(app):
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
