"""8 日程(公開・締切)."""

from jobboard.base.fields.field import Effect, Field, FieldType, Need, Section
from jobboard.base.vocabulary import DeadlineKind

_S = Section.DATES
_OPEN_ENDED = frozenset({DeadlineKind.OPEN_ENDED.value, DeadlineKind.UNTIL_FILLED.value})

DATES_FIELDS = (
    Field(
        name="publish_at", label="掲載希望日時", type=FieldType.INSTANT, section=_S, effect=Effect.AT_ONCE, public=False,
        opens=True, help="この日時に公開したいときに書きます。確認が間に合えば、その時刻に公開します。公開されません。",
        example="2026-05-01T09:00", why="広報や議会の日程に、公開の日時を合わせるためです。",
    ),
    Field(
        name="apply_from", label="応募の受付開始", type=FieldType.INSTANT, section=_S, effect=Effect.AT_ONCE,
        opens=True, help="公開と同時に受け付けるときは空けておけます。", example="2026-05-01",
        why="受付が始まる前の応募を防ぐためです。",
    ),
    Field(
        name="apply_by_kind", label="締切の種類", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=DeadlineKind, material=True,
        case="17時に閉め切るなら「締切」",
        why="「必着」か「消印有効」かで、間に合うかが変わるためです。",
    ),
    Field(
        name="apply_by", label="応募締切", type=FieldType.INSTANT, section=_S, material=True,
        needed_with=(
            "apply_by_kind",
            frozenset({DeadlineKind.CLOSING.value, DeadlineKind.ARRIVAL.value, DeadlineKind.POSTMARK.value}),
        ),
        help="日付だけのときは、その日の24時(日本時間)までです。", example="2026-05-29T17:00",
        why="締切を過ぎた募集を、自動で「受付終了」にするためです。",
    ),
    Field(
        name="review_on", label="募集を見直す日", type=FieldType.DATE, section=_S,
        needed_with=("apply_by_kind", _OPEN_ENDED), help="随時募集のとき、90日以内の日付を書きます。", example="2026-07-31",
        why="締切のない募集が、古いまま残らないようにするためです。",
    ),
    Field(
        name="briefing_at", label="説明会", type=FieldType.INSTANT, section=_S, effect=Effect.AT_ONCE,
        opens=True, example="2026-05-12T19:00",
        why="応募を迷う人が、話を聞いてから決められるようにするためです。",
    ),
    Field(
        name="interview_on", label="面接の日", type=FieldType.DATE, section=_S, effect=Effect.AT_ONCE, example="2026-06-10",
        why="応募する人が、予定を空けておけるようにするためです。",
    ),
    Field(
        name="result_on", label="結果の通知", type=FieldType.DATE, section=_S, effect=Effect.AT_ONCE, example="2026-06-20",
        why="いつまで待てばよいかを知らせるためです。",
    ),
    Field(
        name="approval_on", label="決裁日", type=FieldType.DATE, section=_S, effect=Effect.AT_ONCE, public=False,
        help="庁内の記録用です。公開されません。",
        example="2026-04-20",
        why="庁内の決裁と、掲載した内容を結びつけて残すためです。",
    ),
    Field(
        name="approval_number", label="文書番号", type=FieldType.TEXT, section=_S, effect=Effect.AT_ONCE, public=False,
        max_length=100, help="庁内の記録用です。公開されません。",
        example="青総デ第123号",
        why="後から決裁の文書を探せるようにするためです。",
    ),
)
