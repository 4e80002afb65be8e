"""Runs the task that the command names, a function of the program. Status 77: this driver cannot do that."""

import asyncio
import inspect
import os
import sys

HOST, PORT = os.environ.get("PGHOST"), int(os.environ.get("PGPORT", "0"))
USER, PASSWORD = os.environ.get("PGUSER"), os.environ.get("PGPASSWORD")
DATABASE = os.environ.get("PGDATABASE")
ROWS = int(os.environ.get("ROWS", "100"))
TASKS = "connect scram simple parameters reuse batch error copy notify cancel cursor types large".split()


def main(version, program):
    task = sys.argv[1]
    if task == "version":
        print(version)
        return
    function = program.get(task)
    if task not in TASKS or function is None:
        sys.exit(77)
    result = function()
    if inspect.iscoroutine(result):
        asyncio.run(result)


def expect(found, wanted):
    """Fails unless what a driver gave is what is in the database."""
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")
