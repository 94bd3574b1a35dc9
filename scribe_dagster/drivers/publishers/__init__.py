"""Channels: where finished articles go."""
