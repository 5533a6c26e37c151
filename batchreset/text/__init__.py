"""Texts for people: sentences as values, and the catalogue that puts them into a language."""

from batchreset.text.catalogue import LANGS, Lang, Text, local_time
from batchreset.text.messages import Count, Message, counted, joined, msg
from batchreset.text.spans import span

__all__ = ["LANGS", "Count", "Lang", "Message", "Text", "counted", "joined", "local_time", "msg", "span"]
