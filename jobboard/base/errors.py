"""The few errors of the service. They carry facts; the edge makes Japanese sentences of them, once."""

from dataclasses import dataclass


class BoardError(Exception):
    """Base of every error that a caller is expected to answer."""


class NotFound(BoardError):
    """No such object, or one that this actor may not see: the two are never told apart."""


class Forgotten(NotFound):
    """There was such a public posting; its 保存期間 is over: 410 with a sentence."""


class NotPermitted(BoardError):
    """The actor may see the object but may not do this to it."""


@dataclass
class WrongState(BoardError):
    """The posting's state does not allow the action (status table of publication)."""

    state: str
    action: str


@dataclass
class EditConflict(BoardError):
    """Somebody saved in between: ``theirs`` is what stands now, ``mine`` what was typed, both as drafts."""

    theirs: dict[str, list[str]]
    mine: dict[str, list[str]]
    revision: int
    by: str


@dataclass(frozen=True)
class Problem:
    """One thing to mend before an action can go on: the field's name, a Japanese sentence, the source of the rule.

    ``key`` names the rule of a warning: a reason that overrules it is kept under this name.
    """

    field: str
    message: str
    law: str = ""
    key: str = ""


@dataclass
class Incomplete(BoardError):
    """A submission lacks something or holds something invalid; every gap is listed."""

    problems: list[Problem]


@dataclass
class InvalidQuery(BoardError):
    """A query string holds an unknown or wrong value: 400 with the sentence in ``message``."""

    parameter: str
    value: str
    message: str


class StaleLink(BoardError):
    """The link was renewed, or what it was for is done: 410 with a sentence."""


class DemonstrationOnly(BoardError):
    """An invented municipality's posting in an installation that is not the demonstration."""


@dataclass
class MailRefused(BoardError):
    """The mail server's answer to one message; ``lasting`` says that trying again is pointless (5xx)."""

    lasting: bool
    reason: str


@dataclass
class ServerUnreachable(MailRefused):
    """No connection, no sign-in, or it broke: the answer says nothing about this message."""
