"""The access secret: where it comes from, and how it is kept from being seen."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NoReturn

from nxcdr.errors import CredentialsError

if TYPE_CHECKING:
    from nxcdr.settings.load import Settings

MASK = "********"
KEYRING_SERVICE = "nxcdr"
COMMAND_TIMEOUT = 30.0


class Secret:
    """A text that no repr, format, log, traceback or pickle shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where the secret comes from; nothing is run or asked until `credentials`.

    With none of `given`, `command` and `keyring_user` there is no secret.

    Attributes:
        where: In words, such as "environment NXCDR_ACCESS_SECRET".
        given: The secret itself.
        command: A command that prints it.
        keyring_user: The user name it is stored under in the system keyring, if it is.
    """

    where: str = "not set"
    given: Secret | None = None
    command: str = ""
    keyring_user: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with."""

    access_key: str
    access_secret: Secret


def credentials(settings: Settings, *, timeout: float = COMMAND_TIMEOUT) -> Credentials:
    """Find the secret: as given, from its command, or from the system keyring.

    Args:
        settings: The run's settings.
        timeout: Seconds a command may take.

    Raises:
        CredentialsError: There is no access key or no secret, or it can't be had.
    """
    source = settings.secret_source
    if settings.access_key is None:
        raise _missing("access key", "access_key ACCESS_KEY", settings.profile)
    if source.given is not None:
        secret: Secret | None = source.given
    elif source.command:
        secret = _printed_by(source.command, timeout)
    else:
        secret = _in_keyring(source.keyring_user) if source.keyring_user else None
    if secret is None:
        raise _missing("access secret", "access_secret", settings.profile)
    try:
        secret.reveal().encode()
    except UnicodeEncodeError:
        raise CredentialsError(f"the access secret is not valid text ({source.where})", "It must be UTF-8.") from None
    return Credentials(settings.access_key, secret)


def oddity(secret: Secret) -> str:
    """What is odd about a secret, as a clause; empty when nothing is.

    What is pasted or read from a file often brings along what does not belong to it.
    """
    text = secret.reveal()
    if "\n" in text or "\r" in text:
        return "it contains a line break"
    if text != text.strip():
        return "it begins or ends with a blank"
    if text[:1] == text[-1:] and text[:1] in {"'", '"', "`"}:
        return "it stands in quotes"
    if not text.isprintable():
        return "it contains a control character"
    return ""


def keyring_installed() -> bool:
    """Whether the extra ``keyring`` is there."""
    return find_spec("keyring") is not None


def store_in_keyring(profile: str, secret: Secret) -> None:
    """Store a profile's secret in the system keyring, as service ``nxcdr`` and the profile's name.

    Raises:
        CredentialsError: The extra is not installed, or there is no keyring that can be written.
    """
    if not keyring_installed():
        raise CredentialsError("the system keyring needs the package keyring", "Install nxcdr with the extra keyring.")
    _asked_of_keyring("set_password", profile, secret.reveal())


def forget_in_keyring(profile: str) -> bool:
    """Remove a profile's secret from the system keyring.

    Returns:
        Whether there was one.

    Raises:
        CredentialsError: The keyring can't be written.
    """
    if not keyring_installed() or _asked_of_keyring("get_password", profile) is None:
        return False
    _asked_of_keyring("delete_password", profile)
    return True


def _in_keyring(username: str) -> Secret | None:
    text = _asked_of_keyring("get_password", username)
    return Secret(text) if text else None


def _asked_of_keyring(verb: str, username: str, *more: str) -> str | None:
    # By name, since the extra is not always there for a type checker to read.
    keyring, errors = import_module("keyring"), import_module("keyring.errors")
    try:
        answer: str | None = getattr(keyring, verb)(KEYRING_SERVICE, username, *more)
    except errors.NoKeyringError:
        if verb == "get_password":
            return None  # a machine without a keyring holds no secret in one
        raise CredentialsError("this machine has no system keyring", "Keep the secret in the file instead.") from None
    except errors.KeyringError as error:
        raise CredentialsError(
            f"the system keyring can't be used ({type(error).__name__})",
            "Unlock it, or give the secret in NXCDR_ACCESS_SECRET.",
        ) from None
    return answer


def _printed_by(command: str, timeout: float) -> Secret:
    """Run a command, without a shell, and take what it prints, less one line end.

    Its own words are never told: they may hold the secret.
    """
    import subprocess

    arguments = shlex.split(command)
    what = f"access_secret_command ({arguments[0]})"
    by_hand = "Run it by hand to see why: what it prints is never shown here."
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
    except ValueError:  # not UTF-8 text, or a NUL among the arguments
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


def _missing(what: str, call: str, profile: str) -> CredentialsError:
    return CredentialsError(
        f"no {what} for profile {profile}",
        f"Set it with `nxcdr config init`, `nxcdr config set -p {profile} {call}` "
        f"or NXCDR_{what.upper().replace(' ', '_')}; `--profile sandbox` needs none.",
    )
