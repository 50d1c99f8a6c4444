"""Takes the pictures of docs/screens.md from a demonstration of its own: `make screens`."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import requests
from playwright.sync_api import sync_playwright

from tests.browsers import find_chromium
from tests.flows.site import Site, running_site

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
WIDTHS, TALLEST = (390, 1280), 1_600


def addresses(site: Site) -> dict[str, str]:
    """Name of the picture to address; the posting is the first open one that was amended."""
    told = requests.get(f"{site.base_url}/changes.json", timeout=10).json()["items"]
    amended = next(one["_jobboard"]["id"] for one in told if one["_jobboard"]["event"] == "amended" and one["_jobboard"]["status"] == "open")
    return {
        "home": "/", "list": "/postings?q=業務&remote=partly", "posting": f"/postings/{amended}", "empty": "/postings?q=量子&pref=47",
        "error": "/postings?role=king&pref=04",
    }  # fmt: skip


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as play,
        running_site(Path(folder), f"sqlite:///{folder}/board.sqlite3", workers=0, demo=True) as site,
    ):
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for width in WIDTHS:
            page = browser.new_context(locale="ja-JP", viewport={"width": width, "height": 900}).new_page()
            for name, address in addresses(site).items():
                page.goto(site.base_url + address)
                height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
                clip = {"x": 0, "y": 0, "width": width, "height": height}
                page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=True, clip=clip)
        browser.close()
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--ext", ".png", "24", *map(str, sorted(FOLDER.glob("*.png")))], check=True)


if __name__ == "__main__":
    main()
