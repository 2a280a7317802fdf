#!/usr/bin/env python3
"""Servers of stores on loopback, for the program's tests and for the demo.

store_server.py s3|gs|az|hdfs FOLDER BUCKET starts one, prints the variables under which skymill finds
it, ROOT and READY, and stops it when it is told to end. tools/fetch_test_servers.sh provides them.
"""

import base64
import email.utils
import hmac
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

CACHE = pathlib.Path(os.environ.get("SKYMILL_CACHE") or pathlib.Path.home() / ".cache" / "skymill")
SECRET = "canary-of-the-secret-key"
AZURE_ACCOUNT = "devstoreaccount1"  # that of azurite, whose key is public
AZURE_KEY = ("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw"
             "==")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def launch(port, *command, **environment):
    """The process, once something answers on the port."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, **environment})
    for _ in range(3000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
    process.kill()
    process.wait()
    raise RuntimeError(f"{command[0]} does not answer; run tools/fetch_test_servers.sh")


def ask(port, method, path, wanted, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers or {})
    status = connection.getresponse().status
    connection.close()
    if status != wanted:
        raise RuntimeError(f"{method} {path}: {status}")


def start_s3(folder, bucket, at_once=1):
    """versitygw, which checks signatures. The folder needs extended attributes, which /tmp may lack."""
    (folder / bucket).mkdir(parents=True)
    port = free_port()
    # More than one at a time, and conditional writes are not atomic: two creators may both win.
    process = launch(port, CACHE / "versitygw-1.7.0" / "versitygw", "--quiet", "--port",
                     f"127.0.0.1:{port}", "posix", "--concurrency", at_once, folder,
                     ROOT_ACCESS_KEY="key", ROOT_SECRET_KEY=SECRET)
    return process, {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "key",
                     "AWS_SECRET_ACCESS_KEY": SECRET}, f"s3://{bucket}/"


def start_gs(_, bucket):
    """fake-gcs-server, which asks for no credentials."""
    port = free_port()
    process = launch(port, CACHE / "fake-gcs-server-1.55.1" / "fake-gcs-server", "-scheme", "http",
                     "-host", "127.0.0.1", "-port", port, "-backend", "memory")
    ask(port, "POST", "/storage/v1/b", 200, f'{{"name": "{bucket}"}}')
    return process, {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{port}",
                     "GOOGLE_APPLICATION_CREDENTIALS": ""}, f"gs://{bucket}/"


def start_az(_, bucket):
    """Azurite, which checks signatures."""
    port = free_port()
    azurite = CACHE / "azurite-3.35.0"
    process = launch(port, azurite / "node", azurite / "node_modules/azurite/dist/src/blob/main.js",
                     "--silent", "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort",
                     port, "--skipApiVersionCheck", "--disableTelemetry")
    date = email.utils.formatdate(usegmt=True)
    text = ("PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:2021-12-02\n"
            f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{bucket}\nrestype:container")
    signed = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), "sha256").digest()
    ask(port, "PUT", f"/{AZURE_ACCOUNT}/{bucket}?restype=container", 201, headers={
        "x-ms-date": date, "x-ms-version": "2021-12-02",
        "Authorization": f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(signed).decode()}"})
    return process, {"AZURE_STORAGE_CONNECTION_STRING":
                     f"DefaultEndpointsProtocol=http;AccountName={AZURE_ACCOUNT};"
                     f"AccountKey={AZURE_KEY};"
                     f"BlobEndpoint=http://127.0.0.1:{port}/{AZURE_ACCOUNT};"}, f"az://{bucket}/"


def start_hdfs(folder, bucket):
    """A NameNode and a DataNode."""
    port, ready = free_port(), free_port()
    hadoop = CACHE / "hadoop-3.4.2"
    source = pathlib.Path(__file__).resolve().parent / "hdfs" / "HdfsServer.java"
    process = launch(ready, hadoop / "java", "-Xmx256m", "-XX:TieredStopAtLevel=1",
                     "-XX:+UseSerialGC", "--add-opens", "java.base/java.lang=ALL-UNNAMED", "-cp",
                     hadoop / "jars" / "*", source, folder / "hdfs", port, ready)
    return process, {}, f"hdfs://127.0.0.1:{port}/{bucket}/"


START = {"s3": start_s3, "gs": start_gs, "az": start_az, "hdfs": start_hdfs}


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in START:
        sys.exit(__doc__)
    process, variables, root = START[sys.argv[1]](pathlib.Path(sys.argv[2]), sys.argv[3])
    signal.signal(signal.SIGTERM, lambda *_: process.kill())
    for name, value in {**variables, "ROOT": root}.items():
        print(f"{name}={value}")
    print("READY", flush=True)
    process.wait()


if __name__ == "__main__":
    main()
