"""``nxcdr --install-completion``: completions and manual page where this user's shells look for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from nxcdr.errors import UsageError
from nxcdr.output.files import cannot_write

# The folder whose layout is the same below a prefix and below a home, and what each shell asks of the user.
_SHARE = "share"
_REMARKS = {
    "bash": "bash with its package bash-completion finds it by itself; without it, add to ~/.bashrc:\n  . {}",
    "zsh": "zsh needs this in ~/.zshrc:\n  fpath=({} $fpath); autoload -Uz compinit; compinit",
}


def install_completion(env: Mapping[str, str]) -> Iterator[str]:
    """Copy what was installed with the program to the user's own folder for it.

    Args:
        env: The environment: ``XDG_DATA_HOME``, else ``HOME``.

    Yields:
        What was done and what is left to do, line by line.

    Raises:
        UsageError: The program was installed without them.
        OutputError: They can't be written.
    """
    home = Path(env.get("XDG_DATA_HOME") or Path(env.get("HOME") or Path.home()) / ".local" / _SHARE)
    placed = {}
    for source, where in _shipped():
        target = home / where
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        except OSError as error:
            raise cannot_write(target, error) from error
        placed[where.parts[0]] = target
        yield f"wrote {target}"
    if not placed:
        raise UsageError(
            "this nxcdr was installed without its completions", "They are in the source, in the folder completions."
        )
    if shutil.which("bash", path=env.get("PATH")):
        yield _REMARKS["bash"].format(placed["bash-completion"])
    if shutil.which("zsh", path=env.get("PATH")):
        yield _REMARKS["zsh"].format(placed["zsh"].parent)
    yield "Shells that are started from now on complete nxcdr; man nxcdr shows its manual."


def _shipped() -> Iterator[tuple[Path, Path]]:
    """What the installed distribution has in share: each file, and its place below that folder."""
    for file in metadata.files("nxcdr") or ():
        if _SHARE in file.parts and ".." in file.parts:
            yield Path(str(file.locate())), Path(*file.parts[file.parts.index(_SHARE) + 1 :])
