"""The proof that a listing is complete: its end, asked for again in pages of another size."""

from __future__ import annotations

from collections.abc import Iterator

from nxcdr.api.answer import Page


def proof_pages(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Pages that prove that a listing ends after so many rows: (page, size), the best first, without end.

    Each has another size than the listing's pages, and begins before the end, so that it holds exactly the last
    ``rows % size`` rows. A listing of one or two rows can't be divided so: the page behind it must be empty.
    """
    sizes = [s for s in range(min(size, rows) - 1, 1, -1) if rows % s] or [1]
    if not rows:
        sizes = [1, 2]
    while True:
        for s in sizes:
            yield rows // s + 1, s


def is_end(listing: Page, page: Page, wanted: int, *, one_answer: bool) -> bool:
    """Whether a page holds the last rows of a listing.

    Args:
        listing: All rows.
        page: The answer.
        wanted: How many rows it must hold.
        one_answer: Whether the listing is one page: then each row is in it once, in whatever order, and any will do.
    """
    if len(page) != wanted:
        return False
    tail = listing.records[len(listing) - wanted :]
    return page.records == tail or (one_answer and set(page.records) <= set(listing.records))


def is_on_two_pages(listing: Page, size: int) -> bool:
    """Whether a call, told by its id and start, is on two pages of a listing: pages may have shifted meanwhile."""
    places: dict[tuple[int | None, str], int] = {}
    calls = zip(listing.starts, listing.ids, strict=True)
    return any(places.setdefault(call, at // size) != at // size for at, call in enumerate(calls))
