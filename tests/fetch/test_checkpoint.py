"""What a checkpoint holds is whole windows and nothing else, however the run before it ended."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from nxcdr.errors import OutputError
from nxcdr.fetch.checkpoint import Checkpoint, remove_if_published
from nxcdr.fetch.window import SelectedBy
from tests.conftest import ROOT
from tests.harness import left_in

Calls = list[tuple[int | None, bytes]]


def calls_of(window: int, count: int = 3) -> Calls:
    """The calls of the window from 10 times this number."""
    start = window * 10_000
    return [(start + n, b'{"callId":"%d-%d","startTime":%d}' % (window, n, start + n)) for n in range(count)]


def add(checkpoint: Checkpoint, window: int, count: int = 3, *, settled: bool = True) -> None:
    checkpoint.add(window * 10, window * 10 + 10, calls_of(window, count), listed=count, settled=settled)


def texts(checkpoint: Checkpoint, *, newest_first: bool = False) -> list[bytes]:
    return [record for batch in checkpoint.records(newest_first=newest_first) for record in batch]


def texts_of(*windows: int, count: int = 3) -> list[bytes]:
    return [record for window in windows for _, record in calls_of(window, count)]


def child(code: str, path: Path) -> subprocess.Popen[str]:
    """Run code in another process, with this module's names and an open checkpoint."""
    head = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom nxcdr.fetch.checkpoint import Checkpoint\n"
        f"from tests.fetch.test_checkpoint import *\npath = Path({str(path)!r})\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", head + textwrap.dedent(code)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def killed_after(code: str, path: Path) -> None:
    """What is left where a process that does this is killed at once."""
    process = child(
        f"checkpoint = Checkpoint(path, 'shape')\n{textwrap.dedent(code)}\nos.kill(os.getpid(), signal.SIGKILL)\n", path
    )
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".x.csv.nxcdr"


