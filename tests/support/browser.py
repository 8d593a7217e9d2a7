"""Pages of a real browser that are watched: a script's error, or a request to elsewhere, fails the test."""

from contextlib import contextmanager

from mmgap.app.shell.server import HOST

#: Milliseconds that a page has for what it is asked; much more than it needs on an idle machine.
TIMEOUT = 120_000


@contextmanager
def opened(chromium, *, offline=False, **options):
    """Give a page of a fresh profile; options are those of Playwright's ``new_context``."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_offline(offline)
    page, wrong = context.new_page(), []
    page.set_default_timeout(TIMEOUT)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("request", lambda asked: None if local(asked.url) else wrong.append(f"asked for {asked.url}"))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    try:
        yield page
    finally:
        context.close()
    assert not wrong, "\n".join(wrong)


#: Whether nothing of a page has changed for so many milliseconds of its own thread.
_QUIET = """(ms) => new Promise((done) => {
  const end = () => { observer.disconnect(); done(true); };
  let timer = setTimeout(end, ms);
  const observer = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, ms); });
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})"""


def settled(page, ms=500):
    """Wait until the app has put its page together: before, what has the focus or is typed may be drawn anew."""
    page.wait_for_function("() => !document.querySelector('._dash-loading, [data-dash-is-loading=true]')")
    page.wait_for_load_state("networkidle")
    page.evaluate(_QUIET, ms)


def local(url):
    return url.startswith((f"http://{HOST}:", "data:", "blob:", "file:"))
