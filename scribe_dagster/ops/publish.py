"""Publish: the article goes out, to each channel once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import Publication, first_web_address
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.drivers.publishers.dry_run import DryRun
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.errors import ErrorKind, ImageError, MissingInput, PublishError, StageError
from scribe_dagster.ops.publish_once import publish_once

PublishTo = Callable[[Post, Channel, PublicationLedger], Publication]


@stage(pool="scribe_publish", essential=True)
def publish(
    payload: ContentPayload,
    *,
    articles: ArticleStore,
    image_store: ImageStore,
    channels: Sequence[Channel],
    ledger: PublicationLedger,
) -> StageResult:
    """Send the article to every channel that does not have it yet."""
    if payload.article_id is None:
        raise MissingInput("There is no article to publish. Put CreateArticle before Publish.")
    if not channels:
        return StageResult.skipped(payload, "PUBLISHER_CHANNELS names no channel")
    article = articles.get(payload.article_id)
    post = post_of(article, image_store)
    if any(isinstance(channel, DryRun) for channel in channels):
        for channel in channels:
            channel.publish(post)
        told = ", ".join(channel.name for channel in channels)
        return StageResult.skipped(payload, f"a dry run: nothing was sent to {told}")
    sent = send_to_each(post, channels, ledger)
    if sent.failures:
        raise _what_is_left(sent.failures, done=len(sent.publications))
    count = len(sent.publications)
    message = f"{count} channel{'' if count == 1 else 's'}"
    if article.image and post.image_data is None:
        message += ", without the cover, whose file is lost"
    names = {channel.name for channel in channels}
    # Whoever resumes a run may have other channels than whoever began it.
    if left := [name for name in ledger.in_doubt(article.id) if name not in names]:
        command = f"scribe-dagster publish {article.id} --channels {','.join(left)}"
        message += f"; whether {' and '.join(left)} has it is not known: {command}"
    return StageResult.completed(payload.evolve(publications=tuple(sent.publications)), message)


def post_of(article: Article, image_store: ImageStore) -> Post:
    """Put an article together with its cover and the cover's renditions, as far as they are there.

    A paid article must not wait for ever for a file that nobody can bring back.

    Raises:
        ImageError: The image store is away for a time.
    """
    image = article.image
    if image is None:
        return Post(article)
    renditions = ((path, _kept(path, image_store)) for path in (it.path for it in image.renditions))
    return Post(
        article,
        _kept(image.path, image_store),
        renditions={path: data for path, data in renditions if data is not None},
    )


def _kept(path: str, image_store: ImageStore) -> bytes | None:
    """Return the data of a file; None when it is lost."""
    try:
        return image_store.read_path(path)
    except ImageError as error:
        if error.kind is ErrorKind.TRANSIENT:
            # It will come back, which what was published without it would not.
            raise
        return None


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending one article to several channels."""

    publications: list[Publication] = field(default_factory=list)
    failures: list[StageError] = field(default_factory=list)

    @property
    def link(self) -> str | None:
        """Where readers find the article: on the first channel that has a page of it."""
        return first_web_address(publication.url for publication in self.publications)


def send_to_each(
    post: Post,
    channels: Sequence[Channel],
    ledger: PublicationLedger,
    publish_to: PublishTo = publish_once,
) -> Sent:
    """Send an article to channels, in order; one that fails does not keep it from the next.

    Each is told of the page that one of these has made before it, or any channel at another time.

    Raises:
        Fenced: Another worker has claimed the run; nothing more is sent.
    """
    sent = Sent()
    for channel in channels:
        try:
            link = sent.link or ledger.link(post.article.id, beside=channel.name)
            sent.publications.append(publish_to(post.linking_to(link), channel, ledger))
        except StageError as error:
            sent.failures.append(error)
    return sent


def _what_is_left(failures: Sequence[StageError], *, done: int) -> PublishError:
    """One error for all channels that failed; transient if trying again can help any of them."""
    kinds = {error.kind for error in failures}
    kind = ErrorKind.TRANSIENT if ErrorKind.TRANSIENT in kinds else failures[0].kind
    waits = [error.resume_after for error in failures if error.resume_after is not None]
    told = "; ".join(str(error) for error in failures)
    rest = f" ({done} published; a resume sends only the rest)" if done else ""
    return PublishError(told + rest, kind=kind, resume_after=max(waits, default=None))
