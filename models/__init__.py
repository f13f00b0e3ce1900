"""Trained versions of the reader: the written corpus, training, calibration, export, evaluation, shipped artefacts."""
