"""The order of encoders, spaces and adapters in tables: their registries', whatever the letters."""

from hypothesis import given
from hypothesis import strategies as st

from mmgap import encoders, spaces
from mmgap.analysis.groups import groups
from mmgap.analysis.spec_order import spec_place
from tests.support.made_up_rows import row


@given(st.permutations(encoders.registry.specs()))
def test_what_a_registry_shows_stands_as_it_shows_it(mixed):
    known = encoders.registry.specs()
    assert sorted(mixed, key=lambda spec: spec_place(spec, known)) == known


@given(st.lists(st.floats(0, 100), min_size=2, max_size=6, unique=True))
def test_strengths_stand_by_size_between_their_neighbours(strengths):
    known = spaces.registry.specs()
    specs = [f"shift:{round(strength, 3)}" for strength in sorted(strengths)]
    mixed = sorted([*specs[::-1], "zscore", "centre"], key=lambda spec: spec_place(spec, known))
    assert mixed == ["centre", *specs, "zscore"]


def test_groups_of_one_dataset_stand_by_stage_then_as_registered():
    towers = "two-towers:mobilenet-v2,minilm,"
    shown = ["tiny", "tiny-random", *(towers + how for how in ("ridge", "cca:flickr8k", "cca", "procrustes", "random"))]
    found = [group.cell["encoder"] for group in groups([row(encoder=spec) for spec in shown])]
    ordered = [towers + how for how in ("random", "procrustes", "cca", "cca:flickr8k", "ridge")]
    assert found == [*ordered, "tiny-random", "tiny"]
