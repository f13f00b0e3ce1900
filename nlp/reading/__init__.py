"""Documents in, sentences out: whose words, where they stand, and what was passed over and why.

    text ─ markup blanked, same length ─> lines ─ by kind: history, signatures, speakers, logs ─> blocks
         ─ segmentation, run-ons ─> sentences with offsets into the text as delivered ─> coverage

Nothing is rewritten, so every offset stays true; every character is in one sentence or in one stretch with a reason.
Each step walks over the lines once; patterns see at most ``PROBE_MAX`` characters of a line, so time is linear.
"""
