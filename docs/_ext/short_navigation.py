"""The list of pages on the left opens where the reader is; with all of it on every page, building takes far longer."""


def _collapsed(app, page, template, context, doctree):
    if whole := context.get("toctree"):
        context["toctree"] = lambda **options: whole(**{**options, "collapse": True})


def setup(app):
    app.connect("html-page-context", _collapsed, priority=400)  # before the theme asks for it
    return {"parallel_read_safe": True, "parallel_write_safe": True}
