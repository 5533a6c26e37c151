"""Texts for people: sentences as values, and the catalogue that puts them into a language."""

from batchreset.text.catalogue import LANGS, Lang, Text, local_time
from batchreset.text.messages import Message, joined, msg

__all__ = ["LANGS", "Lang", "Message", "Text", "joined", "local_time", "msg"]
