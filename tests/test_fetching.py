"""Fetching: which addresses are refused, what a server may not do, and what becomes of a page.

No test switches a rule off. A fake `getaddrinfo` gives names public addresses, and a fake `_connect`, which is asked
only after these were vetted, leads to a server on loopback.
"""

from __future__ import annotations

import gzip
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, InputError, fetching
from summarizer.addresses import is_public, read_address, shown
from summarizer.answers import MAX_BYTES
from summarizer.cli import main
from summarizer.fetching import fetch
from tests.conftest import every
from tests.stub_server import entries, nothing, stub_server

PUBLIC = "93.184.216.34"
PAGE = (
    "<html><head><title>Talks fail</title></head><body><article><h1>Talks fail</h1>"
    "<p>The minister said on Monday that the talks had failed.</p>"
    "<p>The army did not comment on it.</p></article></body></html>"
)
UKRAINIAN = "Президент заявив, що переговори можливі. Війська відійшли на нові позиції, кажуть у Києві."

Answer = bytes | Callable[[socket.socket], None]


def answer(body: bytes = b"", *headers: str, status: str = "200 OK", kind: str | None = "text/html") -> bytes:
    """An HTTP answer, its length announced."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return answer(b"", f"Location: {location}", status=status)


class Net:
    """The internet of a test: names, and one server behind every public address."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        """name -> its addresses, or a function that gives them; any other name stands for `PUBLIC`."""
        self.answers: dict[str, Answer] = {}
        """path -> what the server says; it says `default` to any other."""
        self.default: Answer = answer(PAGE.encode())
        self.tls: ssl.SSLContext | None = None
        self.asked_names: list[str] = []
        self.connections: list[tuple[str, int]] = []
        self.requests: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def getaddrinfo(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        """In place of `socket.getaddrinfo`."""
        self.asked_names.append(host)
        known = self.names.get(host, [PUBLIC])
        found = known() if callable(known) else known
        return [(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    def connect(self, address: Any, port: int, seconds: float) -> socket.socket:
        """In place of `fetching._connect`."""
        assert is_public(address)
        assert 0 < seconds <= fetching.SECONDS
        self.connections.append((str(address), port))
        sock = socket.socket()
        sock.connect(self._server.getsockname())
        return sock

    def close(self) -> None:
        """Stop the server and wait for what it is doing."""
        self._server.close()
        for thread in self._threads:
            thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._reply, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _reply(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(5)
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:  # TLS is another socket
                head = b""
                while b"\r\n\r\n" not in head and not head.startswith(b"\x16"):  # 0x16: TLS knocks
                    received = connection.recv(65536)
                    if not received:
                        return
                    head += received
                self.requests.append(head.decode("latin-1"))
                path = head.decode("latin-1").partition(" ")[2].partition(" ")[0]
                reply = self.answers.get(path, self.default)
                reply(connection) if callable(reply) else connection.sendall(reply)
                if self.tls is not None:
                    connection.unwrap()


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    """Every name is public, every public address is the test's server."""
    internet = Net()
    monkeypatch.setattr(socket, "getaddrinfo", internet.getaddrinfo)
    monkeypatch.setattr(fetching, "_connect", internet.connect)
    yield internet
    internet.close()


