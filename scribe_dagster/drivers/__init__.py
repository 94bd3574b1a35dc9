"""Plain clients of the world outside: sources, models, images, channels. No Dagster, no SQL.

Each family has a ``protocol.py`` that says what a driver must do. A driver is one file, chosen by
name through the entry-point group of its family, and loaded only when it is chosen.
"""
