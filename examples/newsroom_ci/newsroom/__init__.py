"""A newsroom's own code around summarizer: cards for its content management system."""
