"""Documents in, sentences out: whose words, where they stand, and what was passed over and why.

    text ─ markup blanked, same length ─> lines ─ by kind: history, signatures, speaker lines, logs ─> blocks
         ─ segmentation ─> sentences with offsets into the text as delivered ─> coverage

Nothing is rewritten, so every offset stays true; every character ends up in a sentence or in one named reason.
"""
