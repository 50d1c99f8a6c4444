"""Faults that were planted to see a test fail, each with the test that sees it. `make test-long` plants them all anew.

A fault is one replacement in one file; ``sees`` is the test (file, and -k expression) that must fail with it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What is planted where: ``sound`` stands exactly once in ``file`` and becomes ``broken``."""

    name: str
    file: str
    sound: str
    broken: str
    sees: str
    only: str = "not postgresql"


FAULTS = (
    Fault(
        "another municipality's posting may be seen",
        "jobboard/domain/permissions.py",
        "        Posting.municipality_code.in_(municipality_codes(account)), Posting.municipality_code.in_(of_prefecture)\n",
        "        true(), Posting.municipality_code.in_(of_prefecture)\n",
        "tests/web/test_desk_foreign.py",
    ),
    Fault(
        "a permission is dropped from a page",
        "jobboard/web/desk.py",
        '@staff("posting:edit")\ndef edit(',
        "def edit(",
        "tests/web/test_routes.py",
    ),
    Fault(
        "somebody publishes a submission of their own",
        "jobboard/domain/moderation.py",
        "    if by.id in (version.created_by_id, posting.draft_by_id):\n",
        "    if by.id in ():\n",
        "tests/domain/test_publication.py",
    ),
    Fault(
        "a mail is marked before it is sent",
        "jobboard/domain/deliveries.py",
        "        refused = _send(door, leased.letter)\n",
        "        with transaction() as session:\n"
        "            _settle(session, leased.row, owner, None, now=clock())\n"
        "        refused = _send(door, leased.letter)\n",
        "tests/domain/test_deliveries.py",
    ),
    Fault(
        "settling does not check the owner",
        "jobboard/domain/leasing.py",
        "return and_(Delivery.id.in_(ids), Delivery.lease_owner == owner, Delivery.state == DeliveryState.LEASED)",
        "return and_(Delivery.id.in_(ids), Delivery.state == DeliveryState.LEASED)",
        "tests/domain/test_deliveries.py",
    ),
    Fault(
        "an escaped field is unescaped in feeds",
        "jobboard/web/feed_text.py",
        "    return html.escape(clean(text))",
        "    return clean(text)",
        "tests/web/test_feeds.py",
    ),
    Fault(
        "templates no longer escape",
        "jobboard/__init__.py",
        '    app.extensions["config"] = config\n',
        '    app.extensions["config"] = config\n    app.jinja_options = {"autoescape": False}\n',
        "tests/web/test_board.py",
    ),
    Fault(
        "a deadline is an hour off",
        "jobboard/base/clock.py",
        "    return start_of(day + timedelta(days=1))\n",
        "    return start_of(day + timedelta(days=1)) + timedelta(hours=1)\n",
        "tests/domain/test_publication.py",
    ),
    Fault(
        "the deadline's last day is lost",
        "jobboard/base/clock.py",
        "    return start_of(day + timedelta(days=1))\n",
        "    return start_of(day)\n",
        "tests/base/test_reading.py",
    ),
    Fault(
        "a closing bears the time when the worker came",
        "jobboard/domain/publication.py",
        "reason=ClosedReason.DEADLINE, by=None, now=instant)",
        "reason=ClosedReason.DEADLINE, by=None, now=now)",
        "tests/domain/test_publication.py",
    ),
    Fault(
        "a field is missing from the feeds",
        "jobboard/base/content.py",
        "    return [field for field in FIELDS if field.public and field.name in content]\n",
        '    return [field for field in FIELDS if field.public and field.name in content and field.name != "overtime"]\n',
        "tests/web/test_feeds.py",
    ),
    Fault(
        "an entry's id changes with each version",
        "jobboard/web/entries.py",
        '        id=f"urn:uuid:{posting.uuid}",\n',
        '        id=f"urn:uuid:{posting.current.uuid if posting.current else 0}",\n',
        "tests/web/test_feeds.py",
    ),
    Fault(
        "feeds tell the time of another country",
        "jobboard/web/entries.py",
        "        published_at=in_japan(published_at),\n",
        "        published_at=published_at,\n",
        "tests/web/test_feeds.py",
    ),
    Fault(
        "closed postings are not marked in feeds",
        "jobboard/web/entries.py",
        'MARKS = {PublicState.CLOSED: "【受付終了】", PublicState',
        "MARKS = {PublicState",
        "tests/web/test_feeds.py",
    ),
    Fault(
        "a cell begins a formula",
        "jobboard/web/table.py",
        """    return f"'{cell}" if cell.startswith(_FORMULA) else cell\n""",
        "    return cell\n",
        "tests/web/test_feeds.py",
    ),
    Fault(
        "hiragana is no longer katakana",
        "jobboard/base/text.py",
        "    kana = jaconv.hira2kata(_DASHES",
        "    kana = str(_DASHES",
        "tests/base/test_text.py",
    ),
    Fault(
        "the index forgets the last unit of a word",
        "jobboard/domain/searching.py",
        """    return _ALONE + _spell(form) if len(tokens) == 1 else f'"{" ".join(tokens[:-1])}"'\n""",
        """    return _ALONE + _spell(units(form)[0]) if len(tokens) < 3 else f'"{" ".join(tokens[:-2])}"'\n""",
        "tests/domain/test_criteria.py",
    ),
    Fault(
        "a subscription hears of what was before its confirmation",
        "jobboard/domain/matching.py",
        "            Subscription.confirmed_at < at,\n",
        "",
        "tests/domain/test_matching.py",
    ),
    Fault(
        "a pause is not heeded",
        "jobboard/domain/matching.py",
        "            or_(Subscription.paused_until.is_(None), Subscription.paused_until <= at),\n",
        "",
        "tests/domain/test_matching.py",
    ),
    Fault(
        "daily mails leave at eight in London",
        "jobboard/domain/matching.py",
        "    return datetime.combine(local.date() + timedelta(days=days), MORNING, JAPAN).astimezone(UTC)\n",
        "    return datetime.combine(local.date() + timedelta(days=days), MORNING, UTC)\n",
        "tests/domain/test_matching.py",
    ),
    Fault(
        "one-click leaving needs a form of ours",
        "jobboard/web/security.py",
        '    elif "token" not in (request.view_args or {}):\n',
        "    else:\n",
        "tests/web/test_subscribe.py",
    ),
    Fault(
        "a GET leaves the list",
        "jobboard/web/transaction.py",
        "        if request.method in SAFE:\n            _roll_back()\n            return answer\n",
        "",
        "tests/web/test_transaction.py",
    ),
    Fault(
        "staff forms need no token",
        "jobboard/web/security.py",
        "        _same_site()\n        csrf.protect()\n",
        "        _same_site()\n",
        "tests/web/test_routes.py",
    ),
    Fault(
        "scripts in the page are allowed",
        "jobboard/web/security.py",
        "script-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "tests/web/test_security.py",
    ),
    Fault(
        "sign-in is not throttled",
        "jobboard/web/limits.py",
        '    app.before_transaction.append(lambda: limiter._check_request_limit() if request.method == "POST" else None)\n',
        "",
        "tests/web/test_limits.py",
    ),
    Fault(
        "a raw token stands in the database",
        "jobboard/domain/links.py",
        '        "digest": tokens.digest(token),\n',
        '        "digest": token,\n',
        "tests/domain/test_deliveries.py",
    ),
    Fault(
        "the second of two writers overwrites the first",
        "jobboard/domain/drafting.py",
        "        Posting.revision == revision,\n",
        "        Posting.revision >= revision,\n",
        "tests/domain/test_drafting.py",
    ),
    Fault(
        "a change is public but caches are not told",
        "jobboard/domain/versions.py",
        "values(version=Board.version + 1)",
        "values(version=Board.version)",
        "tests/web/test_caching.py",
    ),
    Fault(
        "pay changes without a look",
        "jobboard/domain/changes.py",
        "        change.field.effect is Effect.AT_ONCE or",
        "        change.field.material or change.field.effect is Effect.AT_ONCE or",
        "tests/domain/test_publication.py",
    ),
    Fault(
        "the law's question is not asked",
        "jobboard/base/fields/conditions.py",
        'section=_S, need=Need.EMPLOYED, choices=Smoking,',
        "section=_S, choices=Smoking,",
        "tests/domain/test_completeness.py",
        "",
    ),
    Fault(
        "an invented municipality is published on the real site",
        "jobboard/domain/versions.py",
        "    if posting.municipality.demonstration and not board.demonstration:\n",
        "    if posting.municipality.demonstration and not posting.municipality.demonstration:\n",
        "tests/test_demonstration.py",
    ),
    Fault(
        "the check digit is not checked",
        "jobboard/base/codes.py",
        " and check_digit(code[:5]) == code[5]",
        "",
        "tests/domain/test_municipalities.py",
    ),
    Fault(
        "a kept page outlives a publication",
        "jobboard/web/kept.py",
        "found.version in (None, environ.get(VERSION))",
        "found.version is not environ",
        "tests/web/test_kept.py",
    ),
    Fault(
        "a kept page outlives the day",
        "jobboard/web/kept.py",
        "found.since <= now < found.until and",
        "found.since <= now and",
        "tests/web/test_kept.py",
    ),
    Fault(
        "what is over stays on the shelf of what is open",
        "jobboard/domain/publication.py",
        "    searching.put_away(session, posting.id)\n",
        "",
        "tests/domain/test_catalogue.py",
    ),
    Fault(
        "ties of a list fall the wrong way",
        "jobboard/domain/catalogue.py",
        "newest_first = sorted(ids, reverse=True)",
        "newest_first = sorted(ids)",
        "tests/domain/test_search_truth.py",
    ),
    Fault(
        "a changed posting keeps its old facets in memory",
        "jobboard/domain/catalogue.py",
        "{code: bits & kept for code, bits",
        "{code: bits for code, bits",
        "tests/domain/test_catalogue.py",
    ),
    Fault(
        "a file that nobody was shown may be downloaded",
        "jobboard/domain/attachments.py",
        ", Version.state.in_(_SHOWN))",
        ")",
        "tests/web/test_posting_pages.py",
    ),
    Fault(
        "a call that is over is still a job for search engines",
        "jobboard/web/posting_pages.py",
        "real = is_open(found, now()) and not",
        "real = not",
        "tests/web/test_posting_pages.py",
    ),
    Fault(
        "a posting is similar to itself",
        "jobboard/domain/similar.py",
        "others = all_but(catalogue.open(now), posting.id)",
        "others = catalogue.open(now)",
        "tests/domain/test_similar.py",
    ),
    Fault(
        "a calendar changes while its posting does not",
        "jobboard/web/calendar_format.py",
        "        stamp=posting.updated_at,\n",
        "        stamp=None,\n",
        "tests/web/test_calendar_format.py",
    ),
    Fault(
        "who asked for one posting hears of all",
        "jobboard/domain/criteria.py",
        "(not criteria.posting or seen.posting_id in criteria.posting)",
        "True",
        "tests/domain/test_matching.py",
    ),
    Fault(
        "random orders: a mail is marked before it is sent",
        "jobboard/domain/deliveries.py",
        "        refused = _send(door, leased.letter)\n",
        "        with transaction() as session:\n"
        "            _settle(session, leased.row, owner, None, now=clock())\n"
        "        refused = _send(door, leased.letter)\n",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: only the changes of the last hour are matched",
        "jobboard/domain/matching.py",
        "    waits = ChangeEvent.matched_at.is_(None)\n",
        "    waits = and_(ChangeEvent.matched_at.is_(None), ChangeEvent.occurred_at > now - timedelta(hours=1))\n",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: a change is marked as seen in a transaction of its own",
        "jobboard/domain/matching.py",
        "    assert isinstance(first, CursorResult)\n    return _match_event(",
        "    session.commit()\n    return _match_event(",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: a change may stand twice for one registration",
        "migrations/versions/0001_first_tables.py",
        '        sa.UniqueConstraint("event_id", "subscription_id", name=op.f("uq_match_event_id_subscription_id")),\n',
        "",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: settling does not check the owner",
        "jobboard/domain/leasing.py",
        "return and_(Delivery.id.in_(ids), Delivery.lease_owner == owner, Delivery.state == DeliveryState.LEASED)",
        "return and_(Delivery.id.in_(ids), Delivery.state == DeliveryState.LEASED)",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: the daily mail repeats what was told at once",
        "jobboard/domain/composing.py",
        "        if match.event_id in mails:\n",
        "        if match.event_id in ():\n",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: a queued mail leaves after its reader left",
        "jobboard/domain/leasing.py",
        "    keep = all_wanted or",
        "    keep = not some_wanted or all_wanted or",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: a mail that may have arrived is composed anew after a pause",
        "jobboard/domain/leasing.py",
        "    if row.attempts == 0 or some_wanted",
        "    if row.attempts >= 0 or some_wanted",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: leases of the living are taken back too",
        "jobboard/domain/leasing.py",
        "session, and_(Delivery.lease_owner.in_(dead_owners), Delivery.state == DeliveryState.LEASED),",
        "session, Delivery.state == DeliveryState.LEASED,",
        "tests/flows/test_exactly_once.py",
    ),
    Fault(
        "random orders: what touches no material field is told",
        "jobboard/domain/matching.py",
        "if first.rowcount and event.material else 0",
        "if first.rowcount else 0",
        "tests/flows/test_exactly_once.py",
    ),
)
