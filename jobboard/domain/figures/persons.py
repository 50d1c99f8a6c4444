"""Counts of persons, told so that nobody can be picked out: never below five, and otherwise in steps of five.

Steps hold where hiding small cells alone does not: no total less its parts, and no figure of one day less that of another day,
gives a number below five (docs/decisions/0022).
"""

STEP = 5
FEW = f"{STEP}未満"


def told(count: int) -> int | str:
    """5未満, also of nobody; else the next multiple of five below."""
    return count - count % STEP if count >= STEP else FEW


def occasions(count: int) -> int | str:
    """Of occasions that may be one person's: 5未満, else as it is."""
    return count if count >= STEP else FEW
