"""Who pays for the gas of meters on Kaia: checks a call, adds its signature, sends, keeps books."""
