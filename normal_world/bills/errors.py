"""Errors of bills.

NormalWorldError
└── BillError
    ├── BillMalformed (ValueError)        BILL-FORM         no bill of this version
    ├── EvidenceInvalid (ValueError)      BILL-EVIDENCE     readings or events that give no bill
    ├── BillDiffers (ValueError)          BILL-DIFFERS      a check of a bill found another thing
    ├── PageMissing (ImportError)         BILL-PDF          no library that draws pages
    ├── IpfsUnreachable (ConnectionError) IPFS-UNREACHABLE  no answer of the IPFS node in time
    ├── IpfsRefused (RuntimeError)        IPFS-REFUSED      the IPFS node answered with an error
    └── IpfsDiffers (ValueError)          IPFS-CID          it names the same bytes otherwise
"""

from normal_world.errors import NormalWorldError


class BillError(NormalWorldError):
    """Base of this folder."""

    code = "BILL"
    exit_code = 2


class BillMalformed(BillError, ValueError):
    """Which field of a bill, and what was expected there."""

    code = "BILL-FORM"


class EvidenceInvalid(BillError, ValueError):
    """Which trade or transfer, and what is missing of it."""

    code = "BILL-EVIDENCE"


class BillDiffers(BillError, ValueError):
    """How many checks failed, and the first of them."""

    code = "BILL-DIFFERS"
    exit_code = 1


class PageMissing(BillError, ImportError):
    """What to install."""

    code = "BILL-PDF"


class IpfsUnreachable(BillError, ConnectionError):
    """Which node, and why."""

    code = "IPFS-UNREACHABLE"
    exit_code = 6


class IpfsRefused(BillError, RuntimeError):
    """The node's words."""

    code = "IPFS-REFUSED"
    exit_code = 6


class IpfsDiffers(BillError, ValueError):
    """The CID that the node gave, and ours."""

    code = "IPFS-CID"
    exit_code = 1
