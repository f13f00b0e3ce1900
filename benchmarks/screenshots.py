"""Pictures of every page of the sample workspace: ``python -m benchmarks.screenshots [--folder docs/screenshots]``.

Each at the widths of a screen and of a phone. Those that README shows are in the repository; the rest is to look at.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page

from benchmarks.demo import Workspace, browser, sample, served
from core.entities import ReaderName
from core.settings import Settings
from tests.browser.pages import PAGES

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
WIDTHS = {1440: 1000, 390: 1600}
"""Width of the window, and how much of a page's length a picture shows, in pixels."""
COLOURS = 96


def take(opened: Browser, address: str, workspace: Workspace, folder: Path) -> list[Path]:
    """Write all pictures; returns where they are."""
    written = []
    for width, height in WIDTHS.items():
        with opened.new_context(base_url=address, viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            page.goto("/")
            written.append(picture(page, folder / f"login-{width}.png", width, height))
            context.request.get(f"/login?key={workspace.key}")
            for name, path in PAGES.items():
                page.goto(path)
                written.append(picture(page, folder / f"{name}-{width}.png", width, height))
    return written


def picture(page: Page, path: Path, width: int, height: int) -> Path:
    """One page down to ``height``, in few colours, so that a repository can carry it."""
    length = page.evaluate("document.documentElement.scrollHeight")
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(length, height)}
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip)))
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main() -> None:
    """Write the pictures and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        workspace = sample(Settings(data_dir=Path(data), reader=ReaderName.FAST))
        with served(workspace.services) as address, browser() as opened:
            for path in take(opened, address, workspace, options.folder):
                print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
        workspace.services.store.close()


if __name__ == "__main__":
    main()
