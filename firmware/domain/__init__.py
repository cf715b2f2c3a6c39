"""The pure part of the meter: no clock, no files, no I/O; time comes in as an argument."""
