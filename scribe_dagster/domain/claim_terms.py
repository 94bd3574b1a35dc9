"""On what terms a worker holds a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.backoff import Backoff
from scribe_dagster.domain.resume_policy import ResumePolicy

_BEATS_PER_LEASE = 4


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """How long a claim lasts without a sign of life, and what follows when its worker fails."""

    lease_seconds: float = 60.0
    resumes: ResumePolicy = field(default_factory=ResumePolicy)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the terms that PIPELINE_LEASE_SECONDS and PIPELINE_AUTO_RESUME set."""
        return cls(
            settings.pipeline_lease_seconds,
            ResumePolicy(
                limit=settings.pipeline_auto_resume,
                backoff=Backoff(timedelta(seconds=settings.pipeline_auto_resume_delay)),
            ),
        )

    @property
    def beat_seconds(self) -> float:
        """Time between two signs of life: one may be lost, and the next still comes in time."""
        return self.lease_seconds / _BEATS_PER_LEASE
