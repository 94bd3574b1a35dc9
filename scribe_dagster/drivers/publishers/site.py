"""A static site in a folder: opens from disk, or from any web server it is copied to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import ClassVar, Self

from pydantic import JsonValue, ValidationError

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.publishers import site_pages
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.site_entry import SiteEntry
from scribe_dagster.drivers.publishers.site_folder import SiteFolder
from scribe_dagster.drivers.publishers.site_listings import listings
from scribe_dagster.errors import PublishError


class SiteChannel:
    """Writes one page per article, pages that list them, and an Atom feed.

    Publishing an article again replaces its page. Lists and feed are made from the entries that
    lie beside the pages, so the channel needs no database, and deleting an article's page takes
    the article off the site with the next publication.
    """

    name: ClassVar[str] = "site"

    def __init__(self, site_dir: Path, *, title: str = "Scribe", url: str | None = None) -> None:
        self._folder = SiteFolder(site_dir)
        self._site = site_pages.Site(storable(title), url)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Publish to the ``site`` folder in SCRIBE_HOME, which is served at SITE_URL."""
        return cls(settings.site_dir, title=settings.site_title, url=settings.site_url)

    def publish(self, post: Post) -> Receipt:
        """Write the article's page and bring lists and feed up to date.

        Raises:
            PublishError: The slug or the image's name cannot name a file of the site, or the disk
                is full, not writable, or kept by another process.
        """
        entry, folder = _entry_for(post), self._folder
        with folder.locked():
            entry = entry.succeeding(folder.entry(entry.slug))
            if entry.cover and post.image_data:
                folder.write(folder.image(entry.cover.file), post.image_data)
                for path, data in post.renditions.items():
                    folder.write(folder.image(PurePosixPath(path).name), data)
            page = site_pages.render_article(entry, site=self._site)
            folder.write(folder.page(entry.slug), page)
            self._write_lists(entry)
            # Last, because its presence is what says that all of the above was done.
            folder.write(folder.sidecar(entry.slug), entry.model_dump_json(indent=2))
        return self._receipt(entry.slug)

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show which page would be written, and what it would be made of.

        Raises:
            PublishError: The slug or the image's name cannot name a file of the site.
        """
        entry = _entry_for(post)
        shown: dict[str, JsonValue] = entry.model_dump(mode="json")
        return {"page": str(self._folder.page(entry.slug)), **shown}

    def find(self, article: Article) -> Receipt | None:
        """Look for the article's page, written in full for this very article."""
        entry = self._folder.entry(article.slug)
        if entry is None or entry.article_id != article.id:
            return None
        return self._receipt(entry.slug)

    def _write_lists(self, newest: SiteEntry) -> None:
        folder = self._folder
        others = (entry for entry in folder.entries() if entry.slug != newest.slug)
        entries = sorted(
            [newest, *others],
            key=lambda entry: (entry.published_at, entry.article_id),
            reverse=True,
        )
        for name in site_pages.ASSETS:
            folder.write(folder.root / name, site_pages.asset(name))
        pages = dict(site_pages.render_listings(listings(entries), site=self._site))
        for path, page in pages.items():
            folder.write(folder.listing(path), page)
        folder.drop_listings_but(pages)
        feed = site_pages.render_feed(entries, site=self._site, identity=folder.identity())
        folder.write(folder.root / "feed.xml", feed)

    def _receipt(self, slug: str) -> Receipt:
        page = self._folder.page(slug)
        url = self._site.link(f"articles/{page.name}") if self._site.url else page.as_uri()
        return Receipt(url=url, external_id=slug)


def _entry_for(post: Post) -> SiteEntry:
    try:
        return SiteEntry.of(
            post.article, with_image=bool(post.image_data), with_renditions=post.renditions
        )
    except ValidationError as error:
        faults = "; ".join(
            f"{fault['loc'][0]}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise PublishError(
            f"Article #{post.article.id} cannot be put on the site: {faults}. Correct the article, "
            "then resume the run."
        ) from None
