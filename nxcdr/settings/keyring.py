"""The system keyring, through the optional package keyring."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec

from nxcdr.errors import CredentialsError
from nxcdr.settings.secrets import Secret

SERVICE = "nxcdr"


def installed() -> bool:
    """Tell whether the package keyring is installed."""
    return find_spec("keyring") is not None


def read(profile: str, key: str) -> Secret | None:
    """Return a profile's secret; None if the keyring has none, or the machine has no keyring.

    Raises:
        CredentialsError: The keyring can't be used.
    """
    text = _call("get_password", profile, key)
    return Secret(text) if text else None


def store(profile: str, key: str, secret: Secret) -> None:
    """Store a profile's secret.

    Raises:
        CredentialsError: The package is not installed, or the keyring can't be used.
    """
    if not installed():
        raise CredentialsError("the system keyring needs the package keyring", "Install nxcdr with the extra keyring.")
    _call("set_password", profile, key, secret.reveal())


def remove(profile: str, key: str) -> bool:
    """Remove a profile's secret.

    Returns:
        Whether there was one.

    Raises:
        CredentialsError: The keyring can't be used.
    """
    if not installed() or _call("get_password", profile, key) is None:
        return False
    _call("delete_password", profile, key)
    return True


def _call(verb: str, profile: str, key: str, *password: str) -> str | None:
    """Call a function of the package keyring, which is imported by name since it is optional.

    A backend is a plug-in: it may raise anything. What it says is shown only before it is given a secret.
    """
    name = os.environ.get("PYTHON_KEYRING_BACKEND")
    what = "the system keyring" if name is None else f"the keyring {name!r} (environment PYTHON_KEYRING_BACKEND)"
    others = f"`nxcdr config set {key}`" + (" (or access_secret_command)" if key == "access_secret" else "")
    hint = f"Unlock or repair it, or give the {key.replace('_', ' ')} in NXCDR_{key.upper()} or with {others}."
    try:
        package, errors = import_module("keyring"), import_module("keyring.errors")
        backend = package.get_keyring()
        if name is None:
            what = f"the keyring {backend.name!r}"
    except Exception as error:  # noqa: BLE001
        raise CredentialsError(f"{what} can't be loaded: {type(error).__name__}: {error}", hint) from None
    user = profile if key == "access_secret" else f"{profile}/{key}"  # no profile's name has a slash
    try:
        answer: str | None = getattr(package, verb)(SERVICE, user, *password)
    except errors.NoKeyringError:
        if verb == "get_password":
            return None
        raise CredentialsError("this machine has no system keyring", hint) from None
    except Exception as error:  # noqa: BLE001
        raise CredentialsError(f"{what} can't be used: {type(error).__name__}", hint) from None
    return answer
