"""The checks of a paraphrase against its evidence: one module for each, on words and documents they share.

words.py holds stems, synonyms and word lists; document.py reads a text into tokens, clauses and sentences;
scope.py tells what a negation or a hedge applies to. `summarizer.paraphrase` runs the checks in order.
"""
