"""Rendering a brief for people. Stands on the public contract (`Brief`) alone."""