def test_what_a_run_has_added_the_next_one_finds(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        assert not checkpoint.resumed
        add(checkpoint, 3)
        add(checkpoint, 1)
    assert left_in(path.parent) == [path.name]
    with Checkpoint(path, "shape") as checkpoint:
        assert (checkpoint.resumed, checkpoint.discarded) == (True, False)
        assert (checkpoint.windows, checkpoint.rows, checkpoint.repeats) == (2, 6, 0)
        assert list(checkpoint.missing(0, 60)) == [(0, 10), (20, 30), (40, 60)]
        assert texts(checkpoint) == texts_of(1, 3)


@pytest.mark.parametrize(("shape", "fresh", "discarded"), [("other", False, True), ("shape", True, False)])
def test_work_of_another_shape_or_that_nobody_wants_is_not_used(
    path: Path, shape: str, fresh: bool, discarded: bool
) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
    with Checkpoint(path, shape, fresh=fresh) as checkpoint:
        assert (checkpoint.windows, checkpoint.rows) == (0, 0)
        assert (checkpoint.resumed, checkpoint.discarded) == (False, discarded)
    assert left_in(path.parent) == []


def test_windows_into_which_calls_may_still_come_are_read_again(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
        add(checkpoint, 2, settled=False)
        add(checkpoint, 3)
    with Checkpoint(path, "shape") as checkpoint:
        assert texts(checkpoint) == texts_of(1, 3)
        assert list(checkpoint.missing(10, 40)) == [(20, 30)]
        add(checkpoint, 2, settled=False)
    with Checkpoint(path, "shape") as checkpoint:
        assert list(checkpoint.missing(10, 40)) == [(20, 30)]


def test_where_calls_belong_by_another_time_all_is_read_again_if_some_may_still_come_in(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        checkpoint.restart(SelectedBy.END)
        add(checkpoint, 1)
        add(checkpoint, 2, settled=False)
    with Checkpoint(path, "shape") as checkpoint:
        assert (checkpoint.selected_by, checkpoint.windows, checkpoint.rows) == (SelectedBy.END, 0, 0)


def test_starting_over_by_another_time_drops_all_and_is_remembered(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
        checkpoint.restart(SelectedBy.LISTED)
        assert (checkpoint.windows, checkpoint.rows) == (0, 0)
        add(checkpoint, 2)
    with Checkpoint(path, "shape") as checkpoint:
        assert checkpoint.selected_by is SelectedBy.LISTED
        assert texts(checkpoint) == texts_of(2)


def test_equal_calls_are_kept_once_and_counted(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        checkpoint.add(0, 10, [*calls_of(0), *calls_of(0)], listed=6, settled=True)
        checkpoint.add(10, 20, calls_of(0), listed=3, settled=True)
        assert (checkpoint.rows, checkpoint.repeats) == (3, 6)
        assert texts(checkpoint) == texts_of(0)


def test_a_window_that_fails_halfway_leaves_none_of_its_calls(path: Path) -> None:
    def broken() -> Iterator[tuple[int, bytes]]:
        yield from ((n, b"%d" % n) for n in range(5000))
        raise RuntimeError

    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
        with pytest.raises(RuntimeError):
            checkpoint.add(20, 30, broken(), listed=5000, settled=True)
        assert (checkpoint.windows, texts(checkpoint)) == (1, texts_of(1))
        add(checkpoint, 2)
        assert texts(checkpoint) == texts_of(1, 2)


def test_records_come_by_start_then_by_text_those_without_a_start_first(path: Path) -> None:
    calls: Calls = [(5, b"b"), (None, b"z"), (5, b"a"), (2**70, b"late"), (-(2**70), b"early"), (7, b"c"), (None, b"y")]
    with Checkpoint(path, "shape") as checkpoint:
        checkpoint.add(0, 10, calls, listed=len(calls), settled=True)
        oldest = texts(checkpoint)
        assert [record for record in oldest if record != b"early"] == [b"y", b"z", b"a", b"b", b"c", b"late"]
        assert texts(checkpoint, newest_first=True) == oldest[::-1]
        first, last = checkpoint.first_and_last()
        assert (first, last) == (5, 2**63 - 1)


def test_more_calls_than_a_batch_come_in_order(path: Path) -> None:
    calls: Calls = [(n, b"%05d" % n) for n in range(3500)]
    with Checkpoint(path, "shape") as checkpoint:
        checkpoint.add(0, 10, Random(1).sample(calls, len(calls)), listed=len(calls), settled=True)
        assert texts(checkpoint) == [record for _, record in calls]
        assert max(map(len, checkpoint.records())) <= 1000


def test_calls_are_counted_by_id_and_by_whether_they_start_outside(path: Path) -> None:
    ids = ('"a"', '"a"', '"b"', '"\\u0061"', '"\\u4e2d"', "12", "null")
    calls: Calls = [(n * 1000, f'{{"callId":{one},"n":{n}}}'.encode()) for n, one in enumerate(ids)]
    with Checkpoint(path, "shape") as checkpoint:
        checkpoint.add(0, 10, [*calls, (None, b'{"n":0}')], listed=8, settled=True)
        assert checkpoint.distinct_call_ids == 4
        assert checkpoint.outside(2, 6) == 3
        assert checkpoint.outside(0, 7) == 0
        assert checkpoint.first_and_last() == (0, 6000)


def test_nothing_is_left_behind_where_nothing_was_kept_or_all_is_done(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        checkpoint.scratch.write_text("half a file")
    assert left_in(path.parent) == []
    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1, 5000)
        checkpoint.scratch.write_text("half a file")
        checkpoint.remove()
    assert left_in(path.parent) == []


def test_what_is_kept_is_for_the_user_alone(path: Path) -> None:
    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
        assert {path.with_name(name).stat().st_mode & 0o777 for name in left_in(path.parent)} == {0o600}


def test_it_belongs_to_one_run_also_within_one_process(path: Path) -> None:
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            Checkpoint(path, "shape").close()
        except OutputError as error:
            failures.append(error)

    with Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
        open_it()
        thread = threading.Thread(target=open_it)
        thread.start()
        thread.join()
        remove_if_published(path)
        process = child(
            "try:\n    Checkpoint(path, 'shape')\nexcept OutputError as error:\n    print(error.message)", path
        )
        assert "another run" in process.communicate(timeout=60)[0]
        add(checkpoint, 2)
    assert ["another run" in str(failure) for failure in failures] == [True, True]
    with Checkpoint(path, "shape") as checkpoint:
        assert texts(checkpoint) == texts_of(1, 2)


def test_of_many_runs_at_once_one_works_at_a_time_and_no_window_is_lost(path: Path) -> None:
    code = """
    for window in range(int(sys.stdin.readline()), 40, 4):
        while True:
            try:
                with Checkpoint(path, "shape") as checkpoint:
                    add(checkpoint, window)
                break
            except OutputError:
                pass
    """
    processes = [child(code, path) for _ in range(4)]
    for number, process in enumerate(processes):
        assert process.stdin is not None
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    with Checkpoint(path, "shape") as checkpoint:
        assert texts(checkpoint) == texts_of(*range(40))


@pytest.mark.parametrize("windows", [0, 1, 7, 40])
def test_a_killed_run_loses_no_window_that_it_had_added(path: Path, windows: int) -> None:
    code = """
    with Checkpoint(path, "shape") as checkpoint:
        for window in range(10_000):
            print(window, flush=True)
            add(checkpoint, window, 300)
    """
    process = child(code, path)
    assert process.stdout is not None
    for _ in range(windows + 1):
        process.stdout.readline()
    process.kill()
    begun = windows + 1 + len(process.stdout.read().split())
    process.communicate(timeout=60)
    with Checkpoint(path, "shape") as checkpoint:
        assert checkpoint.windows in {begun - 1, begun}
        assert windows <= checkpoint.windows
        assert texts(checkpoint) == texts_of(*range(checkpoint.windows), count=300)


def test_killed_while_its_tables_are_made_the_next_run_begins(path: Path) -> None:
    killed_after("", path)
    log = path.with_name(f"{path.name}-wal")
    begun, logged = path.read_bytes(), log.read_bytes()
    for kept in range(0, len(logged), 5000):
        path.write_bytes(begun)
        log.write_bytes(logged[:kept])
        with Checkpoint(path, "shape") as checkpoint:
            add(checkpoint, 1)
            assert texts(checkpoint) == texts_of(1)
            checkpoint.remove()


@pytest.mark.parametrize("seed", range(12))
def test_after_a_power_cut_there_are_the_first_windows_whole(path: Path, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    after = tmp_path / "after" / path.name
    after.parent.mkdir()
    with Checkpoint(path, "shape") as checkpoint:
        for window in range(chance.randrange(1, 60)):
            add(checkpoint, window, 200)
        for name in (path.name, f"{path.name}-wal"):
            shutil.copy(path.with_name(name), after.with_name(name))
        added = checkpoint.windows
    log = after.with_name(f"{path.name}-wal")
    kept = chance.randrange(log.stat().st_size + 1)
    os.truncate(log, kept)
    with log.open("ab") as file:
        file.write(chance.randbytes(chance.choice([0, 100, 20_000])))
    with Checkpoint(after, "shape") as checkpoint:
        assert not checkpoint.discarded
        assert checkpoint.windows <= added
        assert texts(checkpoint) == texts_of(*range(checkpoint.windows), count=200)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_begun_anew_or_still_right(path: Path, seed: int) -> None:
    chance = Random(seed)
    with Checkpoint(path, "shape") as checkpoint:
        for window in range(20):
            add(checkpoint, window, 200)
    size = path.stat().st_size
    if seed % 2:
        os.truncate(path, chance.randrange(1000, size))
    else:
        with path.open("r+b") as file:
            file.seek(chance.randrange(1, size // 16384) * 16384)
            file.write(bytes(16384))
    with Checkpoint(path, "shape") as checkpoint:
        if not checkpoint.discarded:
            assert texts(checkpoint) == texts_of(*range(20), count=200)
        else:
            assert (checkpoint.windows, checkpoint.resumed) == (0, False)
        add(checkpoint, 30)
        assert checkpoint.windows > 0


@pytest.mark.parametrize("text", ["no database", "x" * 100_000])
def test_a_file_that_is_no_database_is_left_and_said_so(path: Path, text: str) -> None:
    path.write_text(text)
    remove_if_published(path)
    with pytest.raises(OutputError, match="was not made by nxcdr"):
        Checkpoint(path, "shape")
    assert path.read_text() == text


def test_a_folder_in_its_place_is_left_and_said_so(path: Path) -> None:
    path.mkdir()
    with pytest.raises(OutputError, match="was not made by nxcdr"):
        Checkpoint(path, "shape")
    assert path.is_dir()


def test_a_database_of_another_program_is_left_and_said_so(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run(mile REAL)")
        connection.execute("INSERT INTO run VALUES (26.2)")
        connection.commit()
    remove_if_published(path)
    with pytest.raises(OutputError, match="was not made by nxcdr"):
        Checkpoint(path, "shape")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM run").fetchall() == [(26.2,)]


@contextmanager
def small_disk(folder: Path, *options: str) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        for option in options:
            subprocess.run(["mount", "-o", option, str(folder)], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "remount,ro") as disk, pytest.raises(OSError) as failure:  # noqa: PT011
        Checkpoint(disk / "x", "shape")
    assert failure.value.errno == errno.EROFS
    with pytest.raises(FileNotFoundError):
        Checkpoint(tmp_path / "nowhere" / "x", "shape")


def test_a_full_disk_is_an_error_of_the_system_and_costs_no_window_that_was_added(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(OSError) as failure, Checkpoint(disk / "x", "shape") as checkpoint:  # noqa: PT011, PT012
            for window in range(1000):
                add(checkpoint, window, 200)
        assert failure.value.errno == errno.ENOSPC
        with Checkpoint(disk / "x", "shape") as checkpoint:
            assert 0 < checkpoint.windows < 1000
            assert texts(checkpoint) == texts_of(*range(checkpoint.windows), count=200)


def test_a_file_that_may_not_grow_is_an_error_of_the_system_and_costs_no_window(path: Path) -> None:
    code = """
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
    with suppress(OSError), Checkpoint(path, "shape") as checkpoint:
        for window in range(1000):
            add(checkpoint, window, 200)
            print(window + 1)
    """
    process = child(code, path)
    added = process.communicate(timeout=60)[0].split()
    assert process.returncode == 0
    with Checkpoint(path, "shape") as checkpoint:
        assert checkpoint.windows == int(added[-1])
        assert texts(checkpoint) == texts_of(*range(checkpoint.windows), count=200)


def test_killed_before_the_file_appeared_it_goes_on(path: Path) -> None:
    killed_after("add(checkpoint, 1)\ncheckpoint.scratch.write_text('whole')\ncheckpoint.mark_whole()", path)
    remove_if_published(path)
    with Checkpoint(path, "shape") as checkpoint:
        assert checkpoint.resumed
        assert texts(checkpoint) == texts_of(1)
    assert left_in(path.parent) == [path.name]


@pytest.mark.parametrize("looked_for", [True, False])
def test_killed_after_the_file_appeared_its_work_is_done(path: Path, looked_for: bool) -> None:
    code = "add(checkpoint, 1)\ncheckpoint.scratch.write_text('whole')\ncheckpoint.mark_whole()\n"
    killed_after(code + "checkpoint.scratch.rename(path.with_name('x.csv'))", path)
    if looked_for:
        remove_if_published(path)
        assert left_in(path.parent) == ["x.csv"]
    with Checkpoint(path, "shape") as checkpoint:
        assert (checkpoint.windows, checkpoint.resumed, checkpoint.discarded) == (0, False, False)
    assert left_in(path.parent) == ["x.csv"]


def test_a_run_that_fails_to_publish_keeps_its_windows(path: Path) -> None:
    with suppress(RuntimeError), Checkpoint(path, "shape") as checkpoint:
        add(checkpoint, 1)
        checkpoint.scratch.write_text("whole")
        checkpoint.mark_whole()
        raise RuntimeError
    remove_if_published(path)
    with Checkpoint(path, "shape") as checkpoint:
        assert texts(checkpoint) == texts_of(1)
