"""Hosts of other shorteners: a link to one of them hides where it leads.

The list was made for this project, from what is well known, and copied from no
other list. It has those that are well known and open to everyone; add others to a
blocklist.
"""

from typing import Final

from waypost.domain.abuse.hosts import HostSet, host_key

_HOSTS: Final = """
    adf.ly adfoc.us b.link bit.do bit.ly bitly.com bitly.ws bl.ink buff.ly chilp.it
    clck.ru cli.gs cutt.ly cutt.us da.gd dlvr.it dub.sh fb.me gg.gg goo.gl goo.su
    hyperurl.co ift.tt is.gd j.mp kutt.it lnkd.in mcaf.ee n9.cl ouo.io ow.ly ppt.cc
    qr.ae rb.gy rebrand.ly reurl.cc s.id sh.st short.gy short.io shorte.st shorturl.at
    shorturl.gg snip.ly snipurl.com soo.gd spoo.me surl.li t.co t.ly tiny.cc tiny.one
    tinyurl.com tr.im tr.ee trib.al u.nu u.to urlz.fr v.gd vk.cc vurl.com wp.me x.co
    x.gd zpr.io zws.im 0rz.tw
"""
SHORTENERS: Final = frozenset(_HOSTS.split())
KNOWN_SHORTENERS: Final = HostSet(map(host_key, SHORTENERS))
"""The same, for look-ups."""
