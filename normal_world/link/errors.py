"""Errors of certificates and of the link between two nodes.

LinkError
├── PkiError              making and reading certificates and keys
│   ├── AlreadyExists     (FileExistsError)   PKI-EXISTS
│   ├── FileMissing       (FileNotFoundError) PKI-MISSING
│   ├── FileUnreadable    (ValueError)        PKI-FILE
│   ├── DeviceMismatch    (ValueError)        PKI-DEVICE
│   └── RequestInvalid    (ValueError)        PKI-REQUEST
├── AddressInvalid        (ValueError)        LINK-ADDRESS
├── FrameError            (ValueError)        LINK-FRAME
├── LinkDown              (ConnectionError)   LINK-DOWN      no connection, or no more
│   ├── DialFailed        nobody answers      LINK-DIAL
│   ├── PeerSilent        (TimeoutError)      LINK-SILENT
│   ├── HandshakeTimeout  (TimeoutError)      LINK-HANDSHAKE-TIME
│   ├── TooManyHandshakes pushed out          LINK-FLOOD
│   ├── Replaced          by a newer one      LINK-REPLACED
│   └── Closed            by a close()        LINK-CLOSED
├── LinkBusy              (BlockingIOError)   LINK-BUSY      the message was dropped
├── IdentityUnavailable   (PermissionError)   LINK-IDENTITY  the own secure world signs nothing
├── PeerRefused           (PermissionError)   this side does not accept the other
│   ├── CertificateExpired                    TLS-EXPIRED
│   ├── CertificateNotYetValid                TLS-NOT-YET-VALID
│   ├── CertificateMissing                    TLS-NO-CERTIFICATE
│   ├── CertificateInvalid                    TLS-CERTIFICATE
│   ├── CertificateRevoked                    TLS-REVOKED
│   ├── RevocationUnknown                     TLS-REVOCATION-LIST
│   ├── NotADevice                            TLS-DEVICE
│   ├── NameOutside                           TLS-NAME
│   ├── WrongPurpose                          TLS-PURPOSE
│   ├── UnknownAuthority                      TLS-AUTHORITY
│   ├── WrongMeter                            TLS-METER
│   └── ProofInvalid                          LINK-PROOF
├── RefusedByPeer         (PermissionError)   TLS-REFUSED-…, LINK-REFUSED-PROOF
│                                             the other side does not accept this one
├── VersionTooLow         (ConnectionError)   TLS-VERSION
├── NotTls                (ConnectionError)   TLS-PLAIN
└── TlsBroken             (ConnectionError)   TLS-BROKEN
"""

from normal_world.errors import NormalWorldError


class LinkError(NormalWorldError):
    code = "LINK"
    exit_code = 6


class PkiError(LinkError):
    code = "PKI"
    exit_code = 2


class AlreadyExists(PkiError, FileExistsError):
    code = "PKI-EXISTS"


class FileMissing(PkiError, FileNotFoundError):
    code = "PKI-MISSING"


class FileUnreadable(PkiError, ValueError):
    code = "PKI-FILE"


class DeviceMismatch(PkiError, ValueError):
    """A certificate of another meter, or of this one's earlier link key."""

    code = "PKI-DEVICE"


class RequestInvalid(PkiError, ValueError):
    code = "PKI-REQUEST"


class AddressInvalid(LinkError, ValueError):
    code = "LINK-ADDRESS"
    exit_code = 2


class FrameError(LinkError, ValueError):
    code = "LINK-FRAME"


class LinkDown(LinkError, ConnectionError):
    code = "LINK-DOWN"


class DialFailed(LinkDown):
    code = "LINK-DIAL"


class PeerSilent(LinkDown, TimeoutError):
    code = "LINK-SILENT"


class HandshakeTimeout(LinkDown, TimeoutError):
    code = "LINK-HANDSHAKE-TIME"


class TooManyHandshakes(LinkDown):
    code = "LINK-FLOOD"


class Replaced(LinkDown):
    code = "LINK-REPLACED"


class Closed(LinkDown):
    code = "LINK-CLOSED"


class LinkBusy(LinkError, BlockingIOError):
    code = "LINK-BUSY"


class IdentityUnavailable(LinkError, PermissionError):
    """No session certificate, or no signature for a connection."""

    code = "LINK-IDENTITY"


class PeerRefused(LinkError, PermissionError):
    code = "TLS-REFUSES"


class CertificateExpired(PeerRefused):
    code = "TLS-EXPIRED"


class CertificateNotYetValid(PeerRefused):
    code = "TLS-NOT-YET-VALID"


class CertificateMissing(PeerRefused):
    code = "TLS-NO-CERTIFICATE"


class CertificateInvalid(PeerRefused):
    code = "TLS-CERTIFICATE"


class CertificateRevoked(PeerRefused):
    code = "TLS-REVOKED"


class RevocationUnknown(PeerRefused):
    """The list of revoked devices that node.toml names cannot be used: nobody is accepted."""

    code = "TLS-REVOCATION-LIST"


class NotADevice(PeerRefused):
    """What signed the session certificate is no CA certificate of a device."""

    code = "TLS-DEVICE"


class NameOutside(PeerRefused):
    """A name that the certificate above does not permit."""

    code = "TLS-NAME"


class WrongPurpose(PeerRefused):
    code = "TLS-PURPOSE"


class UnknownAuthority(PeerRefused):
    code = "TLS-AUTHORITY"


class WrongMeter(PeerRefused):
    code = "TLS-METER"


class ProofInvalid(PeerRefused):
    """The peer's secure world did not sign this connection."""

    code = "LINK-PROOF"


class RefusedByPeer(LinkError, PermissionError):
    """`code` ends in the reason that the other side's alert gave."""

    code = "TLS-REFUSED"


class VersionTooLow(LinkError, ConnectionError):
    code = "TLS-VERSION"


class NotTls(LinkError, ConnectionError):
    code = "TLS-PLAIN"


class TlsBroken(LinkError, ConnectionError):
    code = "TLS-BROKEN"
