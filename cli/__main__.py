"""`python -m cli`: the same as `zhida`."""

from cli.main import main

main()
