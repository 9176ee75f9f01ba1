from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nxcdr.errors import OutputError, SettingsError
from nxcdr.settings import location, read_file, write_default, write_profile

ROOT = Path(__file__).parents[2]


def written(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def python(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Runs code in a process of its own, whose first argument is the path."""
    return subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_environment_variables_set_the_files_path(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "/xdg", "NXCDR_CONFIG": "/named.toml"}
    assert location(env) == Path("/named.toml")
    assert location(env | {"NXCDR_CONFIG": ""}) == Path("/xdg/nxcdr/config.toml")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform has its own place")
def test_by_default_the_file_is_in_home_and_without_home_nowhere(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "relative"}
    assert location(env) == tmp_path / ".config/nxcdr/config.toml"
    assert location({}) is None
    assert read_file(None).profiles == {}


@pytest.mark.parametrize(
    ("content", "told", "hint"),
    [
        ("a = [\n1,\n", "line 3, column 1", "Correct"),
        ("[profiles.main]\nregion = \n", "line 2, column 10", "Correct"),
        ("a = 1\na = 2\n", "line 2, column 6", "Correct"),
        ("a = " + "9" * 5000, "not valid TOML", "Correct"),
        ("a = " + "[" * 100_000, "not valid TOML", "Correct"),
        (b"# \xff\n", "not UTF-8 text (at line 1, column 3)", "UTF-8"),
        (b"x = 1\n# " + b"\xff" * 9, "not UTF-8 text (at line 2, column 3)", "UTF-8"),
        (b"#" * (2 << 20), "larger than 1 MiB", "configuration"),
        ("default_profil = 'x'\n", "line 1: unknown key 'default_profil'", "Did you mean default_profile?"),
        ("[profile.main]\n", "line 1: unknown key 'profile'", "Did you mean profiles?"),
        ("# c\nregion = 'hk'\n", "line 2: region belongs to a profile", "[profiles.main]"),
        ("zzz = 1\n", "unknown key 'zzz'", "default_profile, profiles"),
        ("default_profile = 3\n", "default_profile must be a text", "main"),
        ("profiles = 3\n", "profiles must be a table", "[profiles.main]"),
    ],
)
def test_a_broken_file_is_an_error_with_line_and_hint(
    tmp_path: Path, content: str | bytes, told: str, hint: str
) -> None:
    path = written(tmp_path / "c.toml", content)
    with pytest.raises(SettingsError) as caught:
        read_file(path)
    assert str(path) in caught.value.message
    assert told in caught.value.message
    assert hint in caught.value.hint


def test_an_unknown_key_is_an_error_with_line_and_suggestion(tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", "[profiles.main]\n# note\nacces_key = 'k'\n")
    with pytest.raises(SettingsError, match="line 3: unknown key 'acces_key'") as caught:
        read_file(path).profile("main")
    assert caught.value.hint == "Did you mean access_key?"


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    assert read_file(written(tmp_path / "c.toml", b"\xef\xbb\xbf[profiles.a]\n")).profiles == {"a": {}}


@pytest.mark.parametrize("path", ["/dev/null", "/dev/null/x", "/nowhere/at/all"])
def test_a_missing_file_and_dev_null_are_empty(path: str) -> None:
    assert read_file(Path(path)).profiles == {}


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Is a directory"):
        read_file(tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_gives_a_warning(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "c.toml", "", mode)
    assert read_file(path).warnings == (f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}",)
    path.chmod(0o400)
    assert read_file(path).warnings == ()


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "c.toml", "", mode)
    with pytest.raises(SettingsError, match=f"written by others .mode {mode:04o}.") as caught:
        read_file(path)
    assert caught.value.hint == f"Run: chmod 600 {path}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize(("owner", "accepted"), [(0, True), (65534, True), (4242, False)])
def test_another_users_file_is_refused_but_not_roots(tmp_path: Path, owner: int, *, accepted: bool) -> None:
    path = written(tmp_path / "c.toml", "", 0o644)
    os.chown(path, owner, -1)
    tmp_path.chmod(0o755)
    # Imports and folder come first: nobody may not read where Python is installed, nor get here by the whole path.
    code = (
        "import os, sys; from pathlib import Path; from nxcdr.settings import read_file;"
        "path = Path(sys.argv[1]); read_file(Path('/dev/null')); os.chdir(path.parent); os.setuid(65534);"
        "read_file(Path(path.name))"
    )
    done = python(code, path)
    assert done.returncode == (0 if accepted else 1), done.stderr
    assert accepted or "belongs to another user (uid 4242)" in done.stderr


def test_a_new_file_is_private_in_a_private_folder_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "deep" / "nxcdr" / "c.toml"
        write_profile(path, "main", {"access_secret": "hush"})
    finally:
        os.umask(before)
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    assert all(mode_of(beside) == 0o600 for beside in path.parent.iterdir())


def test_only_the_first_profile_becomes_the_default(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    write_profile(path, "main", {"region": "hk"})
    write_profile(path, "second", {"rate": 2.5, "retries": 3})
    assert [line for line in path.read_text().splitlines() if line] == [
        'default_profile = "main"',
        "[profiles.main]",
        'region = "hk"',
        "[profiles.second]",
        "rate = 2.5",
        "retries = 3",
    ]
    write_default(path, "second")
    assert read_file(path).default_profile == "second"
    write_default(path, None)
    write_profile(path, "third", {"region": "hk"})
    assert read_file(path).default_profile is None


def test_a_change_keeps_comments_order_and_line_ends(tmp_path: Path) -> None:
    text = '# mine\ndefault_profile = "b" # the usual\n\n[profiles.b]\nrate = 2 # slow\n\n# a is old\n[profiles.a]\n'
    path = written(tmp_path / "c.toml", text)
    assert write_profile(path, "b", {"rate": 3, "region": None}) == frozenset()
    assert path.read_text() == text.replace("rate = 2 #", "rate = 3 #")
    assert write_profile(path, "b", {"rate": None}) == {"rate"}
    assert path.read_text() == text.replace("rate = 2 # slow\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "[profiles]\nmain = {region = 'hk'}\n",
        "profiles = {main = {region = 'hk'}}\n",
        "profiles.main.region = 'hk'\n",
        "[profiles]\n[profiles.main]\nregion = 'hk'",
    ],
)
@pytest.mark.parametrize("profile", ["main", "other"])
def test_every_toml_syntax_of_a_profile_can_be_changed(tmp_path: Path, text: str, profile: str) -> None:
    path = written(tmp_path / "c.toml", text)
    write_profile(path, profile, {"access_key": "k"})
    profiles = read_file(path).profiles
    assert profiles == {"main": {"region": "hk"}} | {
        profile: ({"region": "hk"} if profile == "main" else {}) | {"access_key": "k"}
    }


def test_a_symlink_stays_and_its_target_is_changed(tmp_path: Path) -> None:
    target = written(tmp_path / "dotfiles.toml", "")
    link = tmp_path / "c.toml"
    link.symlink_to(target)
    write_profile(link, "main", {"region": "hk"})
    assert link.is_symlink()
    assert "hk" in target.read_text()


def test_a_change_makes_a_readable_file_private(tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", "", 0o644)
    write_profile(path, "main", {"region": "hk"})
    assert mode_of(path) == 0o600


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", "broken = \n")
    with pytest.raises(SettingsError):
        write_profile(path, "main", {"region": "hk"})
    assert path.read_text() == "broken = \n"


@pytest.mark.parametrize("path", ["/dev/null", "/dev/null/x/c.toml", "/proc/nxcdr/c.toml", "/proc/self"])
def test_a_path_that_can_not_be_written_is_an_error(path: str) -> None:
    with pytest.raises(OutputError, match=path) as caught:
        write_profile(Path(path), "main", {"region": "hk"})
    assert "NXCDR_CONFIG" in caught.value.hint


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", "[profiles.main]\nregion = 'hk'\n")
    code = (
        "import resource, signal, sys; from pathlib import Path; from nxcdr.settings import write_profile;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import tomlkit;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20));"
        "write_profile(Path(sys.argv[1]), 'main', {'access_key': 'k'})"
    )
    done = python(code, path)
    assert "OutputError" in done.stderr
    assert path.read_text() == "[profiles.main]\nregion = 'hk'\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".c.toml.lock", "c.toml"]


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    names = [f"p{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: write_profile(path, name, {"access_key": name}), names))
    assert {name: {"access_key": name} for name in names} == read_file(path).profiles


def test_a_file_locked_by_another_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nxcdr.settings.edit.LOCK_TIMEOUT", 0.05)
    with (tmp_path / ".c.toml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="changed by another run"):
            write_profile(tmp_path / "c.toml", "main", {"region": "hk"})
