"""Finding the secrets of a profile when they are needed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from nxcdr.errors import CredentialsError, SettingsError
from nxcdr.settings import keyring
from nxcdr.settings.keys import SANDBOX, Settings
from nxcdr.settings.secrets import Secret

COMMAND_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with."""

    access_key: str
    access_secret: Secret


def credentials(settings: Settings, *, timeout: float = COMMAND_TIMEOUT) -> Credentials:
    """Return the access key and secret: the secret as set, or from its command, or from the system keyring.

    Args:
        settings: The run's settings.
        timeout: Seconds that access_secret_command may take.

    Raises:
        CredentialsError: There is no access key or no secret, or the secret can't be read.
    """
    if settings.access_key is None:
        raise _missing("access_key", "access_key ACCESS_KEY", settings.profile)
    if settings.access_secret is None and settings.access_secret_command is not None:
        return Credentials(settings.access_key, _printed_by(settings.access_secret_command, timeout))
    secret = _secret(settings, "access_secret")
    if secret is None:
        raise _missing("access_secret", "access_secret", settings.profile)
    return Credentials(settings.access_key, secret)


def mask_key(settings: Settings) -> Secret:
    """Return the key that pseudonyms are made with: as set, or from the system keyring.

    Raises:
        SettingsError: There is none.
        CredentialsError: The keyring can't be used.
    """
    if key := _secret(settings, "mask_key"):
        return key
    raise SettingsError(
        f"no mask key for profile {settings.profile}",
        "Set NXCDR_MASK_KEY."
        if settings.profile == SANDBOX
        else f"Set it with `nxcdr config set -p {settings.profile} mask_key` or NXCDR_MASK_KEY.",
    )


def _secret(settings: Settings, key: str) -> Secret | None:
    """A secret as set, or from the system keyring; None if there is none."""
    secret: Secret | None = getattr(settings, key)
    if secret is None and settings.profile != SANDBOX and keyring.installed():
        secret = keyring.read(settings.profile, key)
    return secret


def _missing(key: str, arguments: str, profile: str) -> CredentialsError:
    ways = f"`nxcdr config set -p {profile} {arguments}` or NXCDR_{key.upper()}"
    hint = f"Set it with `nxcdr config init`, {ways}; `--profile sandbox` needs none."
    return CredentialsError(f"no {key.replace('_', ' ')} for profile {profile}", hint)


def _printed_by(command: str, timeout: float) -> Secret:
    """Run a command without a shell, and return the one line it prints.

    Neither its output nor its arguments are shown in errors: they may hold the secret.
    """
    import subprocess

    arguments = shlex.split(command)
    what = f"access_secret_command ({arguments[0]})"
    by_hand = "Run it by hand to see why: nxcdr never shows its output."
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, split without a shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        text = done.stdout.decode()
    except subprocess.TimeoutExpired:
        raise CredentialsError(f"{what} did not end within {timeout:g} s", by_hand) from None
    except OSError as error:
        raise CredentialsError(f"{what} can't be run: {error.strerror}", "Give the program's full path.") from None
    except ValueError:  # the output is not UTF-8, or an argument has a NUL
        raise CredentialsError(f"{what} does not print UTF-8 text", by_hand) from None
    if done.returncode:
        raise CredentialsError(f"{what} failed with exit status {done.returncode}", by_hand)
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise CredentialsError(f"{what} prints nothing", by_hand)
    if "\n" in text:
        raise CredentialsError(
            f"{what} prints more than one line",
            "It must print the secret alone, e.g. sh -c 'pass show nxcloud | head -n 1'.",
        )
    return Secret(text)
