"""Suggestions for an option that does not exist. A bad one is worse than none."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_SHORTEST_PREFIX = 3  # letters
_SHORT_WORD = 4  # letters; it has one typo at most, a longer one two

# What other programs call our options.
_SYNONYMS = {
    synonym: option
    for option, synonyms in {
        "--agent": "user",
        "--call-id": "id",
        "--columns": "fields select",
        "--concurrency": "jobs parallel threads workers",
        "--dry-run": "plan simulate",
        "--format": "output-format",
        "--fresh": "restart no-resume",
        "--from": "start begin after start-date start-time",
        "--limit": "count max max-count lines number rows head",
        "--missed": "unanswered",
        "--output": "out file destination",
        "--overwrite": "force replace",
        "--profile": "account",
        "--quiet": "silent",
        "--rate": "rps",
        "--retries": "retry max-retries",
        "--skip-existing": "no-clobber ignore-existing",
        "--to": "end before end-date end-time",
        "--tz": "timezone time-zone zone",
        "--verbose": "debug",
        "--watch": "follow",
    }.items()
    for synonym in synonyms.split()
}


def suggested(option: str, options: Mapping[str, Collection[str]]) -> list[str]:
    """Return what was probably meant by an option that does not exist, the likeliest first.

    Args:
        option: What was given, such as ``--limt``.
        options: The command's long options, each with the words that its value can be; none for any value.
    """
    word = option.lower().removeprefix("--").replace("_", "-")
    if not option.startswith("--"):
        return []
    if _SYNONYMS.get(word) in options:
        return [_SYNONYMS[word]]
    if values := [f"{name} {word}" for name, choices in options.items() if word in choices]:
        return values
    near = {name: _distance(word, name[2:]) for name in options if name[2] == word[:1]}
    typos = sorted((name for name in near if near[name] <= 1 + (len(word) > _SHORT_WORD)), key=near.__getitem__)
    longer = [name for name in near if len(word) >= _SHORTEST_PREFIX and name.startswith(f"--{word}")]
    return list(dict.fromkeys(typos[:1] + longer))


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, removed, replaced or swapped with the next to make one word the other.

    Source: optimal string alignment distance, L. Boytsov, "Indexing methods for approximate dictionary searching".
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
