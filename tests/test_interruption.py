"""What is made while a signal comes is whole, and goes in any case."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartkg.cli.interruption import INTERRUPTED
from cartkg.errors import EXIT_COULD_NOT_RUN
from cartkg.interruption import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Let SIGINT interrupt, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_a_signal_while_a_folder_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object, **__: object) -> str:
        folder = tmp_path / "new"
        folder.mkdir()
        signal.raise_signal(signal.SIGINT)
        return str(folder)

    monkeypatch.setattr(tempfile, "mkdtemp", made)
    with pytest.raises(KeyboardInterrupt), temporary_folder():
        pytest.fail("the block was entered")
    assert not list(tmp_path.iterdir())


def test_a_folder_goes_with_all_that_it_contains() -> None:
    with temporary_folder() as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
    assert not folder.exists()


def test_an_interrupt_that_native_code_printed_and_replaced_ends_the_command_as_one(tmp_path: Path) -> None:
    """numpy's import does so: it prints the interrupt by PyErr_Print, and raises an ImportError without a cause."""
    (tmp_path / "driver.py").write_text(
        """
import signal, sys
from cartkg.cli import main
import cartkg.cli.fmt

def replaced(*_, **__):
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
    raise ImportError("numpy._core.multiarray failed to import")

cartkg.cli.fmt.read_prefixes = replaced
sys.argv = ["cartkg", "--project", sys.argv[1], "fmt"]
main()
"""
    )
    command = [sys.executable, "driver.py", str(ROOT)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (EXIT_COULD_NOT_RUN, f"{INTERRUPTED}\n")
