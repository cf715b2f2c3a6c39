"""evlock-noded and the `evlock` command: chain, counterpart link, trades, people."""
