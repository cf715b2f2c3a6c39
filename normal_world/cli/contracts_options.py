"""The numbers of a network as options of `evlock contracts deploy`."""

from typing import Annotated

import typer

WORD = 2**88 - 1
BLOCKS = 2**31 - 1

ReportBlocks = Annotated[
    int | None,
    typer.Option("--report-blocks", min=1, max=BLOCKS, help="Length of the report window; 10."),
]
TradeBlocks = Annotated[
    int | None,
    typer.Option("--trade-blocks", min=1, max=BLOCKS, help="From purchase to deadline; 3600."),
]
BlockMilliseconds = Annotated[
    int | None,
    typer.Option("--block-milliseconds", min=1, max=BLOCKS, help="Length of a block; 1000."),
]
SlotBlocks = Annotated[
    int | None,
    typer.Option("--slot-blocks", min=1, max=BLOCKS, help="Length of an auction's slot; 900."),
]
CommitBlocks = Annotated[
    int | None,
    typer.Option("--commit-blocks", min=0, max=BLOCKS, help="To commit, 0: open orders; 60."),
]
RevealBlocks = Annotated[
    int | None, typer.Option("--reveal-blocks", min=1, max=BLOCKS, help="To place orders; 120.")
]
Deposit = Annotated[
    int | None,
    typer.Option("--deposit", min=0, max=WORD, help="Lost by who does not reveal; 10^17."),
]
OrderFee = Annotated[
    int | None,
    typer.Option("--order-fee", min=0, max=WORD, help="Of an order, to who clears; 10^15."),
]
GridBuyPrice = Annotated[
    int | None,
    typer.Option("--grid-buy-price", min=1, max=WORD, help="Auction: the utility sells at."),
]
FeedInPrice = Annotated[
    int | None,
    typer.Option("--feed-in-price", min=0, max=WORD, help="Auction: the utility buys at."),
]
Feeder = Annotated[
    int | None,
    typer.Option("--feeder", min=1, max=2**24 - 1, help="Whose meters may bid; 1."),
]
Price = Annotated[
    int | None, typer.Option("--price", min=0, max=WORD, help="The operator's, to begin with.")
]
Reward = Annotated[
    int | None, typer.Option("--reward", min=0, max=WORD, help="For production, to begin with.")
]
