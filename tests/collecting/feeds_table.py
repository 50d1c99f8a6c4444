"""What the server of the tests serves, and what must come out of it. One row is one feed as a real site sends it."""

import gzip
import zlib
from dataclasses import dataclass

from jobboard.base.collecting import Fetched
from jobboard.base.collecting import Fetched as F
from tests.collecting.feed_server import Page, chunked, drip, endless, raw, redirect, silent, zeros

SITE = "https://www.city.aoba.example.jp"
TITLE = "CIO補佐官(デジタル専門員)を募集します"
LINK = f"{SITE}/jinji/cio.html"
DAY = "2026-11-20"
FETCHED_ON = "2026-11-25"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"


@dataclass(frozen=True)
class Row:
    """``served`` at /``name``; then the outcome, how many items, the first of them (title, link, date or ""), and words of the line."""

    name: str
    served: Page
    outcome: Fetched = F.READ
    items: int = 2
    first: tuple[str, str, str] = (TITLE, LINK, DAY)
    words: str = ""
    host: str = "www.city.example.jp"


def item(title: str = TITLE, link: str = LINK, date: str = "<pubDate>Fri, 20 Nov 2026 10:00:00 +0900</pubDate>", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{date}{more}</item>"


OLDER = item("広報あおば12月号", f"{SITE}/koho/12.html", "<pubDate>Thu, 19 Nov 2026 09:00:00 +0900</pubDate>")


def rss(*items: str, charset: str = "UTF-8", link: str = f"{SITE}/") -> str:
    head = f'<?xml version="1.0" encoding="{charset}"?>' if charset else ""
    return f'{head}<rss version="2.0"><channel><title>青葉市 新着情報</title><link>{link}</link><description>新着</description>{"".join(items)}</channel></rss>'


def rdf(charset: str = "UTF-8") -> str:
    def one(title: str, link: str, date: str) -> str:
        return f'<item rdf:about="{link}"><title>{title}</title><link>{link}</link><dc:date>{date}</dc:date></item>'

    return (
        f'<?xml version="1.0" encoding="{charset}"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="ja">'
        f'<channel rdf:about="{SITE}/rss/10/list1.xml"><title>青葉市</title><link>{SITE}/</link><items><rdf:Seq>'
        f'<rdf:li rdf:resource="{LINK}"/></rdf:Seq></items></channel>'
        f'{one(TITLE, LINK, "2026-11-20T10:00:00+09:00")}{one("広報", SITE + "/koho/12.html", "2026-11-19T10:00:00+09:00")}</rdf:RDF>'
    )


def atom(title: str = f"<title>{TITLE}</title>", link: str = LINK, more: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"{more}><title>青葉市</title><id>tag:aoba,2026:feed</id>'
        f'<updated>2026-11-20T10:00:00+09:00</updated><entry>{title}<id>tag:aoba,2026:1</id><link rel="alternate" href="{link}"/>'
        f'<updated>2026-11-20T10:00:00+09:00</updated></entry><entry><title>広報</title><id>tag:aoba,2026:2</id>'
        f'<link href="{SITE}/koho/12.html"/><updated>2026-11-19T10:00:00+09:00</updated></entry></feed>'
    )


def page(text: str, charset: str = "utf-8", kind: str = "application/xml", **headers: str) -> Page:
    return Page(text.encode(charset), (("Content-Type", kind), *((name.replace("_", "-"), value) for name, value in headers.items())))


def packed(body: bytes) -> Page:
    return Page(gzip.compress(body), (("Content-Encoding", "gzip"),))


def dated(name: str, words: str, day: str = DAY, tag: str = "pubDate") -> Row:
    return Row(name, page(rss(item(date=f"<{tag}>{words}</{tag}>"), OLDER)), first=(TITLE, LINK, day))


def titled(name: str, written: str, title: str) -> Row:
    return Row(name, page(rss(item(written), OLDER)), first=(title, LINK, DAY))


def linked(name: str, written: str, link: str, channel: str = f"{SITE}/") -> Row:
    return Row(name, page(rss(item(link=written), OLDER, link=channel)), first=(TITLE, link, DAY))


def fault(name: str, served: Page, outcome: Fetched, words: str = "", host: str = "www.city.example.jp") -> Row:
    return Row(name, served, outcome, 0, ("", "", ""), words, host)


WHOLE = rss(item(), OLDER)
PACKED = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
RAW_DEFLATE = PACKED.compress(WHOLE.encode()) + PACKED.flush()
LAUGHS = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
DOCUMENT = rss(item("&lol9;"), charset="")
FORTY, FIFTY = (rss(*(f"<item><title>{n}</title><link>/</link></item>" for n in range(many)), charset="") for many in (40_000, 50_000))
LONG = "職" * 1_000

NETSCAPE = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss-0.91.dtd">'

FORMATS = (
    Row("rss20.xml", page(WHOLE)),
    Row("rss091.rdf", page('<?xml version="1.0"?>' + NETSCAPE + rss(item(), OLDER, charset=""))),
    Row("rss10.rdf", page(rdf())),
    Row("atom.xml", page(atom())),
    Row("atom-base.xml", page(atom(link="cio.html", more=f' xml:base="{SITE}/jinji/"'))),
    Row("atom-html-title.xml", page(atom(f'<title type="html">&lt;b&gt;{TITLE}&lt;/b&gt;</title>'))),
    Row("atom-xhtml-title.xml", page(atom(f'<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{TITLE}</div></title>'))),
    Row("cdata.xml", page(rss(item(f"<![CDATA[{TITLE}]]>", f"<![CDATA[{LINK}?a=1&b=2]]>"), OLDER)), first=(TITLE, f"{LINK}?a=1&b=2", DAY)),
    Row("no-declaration.xml", page(rss(item(), OLDER, charset=""))),
    Row("undeclared-prefix.rdf", page(rdf().replace(' xmlns:dc="http://purl.org/dc/elements/1.1/"', ""))),
    Row("comment-first.xml", page("<!-- 新着 -->" + "<!---->" * 5_000 + WHOLE.partition("?>")[2])),
    Row("blank-lines-first.xml", page("\r\n\r\n  " + WHOLE)),
    Row("served-as-html.php", page(WHOLE, kind="text/html; charset=UTF-8")),
    Row("empty-channel.xml", page(rss()), items=0, first=("", "", "")),
    Row("twice-the-same.xml", page(rss(item(), item(), OLDER)), words="前のものと同じ1件は読みませんでした"),
    Row("entities-of-html.rdf", page(NETSCAPE + rss(item("DX&middot;AI&nbsp;&mdash;募集&#9312;"), OLDER, charset="")), first=("DX·AI —募集①", LINK, DAY)),
    Row("atom-pdf.xml", page(atom(link=f'{LINK}" type="application/pdf'))),
    Row("atom-two-alternates.xml", page(atom(link=f'{LINK}"/><link rel="alternate" hreflang="en" href="{SITE}/en/'))),
    Row("atom-other-links.xml", page(atom(link=f'{SITE}/x.atom" type="application/atom+xml"/><link rel="edit" href="/e"/><link href="{LINK}'))),
    Row("other-titles.xml", page(rss(f"<item><media:title>写真</media:title><dc:title>別題</dc:title>{item()[6:]}", OLDER))),
    Row("declared-after-comment.xml", page("<!-- 保存 -->" + WHOLE)),
    Row("long-channel-link.xml", page(rss(item(), OLDER, link=f"{SITE}/?q={'募' * 300}"))),
)  # fmt: skip
def windows(charset: str, codec: str, *replaced: tuple[bytes, bytes]) -> Page:
    """With ①, ㈱ in Windows' own places (JIS row 13), which Python's codecs of these names do not know."""
    body = rss(item(f"＠{TITLE}〒"), OLDER, charset=charset).encode(codec)
    for standard, own in replaced:
        body = body.replace(standard, own)
    return Page(body)


CHARSETS = (
    Row("bom.xml", Page(b"\xef\xbb\xbf" + WHOLE.encode())),
    Row("shift-jis.xml", page(rss(item(), OLDER, charset="Shift_JIS"), "cp932")),
    Row("windows-31j.xml", page(rss(item(f"①{TITLE}㈱髙"), OLDER, charset="Windows-31J"), "cp932"), first=(f"①{TITLE}㈱髙", LINK, DAY)),
    Row("euc-jp.xml", page(rss(item(), OLDER, charset="EUC-JP"), "euc_jp")),
    Row("rdf-euc-jp.rdf", page(rdf("EUC-JP"), "euc_jp")),
    Row("iso-2022-jp.xml", page(rss(item(), OLDER, charset="ISO-2022-JP"), "iso2022_jp")),
    Row("utf-16.xml", page(rss(item(), OLDER, charset="UTF-16"), "utf-16")),
    Row("charset-in-header.xml", page(rss(item(), OLDER, charset=""), "cp932", "text/xml; charset=Shift_JIS")),
    Row("header-lies.xml", page(WHOLE, kind="text/xml; charset=ISO-8859-1")),
    Row("says-sjis-is-utf8.xml", page(rss(item(), OLDER, charset="Shift_JIS"))),
    Row("says-utf8-is-sjis.xml", page(WHOLE, "cp932")),
    Row("says-utf8-is-euc.xml", page(WHOLE, "euc_jp")),
    Row("says-sjis-is-euc.xml", page(rss(item(), OLDER, charset="Shift_JIS"), "euc_jp")),
    Row("windows-euc.xml", windows("EUC-JP", "euc_jp", (b"\xa1\xf7", b"\xad\xa1"), (b"\xa2\xa9", b"\xad\xea")), first=(f"①{TITLE}㈱", LINK, DAY)),
    Row("windows-iso-2022.xml", windows("ISO-2022-JP", "iso2022_jp", (b"!w", b"-!"), (b'")', b"-j")), first=(f"①{TITLE}㈱", LINK, DAY)),
    Row("unknown-charset.xml", page(rss(item(), OLDER, charset="x-no-such"))),
)
DATES = (
    dated("date-kanji.xml", "2026年11月20日"), dated("date-wareki.xml", "令和8年11月20日(金)"), dated("date-r8.xml", "R8.11.20"),
    dated("date-dots.xml", "2026.11.20"), dated("date-slashes.xml", "2026/11/20 10:00"), dated("date-wide.xml", "２０２６年１１月２０日"),
    dated("date-jst.xml", "Fri, 20 Nov 2026 00:30:00 JST"), dated("date-gmt.xml", "Thu, 19 Nov 2026 23:30:00 GMT"),
    dated("date-japanese-day.xml", "金, 20 11月 2026 10:00:00 +0900"), dated("date-only.xml", "2026-11-20", tag="date"),
    dated("date-none.xml", "", ""), dated("date-nonsense.xml", "近日中", ""), dated("date-to-come.xml", "2027年4月1日", FETCHED_ON),
    dated("date-java.xml", "Fri Nov 20 10:00:00 JST 2026"), dated("date-both-years.xml", "2026(令和8)年11月20日"),
    dated("date-both-years-too.xml", "令和８年（2026年）11月20日"), dated("date-compact.xml", "20261119T153000Z"),
    dated("date-compact-here.xml", "20261120T003000+0900"), dated("date-script.xml", "Fri Nov 20 2026 00:30:00 GMT+0900 (JST)"),
    Row("date-second.xml", page(rss(item(date="<pubDate>近日中 1</pubDate><dc:date>2026-11-20</dc:date>"), OLDER))),
    Row("date-twice.xml", page(rss(item(date="<pubDate/><pubDate>-</pubDate><pubDate>2026-11-20</pubDate><pubDate>2026-11-22</pubDate>"), OLDER))),
)  # fmt: skip
LINKS = (
    linked("link-root.xml", "/jinji/cio.html", LINK), linked("link-relative.xml", "jinji/cio.html", LINK),
    linked("link-of-page.xml", "jinji/cio.html?a=1", "http://www.city.example.jp:PORT/jinji/cio.html?a=1", ""),
    linked("link-spaces.xml", f"\n  {LINK}\n", LINK), linked("link-ampersand.xml", f"{LINK}?a=1&b=2", f"{LINK}?a=1&b=2"),
    linked("link-blanks.xml", f" {SITE}/dx 募集 要項.pdf\n", f"{SITE}/dx%20%E5%8B%9F%E9%9B%86%20%E8%A6%81%E9%A0%85.pdf"),
    linked("link-wide-blank.xml", f"{SITE}/DX\u3000募.pdf", f"{SITE}/DX%E3%80%80%E5%8B%9F.pdf"),
    linked("link-broken-line.xml", f"{SITE}/jinji/\n    cio.html", LINK),
    linked("link-percent.xml", f"{SITE}/100%達成.html", f"{SITE}/100%25%E9%81%94%E6%88%90.html"),
    linked("link-japanese-name.xml", "https://青葉市.jp/1", "https://xn--7sty56fxvm.jp/1"),
    linked("link-escaped-name.xml", "https://%E9%9D%92%E8%91%89%E5%B8%82.jp/", "https://xn--7sty56fxvm.jp/"),
    *(
        Row(f"link-none-{n}.xml", page(rss(f"<item><title>募集</title>{given}</item>", item(), OLDER)), words="題名かリンクがない1件は読みませんでした")
        for n, given in enumerate(("", "<link/>", "<link>http://[::1</link>", '<guid isPermaLink="false">abc-123</guid>', "<guid>abc-123</guid>"))
    ),
    Row("link-in-second.xml", page(rss(item(link="mailto:a@example.jp", more=f"<guid>{LINK}</guid>"), OLDER))),
    Row("link-in-guid-of-site.xml", page(rss(f"<item><title>{TITLE}</title><guid>/jinji/cio.html</guid><pubDate>2026-11-20</pubDate></item>", OLDER))),
    Row("link-in-guid.xml", page(rss(f"<item><title>{TITLE}</title><guid>{LINK}</guid><pubDate>2026-11-20</pubDate></item>", OLDER))),
    Row("link-of-script.xml", page(rss(item(link="javascript:alert(1)"), item(), OLDER)), words="1件は読みませんでした"),
)
TITLES = (
    titled("title-script.xml", f"&lt;script&gt;alert(1)&lt;/script&gt;{TITLE}", TITLE),
    titled("title-script-twice.xml", f"&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;{TITLE}", TITLE),
    titled("title-ampersand.xml", "R&D人材を募集&nbsp;します", "R&D人材を募集 します"),
    titled("title-angles.xml", "&lt;ICT支援員&gt;の募集", "＜ICT支援員＞の募集"),
    titled("title-angles-cdata.xml", "<![CDATA[<DX人材>募集<br>中]]>", "＜DX人材＞募集 中"),
    titled("title-angles-twice.xml", "&amp;lt;CIO補佐官&amp;gt;募集&amp;lt;br&amp;gt;", "＜CIO補佐官＞募集"),
    titled("title-angles-mail.xml", "&lt;dx@city.example.jp&gt; 募集", "＜dx@city.example.jp＞ 募集"),
    titled("title-less.xml", "経験3年&lt;5年の方を募集", "経験3年＜5年の方を募集"),
    titled("title-inline.xml", "<![CDATA[デジ<b>タル</b>人材<wbr>を<ruby>募<rp>(</rp><rt>ぼ</rt><rp>)</rp></ruby>集<o:p></o:p>]]>", "デジタル人材を募集"),
    titled("title-elements.xml", "デジ<b>タル</b>人材<br/>を募集<x:include href='file:///etc/passwd'/>", "デジタル人材 を募集"),
    titled("title-control.xml", f"\x07\x1b{TITLE}\u202e", TITLE), titled("title-long.xml", LONG, LONG[:299] + "…"),
)
SENDING = (
    Row("gzip.xml", Page(gzip.compress(WHOLE.encode()), (("Content-Encoding", "gzip"),))),
    Row("deflate.xml", Page(zlib.compress(WHOLE.encode()), (("Content-Encoding", "deflate"),))),
    Row("raw-deflate.xml", Page(RAW_DEFLATE, (("Content-Encoding", "deflate"),))),
    Row("gzip-and-line-end.xml", Page(gzip.compress(WHOLE.encode()) + b"\r\n", (("Content-Encoding", "gzip"),))),
    Row("says-coded.xml", page(WHOLE, Content_Encoding="UTF-8")), Row("says-not-coded.xml", page(WHOLE, Content_Encoding="none")),
    Row("chunked.xml", chunked(WHOLE.encode())), Row("no-length.xml", raw(OK + WHOLE.encode())),
    Row("moved.xml", redirect("/rss20.xml", 301), words="転送先"), Row("hop1", redirect("hop2")),
    Row("40000-items.xml", page(FORTY), items=500, first=("0", f"{SITE}/", ""), words="40,000件のうち、初めの500件"),
    Row("breaks-off.xml", page(WHOLE.removesuffix("</channel></rss>") + "<item><title>途"), words="途中で壊れている"),
)  # fmt: skip
SMUGGLER = '<?xml version="1.0"?>\n<!--\n<!ENTITY a "{}">\n-->\n<!DOCTYPE rss SYSTEM "x">\n'
CHARSETS_SAID = 'encoding="' * 1_600
BLOWN = rss(item(more=f"<description>{'&a;' * 4_000}</description>"), OLDER, charset="")
ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
KANA = rss(item(more=f"<description>{'ｱ' * 1_980_000}&</description>"), OLDER, charset="Shift_JIS").encode("cp932")
HEAVY = {
    "ampersands": rss(item(more=f"<description>{'&' * 1_980_000}🌸</description>"), OLDER).encode(),
    "half-width": KANA,
    "flower": rss(item(more=f"<description>{'a' * 1_980_000}🌸</description>"), OLDER).encode(),
}
"""Near the most that is fetched, and several times as long once it is read or mended; four of each are read at a time."""

TRAPS = (
    Row("smuggled.xml", page(SMUGGLER.format("SMUGGLED") + rss(item(f"{TITLE}&a;"), OLDER, charset="")), first=(f"{TITLE}&a;", LINK, DAY)),
    Row("smuggled-long.xml", packed((SMUGGLER.format("x" * 500_000) + BLOWN).encode())),
    Row("doctype-in-comment.xml", page(f"<!--\n<!DOCTYPE -->\n{rss(item(), OLDER, charset='')}")),
    Row("author.xml", page(rss(item(more=f"<author>{'a' * 60_000}</author><dc:creator>{'a' * 60_000}</dc:creator>"), OLDER))),
    Row("charset-in-text.xml", page(rss(item(more=f"<description>{CHARSETS_SAID}</description>"), OLDER))),
    Row("line-ends-first.xml", page("<!-- c -->" + "\n" * 60_000 + rss(item(), OLDER, charset=""))),
    Row("keywords.xml", page(rss(item(more=f"<itunes:keywords {ITUNES}>{','.join(map(str, range(40_000)))}</itunes:keywords>"), OLDER))),
    Row("categories.xml", page(rss(item(more="".join(f"<category>{n}</category>" for n in range(20_000))), OLDER))),
    *(Row(f"{name}-{n}.xml", packed(body), host=f"heavy{n}.example.jp") for name, body in HEAVY.items() for n in range(4)),
)  # fmt: skip
HOPS = {"/hop2": redirect("hop3"), "/hop3": redirect("hop4", 307), "/hop4": redirect("hop5", 308), "/hop5": redirect("/rss20.xml", 303)}
FAULTS = (
    fault("laughs.xml", page(f'<!DOCTYPE rss [<!ENTITY lol0 "lol">{LAUGHS}]>{DOCUMENT}'), F.BROKEN, "ENTITY"),
    fault("long-entity.xml", page(f'<!DOCTYPE rss [<!ENTITY lol9 "{"a" * 100_000}">]>' + rss(item("&lol9;" * 10_000), charset="")), F.BROKEN, "ENTITY"),
    fault("external.xml", page(f'<!DOCTYPE rss [<!ENTITY lol9 SYSTEM "file:///etc/passwd">]>{DOCUMENT}'), F.BROKEN, "ENTITY"),
    fault("external-parameter.xml", page(f'<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd">%x;]>{DOCUMENT}'), F.BROKEN, "ENTITY"),
    fault("attributes.xml", page(f'<!DOCTYPE rss [<!ATTLIST item a CDATA "{"a" * 100_000}">]>{DOCUMENT}'), F.BROKEN),
    fault("many-attributes.xml", page(rss("<item " + " ".join(f'a{n}=""' for n in range(100_000)) + "/>")), F.BROKEN, "属性"),
    fault("many-namespaces.xml", page(WHOLE.replace("<rss", "<rss " + " ".join(f'xmlns:p{n}="u:{n}"' for n in range(50_000)))), F.BROKEN, "名前空間"),
    fault("many-elements.xml", page(rss("<a/>" * 300_000 + item())), F.BROKEN, "要素が多すぎます"),
    fault("deep.xml", page("<rss>" + "<a>" * 100_000), F.BROKEN, "入れ子"),
    fault("zeros.xml", zeros(500), F.LARGE, "2,000,000"),
    fault("never-ends.xml", endless(OK, b"<!-- -->" * 1_000), F.LARGE),
    fault("50000-items.xml", page(FIFTY), F.LARGE), fault("50000-items.gz", Page(gzip.compress(FIFTY.encode()), (("Content-Encoding", "gzip"),)), F.LARGE),
    fault("brotli.xml", page(WHOLE, Content_Encoding="br"), F.REFUSED, "br"),
    fault("torn-gzip.xml", Page(b"\x1f\x8b\x08\0garbage garbage", (("Content-Encoding", "gzip"),)), F.BROKEN, "圧縮"),
    fault("page.html", page("<!doctype html><html><body>新着情報</body></html>", kind="text/html"), F.NOT_A_FEED),
    fault("xhtml.html", page('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'), F.NOT_A_FEED),
    fault("feed.json", page('{"version": "https://jsonfeed.org/version/1.1"}'), F.NOT_A_FEED),
    fault("comments.html", page("<!---->" * 5_000 + "<html>"), F.NOT_A_FEED),
    fault("blanks.xml", page(rss(item())[:-60].replace("<link>", "<link>" + " " * 1_500_000, 1)), F.BROKEN),
    fault("sitemap.xml", page("<urlset><url><loc>/</loc></url></urlset>"), F.NOT_A_FEED, "urlset"),
    fault("empty.xml", page(""), F.BROKEN, "空"), fault("torn.xml", page(rss(item())[:200]), F.BROKEN, "壊れています"),
    fault("noise.xml", Page(bytes(range(256)) * 100), F.NOT_A_FEED),
    fault("404.xml", Page(b"<html>404</html>", status=404), F.REFUSED, "404"), fault("503.xml", Page(status=503), F.REFUSED, "503"),
    fault("round.xml", redirect("/round.xml"), F.REDIRECTS, "5回"), fault("hop0", redirect("hop1"), F.REDIRECTS),
    fault("to-metadata", redirect("http://169.254.169.254/latest/meta-data/"), F.ADDRESS, "169.254.169.254"),
    fault("to-mapped", redirect(lambda sites: f"http://[::ffff:127.0.0.1]:{sites.port}/rss20.xml"), F.ADDRESS, "::ffff:"),
    fault("to-decimal", redirect("http://2130706433/"), F.ADDRESS), fault("to-file", redirect("file:///etc/passwd"), F.ADDRESS, "file"),
    fault("to-named", redirect(lambda sites: f"http://a:b@www.city.example.jp:{sites.port}/rss20.xml"), F.ADDRESS, "パスワード"),
    fault("to-port", redirect("http://www.city.example.jp:22/"), F.ADDRESS, "22"),
    fault("to-both", redirect(lambda sites: f"http://both.example.jp:{sites.port}/rss20.xml"), F.ADDRESS, "10.0.0.5"),
    *(fault(f"of-{name}", page(WHOLE), F.ADDRESS, host=f"{name}.example.jp") for name in ("both", "inside", "metadata", "mapped", "nat64", "six")),
    fault("of-nowhere", page(WHOLE), F.UNREACHABLE, "名前", "nowhere.example.jp"),
    fault("slow-headers", drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), F.SLOW, host="slow1.example.jp"),
    fault("slow-body", drip(OK, b" "), F.SLOW, host="slow2.example.jp"), fault("slow-line", drip(b"HTTP/1.1 2", b"0"), F.SLOW, host="slow3.example.jp"),
    fault("silent", Page(behave=silent), F.SLOW, host="slow4.example.jp"),
    fault("hangs-up", raw(b""), F.UNREACHABLE), fault("not-http", raw(b"SSH-2.0-OpenSSH_9.2\r\n"), F.UNREACHABLE),
    fault("cut-short", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss>"), F.UNREACHABLE),
    fault("long-header", endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 10_000), F.UNREACHABLE),
    fault("private/feed.xml", page(WHOLE), F.FORBIDDEN, "robots.txt"), fault("trouble.xml", page(WHOLE), F.FORBIDDEN, "503", "trouble.example.jp"),
    fault("large-robots.xml", page(WHOLE), F.FORBIDDEN, "robots.txt", "large.example.jp"),
    fault("packed-robots.xml", page(WHOLE), F.FORBIDDEN, "robots.txt", "packed.example.jp"),
)  # fmt: skip
ROWS = FORMATS + CHARSETS + DATES + LINKS + TITLES + SENDING + TRAPS + FAULTS
ROBOTS = {
    "//www.city.example.jp/robots.txt": Page(b"User-agent: *\nDisallow: /private/\nAllow: /\n"),
    "//trouble.example.jp/robots.txt": Page(status=503),
    "//large.example.jp/robots.txt": Page(b"User-agent: *\nDisallow: /\n" + b"# " * 1_500_000),
    "//packed.example.jp/robots.txt": packed(b"User-agent: *\nDisallow: /\n" + b"#" * 9_000_000),
}
PAGES = {f"/{row.name}": row.served for row in ROWS} | HOPS | ROBOTS
