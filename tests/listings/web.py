# SPDX-License-Identifier: MIT
"""The listing that user/demos/web.c follows."""
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import ProxyHandler, build_opener

urlopen = build_opener(ProxyHandler({})).open  # not through a proxy that the host may have


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Hello, World!\n")

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
Thread(target=server.serve_forever, daemon=True).start()
print(urlopen("http://%s:%d/" % server.server_address).read().decode())