def refusal(url: str) -> str:
    """What is said when `url` is not fetched."""
    with pytest.raises(InputError) as caught:
        fetch(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Addresses

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "233.252.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::808:808", "::ffff:7f00:1",
    "::ffff:a9fe:a9fe", "::ffff:808:808", "::ffff:0:7f00:1", "100::1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2001::1", "2001:0:808:808::1", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip

HOSTILE = [
    # no public host
    *(f"http://{f'[{address}]' if ':' in address else address}/" for address in NOT_PUBLIC),
    # IPv4 as only some programs read it
    "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0/", "http://0x7f000001/", "http://0x7f.0.0.1/",
    "http://0x7f.1/", "http://017700000001/", "http://0177.0.0.1/", "http://127.0.0.01/", "http://127.0.0.1./",
    "http://127.0.0.0x1/", "http://10.0.0.1.0/", "http://256.256.256.256/", "http://4294967296/", "http://1.1.1.01/",
    "http://016.8.8.8/", "http://134744072/", "http://８.８.８.８/", "http://１２７.０.０.１/", "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/", "http://%31%32%37.0.0.1/", "http://example.0x1/",
    # IPv6 not in its one form
    "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::127.0.0.1]/", "http://[fe80::1%25eth0]/",
    "http://[2606:4700::1111%251]/", "http://[fe80::1%eth0]/", "http://[2606:4700:0::1111]/", "http://[::1/", "http://::1/",
    "http://[]/", "http://[8.8.8.8]/", "http://[v1.a]/", "http://[::1].news.example/", "http://2606:4700::1111/",
    # names that are not the internet's
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/", "http://printer.local/",
    "http://metadata.google.internal/", "http://metadata/", "http://router/", "http://router.lan/", "http://x.home.arpa/",
    "http://localhost.localdomain/", "http://wiki.corp/", "http://ｌｏｃａｌｈｏｓｔ/", "http://x.onion/", "http://nas.home/",
    # hosts that are no names
    "http:///x", "http://./", "http://.news.example/", "http://news..example/", "http://news_.example/",
    "http://-news.example/", "http://news-.example/", "http://news.example../", "http://℀.example/", "http://news!.example/",
    f"http://{'a' * 64}.example/", f"http://{'a.' * 130}example/", f"http://{'ü' * 300}.example/", "http://news,example/",
    # users and passwords, and what looks like them
    "http://user@news.example/", "http://user:secret@news.example/", "http://:secret@news.example/",
    "http://@news.example/", "http://news.example@127.0.0.1/", "http://127.0.0.1@news.example/",
    "http://news.example:80@127.0.0.1/", "http://user%40news.example/", "http://user＠news.example/",
    # ports
    "http://news.example:22/", "http://news.example:8080/", "http://news.example:0/", "http://news.example:-80/",
    "http://news.example:65616/", "http://news.example:080/", "http://news.example:８０/", "http://news.example:80:80/",
    "http://news.example:ssh/", "https://news.example:8443/", "http://[2606:4700::1111]:22/", "http://1.1.1.1:6379/",
    # schemes
    "file:///etc/passwd", "ftp://news.example/", "gopher://news.example/", "data:text/html,hi", "javascript:alert(1)",
    "//news.example/", "news.example", "http:news.example", "http:/news.example/", "httpx://news.example/", "",
    "view-source:http://news.example/", "jar:http://news.example/!/", "dict://news.example:80/", "ws://news.example/",
    # characters
    " http://news.example/", "http://news.example/ ", "http://news.example/a b", "http://news.example\\@127.0.0.1/",
    "http:\\\\news.example/", "http://news.example/\\..", "http://news.example/\r\nX-Header: 1", "http://news.example/\n",
    "ht\ttp://news.example/", "http://news.example/\0", "http://news\u200b.example/", "http://news.example/\u202e",
    "http://news.example/\u2028", "http://news.example/\x7f", "http://new\u00a0s.example/", "http://news.example/\ud800",
    f"http://news.example/{'a' * 2000}",
]  # fmt: skip


def test_the_tables_are_not_short() -> None:
    """A slip in the table itself would pass in silence."""
    assert len(HOSTILE) == len(set(HOSTILE))
    assert len(HOSTILE) > 150


@pytest.mark.parametrize("url", every(3, HOSTILE), ids=[ascii(url)[1:50] for url in HOSTILE])
def test_a_hostile_address_is_refused_before_anything_is_asked(url: str, net: Net) -> None:
    """No name is looked up, no connection opened, and the message says that it was refused."""
    assert "refused: " in refusal(url)
    assert not net.asked_names
    assert not net.connections


@pytest.mark.parametrize("address", [*NOT_PUBLIC, "fe80::1%eth0", "2606:4700::1111%1", "::ffff:127.0.0.1"])
def test_a_name_that_stands_for_such_an_address_is_refused(address: str, net: Net) -> None:
    """Alone, and among public ones: first, in the middle or last."""
    for found in ([address], [address, PUBLIC], [PUBLIC, address, "1.1.1.1"], [PUBLIC, address]):
        net.names["news.example"] = found
        assert "is not an address of the public internet" in refusal("http://news.example/")
    assert net.asked_names == ["news.example"] * 4
    assert not net.connections


def test_one_address_that_is_not_public_refuses_however_many_others_there_are(net: Net) -> None:
    """Also behind those that would be tried."""
    net.names["news.example"] = [*(f"8.8.8.{n}" for n in range(100)), "127.0.0.1"]
    assert "its host stands for 127.0.0.1" in refusal("http://news.example/")


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.63.255.255", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address: str) -> None:
    """Also beside the private blocks, and an IPv4 address by way of NAT64."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("block", ["0.0.0.0/0", "::/0"])
def test_what_the_library_calls_private_is_never_public(block: str) -> None:
    """Both ends of every block that Python's own tables set aside are refused."""
    network = ipaddress.ip_network(block)
    tables = vars(ipaddress)["_IPv4Constants" if network.version == 4 else "_IPv6Constants"]
    for private in tables._private_networks:
        assert not is_public(private[0])
        assert not is_public(private[-1])


def test_no_password_stands_in_a_message(net: Net) -> None:
    """Wherever a slash, a second @ or another way to write it hides where the password ends."""
    for url in (
        "http://user:secret@news.example/x",
        "http://user:secret@more@news.example/x",
        "http://user:sec/secret@news.example/x",
        "http://user:secret/?#@news.example/x",
        "http://user:secret%40news.example/x",
        "http://user:secret＠news.example/x",
        "http://user:secret@127.0.0.1/x",
        "HTTP://user:secret@news.example:22/x",
        "ftp://user:secret@news.example/x",
        "http:/user:secret@news.example/x",
    ):
        assert "secret" not in shown(url)
        assert "secret" not in refusal(url)
        net.default = redirect(url)
        assert "secret" not in refusal("http://other.example/")


def test_an_at_sign_in_the_path_is_no_password() -> None:
    """Such addresses are shown whole."""
    assert shown("https://medium.example/@author/story") == "https://medium.example/@author/story"


@pytest.mark.parametrize(
    ("url", "authority", "target", "port"),
    [
        ("http://news.example", "news.example", "/", 80),
        ("HTTPS://News.Example:443/A?b=c#d", "news.example", "/A?b=c", 443),
        ("http://news.example:443/", "news.example:443", "/", 443),
        ("http://news.example:/?q", "news.example", "/?q", 80),
        ("http://news.example?q=@x", "news.example", "/?q=@x", 80),
        ("http://news.example./", "news.example", "/", 80),
        ("http://новости.рф/мир?я=ё", "xn--b1amnebsh.xn--p1ai", "/%D0%BC%D0%B8%D1%80?%D1%8F=%D1%91", 80),
        ("http://bücher.example/%C3%A4\"<>{}|^`", "xn--bcher-kva.example", "/%C3%A4%22%3C%3E%7B%7D%7C%5E%60", 80),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]", "/", 443),
        ("https://1.1.1.1:80/", "1.1.1.1:80", "/", 80),
        ("http://news.example//127.0.0.1/", "news.example", "//127.0.0.1/", 80),
    ],
)  # fmt: skip
def test_addresses_are_read_in_one_way(url: str, authority: str, target: str, port: int) -> None:
    """Host, request target and port, as they are sent."""
    place = read_address(url)
    assert (place.authority, place.target, place.port) == (authority, target, port)


