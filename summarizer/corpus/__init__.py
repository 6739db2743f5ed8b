"""Many articles: read from folders, tables and feeds, briefed once each, kept in a ledger, written in order."""
