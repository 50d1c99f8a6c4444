"""The public internet: IANA's registries of special-purpose addresses (RFC 6890) stand outside, and so does what hides another
address within itself (RFC 4291, 3056, 4380, 6052)."""

from ipaddress import IPv6Address, ip_address, ip_network

_REFUSED = [
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
]  # fmt: skip
_PUBLIC_6 = ip_network("2000::/3")
"""The only part of IPv6 that is given out for use on the internet; mapped and translated IPv4 (::/96, 64:ff9b::/96) lie outside."""


def is_public(address: str) -> bool:
    """Whether the address belongs to the public internet and to one host of it."""
    try:
        one = ip_address(address)
    except ValueError:
        return False
    if isinstance(one, IPv6Address) and (one.scope_id or one not in _PUBLIC_6):
        return False
    return one.is_global and not any(one in network for network in _REFUSED if network.version == one.version)
