"""A neighbourhood that is made up: loads, sun, limits; its slots cleared by the engine."""
