"""Link tokens (decisions.md, Tokens): derived from a key, so they need no storage to be sent again; looked up by hash."""

import base64
import hashlib
import hmac


def derive(key: str, purpose: str, subject_id: int, generation: int) -> str:
    """The token of one purpose, subject and generation: base64url of 16 bytes of HMAC-SHA256, 22 characters."""
    message = f"{purpose}|{subject_id}|{generation}".encode()
    digest = hmac.digest(key.encode(), message, "sha256")[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def digest(token: str) -> str:
    """What the database keeps of a token: SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()
