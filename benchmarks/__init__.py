"""How fast it is, beside what else one could use. Run it: ``python -m benchmarks``."""
