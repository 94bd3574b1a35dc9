"""Alembic migrations, in two lines: ``content`` (articles) and ``tracking`` (pipeline runs)."""
