"""Who may be connected to: public addresses, and the exact host:port pairs that feeds.yaml allows. Pure."""

import ipaddress
from urllib.parse import urlsplit

from feedhub.door.limits import Limits

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What is_global misses on some Pythons, or lets through although it leads inside: see tests/test_guard.py.
_CLOSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
            "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
            "2001::/23 2001:db8::/32 3fff::/20"
        ).split(),
    )
)
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is public (RFC 4291); what lies outside leads inside, or is a wrapping."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def refusal(url: str) -> str | None:
    """Return why an address is not visited whatever it resolves to, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "this is no address"
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme or 'no'} scheme: only http and https are visited"
    return None if parts.hostname and port != 0 else "this is no address"


def host_port(url: str) -> str:
    """Return host:port of an address, as feeds.yaml's network.allow writes it."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def is_open(ip: str, port: int, url: str, limits: Limits) -> bool:
    """Tell whether the address that a host resolved to may be connected to.

    An allowed pair is named as it is in feeds.yaml: by the resolved address, or by the host that was asked for. Where
    there is a proxy, it is what is connected to, and of the hosts behind it only an address in figures can be judged.
    """
    if limits.proxy:
        return not _is_literal(url) or host_port(url) in limits.allow or is_public(urlsplit(url).hostname or "")
    shown = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
    return shown in limits.allow or (host_port(url) in limits.allow and not _is_literal(url)) or is_public(ip)


def is_public(ip: str) -> bool:
    """Tell whether an address is on the public internet, also when it is wrapped in IPv6."""
    try:
        address: Address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    inner = _unwrapped(address)
    if inner is not None:
        return is_public(str(inner))
    if address.version == 6 and address not in _GIVEN_OUT:
        return False
    return address.is_global and not any(address in net for net in _CLOSED if net.version == address.version)


def _unwrapped(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056)."""
    if address.version == 4:
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_literal(url: str) -> bool:
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True
