"""What the libraries say of a command line or a setting, in our catalogue's words.

typer asks gettext for a few of its words only, and pydantic for none: the rest is plain English. So
their finished sentences are known again by their form; one that is not known stays as it is
(tests/unit/text/test_help.py goes through those that this program's commands and settings can meet).
"""

from __future__ import annotations

import re
from typing import Final

from batchreset.text.messages import Message, msg

_HELP: Final = (
    (r"Usage", msg("Usage")),
    (r"Arguments", msg("Arguments")),
    (r"Options", msg("Options")),
    (r"Commands", msg("Commands")),
    (r"required", msg("required")),
    (r"default: (?P<value>.+)", msg("default: {value}")),
    (r"Show this message and exit\.", msg("Show this message and exit.")),
    (r"Install completion for the current shell\.", msg("Install completion for the current shell.")),
    (
        r"Show completion for the current shell, to copy it or customize the installation\.",
        msg("Show completion for the current shell, to copy it or customize the installation."),
    ),
)
_COMMAND_LINE: Final = (
    (r"Missing argument (?P<name>.+)\.", msg("Missing argument {name}.")),
    (r"Missing option (?P<name>.+)\.", msg("Missing option {name}.")),
    (r"Missing command\.", msg("Missing command.")),
    (r"No such command (?P<name>'.*')\.", msg("No such command {name}.")),
    (
        r"No such command (?P<name>'.*')\. Did you mean (?P<others>.+)\?",
        msg("No such command {name}. Did you mean {others}?"),
    ),
    (r"No such option: (?P<name>\S+)", msg("No such option: {name}")),
    (
        r"No such option: (?P<name>\S+) \(Possible options: (?P<others>.+)\)",
        msg("No such option: {name} (possible: {others})"),
    ),
    (
        r"Got unexpected extra argument\(s\) \((?P<given>.*)\)",
        msg("More arguments than the command takes: {given}"),
    ),
    (r"Option (?P<name>'.+') requires an argument\.", msg("The option {name} needs a value.")),
    (r"Option (?P<name>'.+') does not take a value\.", msg("The option {name} takes no value.")),
    (r"Invalid value for (?P<name>.+?): (?P<problem>.+)", msg("Invalid value for {name}: {problem}")),
)
_VALUES: Final = (
    (r"Input should be a valid number(, .+)?", msg("it must be a number")),
    (r"Input should be a finite number", msg("it must be a number")),
    (r"Input should be a valid integer(, .+)?", msg("it must be a whole number")),
    (r"Input should be a valid boolean(, .+)?", msg("it must be true or false")),
    (r"Input should be a valid string", msg("it must be a text")),
    (r"Input should be greater than or equal to (?P<least>.+)", msg("it must be {least} or more")),
    (r"Input should be less than or equal to (?P<most>.+)", msg("it must be {most} or less")),
    (r"Input should be greater than (?P<bound>.+)", msg("it must be more than {bound}")),
    (r"Input should be (?P<one>'.+') or (?P<other>'.+')", msg("it must be {one} or {other}")),
    (
        r"Value error, (?P<value>'.*') is not one of (?P<choices>.+)\.",
        msg("{value} is none of {choices}"),
    ),
)


def in_our_words(said: str) -> Message | str:
    """A sentence of typer's or pydantic's as one of the catalogue; unchanged where it is not known."""
    for form, sentence in (*_HELP, *_COMMAND_LINE, *_VALUES):
        match = re.fullmatch(form, said, re.DOTALL)
        if match is not None:
            values = ((name, in_our_words(value)) for name, value in match.groupdict().items())
            return Message(sentence.msgid, tuple(values))
    return said
