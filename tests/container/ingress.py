"""Home Assistant's ingress, as far as an app sees it: a proxy below a path with a token, whose
requests to the app come from the Supervisor's address.

    with Ingress(listen=("127.0.0.1", 0)) as ingress:
        browser.get(ingress.url)
"""

import http.client
import http.server
import threading

PREFIX = "/api/hassio_ingress/0123456789abcdef0123456789abcdef"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade",
              "proxy-authorization", "content-length", "host"}
LARGEST_BODY = 1 << 20


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def proxy(self):
        if self.path == PREFIX:
            self.send_response(301)
            self.send_header("Location", PREFIX + "/")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if not self.path.startswith(PREFIX + "/"):
            return self.send_error(404)
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY)
        body = self.rfile.read(length) if length else None
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in HOP_BY_HOP}
        headers["Host"] = self.headers.get("Host", "")
        headers["X-Ingress-Path"] = PREFIX
        headers["X-Remote-User-Name"] = "owner"
        server = self.server
        connection = http.client.HTTPConnection(*server.app, timeout=60,
                                                source_address=(server.source, 0))
        try:
            connection.request(self.command, self.path.removeprefix(PREFIX), body, headers)
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError as error:
            self.send_error(502, str(error))
        finally:
            connection.close()

    do_GET = do_POST = proxy  # noqa: N815 (names that the library calls)


class Ingress:
    def __init__(self, app, source, listen=("127.0.0.1", 0)):
        self.server = http.server.ThreadingHTTPServer(listen, Handler)
        self.server.daemon_threads = True
        self.server.app, self.server.source = app, source
        host, port = self.server.server_address[:2]
        self.url = f"http://{host}:{port}{PREFIX}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
