"""Settings: profiles, environment, precedence, time zone and secrets.

A flag wins over the environment, that over the profile, that over the default.
"""

from nxcdr.settings.edit import check_place, write_default, write_profile
from nxcdr.settings.file import ConfigFile, location, profile_name, read_file
from nxcdr.settings.keys import DEFAULT_PROFILE, KEYS, REGIONS, SANDBOX, Key, key_named, value_of
from nxcdr.settings.load import Settings, draft, load, timezone_name
from nxcdr.settings.secrets import (
    MASK,
    Credentials,
    Secret,
    SecretSource,
    credentials,
    forget_in_keyring,
    oddity,
    store_in_keyring,
)
from nxcdr.settings.zones import machine_timezone

__all__ = [
    "DEFAULT_PROFILE",
    "KEYS",
    "MASK",
    "REGIONS",
    "SANDBOX",
    "ConfigFile",
    "Credentials",
    "Key",
    "Secret",
    "SecretSource",
    "Settings",
    "check_place",
    "credentials",
    "draft",
    "forget_in_keyring",
    "key_named",
    "load",
    "location",
    "machine_timezone",
    "oddity",
    "profile_name",
    "read_file",
    "store_in_keyring",
    "timezone_name",
    "value_of",
    "write_default",
    "write_profile",
]
