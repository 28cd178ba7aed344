"""Receives what Gatelodge tells: an SMTP server (aiosmtpd) and a webhook receiver whose signatures the library of
Standard Webhooks checks. Judges only what arrived."""

import email
import email.policy
import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

arrived = threading.Condition()
mails, hooks = [], []


class AnyPort(Controller):
    """Listens at a port of the system's choice; the controller would greet itself at the number it was given."""

    def _trigger_server(self):
        with socket.create_connection(self.server.sockets[0].getsockname()[:2], 30) as greeting:
            greeting.recv(1024)


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with arrived:
            mails.append(
                {
                    "to": envelope.rcpt_tos,
                    "from": envelope.mail_from,
                    "subject": message["subject"],
                    "id": message["message-id"],
                    "headers": sorted(name.lower() for name in message.keys()),
                    "text": message.get_content(),
                }
            )
            arrived.notify_all()
        return "250 OK"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with arrived:
            # The first message is refused once: it must come again under its id.
            first = not hooks
            hooks.append({"headers": dict(self.headers.items()), "body": body.decode(), "taken": not first})
            arrived.notify_all()
        self.send_response(503 if first else 204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def judged(hook, secret):
    headers = {name.lower(): value for name, value in hook["headers"].items()}
    try:
        payload = Webhook(secret).verify(hook["body"], headers)
        verified = True
    except WebhookVerificationError as error:
        payload, verified = str(error), False
    try:
        Webhook(secret).verify(hook["body"] + " ", headers)
        tampered = "accepted"
    except WebhookVerificationError:
        tampered = "refused"
    return {
        "id": headers["webhook-id"],
        "verified": verified,
        "tampered": tampered,
        "payload": payload,
        "taken": hook["taken"],
    }


def main():
    json.loads(sys.stdin.readline())
    mailbox = AnyPort(Mailbox(), hostname="127.0.0.1", port=0, ready_timeout=30)
    mailbox.start()
    smtp = mailbox.server.sockets[0].getsockname()[1]
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    print(json.dumps({"says": {"smtp": smtp, "http": receiver.server_port}}), flush=True)
    wanted = json.loads(sys.stdin.readline())
    with arrived:
        arrived.wait_for(lambda: len(mails) >= wanted["mails"] and len(hooks) >= wanted["webhooks"], timeout=60)
        report = {"mails": mails, "webhooks": [judged(hook, wanted["secret"]) for hook in hooks]}
    print(json.dumps({"report": report}), flush=True)
    receiver.shutdown()
    mailbox.stop()


main()
