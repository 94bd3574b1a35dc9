"""Pages whose articles were marked by hand."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path(__file__).parents[3] / "shared" / "fixtures" / "pages"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the text of its article."""

    url: str
    html: bytes
    article: str


def read_corpus(folder: Path) -> list[Page]:
    """Read a folder as Zyte's article-extraction-benchmark lays it out: pages, packed with gzip
    and named by a hash, beside ``ground-truth.json``.

    Raises:
        FileNotFoundError: It is not such a folder.
    """
    truth = folder / "ground-truth.json"
    if not truth.is_file():
        raise FileNotFoundError(
            f"There is no {truth}. Clone github.com/scrapinghub/article-extraction-benchmark, "
            "then name its folder with --pages."
        )
    marked = json.loads(truth.read_text(encoding="utf-8"))
    pages = folder / "html" if (folder / "html").is_dir() else folder
    return [
        Page(
            url=marked[name]["url"],
            html=gzip.decompress((pages / f"{name}.html.gz").read_bytes()),
            article=marked[name]["articleBody"],
        )
        for name in sorted(marked)
    ]
