"""Workbooks that an edit would harm although it could be made: told before anything is written."""

from __future__ import annotations

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import is_protected
from batchreset.ooxml.outline import Draft
from batchreset.ooxml.package import Package
from batchreset.text.messages import msg

_SIGNATURES = "_xmlsignatures/"


def refuse_harm(package: Package, frame: Draft, sheet: str) -> None:
    """Raise UneditableError for a signed or a shared workbook and for a protected sheet."""
    if any(name.startswith(_SIGNATURES) for name in package.archive.namelist()):
        raise UneditableError(msg("it carries a digital signature, which any change would break"))
    if package.related(package.main, "revisionHeaders"):
        raise UneditableError(msg("it is shared and keeps a record of all changes"))
    if is_protected(frame):
        raise UneditableError(msg("the sheet {sheet} is protected", sheet=sheet))
