"""Cover images: who draws them, how they are made small, where they are kept."""
