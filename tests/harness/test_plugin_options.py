"""Options: other suites keep their names, what cannot be is one line, a sum of losses may begin with a minus."""

import numpy  # noqa: F401 - loaded once, before an in-process session could load it twice
import pytest

OTHERS = """
import pytest

def pytest_addoption(parser):
    for name in ("--device", "--seeds", "--data", "--fetch", "--language"):
        parser.addoption(name, default="theirs")
"""

USES = """
def test_theirs(request):
    assert request.config.getoption("--device") == "{device}"
    assert request.config.getoption("mmgap_device") == "{ours}"
"""


def test_a_project_keeps_the_options_of_its_conftest(pytester):
    pytester.makeconftest(OTHERS)
    pytester.makepyfile(USES.format(device="theirs", ours="cpu"))
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    pytester.makepyfile(USES.format(device="tpu", ours="cuda:1"))
    pytester.runpytest_inprocess("--device", "tpu", "--mmgap-device", "cuda:1").assert_outcomes(passed=1)


def test_a_conftest_of_a_folder_keeps_its_options_too(pytester):
    folder = pytester.mkdir("tests")
    (folder / "conftest.py").write_text(OTHERS)
    (folder / "test_theirs.py").write_text(USES.format(device="theirs", ours="cpu"))
    pytester.runpytest_inprocess("tests").assert_outcomes(passed=1)


def test_other_suites_need_no_reports_folder_and_get_none(pytester):
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert not (pytester.path / "reports").exists()
    assert "mmgap ==" not in result.stdout.str()


def test_short_and_long_names_are_in_the_help(pytester):
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["*--device=* --mmgap-device=*"])


@pytest.mark.parametrize(
    "given", [["--loss=-ce"], ["--mmgap-loss=-ce"], ["--loss", "-0.5*intra+ce"], ["--loss", "-margin+ce"]]
)
def test_a_sum_of_losses_may_begin_with_a_minus(pytester, given):
    """`--loss -ce` with a space is `-c e` to pytest before any plugin is loaded: the help names the other spelling."""
    pytester.makepyfile(
        """
        def test_it(request):
            from mmgap.harness.options import asked
            assert asked(request.config)["loss"] in (["-ce"], ["ce-0.5*intra"], ["ce-margin"])
        """
    )
    pytester.runpytest_inprocess(*given).assert_outcomes(passed=1)


def test_an_option_after_loss_is_no_loss(pytester):
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess("--loss", "-x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("seeds", ["0", "-1", "1001", "100000000"])
def test_a_number_of_seeds_that_nobody_means_is_refused(pytester, seeds):
    result = pytester.runpytest_inprocess("--seeds", seeds)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--seeds {seeds}: give a number from 1 to 1000"])
