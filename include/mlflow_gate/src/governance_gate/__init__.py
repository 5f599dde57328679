"""An app of MLflow's server that asks the governance gate before a model version is promoted."""
