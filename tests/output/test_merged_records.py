"""Records put in order over windows that list calls they don't start in: each call once, from where it starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nxcdr.fetch.seams import side
from nxcdr.fetch.window import canonical, digest
from nxcdr.output.merge import Merged, kept_text
from nxcdr.output.work import Part, Regime, Work

Call = dict[str, Any]


def call(name: str | None, start: int | None, **more: Any) -> Call:
    return {"callId": name, "startTime": start, **more}


def merged(folder: Path, windows: dict[tuple[int, int], Sequence[Call]]) -> tuple[list[Call], Merged]:
    """What comes of windows (s) and what was listed for each, in the range from 10 s to 30 s."""
    with Work(folder, {}) as work:
        work.restart(Regime(merging=True))
        for serial, ((start, end), calls) in enumerate(windows.items()):
            text = kept_text(calls)
            times = [one["startTime"] for one in calls]
            facts: dict[str, Any] = {"repeats": 0, "settled": True, "first": times[0] if times else None, "last": None}
            work.add(Part(start, end, len(text), 0, len(calls), **facts), text, serial)
        parts = sorted(work.parts, key=lambda part: part.start)
        found = Merged(
            work,
            [part for part in parts if 10 <= part.start < 30],
            lambda records: b"".join(json.dumps(record).encode() + b"\n" for record in records),
            canonical,
            identity=digest,
            side=lambda time: side(time, 10, 30),
            beyond={-1: [part for part in parts if part.start < 10], 1: [part for part in parts if part.start >= 30]},
        )
        lines = b"".join(found.texts()).splitlines()
        return [json.loads(line) for line in lines], found


def test_a_call_is_taken_from_the_window_it_starts_in_also_where_it_was_updated(tmp_path: Path) -> None:
    old, new = call("a", 15_000), call("a", 15_000, recordUrl="https://r")
    for earlier, later in ((old, new), (new, old)):
        found, made = merged(tmp_path / "w", {(10, 20): [earlier], (20, 30): [later, call("b", 25_000)]})
        assert found == [earlier, call("b", 25_000)]
        assert (made.rows, made.repeats, made.outside) == (2, 1, 0)


def test_calls_that_share_an_id_are_not_one(tmp_path: Path) -> None:
    legs = [call("a", 15_000, callee=str(n)) for n in range(3)]
    found, made = merged(tmp_path / "w", {(10, 20): legs[:2], (20, 30): legs[1:]})
    assert (found, made.repeats) == (legs, 1)


def test_records_of_one_window_that_differ_are_not_one(tmp_path: Path) -> None:
    both = [call("a", 15_000, other="x"), call("a", 15_000, other="y")]
    found, _ = merged(tmp_path / "w", {(10, 20): both, (20, 30): both})
    assert found == both


def test_records_without_an_id_are_one_only_where_they_are_equal(tmp_path: Path) -> None:
    first, second = (call(None, 15_000, other=name) for name in "xy")
    found, _ = merged(tmp_path / "w", {(10, 20): [first], (20, 30): [first, second]})
    assert found == [first, second]


def test_calls_from_outside_are_given_unless_the_neighbour_lists_them_too(tmp_path: Path) -> None:
    early, theirs = call("early", 5_000), call("theirs", 6_000)
    late, next_ones = call("late", 31_000), call("next", 30_500)
    timeless, shared = call("timeless", None), call("shared", None)
    windows: dict[tuple[int, int], Sequence[Call]] = {
        (9, 10): [{**theirs, "recordUrl": "https://r"}],
        (10, 20): [shared, timeless, early, theirs],
        (20, 30): [shared, call("own", 20_000), next_ones, late],
        (30, 31): [shared, next_ones],
    }
    found, made = merged(tmp_path / "w", windows)
    assert found == [timeless, early, call("own", 20_000), late]
    assert (made.outside, made.first, made.last) == (3, 5_000, 31_000)
