"""TLS for the simulator: a certificate for this machine, signed by an authority made for one run.

The authority's key is never written anywhere, so whoever trusts its certificate trusts one process of
this machine, and nothing once that has ended.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final, Literal

from batchreset.errors import UsageError
from batchreset.text.messages import msg

HOSTS: Final = ("localhost", "127.0.0.1", "::1")
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server speaks TLS with, and what its callers must trust: a certificate in PEM form."""

    server: ssl.SSLContext = field(repr=False)
    authority_pem: bytes


def make_tls(newest: Literal["1.2", "1.3"] = "1.3") -> Tls:
    """TLS from 1.2 (facts.md §7) up to `newest`.

    Raises:
        UsageError: the library for certificates is not installed.
    """
    try:
        import trustme
    except ImportError as error:
        raise UsageError(
            "tls-missing",
            msg("The simulator can't make a certificate: the Python package trustme is not installed."),
            msg("Install it (python -m pip install trustme), or serve without --tls."),
        ) from error
    authority = trustme.CA(organization_name="batchreset simulator")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = _VERSIONS[newest]
    authority.issue_cert(*HOSTS, organization_name="batchreset simulator").configure_cert(context)
    return Tls(context, authority.cert_pem.bytes())