# Where the connection goes


def test_a_name_is_looked_up_once_and_its_address_connected_to(net: Net) -> None:
    """A resolver that answers loopback the second time is not asked a second time."""
    turns = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    net.names["rebind.example"] = lambda: next(turns)
    assert fetch("http://rebind.example/").page.body == PAGE.encode()
    assert net.asked_names == ["rebind.example"]
    assert net.connections == [(PUBLIC, 80)]


def test_a_redirect_to_the_same_name_is_vetted_again(net: Net) -> None:
    """So a name that has moved to loopback meanwhile is refused, and not connected to."""
    turns = iter([[PUBLIC], ["127.0.0.1"]])
    net.names["rebind.example"] = lambda: next(turns)
    net.default = redirect("/again")
    assert "its host stands for 127.0.0.1" in refusal("http://rebind.example/")
    assert len(net.requests) == 1


def test_the_socket_is_opened_to_the_very_address_that_was_vetted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real `_connect`: it is given no name, and looks nothing up (the guard of the tests stops it there)."""
    asked: list[str] = []

    def resolver(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(RuntimeError, match=f"disabled for host '{PUBLIC}'"):
        fetch("https://news.example/")
    with pytest.raises(RuntimeError, match="disabled for host '2606:4700::1111'"):
        fetch("http://[2606:4700::1111]/")
    assert asked == ["news.example"]


def test_the_next_address_is_tried_when_one_does_not_answer(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets its share of the time."""
    net.names["news.example"] = ["2606:4700::1111", "1.1.1.1", PUBLIC]
    shares: list[float] = []

    def connect(address: Any, port: int, seconds: float) -> socket.socket:
        shares.append(seconds)
        if str(address) != PUBLIC:
            raise TimeoutError
        return net.connect(address, port, seconds)

    monkeypatch.setattr(fetching, "_connect", connect)
    assert fetch("http://news.example/").page.kind == "html"
    assert [round(share) for share in shares] == [3, 5, 10]


