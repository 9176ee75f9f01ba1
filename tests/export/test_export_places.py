"""Where a file goes: what stands in its way is found before the first request, and nothing else is touched."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nxcdr.sandbox import Request
from tests.harness import DAY, Program, Serve, csv_rows_of, json_lines_of, left_in, some_calls

Spawn = Callable[..., subprocess.Popen[bytes]]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("missing/x.csv", "missing does not exist"),
        ("file.txt/x.csv", "file.txt does not exist"),
        ("sub", "sub is a folder"),
        ("x" * 300 + ".csv", "can't be written: File name too long"),
        ("x" * 250 + ".csv", ".csv is too long"),
        ("loop.csv", "loop.csv can't be written: Too many levels"),
        ("dangling.csv", "nowhere does not exist"),
        ("there.csv", "there.csv exists already"),
        ("/proc/x.csv", "can't be written"),
    ],
)
def test_a_place_that_cannot_be_written_is_exit_6_before_the_first_request(
    serve: Serve, nxcdr: Program, here: Path, output: str, words: str
) -> None:
    sandbox = serve(some_calls(3))
    (here / "sub").mkdir()
    (here / "file.txt").touch()
    (here / "there.csv").write_text("kept")
    (here / "loop.csv").symlink_to("loop.csv")
    (here / "dangling.csv").symlink_to("nowhere/x.csv")
    before = left_in(here)
    outcome = nxcdr("export", DAY, "-o", output)
    assert (outcome.code, outcome.out, sandbox.requests) == (6, "", [])
    assert words in outcome.err
    assert left_in(here) == before
    assert (here / "there.csv").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_without_permission_is_exit_6(serve: Serve, nxcdr: Program, here: Path, mode: int) -> None:
    sandbox = serve(some_calls(3))
    (here / "sub").mkdir(mode)
    outcome = nxcdr("export", DAY, "-o", "sub/x.csv")
    assert (outcome.code, "can't be written" in outcome.err, sandbox.requests) == (6, True, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_read_only_disk_is_exit_6(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve(some_calls(3))
    (here / "sub").mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "sub"], check=False, capture_output=True
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        outcome = nxcdr("export", DAY, "-o", "sub/x.csv")
    finally:
        subprocess.run(["umount", "-l", "sub"], check=True)
    assert (outcome.code, "sub can't be written to" in outcome.err, sandbox.requests) == (6, True, [])


@pytest.mark.parametrize("output", ["", "sub/", "x", "x.txt", "x.gz", "{week}.csv", "{date:%d}.csv", "{date.csv"])
def test_a_name_that_can_not_be_understood_is_a_usage_error(
    serve: Serve, nxcdr: Program, here: Path, output: str
) -> None:
    sandbox = serve()
    outcome = nxcdr("export", DAY, "-o", output)
    assert (outcome.code, outcome.out, sandbox.requests) == (2, "", [])
    assert left_in(here) == []


def test_a_symlink_is_followed_and_stays_a_symlink(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(3))
    (here / "sub").mkdir()
    (here / "link.csv").symlink_to("sub/real.csv")
    assert nxcdr("export", DAY, "-o", "link.csv", "--receipt").code == 0
    assert (here / "link.csv").is_symlink()
    assert len(csv_rows_of(here / "sub" / "real.csv")) == 3
    assert left_in(here / "sub") == ["real.csv"]
    assert nxcdr("verify", "link.csv").code == 0
    assert nxcdr("export", DAY, "-o", "link.csv").code == 6
    assert nxcdr("export", DAY, "-o", "link.csv", "--overwrite").code == 0
    assert (here / "link.csv").is_symlink()


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_s_permissions_follow_the_umask_and_nothing_on_the_way_is_more_open(
    serve: Serve, spawn: Spawn, here: Path, umask: int, mode: int
) -> None:
    seen: set[tuple[str, int]] = set()
    sandbox = serve(some_calls(700))

    def look(_: object) -> None:
        seen.update((path.name, path.stat().st_mode & 0o777) for path in here.iterdir())

    sandbox._observe = look
    assert spawn("export", DAY, "-o", "x.csv", "--receipt", umask=umask).wait(20) == 0
    assert {(path.name, path.stat().st_mode & 0o777) for path in here.iterdir()} == {
        ("x.csv", mode),
        ("x.csv.receipt.json", mode),
    }
    assert {mode for _, mode in seen} == {0o600}
    assert ".x.csv.nxcdr" in {name for name, _ in seen}


def test_a_file_that_is_replaced_keeps_its_permissions_which_its_receipt_gets_too(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve(some_calls(3))
    (here / "x.csv").touch(0o640)
    assert nxcdr("export", DAY, "-o", "x.csv", "--overwrite", "--receipt").code == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in here.iterdir()} == {0o640}


def test_dev_null_and_other_devices_are_written_to_and_stay(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(3))
    for options in ((), ("--overwrite",), ("--skip-existing",)):
        assert nxcdr("export", DAY, "-o", "/dev/null", "--format", "csv", *options).code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    full = nxcdr("export", DAY, "-o", "/dev/full", "--format", "csv")
    assert (full.code, "/dev/full can't be written: No space" in full.err, "kept" in full.err) == (6, True, False)
    assert nxcdr("export", DAY, "-o", "/dev/null", "--format", "csv", "--receipt").code == 2
    assert left_in(here) == []


def test_a_fifo_gets_the_whole_export(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(250))
    fifo = here / "pipe.csv.gz"
    os.mkfifo(fifo)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(fifo.read_bytes()))
    reader.start()
    assert nxcdr("export", DAY, "-o", fifo).code == 0
    reader.join(10)
    assert gzip.decompress(found[0]).count(b"\n") == 251
    assert stat.S_ISFIFO(fifo.stat().st_mode)


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_stdout_is_the_same_as_a_file_by_either_name(
    serve: Serve, nxcdr: Program, spawn: Spawn, here: Path, name: str
) -> None:
    serve(some_calls(250))
    assert nxcdr("export", DAY, "-o", "x.csv").code == 0
    with (here / "out").open("wb") as out:
        assert spawn("export", DAY, "-o", name, stdout=out).wait(20) == 0
    assert (here / "out").read_bytes() == (here / "x.csv").read_bytes()
    for more in ("--json", "--receipt"):
        assert nxcdr("export", DAY, "-o", name, more).code == 2
    assert nxcdr("export", DAY, "-o", name, "--split", "hour").code == 2


def test_a_reader_of_stdout_that_leaves_is_no_failure(serve: Serve, spawn: Spawn) -> None:
    serve(some_calls(1500))
    process = spawn("export", DAY, "-o", "-")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr.read().count(b"\n") == 1  # the range


def test_stdout_that_is_full_or_closed_is_exit_6_and_one_clear_error(serve: Serve, spawn: Spawn) -> None:
    serve(some_calls(3))
    with Path("/dev/full").open("wb") as full:
        process = spawn("export", DAY, "-o", "-", "-q", stdout=full)
        err = process.communicate(timeout=20)[1].decode().splitlines()
        assert err == [
            "nxcdr: error: stdout can't be written: No space left on device",
            "Make room and run the same command again.",
        ]
        assert process.returncode == 6
    process = spawn("export", DAY, "-o", "-", "-q", preexec_fn=lambda: os.close(1))
    assert process.communicate(timeout=20)[1].startswith(b"nxcdr: error: stdout is closed\n")
    assert process.returncode == 6


def test_a_temporary_folder_that_is_missing_is_told_by_its_name(
    serve: Serve, spawn: Spawn, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    serve(some_calls(700))
    monkeypatch.setenv("TMPDIR", str(here))
    process = spawn(
        "export", DAY, "-o", "-", "-q", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    )
    out, err = process.communicate(timeout=20)
    assert (out, process.returncode) == (b"", 6)
    assert str(here).encode() in err
    assert b"kept" not in err
    assert left_in(here) == []


def test_a_file_that_another_program_puts_there_meanwhile_is_not_replaced(
    serve: Serve, nxcdr: Program, here: Path
) -> None:

    def put(_: Request) -> None:
        (here / "x.csv").write_text("theirs")

    sandbox = serve(some_calls(250))
    sandbox._observe = put
    outcome = nxcdr("export", DAY, "-o", "x.csv")
    assert (outcome.code, (here / "x.csv").read_text()) == (6, "theirs")
    sandbox._observe = None
    assert "resumed" in nxcdr("export", DAY, "-o", "x.csv", "--overwrite").err
    assert left_in(here) == ["x.csv"]


def test_files_that_another_run_puts_there_meanwhile_are_left_where_that_is_wanted(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    theirs = [here / "2023-07-28.csv", here / "2023-07-29.csv"]

    def put(_: Request) -> None:
        for path in theirs:
            path.write_text("theirs")

    serve(some_calls(250))._observe = put
    outcome = nxcdr("export", f"{DAY} to 2023-07-29", "--split", "day", "-o", "{date}.csv", "--skip-existing")
    assert (outcome.code, "2 files left as they were" in outcome.err) == (0, True)
    assert [path.read_text() for path in theirs] == ["theirs"] * 2
    assert (here / f"{DAY}.csv").read_bytes().count(b"\n") == 251
    assert len(left_in(here)) == 3


def test_somebody_else_s_folder_by_the_work_s_name_is_not_used(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(3))
    (here / "elsewhere").mkdir()
    (here / ".x.jsonl.nxcdr").symlink_to("elsewhere")
    outcome = nxcdr("export", DAY, "-o", "x.jsonl")
    assert (outcome.code, left_in(here / "elsewhere")) == (6, [])
    (here / ".x.jsonl.nxcdr").unlink()
    assert nxcdr("export", DAY, "-o", "x.jsonl").code == 0
    assert len(json_lines_of(here / "x.jsonl")) == 3
