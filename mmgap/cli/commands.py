"""Commands by name: each is loaded, and its options are built, when it is asked for or listed in a help page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command

from mmgap.cli.checked_command import CheckedCommand
from mmgap.cli.help_pages import PlainHelp
from mmgap.cli.standard_streams import drop_output, is_of_output, prepare_streams, say_on_stderr
from mmgap.core.garbage import collect_seldom
from mmgap.core.registry import loaded


class Commands(PlainHelp, TyperGroup):
    """A group of commands; standard output that cannot be written, as its disk is full, is one line and exit status 2.

    Attributes:
        paths: of each command, by name, the ``"module:function"`` that it is; see `commands`.
    """

    paths: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Mapping[str, Any] = _Known(self.paths, self.commands)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names alone."""
        return list(self.commands)

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command that is asked for."""
        collect_seldom()
        prepare_streams()
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if not is_of_output(error):
                raise
            drop_output()
            why = f"standard output cannot be written ({error.strerror}): make room, or send it elsewhere"
            say_on_stderr(f"mmgap: {why}", typer.colors.RED)
            raise SystemExit(2) from error


def commands(paths: Mapping[str, str]) -> type[Commands]:
    """Return a group of the commands that ``"module:function"`` stand for, in their order, as `typer.Typer` takes it.

    >>> listed = typer.Typer(cls=commands({"list": "mmgap.cli.list_names:list_names"}), name="mmgap")
    >>> typer.main.get_group(listed).commands["list"].name
    'list'
    """
    return type("Commands", (Commands,), {"paths": paths})


class _Known(Mapping[str, Any]):
    """Commands by name, each built when it is first asked for; then what is there already: other groups."""

    def __init__(self, paths: Mapping[str, str], groups: Mapping[str, Any]) -> None:
        self._paths, self._built = paths, dict(groups)
        self._names = dict.fromkeys((*paths, *groups))

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = _built(name, self._paths[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _built(name: str, path: str) -> Any:
    """One command with its options, as it would be of a program of its own."""
    alone = typer.Typer(add_completion=False)
    alone.command(name, cls=CheckedCommand)(loaded(path))
    return get_command(alone)
