"""Airflow's side of the governance core: connections, errors, and opening a run inside a task."""
