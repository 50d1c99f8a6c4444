"""The refusal of one typed value."""


class Unreadable(ValueError):
    """A typed value that cannot be read; its text is the Japanese sentence that says what to do, with an example."""
