"""The closed lists of collecting: what came of a fetch, where an item of a feed stands."""

from jobboard.base.choice import Choice


class Fetched(Choice):
    """What came of a fetch of a municipality's feed."""

    READ = "read", "読みました"
    UNCHANGED = "unchanged", "変わっていません"
    FORBIDDEN = "forbidden", "robots.txt で断られています"
    ADDRESS = "address", "接続してはいけないアドレスです"
    UNREACHABLE = "unreachable", "サーバーにつながりません"
    SLOW = "slow", "時間内に読み終わりません"
    LARGE = "large", "大きすぎます"
    REDIRECTS = "redirects", "転送が続きます"
    REFUSED = "refused", "サーバーが断りました"
    NOT_A_FEED = "not_a_feed", "フィードではありません"
    BROKEN = "broken", "フィードが壊れています"


class ItemState(Choice):
    """Where an item of a feed stands."""

    IGNORED = "ignored", "対象外(規則による)"
    CANDIDATE = "candidate", "候補"
    DISMISSED = "dismissed", "見送り"
    TAKEN = "taken", "取り上げた"


UNDECIDED = frozenset({ItemState.IGNORED, ItemState.CANDIDATE})
"""Where nobody has said yes or no: only there may rules change anything."""
