"""Connections written by hand: what is known to make two servers disagree."""

_NEXT = b"GET /read?smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
_POST = b"POST /read HTTP/1.1\r\nHost: a\r\n"
_GET = b"GET /abc1234 HTTP/1.1\r\nHost: a\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
_LENGTH = b"Content-Length: %d\r\n" % len(_NEXT)

CASES: dict[str, bytes] = {
    "plain": _GET + b"\r\n",
    "pipelined": (_GET + b"\r\n") * 5,
    "get with a body": _GET + _LENGTH + b"\r\n" + _NEXT,
    "get with chunks": _GET + _CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n" + _NEXT,
    # An upgrade before, between and after everything that frames a body.
    "upgrade, length": _POST + _UPGRADE + _LENGTH + b"\r\n" + _NEXT,
    "length, upgrade": _POST + _LENGTH + _UPGRADE + b"\r\n" + _NEXT,
    "upgrade, chunks": _POST
    + _UPGRADE
    + _CHUNKED
    + b"\r\n28\r\n"
    + _NEXT
    + b"\r\n0\r\n\r\n",
    "upgrade on get": _GET + _UPGRADE + b"\r\n" + _NEXT,
    "upgrade on get with a body": _GET + _UPGRADE + _LENGTH + b"\r\n" + _NEXT,
    "upgrade on head": b"HEAD /read HTTP/1.1\r\nHost: a\r\n"
    + _UPGRADE
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "upgrade to h2c": _POST
    + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    + b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "upgrade and close": _POST
    + b"Connection: upgrade, close\r\nUpgrade: x\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT
    + _NEXT,
    "upgrade without connection": _POST + b"Upgrade: x\r\n" + _LENGTH + b"\r\n" + _NEXT,
    "connection without upgrade": _POST
    + b"Connection: upgrade\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "upgrade twice": _POST + _UPGRADE + b"Upgrade: b\r\n" + _LENGTH + b"\r\n" + _NEXT,
    "empty upgrade": _POST
    + b"Connection: upgrade\r\nUpgrade:\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "upgrade in HTTP/1.0": b"POST /read HTTP/1.0\r\n"
    + _UPGRADE
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "upgrade and expect": _POST
    + _UPGRADE
    + b"Expect: 100-continue\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "upgrades one after another": (_POST + _UPGRADE + _LENGTH + b"\r\n" + _NEXT) * 3,
    "upgrade ignored by the application": _POST.replace(b"read", b"ignore")
    + _UPGRADE
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "connect": b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "connect with a body": b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "connect with a path": b"CONNECT /abc1234 HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _NEXT,
    # Two framings.
    "length and chunks": _POST + b"Content-Length: 5\r\n" + _CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and length": _POST
    + _CHUNKED
    + b"Content-Length: 50\r\n\r\n0\r\n\r\n"
    + _NEXT,
    "two lengths": _POST + b"Content-Length: 0\r\nContent-Length: 42\r\n\r\n" + _NEXT,
    "the same length twice": _POST + _LENGTH + _LENGTH + b"\r\n" + _NEXT,
    "a list of lengths": _POST + b"Content-Length: 0, 42\r\n\r\n" + _NEXT,
    "length with a sign": _POST + b"Content-Length: +42\r\n\r\n" + _NEXT,
    "negative length": _POST + b"Content-Length: -1\r\n\r\n" + _NEXT,
    "length in hexadecimal": _POST + b"Content-Length: 0x2a\r\n\r\n" + _NEXT,
    "empty length": _POST + b"Content-Length:\r\n\r\n" + _NEXT,
    "length with zeros in front": _POST
    + b"Content-Length: %s5\r\n\r\nhello" % (b"0" * 5_000)
    + _NEXT,
    "length that overflows": _POST
    + b"Content-Length: 18446744073709551658\r\n\r\n"
    + _NEXT,
    "length with an underscore": _POST + b"Content-Length: 4_2\r\n\r\n" + _NEXT,
    "length in HTTP/1.0": b"POST /read HTTP/1.0\r\n" + _LENGTH + b"\r\n" + _NEXT,
    # Names of the coding that only some understand.
    **{
        f"coding {coding!r}": _POST
        + b"Transfer-Encoding: "
        + coding
        + b"\r\n\r\n0\r\n\r\n"
        + _NEXT
        for coding in (
            b"xchunked",
            b"chunked, identity",
            b"identity, chunked",
            b"identity",
            b"gzip, chunked",
            b"chunked;q=1",
            b"Chunked",
            b'"chunked"',
            b"chunked,",
            b", chunked",
            b"\x0bchunked",
            b"chunked\x00",
            b"chunked\t",
            b"",
        )
    },
    "coding twice": _POST + _CHUNKED * 2 + b"\r\n0\r\n\r\n" + _NEXT,
    "coding in HTTP/1.0": b"POST /read HTTP/1.0\r\n"
    + _CHUNKED
    + b"\r\n0\r\n\r\n"
    + _NEXT,
    "coding behind a blank": _POST
    + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
    + _NEXT,
    "coding on a folded line": _POST
    + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"
    + _NEXT,
    "coding with an underscore": _POST
    + b"Transfer_Encoding: chunked\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    # Lines.
    "folded header": _POST + b"X: a\r\n b\r\n" + _LENGTH + b"\r\n" + _NEXT,
    "folded first header": b"GET /read HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n" + _NEXT,
    "bare line feeds": b"GET /read HTTP/1.1\nHost: a\n\n" + _NEXT,
    "bare line feed in a header": _GET + b"X: a\nContent-Length: 42\r\n\r\n" + _NEXT,
    "bare carriage return": _GET + b"X: a\rContent-Length: 42\r\n\r\n" + _NEXT,
    "carriage returns twice": _GET.replace(b"\r\n", b"\r\r\n") + b"\r\n" + _NEXT,
    "blank lines in front": b"\r\n\r\n\r\n" + _GET + b"\r\n" + _NEXT,
    "blank lines between": _GET + b"\r\n\r\n\r\n" + _NEXT,
    "header without a colon": _GET + b"X\r\n\r\n" + _NEXT,
    "header without a name": _GET + b": x\r\n\r\n" + _NEXT,
    "null in a name": _GET + b"X\x00: a\r\n\r\n" + _NEXT,
    "null in a value": _GET + b"X: a\x00b\r\n\r\n" + _NEXT,
    "null in the target": b"GET /re\x00ad HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "control character in a value": _GET + b"X: a\x01\x1f\x7f\r\n\r\n" + _NEXT,
    "latin-1 in a value": _GET + b"X: \xe9\xff\r\n\r\n" + _NEXT,
    # Chunks.
    "chunk extension": _POST + _CHUNKED + b"\r\n5;a=b\r\nhello\r\n0\r\n\r\n" + _NEXT,
    "chunk extension with line feed": _POST
    + _CHUNKED
    + b"\r\n5;\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "chunk extension in quotes": _POST
    + _CHUNKED
    + b'\r\n5;a="\r\n\r\n"\r\nhello\r\n0\r\n\r\n'
    + _NEXT,
    "huge chunk size": _POST
    + _CHUNKED
    + b"\r\nffffffffffffffff\r\nx\r\n0\r\n\r\n"
    + _NEXT,
    "chunk size that overflows": _POST
    + _CHUNKED
    + b"\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "chunk size with zeros": _POST
    + _CHUNKED
    + b"\r\n0000000005\r\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "chunk size with a prefix": _POST
    + _CHUNKED
    + b"\r\n0x5\r\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "negative chunk size": _POST + _CHUNKED + b"\r\n-5\r\nhello\r\n0\r\n\r\n" + _NEXT,
    "blank behind a chunk size": _POST
    + _CHUNKED
    + b"\r\n5 \r\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "chunk ended by a line feed": _POST
    + _CHUNKED
    + b"\r\n5\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "chunk longer than its size": _POST
    + _CHUNKED
    + b"\r\n3\r\nhello\r\n0\r\n\r\n"
    + _NEXT,
    "chunk without its line end": _POST
    + _CHUNKED
    + b"\r\n5\r\nhelloXX0\r\n\r\n"
    + _NEXT,
    "trailers": _POST
    + _CHUNKED
    + b"\r\n0\r\nX: y\r\nHost: b\r\nContent-Length: 42\r\n\r\n"
    + _NEXT,
    "empty lines in a chunk": _POST
    + _CHUNKED
    + b"\r\n8\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n"
    + _NEXT,
    # Host.
    "no host": b"GET /abc1234 HTTP/1.1\r\n\r\n" + _NEXT,
    "no host in HTTP/1.0": b"GET /abc1234 HTTP/1.0\r\n\r\n" + _NEXT,
    "host twice": _GET + b"Host: b\r\n\r\n" + _NEXT,
    "the same host twice": _GET + b"Host: a\r\n\r\n" + _NEXT,
    "host twice with a body": _POST + b"Host: b\r\n" + _LENGTH + b"\r\n" + _NEXT,
    # Targets and versions.
    "absolute target": b"GET http://b/read?x HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "absolute target of the link": b"GET http://a/abc1234 HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "no target": b"GET  HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "blank in the target": b"GET /re ad HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "two blanks": b"GET  /read  HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "tab in the request line": b"GET\t/read HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "version 0.9": b"GET /read\r\n\r\n" + _NEXT,
    "version 1.2": b"GET /read HTTP/1.2\r\nHost: a\r\n\r\n" + _NEXT,
    "version 2.0": b"GET /read HTTP/2.0\r\nHost: a\r\n\r\n" + _NEXT,
    "version 11.1": b"GET /read HTTP/11.1\r\nHost: a\r\n\r\n" + _NEXT,
    "version in lower case": b"GET /read http/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "unknown method": b"SMUGGLE /read HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    "method in lower case": b"get /read HTTP/1.1\r\nHost: a\r\n\r\n" + _NEXT,
    # The end of a connection.
    "close": _GET + b"Connection: close\r\n\r\n" + _NEXT,
    "close among others": _GET + b"Connection: x, CLOSE ,y\r\n\r\n" + _NEXT,
    "close in a second header": _GET
    + b"Connection: keep-alive\r\nConnection: close\r\n\r\n"
    + _NEXT,
    "keep-alive in HTTP/1.0": b"GET /abc1234 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    + _NEXT,
    "expect": _POST + b"Expect: 100-continue\r\n" + _LENGTH + b"\r\n" + _NEXT,
    "expect, and a body that is not read": _POST.replace(b"read", b"ignore")
    + b"Expect: 100-continue\r\n"
    + _LENGTH
    + b"\r\n"
    + _NEXT,
    "expect, and chunks that are not read": _POST.replace(b"read", b"ignore")
    + b"Expect: 100-continue\r\n"
    + _CHUNKED
    + b"\r\n28\r\n"
    + _NEXT
    + b"\r\n0\r\n\r\n"
    + _NEXT * 3,
    "expect without a body": _GET + b"Expect: 100-continue\r\n\r\n" + _NEXT,
    "unknown expectation": _POST + b"Expect: wonders\r\n" + _LENGTH + b"\r\n" + _NEXT,
    "body that ends early": _POST + b"Content-Length: 500\r\n\r\n" + _NEXT,
    "garbage behind a request": _GET + b"\r\n\x00\x01garbage\r\n\r\n" + _NEXT,
    "answer instead of a request": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    + _NEXT,
}
