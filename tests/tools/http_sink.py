#!/usr/bin/env python3
"""A web server on the loopback that writes down what it is asked.

    http_sink.py FILE

Prints its port. Each request becomes a line of JSON in FILE: method, path,
headers, body. A path that begins with /refuse is answered with 500.
"""
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size).decode("utf-8", "replace")
        with open(sys.argv[1], "a", encoding="utf-8") as f:
            f.write(json.dumps({
                "method": self.command, "path": self.path, "body": body,
                "headers": {k.lower(): v for k, v in self.headers.items()},
            }) + "\n")
        self.send_response(500 if self.path.startswith("/refuse") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
