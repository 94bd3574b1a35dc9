"""A stage: one step of the pipeline, as a plain function with a name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.errors import ErrorKind

StageFunction = Callable[..., StageResult]

# What Dagster takes as the name of an op, and our tables have room for.
_NAME = re.compile(r"[A-Za-z0-9_]{1,100}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A function from payload to payload, with what the pipeline must know to run it.

    Call it like the function it is made of. Its ``name`` is stored with every run, so renaming a
    stage keeps the runs that were started under the old name from being resumed.
    """

    name: str
    function: StageFunction
    resource_keys: frozenset[str]
    """Names of the function's keyword-only parameters: the resources it is given."""
    pool: str | None = None
    """Dagster concurrency pool, to bound how many run at once over all runs."""
    retries: int = 0
    """Times to try again at once, within the same run, after a transient failure."""
    essential: bool = False
    """An article cannot exist without it: PIPELINE_HALT_ON_ERROR=false does not skip it."""
    description: str = ""

    def __call__(self, payload: ContentPayload, **resources: object) -> StageResult:
        """Run the stage's function, with no tracking and no Dagster.

        Raises:
            TypeError: The function returned something else than a StageResult.
        """
        result = self.function(payload, **resources)
        if not isinstance(result, StageResult):
            raise TypeError(
                f"The stage {self.name} returned {type(result).__name__}, not a StageResult. "
                'End it with: return StageResult.completed(payload, "what was done")'
            )
        return result

    def will_retry(self, failure: Failure, tries_before: int) -> bool:
        """Whether another try follows at once, within the same run.

        Not after a failure that says when to come back: waiting is for a resume, not for a worker.
        """
        at_once = failure.kind is ErrorKind.TRANSIENT and failure.resume_after is None
        return at_once and tries_before < self.retries


@overload
def stage(function: StageFunction, /) -> Stage: ...


@overload
def stage(
    *,
    name: str | None = None,
    pool: str | None = None,
    retries: int = 0,
    essential: bool = False,
) -> Callable[[StageFunction], Stage]: ...


def stage(
    function: StageFunction | None = None,
    /,
    *,
    name: str | None = None,
    pool: str | None = None,
    retries: int = 0,
    essential: bool = False,
) -> Stage | Callable[[StageFunction], Stage]:
    """Make a stage of a function that takes a payload and returns a :class:`StageResult`.

    The function's keyword-only parameters name the resources it needs::

        @stage
        def translate(payload: ContentPayload, *, ai: TextModel) -> StageResult: ...

    To reject the content, raise :class:`~scribe_dagster.errors.Rejected`; any other exception is
    a failure, and the run can be resumed from this stage.

    Args:
        function: The function, when the decorator is used bare.
        name: What the stage is called in the database and the UI. Default: the function's name
            in CamelCase (``generate_image`` is ``GenerateImage``).
        pool: Dagster concurrency pool.
        retries: Times to try again at once after a transient failure.
        essential: Whether the run must fail with it even where PIPELINE_HALT_ON_ERROR is false.

    Raises:
        TypeError: The function has not exactly one positional parameter.
        ValueError: The name holds something else than letters, digits and underscores.
    """

    def make(function: StageFunction) -> Stage:
        title = name or "".join(part.capitalize() for part in function.__name__.split("_"))
        if not _NAME.fullmatch(title):
            raise ValueError(
                f"{title!r} cannot name a stage: up to 100 letters, digits and underscores can."
            )
        return Stage(
            name=title,
            function=function,
            resource_keys=_resource_keys(function),
            pool=pool,
            retries=retries,
            essential=essential,
            description=inspect.getdoc(function) or "",
        )

    return make if function is None else make(function)


def _resource_keys(function: StageFunction) -> frozenset[str]:
    parameters = inspect.signature(function).parameters.values()
    keyword_only = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    if len(parameters) - len(keyword_only) != 1:
        raise TypeError(
            f"The stage {function.__name__} must take one payload, and its resources by keyword: "
            f"def {function.__name__}(payload: ContentPayload, *, resource: Resource)"
        )
    return frozenset(keyword_only)
