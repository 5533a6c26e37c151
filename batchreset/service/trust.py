"""Whose certificates are trusted: the system's authorities, and one more file where the site needs it.

That file is for a simulator that speaks TLS, and for sites whose proxy opens TLS with an authority of
its own. Certificates are always checked: there is no setting that leaves it out.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from batchreset.errors import UsageError
from batchreset.text.messages import msg


def tls_for(endpoint: str, ca_file: Path | None) -> ssl.SSLContext | None:
    """TLS that trusts the certificates in a file too; `None` for the system's alone, and without TLS.

    Raises:
        UsageError: the file is needed, and can't be read or holds no certificate.
    """
    if ca_file is None or not endpoint.startswith("https:"):
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cadata=ca_file.read_text("ascii"))
    except (OSError, ValueError, ssl.SSLError) as error:
        raise UsageError(
            "ca-file",
            msg("The certificates to trust can't be read from {path}: {error}", path=ca_file, error=error),
            msg("Set ca_file to a file with certificates in PEM form (-----BEGIN CERTIFICATE-----)."),
        ) from error
    return context
