"""Where a webhook may go: judged as it is written, and by what it resolves to."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from rapport.rules.addresses import may_be_called, problem_of

FINE = [
    "https://hooks.example/rapport",
    "https://hooks.example:8443/a?b=c",
    "https://xn--bcher-kva.example/",
    "https://93.184.215.14/hook",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    "https://a_b.hooks.example/",
]
REFUSED = [
    "http://hooks.example/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "javascript:alert(1)",
    "//hooks.example/",
    "hooks.example",
    "",
    "https://",
    "https:///path",
    "https://user@hooks.example/",
    "https://user:pass@hooks.example/",
    "https://hooks.example@127.0.0.1/",
    "https://hooks.example#@127.0.0.1/",
    "https://hooks.example/#top",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks example/",
    "https://hooks.example/\n",
    "https://hooks.example/\x00",
    "https://127\u30020\u30020\u30021/",
    "https://h\u00f6ks.example/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.01/",
    "https://999.1.1.1/",
    "https://hooks.example:22/",
    "https://hooks.example:25/",
    "https://hooks.example:6553999/",
    "https://hooks.example:-1/",
    "https://hooks.example:x/",
    "https://-hooks.example/",
    "https://hooks..example/",
    "https://[::1/",
    "https://" + "a" * 64 + ".example/",
    "https://hooks.example/" + "a" * 400,
]
OURS = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "100::1",
    "localhost",
    "",
    "not an address",
]


@pytest.mark.parametrize("url", FINE)
def test_a_public_address_by_https_is_fine_as_written(url):
    assert problem_of(url, insecure=False) is None


@pytest.mark.parametrize("url", REFUSED)
def test_what_could_lead_elsewhere_is_refused_as_written(url):
    assert problem_of(url, insecure=False) is not None


@pytest.mark.parametrize("address", OURS)
def test_what_leads_into_a_network_of_ours_is_not_called(address):
    assert not may_be_called(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_called(address):
    assert may_be_called(address)


def test_a_network_allowed_by_hand_is_called_and_its_neighbours_are_not():
    allowed = [ip_network("10.1.0.0/16")]

    assert may_be_called("10.1.2.3", allowed=allowed)
    assert not may_be_called("10.2.2.3", allowed=allowed)
