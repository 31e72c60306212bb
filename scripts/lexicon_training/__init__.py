"""Training of the bilingual lexicon: sources of translations, and their probabilities."""
