"""The plant on alternating current: waveforms whose means and powers are exact by tables."""
