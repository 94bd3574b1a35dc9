"""The crash matrix: workers killed at every boundary, resumed through every door.

``python -m chaos`` from the folder ``tests`` runs the whole of it, the tests beside it a slice.
"""
