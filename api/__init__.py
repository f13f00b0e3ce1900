"""The faces: HTTP under ``/v1``, start page, command line. Thin: whatever decides lies in the layers below."""
