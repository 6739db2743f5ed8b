"""The articles of the site."""
