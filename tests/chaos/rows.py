"""Every row, in the order of a run's life."""

from __future__ import annotations

from chaos.rows_of_kills import kills
from chaos.rows_of_outages import outages
from chaos.rows_of_resumes import resumes
from chaos.scenario import Scenario

ROWS: tuple[Scenario, ...] = (*kills(), *resumes(), *outages())
