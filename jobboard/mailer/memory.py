"""A door for tests."""

from jobboard.base.errors import MailRefused
from jobboard.base.letter import Letter
from jobboard.mailer.one_by_one import OneByOne, encoded


class MemoryMailer(OneByOne):
    """Keeps the letters. ``refuse`` maps a recipient to what its mail raises."""

    longest = 1.0

    def __init__(self, refuse: dict[str, MailRefused] | None = None) -> None:
        self.letters: list[Letter] = []
        self.refuse = refuse or {}

    def take(self, letter: Letter) -> str:
        if letter.recipient in self.refuse:
            raise self.refuse[letter.recipient]
        encoded(letter)
        self.letters.append(letter)
        return "250 OK"
