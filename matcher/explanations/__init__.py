"""Explanations of pairs: reasons, concerns, unknowns, contributions; in English and Indonesian."""
