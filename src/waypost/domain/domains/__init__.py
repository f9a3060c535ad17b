"""Domains: the hosts under which links live, and what holds for all links of one."""
