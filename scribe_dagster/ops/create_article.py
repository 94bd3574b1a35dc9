"""CreateArticle: the draft becomes a row."""

from scribe_dagster.db.article_store import ArticleStore
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage import stage
from scribe_dagster.domain.stage_result import StageResult


@stage(essential=True)
def create_article(payload: ContentPayload, *, articles: ArticleStore) -> StageResult:
    """Store the article with its tags, category and image, once for each pipeline run."""
    article = articles.create(payload)
    return StageResult.completed(payload.evolve(article_id=article.id), f"article #{article.id}")
