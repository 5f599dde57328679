"""An Azure on loopback: ARM, Foundry's data plane, registries and workspaces' MLflow, for the unmodified SDKs."""

from include.sandbox.faults import Fault

from .stand_in import StandIn, stand_in

__all__ = ["Fault", "StandIn", "stand_in"]
