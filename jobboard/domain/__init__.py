"""Floor 2. Law: plain functions; ``session`` first if rows are touched, else pure; ``now`` and ``by`` are passed; never commits."""
