"""Thin Dagster resources over the drivers and the database, one a file."""
