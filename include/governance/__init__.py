"""The governance core. Reads model platforms, builds governed records, judges them, keeps a catalog in step.

It imports no Airflow: the same code runs in a DAG, from a shell and in a test.
"""

__version__ = "0.1.0"
