"""Training of the embedded encoder, and the rebuild of the sentence transformer that it is distilled from."""
