"""One file: read in windows, kept as it comes, let appear when it is whole."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from nxcdr import __version__
from nxcdr.api.answer import Page, ReadPage, Record, read_page
from nxcdr.api.client import Client, PageRequest
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.errors import Interrupted, UnavailableError, UntrustedAnswerError
from nxcdr.export.job import Job, Unit, exists_already
from nxcdr.export.results import Exported, Tally, facts
from nxcdr.fetch.plan import DEEPEST, Carry, Plan, ShorterPagesError
from nxcdr.fetch.read import Reading, spans
from nxcdr.fetch.seams import Seams, neighbours, side
from nxcdr.fetch.window import Order, Reader, Window, canonical, digest
from nxcdr.output import files
from nxcdr.output.formats import Format, comma_separated, json_lines
from nxcdr.output.merge import Merged, kept_text
from nxcdr.output.quick import plainly, quick_csv, quick_json_lines
from nxcdr.output.receipt import call_digest, distinct, receipt_path, write_receipt
from nxcdr.output.values import Times, decoder, undocumented
from nxcdr.output.work import Begun, Part, Regime, Work, work_folder

# Pages of unfinished windows are kept as long as fewer rows than so many times what they can hold are finished: beyond,
# to ask for them again is a tenth of the work, as a rule, and to write them twice a tenth of the time.
_TIMES_WHAT_IS_AT_RISK = 5
_MOST_BEGINNINGS = 5
_KEPT = "What is done is kept: run the same command again to go on."


class _OutOfPlaceError(Exception):
    """The server returns calls for a window that do not start in it.

    Attributes:
        regime: How to read it instead.
    """

    def __init__(self, carry: Carry = Carry.NEWEST, *, by_end: bool = False) -> None:
        super().__init__()
        self.regime = Regime(merging=True, carry=carry, by_end=by_end)


class _Finished(NamedTuple):
    """What is kept of a window.

    Attributes:
        part: What it is.
        rows: The bytes.
        serial: Its reader's number.
        out_of_place: Whether it lists calls that start before it, and must be read otherwise.
    """

    part: Part
    rows: bytes
    serial: int
    out_of_place: bool


class OneFile:
    """One file on its way.

    Args:
        job: What it belongs to.
        unit: The file.
        client: Asks.
        tally: Kept up to date.
        warn: Told a kind of warning, of which only the first matters, and its text.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        job: Job,
        unit: Unit,
        client: Client,
        tally: Tally,
        *,
        warn: Callable[[str, str], None],
        clock: Callable[[], float],
    ) -> None:
        self._job = job
        self._unit = unit
        self._client = client
        self._tally = tally
        self._warn = warn
        self._clock = clock
        self._before = replace(client.traffic)
        self._writing = unit.name
        self._finished = 0  # rows of finished windows
        self._seams = Seams()
        self._undocumented: set[str] = set()  # fields seen, by any thread

    def export(self) -> Exported:
        """Fetch it, and let it appear; or leave what has appeared there since it was planned, where that is wanted.

        Raises:
            NxcdrError: What stopped it.
            Interrupted: The process was asked to stop; its hint says how to go on.
        """
        try:
            return self._export()
        except BrokenPipeError:
            if self._unit.path is None:
                raise  # the reader of stdout has what it wanted
            raise files.cannot_write(self._unit.name, BrokenPipeError("its reader is gone")) from None
        except OSError as error:
            raise files.cannot_write(self._writing, error, kept=self._is_kept) from error
        except (UnavailableError, UntrustedAnswerError) as error:
            if self._is_kept:
                error.hint = f"{error.hint} {_KEPT}".lstrip()
            raise
        except Interrupted as stop:
            if self._unit.target is None:
                stop.hint = (
                    f"What goes to {self._unit.name} can't be resumed: run the same command again to start over."
                )
            else:
                stop.hint = _KEPT if self._is_kept else "Run the same command again."
            raise

    @property
    def _is_kept(self) -> bool:
        """Whether the next run can go on where this one ended."""
        target = self._unit.target
        return target is not None and not self._job.temporary and work_folder(target).is_dir()

    @property
    def _is_there(self) -> bool:
        """Whether a file stands where this one is to appear."""
        return self._unit.target is not None and self._unit.target.exists()

    def _export(self) -> Exported:
        with ExitStack() as stack:
            target = self._unit.target
            if target is None:
                self._writing = "the temporary folder"
                temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="nxcdr-"))
                self._writing = f"{temporary}, where stdout is put together,"
                folder = Path(temporary) / "work"
            else:
                folder = work_folder(target)
            # What a kill takes grows by half: the pages under way are lost anyway.
            waiting = max(1, self._job.concurrency // 2)
            work = stack.enter_context(Work(folder, self._shape(), fresh=self._job.fresh, waiting=waiting))
            if self._job.skip_existing and self._is_there:  # another run has been quicker
                return Exported(replace(self._unit, skipped=True))
            self._check_unclaimed()
            if work.discarded:
                self._warn("discarded", "an interrupted run left work that does not fit this command: starting over")
            before = replace(self._tally)
            for _ in range(_MOST_BEGINNINGS):
                try:
                    self._fetch(work)
                    break
                except (_OutOfPlaceError, ShorterPagesError) as found:
                    work.restart(found.regime if isinstance(found, _OutOfPlaceError) else work.regime)
                    self._tally.reading.clear()
                    self._finished = 0
                    self._seams = Seams()
                    self._tally.done, self._tally.rows, self._tally.resumed = before.done, before.rows, before.resumed
            else:
                raise UntrustedAnswerError("the server pages otherwise each time", "Ask the vendor; try again later.")
            self._tally.done = before.done + self._unit.end - self._unit.start
            self._tally.reading.clear()
            exported = self._write(work)
            if target is not None:
                self._publish(work, target, exported)
            work.remove()
        return exported

    def _shape(self) -> dict[str, Any]:
        """All that the bytes of the file, or what is kept for its receipt, depend on."""
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

    def _check_unclaimed(self) -> None:
        """Another program may have put a file here since the units were planned."""
        if self._is_there and not self._job.overwrite:
            raise exists_already(self._unit)

    def _fetch(self, work: Work) -> None:
        start, end = self._unit.start, self._unit.end
        before = self._tally.rows
        for part in work.parts:
            self._check_fits(work, part)
            self._count(part)
        self._tally.resumed += self._tally.rows - before
        self._read(work, [(start, end)], work.begun)
        if work.regime.merging:
            self._read(work, neighbours(start, end).values())
        elif self._seams.is_open(end):
            self._read(work, [(end, end + 1)])

    def _read(self, work: Work, wanted: Iterable[tuple[int, int]], begun: Sequence[Begun] = ()) -> None:
        """Read what is missing of these spans."""
        job = self._job
        read = read_page if work.regime.merging else self._reader_of_lines()
        missing = itertools.chain.from_iterable(itertools.starmap(work.missing, wanted))
        plan = Plan(
            itertools.chain.from_iterable(spans(start, end, job.max_span_days) for start, end in missing),
            readers=list(_readers(begun, read, by_end=work.regime.by_end)),
            by_start=any(one.by_start for one in begun),
            settled_before=job.settled_before if job.settle else None,
            carry=Carry(work.regime.carry),
            by_end=work.regime.by_end,
            recheck=True,
        )
        worth_keeping = _TIMES_WHAT_IS_AT_RISK * job.concurrency * DEEPEST * LARGEST_PAGE

        def keep(reader: Reader, request: PageRequest, page: Page) -> None:
            _check_place(page, request, work.regime)
            self._tally.reading[reader.serial] = (reader.covered(), (reader.page - 1) * request.size)
            # Only a full page is of use: the last one is asked for again, so that a window ends as any other.
            changed = [reader] if reader.pages and len(page) == LARGEST_PAGE else []
            for one in (*plan.cut_out(), *changed):
                # What may still change is read anew by the next run; and so is what would be little of it.
                if one.end <= job.settled_before and request.size == LARGEST_PAGE and self._finished < worth_keeping:
                    work.keep_pages(_begun(one, by_start=plan.by_start))

        unmade: deque[Callable[[], object]] = deque()

        def make_lines() -> None:
            try:
                make = unmade.popleft()
            except IndexError:
                return
            make()

        def ask(request: PageRequest) -> Page:
            work.catch_up()
            # A page's lines are made while another one is on its way: or else that would be asked for later.
            page = self._client.page(request, read=read, meanwhile=make_lines)
            unmade.append(page.make_lines)
            return page

        made = partial(self._finished_of, merging=work.regime.merging)
        reading = Reading(plan, ask, made, concurrency=job.concurrency, page_read=keep)
        try:
            for finished in reading:
                self._keep(work, finished)
        finally:
            reading.stop()  # before the work is closed: its threads keep pages there

    def _finished_of(self, window: Window, *, merging: bool) -> _Finished:
        text = kept_text(window.all_listed()) if merging else window.lines()
        digests = _call_digests(window.records()) if self._job.receipt and not merging else b""
        rows = [*window.before, *window.own, *window.after] if merging else window.own
        part = Part(
            start=window.start,
            end=window.end,
            length=len(text),
            extra=len(digests),
            rows=len(rows),
            repeats=window.repeats,
            first=rows[0][0] if rows else None,
            last=window.own[-1][0] if window.own else None,
            settled=window.end <= self._job.settled_before,
            head=sorted(window.head),
            assumed=sorted(window.assumed),
            late=sorted(window.late),
        )
        return _Finished(part, text + digests, window.serial, out_of_place=bool(window.before) and not merging)

    def _keep(self, work: Work, finished: _Finished) -> None:
        if finished.out_of_place:
            raise _OutOfPlaceError
        self._check_fits(work, finished.part)
        work.add(finished.part, finished.rows, finished.serial)
        self._tally.reading.pop(finished.serial, None)
        self._count(finished.part)
        self._warn_of_undocumented()

    def _check_fits(self, work: Work, part: Part) -> None:
        found = {"head": part.head, "assumed": part.assumed, "late": part.late}
        if work.regime.carry != Carry.NOTHING and not self._seams.fit(part.start, part.end, **found):
            raise _OutOfPlaceError(Carry.NOTHING)

    def _count(self, part: Part) -> None:
        if not self._unit.start <= part.start < self._unit.end:
            return
        self._finished += part.rows
        self._tally.done += part.end - part.start
        self._tally.rows += part.rows

    def _write(self, work: Work) -> Exported:
        """Join the parts in order of time: to where the whole file can appear, or out."""
        unit = self._unit
        every = sorted(work.parts, key=lambda part: part.start)
        parts = [part for part in every if unit.start <= part.start < unit.end]
        edges = [edge for part in parts for edge in (part.start, part.end)]
        if edges[1:-1:2] != edges[2::2] or edges[0] != unit.start or edges[-1] != unit.end:
            raise AssertionError(f"the windows do not tile the range: {edges}")
        form = self._format()
        calls: list[bytes] = []
        merged = None
        if work.regime.merging:
            if self._job.receipt:
                form = form.noting(lambda records: calls.append(_call_digests(records)))
            merged = Merged(
                work,
                parts,
                form.lines,
                canonical,
                identity=digest,
                side=lambda time: side(time, unit.start, unit.end),
                beyond={
                    -1: [part for part in every if part.start < unit.start],
                    1: [part for part in every if part.start >= unit.end],
                },
            )
        texts = merged.texts() if merged else (chunk for part in parts for chunk in work.read(part.offset, part.length))
        chunks = itertools.chain([form.header], texts)
        write_out = partial(files.write_out, chunks, compressed=unit.compressed, digest=self._job.wants_digest)
        if unit.target is not None:
            with FileIO(work.scratch("whole"), "wb") as file:
                written = write_out(file)
                os.fsync(file)
        elif unit.path is None:
            self._writing = unit.name
            written = write_out(files.stdout())
        else:
            self._writing = unit.name
            with FileIO(unit.path, "wb") as file:
                written = write_out(file)
        self._warn_of_undocumented()
        if merged and merged.outside:
            # Said once for all files: how many calls there are in each, its receipt tells.
            self._warn("outside", "the server lists calls for a range that start outside of it; they are in the file")
        times = [time for part in parts for time in (part.first, part.last) if time is not None]
        return Exported(
            unit=unit,
            rows=merged.rows if merged else sum(part.rows for part in parts),
            repeats=sum(part.repeats for part in parts) + (merged.repeats if merged else 0),
            bytes=written.bytes,
            sha256=written.sha256,
            first=merged.first if merged else min(times, default=None),
            last=merged.last if merged else max(times, default=None),
            windows=len(parts),
            distinct_calls=self._distinct_calls(work, parts, calls),
            outside=merged.outside if merged else 0,
            settled=unit.end <= self._job.settled_before,
            resumed=work.resumed,
            requests=self._client.traffic.requests - self._before.requests,
            retries=self._client.traffic.retries - self._before.retries,
        )

    def _publish(self, work: Work, target: Path, exported: Exported) -> None:
        """Let the file appear, after its receipt: who finds a file finds the receipt that is its own, or none."""
        whole, receipt = work.scratch("whole"), work.scratch("receipt")
        place = receipt_path(self._unit.path or target)
        files.keep_mode(whole, target)
        if self._job.receipt:
            write_receipt(receipt, facts(self._job, exported, self._client, finished=self._clock()))
            files.keep_mode(receipt, target)
        self._check_unclaimed()
        work.seal()
        self._writing = str(place)
        place.unlink(missing_ok=True)
        if self._job.receipt:
            files.publish(receipt, place)
        self._writing = self._unit.name
        files.publish(whole, target)

    def _distinct_calls(self, work: Work, parts: Sequence[Part], merged: Sequence[bytes]) -> int | None:
        if not self._job.receipt:
            return None
        kept = (chunk for part in parts for chunk in work.read(part.offset + part.length, part.extra))
        return distinct(itertools.chain(kept, merged))

    def _format(self) -> Format:
        job = self._job
        decode = None if job.raw else decoder(job.range.zone)
        if self._unit.format == "jsonl":
            return json_lines(decode, job.columns)
        form = comma_separated(decode, job.columns, excel=job.excel)
        if job.columns is not None:
            return form
        return form.noting(lambda records: self._undocumented.update(undocumented(records)))

    def _reader_of_lines(self) -> ReadPage:
        job, plain = self._job, self._format().each
        times = None if job.raw else Times(job.range.zone)
        if self._unit.format == "jsonl":
            return quick_json_lines(plain, times) if job.columns is None else plainly(plain)
        if job.excel or (job.columns is not None and len(job.columns) == 1):
            return plainly(plain)
        return quick_csv(plain, times, job.columns)

    def _warn_of_undocumented(self) -> None:
        if names := sorted(self._undocumented):
            self._warn(
                "undocumented", f"the server sends fields that CSV leaves out: {', '.join(names)}; JSON lines keep them"
            )


def _check_place(page: Page, request: PageRequest, regime: Regime) -> None:
    """Find out with the first page, not with the first finished window, that a server must be read otherwise."""
    start, end = request.start * 1000, (request.end + 1) * 1000
    if regime.carry != Carry.NOTHING and (page.by_end() if regime.by_end else page).starts_after(end):
        raise _OutOfPlaceError(Carry.NOTHING)
    if not regime.merging and page.starts_before(start):
        ends = page.by_end()
        falls = None not in ends.times and list(ends.times) == sorted(ends.times, key=lambda time: -(time or 0))
        raise _OutOfPlaceError(by_end=falls and not ends.starts_before(start) and not ends.starts_after(end))


def _call_digests(records: Iterable[Record]) -> bytes:
    return b"".join([call_digest(record.get("callId")) for record in records])


def _readers(begun: Sequence[Begun], read: ReadPage, *, by_end: bool) -> Iterator[Reader]:
    """What an earlier run had begun; of a window that was cut without a trace of some parts, these as they were cut."""
    serials = itertools.count(1 + max((one.serial for one in begun), default=0))
    for one in begun:
        whole = _reader(one, read, by_end=by_end)
        for start, end in one.wanted:
            if (start, end) == (one.start, one.end):
                yield whole
            else:
                yield whole.cut_out(next(serials), start, end, LARGEST_PAGE)


def _reader(begun: Begun, read: ReadPage, *, by_end: bool) -> Reader:
    pages = [read(page.text) for page in begun.pages]
    for page in pages:
        page.make_lines()  # which take less memory than what they are made of
    return Reader(
        serial=begun.serial,
        start=begun.start,
        end=begun.end,
        pages=[page.by_end() for page in pages] if by_end else pages,
        page=begun.page,
        carried=begun.carried,
        lent=begun.lent,
        order=Order(begun.order),
        by_end=by_end,
    )


def _begun(reader: Reader, *, by_start: bool) -> Begun:
    return Begun(
        serial=reader.serial,
        start=reader.start,
        end=reader.end,
        page=reader.page,
        carried=reader.carried,
        lent=reader.lent,
        order=reader.order.value,
        by_start=by_start,
        pages=[*reader.pages],
    )
