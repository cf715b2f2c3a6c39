"""Errors of certificates and of the link between two nodes.

LinkError
├── PkiError              making and reading certificates and keys
│   ├── AlreadyExists     (FileExistsError)   PKI-EXISTS
│   ├── FileMissing       (FileNotFoundError) PKI-MISSING
│   ├── FileUnreadable    (ValueError)        PKI-FILE
│   ├── KeyExposed        (PermissionError)   PKI-KEY-MODE
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
├── PeerRefused           (PermissionError)   this side does not accept the other
│   ├── CertificateExpired                    TLS-EXPIRED
│   ├── CertificateNotYetValid                TLS-NOT-YET-VALID
│   ├── CertificateMissing                    TLS-NO-CERTIFICATE
│   ├── CertificateInvalid                    TLS-CERTIFICATE
│   ├── UnknownAuthority                      TLS-AUTHORITY
│   └── WrongMeter                            TLS-METER
├── RefusedByPeer         (PermissionError)   TLS-REFUSED-… the other side does not accept this one
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


class KeyExposed(PkiError, PermissionError):
    code = "PKI-KEY-MODE"


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


class UnknownAuthority(PeerRefused):
    code = "TLS-AUTHORITY"


class WrongMeter(PeerRefused):
    code = "TLS-METER"


class RefusedByPeer(LinkError, PermissionError):
    """`code` ends in the reason that the other side's alert gave."""

    code = "TLS-REFUSED"


class VersionTooLow(LinkError, ConnectionError):
    code = "TLS-VERSION"


class NotTls(LinkError, ConnectionError):
    code = "TLS-PLAIN"


class TlsBroken(LinkError, ConnectionError):
    code = "TLS-BROKEN"
