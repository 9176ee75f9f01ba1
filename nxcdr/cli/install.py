"""``nxcdr --install-completion``: copy completions and manual page to where this user's shells look for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from nxcdr.errors import UsageError
from nxcdr.output.files import cannot_write

# The layout below share is the same in a prefix and in a home.
_SHARE = "share"
_REMARKS = {
    "bash": "bash finds it if the package bash-completion is installed; if not, add to ~/.bashrc:\n  . {}",
    "zsh": "for zsh, add to ~/.zshrc:\n  fpath=({} $fpath); autoload -Uz compinit; compinit",
}


def install_completion(env: Mapping[str, str]) -> Iterator[str]:
    """Copy the completions and the manual page from the installed program to the user's data folder.

    Args:
        env: The environment: ``XDG_DATA_HOME``, else ``HOME``.

    Yields:
        What was done and what the user has to do, line by line.

    Raises:
        UsageError: They were not installed with the program.
        OutputError: They can't be written.
    """
    home = Path(env.get("XDG_DATA_HOME") or Path(env.get("HOME") or Path.home()) / ".local" / _SHARE)
    installed = {}
    for source, where in _shipped():
        target = home / where
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        except OSError as error:
            raise cannot_write(target, error) from error
        installed[where.parts[0]] = target
        yield f"wrote {target}"
    if not installed:
        raise UsageError(
            "this nxcdr was installed without its completions", "They are in the source, in the folder completions."
        )
    if shutil.which("bash", path=env.get("PATH")):
        yield _REMARKS["bash"].format(installed["bash-completion"])
    if shutil.which("zsh", path=env.get("PATH")):
        yield _REMARKS["zsh"].format(installed["zsh"].parent)
    yield "Start a new shell to complete nxcdr; man nxcdr shows the manual."


def _shipped() -> Iterator[tuple[Path, Path]]:
    """Yield the files that the installed distribution has in share, each with its path below that folder."""
    for file in metadata.files("nxcdr") or ():
        if _SHARE in file.parts and ".." in file.parts:
            yield Path(str(file.locate())), Path(*file.parts[file.parts.index(_SHARE) + 1 :])
