"""正常・注意・停止: each sign of trouble is told with what to do, and the worst of them names the state."""

from dataclasses import replace
from datetime import timedelta

from jobboard.domain.mail_health import Health, Signs, judge
from tests.cast import OPENING

WELL = Signs(
    stopped_at=None, is_held=False, workers=1, oldest_seconds=60, last_settled=OPENING, sent=1_000, failed=5, returned=5,
    unread_since=None, maildir_is_missing=False,
)  # fmt: skip
QUARTER = timedelta(minutes=15)


def test_all_is_well_while_nothing_says_otherwise() -> None:
    for signs in (
        WELL, replace(WELL, workers=None, last_settled=None, oldest_seconds=0), replace(WELL, sent=3, failed=5, returned=5),
        replace(WELL, sent=950, failed=50), replace(WELL, unread_since=OPENING - QUARTER),
    ):  # fmt: skip
        assert judge(signs, now=OPENING).health is Health.GOOD and not judge(signs, now=OPENING).reasons


def test_each_sign_is_told_with_what_to_do() -> None:
    for changed, health, words in (
        ({"stopped_at": OPENING}, Health.STOPPED, "「送信を再開する」を押して"),
        ({"workers": 0}, Health.STOPPED, "ワーカー(jobboard work)を起動"),
        ({"oldest_seconds": 900, "last_settled": OPENING - QUARTER}, Health.STOPPED, "15分待っているメールがあり、15分のあいだ1通も"),
        ({"oldest_seconds": 900, "last_settled": None}, Health.STOPPED, "jobboard check --mail"),
        ({"oldest_seconds": 3_600}, Health.CARE, "送っていますが、60分待っている"),
        ({"is_held": True}, Health.CARE, "送るか、送らないかを決めて"),
        ({"failed": 60}, Health.CARE, "送信失敗が5%を超えました"),
        ({"returned": 51}, Health.CARE, "戻ってきたメールが5%を超えました"),
        ({"maildir_is_missing": True}, Health.CARE, "受け口(Maildir)がありません"),
        ({"unread_since": OPENING - QUARTER - timedelta(seconds=1)}, Health.CARE, "15分より長く読まれていません"),
    ):  # fmt: skip
        verdict = judge(replace(WELL, **changed), now=OPENING)
        assert verdict.health is health and len(verdict.reasons) == 1 and words in verdict.reasons[0], words


def test_the_worst_names_the_state_and_nothing_is_left_out() -> None:
    verdict = judge(replace(WELL, is_held=True, workers=0), now=OPENING)
    assert verdict.health is Health.STOPPED and len(verdict.reasons) == 2
    waits = judge(replace(WELL, stopped_at=OPENING, oldest_seconds=9_999, last_settled=None), now=OPENING)
    assert len(waits.reasons) == 1, "what waits because it was stopped is no second fault"
