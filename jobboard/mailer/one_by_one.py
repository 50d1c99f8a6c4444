"""A door that takes one letter after the other."""

from collections.abc import Callable, Generator, Iterable

from jobboard.base.errors import MailRefused
from jobboard.base.letter import Answer, Letter


class OneByOne:
    """``take`` returns when the letter was taken over for good, with the words for the ledger, or raises ``MailRefused``."""

    longest = 30.0

    def take(self, letter: Letter) -> str:
        raise NotImplementedError

    def send(self, letters: Iterable[Letter], halted: Callable[[], bool] = bool) -> Generator[list[Answer]]:
        for letter in letters:
            if halted():
                return
            yield [self._answer(letter)]

    def _answer(self, letter: Letter) -> Answer:
        try:
            return Answer(letter.message_id, None, self.take(letter))
        except MailRefused as refused:
            return Answer(letter.message_id, refused, refused.reason)

    def close(self) -> None:
        pass


def encoded(letter: Letter) -> bytes:
    """The letter's bytes. Raises ``MailRefused`` for good when none can be made."""
    try:
        return letter.as_bytes()
    except ValueError as error:
        raise MailRefused(lasting=True, reason=f"メールの形にできません({type(error).__name__})") from error
