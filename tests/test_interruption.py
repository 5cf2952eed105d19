"""What is made while a signal comes is whole, and goes in any case."""

from __future__ import annotations

import signal
import tempfile
from typing import TYPE_CHECKING

import pytest

from cartkg.interruption import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
