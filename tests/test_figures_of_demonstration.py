"""The figures of the demonstration, filled on 1 April 2026, equal a count by hand over jobboard/demonstration/content.

The numbers were counted in those files with a calendar, story by story; nothing here asks the program that counts.
-1w is 31 March, -4w the 26th, -9w the 18th, -20w the 3rd, -22w 27 February, -30w the 16th, -38w the 3rd, -40w 30 January.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from jobboard.database import create_engine
from jobboard.domain.figures import term
from jobboard.domain.figures.listed import Tabulation
from jobboard.domain.figures.reading import Reading
from jobboard.domain.figures.tables import Cell
from tests.filled import NOW


@pytest.fixture
def session(filled_url: str) -> Iterator[Session]:
    engine = create_engine(filled_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def rows(reading: Reading, tabulation: Tabulation) -> dict[Cell, tuple[Cell, ...]]:
    """The cells of each row by its name."""
    return {row[0]: row[1:] for row in reading.table(tabulation).rows}


def test_its_figures_equal_a_count_by_hand(session: Session) -> None:
    for check in (overview_and_time, places_and_kinds, days_grant_and_searches, another_day):
        check(session)


def overview_and_time(session: Session) -> None:
    reading = Reading(session, term.ending(date(2026, 3, 31), now=NOW))
    assert rows(reading, Tabulation.OVERVIEW) == {
        "募集中": ("件", 38, 0), "募集中の実団体数": ("団体", 19, 0),  # every town but 東雲市
        "新規掲載": ("件", 52, 7), "新規掲載の実団体数": ("団体", 20, 7),
        "終了": ("件", 12, 6), "終了の実団体数": ("団体", 11, 6),  # two of 潮見市
        "募集中止": ("件", 2, 1), "募集中止の実団体数": ("団体", 2, 1),  # 星見村, 珊瑚村
        "結果が「決定」": ("件", 5, 4), "結果が「決定」の実団体数": ("団体", 5, 4),
        "結果が「未回答」": ("件", 5, 1), "結果が「未回答」の実団体数": ("団体", 5, 1),  # one said 未回答, four said nothing
        "掲載確認にかかった開庁日の中央値": ("開庁日", 2, 2),
        "公開から決定までの日数の中央値": ("日", 34, 41.5),
        "形式要件による推計(特別交付税措置)": ("%", 13.5, None),  # 7 of 52; no rule for 2024
        "登録者": ("人、5きざみ", "5未満", "5未満"), "配信登録": ("件、5きざみ", "5未満", "5未満"),  # they subscribe on 1 April
    }  # fmt: skip
    months = rows(reading, Tabulation.MONTHS)
    assert months["2025年12月"] == (0, 0, 0, 0, 1, 0, 0, 1)
    assert months["2026年1月"] == (5, 0, 0, 5, 3, 0, 0, 4)
    assert months["2026年2月"] == (11, 2, 1, 12, 3, 2, 1, 4)  # 朝凪市 had stopped then, and reopened in March
    assert months["2026年3月"] == (36, 10, 1, 38, 0, 4, 0, 0)
    assert rows(reading, Tabulation.OUTCOMES) == {
        "決定(任用・委嘱・契約)": (5, 5, 4, 4), "該当者なし": (1, 1, 1, 1), "中止": (2, 2, 1, 1), "非公表": (1, 1, 0, 0), "未回答": (5, 5, 1, 1),
        "計": (14, 12, 7, 7),
    }  # fmt: skip
    assert rows(reading, Tabulation.OUTCOME_MONTHS)["2026年2月"] == (2, 0, 1, 0, 0, 1, 0, 1, 0, 1)
    assert rows(reading, Tabulation.OUTCOME_MONTHS)["2026年3月"] == (3, 1, 1, 1, 5, 3, 1, 0, 0, 0)


def places_and_kinds(session: Session) -> None:
    reading = Reading(session, term.ending(date(2026, 3, 31), now=NOW))
    places = rows(reading, Tabulation.PREFECTURES)
    assert places["宮城県"][:6] == (4, 1, 5, 1, 1, 0)
    assert places["兵庫県"][:6] == (2, 1, 3, 1, 0, 1)  # with the joint call of 湖畔町, which counts in three prefectures
    assert places["愛媛県"][:6] == (3, 1, 3, 1, 0, 0)
    assert places["滋賀県"][:6] == (2, 1, 2, 1, 0, 0)
    assert places["東京都"] == (2, 1, 3, 1, 1, 0, 0, 0, 1, 1, 1, 0)
    assert places["山形県"] == (0,) * 12 and places["全体"][:6] == (38, 19, 52, 20, 5, 5) and len(places) == 48
    roles = rows(reading, Tabulation.ROLES)
    assert roles["CIO・CDO"][:4] == (1, 1, 1, 1)
    assert roles["CIO補佐官等(プロデューサー)"][:6] == (7, 7, 10, 10, 2, 1)
    assert roles["プロジェクトマネージャー"][:4] == (8, 10, 10, 12)  # seven towns and the three of the joint call
    engagements = rows(reading, Tabulation.ENGAGEMENTS)
    assert engagements["業務委託(法人)"][:4] == (3, 3, 4, 4) and engagements["常勤職員"] == (0,) * 12
    assert rows(reading, Tabulation.THEMES)["テレワーク"][:4] == (2, 2, 3, 3)


def days_grant_and_searches(session: Session) -> None:
    reading = Reading(session, term.ending(date(2026, 3, 31), now=NOW))
    assert rows(reading, Tabulation.REVIEW) == {
        "新規の掲載(期間中)": (52, 2, 2, 2, 2, 2), "新規の掲載(前年同期)": (7, 2, 2, 2, 2, 2),
        "変更(期間中)": (9, 1, 1, 1, 1, 2), "変更(前年同期)": (2, 1, 1, 1, 1, 1),
        "全体(期間中)": (61, 2, 2, 2, 1, 2), "全体(前年同期)": (9, 2, 2, 2, 1, 2),
    }  # fmt: skip
    # 山吹町 25 days, 桜台区 34, 潮見市 34, 稲穂市 42, 青葉市 49; the year before 34, 34, 49 (稲穂市, over the new year), 49
    assert rows(reading, Tabulation.FILLING) == {"期間中": (5, 34, 34, 42, 25, 49), "前年同期": (4, 41.5, 34, 49, 34, 49)}
    assert rows(reading, Tabulation.GRANT) == {"期間中(2025年度)": (52, 7, 13.5), "前年同期(2024年度)": (7, None, None)}
    searched, missed = rows(reading, Tabulation.SEARCHED), rows(reading, Tabulation.NOT_FOUND)
    assert "馬" not in searched and set(missed) == {"ドローン", "量子", "夜間のみ"}
    # every 23 days from 17 April on: sixteen days, on five of which (those with an odd number) it is asked twice
    assert missed["夜間のみ"] == (21, 21, "5未満")


def another_day(session: Session) -> None:
    """18 March: 青葉市's extended call was open still, 朝凪市's was withdrawn and not yet reopened, 湖畔町's joint call not yet there."""
    reading = Reading(session, term.ending(date(2026, 3, 18), now=NOW))
    told = rows(reading, Tabulation.OVERVIEW)
    assert told["募集中"] == ("件", 23, 1) and told["新規掲載"] == ("件", 33, 7)
    assert told["終了"] == ("件", 8, 5) and told["募集中止"] == ("件", 2, 1)
    assert told["結果が「決定」"] == ("件", 4, 3) and told["結果が「未回答」"] == ("件", 2, 1)
    today = rows(Reading(session, term.read("", now=NOW)), Tabulation.SUBSCRIPTIONS)
    assert today["登録者(人)"] == (5, "5未満") and today["配信登録(件)"] == (5, "5未満")  # five readers, six subscriptions
    assert today["うち 随時(件)"] == ("5未満", "5未満")
