"""The command line: parse, call one function, print.

Commands import what they need when they run, so that ``--help`` and ``runs`` start at once.
"""
