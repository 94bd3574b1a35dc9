"""Publish: the article goes out, to each channel once."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import (
    LedgerEntry,
    Publication,
    PublicationStatus,
    idempotency_key,
)
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.errors import (
    CannotTell,
    ErrorKind,
    Fenced,
    ImageError,
    MissingInput,
    PublishError,
    StageError,
)

UNDER_WAY = timedelta(minutes=5)
"""How long a call of which nothing was heard may still be under way.

Longer than any channel waits for an answer, so that what a dead worker had sent has arrived by
then, or never will; and long enough for a worker that was only stalled to wake and be refused.
"""


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
    post = Post(article, cover, _renditions(article, image_store))
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


def _renditions(article: Article, image_store: ImageStore) -> dict[str, bytes]:
    """Return the data of the cover's narrower renditions, as far as they are there."""
    found = {}
    for rendition in article.image.renditions if article.image else ():
        with suppress(ImageError):
            found[rendition.path] = image_store.read_path(rendition.path)
    return found


def _publish_once(post: Post, channel: Channel, ledger: PublicationLedger) -> Publication:
    """Publish to one channel, unless the ledger or the channel itself says it is there."""
    article = post.article
    known = ledger.entry(article.id, channel.name)
    if known is not None:
        found = _already_there(article, channel, ledger, known)
        if found is not None:
            return found
    call = ledger.sending(article.id, channel.name, known)
    try:
        # Once more, because a worker may fall asleep between any two lines and wake as a stranger.
        ledger.confirm(call)
        receipt = channel.publish(
            replace(
                post,
                idempotency_key=idempotency_key(article.id, channel.name),
                confirm=lambda: ledger.confirm(call),
            )
        )
    except Fenced:
        raise
    except Exception as error:
        failure = _in_the_name_of(channel, error)
        # A channel that refuses says so; after a time-out or a bug nobody knows.
        refused = isinstance(error, StageError) and failure.kind is not ErrorKind.TRANSIENT
        ledger.not_sent(call, str(failure), outcome_known=refused)
        raise failure from error
    return ledger.sent(article.id, channel.name, receipt)


def _already_there(
    article: Article, channel: Channel, ledger: PublicationLedger, known: LedgerEntry
) -> Publication | None:
    """Return the publication if it has been made; None when it is to be made (again).

    Raises:
        PublishError: It may be under way at this moment, or the channel did not answer.
    """
    if known.publication.status is PublicationStatus.SUCCESS:
        return known.publication
    # It was called before. Whatever it answered then, ask it before it is called again.
    try:
        receipt = channel.find(article)
        is_absent = receipt is None
    except CannotTell:
        receipt, is_absent = None, False
    except Exception as error:
        raise _in_the_name_of(channel, error) from error
    if receipt is not None:
        return ledger.sent(article.id, channel.name, receipt)
    its_worker_is_dead = ledger.holds_a_claim
    if known.publication.status is PublicationStatus.SENDING and not (
        is_absent and its_worker_is_dead
    ):
        _wait_while_under_way(article, channel, known)
    return None


def _wait_while_under_way(article: Article, channel: Channel, known: LedgerEntry) -> None:
    if known.age >= UNDER_WAY:
        return
    over_at = datetime.now(UTC) + UNDER_WAY - known.age
    raise PublishError(
        f"{channel.name}: article #{article.id} was being sent {known.age.seconds} seconds ago, "
        "and nothing was heard of it since. It may still arrive, so it is not sent again before "
        f"{over_at:%H:%M:%S} UTC.",
        kind=ErrorKind.TRANSIENT,
        resume_after=over_at,
    )


def _in_the_name_of(channel: Channel, error: Exception) -> PublishError:
    failure = Failure.of(error)
    return PublishError(
        f"{channel.name}: {failure.message}", kind=failure.kind, resume_after=failure.resume_after
    )


def _what_is_left(failures: Sequence[StageError], *, done: int) -> PublishError:
    """One error for all channels that failed; transient if trying again can help any of them."""
    kinds = {error.kind for error in failures}
    kind = ErrorKind.TRANSIENT if ErrorKind.TRANSIENT in kinds else failures[0].kind
    waits = [error.resume_after for error in failures if error.resume_after is not None]
    told = "; ".join(str(error) for error in failures)
    rest = f" ({done} published; a resume sends only the rest)" if done else ""
    return PublishError(told + rest, kind=kind, resume_after=max(waits, default=None))
