"""Sphinx's settings: pages in Markdown, notebooks run at build time, nothing taken from the network."""

import sys
from pathlib import Path

import mmgap

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))
from notebook_kernels import prepare  # noqa: E402 - of the folder above

prepare(DOCS / "_build")

project, author, copyright = "mmgap", "The mmgap developers", "2026, the mmgap developers"
release = version = mmgap.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "code_names",
    "comments_above",
    "mathml",
    "notebooks_apart",
    "outside_links",
    "short_navigation",
    "written_pages",
    "generated_pages",
]
exclude_patterns = ["_build", "_ext", "_notes", "generated/extra", "**/.ipynb_checkpoints"]
nitpicky = True
default_role = "py:obj"

autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_ivar = True
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True

myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_cache_path = str(DOCS / "_build" / "notebooks")
nb_execution_in_temp = True
nb_execution_timeout = 600  # of a cell; on a busy machine a training takes minutes
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_show_tb = True

html_theme = "furo"
html_title = "mmgap"
html_extra_path = ["generated/extra", "../reports/published/report.html"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0060a0", "color-brand-content": "#0060a0"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ff", "color-brand-content": "#7cc4ff"},
}
