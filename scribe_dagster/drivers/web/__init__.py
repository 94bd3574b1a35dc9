"""Fetching what strangers' addresses name: guarded, bounded and polite."""
