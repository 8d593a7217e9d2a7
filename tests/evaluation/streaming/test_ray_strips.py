"""Many processes measure as one does, to the bit, also when a machine is lost meanwhile."""

from __future__ import annotations

import threading
import time

import pytest

from mmgap.core.optional_libraries import NoLibraryError
from mmgap.evaluation.streaming.ray_strips import RayTasks, runner_at
from mmgap.evaluation.streaming.streamed_measure import measure_stored
from tests.support.stored_pairs import made_pair, stored


def test_without_ray_the_line_that_brings_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(NoLibraryError, match=r"pip install 'mmgap\[cluster\]'"), runner_at("local"):
        pass


def test_equal_to_one_process_with_a_machine_lost(tmp_path, monkeypatch):
    pytest.importorskip("ray", reason="pip install 'mmgap[cluster]'")
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    pair = stored(tmp_path, *made_pair(9000, d=8))
    alone = measure_stored(pair)
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False},
    )
    try:
        lost = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
        with runner_at(cluster.address) as runner:
            assert isinstance(runner, RayTasks)
            assert runner.processes == 2
            computed, results = [], runner._results
            killer = threading.Thread(target=cluster.remove_node, args=(lost, False))

            def noted(*asked):
                for found in results(*asked):
                    computed.append(found)
                    if len(computed) == 2:  # others are under way
                        killer.start()
                    yield found

            monkeypatch.setattr(runner, "_results", noted)
            found = measure_stored(pair, runner=runner)
            killer.join()
            deadline = time.monotonic() + 120
            while (alive := sum(node["Alive"] for node in runner.ray.nodes())) > 1 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert alive == 1, "a machine was lost"
    finally:
        cluster.shutdown()
    assert found == alone
    assert len(computed) == 9, "three strips of each pass came from elsewhere"
