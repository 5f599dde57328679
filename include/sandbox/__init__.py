"""The embedded systems of the demo and the tests: Apache Atlas, MLflow, an Azure emulator."""
