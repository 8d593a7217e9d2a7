import pytest

from mmgap import datasets, encoders, losses, spaces
from mmgap.harness.grid import (
    PIP,
    PIP_HEADS,
    PROFILES,
    Protocol,
    in_study,
    known,
    named_by,
    outside,
    to_name,
    trains_unasked,
)
from mmgap.rows.cell import INITIAL, LOSSES, Cell

NOTHING: dict[str, list[str]] = {}
STUDIES = [study for profile in PROFILES.values() for study in (*profile.studies, profile.elsewhere)]


def once(encoder, dataset, loss):
    return 1


def thrice(encoder, dataset, loss):
    return 3


def test_the_whole_grid_is_made_where_nothing_is_asked():
    grid = Protocol("measure", axes=("encoder", "dataset")).cells(NOTHING, once)
    assert len(grid) == len(known()["encoder"]) * len(known()["dataset"])
    assert len({cell.id for cell in grid}) == len(grid)


def test_the_grid_is_what_the_registries_show(monkeypatch):
    """Also of packages that are not imported for it."""
    shown = known()
    assert shown["encoder"][:3] == ("tiny-random", "tiny", "two-towers:mobilenet-v2,minilm,random")
    others = ("ce+align+cu", "ce+align+uniform+xuniform", "ce+0.024*barlow", "ce+0.5*imsep")
    assert shown["loss"] == (INITIAL, *LOSSES, *others)  # the thesis's first, and alone in every profile
    assert all(set(study.losses) <= {INITIAL, *LOSSES} for study in STUDIES)
    assert {"hf", "trained", "vectors", "folder"}.isdisjoint({*shown["encoder"], *shown["dataset"]})
    for axis, registry in (("encoder", encoders), ("dataset", datasets), ("space", spaces), ("loss", losses)):
        entries = {**registry.registry._entries, "another": "no_such_module:load"}
        monkeypatch.setattr(registry.registry, "_entries", entries)
        assert known()[axis] == (*shown[axis], "another")


def test_spaces_are_an_axis_and_as_is_has_no_name_in_a_row():
    grid = Protocol("measure", axes=("encoder", "dataset", "space")).cells(
        {"encoder": ["tiny"], "dataset": ["glyphs-en"]}, once
    )
    assert [cell.space for cell in grid] == list(known()["space"])
    assert grid[0].space is None
    assert "space" not in grid[0].to_dict()
    assert grid[0].id == "tiny-glyphs-en-captions-first-s0"
    (named,) = [cell for cell in grid if cell.space == "shift"]
    assert (named.id, named.to_dict()["space"]) == ("tiny-glyphs-en-shift-captions-first-s0", "shift")
    assert outside(grid[0], "default", NOTHING) is None
    assert outside(named, "default", NOTHING) is not None
    assert outside(named, "default", {"space": ["shift"]}) is None
    assert outside(named, "default", NOTHING, *named_by("shift", "")) is None
    assert outside(named, "default", NOTHING, *named_by("", 'cell(space="shift")')) is None
    assert to_name(named, "default", NOTHING) == {"space": "shift"}


def test_spaces_of_trainings_are_those_asked_for():
    protocol = Protocol("train", axes=("encoder", "dataset", "space", "loss"))
    one = {"encoder": ["tiny"], "dataset": ["glyphs-en"], "loss": ["ce"]}
    assert [cell.space for cell in protocol.cells(one, once)] == [None]
    asked = {**one, "space": ["as-is", "shift:0.5"]}
    assert [cell.space for cell in protocol.cells(asked, once)] == [None, "shift:0.5"]
    assert outside(protocol.cells(asked, once)[0], "default", asked) is None
    assert "no space axis" in (outside(Cell("practices", "tiny", "glyphs-en"), "default", {"space": ["shift"]}) or "")


def test_options_replace_an_axis_and_seeds_multiply():
    grid = Protocol("train", axes=("encoder", "dataset", "loss")).cells(
        {"loss": ["ce"], "dataset": ["flickr8k"]}, thrice
    )
    assert {cell.loss for cell in grid} == {"ce"}
    assert len(grid) == len(known()["encoder"]) * 3


def test_saved_vectors_are_their_own_encoder():
    grid = Protocol("measure", axes=("encoder", "dataset")).cells({"dataset": ["vectors:a.npy,b.npy"]}, once)
    assert [cell.encoder for cell in grid] == ["vectors"]
    assert outside(grid[0], "default", {"dataset": ["vectors:a.npy,b.npy"]}) is None


def test_an_experiment_without_axes_has_one_cell_a_variant():
    protocol = Protocol("theory", variants=[{"table": "5.1"}, {"table": "5.2"}], seeded=False)
    assert [c.variant for c in protocol.cells(NOTHING, thrice)] == [(("table", "5.1"),), (("table", "5.2"),)]


def test_an_unknown_axis_is_named():
    with pytest.raises(ValueError, match="colour"):
        Protocol("measure", axes=("colour",))


def test_every_cell_with_data_says_which_captions():
    (cell,) = Protocol("measure", axes=("dataset",)).cells({"dataset": ["flickr8k"]}, once, {"captions": "all"})
    assert cell.id == "flickr8k-captions-all-s0"


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_lists_known_values(study):
    assert {*study.encoders, *study.trained, *study.on_gpu} <= set(known()["encoder"])
    assert set(study.datasets) <= set(known()["dataset"])


@pytest.mark.parametrize("profile", PROFILES.values())
def test_a_data_set_belongs_to_one_study(profile):
    every = [dataset for study in profile.studies for dataset in study.datasets]
    assert len(set(every)) == len(every)
    assert profile.elsewhere.datasets == ()


