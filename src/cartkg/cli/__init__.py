"""The command line: one module for each command, loaded when it is called.

Commands load late because `cartkg check --changed` must not pay for Flask or a reasoner.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import ClassVar, NoReturn

import click

from cartkg import __version__, project
from cartkg.cli.interruption import INTERRUPTED, interruptible, stems_from_interrupt
from cartkg.cli.printing import say, say_error
from cartkg.errors import (
    EXIT_CLEAN,
    EXIT_COULD_NOT_RUN,
    EXIT_INTERNAL,
    EXIT_USAGE,
    CartkgError,
    ConfigError,
    exit_code,
)
from cartkg.systems import explain_missing, lacking


class LateGroup(click.Group):
    """A group whose commands are imported only when they are requested."""

    modules: ClassVar[tuple[str, ...]] = (
        "add",
        "build",
        "check",
        "compare",
        "count",
        "curate",
        "diff",
        "draft",
        "explain",
        "fetch",
        "find",
        "fix",
        "fmt",
        "mcp",
        "publish",
        "query",
        "registry",
        "release",
        "remove",
        "rename",
        "screen",
        "serve",
        "stats",
        "term",
        "watch",
    )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all commands, sorted."""
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module and return its command, or None for an unknown name."""
        if cmd_name not in self.modules:
            return None
        try:
            command = import_module(f"cartkg.cli.{cmd_name}").command
        except ImportError as error:
            problem = explain_missing(f"cartkg {cmd_name}", error)
            if problem is None:
                raise
            return _unavailable(cmd_name, problem)
        assert isinstance(command, click.Command)  # noqa: S101  # each module promises one
        problem = lacking(cmd_name)
        return command if problem is None else _unavailable(cmd_name, problem)


def _unavailable(name: str, problem: ConfigError) -> click.Command:
    """Return a command that only says what it needs."""

    def refuse() -> NoReturn:
        raise problem

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=refuse, context_settings=anything, help=f"Not available: {problem}.")


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cartkg")
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of the project. Default: the current folder or one of its parents, else the shipped graph.",
)
@click.pass_context
def cli(ctx: click.Context, folder: Path | None) -> None:
    """Build, check, query and serve the evidence graph.

    Example: cartkg query sle-doris-remission
    """
    if ctx.invoked_subcommand in {"mcp", "serve"}:  # they have signal handlers of their own
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    else:
        ctx.with_resource(interruptible())
    ctx.obj = project.find(folder)
    gc.enable()


def main() -> None:
    """Run the command line; an error becomes one line on standard error and its exit code.

    An interrupted command could not do its job: its exit code is that of "could not run", never that of diagnostics.
    """
    try:
        code = cli.main(standalone_mode=False)
    except CartkgError as error:
        say_error(error)
        sys.exit(exit_code(error))
    except ImportError as error:
        problem = explain_missing("this command", error)
        if problem is None and not stems_from_interrupt(error):
            _say_internal(error)
            sys.exit(EXIT_INTERNAL)
        if problem is None:
            say(INTERRUPTED, err=True)
        else:
            say_error(problem)
        sys.exit(EXIT_COULD_NOT_RUN)
    except click.ClickException as error:
        say_error(error)
        sys.exit(EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        say(INTERRUPTED, err=True)
        sys.exit(EXIT_COULD_NOT_RUN)
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted; point the buffer elsewhere so that the exit says nothing more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_CLEAN)
    except Exception as error:  # noqa: BLE001  # Python would end with 1, the exit code of diagnostics
        _say_internal(error)
        sys.exit(EXIT_INTERNAL)
    sys.exit(code if isinstance(code, int) else EXIT_CLEAN)


def _say_internal(error: Exception) -> None:
    import traceback  # noqa: PLC0415  # for what should not happen

    for line in "".join(traceback.format_exception(error)).splitlines():
        say(line, err=True)
    say("cartkg: internal error; please report it together with the lines above", err=True)
