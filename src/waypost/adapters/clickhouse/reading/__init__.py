"""Answering questions about clicks in ClickHouse."""
