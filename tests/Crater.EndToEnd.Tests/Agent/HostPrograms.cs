namespace Crater.EndToEnd.Tests.Agent;

/// <summary>What runs on the hosts of the tests.</summary>
internal static class HostPrograms
{
    /// <summary>Answers each line on port 7000, on connections that stay open.</summary>
    public const string Store = """
        import socketserver

        class Line(socketserver.StreamRequestHandler):
            def handle(self):
                for _ in self.rfile:
                    self.wfile.write(b"pong\n")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        Server(("0.0.0.0", 7000), Line).serve_forever()
        """;

    /// <summary>Asks the store for each request on port 8080; without an answer within a second it says 503, or 200 where it has a fallback.</summary>
    public const string App = """
        import http.server, socket, sys, threading, time

        store, fallback = (sys.argv[1], 7000), sys.argv[2] == "fallback"
        lock, link = threading.Lock(), None

        def ask():
            global link
            # Who has a fallback does not stand in line for a store that hangs.
            if not lock.acquire(timeout=0.2 if fallback else -1):
                return False
            try:
                try:
                    if link is None:
                        link = socket.create_connection(store, timeout=1)
                    link.settimeout(1)
                    link.sendall(b"ping\n")
                    if link.recv(16).startswith(b"pong"):
                        return True
                    raise OSError("closed")
                except OSError:
                    if link is not None:
                        link.close()
                    link = None
                    return False
            finally:
                lock.release()

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if ask() or fallback else 503)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *words):
                pass

        while not ask():
            time.sleep(0.1)
        http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Page).serve_forever()
        """;
}
