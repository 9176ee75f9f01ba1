"""The pages that a sandbox serves, and the changes to its calls while they are read."""

from __future__ import annotations

from random import Random

from nxcdr.sandbox.checks import Query, VendorError
from nxcdr.sandbox.ledger import Ledger, encode
from nxcdr.sandbox.misbehaviour import Misbehaviour, altered, alters_records, page_slice, too_deep


class Pages:
    """Serves pages of a ledger, and adds, removes and changes calls between them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._served = self._added = 0  # under the ledger's lock

    def page(self, query: Query, rules: Misbehaviour, now: float) -> list[bytes]:
        """The JSON of a page's records.

        Args:
            query: What is asked for.
            rules: What goes wrong.
            now: Epoch seconds.

        Raises:
            VendorError: The page is too deep, and a code answers that.
        """
        deep = too_deep(query.page, query.size, rules)
        if deep and rules.depth_answer != "empty":
            raise VendorError(rules.depth_answer)
        ledger = self._ledger
        with ledger.lock:
            picked = ledger.pick(query, rules, now)[page_slice(query.page, query.size, rules)]
            rows = [] if deep else [ledger.rows[n] for n in picked]
            if alters_records(rules):
                page = [encode(altered(row.record, row.text, rules)) for row in rows]
            else:
                page = [row.encoded or row.text for row in rows]  # twice as fast as the property alone
            self._served += 1
            if rules.vanish_every and rows and self._served % rules.vanish_every == 0:
                ledger.remove(rows[0].record)
            if rules.change_every and self._served % rules.change_every == 0:
                self._change(query, rules, now)
            if self._served % rules.arrive_every == 0:
                self._arrive(rules)
        return page

    def _change(self, query: Query, rules: Misbehaviour, now: float) -> None:
        """Change a random call of the listing that the page belongs to."""
        listing = self._ledger.pick(query, rules, now)
        if listing:
            rng = Random(f"change:{rules.seed}:{self._served}")  # noqa: S311 - a simulation, not a secret
            record = self._ledger.rows[listing[int(rng.random() * len(listing))]].record
            self._ledger.change(record, rules.change(record))

    def _arrive(self, rules: Misbehaviour) -> None:
        """Add the next call, if there is one."""
        if callable(rules.arrivals):
            self._ledger.add(rules.arrivals(self._added))
        elif self._added < len(rules.arrivals):
            self._ledger.add(rules.arrivals[self._added])
        else:
            return
        self._added += 1
