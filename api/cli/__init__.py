"""The command line: ``foreshock …``. Exit codes: 0 done, 1 done but some input was bad, 2 could not be done."""
