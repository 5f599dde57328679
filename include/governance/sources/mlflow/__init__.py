"""MLflow: experiments, runs with their datasets, logged models, registered models and versions."""
