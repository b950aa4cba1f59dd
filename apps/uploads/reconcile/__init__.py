"""Holds rows, ledger and store against each other, and mends what is safe: `manage.py reconcile`."""
