"""The reading side: questions, lists and exports, each from one snapshot."""
