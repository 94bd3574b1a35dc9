"""Publish: the article goes out, to each channel once."""

from collections.abc import Sequence

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import Publication, PublicationStatus
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.errors import (
    ErrorKind,
    ImageError,
    MissingInput,
    PublishError,
    StageError,
)


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
    cover = _cover(article, image_store)
    post = Post(article, cover)
    publications: list[Publication] = []
    failures: list[StageError] = []
    for channel in channels:
        try:
            publications.append(_publish_once(post, channel, ledger))
        except StageError as error:
            failures.append(error)
    if failures:
        raise _what_is_left(failures, done=len(publications))
    count = len(publications)
    message = f"{count} channel{'' if count == 1 else 's'}"
    if article.image and cover is None:
        message += ", without the cover, whose file is lost"
    return StageResult.completed(payload.evolve(publications=tuple(publications)), message)


def _cover(article: Article, image_store: ImageStore) -> bytes | None:
    """Return the cover's data; None where there is none, or none any more.

    A paid article must not wait for ever for a file that nobody can bring back.
    """
    if article.image is None:
        return None
    try:
        return image_store.read(article.image)
    except ImageError:
        return None


def _publish_once(post: Post, channel: Channel, ledger: PublicationLedger) -> Publication:
    """Publish to one channel, unless the ledger or the channel itself says it is there."""
    article = post.article
    known = ledger.entry(article.id, channel.name)
    if known is not None:
        if known.status is PublicationStatus.SUCCESS:
            return known
        # It was called before. Whatever it answered then, ask it before it is called again.
        receipt = channel.find(article)
        if receipt is not None:
            return ledger.sent(article.id, channel.name, receipt)
    ledger.sending(article.id, channel.name)
    try:
        receipt = channel.publish(post)
    except Exception as error:
        failure = Failure.of(error)
        # A channel that refuses says so; after a time-out or a bug nobody knows.
        refused = isinstance(error, StageError) and failure.kind is not ErrorKind.TRANSIENT
        message = f"{channel.name}: {failure.message}"
        ledger.not_sent(article.id, channel.name, message, outcome_known=refused)
        raise PublishError(message, kind=failure.kind, resume_after=failure.resume_after) from error
    return ledger.sent(article.id, channel.name, receipt)


def _what_is_left(failures: Sequence[StageError], *, done: int) -> PublishError:
    """One error for all channels that failed; transient if trying again can help any of them."""
    kinds = {error.kind for error in failures}
    kind = ErrorKind.TRANSIENT if ErrorKind.TRANSIENT in kinds else failures[0].kind
    waits = [error.resume_after for error in failures if error.resume_after is not None]
    told = "; ".join(str(error) for error in failures)
    rest = f" ({done} published; a resume sends only the rest)" if done else ""
    return PublishError(told + rest, kind=kind, resume_after=max(waits, default=None))
