"""Where settings come from (the edge): flags over environment over `batchreset.toml` over defaults.

`batchreset.toml` is read in the working folder, then in the user's config folder. Secrets come from
the environment, the keyring or a prompt, never from a flag or a file.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from batchreset.errors import UsageError
from batchreset.settings import SECRETS, Settings, with_values
from batchreset.text.libraries import in_our_words
from batchreset.text.messages import msg

APP: Final = "batchreset"
FILE: Final = "batchreset.toml"


def config_files() -> tuple[Path, Path]:
    """The two places of `batchreset.toml`, the stronger first."""
    return Path(FILE), platformdirs.user_config_path(APP, appauthor=False) / FILE


def state_folder() -> Path:
    """Where the default ledger lives: outside `output/`, so that deleting reports forgets no quota."""
    return platformdirs.user_state_path(APP, appauthor=False)


class _Gathered(BaseSettings, Settings):
    """Settings read from environment and files."""

    model_config = SettingsConfigDict(
        env_prefix="BATCHRESET_",
        env_ignore_empty=True,
        enable_decoding=False,  # a list is written with commas, not as JSON
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = [_TomlFile(settings_cls, path) for path in config_files() if path.is_file()]
        return init_settings, env_settings, *files


class _TomlFile(TomlConfigSettingsSource):
    """One `batchreset.toml`; refuses secrets in it."""

    def __init__(self, settings_cls: type[BaseSettings], path: Path) -> None:
        try:
            super().__init__(settings_cls, path)
        except (ValueError, OSError) as error:
            raise UsageError(
                "settings-file-unreadable",
                msg("The settings file {path} can't be read: {error}", path=path, error=error),
                msg("Mend it, or move it away."),
            ) from error
        for name in SECRETS:
            if name in self.toml_data:
                raise UsageError(
                    "secret-in-file",
                    msg("The settings file {path} holds the secret {name}.", path=path, name=name),
                    msg("Remove it there and put it into the environment or the keyring."),
                )


def load_settings(**flags: object) -> Settings:
    """The settings in force; a flag of None was not given.

    Raises:
        UsageError: a value is out of range or unknown; the message names it, never a secret.
    """
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    try:
        return _sound(_Gathered(**given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise UsageError(
                "setting-unknown",
                msg("There is no setting {name}.", name=name),
                msg("Correct its name in batchreset.toml, or remove it."),
            ) from None
        raise UsageError(
            "setting-invalid",
            msg("The setting {name} can't be used: {problem}", name=name, problem=in_our_words(first["msg"])),
            msg("Correct the flag, BATCHRESET_{name}, or the entry in batchreset.toml.", name=name.upper()),
        ) from None


def _sound(settings: Settings) -> Settings:
    """What no type can tell: secrets that can travel in a header, folders whose user exists."""
    values: dict[str, object] = {}
    for name in ("app_id", "corp_id"):
        values[name] = _printable(name, getattr(settings, name))
    for name in SECRETS:
        secret = getattr(settings, name)
        plain = _printable(name, None if secret is None else secret.get_secret_value())
        values[name] = None if plain is None else SecretStr(plain)
    for name in ("output", "ledger", "codes", "ca_file"):
        values[name] = _expanded(name, getattr(settings, name))
    return with_values(settings, **values)


def _printable(name: str, value: str | None) -> str | None:
    """Without blanks around it, such as the CR that a file with Windows' line ends leaves."""
    plain = (value or "").strip()
    if not plain.isascii() or not plain.isprintable():
        raise UsageError(
            "setting-invalid",
            msg("The setting {name} holds characters that can't be part of it.", name=name),
            msg("Copy it again, without quotation marks, line breaks or anything around it."),
        )
    return plain or None


def _expanded(name: str, path: Path | None) -> Path | None:
    try:
        return None if path is None else path.expanduser()
    except RuntimeError:
        raise UsageError(
            "setting-invalid",
            msg("The setting {name} names the home folder of nobody here: {path}", name=name, path=path),
            msg("Write the path without ~."),
        ) from None


def app_key_for(settings: Settings) -> SecretStr:
    """The App Key: from the environment, the keyring (service "batchreset", user = App ID), or a prompt.

    Raises:
        UsageError: there is none and nobody to ask.
    """
    if settings.app_key is not None:
        return settings.app_key
    assert settings.app_id is not None  # noqa: S101  # for the type checker: callers have checked
    found = _printable("app_key", _from_keyring(settings.app_id) or _typed())
    if found:
        return SecretStr(found)
    raise UsageError(
        "no-app-key",
        msg("There is no App Key for the App ID {app_id}.", app_id=settings.app_id),
        msg("Set BATCHRESET_APP_KEY, or store it: keyring set batchreset {app_id}", app_id=settings.app_id),
    )


def secret_from_keyring(user: str) -> SecretStr | None:
    """What the keyring holds for the service "batchreset" and a user; None where it holds nothing."""
    found = _from_keyring(user)
    return SecretStr(found) if found else None


def _typed() -> str | None:
    """What is typed at the prompt; None where there is nobody to ask, or who is there gives none."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        return getpass.getpass("App Key: ")
    except EOFError:
        return None


def _from_keyring(app_id: str) -> str | None:
    try:
        import keyring

        return keyring.get_password(APP, app_id)
    except Exception:  # noqa: BLE001  # backends fail in their own ways; one that does is as good as empty
        return None
