"""The audit trail in memory."""
