"""Work that is interrupted: what is reused, what is not, and that nothing stays behind."""

from __future__ import annotations

import errno
import json
import os
import random
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

from nxcdr.api.answer import Page, read_page
from nxcdr.errors import OutputError
from nxcdr.output.files import write_all
from nxcdr.output.work import Begun, Part, Regime, Work, sweep, work_folder

SHAPE = {"range": [0, 100]}


def part(start: int, end: int, rows: bytes, **more: Any) -> Part:
    facts = {"extra": 0, "rows": 1, "repeats": 0, "first": start * 1000, "last": start * 1000, "settled": True, **more}
    return Part(start=start, end=end, length=len(rows) - facts["extra"], **facts)


def page(first: int, count: int = 100) -> Page:
    return read_page(json.dumps([{"startTime": first + n} for n in range(count)]).encode())


def begun(serial: int, start: int, end: int, *pages: Page) -> Begun:
    return Begun(serial, start, end, len(pages) + 1, 0, False, "ascending", False, list(pages), [(start, end)])


def text_of(work: Work) -> bytes:
    parts = sorted(work.parts, key=lambda part: part.start)
    return b"".join(chunk for part in parts for chunk in work.read(part.offset, part.length))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return work_folder(tmp_path / "x.csv")


def test_finished_windows_are_reused_in_the_order_of_time(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(50, 60, b"later\n"), b"later\n", 1)
        work.add(part(0, 10, b"first\n"), b"first\n", 2)
        assert not work.resumed
    with Work(folder, SHAPE) as work:
        assert (work.resumed, work.discarded) == (True, False)
        assert list(work.missing(0, 100)) == [(10, 50), (60, 100)]
        work.add(part(10, 50, b"between\n"), b"between\n", 3)
        assert text_of(work) == b"first\nbetween\nlater\n"
        work.remove()
    assert not folder.exists()


def test_what_is_kept_beside_the_rows_survives_too(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"row\nDIGEST", extra=6), b"row\nDIGEST", 1)
    with Work(folder, SHAPE) as work:
        work.add(part(10, 20, b"next\nOTHER!", extra=6), b"next\nOTHER!", 2)
        assert text_of(work) == b"row\nnext\n"
        assert [b"".join(work.read(one.offset + one.length, one.extra)) for one in work.parts] == [b"DIGEST", b"OTHER!"]
        work.remove()


def test_another_shape_begins_anew_and_says_so(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"old\n"), b"old\n", 1)
        work.keep_pages(begun(2, 10, 20, page(0), page(100)))
    with Work(folder, {"range": [0, 99]}) as work:
        assert (work.resumed, work.discarded, work.parts, work.begun) == (False, True, [], [])
    assert not folder.exists()


def test_fresh_forgets_and_does_not_call_it_discarded(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"old\n"), b"old\n", 1)
    with Work(folder, SHAPE, fresh=True) as work:
        assert (work.resumed, work.discarded, work.parts) == (False, False, [])


def test_a_window_that_had_not_settled_is_not_reused(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"a\n", settled=False), b"a\n", 1)
        work.add(part(10, 20, b"b\n"), b"b\n", 2)
    with Work(folder, SHAPE) as work:
        assert [one.start for one in work.parts] == [10]
        work.add(part(0, 10, b"A\n"), b"A\n", 3)
        assert text_of(work) == b"A\nb\n"


