"""Link tokens (decisions.md, Tokens): derived from a key, so they need no storage to be sent again; looked up by hash."""

import base64
import hashlib
import hmac


def derive(key: str, purpose: str, subject_id: int, generation: int) -> str:
    """The token of one purpose, subject and generation: base64url of 16 bytes of HMAC-SHA256, 22 characters."""
    message = f"{purpose}|{subject_id}|{generation}".encode()
    digest = hmac.digest(key.encode(), message, "sha256")[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U (Crockford's): what is read aloud or copied by hand is not mistaken."""

CODE_LENGTH = 8


def derive_code(key: str, number: int) -> str:
    """The one-time code of a row: 8 letters, 40 bits of HMAC-SHA256."""
    bits = int.from_bytes(hmac.digest(key.encode(), f"code|{number}".encode(), "sha256")[:5])
    return "".join(CODE_LETTERS[bits >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))


def code_digest(key: str, account_id: int, code: str) -> str:
    """What the database keeps of a code: HMAC-SHA256 as 64 hexadecimal digits. A plain hash of 40 bits would be guessed."""
    return hmac.digest(key.encode(), f"code|{account_id}|{code}".encode(), "sha256").hex()


def digest(token: str) -> str:
    """What the database keeps of a token: SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()
