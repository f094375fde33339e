"""The processes that send in the proofs of the outbox."""
