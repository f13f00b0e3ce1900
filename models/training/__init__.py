"""Fine-tuning the reader. Needs the ``train`` extra: ``pip install 'foreshock[train]'``."""
