"""A small HTTP/1.1 server for the tests of faults: it serves, echoes, upgrades, and calls other services when it is asked to."""
import hashlib
import http.client
import os
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

seen = []
kept = {}


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, *_):
        pass

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def do_POST(self):
        seen.append(self.path)
        body = self.body()
        self.answer(f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode())

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path != "/ready":
            seen.append(self.path)
        size = int(query.get("n", "2"))
        if url.path == "/seen":
            self.answer("\n".join(seen).encode())
        elif url.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, size, 1000):
                piece = b"c" * min(1000, size - at)
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        elif url.path == "/upgrade" and self.headers.get("Upgrade") == "echo":
            self.upgrade()
        elif url.path == "/call":
            self.answer(call(query["service"], query["path"], query.get("keep", "")))
        else:
            self.answer(b"x" * size)

    def upgrade(self):
        self.send_response(101)
        self.send_header("Upgrade", "echo")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        self.wfile.flush()
        while line := self.rfile.readline():
            self.wfile.write(line)
            self.wfile.flush()
        self.close_connection = True


def call(service, path, keep):
    """The milliseconds that a call took, or the name of its error; `keep` names a connection that stays open for the next call."""
    began = time.monotonic()
    try:
        link = kept.get(keep) or http.client.HTTPConnection(
            os.environ[service + "_SERVICE_HOST"], int(os.environ[service + "_SERVICE_PORT"]), timeout=20)
        link.request("GET", path)
        answer = link.getresponse()
        answer.read()
        if keep:
            kept[keep] = link
        else:
            link.close()
        return f"{(time.monotonic() - began) * 1000:.3f} {answer.status}".encode()
    except (OSError, http.client.HTTPException) as problem:
        kept.pop(keep, None)
        return f"{(time.monotonic() - began) * 1000:.3f} {type(problem).__name__}".encode()


if __name__ == "__main__":
    socket.setdefaulttimeout(None)
    Server((sys.argv[1], 8080), App).serve_forever()
