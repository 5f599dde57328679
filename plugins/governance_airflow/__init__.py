"""Airflow's side of the governance core. Imports below plugins/ are absolute: Airflow loads each file as a module."""
