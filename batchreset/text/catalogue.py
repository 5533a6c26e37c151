"""The one catalogue of texts: English is the message itself, Chinese stands in `zh_CN.po`.

The `.po` file is read as it is (no compiled twin that can go stale); only a Chinese reader pays for it.
"""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from batchreset.text.messages import Count, Message, msg
from batchreset.text.spans import span

Lang = Literal["en-US", "zh-CN"]
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)
_GROUPED_FROM: Final = 1000
"""Below, a number looks the same in every language there is here, and Babel need not be loaded."""
_ROUND_FROM: Final = 100.0
_COMMA: Final = msg(", ")


@functools.cache
def _translations(lang: Lang) -> gettext.NullTranslations:
    if lang == "en-US":
        return gettext.NullTranslations()
    from importlib import resources

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = resources.files("batchreset.text").joinpath("zh_CN.po")
    compiled = io.BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale="zh_CN"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Text:
    """Puts messages into one language."""

    def __init__(self, lang: Lang = "en-US") -> None:
        self.lang: Final = lang
        self._translations: Final = _translations(lang)

    def __call__(self, message: Message) -> str:
        """The sentence in this language; an entry the catalogue lacks stays English."""
        sentence = self._sentence(message) if message.msgid else ""
        if not message.params:
            return sentence
        return sentence.format(**{name: self._value(value) for name, value in message.params})

    def number(self, value: float) -> str:
        """A number of things, or a measured one to three digits: `2,000`, `0.333`."""
        if isinstance(value, float):
            value = round(value) if abs(value) >= _ROUND_FROM else round(float(f"{value:.3g}"), 4)
        if abs(value) < _GROUPED_FROM:
            return f"{value:g}"
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self.lang.replace("-", "_"))

    def listed(self, parts: Iterable[str]) -> str:
        """Several things as one list, with the language's own comma."""
        return self(_COMMA).join(parts)

    def _sentence(self, message: Message) -> str:
        if not message.plural:
            return self._translations.gettext(message.msgid)
        number = message.params[0][1]
        many = 2  # what several sentences have in common is shown without a number: `…`
        return self._translations.ngettext(
            message.msgid, message.plural, number if isinstance(number, int) else many
        )

    def _value(self, value: object) -> str:
        if isinstance(value, Message):
            return self(value)
        if isinstance(value, Count | float):
            return self.number(value)
        if isinstance(value, timedelta):
            return self(span(value))
        if isinstance(value, tuple):
            return self.listed(map(self._value, value))
        if isinstance(value, datetime):
            return local_time(value)
        return str(value)


def local_time(at: datetime) -> str:
    """An instant for people: local time to the second with its offset, `2026-11-23 21:30:05 +08:00`."""
    local = at.astimezone().isoformat(" ", "seconds")
    return f"{local[:19]} {local[19:25]}"
