"""Tests of summarizer; each states a fact."""
