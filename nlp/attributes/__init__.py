"""What a mention says beyond its label: who, which way, by when, how much. One module for each kind of fact.

Controlled values are decided by the trained heads; names, dates, amounts and phrases are read off the words.
"""
