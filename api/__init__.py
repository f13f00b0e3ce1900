"""The faces: HTTP under ``/v1``, start page, command line. Thin: whatever decides something lies in the layers below."""
