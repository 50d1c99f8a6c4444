"""Who speaks in a mail, where its links lead, and the key that they are made with."""

import re
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

OPERATOR = "総務省"

_SECRET_ID = re.compile("[0-9a-f]{32}")


class Settings(Protocol):
    """The part of the installation's settings that mails read."""

    @property
    def base_url(self) -> str: ...
    @property
    def site_name(self) -> str: ...
    @property
    def mail_from(self) -> str: ...
    @property
    def bounce_address(self) -> str: ...
    @property
    def mail_postal_address(self) -> str: ...
    @property
    def contact(self) -> str: ...
    @property
    def token_key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Letterhead:
    """``base_url`` has no slash at its end; ``key`` is TOKEN_KEY; ``postal_address`` and ``contact`` (a mail address or URL) may be empty."""

    base_url: str
    site: str
    sender: str
    bounce_address: str
    postal_address: str
    key: str = field(repr=False)
    contact: str = ""
    operator: str = OPERATOR

    @classmethod
    def of(cls, settings: Settings) -> "Letterhead":
        return cls(
            base_url=settings.base_url,
            site=settings.site_name,
            sender=settings.mail_from,
            bounce_address=settings.bounce_address,
            postal_address=settings.mail_postal_address,
            key=settings.token_key,
            contact=settings.contact,
        )

    @property
    def host(self) -> str:
        """The right side of Message-ID and List-Id."""
        host = urlsplit(self.base_url).hostname or ""
        return host if host and ":" not in host else "localhost"

    def return_path(self, message_id: str) -> str:
        """The envelope's sender of one mail: the bounce address, after a + the mail's id, so that what comes back names it.

        The bounce address alone for an id of another form than 32 hexadecimal digits (mails made before ids were secret).
        """
        local, _, domain = self.bounce_address.rpartition("@")
        return f"{local}+{message_id}@{domain}" if _SECRET_ID.fullmatch(message_id) else self.bounce_address

    def foot(self) -> str:
        """The sender's name, address and contact, as 特定電子メール法4条 and its 施行規則 ask for."""
        lines = [f"配信者 {self.operator} {self.site}", self.postal_address, f"お問い合わせ {self.contact or f'{self.base_url}/about#contact'}"]
        return "\n".join(line for line in lines if line)
