"""The closed list of figures: what each is called, how it is defined, and its unit. No other figure is told."""

from dataclasses import dataclass

from jobboard.base.choice import Choice
from jobboard.domain.figures.persons import FEW, STEP


class Figure(Choice):
    """What is counted."""

    OPEN = "open", "募集中"
    NEW = "new", "新規掲載"
    CLOSED = "closed", "終了"
    WITHDRAWN = "withdrawn", "募集中止"
    MUNICIPALITIES = "municipalities", "実団体数"
    OUTCOME = "outcome", "募集の結果"
    REVIEW = "review", "掲載確認にかかった開庁日"
    FILLING = "filling", "決定までの日数"
    GRANT = "grant", "形式要件による推計"
    SUBSCRIBERS = "subscribers", "登録者"
    SUBSCRIPTIONS = "subscriptions", "配信登録"
    NOTICES = "notices", "お知らせのメール"
    VIEWS = "views", "募集のページが開かれた回数"
    SEARCHED = "searched", "探された言葉"
    NOT_FOUND = "not_found", "見つからなかった言葉"


@dataclass(frozen=True)
class Definition:
    """How a figure is counted, for those who read it out, and its unit."""

    text: str
    unit: str


_IN_STEPS = f"だれのことか分からないように、{STEP}きざみに切り捨て、{FEW}は0も含めて「{FEW}」とします。"
_LINKS = "「リンクのみ」のまま掲載を終えた募集は、募集がどうなったか分からないため、自治体が結果を登録したもののほかは数えません。"

DEFINITIONS: dict[Figure, Definition] = {
    Figure.OPEN: Definition(
        "時点で公開され、応募の締切が過ぎていない募集の数です。受付開始前のものも数えます。その後に延長、変更、終了、再開、中止したものも、"
        "時点の状態で数えます。その日の24時が締切の募集は、その日の終わりには終了しています。",
        "件",
    ),
    Figure.NEW: Definition(
        "期間中に初めて公開された募集の数です。内容の変更、締切の延長、再開は数えません。一度公開した募集は、後で終了や中止をしても数えます。", "件"
    ),
    Figure.CLOSED: Definition(
        "期間中に、応募の締切か自治体の手続により終了し、時点までに再開していない募集の数です。24時の締切は、その日の終了とします。"
        f"{_LINKS}", "件"
    ),
    Figure.WITHDRAWN: Definition(
        f"公開した後、期間中に募集中止とし、時点までに再開していない募集の数です。公開前に取りやめたものは数えません。{_LINKS}", "件"
    ),
    Figure.MUNICIPALITIES: Definition(
        "募集をしている市区町村の数です。1つの市区町村に募集がいくつあっても1団体とします。共同募集は、公開に同意した市区町村をそれぞれ1団体として"
        "数えます。このため、件数より多くなることがあります。区分ごとの団体数の合計は、全体の団体数と一致しません。",
        "団体",
    ),
    Figure.OUTCOME: Definition(
        "期間中に終了か募集中止となり、時点までに再開していない募集について、自治体が時点までに登録した結果です。募集中止は「中止」に数えます。"
        f"終了したのに結果の登録がないものは「未回答」に数え、除きません。{_LINKS}",
        "件",
    ),
    Figure.REVIEW: Definition(
        "掲載の依頼が総務省に届いた日(都道府県を経由するときは進達の日)の翌開庁日を1日目とし、掲載するか掲載予定と決めた日までの開庁日数です。"
        "その日のうちは0日です。開庁日は、土曜日、日曜日、祝日、12月29日から1月3日までを除く日です。期間中に公開した、新規の掲載と、掲載確認を要した変更を"
        "数えます。すぐに反映した変更(事後確認)は数えません。修正依頼の後のものは、最後の依頼の日から数えます。",
        "開庁日",
    ),
    Figure.FILLING: Definition(
        "初めて公開した日から、自治体が結果を「決定(任用・委嘱・契約)」と登録した日までの暦の日数です。期間中に登録され、時点で「決定」のものを数えます。"
        "実際に任用や契約をした日ではありません。",
        "日",
    ),
    Figure.GRANT: Definition(
        "新規掲載の募集のうち、時点の役割と任用・契約形態が、その年度について登録された特別交付税措置の対象の形式に当たるものの数と割合です。"
        "形式要件だけによる推計で、実際の措置の件数ではありません。年度の対象が登録されていないときは「―」とします。",
        "件、%",
    ),
    Figure.SUBSCRIBERS: Definition(
        "時点で、確認のメールで確定した配信登録が1つ以上あり、停止していない人(メールアドレス)の数です。休止中の人を含み、届かないため止めた人を除きます。"
        f"登録を削除した人と、止めた後に再び受け取り始めた人の過去は記録に残らないため、過去の時点の数は少なく、または多く出ることがあります。{_IN_STEPS}",
        f"人、{STEP}きざみ",
    ),
    Figure.SUBSCRIPTIONS: Definition(
        f"登録者と同じ決まりで数えた、配信登録(条件)の数です。1人がいくつも登録できます。頻度は、いまの設定によります。{_IN_STEPS}",
        f"件、{STEP}きざみ",
    ),
    Figure.NOTICES: Definition(
        "その月に、登録者に送るために作った募集のお知らせのメールの数です。1通に募集がいくつあっても1通とします。届かなかったものも含み、登録の確認や"
        f"職員へのメールは含みません。{_IN_STEPS}",
        f"通、{STEP}きざみ",
    ),
    Figure.VIEWS: Definition(
        "公開した募集のページが開かれた回数です。Cookieを使わずに数え、同じ人が2回開くと2回です。検索エンジンなどのプログラムと、JavaScriptを使わない"
        "ブラウザーは数えません。同じ職場などからは、1つの募集について1時間に10回まで数えます。人数ではありません。",
        "回",
    ),
    Figure.SEARCHED: Definition(
        f"公開の募集一覧で探された言葉と、期間中の回数です。{STEP}回以上のものだけを示します。全角・半角と、大文字・小文字の違いは区別しません。"
        "同じ職場などからの同じ言葉は、1日に1回だけ数えます。JavaScriptを使わないブラウザー、住所、メールアドレス、電話番号を含むもの、"
        "80字を超えるものは数えません。だれが探したかは記録しません。",
        "回",
    ),
    Figure.NOT_FOUND: Definition(
        f"探された言葉のうち、ほかの条件(地域や役割など)も合わせて、当てはまる募集が1件もなかった回数が{STEP}回以上のものです。数え方は、探された言葉と同じです。",
        "回",
    ),
}


