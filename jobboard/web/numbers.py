"""Numbers from outside, as far as the database's columns reach; a larger one names nothing."""

from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


class SmallInteger(IntegerConverter):
    """``<int:…>`` of addresses: ASCII digits, no leading zero, up to what an INTEGER column holds; anything else is 404."""

    regex = r"(?:0|[1-9][0-9]{0,9})"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


def small(typed: str) -> int:
    """For ``request.form.get(…, type=small)``; raises ``ValueError``, so that the default is taken."""
    number = int(typed)
    if not 0 <= number <= LARGEST:
        raise ValueError("out of range")
    return number
