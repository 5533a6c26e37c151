"""Access tokens of the simulated service: who holds which, until when (facts.md §1.1, §1.3). Pure."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from batchreset.simulator.replies import Why

API_CALLER: Final = 72
"""The `clientType` whose tokens do not put each other out, up to 64 of them."""
CLIENT_TYPES: Final = frozenset({API_CALLER, 50, 51, 52, 53, 54, 55})
DEFAULT_ADMIN, ADMIN, NO_ADMIN = 0, 1, 2
"""Values of `adminType`."""
REFRESH_LIFE_S: Final = 2_592_000
_LIFE_S: Final = (12 * 3600, 24 * 3600)
_ALPHABET: Final = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Token:
    """One access token and its refresh token. Ids are text, times as the service's answer gives them."""

    value: str
    refresh: str
    user_id: str
    corp_id: str | None
    client_type: int
    admin_type: int
    created_ms: int
    life_s: int

    @property
    def expires_s(self) -> int:
        """Unix seconds; the documented sample's own sum (facts.md §1.1)."""
        return self.created_ms // 1000 + self.life_s

    def dead(self, now: datetime) -> bool:
        return now >= datetime.fromtimestamp(self.expires_s, UTC)

    @property
    def is_admin(self) -> bool:
        return self.admin_type != NO_ADMIN


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a token is issued."""

    user_id: str
    corp_id: str | None
    client_type: int
    admin_type: int


@dataclass(frozen=True, slots=True)
class KeptTokens:
    """All tokens as they outlive a restart: the live ones, those that may be refreshed, those put out."""

    alive: list[Token]
    refreshable: list[Token]
    evicted: list[str]


class Tokens:
    """The tokens alive. `per_user` for API callers; other client types have one each.

    `changed` is called after every change.
    """

    def __init__(
        self,
        per_user: int,
        life_s: int | None,
        dice: random.Random,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._per_user: Final = per_user
        self._life_s: Final = life_s
        self._dice: Final = dice
        self._alive: Final[dict[str, Token]] = {}
        self._refresh: Final[dict[str, Token]] = {}
        self._evicted: Final[set[str]] = set()
        self._changed: Final = changed

    def __len__(self) -> int:
        return len(self._alive)

    def issue(self, holder: Holder, now: datetime) -> Token:
        """A new token; puts out the holder's oldest ones above the number allowed."""
        token = Token(
            value=self._word("cnr", 40),
            refresh=self._word("cnr", 40),
            user_id=holder.user_id,
            corp_id=holder.corp_id,
            client_type=holder.client_type,
            admin_type=holder.admin_type,
            created_ms=int(now.timestamp() * 1000),
            life_s=self._dice.randint(*_LIFE_S) if self._life_s is None else self._life_s,
        )
        self._make_room(holder, now)
        self._alive[token.value] = token
        self._refresh[token.refresh] = token
        self._changed()
        return token

    def find(self, value: str | None, now: datetime) -> Token | Why:
        """The live token of this value, or why there is none."""
        token = self._alive.get(value or "")
        if token is None:
            return Why.TOKEN_EVICTED if value in self._evicted else Why.TOKEN_UNKNOWN
        if token.dead(now):
            del self._alive[token.value]
            return Why.TOKEN_UNKNOWN
        return token

    def refresh(self, value: str | None, now: datetime) -> Token | Why:
        """A new token for a refresh token, or for an access token, which the SDK sends (facts.md §1.3)."""
        old = self._refresh.pop(value or "", None) or self.find(value, now)
        if isinstance(old, Why):
            return old
        if now.timestamp() >= old.created_ms / 1000 + REFRESH_LIFE_S:
            return Why.TOKEN_UNKNOWN
        return self.issue(Holder(old.user_id, old.corp_id, old.client_type, old.admin_type), now)

    def drop(self, token: Token) -> None:
        """Log out."""
        self._alive.pop(token.value, None)
        self._refresh.pop(token.refresh, None)
        self._changed()

    def expire_all(self) -> int:
        """Throw every token away, as a restart of the service would; how many there were."""
        count = len(self._alive)
        self._alive.clear()
        self._changed()
        return count

    def kept(self) -> KeptTokens:
        """All there is, to be put back by `restore`."""
        return KeptTokens([*self._alive.values()], [*self._refresh.values()], sorted(self._evicted))

    def restore(self, kept: KeptTokens) -> None:
        """Take the place of all there is by what was kept."""
        self._alive.clear()
        self._alive.update({token.value: token for token in kept.alive})
        self._refresh.clear()
        self._refresh.update({token.refresh: token for token in kept.refreshable})
        self._evicted.clear()
        self._evicted.update(kept.evicted)

    def _make_room(self, holder: Holder, now: datetime) -> None:
        allowed = self._per_user if holder.client_type == API_CALLER else 1
        alike = [
            token
            for token in self._alive.values()
            if (token.user_id, token.corp_id) == (holder.user_id, holder.corp_id)
            and (token.client_type == API_CALLER) == (holder.client_type == API_CALLER)
        ]
        mine = [token for token in alike if not token.dead(now)]
        for token in mine[: max(0, len(mine) + 1 - allowed)]:
            del self._alive[token.value]
            self._evicted.add(token.value)

    def _word(self, start: str, length: int) -> str:
        return start + "".join(self._dice.choices(_ALPHABET, k=length - len(start)))
