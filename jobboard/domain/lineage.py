"""What a code means once municipalities merged: all that went into one, and that one, are the same place (docs/decisions/0024)."""

from jobboard.models import Municipality


def heir(place: Municipality) -> Municipality:
    """The municipality that stands in its stead today; itself when nothing followed it."""
    return place.successor or place


def family(place: Municipality) -> frozenset[str]:
    """The codes under which its postings are asked for: its own, its successor's, and of all that went into the same one."""
    stands = heir(place)
    return frozenset({place.code, stands.code, *(one.code for one in stands.predecessors)})