def test_a_name_that_is_not_known_is_said_to_be(net: Net) -> None:
    """The resolver's error, and an empty answer."""

    def unknown() -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    net.names["news.example"] = unknown
    assert refusal("http://news.example/").endswith("no address is known for the name news.example")
    net.names["news.example"] = []
    assert "cannot be reached" in refusal("http://news.example/")


def test_a_slow_resolver_costs_no_more_than_the_time_there_is(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """`getaddrinfo` has no time limit of its own."""
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    net.names["news.example"] = lambda: time.sleep(2) or [PUBLIC]
    started = time.monotonic()
    assert "not here within 0.3 seconds" in refusal("http://news.example/")
    assert time.monotonic() - started < 1.5


def test_the_request_says_no_more_than_it_must(net: Net, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, no cookie, no authorization, no referrer: whatever the environment, .netrc and a server say."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("default login user password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    net.answers["/first?a=b"] = answer(b"", "Location: /second", "Set-Cookie: a=b; Path=/", status="301 Moved")
    fetched = fetch("http://news.example/first?a=b#part")
    assert fetched.final_url == "http://news.example/second"
    first, second = net.requests
    assert first.splitlines()[0] == "GET /first?a=b HTTP/1.1"
    for request in (first, second):
        names = [line.partition(":")[0] for line in request.splitlines()[1:] if line]
        assert names == ["Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"]
        assert "Host: news.example\r\n" in request
    assert net.connections == [(PUBLIC, 80), (PUBLIC, 80)]


# Redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_followed_to_another_host(status: str, net: Net) -> None:
    """Relative addresses too; the page's address is the last one."""
    net.answers["/a"] = redirect("//other.example/b/c", status)
    net.answers["/b/c"] = redirect("../d?e", status)
    fetched = fetch("http://news.example/a")
    assert fetched.url == "http://news.example/a"
    assert fetched.final_url == "http://other.example/d?e"
    assert net.asked_names == ["news.example", "other.example", "other.example"]


def test_three_redirects_are_followed_and_a_fourth_is_not(net: Net) -> None:
    """The fourth address gets no request."""
    for n in range(4):
        net.answers[f"/{n}"] = redirect(f"/{n + 1}")
    assert fetch("http://news.example/1").page.kind == "html"
    net.requests.clear()
    assert "refused: more than 3 redirects" in refusal("http://news.example/0")
    assert [request.split()[1] for request in net.requests] == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/", "http://127.0.0.1:80/", "//127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/",
        "http://localhost/", "http://2130706433/", "http://news.example:22/", "https://news.example:8443/",
        "file:///etc/passwd", "ftp://news.example/", "gopher://news.example/", "javascript:alert(1)",
        "data:text/html,x", "http:news.example", "http://user:pass@news.example/", "//user@news.example/",
        "http://news.example\\@127.0.0.1/", "/\\127.0.0.1/", "http://[::1/", "http://", "//", "http:///etc", "ht tp://news.example/",
        "/a b", "/a\tb", "/a\r\n b", "http://metadata.google.internal/", "mailto:x@news.example",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_redirect_that_leads_astray_is_refused(location: str, net: Net) -> None:
    """Nothing more is looked up or asked after the first request."""
    net.default = redirect(location)
    message = refusal("http://news.example/")
    assert "refused: " in message
    assert message.startswith("http://news.example/ leads to ")
    assert len(net.connections) == 1
    assert len(net.asked_names) == 1


def test_a_redirect_to_a_name_on_loopback_is_refused(net: Net) -> None:
    """The name is looked up, and not connected to."""
    net.names["inside.example"] = ["127.0.0.1"]
    net.default = redirect("http://inside.example/")
    assert "its host stands for 127.0.0.1" in refusal("http://news.example/")
    assert len(net.connections) == 1


@pytest.mark.parametrize("status", ["300 Multiple", "304 Not Modified", "302 Found"])
def test_a_redirect_without_an_address_is_no_page(status: str, net: Net) -> None:
    """The status is told."""
    net.default = answer(b"", status=status)
    assert f"the server answers {status[:3]}" in refusal("http://news.example/")


# TLS


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in `folder`."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority of the test's own, and what it signed for news.example."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    signed = "subjectAltName=DNS:news.example,IP:1.1.1.1\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    (folder / "extensions").write_text(signed)
    authority = ("-x509", "-subj", "/CN=Test CA", "-days", "2", "-addext", "keyUsage=critical,keyCertSign")
    openssl(folder, "req", *authority, *key, "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, "req", *key, "-keyout", "key.pem", "-out", "site.csr", "-subj", "/CN=news.example")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions")
    openssl(folder, "x509", "-req", "-in", "site.csr", *signing, "-out", "site.pem", "-days", "2")
    return folder


@pytest.fixture
def secure(net: Net, certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Net:
    """The server speaks TLS as news.example, and the authority that says so is trusted."""
    net.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    net.tls.load_cert_chain(certificates / "site.pem", certificates / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    return net


def test_the_certificate_and_the_name_are_verified() -> None:
    """Whatever stands in the environment."""
    context = fetching._tls()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_the_name_is_what_tls_is_asked_for(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name in ASCII, never the address behind it; and an end without TLS's own is no end."""
    asked: list[dict[str, Any]] = []

    class Context:
        def wrap_socket(self, sock: socket.socket, **options: Any) -> socket.socket:
            asked.append(options)
            return sock

    monkeypatch.setattr(fetching, "_tls", Context)
    fetch("https://bücher.example/")
    assert asked == [{"server_hostname": "xn--bcher-kva.example", "suppress_ragged_eofs": False}]
    assert net.connections == [(PUBLIC, 443)]


@pytest.mark.parametrize("host", ["news.example", "1.1.1.1"])
def test_a_page_comes_over_tls(host: str, secure: Net) -> None:
    """By name, and by an IP address that the certificate names."""
    assert fetch(f"https://{host}/").page.body == PAGE.encode()


def test_a_certificate_for_another_name_is_refused(secure: Net) -> None:
    """Though its authority is trusted; the server sees no request."""
    assert "refused: its certificate does not stand for other.example" in refusal("https://other.example/")
    assert not secure.requests


def test_a_certificate_nobody_vouches_for_is_refused(secure: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server sees no request."""
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "refused: its certificate does not stand for news.example" in refusal("https://news.example/")
    assert not secure.requests


def test_a_redirect_from_https_to_http_is_refused(secure: Net) -> None:
    """Before the second server is asked."""
    secure.default = redirect("http://news.example/plain")
    assert "refused: an https address leads to an http address" in refusal("https://news.example/")
    assert len(secure.connections) == 1


def test_a_page_cut_short_under_tls_is_no_page(secure: Net) -> None:
    """Without a length, only TLS can tell that somebody cut the connection."""

    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE.encode()[:99])
        connection.shutdown(socket.SHUT_RDWR)

    secure.default = cut
    assert "broke off" in refusal("https://news.example/")


def test_a_server_without_tls_is_told(net: Net) -> None:
    """In plain words, as a failed connection."""
    net.default = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert "news.example cannot be reached" in refusal("https://news.example/")


# Time and size

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
BIG = b"<p>" + b"a" * 6_000_000


def dripping(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """A server that goes on for ever, a little at a time."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            connection.sendall(drop)
            time.sleep(0.02)

    return drip


def endless(start: bytes, more: bytes) -> Callable[[socket.socket], None]:
    """A server that goes on for ever, as fast as it can."""

    def flood(connection: socket.socket) -> None:
        connection.sendall(start)
        until = time.monotonic() + 4
        while time.monotonic() < until:
            connection.sendall(more)

    return flood


def packed(body: bytes, encoding: str) -> bytes:
    """An answer with a body that is said to be compressed."""
    return answer(body, f"Content-Encoding: {encoding}")


def raw_deflate(data: bytes) -> bytes:
    """Deflate without zlib's head, as some servers send it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    "server",
    every(
        3,
        [
            dripping(b"", b""),
            dripping(b"", b"H"),
            dripping(b"HTTP/1.1 ", b"2"),
            dripping(HEAD, b"X: y\r\n"),
            dripping(HEAD + b"\r\n", b"<p>"),
            dripping(HEAD + b"Content-Length: 5000\r\n\r\n", b"a"),
            dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
            dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", b"X: y\r\n"),
            dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ],
    ),
    ids=["silent", "status", "status number", "header", "body", "length", "chunks", "trailers", "continue"],
)
def test_a_server_that_takes_its_time_gets_no_more_of_it(server: Answer, net: Net, monkeypatch: Any) -> None:
    """Each drop comes in time, the whole does not."""
    monkeypatch.setattr(fetching, "SECONDS", 0.4)
    net.default = server
    started = time.monotonic()
    assert "not here within 0.4 seconds" in refusal("http://news.example/")
    assert time.monotonic() - started < 1.4


def test_redirects_do_not_make_the_time_longer(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is for all together."""

    def slowly(location: str) -> Callable[[socket.socket], None]:
        def reply(connection: socket.socket) -> None:
            time.sleep(0.2)
            connection.sendall(redirect(location))

        return reply

    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    net.answers.update({"/0": slowly("/1"), "/1": slowly("/2"), "/2": slowly("/3")})
    started = time.monotonic()
    assert "not here within 0.5 seconds" in refusal("http://news.example/0")
    assert time.monotonic() - started < 1.5


def test_a_handshake_that_drips_gets_no_more_time(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before TLS stands, a server can be as slow as after."""
    monkeypatch.setattr(fetching, "SECONDS", 1.0)  # the certificates are read in it

    def drip(connection: socket.socket) -> None:
        for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03" + bytes(200):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    # The server reads until a blank line, so it is answered as soon as the connection stands.
    monkeypatch.setattr(net, "_reply", lambda connection: suppress_errors(drip, connection))
    started = time.monotonic()
    assert "not here within 1 seconds" in refusal("https://news.example/")
    assert time.monotonic() - started < 5


def suppress_errors(reply: Callable[[socket.socket], None], connection: socket.socket) -> None:
    """Reply; the client may be gone."""
    with suppress(OSError), connection:
        reply(connection)


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (answer(BIG), "too large"),
        (HEAD + b"\r\n" + BIG, "too large"),
        (HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", "too large"),
        (HEAD + b"Content-Length: -1\r\n\r\n" + BIG, "too large"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5b8d83\r\n" + BIG + b"\r\n0\r\n\r\n", "too large"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + BIG, "too large"),
        (endless(HEAD + b"\r\n", b"a" * 65536), "too large"),
        pytest.param(
            endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 9999),
            "too large",
            marks=pytest.mark.more,
        ),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 9999), "too large"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + BIG, "ended before the page did"),
        (packed(gzip.compress(BIG), "gzip"), "too large"),
        (packed(gzip.compress(bytes(100_000_000), 1), "gzip"), "too large"),
        (packed(zlib.compress(BIG), "deflate"), "too large"),
        (packed(raw_deflate(BIG), "deflate"), "too large"),
        (endless(HEAD, b"X: y\r\n" * 9999), "not HTTP"),
        (endless(HEAD + b"X: ", b"y" * 65536), "come before the page"),
        (endless(HEAD, b"X: " + b"y" * 9000 + b"\r\n"), "come before the page"),
        (endless(b"", b"y" * 65536), "come before the page"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 999), "come before the page"),
    ],
    ids=[
        "length", "no length", "announced", "negative length", "chunk", "chunk announced", "endless body",
        "endless chunks", "endless trailers", "negative chunk", "gzip", "gzip bomb", "deflate bomb", "raw deflate bomb",
        "many headers", "endless header", "long headers", "endless status", "endless continue",
    ],
)  # fmt: skip
def test_what_is_too_large_is_not_taken(server: Answer, message: str, net: Net) -> None:
    """Announced or not, whole or in chunks, compressed or not, page or headers."""
    net.default = server
    assert message in refusal("http://news.example/")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_page_of_five_megabytes_is_taken_and_one_byte_more_is_not(encoding: str, net: Net) -> None:
    """Counted after decompression."""
    for size in (MAX_BYTES, MAX_BYTES + 1):
        body = b"a" * size
        net.answers[f"/{size}"] = packed(gzip.compress(body) if encoding == "gzip" else body, encoding)
    assert len(fetch(f"http://news.example/{MAX_BYTES}").page.body) == MAX_BYTES
    assert "too large" in refusal(f"http://news.example/{MAX_BYTES + 1}")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_no_more_is_made_of_a_bomb_than_is_looked_at(encoding: str, net: Net) -> None:
    """100 MB in 100 KB: what is too much is never decompressed."""
    bomb = bytes(100_000_000)
    net.default = packed(gzip.compress(bomb, 1) if encoding == "gzip" else zlib.compress(bomb, 1), encoding)
    del bomb
    tracemalloc.start()
    try:
        assert "too large" in refusal("http://news.example/")
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()


# What else a server may say


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(PAGE.encode()), "gzip"),
        (gzip.compress(PAGE.encode()), "X-GZIP"),
        (zlib.compress(PAGE.encode()), "deflate"),
        (raw_deflate(PAGE.encode()), "deflate"),
        (PAGE.encode(), "identity"),
    ],
)
def test_a_compressed_page_is_decompressed(body: bytes, encoding: str, net: Net) -> None:
    """Gzip, and deflate in the two forms it is sent in."""
    net.default = packed(body, encoding)
    assert fetch("http://news.example/").page.body == PAGE.encode()


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (answer(b"", status="404 Not <b>Found</b>"), "the server answers 404 (Not Found)"),
        (answer(PAGE.encode(), status="500 Oops"), "500 (Internal Server Error)"),
        (answer(PAGE.encode(), status="206 Partial"), "206 (Partial Content)"),
        (answer(b"", status="204 No Content"), "204 (No Content)"),
        (answer(PAGE.encode(), status="401 x", kind=None), "401 (Unauthorized)"),
        (answer(PAGE.encode(), status="799 x"), "the server answers 799 instead"),
        (answer(b"%PDF-1.7", kind="application/pdf"), "sends application/pdf; only HTML and plain text are read"),
        (answer(b"x", kind="image/png"), "image/png"),
        (answer(b"{}", kind="application/json; charset=utf-8"), "application/json"),
        (answer(b"x", kind="text/html, text/plain"), "text/html, text/plain"),
        (answer(b"x", kind="text/htmlx"), "text/htmlx"),
        (answer(b"x", kind="multipart/x-mixed-replace"), "multipart/x-mixed-replace"),
        (answer(b"x", kind="text/\x1b[31mred"), "text/ [31mred"),
        (answer(b"x", kind=None), "something it gives no type of"),
        (answer(b"x", "Content-Encoding: br"), "compresses the page with br"),
        (answer(b"x", "Content-Encoding: zstd"), "compresses the page with zstd"),
        (answer(gzip.compress(b"x"), "Content-Encoding: gzip, gzip"), "compresses the page with gzip, gzip"),
        (packed(b"not gzip", "gzip"), "cannot be decompressed"),
        (packed(gzip.compress(PAGE.encode())[:-9], "gzip"), "the compressed page is cut off"),
        (packed(gzip.compress(b"a") + gzip.compress(b"b"), "gzip"), "something follows it"),
        (packed(b"", "gzip"), "cut off"),
        (answer(b"x", "Transfer-Encoding: gzip, chunked"), "transfer encoding"),
        (HEAD + b"Content-Length: 500\r\n\r\n<p>half", "the connection ended before the page did"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n<p>half", "the connection ended before the page did"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n", "the connection ended before the page did"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "the connection ended before the page did"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello", "not HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "not HTTP"),
        (b"HTTP/1.1 200000 OK\r\n\r\n", "not HTTP"),
        (b"HTTP/2 200 OK\r\n\r\n", "not HTTP"),
        (b"\xff\xfe\0\r\n\r\n", "not HTTP"),
        (b"", "broke off"),
    ],
)
def test_what_is_no_page_is_told(server: Answer, message: str, net: Net) -> None:
    """What came instead, on one line, without what steers a terminal."""
    net.default = server
    said = refusal("http://news.example/")
    assert message in said
    assert "\x1b" not in said


def test_nothing_in_the_environment_or_the_arguments_switches_a_rule_off() -> None:
    """`fetch` takes an address and nothing else; the modules read no variable."""
    assert fetch.__code__.co_varnames[: fetch.__code__.co_argcount] == ("url",)
    assert fetch.__code__.co_kwonlyargcount == 0
    for name in ("addresses", "answers", "fetching"):
        source = (Path(fetching.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
        assert "environ" not in source
        assert "getenv" not in source


# From the page to the article


def test_an_html_page_becomes_an_article(net: Net) -> None:
    """Text, title, and as its source the address that was asked for."""
    net.default = answer(PAGE.encode(), kind="Text/HTML; Charset=UTF-8")
    article = Article.from_url("http://news.example/story?id=1")
    assert article.text.endswith(
        "The minister said on Monday that the talks had failed.\n\nThe army did not comment on it."
    )
    assert article.title == "Talks fail"
    assert article.source == "http://news.example/story?id=1"


def test_a_plain_text_page_becomes_an_article(net: Net) -> None:
    """Its front matter cannot say that it comes from elsewhere; who asks can."""
    net.answers["/old"] = redirect("/new")
    net.default = answer(b"---\ntitle: Talks\nsource: bbc.example\n---\nThe talks failed.", kind="text/plain")
    article = Article.from_url("http://news.example/old")
    assert (article.text, article.title) == ("The talks failed.", "Talks")
    assert article.source == "http://news.example/old"
    assert Article.from_url("http://news.example/old", source="the desk").source == "the desk"


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml", "text/plain"])
@pytest.mark.parametrize("charset", ["windows-1251", '"koi8-u"', "CP1251", "utf-8", "no-such-charset"])
def test_the_charset_of_the_header_counts(kind: str, charset: str, net: Net) -> None:
    """Before what the page itself declares; one that does not exist counts for nothing."""
    encoding = {"utf-8": "utf-8", '"koi8-u"': "koi8-u"}.get(charset, "cp1251")
    inside = "koi8-r" if encoding == "cp1251" and charset != "no-such-charset" else "cp1251"
    page = f'<html><head><meta charset="{inside}"></head><body><article><p>{UKRAINIAN}</p></article></body></html>'
    body = (UKRAINIAN if kind == "text/plain" else page).encode(encoding)
    net.default = answer(body, kind=f"{kind}; charset={charset}")
    if kind == "text/plain" and charset == "no-such-charset":
        assert Article.from_url("http://news.example/").flags[0].code == "encoding_guessed"
    else:
        assert Article.from_url("http://news.example/").text == UKRAINIAN


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "unicode-escape", "zip", "rot13", "utf-16", "hex"]
)
def test_a_charset_that_is_none_counts_for_nothing(charset: str, net: Net) -> None:
    """What Python calls a codec may raise anything, or be no text."""
    net.default = answer(UKRAINIAN.encode() + b"\xff.", kind=f"text/plain; charset={charset}")
    assert Article.from_url("http://news.example/").text == UKRAINIAN + "\ufffd."


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (answer(b""), "http://news.example/: empty"),
        (answer(b"<html></html>"), "http://news.example/: no article text found"),
        (answer(b"%PDF-1.7 x", kind="text/plain"), "http://news.example/: not text but a PDF document"),
        (answer(b"\x1f\x8b\x08\x00", kind="text/html"), "http://news.example/: not text but gzip-compressed data"),
    ],
)
def test_a_page_without_an_article_is_told_by_its_address(page: bytes, message: str, net: Net) -> None:
    """As for a file."""
    net.default = page
    with pytest.raises(InputError) as caught:
        Article.from_url("http://news.example/")
    assert str(caught.value).startswith(message)


# The command line

Capture = pytest.CaptureFixture[str]


def test_an_address_needs_the_option(net: Net, capsys: Capture, tmp_path: Path) -> None:
    """A usage error before any input is read, which names the option and no password."""
    path = tmp_path / "a.txt"
    path.write_text("The talks failed.")
    for url in ("http://user:secret@news.example/", "HTTPS://news.example/secret@", "ftp://news.example/"):
        assert main(["brief", str(path), url, "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "add --fetch" in err
        assert "user:secret" not in err
    assert not net.asked_names


def test_a_page_is_fetched_and_briefed(net: Net, capsys: Capture) -> None:
    """The brief names the address as its source."""
    net.names["127.0.0.1"] = ["127.0.0.1"]  # the model's server, which is no page
    with stub_server(entries(nothing)) as stub:
        arguments = ["--fetch", "--model", "m", "--base-url", stub.url, "--format", "json"]
        assert main(["brief", "http://news.example/story", *arguments]) == 0
    assert '"source": "http://news.example/story"' in capsys.readouterr().out


def test_an_address_that_is_refused_is_bad_input(net: Net, capsys: Capture) -> None:
    """Exit 3, one line, no password, also among several inputs."""
    arguments = ["--fetch", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]
    for urls in (["http://user:secret@news.example/"], ["http://127.0.0.1/", "http://user:secret@news.example/"]):
        assert main(["brief", *urls, *arguments]) == 3
        err = capsys.readouterr().err
        assert len(err.splitlines()) == len(urls)
        assert "refused: a user or a password stands in the address" in err
        assert "secret" not in err


def test_a_replay_fetches_nothing(net: Net, capsys: Capture, tmp_path: Path) -> None:
    """`--replay` promises that no network is used."""
    assert main(["brief", "http://news.example/", "--fetch", "--replay", str(tmp_path)]) == 2
    assert "--replay uses no network" in capsys.readouterr().err
    assert not net.asked_names
