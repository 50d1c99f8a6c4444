"""Floor 0. Law: imports nothing of ours, no Flask, no SQL; plain values, the field table and pure functions."""
