"""The atlas's page is there before what measures and lays out is loaded."""

import subprocess
import sys

HEAVY = ("torch", "numba", "umap", "sklearn", "transformers", "matplotlib")


def test_importing_the_tab_and_opening_a_source_load_nothing_heavy(tmp_path):
    script = f"""
import sys
import mmgap.app.atlas.atlas_tab as tab
from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.shell.server import make_app
from mmgap.app.shell.source import open_source
made = tab.atlas_tab(Embeddings(open_source()), space="centre")
make_app([made])
made.layout({{}}, "es")
print([name for name in {HEAVY} if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"
