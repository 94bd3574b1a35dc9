"""Newsletters for scribe-dagster."""
