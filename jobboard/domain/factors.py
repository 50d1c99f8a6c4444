"""第2の確認: what a member of staff shows beside the password. An app's code (TOTP, RFC 6238), or a code by mail.

The table holds a salt, never the app's secret: the secret is made of the salt and the token key (RFC 4226 section 7.5), so the
table alone opens nothing. A time step opens once (RFC 6238 section 5.2), and so does a recovery code.
"""

import base64
import hmac
import re
import secrets
import unicodedata
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.states import AccountRole, FactorLoss, SecondFactor
from jobboard.domain import accounts, audit, one_time_codes, permissions
from jobboard.models import Account, RecoveryCode

MINISTRY = frozenset({AccountRole.MODERATOR, AccountRole.ADMINISTRATOR})
"""Roles that need an app: a mailbox that is shared or forwarded is too little for them."""

STEP = 30
"""Seconds of one code. The one before and the one after are taken too: clocks differ, and people type slowly."""

RECOVERY_CODES = 10

WRONG = "確認コードが正しくありません。認証アプリにいま表示されている6桁の数字を入力してください。"
USED = "この確認コードは、すでに使われています。次の数字に変わるまで待って(30秒ほど)、入力し直してください。"
WRONG_RECOVERY = "回復コードが正しくありません。控えた8文字を確かめて、入力し直してください。"
USED_RECOVERY = "この回復コードは、すでに使われています。控えのうち、まだ使っていないものを入力してください。"
CLOCK = "合わないときは、端末の時計が自動で合うように設定されているかを確かめてください。"


def may_use_mail(account: Account) -> bool:
    """Whether a code by mail is enough for what the account may do."""
    return not permissions.roles(account) & MINISTRY


def lacks(account: Account) -> bool:
    """Whether the account has yet to register a factor that is enough for it."""
    return account.second_factor is None or (account.second_factor is SecondFactor.MAIL and not may_use_mail(account))


def salt() -> str:
    """What the table keeps of a new secret: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def secret(key: str, account: Account, kept: str) -> str:
    """The secret that an app holds, of the salt ``kept``: 160 bits in base 32 (RFC 4226 section 4, R6)."""
    made = hmac.digest(key.encode(), f"totp|{account.id}|{kept}".encode(), "sha256")[:20]
    return base64.b32encode(made).decode("ascii")


def address(key: str, account: Account, kept: str, *, site: str) -> str:
    """What the QR code says to an app."""
    return pyotp.TOTP(s=secret(key, account, kept)).provisioning_uri(name=account.email, issuer_name=site)


def enrol_totp(session: Session, account: Account, kept: str, typed: str, *, key: str, now: datetime) -> list[str]:
    """Registers the app that shows this code; returns the recovery codes, which are shown once. Raises ``Incomplete``."""
    session.refresh(account, with_for_update=True)
    after = account.totp_step if account.totp_secret == kept else 0
    account.totp_step = _step(secret(key, account, kept), typed, after, now)
    account.second_factor, account.totp_secret = SecondFactor.TOTP, kept
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = ["".join(secrets.choice(tokens.CODE_LETTERS) for _ in range(tokens.CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account.id, digest=tokens.code_digest(key, account.id, code)) for code in codes)
    audit.record(session, "factor:enrol", "account", account.id, by=account, now=now, factor=str(SecondFactor.TOTP))
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def enrol_mail(session: Session, account: Account, *, now: datetime) -> None:
    """Registers the mailbox, which its holder has just shown to read. Raises ``WrongState`` for a ministry's role."""
    if not may_use_mail(account):
        raise WrongState("totp_required", "factor:enrol")
    _clear(session, account)
    account.second_factor = SecondFactor.MAIL
    audit.record(session, "factor:enrol", "account", account.id, by=account, now=now, factor=str(SecondFactor.MAIL))


def check_app(session: Session, account: Account, typed: str, *, key: str, now: datetime) -> None:
    """Takes the code that the app shows, once. Raises ``Incomplete`` on ``code``."""
    session.refresh(account, with_for_update=True)
    if account.totp_secret is None:
        raise Incomplete([Problem("code", WRONG)])
    account.totp_step = _step(secret(key, account, account.totp_secret), typed, account.totp_step, now)


def check_recovery(session: Session, account: Account, typed: str, *, key: str, now: datetime) -> None:
    """Takes a recovery code, once. Raises ``Incomplete`` on ``recovery``."""
    digest = tokens.code_digest(key, account.id, one_time_codes.as_made(typed))
    held = (RecoveryCode.account_id == account.id, RecoveryCode.digest == digest)
    found = session.scalar(select(RecoveryCode).where(*held).with_for_update())
    if found is None or account.second_factor is not SecondFactor.TOTP:
        raise Incomplete([Problem("recovery", WRONG_RECOVERY)])
    if found.used_at is not None:
        raise Incomplete([Problem("recovery", USED_RECOVERY)])
    found.used_at = now
    session.flush()
    left = recovery_left(session, account)
    audit.record(session, "factor:recover", "account", account.id, by=account, now=now, left=left)


def check_mail(session: Session, account: Account, typed: str, *, key: str, now: datetime) -> None:
    """Takes a code that was mailed to the account, once. Raises ``Incomplete`` on ``code``."""
    one_time_codes.redeem_own(session, [account], typed, key=key, now=now)


def refused(session: Session, account: Account, *, now: datetime) -> None:
    """Somebody who had shown the password failed here."""
    audit.record(session, "factor:refused", "account", account.id, by=None, now=now)


def recovery_left(session: Session, account: Account) -> int:
    """How many recovery codes were not used yet."""
    unused = (RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def reset(session: Session, account: Account, reason: str, *, by: Account | None, now: datetime) -> FactorLoss:
    """Forgets a factor that its holder lost: at the next signing in a new one is registered. Ends all sessions.

    Raises ``Incomplete`` without a reason, ``NotPermitted`` for one's own, ``WrongState`` when there is none.
    """
    if by is not None:
        permissions.require(by, "account:reset_factor", account)
    if reason not in list(FactorLoss):
        raise Incomplete([Problem("reason", "解除する理由を選んでください。")])
    if account.second_factor is None:
        raise WrongState("no_factor", "account:reset_factor")
    _clear(session, account)
    accounts.sign_out_everywhere(session, account, by=by, now=now)
    audit.record(session, "account:reset_factor", "account", account.id, by=by, now=now, reason=reason)
    return FactorLoss(reason)


def _clear(session: Session, account: Account) -> None:
    account.second_factor = account.totp_secret = None
    account.totp_step = 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def _step(made: str, typed: str, after: int, now: datetime) -> int:
    """The time step whose code was typed. Raises ``Incomplete`` for a wrong code, and for one of a step up to ``after``."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", typed[:100]))
    totp, present = pyotp.TOTP(s=made), int(now.timestamp()) // STEP
    found = [step for step in (present - 1, present, present + 1) if hmac.compare_digest(totp.generate_otp(step), digits)]
    if not found:
        raise Incomplete([Problem("code", f"{WRONG}{CLOCK}")])
    if found[-1] <= after:
        raise Incomplete([Problem("code", USED)])
    return found[-1]
