"""All data of one database, copied into another."""
