"""The job that joins fetch and output: a range into files that hold every call of it exactly once."""

from __future__ import annotations

import heapq
import itertools
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr import __version__
from nxcdr.api.answer import Record, read_page
from nxcdr.api.client import Client, Filters
from nxcdr.errors import Interrupted, NxcdrError, OutputError, UsageError
from nxcdr.fetch.plan import Plan
from nxcdr.fetch.read import Reading, spans
from nxcdr.fetch.window import Order, Reader, Window, canonical
from nxcdr.output import files, receipt
from nxcdr.output.formats import Format, comma_separated, json_lines
from nxcdr.output.values import decoder, undocumented
from nxcdr.output.work import Begun, Part, Work
from nxcdr.timerange import TimeRange, days, hours, months

SPLITS: dict[str, Callable[[TimeRange], Iterator[tuple[int, int]]]] = {"day": days, "hour": hours, "month": months}
_MERGE_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Job:
    """What to export, and how.

    Attributes:
        range: The range.
        account: The endpoint and the account it is asked for, as far as they shape the result.
        profile: The profile's name, for templates.
        filters: What the server leaves out.
        output: A path or template; ``-`` for stdout; None for the default name.
        format: ``csv`` or ``jsonl``; None to go by the name.
        columns: Fields in their order; None for the documented ones (CSV) or all (JSON lines).
        raw: Values as the API returned them.
        excel: CSV for Excel.
        split: ``day``, ``hour``, ``month``, or None for one file.
        overwrite: Replace files that are there.
        skip_existing: Leave files that are there, and what they hold unasked for.
        fresh: Forget what an interrupted run left.
        receipt: Write a receipt beside each file.
        concurrency: Requests in flight.
        max_span_days: The longest span of one request, in days.
        settle: Minutes after which no more calls are expected to come in; 0 for off.
        now: Seconds since 1970.
    """

    range: TimeRange
    account: tuple[str, str]
    profile: str
    filters: Filters = field(default_factory=Filters)
    output: str | None = None
    format: str | None = None
    columns: tuple[str, ...] | None = None
    raw: bool = False
    excel: bool = False
    split: str | None = None
    overwrite: bool = False
    skip_existing: bool = False
    fresh: bool = False
    receipt: bool = False
    concurrency: int = 4
    max_span_days: int = 31
    settle: int = 60
    now: float = 0.0

    @property
    def settled_before(self) -> float:
        """Seconds since 1970: calls that began before have been recorded by now."""
        return self.now - self.settle * 60


@dataclass(frozen=True, slots=True)
class Unit:
    """One file to write: [start, end) in seconds since 1970, its name (None: stdout), and whether to leave it."""

    start: int
    end: int
    path: Path | None
    format: str
    compressed: bool
    skipped: bool = False


@dataclass(slots=True)
class Tally:
    """How far a run is; read by whoever shows its progress.

    Attributes:
        seconds: Length of all that is to be fetched.
        done: Length of what is fetched, of these.
        rows: Rows fetched.
        unit: The file being written.
        resumed: Rows taken over from an interrupted run.
    """

    seconds: int = 0
    done: int = 0
    rows: int = 0
    resumed: int = 0
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """One finished file, or one left as it was."""

    unit: Unit
    rows: int = 0
    repeats: int = 0
    bytes: int = 0
    sha256: str = ""
    first: int | None = None
    last: int | None = None
    windows: int = 0
    distinct_calls: int | None = None
    settled: bool = True
    resumed: bool = False


def plan_units(job: Job) -> list[Unit]:
    """The files of a job, in order; everything that can be wrong with them is found here, before any request.

    Raises:
        UsageError: The template does not tell the files apart, or names no format.
        OutputError: A file exists, or can't be written where it should be.
    """
    template = job.output or _default_output(job)
    found = SPLITS[job.split](job.range) if job.split else iter([(job.range.start, job.range.end)])
    units = []
    for start, end in found:
        name = files.filled(template, _names(start, end, job))
        form, compressed = files.format_of(name, job.format)
        path = None if name == files.STDOUT else Path(name)
        units.append(Unit(start, end, path, form, compressed))
    if job.excel and any(unit.format != "csv" for unit in units):
        raise UsageError("--excel is for CSV", "Leave out --excel, or write CSV.")
    if len(units) > 1:
        _tell_apart(units, template)
    if job.skip_existing:
        units = [replace(unit, skipped=unit.path is not None and unit.path.exists()) for unit in units]
    elif not job.overwrite:
        there = [unit.path for unit in units if unit.path and unit.path.exists() and files.is_regular(unit.path)]
        if there:
            more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
            raise OutputError(
                f"{there[0]} exists already{more}",
                "Use --overwrite to replace it, --skip-existing to leave it, or another name with -o.",
            )
    for unit in units:
        if unit.path and not unit.skipped:
            files.check_place(unit.path)
    return units


