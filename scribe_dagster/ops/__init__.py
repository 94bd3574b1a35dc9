"""The stages, one a file, and the wrapper that makes a tracked Dagster op of each."""
