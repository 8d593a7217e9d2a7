"""`mmgap audit --language es`: every word of an audit is said in Spanish; names, numbers and errors stay."""

import json
import re

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.messages import Message
from mmgap.report.translation import translated
from mmgap.testing.audit.argument_roles import ROLES
from mmgap.testing.audit.audit_finding import KINDS
from mmgap.testing.audit.class_definitions import class_definitions
from mmgap.testing.audit.conventions import _BY, _ORDERS
from mmgap.testing.audit.defect_definitions import defects_of
from mmgap.testing.audit.geometry_definitions import geometry_definitions
from mmgap.testing.audit.made_problems import HOSTILE
from mmgap.testing.audit.ranking_definitions import ranking_definitions
from mmgap.testing.audit.value_agreement import _UNITS
from tests.support.english_words import ENGLISH


def defective():
    for honest in (*ranking_definitions("cosine", (5,)), *class_definitions(), *geometry_definitions()):
        yield honest.words
        yield from (one.words for one in defects_of(honest))


def sentences():
    yield from (Message(one) for one in (*KINDS.values(), *HOSTILE.values(), *_BY.values(), *_ORDERS.values(), *_UNITS))
    yield from (Message(words) for words, _ in ROLES.values())
    yield from defective()


def test_whatever_an_audit_may_say_is_spanish():
    said = {one: translated(one, "es") for one in sentences()}
    assert len(said) > 1000
    assert {one: words for one, words in said.items() if ENGLISH.search(words)} == {}


@pytest.mark.parametrize("name", ["cyclip_recall", "ndcg_of_retrieved", "recall_of_batches", "hole"])
def test_a_page_of_findings_has_no_english(name, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def hole(similarity):\n    return {'beauty': float(similarity.std())}\n")
    place = f"{file}:hole" if name == "hole" else f"mmgap.testing.audit.known_defects:{name}"
    done = CliRunner().invoke(app, ["audit", place, "--language", "es"])
    assert done.exit_code in (1, 2), done.output
    told = re.sub(r"\b\w+ ?= ?", "", done.stdout)  # the function's own parameters
    assert "llamada con" in told
    assert [line for line in told.splitlines() if ENGLISH.search(line)] == []


def test_json_has_spanish_sentences_and_english_keys():
    name = "mmgap.testing.audit.known_defects:recall_of_positive_scores"
    done = CliRunner().invoke(app, ["audit", name, "--json", "--language", "es"])
    told = json.loads(done.stdout)
    assert list(told) == ["called_with", "findings", "computes", "conventions", "cannot_be_told"]
    assert told["findings"][0]["kind"] == "below_zero_dropped"
    assert "las puntuaciones negativas se descartan" in told["findings"][0]["message"]
