"""A time range into proved calls: every call exactly once, or an error.

The API serves at most 100 rows a page, gives no total and no cursor, promises no order, and does not say whether a
range includes its end. A success may hold fewer rows than it should. So nothing is believed until it is proved.

**Windows** (`window`). A range is read in windows of time. The first page of a window tells how dense its calls are,
if they come in order of time: from that follows how many pages it has. A window that should have more than 49 is cut
where about 36 pages end, once most of the pages asked for are held; what is left becomes the next window. If the rows
come in no order, the deepest page is asked for: if that is full, the window is too large, and an eighth of it tells how
dense the calls are. So no page number goes beyond 49, except for a single second, which can't be cut. Where calls may
still come in, a window is one page: one answer can't be torn.

**Pages in parallel** (`plan`, `reading`). The unit of work is a page. Threads ask the plan for the first page worth
asking for: of the earliest window first, ahead of the pages held by at most half of what is still expected. The plan is
pure: it knows no thread, clock or network.

**The proof** (`proof`). The listing of a window is all its pages up to the first short one, n rows. Then its end is
asked for again, in pages of another size s: page n // s + 1 must hold exactly the last n mod s rows. That one request
finds a server that caps its pages, counts them from 0 or ignores their number, a page that was cut short, and a listing
that moved. What is contradicted is asked for again; after three times the window is read in two halves; after eight
times in one second the run ends. Once a server has contradicted itself, each listing must be proved twice, and a short
one four times. If a call is on two pages, the window must come out the same twice before equal rows are dropped. What
is read for one window is proved by its own listing, and carried to no other.

**The checkpoint** (`checkpoint`). Proved windows and their calls are kept in one SQLite file: it drops repeats, sorts,
and lets a later run resume.

**The time a server selects by** (`whole`). A call belongs to the window that it starts in. If a server lists calls that
start elsewhere, it selects by another time: by the end, if all listed calls end in their window, or else by a time that
is not in the record. Then the run starts over once, and keeps the calls by their end, or as listed.

`newest` needs only the newest calls: the first page is enough if its rows are sorted newest first.
"""
