"""The `zhida` command: each file is a group of its commands; they load, call and tell."""
