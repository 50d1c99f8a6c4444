"""The authenticator app of the people of a journey: it shows each code once, and waits for the next one when it must."""

import re
import time

import pyotp

from tests.flows.site import wait_for
from tests.flows.visitor import Visitor

STEP = 30


class Phone:
    """Holds the secrets of one or many accounts, by address."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.used: dict[str, int] = {}

    def take(self, email: str, page: str) -> None:
        """Types in the secret that the page of registering shows."""
        found = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)
        assert found, page
        self.secrets[email], self.used[email] = found[0].replace(" ", ""), 0

    def code(self, email: str) -> str:
        """A code that was not used yet; a step ahead of its time is taken too."""
        step = max(self.used[email] + 1, int(time.time()) // STEP)
        wait_for(lambda: int(time.time()) // STEP >= step - 1, "the app's next code")
        self.used[email] = step
        return pyotp.TOTP(s=self.secrets[email]).generate_otp(step)


PHONE = Phone()
"""One for all journeys of a process: each site has secrets of its own, and registering replaces them."""


def pass_second_factor(visitor: Visitor, email: str) -> Visitor:
    """After the right password: registers what is offered, by mail if it is shown already, and gets in."""
    path = visitor.url.removeprefix(visitor.base_url)
    if path.startswith("/factor/choose"):
        if any("メールを登録する" in form.buttons for form in visitor.page.forms):
            visitor.press("メールを登録する")
            return visitor
        visitor.open("/factor/app")
        PHONE.take(email, visitor.page.text)
        visitor.press("登録する", {"code": PHONE.code(email)})
        visitor.follow("控えたので、続ける")
    elif path.startswith("/factor"):
        visitor.press("ログインする", {"code": PHONE.code(email)})
    return visitor
