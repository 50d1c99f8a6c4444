"""What is kept no longer than the page about personal data says."""

import pytest
from sqlalchemy import select

from jobboard.base.states import DeliveryState
from jobboard.domain import retention
from jobboard.models import ChangeEvent, Delivery, MailText, Match
from tests.cast import Cast
from tests.mailroom import Mailroom
from tests.stories import published


@pytest.mark.usefixtures("context")
def test_after_ninety_days_the_ledger_keeps_counts_and_nobody(mailroom: Mailroom, cast: Cast) -> None:
    mailroom.subscribed("tanaka@example.jp")
    with mailroom.writing() as session:
        published(session, cast)
    assert len(mailroom.run()) >= 1
    mailroom.clock.forward(days=90, seconds=-1)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        assert all(mail.mail_text is not None for mail in session.scalars(select(Delivery)))
    mailroom.clock.forward(seconds=1)
    mailroom.steps.tidy()
    with mailroom.writing() as session:
        for mail in session.scalars(select(Delivery)):
            assert (mail.subscriber_id, mail.account_id, mail.text_id, mail.words) == (None, None, None, {})
            assert mail.state is DeliveryState.SENT and mail.settled_at is not None
        assert session.scalars(select(Match)).all() == [] and session.scalars(select(ChangeEvent.told)).one() == 1
        assert session.scalars(select(MailText)).all() == []
    assert retention.MAIL_KEPT.days == 90


@pytest.mark.usefixtures("context")
def test_a_mail_that_waits_keeps_its_recipient_however_old(mailroom: Mailroom, cast: Cast) -> None:
    mailroom.subscribed("tanaka@example.jp")
    with mailroom.writing() as session:
        published(session, cast)
    mailroom.steps.match()
    mailroom.steps.compose()
    mailroom.clock.forward(days=365)
    with mailroom.writing() as session:
        assert retention.forget_mail(session, now=mailroom.clock()) == 0