def run(
    job: Job, units: Sequence[Unit], client: Client | None, tally: Tally, *, warn: Callable[[str], None]
) -> Generator[Exported, None, None]:
    """Export unit after unit, giving each as soon as its file stands under its name.

    Args:
        job: What to export.
        units: As `plan_units` gave them.
        client: Asks; may be None where every unit is skipped.
        tally: Kept up to date.
        warn: Told what the user should know about the numbers, each thing once.

    Raises:
        NxcdrError: What stopped it; the files given so far are whole, and unfinished work is kept for the next run.
        Interrupted: The process was asked to stop; its hint says how to go on.
    """
    tally.seconds = sum(unit.end - unit.start for unit in units if not unit.skipped)
    warned = _Once(warn)
    for unit in units:
        if unit.skipped:
            yield Exported(unit)
            continue
        if client is None:
            raise ValueError("a client is needed where a file is to be written")
        tally.unit = unit
        try:
            exported = _Export(job, unit, client, tally, warned).run()
        except OSError as error:
            raise files.cannot_write(unit.path or "stdout", error) from error
        except (Interrupted, NxcdrError) as stop:
            if isinstance(stop, Interrupted):
                stop.hint = (
                    "What goes to stdout can't be resumed: run the same command again to start over."
                    if unit.path is None
                    else "What is done is kept: run the same command again to go on."
                )
            raise
        yield exported


