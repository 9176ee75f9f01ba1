"""Settings: profiles, environment, precedence, time zone and secrets.

A flag wins over the environment, the environment over the profile, the profile over the default.
"""

from nxcdr.settings.edit import check_place, remove_key, write_default, write_key, write_profile
from nxcdr.settings.file import ConfigFile, config_path, location, profile_name, read_file, usual_profile
from nxcdr.settings.keys import DEFAULT_PROFILE, KEYS, REGIONS, SANDBOX, Key, Settings, key_named, value_of
from nxcdr.settings.load import draft, load, load_several, overriding, timezone_name
from nxcdr.settings.lookup import Credentials, credentials, mask_key
from nxcdr.settings.secrets import MASK, Secret, decoded, oddity
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
    "Settings",
    "check_place",
    "config_path",
    "credentials",
    "decoded",
    "draft",
    "key_named",
    "load",
    "load_several",
    "location",
    "machine_timezone",
    "mask_key",
    "oddity",
    "overriding",
    "profile_name",
    "read_file",
    "remove_key",
    "timezone_name",
    "usual_profile",
    "value_of",
    "write_default",
    "write_key",
    "write_profile",
]
