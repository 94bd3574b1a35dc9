"""Text models: who rewrites a source into an article."""