def test_pages_of_a_window_on_its_way_are_reused_as_they_were(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        for count in (1, 2, 3):
            pages = [page(n * 100) for n in range(count)]
            work.keep_pages(begun(7, 0, 50, *pages))
    with Work(folder, SHAPE) as work:
        assert work.begun == [begun(7, 0, 50, page(0), page(100), page(200))]
        assert list(work.missing(0, 100)) == [(50, 100)]
        work.keep_pages(begun(7, 0, 50, page(0), page(100), page(200), page(300)))
    with Work(folder, SHAPE) as work:
        assert len(work.begun[0].pages) == 4
        work.add(part(0, 50, b"x\n"), b"x\n", 7)
    assert not list(folder.glob("pages-*"))


def test_a_window_begun_anew_or_cut_keeps_only_what_it_holds_now(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.keep_pages(begun(1, 0, 50, page(0)))
        work.keep_pages(begun(1, 0, 50, page(0), page(100)))
        work.keep_pages(begun(1, 0, 50, page(500)))
        work.keep_pages(begun(1, 0, 50, page(500), page(600)))
        held = page(0, 250)  # of the larger window it was cut out of, never kept for this one
        work.keep_pages(begun(2, 50, 60, held, page(700)))
    with Work(folder, SHAPE) as work:
        assert work.begun == [begun(2, 50, 60, held, page(700)), begun(1, 0, 50, page(500), page(600))]


def test_a_single_page_is_asked_for_again_and_nothing_is_called_discarded(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.keep_pages(begun(1, 0, 10, page(0)))
    with Work(folder, SHAPE) as work:
        assert (work.begun, work.resumed, work.discarded) == ([], False, False)
    assert not folder.exists()


def test_a_window_counts_for_what_those_cut_out_of_it_leave(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.keep_pages(begun(1, 0, 100, page(0), page(1)))
        work.keep_pages(begun(2, 0, 40, page(0), page(2)))
        work.keep_pages(begun(3, 70, 100, page(0), page(3)))
        work.add(part(60, 80, b"x\n"), b"x\n", 4)
    with Work(folder, SHAPE) as work:
        assert {one.serial: one.wanted for one in work.begun} == {3: [(80, 100)], 2: [(0, 40)], 1: [(40, 60)]}
        assert list(work.missing(0, 100)) == []


def test_whatever_a_power_cut_leaves_of_the_files_only_what_is_whole_is_reused(folder: Path) -> None:
    rows = {start: b"%d\n" % start * 300 for start in range(0, 100, 10)}
    with Work(folder, SHAPE) as work:
        for start, text in rows.items():
            work.add(part(start, start + 10, text), text, start)
        pages = [page(0), page(100), page(200)]
        for count in (1, 2, 3):
            work.keep_pages(begun(500, 100, 110, *pages[:count]))
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    chance = random.Random(5)
    for _ in range(150):
        for name, data in whole.items():
            cut = chance.randrange(len(data) + 1)
            lost = data[:cut] if chance.random() < 0.7 else data[:cut] + bytes(len(data) - cut)
            (folder / name).write_bytes(data if chance.random() < 0.3 else lost)
        with Work(folder, SHAPE) as work:
            for one in work.parts:
                assert b"".join(work.read(one.offset, one.length)) == rows[one.start]
            for one_begun in work.begun:
                assert one_begun.pages == pages[: len(one_begun.pages)]
            missing = list(work.missing(0, 110))
            text = b"0\n"
            for number, (start, end) in enumerate(missing):
                work.add(part(start, end, text), text, 900 + number)
        folder.mkdir(exist_ok=True)


def test_a_second_run_is_refused_while_the_first_is_at_work(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"a\n"), b"a\n", 1)
        with pytest.raises(OutputError, match=r"another run is writing x\.csv"):
            Work(folder, SHAPE, fresh=True)
        assert text_of(work) == b"a\n"
    Work(folder, SHAPE).close()


def test_work_that_holds_nothing_leaves_nothing(folder: Path) -> None:
    Work(folder, SHAPE).close()
    assert not folder.exists()
    with pytest.raises(FileNotFoundError):
        Work(folder / "missing" / ".y.nxcdr", SHAPE)


def test_what_a_killed_run_left_after_its_file_had_appeared_is_swept(folder: Path) -> None:
    work = Work(folder, SHAPE)
    work.add(part(0, 10, b"a\n"), b"a\n", 1)
    work.scratch("whole").touch()
    work.seal()
    sweep(folder)
    assert folder.exists()  # its file has not appeared
    work.scratch("whole").unlink()
    sweep(folder)
    assert not folder.exists()
    work.close()
    folder.mkdir()
    sweep(folder)
    assert not folder.exists()


def test_what_was_published_is_not_taken_for_unfinished_work(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"a\n"), b"a\n", 1)
    (folder / "sealed").touch()
    with Work(folder, SHAPE) as work:
        assert (work.resumed, work.discarded, work.parts) == (False, False, [])


def test_records_to_be_put_in_order_begin_anew_and_stay_so(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"a,b\n"), b"a,b\n", 1)
        work.restart(Regime(merging=True, carry="newest", by_end=True))
        assert work.parts == []
        work.add(part(0, 20, b"{}\n"), b"{}\n", 1)
    with Work(folder, SHAPE) as work:
        assert (work.regime, text_of(work)) == (Regime(merging=True, carry="newest", by_end=True), b"{}\n")


def test_rows_that_vanish_under_a_run_are_an_error(folder: Path) -> None:
    with Work(folder, SHAPE) as work:
        work.add(part(0, 10, b"abc\n"), b"abc\n", 1)
        (folder / "rows").write_bytes(b"a")
        with pytest.raises(OutputError, match="shorter than it was"):
            text_of(work)


def test_work_is_synced_twice_a_second_at_most(folder: Path) -> None:
    now = [0.0]
    with Work(folder, SHAPE, clock=lambda: now[0]) as work:
        work.add(part(0, 10, b"a\n"), b"a\n", 1)
        assert work._synced_at == 0
        now[0] = 0.6
        work.add(part(10, 20, b"b\n"), b"b\n", 2)
        assert work._synced_at == 0.6


def test_work_that_can_not_be_synced_is_not_gone_on_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Work(folder, SHAPE, clock=lambda: now[0]) as work:
        monkeypatch.setattr("nxcdr.output.work.os.fsync", full)
        now[0] = 0.6
        work.add(part(0, 10, b"a\n"), b"a\n", 1)
        work._syncing.finish()
        with pytest.raises(OSError, match="No space left"):
            work.add(part(10, 20, b"b\n"), b"b\n", 2)
        with pytest.raises(OSError, match="No space left"):
            list(work.read(0, 2))


def test_a_slow_disk_is_waited_for_only_where_many_pages_are_still_to_be_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = threading.Event()

    def slow(file: object, data: bytes) -> None:
        assert disk.wait(60)
        write_all(file, data)  # type: ignore[arg-type]

    with Work(folder, SHAPE, waiting=7) as work:
        monkeypatch.setattr("nxcdr.output.work.write_all", slow)
        for serial in range(8):
            work.catch_up()
            work.keep_pages(begun(serial, serial, serial + 1, page(0), page(100)))
        disk.set()
        work.catch_up()
        assert work._to_be_kept <= 7
    with Work(folder, SHAPE) as work:
        assert [one.serial for one in work.begun] == [7, 6, 5, 4, 3, 2, 1, 0]


def test_pages_that_can_not_be_kept_stop_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Work(folder, SHAPE) as work:
        work.keep_pages(begun(1, 0, 10, page(0), page(100)))
    with Work(folder, SHAPE) as work:
        with monkeypatch.context() as patched:
            patched.setattr("nxcdr.output.work.write_all", full)
            work.keep_pages(begun(2, 10, 20, page(0), page(100)))
            work._keeping.finish()
        with pytest.raises(OSError, match="No space left"):
            work.keep_pages(begun(2, 10, 20, page(0), page(100)))
        with pytest.raises(OSError, match="No space left"):
            work.add(part(20, 30, b"x\n"), b"x\n", 3)
    with Work(folder, SHAPE) as work:
        assert [one.serial for one in work.begun] == [1]


def test_the_journal_holds_no_more_than_windows_and_a_digest(folder: Path) -> None:
    with Work(folder, {"account": "secretive"}) as work:
        work.add(part(0, 10, b"a\n"), b"a\n", 1)
        head, line = (folder / "journal").read_text().splitlines()
        assert set(json.loads(head)) == {"digest", "regime"}
        assert "secretive" not in head
        assert json.loads(line)["checksum"] == zlib.crc32(b"a\n")
