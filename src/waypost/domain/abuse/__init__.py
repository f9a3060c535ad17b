"""Links that may be dangerous: quarantine, confirmations of visitors."""
