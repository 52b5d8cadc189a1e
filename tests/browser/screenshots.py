"""Pictures of the gallery's previews: `python -m tests.browser.screenshots FOLDER`, after `python run.py browser`.

For each template NAME-desktop.png and NAME-phone.png, the whole page. With --gallery also each template's own
preview.png anew: what a window of 1120 x 840 shows first, without the words that it is a preview.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.browser.chromium import SIZES, open_browser, watch
from tests.browser.previews import list_examples, write_preview

GALLERY_SIZE = (1120, 840)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--gallery", action="store_true", help="renew preview.png of each template")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, open_browser() as browser:
        for name, (template, trip) in list_examples(Path(work)).items():
            file = write_preview(Path(work) / f"{name}.html", template, trip)
            for size, window in SIZES.items():
                with watch(browser, file, window) as shown:
                    shown.page.screenshot(path=asked.folder / f"{name}-{size}.png", full_page=True)
            if asked.gallery and template.preview is not None:
                with watch(browser, file, GALLERY_SIZE) as shown:
                    shown.page.locator(".notice").evaluate("element => element.remove()")
                    shown.page.screenshot(path=template.preview)


if __name__ == "__main__":
    main()
