"""What a node sells and buys by itself: pure decisions, from a situation to an intent."""
