"""The base of everything a payload carries."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; a change is a new value, and it is validated like the first."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with these fields replaced and the whole validated again.

        Pydantic's own ``model_copy(update=...)`` does not validate.

        Raises:
            pydantic.ValidationError: A field is unknown or its new value is not allowed.
        """
        return type(self).model_validate({**dict(self), **changes})
