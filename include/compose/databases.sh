#!/bin/sh
# Run by the image of PostgreSQL when its volume is new: a role and a database each for Airflow, the governance state
# and MLflow. psql quotes the passwords (:'password'), whatever they hold.
set -eu
create() {
  psql -v ON_ERROR_STOP=1 -v name="$1" -v password="$2" --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
}
create airflow "$AIRFLOW_DB_PASSWORD"
create governance "$GOVERNANCE_DB_PASSWORD"
create mlflow "$MLFLOW_DB_PASSWORD"
