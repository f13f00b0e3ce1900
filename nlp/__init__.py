"""Text in, signals out. Pure: no database, no network, no torch.

Document ─ reading ─> sentences ─ windows ─> tokens ─ encoder ─> vectors ─ heads ─> probabilities
         ─ mentions ─> spans ─ attributes ─> Signal with evidence and explanation
"""
