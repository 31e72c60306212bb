"""Eligibility of pairs, scores of pairs of the pool, prices, and selection of the candidates shown."""
