"""What the errors of a connection mean: another try may succeed, or not."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3

from nxcdr.api.answer import CHECK_ENDPOINT, TransientError
from nxcdr.errors import NxcdrError, SettingsError, UnavailableError, UntrustedAnswerError

# The proxy's URL is none.
_NO_PROXY = (urllib3.exceptions.LocationValueError, urllib3.exceptions.ProxySchemeUnknown)


@contextmanager
def faults_of(endpoint: str, timeout: float) -> Iterator[None]:
    """Raise what a connection fails with as what it means here.

    Args:
        endpoint: The URL asked.
        timeout: Seconds that an answer may take.

    Raises:
        TransientError: Another try may succeed.
        UnavailableError: None would.
        SettingsError: The proxy in the environment can't be used.
        OSError: A limit of this process, such as too many open files.
    """
    try:
        yield
    except urllib3.exceptions.SSLError as error:
        reason = _reason(error)
        if "EOF" in reason:  # the connection was cut while it was set up
            raise TransientError(reason) from error
        raise UnavailableError(
            f"no secure connection to {endpoint}: {reason}",
            "Check the server's name and, for a private certificate authority, the setting ca_bundle."
            if "certificate" in reason
            else "Check base_url or region (`nxcdr config show`): TLS 1.2 or newer is needed.",
        ) from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, *_NO_PROXY) as error:
        # The endpoint is valid, so it is the proxy. The error's text is not shown: it may hold its password.
        raise SettingsError(
            "the proxy that the environment names can't be used",
            "Check HTTPS_PROXY and ALL_PROXY: http://HOST:PORT; a SOCKS proxy needs the package PySocks.",
        ) from error
    except urllib3.exceptions.ProxyError as error:
        if "Tunnel connection failed: 4" in (reason := _reason(error)):
            raise UnavailableError(
                f"the proxy does not let it through: {reason}",
                "Check HTTPS_PROXY, with the proxy's user and password, and NO_PROXY.",
            ) from error
        raise TransientError(reason) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise_own_limits(error)
        raise TransientError(_reason(error, timeout)) from error


def given_up(fault: TransientError, tries: int) -> NxcdrError:
    """The error that a fault becomes after so many tries."""
    times = "1 try" if tries == 1 else f"{tries} tries"
    if fault.final is UntrustedAnswerError:
        return UntrustedAnswerError(
            f"the server answers in a way that can't be trusted: {fault.message} ({times})",
            CHECK_ENDPOINT,
        )
    return fault.final(
        f"the server can't be reached or does not answer: {fault.message} ({times})",
        "Try again later; `nxcdr config check` tells more.",
    )


def raise_own_limits(error: BaseException | None) -> None:
    """Raise what is no fault of a network or file, but a limit of this process.

    Raises:
        OSError: Too many files are open, or memory ran out.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOMEM}:
            raise OSError(error.errno, error.strerror)
        error = error.__cause__ or error.__context__


def _reason(error: BaseException, timeout: float = 0.0) -> str:
    """The innermost cause of a network error, in words."""
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # which counts as a time-out there
    if not refused and isinstance(error, (urllib3.exceptions.TimeoutError, TimeoutError)):
        return f"no answer within {timeout:g} s"
    text = str(error)
    while (deeper := getattr(error, "reason", None) or error.__cause__ or error.__context__) is not None:
        if not isinstance(deeper, BaseException):
            break
        error = deeper
        text = str(error) or text
    return text.rpartition(">: ")[2].strip() or type(error).__name__
