"""Made by `python -m contracts.gen` from the ABIs: one module a contract."""
