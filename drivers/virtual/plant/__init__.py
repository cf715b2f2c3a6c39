"""Physics of the virtual plant: pure objects, time comes in as an argument."""
