"""The command line: arguments in, exit code out; one module a command, loaded when it is called.

Commands load late because `cartkg check --changed` must not pay for Flask or a reasoner.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import click

from cartkg import __version__, project
from cartkg.errors import CartkgError, exit_code


class LateGroup(click.Group):
    """A group whose commands are imported only when they are asked for."""

    modules: ClassVar[tuple[str, ...]] = (
        "add",
        "build",
        "check",
        "diff",
        "explain",
        "fix",
        "fmt",
        "query",
        "release",
        "serve",
        "stats",
    )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Give the names of all commands, sorted."""
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module and give its command, or None for an unknown name."""
        if cmd_name not in self.modules:
            return None
        command = import_module(f"cartkg.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # each module promises one
        return command


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cartkg")
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of the project; the current one, its parents, else the shipped graph when left out.",
)
@click.pass_context
def cli(ctx: click.Context, folder: Path | None) -> None:
    """Build, check, query and serve the evidence graph.

    Example: cartkg query sle-doris-remission
    """
    ctx.obj = project.find(folder)


def main() -> None:
    """Run the command line; every CartkgError becomes one line on standard error and its exit code."""
    try:
        cli(standalone_mode=True)
    except CartkgError as error:
        click.echo(f"cartkg: {error}", err=True)
        sys.exit(exit_code(error))
