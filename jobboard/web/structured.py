"""An open call as schema.org/JobPosting in JSON-LD, with the properties that Google's documentation of job postings names."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from jobboard.base.clock import in_japan, japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.content import Content
from jobboard.base.vocabulary import COMPANY, Audience, Engagement, Explicit, PayUnit, Remote
from jobboard.models import Municipality, Posting

JsonLd = dict[str, Any]

EMPLOYMENT: dict[Engagement, list[str]] = {
    Engagement.SPECIAL_PART_TIME: ["PART_TIME"],
    Engagement.FISCAL_YEAR_PART_TIME: ["PART_TIME", "TEMPORARY"],
    Engagement.FISCAL_YEAR_FULL_TIME: ["FULL_TIME", "TEMPORARY"],
    Engagement.FIXED_TERM: ["FULL_TIME", "TEMPORARY"],
    Engagement.FIXED_TERM_SHORT: ["PART_TIME", "TEMPORARY"],
    Engagement.PERMANENT: ["FULL_TIME"],
    Engagement.CONTRACT_PERSON: ["CONTRACTOR"],
    Engagement.COMMISSION: ["CONTRACTOR"],
    Engagement.DISPATCH: ["TEMPORARY"],
    Engagement.OTHER: ["OTHER"],
}
UNITS = {PayUnit.HOUR: "HOUR", PayUnit.DAY: "DAY", PayUnit.MONTH: "MONTH", PayUnit.YEAR: "YEAR"}
"""Other units (1件, 上限額) have no word there; such pay is told in the description alone."""


def is_job(content: Content) -> bool:
    """Whether the call offers work to a person: proposals and agreements of companies are no job postings."""
    return content.engagement not in COMPANY and content.get("audience") is not Audience.COMPANY


def job_posting(
    posting: Posting, content: Content, parts: Iterable[Mapping[str, Any]], *, base_url: str, names: Mapping[str, str]
) -> JsonLd:
    """The object to embed. ``parts``: what the page tells, as ``posting_view`` gives it; ``names``: those of a joint recruitment."""
    found: JsonLd = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": content.text("title"),
        "description": description(parts, posting.municipality),
        "identifier": {"@type": "PropertyValue", "name": posting.municipality.full_name, "value": posting.uuid},
        "hiringOrganization": _organization(posting.municipality),
        "employmentType": EMPLOYMENT[content.engagement] if content.engagement else ["OTHER"],
        "directApply": False,
        "url": f"{base_url}/postings/{posting.id}",
        "jobLocation": _locations(posting.municipality, content, names),
        **_dates(posting),
        **_salary(content),
    }
    if content.get("remote") is Remote.FULLY:
        found["jobLocationType"] = "TELECOMMUTE"
        found["applicantLocationRequirements"] = {"@type": "Country", "name": "日本"}
    return found


def description(parts: Iterable[Mapping[str, Any]], municipality: Municipality) -> str:
    """HTML of paragraphs: each fact under its label, then who speaks."""
    facts = [
        Markup("<p><strong>{}</strong><br>{}</p>").format(label, _lines(value))
        for part in parts
        for label, value, *_ in part["facts"]
    ]
    speaker = Markup("<p>募集の主体は{0}です。応募・選考は{0}が直接行います。</p>").format(municipality.full_name)
    return str(Markup("").join([*facts, speaker]))


def _lines(value: Any) -> Markup:
    if isinstance(value, Markup):
        return value
    lines = value.split("\n") if isinstance(value, str) else value
    return Markup("<br>").join(escape(line) for line in lines)


def _organization(municipality: Municipality) -> JsonLd:
    site = {"sameAs": municipality.url} if municipality.url else {}
    return {"@type": "Organization", "name": municipality.full_name, **site}


def _locations(municipality: Municipality, content: Content, names: Mapping[str, str]) -> list[JsonLd]:
    """One place for each municipality that recruits; the street only where one municipality says it."""
    region = content.text("work_place_prefecture")
    if region and region != municipality.pref_code:
        return [_place(PREFECTURES[region], "", content.text("work_place"))]
    street = "" if isinstance(content.get("work_place"), Explicit) else content.text("work_place")
    others = [(PREFECTURES[code[:2]], names[code]) for code in content.codes("co_municipalities") if code in names]
    own = _place(municipality.prefecture, f"{municipality.district}{municipality.name}", "" if others else street)
    return [own, *(_place(prefecture, name.removeprefix(prefecture), "") for prefecture, name in others)]


def _place(region: str, locality: str, street: str) -> JsonLd:
    told = {"addressRegion": region, "addressLocality": locality, "streetAddress": street}
    address = {name: text for name, text in told.items() if text}
    return {"@type": "Place", "address": {"@type": "PostalAddress", "addressCountry": "JP", **address}}


def _dates(posting: Posting) -> JsonLd:
    found = {}
    if posting.published_at is not None:
        found["datePosted"] = japan_date(posting.published_at).isoformat()
    if posting.apply_by is not None:
        found["validThrough"] = in_japan(posting.apply_by).isoformat()
    return found


def _salary(content: Content) -> JsonLd:
    unit, low, high = content.get("pay_unit"), content.number("pay_low"), content.number("pay_high")
    if not isinstance(unit, PayUnit) or unit not in UNITS or low is None:
        return {}
    amounts = {"value": low} if high in (None, low) else {"minValue": low, "maxValue": high}
    value = {"@type": "QuantitativeValue", **amounts, "unitText": UNITS[unit]}
    return {"baseSalary": {"@type": "MonetaryAmount", "currency": "JPY", "value": value}}
