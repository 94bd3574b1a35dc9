"""Dagster's own state: where its runs and events are kept, and how they are reached."""
