"""The chaos run: the cluster under load, killed and frozen piece by piece, then judged.

load ──> nginx ──> the cluster <── faults
  │                    │
  └─> score ──> checks ┘   what was promised against what is there
"""
