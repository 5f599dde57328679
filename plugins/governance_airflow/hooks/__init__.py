"""Access to what Airflow keeps: its connections."""
