"""The checks of a paraphrase against its evidence.

names, numbers, dates and quotes look for what must stand in the evidence; each of their problems decides alone.
They read a text as a document (document.py, words.py, quantities.py).

The others compare what the two say. thesaurus.py knows words by meaning (data/thesaurus.txt); reading.py reads a
text with it; alignment.py finds the counterparts of words; cues.py and scopes.py tell what a denial, a hedge, a wish
or a condition applies to. On these stand polarity, modality, conditions and roles (with actors.py and events.py). What
they find are findings (pair.py, features.py); verdict.py weighs them and says which are problems.
"""
