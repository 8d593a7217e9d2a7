"""Cells on a Ray cluster of this machine: a node is killed in mid-sweep, and no row is lost and none measured twice."""

import subprocess
import sys
import time
from collections import Counter

import pytest

from mmgap.rows.row import read_rows

pytest.importorskip("ray", reason="pip install 'mmgap[cluster]'")

MEMORY = {"object_store_memory": 80 << 20}


@pytest.fixture
def cluster():
    """A head without a place, and three nodes with one each."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **MEMORY})
    try:
        for _ in range(3):
            made.add_node(num_cpus=1, **MEMORY)
        made.wait_for_nodes()
        yield made
    finally:
        made.shutdown()


def node_of(cluster, raylet):
    """Return the node whose own process has this number."""
    return next(n for n in cluster.list_all_nodes() if str(n.all_processes["raylet"][0].process.pid) == raylet)


def under_way(noted):
    """Return the cells that have begun and have not ended, with their nodes, the last to begin last."""
    ended = {name for what, name, _ in noted if what == "ended"}
    return [(name, node) for what, name, node in noted if what == "begun" and name not in ended]


def test_a_node_is_killed_in_mid_sweep(cluster, project, selection, noted):
    (project / "seconds").write_text("4")
    words = [sys.executable, "-m", "mmgap", "sweep", "--ray", cluster.address, "--cells", "2", "--", *selection]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as sweep:
        end = time.monotonic() + 120
        while not (runs := under_way(noted())) and time.monotonic() < end:
            time.sleep(0.05)
        cut, lost = runs[-1]
        cluster.remove_node(node_of(cluster, lost), allow_graceful=False)
        (project / "seconds").write_text("0")
        said, _ = sweep.communicate(timeout=300)
    assert sweep.returncode == 0, said
    rows, refused = read_rows(project / "reports" / "rows")
    assert (len(rows), {row["status"] for row in rows}, refused) == (6, {"ok"}, [])
    ended = Counter(name for what, name, _ in noted() if what == "ended")
    assert (len(ended), set(ended.values())) == (6, {1})
    assert {node for what, name, node in noted() if (what, name) == ("ended", cut)} - {lost}
    assert "is lost; its cells run again elsewhere" in said
    assert "6 measured now, 0 measured before" in said