ARASAAC = Cell("measure", PIP[0], "arasaac-es")
CLIP = Cell("measure", "clip-vit-b-32", "openmoji-es")


def test_a_cell_outside_the_profile_says_so_and_what_to_name():
    assert outside(CLIP, "default", NOTHING) == "outside profile 'default'"
    assert to_name(CLIP, "default", NOTHING) == {"encoder": "clip-vit-b-32"}


def test_naming_a_cell_brings_it_into_scope():
    assert outside(ARASAAC, "default", NOTHING) is not None
    assert outside(ARASAAC, "default", {"dataset": ["arasaac-es"]}) is None
    assert outside(ARASAAC, "default", NOTHING, *named_by("arasaac and not en", "")) is None
    assert outside(ARASAAC, "default", NOTHING, *named_by("", 'cell(dataset="arasaac-es")')) is None
    assert outside(ARASAAC, "default", NOTHING, *named_by("", "cell(dataset='arasaac-en')")) is not None


def test_naming_one_axis_leaves_the_other_to_the_profile():
    assert outside(CLIP, "default", {"dataset": ["openmoji-es"]}) is not None
    assert outside(CLIP, "default", {"dataset": ["openmoji-es"], "encoder": ["clip-vit-b-32"]}) is None


def test_an_experiment_without_the_axis_that_was_asked_for_steps_aside():
    assert "no dataset axis" in (outside(Cell("theory"), "default", {"dataset": ["coco"]}) or "")
    assert outside(Cell("theory"), "default", NOTHING) is None


def test_what_the_profile_lists_need_not_be_named_again_but_where_an_option_did():
    assert to_name(ARASAAC, "default", NOTHING) == {"dataset": "arasaac-es"}
    assert to_name(ARASAAC, "default", {"encoder": [PIP[0]]}) == {"encoder": PIP[0], "dataset": "arasaac-es"}
    assert to_name(Cell("train", "tiny-random", "glyphs-en", "ce"), "default", NOTHING) == {"encoder": "tiny-random"}
    assert to_name(Cell("theory"), "default", NOTHING) == {}


def test_an_experiment_of_spaces_shows_every_strength_and_runs_some_unasked():
    protocol = Protocol("spaces", axes=("encoder", "dataset", "space"), spaces=("centre",))
    cells = protocol.cells({"encoder": ["tiny"], "dataset": ["glyphs-en"]}, once)
    assert {None, *spaces.ladders()} <= {cell.space for cell in cells}
    run = [cell.space for cell in cells if outside(cell, "default", NOTHING, of_experiment=protocol.listed) is None]
    assert run == [None, "centre"]
    assert "spaces" not in protocol.constants


def test_an_experiment_may_run_fewer_losses_unasked_than_the_profile():
    protocol = Protocol("transfer", axes=("encoder", "dataset", "loss"), losses=("initial", "ce"))
    cells = protocol.cells({"encoder": ["tiny"], "dataset": ["glyphs-en"]}, once)
    run = [cell.loss for cell in cells if outside(cell, "default", NOTHING, of_experiment=protocol.listed) is None]
    assert run == ["initial", "ce"]
    assert sum(outside(cell, "default", NOTHING) is None for cell in cells) > 2


def run(named, cells, **options):
    """The cells that run where a word of -k is given; like pytest, it leaves those out that it is no part of."""
    words, cells = named_by(named, ""), [cell for cell in cells if named in cell.id]
    return [
        c for c in cells if outside(c, "default", NOTHING, *words, **options) is None and trains_unasked(c, "default")
    ]


@pytest.mark.parametrize("dataset", ["arasaac-es", "coco", "flickr8k"])
def test_a_data_set_that_is_named_brings_real_encoders_and_trainings(dataset):
    """Not those that are trained on glyphs alone, which are at chance on it."""
    measured = run(dataset, Protocol("measure", axes=("encoder", "dataset")).cells(NOTHING, once))
    assert {cell.encoder for cell in measured} == {"clip-vit-b-32", "clip-vit-l-14", *PIP}
    assert {cell.dataset for cell in measured} == {dataset}
    seeds = PROFILES["default"].seeds
    trained = run(dataset, Protocol("train", axes=("encoder", "dataset", "loss")).cells(NOTHING, seeds))
    assert {cell.encoder for cell in trained} == {PIP_HEADS}
    assert {(cell.loss, cell.seed) for cell in trained} == {(loss, n) for loss in (INITIAL, *LOSSES) for n in range(3)}


def test_unasked_the_grid_has_glyphs_once_and_pictures_by_pip_with_three_seeds():
    seeds = PROFILES["default"].seeds
    trained = run("", Protocol("train", axes=("encoder", "dataset", "loss")).cells(NOTHING, seeds))
    assert {(cell.encoder, cell.dataset) for cell in trained} == {
        ("tiny", "glyphs-en"),
        (PIP_HEADS, "openmoji-en"),
        (PIP_HEADS, "openmoji-es"),
    }
    assert {cell.seed for cell in trained if cell.encoder == "tiny"} == {0}
    assert {cell.seed for cell in trained if cell.encoder == PIP_HEADS} == {0, 1, 2}


def test_an_experiment_that_its_study_leaves_out_runs_where_it_is_named():
    assert in_study(Cell("measure", PIP[0], "arasaac-es"), "default")
    assert not in_study(Cell("mixed_search", PIP[0], "arasaac-es"), "default")
    assert not in_study(Cell("mixed_search", "tiny", "glyphs-en"), "default")
    assert in_study(Cell("mixed_search", "tiny", "glyphs-en"), "smoke")
    assert in_study(Cell("mixed_search", "vectors", "vectors:a.npy,b.npy"), "default")
    assert in_study(Cell("theory"), "default")
