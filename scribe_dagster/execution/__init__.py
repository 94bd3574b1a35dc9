"""Runs in this process: those of the command line, and of Python."""
