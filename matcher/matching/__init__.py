"""Who may meet whom, how a pair of the pool is scored, what prices take off, and who is shown."""