class _Once:
    """Says each kind of warning once."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._said: set[str] = set()

    def __call__(self, kind: str, text: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            self._warn(text)


class _OutOfPlaceError(Exception):
    """The server returns calls for a window that do not start in it."""


class _Export:
    """One file on its way."""

    def __init__(self, job: Job, unit: Unit, client: Client, tally: Tally, warn: _Once) -> None:
        self._job = job
        self._unit = unit
        self._client = client
        self._tally = tally
        self._warn = warn
        self._settled = not job.settle or unit.end <= job.settled_before

    def run(self) -> Exported:
        with ExitStack() as stack:
            if self._unit.path is None or not files.is_regular(self._unit.path):
                target = None
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nxcdr-"))) / "work"
            else:
                target = self._unit.path.resolve()
                folder = target.with_name(f".{target.name}.nxcdr")
            work = stack.enter_context(Work(folder, self._shape(), fresh=self._job.fresh))
            if work.discarded:
                self._warn("discarded", "an interrupted run left work that does not fit this command: starting over")
            done = self._tally.done
            try:
                self._fetch(work)
            except _OutOfPlaceError:
                work.restart_merging()
                self._tally.done = done
                self._fetch(work)
            self._tally.done = done + self._unit.end - self._unit.start
            exported = self._write(work, target)
            work.remove()
        return exported

    def _shape(self) -> dict[str, Any]:
        """All that the bytes of the file depend on."""
        job, unit = self._job, self._unit
        return {
            "version": __version__,
            "account": job.account,
            "range": [unit.start, unit.end],
            "filters": asdict(job.filters),
            "format": unit.format,
            "columns": job.columns,
            "raw": job.raw,
            "excel": job.excel,
            "zone": None if job.raw else job.range.zone.key,
            "receipt": job.receipt,
        }

    def _fetch(self, work: Work) -> None:
        job, unit = self._job, self._unit
        begun = [] if work.merging else [_reader(one) for one in work.begun]
        missing = work.missing(unit.start, unit.end)
        plan = Plan(
            itertools.chain.from_iterable(spans(start, end, job.max_span_days) for start, end in missing),
            readers=begun,
            settled_before=job.settled_before if job.settle else None,
        )
        for part in work.parts:
            self._count(part)
        self._tally.resumed += sum(part.rows for part in work.parts)
        reading = Reading(
            plan,
            self._client.page,
            concurrency=job.concurrency,
            page_read=lambda reader, request, page: (
                work.keep_page(_begun(reader), page, request.size)
                if reader.pages and reader.pages[-1] is page
                else None
            ),
        )
        as_text = self._format().lines
        for window in reading:
            if window.strays and not work.merging:
                reading.stop()
                raise _OutOfPlaceError
            self._keep(work, window, as_text)
        work.commit()

    def _keep(self, work: Work, window: Window, as_text: Callable[[Sequence[Record]], bytes]) -> None:
        job = self._job
        if work.merging:
            rows = window.strays + window.rows
            text = b"".join(canonical(record) + b"\n" for record in rows)
        else:
            rows = window.rows
            text = as_text(rows)
            self._note_undocumented(rows)
        digests = b"".join(receipt.call_digest(record.get("callId")) for record in rows) if job.receipt else b""
        part = Part(
            start=window.start,
            end=window.end,
            offset=work.offset,
            length=len(text),
            rows=len(rows),
            repeats=window.repeats,
            first=_time(rows[0]) if rows else None,
            last=_time(rows[-1]) if rows else None,
            settled=window.end <= job.settled_before,
        )
        work.add(part, text + digests, window.serial)
        self._count(part)

    def _count(self, part: Part) -> None:
        self._tally.done += part.end - part.start
        self._tally.rows += part.rows

    def _write(self, work: Work, target: Path | None) -> Exported:
        """Join the parts in order of time, and let the file appear."""
        parts = sorted(work.parts, key=lambda part: part.start)
        edges = [edge for part in parts for edge in (part.start, part.end)]
        if edges[1:-1:2] != edges[2::2] or edges[0] != self._unit.start or edges[-1] != self._unit.end:
            raise AssertionError(f"the windows do not tile the range: {edges}")
        merged = _Merged(work, parts, self._format(), self._note_undocumented) if work.merging else None
        texts = merged.texts() if merged else (chunk for part in parts for chunk in work.read(part.offset, part.length))
        chunks = itertools.chain([self._format().header], texts)
        whole = work.scratch()
        if target is not None:
            with whole.open("wb") as file:
                written = files.write_out(chunks, file, compressed=self._unit.compressed)
                files.sync(file)
        elif self._unit.path is None:
            written = files.write_stdout(chunks, compressed=self._unit.compressed)
        else:
            with self._unit.path.open("wb") as file:
                written = files.write_out(chunks, file, compressed=self._unit.compressed)
        rows = merged.rows if merged else sum(part.rows for part in parts)
        times = [time for part in parts for time in (part.first, part.last) if time is not None]
        exported = Exported(
            unit=self._unit,
            rows=rows,
            repeats=sum(part.repeats for part in parts) + (merged.repeats if merged else 0),
            bytes=written.bytes,
            sha256=written.sha256,
            first=min(times, default=None),
            last=max(times, default=None),
            windows=len(parts),
            distinct_calls=self._distinct_calls(work, parts),
            settled=self._settled,
            resumed=work.resumed,
        )
        if target is not None:
            files.publish(whole, target)
        return exported

    def _distinct_calls(self, work: Work, parts: Sequence[Part]) -> int | None:
        if not self._job.receipt:
            return None
        return receipt.distinct(
            chunk for part in parts for chunk in work.read(part.offset + part.length, 8 * part.rows)
        )

    def _format(self) -> Format:
        job = self._job
        decode = None if job.raw else decoder(job.range.zone)
        if self._unit.format == "csv":
            return comma_separated(decode, job.columns, excel=job.excel)
        return json_lines(decode, job.columns)

    def _note_undocumented(self, records: Sequence[Record]) -> None:
        if self._unit.format == "csv" and self._job.columns is None and (names := undocumented(records)):
            self._warn(
                "undocumented",
                f"the server sends fields that CSV leaves out: {', '.join(sorted(names))}; JSON lines keep them",
            )


class _Merged:
    """Parts whose rows are records out of place, put in order of time over all parts, equal ones once."""

    def __init__(
        self, work: Work, parts: Sequence[Part], form: Format, note: Callable[[Sequence[Record]], None]
    ) -> None:
        self._work = work
        self._parts = parts
        self._format = form
        self._note = note
        self.rows = 0
        self.repeats = 0

    def texts(self) -> Iterator[bytes]:
        batch: list[bytes] = []
        before = None
        for time, line in self._in_order():
            if (time, line) == before:
                self.repeats += 1
                continue
            before = (time, line)
            batch.append(line)
            if len(batch) == _MERGE_BATCH:
                yield self._text(batch)
                batch = []
        yield self._text(batch)

    def _in_order(self) -> Iterator[tuple[int, bytes]]:
        """All parts' lines by (time, text); a part is opened only when its first line may be next."""
        closed = deque(sorted((part for part in self._parts if part.rows), key=_lowest))
        opened: list[tuple[tuple[int, bytes], int, Iterator[tuple[int, bytes]]]] = []
        while closed or opened:
            while closed and (not opened or _lowest(closed[0]) <= opened[0][0][0]):
                lines = self._lines(closed.popleft())
                heapq.heappush(opened, (next(lines), len(closed), lines))
            line, number, lines = opened[0]
            yield line
            if (following := next(lines, None)) is None:
                heapq.heappop(opened)
            else:
                heapq.heapreplace(opened, (following, number, lines))

    def _text(self, batch: Sequence[bytes]) -> bytes:
        records = read_page(b"[" + b",".join(batch) + b"]").records()
        self._note(records)
        self.rows += len(records)
        return self._format.lines(records)

    def _lines(self, part: Part) -> Iterator[tuple[int, bytes]]:
        rest = b""
        for chunk in self._work.read(part.offset, part.length):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                time = read_page(b"[" + line + b"]").times[0]
                yield -1 if time is None else time, line


