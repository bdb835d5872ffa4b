"""The command line `guohe` (design.md 9): serve, look after and measure an installation. Commands are in commandline/."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import click

from webapp.errors import GuoheError

COMMANDS = {
    "serve": "running",
    "web": "running",
    "worker": "running",
    "upgrade": "running",
    "demo": "demonstrating",
    "check": "drawing",
    "play": "drawing",
    "simulate": "simulating",
    "articles": "tracing",
    "bench": "measuring",
    "administrator": "keeping",
    "audit": "keeping",
    "backup": "keeping",
    "doctor": "keeping",
}
"""Each command and the file of commandline/ that holds it."""


class Guohe(click.Group):
    """Loads a command's file when the command is called, so that none pays for what the others need."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        # What is loaded stays: looking for garbage among it takes a quarter of the start, and a tenth of a second again
        # and again in the middle of somebody's request.
        gc.disable()
        found: click.Command = getattr(import_module(f"webapp.commandline.{COMMANDS[name]}"), name)
        gc.freeze()
        gc.enable()
        return found


@click.command(cls=Guohe, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """国合基地流程平台。"""


def run() -> Any:
    """The console script: our own errors in one Chinese line, without a traceback."""
    try:
        return main(standalone_mode=True)
    except GuoheError as error:
        click.echo(error.message, err=True)
        return 1


if __name__ == "__main__":
    sys.exit(run())
