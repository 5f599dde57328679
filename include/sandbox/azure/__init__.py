"""An Azure on loopback: ARM, Foundry's data plane, registries and workspaces' MLflow, for the unmodified SDKs."""

from include.sandbox.faults import Fault

from .emulator import AzureEmulator, azure_emulator

__all__ = ["AzureEmulator", "Fault", "azure_emulator"]
