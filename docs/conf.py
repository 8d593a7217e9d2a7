"""Sphinx's settings: pages in Markdown, notebooks run at build time, nothing taken from the network."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # `mmgap` in cells

import mmgap

project, author, copyright = "mmgap", "The mmgap developers", "2026, the mmgap developers"
release = version = mmgap.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "code_names",
    "mathml",
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
nb_execution_timeout = 180
nb_execution_raise_on_error = True
nb_merge_streams = True

html_theme = "furo"
html_title = "mmgap"
html_extra_path = ["generated/extra", "../reports/published/report.html"]
