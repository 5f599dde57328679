"""The state database: ledger, lease, last snapshots and histories."""
