"""Project root package: everything Airflow and the shell share."""
