"""The folder for what is made from a project must not come with the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.errors import ConfigError
from cartkg.processes import git

if TYPE_CHECKING:
    from cartkg.project import Project


def refuse_tracked(project: Project) -> None:
    """Refuse a project that carries builds or results in version control; without git there is nothing to refuse.

    Raises:
        ConfigError: git tracks a file in the project's folder for builds.
    """
    if not project.work.is_relative_to(project.root):
        return
    name = project.work.relative_to(project.root).as_posix()
    try:
        listed = git(project.root, "ls-files", "-z", "--", f":(icase){name}")
    except FileNotFoundError:
        return
    tracked = listed.stdout.count(b"\0") if listed.returncode == 0 else 0
    if tracked:
        reason = f"is in version control ({tracked} files), but only cartkg writes it; run: git rm -r --cached {name}"
        raise ConfigError(reason, setting=str(project.work))
