"""What `evlock doctor` knows: facts are gathered (gather_….py), then judged (judge_….py).

The judging is pure: facts in, results out, so that every sentence can be tested without a board.
"""
