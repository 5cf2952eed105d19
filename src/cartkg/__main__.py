"""Run the command line with `python -m cartkg`."""

from cartkg.cli import main

main()
