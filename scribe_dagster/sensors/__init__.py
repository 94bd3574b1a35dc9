"""What the Dagster daemon does by itself. Each is on from the start; the UI turns it off."""