def _time(record: Record) -> int | None:
    time = record.get("startTime")
    return time if type(time) is int else None


def _lowest(part: Part) -> int:
    """The first startTime of a part with rows; -1 where its first row has none, as it comes before all others."""
    return -1 if part.first is None else part.first


def _reader(begun: Begun) -> Reader:
    return Reader(
        serial=begun.serial,
        start=begun.start,
        end=begun.end,
        pages=list(begun.pages),
        page=begun.page,
        carried=begun.carried,
        order=Order(begun.order),
    )


def _begun(reader: Reader) -> Begun:
    return Begun(
        serial=reader.serial,
        start=reader.start,
        end=reader.end,
        page=reader.page,
        carried=reader.carried,
        order=reader.order.value,
        pages=reader.pages,
    )


def _default_output(job: Job) -> str:
    suffix = ".jsonl" if job.format == "jsonl" else ".csv"
    if job.split == "hour":
        return "cdr-{start}" + suffix
    first = datetime.fromtimestamp(job.range.start, job.range.zone).date()
    last = datetime.fromtimestamp(job.range.end - 1, job.range.zone).date()
    return "cdr-{date}" + (f"_{last}" if last != first and not job.split else "") + suffix


def _names(start: int, end: int, job: Job) -> dict[str, str]:
    zone = job.range.zone
    return {
        "date": f"{datetime.fromtimestamp(start, zone):%Y-%m-%d}",
        "start": f"{datetime.fromtimestamp(start, zone):%Y-%m-%dT%H%M%S}",
        "end": f"{datetime.fromtimestamp(end, zone):%Y-%m-%dT%H%M%S}",
        "profile": job.profile,
    }


def _tell_apart(units: Sequence[Unit], template: str) -> None:
    if len({unit.path for unit in units}) == len(units):
        return
    if all(unit.path is None for unit in units):
        raise UsageError(
            "--split writes several files, and stdout is one", "Name them with -o, e.g. -o 'cdr-{date}.csv'."
        )
    raise UsageError(
        f"the name {template!r} does not tell {len(units)} files apart",
        "Use {date} for days and months, {start} for hours.",
    )


def settled_at(unit: Unit, settle: int) -> datetime:
    """When a unit's calls will all have been recorded, as far as one can tell (UTC)."""
    return datetime.fromtimestamp(unit.end, ZoneInfo("UTC")) + timedelta(minutes=settle)
