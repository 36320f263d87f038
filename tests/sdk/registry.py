"""A registry for container images on loopback, with one tiny image that answers to every name
(OCI distribution specification, as far as pulling goes)."""

import gzip
import hashlib
import http.server
import io
import json
import tarfile
import threading

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def make_layer():
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for name, text in (("bin/sh", b"#!/bin/sh\n"), ("etc/passwd", b"root:x:0:0::/:/bin/sh\n")):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text))
    return raw.getvalue()


def describe(media_type, data):
    return {"mediaType": media_type, "digest": digest(data), "size": len(data)}


class Registry:
    """Serves as long as the `with` block; `host` is its address and port."""

    def __init__(self, machine):
        raw = make_layer()
        layer = gzip.compress(raw, mtime=0)
        config = json.dumps(
            {
                "architecture": ARCHITECTURES[machine],
                "os": "linux",
                "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/bin"]},
                "rootfs": {"type": "layers", "diff_ids": [digest(raw)]},
                "history": [],
            }
        ).encode()
        self._manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": describe(CONFIG, config),
                "layers": [describe(LAYER, layer)],
            }
        ).encode()
        self._blobs = {digest(data): data for data in (config, layer)}

    def __enter__(self):
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                registry._answer(self)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = "127.0.0.1:%d" % self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request):
        path = request.path.split("?")[0]
        body, kind = None, "application/octet-stream"
        if path == "/v2/":
            body, kind = b"{}", "application/json"
        elif "/manifests/" in path:
            body, kind = self._manifest, MANIFEST
        elif "/blobs/" in path:
            body = self._blobs.get(path.rpartition("/")[2])
        request.send_response(200 if body is not None else 404)
        body = body or b""
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Docker-Content-Digest", digest(body))
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body)
