"""The two kinds of database, behind one synchronous connection used in threads."""
