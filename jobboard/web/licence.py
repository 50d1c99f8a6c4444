"""Under which terms the board's information may be used by others, said the same way by every page, feed and table."""

from flask import Response

NAME = "公共データ利用規約(第1.0版)"
SHORT = "PDL1.0"
URL = "https://www.digital.go.jp/resources/open_data/public_data_license_v1.0"


def attribution(site_name: str, url: str) -> str:
    """The sentence that a user of the information writes beside it; ``url`` is the address that it was taken from."""
    return f"出典: {site_name}({url})、{SHORT}({URL})"


def add_links(response: Response, base_url: str) -> Response:
    """The terms and the meaning of each column as links of the answer (RFC 8288), for formats that have no place for them."""
    response.headers["Link"] = f'<{URL}>; rel="license", <{base_url}/data/dictionary>; rel="describedby"'
    return response