class Chapter(Choice):
    """A page of figures."""

    POSTINGS = "postings", "募集と結果"
    PLACES = "places", "都道府県"
    KINDS = "kinds", "役割・形態・テーマ"
    TERMS = "terms", "日数と推計"
    READERS = "readers", "登録と閲覧"
    SEARCHES = "searches", "探された言葉"


class Tabulation(Choice):
    """A table of figures, with its chart."""

    OVERVIEW = "overview", "主な数字"
    MONTHS = "months", "月別の募集"
    OUTCOMES = "outcomes", "募集の結果"
    OUTCOME_MONTHS = "outcome_months", "終了した月別の募集の結果"
    PREFECTURES = "prefectures", "都道府県別の募集"
    ROLES = "roles", "役割別の募集"
    ENGAGEMENTS = "engagements", "任用・契約形態別の募集"
    THEMES = "themes", "テーマ別の募集"
    REVIEW = "review", "掲載確認にかかった開庁日"
    FILLING = "filling", "公開から決定までの日数"
    GRANT = "grant", "特別交付税措置(形式要件による推計)"
    SUBSCRIPTIONS = "subscriptions", "配信登録"
    NOTICES = "notices", "月別のお知らせのメール"
    VIEWS = "views", "月別の、ページが開かれた回数"
    SEARCHED = "searched", "探された言葉"
    NOT_FOUND = "not_found", "見つからなかった言葉"


_COUNTED = (Figure.OPEN, Figure.NEW, Figure.OUTCOME, Figure.MUNICIPALITIES)
FIGURES: dict[Tabulation, tuple[Figure, ...]] = {
    Tabulation.OVERVIEW: tuple(
        one for one in Figure if one not in (Figure.NOTICES, Figure.VIEWS, Figure.SEARCHED, Figure.NOT_FOUND)
    ),
    Tabulation.MONTHS: (Figure.NEW, Figure.OPEN, Figure.CLOSED, Figure.WITHDRAWN),
    Tabulation.OUTCOMES: (Figure.OUTCOME, Figure.MUNICIPALITIES),
    Tabulation.OUTCOME_MONTHS: (Figure.OUTCOME,),
    **dict.fromkeys((Tabulation.PREFECTURES, Tabulation.ROLES, Tabulation.ENGAGEMENTS, Tabulation.THEMES), _COUNTED),
    Tabulation.REVIEW: (Figure.REVIEW,),
    Tabulation.FILLING: (Figure.FILLING,),
    Tabulation.GRANT: (Figure.GRANT, Figure.NEW),
    Tabulation.SUBSCRIPTIONS: (Figure.SUBSCRIBERS, Figure.SUBSCRIPTIONS),
    Tabulation.NOTICES: (Figure.NOTICES,),
    Tabulation.VIEWS: (Figure.VIEWS,),
    Tabulation.SEARCHED: (Figure.SEARCHED,),
    Tabulation.NOT_FOUND: (Figure.NOT_FOUND, Figure.SEARCHED),
}
"""What each table counts: the definitions that are printed with it."""

CHAPTERS: dict[Chapter, tuple[Tabulation, ...]] = {
    Chapter.POSTINGS: (Tabulation.MONTHS, Tabulation.OUTCOMES, Tabulation.OUTCOME_MONTHS),
    Chapter.PLACES: (Tabulation.PREFECTURES,),
    Chapter.KINDS: (Tabulation.ROLES, Tabulation.ENGAGEMENTS, Tabulation.THEMES),
    Chapter.TERMS: (Tabulation.REVIEW, Tabulation.FILLING, Tabulation.GRANT),
    Chapter.READERS: (Tabulation.SUBSCRIPTIONS, Tabulation.NOTICES, Tabulation.VIEWS),
    Chapter.SEARCHES: (Tabulation.SEARCHED, Tabulation.NOT_FOUND),
}
"""The tables of each page; the first page shows the overview."""
