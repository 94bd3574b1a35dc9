"""One article, one channel, once: whatever happened to the workers that tried before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scribe_dagster.db.publication_ledger import PublicationLedger
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.publication import (
    LedgerEntry,
    Publication,
    PublicationStatus,
    idempotency_key,
)
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.errors import (
    CannotTell,
    ErrorKind,
    Fenced,
    InDoubt,
    NotTaken,
    NotUnderstood,
    PublishError,
    StageError,
)

UNDER_WAY = timedelta(minutes=5)
"""How long a call of which nothing was heard may still be under way.

Longer than any channel waits for an answer, so that what a dead worker had sent has arrived by
then, or never will; and long enough for a worker that was only stalled to wake and be refused.
"""


def publish_once(
    post: Post, channel: Channel, ledger: PublicationLedger, *, even_in_doubt: bool = False
) -> Publication:
    """Publish to one channel, unless the ledger or the channel itself says it is there.

    Args:
        post: What to send.
        channel: Where to.
        ledger: What is known of earlier calls.
        even_in_doubt: Whether somebody has decided to send it although it may be there.

    Raises:
        PublishError: The channel refused it, did not answer, may be being sent it just now, or
            may have it and cannot be asked.
        Fenced: Another worker has claimed the run; nothing was sent.
    """
    article = post.article
    known = ledger.entry(article.id, channel.name)
    if known is not None:
        found = _already_there(article, channel, ledger, known, even_in_doubt=even_in_doubt)
        if found is not None:
            return found
    key = idempotency_key(article.id, channel.name)
    return _send(replace(post, idempotency_key=key), channel, ledger, known)


def publish_again(post: Post, channel: Channel, ledger: PublicationLedger) -> Publication:
    """Publish to one channel though it has, or may have, the article: somebody wants just that.

    Raises:
        PublishError: The channel refused it, did not answer, or may be being sent it just now.
    """
    known = ledger.entry(post.article.id, channel.name)
    if known is None or known.publication.status is not PublicationStatus.SUCCESS:
        return publish_once(post, channel, ledger, even_in_doubt=True)
    # Not to be taken for the post that is there.
    key = f"{idempotency_key(post.article.id, channel.name)}-{known.calls + 1}"
    return _send(replace(post, idempotency_key=key), channel, ledger, known)


def _send(
    post: Post, channel: Channel, ledger: PublicationLedger, known: LedgerEntry | None
) -> Publication:
    call = ledger.sending(post.article.id, channel.name, known)
    try:
        # Once more, because a worker may fall asleep between any two lines and wake as a stranger.
        ledger.confirm(call)
        receipt = channel.publish(
            replace(
                post,
                was_sent_before=known is not None,
                confirm=lambda: ledger.confirm(call),
            )
        )
    except Fenced:
        raise
    except Exception as error:
        failure = _in_the_name_of(channel, error)
        is_known = _outcome_is_known(error, failure.kind)
        if not is_known and not isinstance(error, NotUnderstood):
            failure = _it_may_be_there(failure)
        ledger.not_sent(call, str(failure), outcome_known=is_known)
        raise failure from error
    return ledger.sent(post.article.id, channel.name, receipt)


def _outcome_is_known(error: Exception, kind: ErrorKind) -> bool:
    """Whether the article is not there for certain.

    A channel that refuses says so; after a time-out, a bug or a strange answer nobody knows.
    """
    if isinstance(error, NotTaken | NotUnderstood):
        return isinstance(error, NotTaken)
    return isinstance(error, StageError) and kind is not ErrorKind.TRANSIENT


def _already_there(
    article: Article,
    channel: Channel,
    ledger: PublicationLedger,
    known: LedgerEntry,
    *,
    even_in_doubt: bool,
) -> Publication | None:
    """Return the publication if it has been made; None when it is to be made (again).

    Raises:
        PublishError: It may be under way at this moment, the channel did not answer, or nobody
            can tell.
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
    if known.publication.status is PublicationStatus.SENDING and not (
        is_absent and known.its_worker_is_dead
    ):
        _wait_while_under_way(article, channel, known)
    if not (is_absent or even_in_doubt or known.publication.status is PublicationStatus.FAILURE):
        raise _in_doubt(article, channel)
    return None


def _in_doubt(article: Article, channel: Channel) -> PublishError:
    """Everybody would see a second post, and only people can see whether there is a first."""
    command = f"scribe-dagster publish {article.id} --channels {channel.name}"
    return InDoubt(
        f"{channel.name}: article #{article.id} was sent, its answer was lost, and the channel "
        f"cannot be asked whether it has it. Look there. If it is missing: {command} --again. "
        f"If it is there: {command} --arrived. Then resume the run, if one waits for it."
    )


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


def _it_may_be_there(failure: PublishError) -> PublishError:
    return PublishError(
        f"{str(failure).rstrip('.')}. The article may have arrived all the same.",
        kind=failure.kind,
        resume_after=failure.resume_after,
    )


def _in_the_name_of(channel: Channel, error: Exception) -> PublishError:
    failure = Failure.of(error)
    return PublishError(
        f"{channel.name}: {failure.message}", kind=failure.kind, resume_after=failure.resume_after
    )
