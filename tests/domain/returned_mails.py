"""Mails that came back, written in the manner of many mail systems: what each is, and what it says of the address.

``{to}``: the marked bounce address; ``{address}``: the reader's; ``{id}``: our Message-ID, left and right side.
"""

from typing import NamedTuple

from jobboard.base.states import Bounce

HARD, SOFT, NOTHING = Bounce.HARD, Bounce.SOFT, None


class Returned(NamedTuple):
    """One manner. ``says``: what shall be made of it."""

    name: str
    says: Bounce | None
    text: str

    def bytes(self, to: str, address: str, message_id: str) -> bytes:
        """The mail as it arrives, with CRLF."""
        filled = self.text.replace("{to}", to).replace("{address}", address).replace("{id}", message_id)
        return filled.strip("\n").replace("\n", "\r\n").encode() + b"\r\n"


def report(fields: str, told: str = "", *, sender: str = "MAILER-DAEMON@mx.reader.jp (Mail Delivery System)", head: str = "") -> str:
    """RFC 3464's three parts: words, fields of the recipient, headers of what is returned."""
    return f"""
Return-Path: <>
Delivered-To: {{to}}
From: {sender}
To: {{to}}
Subject: Undelivered Mail Returned to Sender
{head}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B8F1"

This is a MIME-encapsulated message.

--B8F1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

{told or "I'm sorry to have to inform you that your message could not be delivered."}

--B8F1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.jp
Arrival-Date: Wed,  1 Apr 2026 09:00:03 +0900 (JST)

{fields.strip()}

--B8F1
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{{to}}>
Message-ID: <{{id}}>
From: oshirase@jobs.example.go.jp
To: {{address}}
Subject: =?utf-8?b?6Z2S6JGJ5biC?=

--B8F1--
"""


def fields(status: str, told: str = "", action: str = "failed", more: str = "") -> str:
    """The fields of one recipient."""
    diagnostic = f"\nDiagnostic-Code: smtp; {told}" if told else ""
    return f"{more}Final-Recipient: rfc822; {{address}}\nAction: {action}\nStatus: {status}\nRemote-MTA: dns; mx.reader.jp{diagnostic}"


POSTFIX = "Original-Recipient: rfc822;{address}\n"
AUTOMATIC = "Auto-Submitted: auto-replied\n"

GMAIL = """
Return-Path: <>
Delivered-To: {to}
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {to}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{id}>
In-Reply-To: <{id}>
X-Failed-Recipients: {address}
MIME-Version: 1.0
Content-Type: multipart/report; boundary="00000000000aa"; report-type=delivery-status

--00000000000aa
Content-Type: multipart/related; boundary="00000000000bb"

--00000000000bb
Content-Type: multipart/alternative; boundary="00000000000cc"

--00000000000cc
Content-Type: text/plain; charset="UTF-8"

** アドレスが見つかりません **

{address} が見つからないか、メールを受信できないため、メールは配信されませんでした。

The response was:
550 5.1.1 The email account that you tried to reach does not exist.
--00000000000cc--
--00000000000bb--
--00000000000aa
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Tue, 31 Mar 2026 17:00:03 -0700 (PDT)

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces.
Last-Attempt-Date: Tue, 31 Mar 2026 17:00:03 -0700 (PDT)

--00000000000aa
Content-Type: message/rfc822

Message-ID: <{id}>
To: {address}
Subject: test

body
--00000000000aa--
"""

EXIM_OLD = """
Return-path: <>
Envelope-to: {to}
X-Failed-Recipients: {address}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.reader.jp>
To: {to}
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

Return-path: <{to}>
Message-ID: <{id}>
Subject: 550 in the subject of ours counts nothing
"""

QMAIL = """
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.reader.jp
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.reader.jp.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{to}>
Message-ID: <{id}>
To: {address}
"""

DOCOMO = """
Return-Path: <>
From: MAILER-DAEMON@docomo.ne.jp
To: {to}
Subject: Mail System Error - Returned Mail
MIME-Version: 1.0
Content-Type: text/plain; charset=US-ASCII

This Message was undeliverable due to the following reason:

The user(s) account is disabled or does not exist on this system.
   550 Unknown user {address}

Please reply to Postmaster@docomo.ne.jp
if you feel this message to be in error.

Message-ID: <{id}>
"""

AU = """
Return-Path: <>
From: Postmaster@ezweb.ne.jp
To: {to}
Subject: Mail System Error - Returned Mail
MIME-Version: 1.0
Content-Type: text/plain; charset=ISO-2022-JP

Each of the following recipients was rejected by a remote mail server.

    Recipient: <{address}>
    Reason:    550 <{address}>: User unknown

Message-ID: <{id}>
"""

CARRIER_REFUSES = """
Return-Path: <>
From: postmaster@carrier.ne.jp
To: {to}
Subject: Undeliverable Mail
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

次の宛先には、受信拒否の設定などのためメールをお届けできませんでした。

{address}

Message-ID: <{id}>
"""

EXCHANGE_OLD = """
Return-Path: <>
From: System Administrator <postmaster@office.reader.jp>
To: {to}
Subject: Undeliverable: notice
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_NextPart"

--=_NextPart
Content-Type: text/plain; charset="iso-8859-1"

Your message

  To:      {address}
  Subject: notice

did not reach the following recipient(s):

{address} on Wed, 1 Apr 2026 09:00:03 +0900
    The recipient name is not recognized
    The MTS-ID of the original message is: c=JP;a= ;p=OFFICE;l=X
    MSEXCH:IMS:OFFICE:X 0 (000C05A6) Unknown Recipient

--=_NextPart
Content-Type: message/rfc822

Message-ID: <{id}>
To: {address}

body
--=_NextPart--
"""

WARNING = """
Return-Path: <>
From: Mail Delivery System <Mailer-Daemon@mx.reader.jp>
To: {to}
Auto-Submitted: auto-replied
Subject: Warning: message 1abcDE-000123-45 delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.reader.jp.

The message identifier is:     1abcDE-000123-45

The address to which the message has not yet been delivered is:

  {address}
    Delay reason: 451 4.7.1 Greylisted

No action is required on your part.
"""

VACATION = """
Return-Path: <>
From: {address}
To: {to}
Auto-Submitted: auto-replied
In-Reply-To: <{id}>
References: <{id}>
Subject: =?utf-8?b?5LiN5Zyo?=
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

4月10日まで不在です。550円の件は戻りましてから。This address is no longer in use after May.
"""

OLD_VACATION = """
Return-Path: <>
From: Tanaka <{address}>
To: {to}
Precedence: junk
Subject: away from my mail
In-Reply-To: <{id}>

I have moved. The account does not exist for much longer, please write to my colleagues.
"""

REPLY = """
Return-Path: <{address}>
From: Tanaka <{address}>
To: oshirase@jobs.example.go.jp
In-Reply-To: <{id}>
References: <{id}>
Subject: Re: notice

Mail to my colleague came back: 550 5.1.1 User unknown. Could you tell me why?
"""

RECEIPT = """
Return-Path: <>
From: {address}
To: {to}
Subject: Read: notice
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="R"

--R
Content-Type: text/plain; charset=utf-8

Your message was displayed. Room 550 5.1.1.

--R
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{address}
Original-Message-ID: <{id}>
Disposition: manual-action/MDN-sent-manually; displayed

--R--
"""

COMPLAINT = """
Return-Path: <>
From: <complaints@mail.reader.jp>
To: {to}
Subject: complaint about message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="F"

--F
Content-Type: text/plain

This is an abuse report. 550 5.1.1 is no part of it.

--F
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1

--F
Content-Type: text/rfc822-headers

Message-ID: <{id}>

--F--
"""

WRAPPED = """
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@gate.reader.jp
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="OUT"

--OUT
Content-Type: text/plain

This mail was scanned.

--OUT
Content-Type: multipart/report; report-type=delivery-status; boundary="IN"

--IN
Content-Type: text/plain

No such user.

--IN
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.jp

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--IN--
--OUT--
"""

EXPANDED = POSTFIX + (
    "Final-Recipient: rfc822; retired@office.reader.jp\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <retired@office.reader.jp>: Recipient address rejected: User unknown"
)
PARTLY = (
    fields("5.1.1", "550 5.1.1 User unknown")
    + "\n\nFinal-Recipient: rfc822; other@reader.jp\nAction: relayed\nStatus: 2.0.0"
)

MAILS = (
    Returned("postfix, no such user", HARD, report(
        fields("5.1.1", "550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table", more=POSTFIX),
        "<{address}>: host mx.reader.jp[192.0.2.1] said: 550 5.1.1 <{address}>: Recipient\n    address rejected", head=AUTOMATIC)),
    Returned("postfix, no such domain", HARD, report(
        fields("5.4.4", more=POSTFIX).replace("smtp;", "X-Postfix;"), "<{address}>: Host or domain name not found.", head=AUTOMATIC)),
    Returned("postfix, mailbox full", SOFT, report(fields("5.2.2", "552 5.2.2 <{address}>: Mailbox full", more=POSTFIX))),
    Returned("postfix, gave up after five days", SOFT, report(
        fields("4.4.1", more=POSTFIX), "<{address}>: connect to mx.reader.jp[192.0.2.1]:25: Connection timed out")),
    Returned("postfix, late", NOTHING, report(fields("4.4.1", "451 4.4.1 try again", "delayed", POSTFIX))),
    Returned("postfix, refused by a rule", SOFT, report(
        fields("5.7.1", "554 5.7.1 <{address}>: Recipient address rejected: Access denied"))),
    Returned("postfix, delivered as asked", NOTHING, report(fields("2.0.0", "250 OK", "delivered"))),
    Returned("postfix, a member of the group is gone", SOFT, report(EXPANDED)),
    Returned("postfix, one of two is gone", SOFT, report(PARTLY)),
    Returned("sendmail, user unknown", HARD, report(
        fields("5.1.1", "550 5.1.1 <{address}>... User unknown"),
        "   ----- The following addresses had permanent fatal errors -----\n<{address}>")),
    Returned("sendmail, host unknown", HARD, report(fields("5.1.2", "550 5.1.2 <{address}>... Host unknown (Name server: reader.jp)"))),
    Returned("sendmail, says no more than 5.0.0", HARD, report(fields("5.0.0", "550 5.0.0 <{address}>... Addressee unknown"))),
    Returned("sendmail, warns", NOTHING, report(fields("4.2.0", "450 try later", "delayed"), "WARNING MESSAGE ONLY")),
    Returned("exim, status fields", HARD, report(
        fields("5.0.0", "550-5.1.1 The mailbox does not exist\n 550 5.1.1 here"), head="X-Failed-Recipients: {address}\n")),
    Returned("exim, unrouteable in words alone", HARD, report(
        fields("5.0.0"), "The following address(es) failed:\n\n  {address}\n    Unrouteable address")),
    Returned("exim, before status fields", HARD, EXIM_OLD),
    Returned("exim, warns", NOTHING, WARNING),
    Returned("exchange online, not found", HARD, report(
        fields("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {address} not found by SMTP address lookup"),
        "Your message to {address} couldn't be delivered.",
        sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@reader.jp>")),
    Returned("exchange online, not in its directory", HARD, report(
        fields("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [TY2.prod.outlook.com]"))),
    Returned("exchange online, no such domain", HARD, report(
        fields("5.4.310", "550 5.4.310 DNS domain reader.jp does not exist [Message=InfoDomainNonexistent]"))),
    Returned("exchange online, policy", SOFT, report(
        fields("5.7.509", "550 5.7.509 Access denied, sending domain does not pass DMARC verification"))),
    Returned("exchange, in its old words", HARD, EXCHANGE_OLD),
    Returned("gmail, no account", HARD, GMAIL),
    Returned("gmail, over quota", SOFT, GMAIL.replace("5.1.1", "5.2.2").replace("does not exist", "is over quota").replace(
        "アドレスが見つかりません", "受信トレイに空きがありません").replace("が見つからないか、", "は、")),
    Returned("gmail, inactive account", HARD, report(fields("5.2.1", "550 5.2.1 The email account is inactive."))),
    Returned("gmail, taken for spam", SOFT, report(fields("5.7.1", "550-5.7.1 likely suspicious due to the low reputation"))),
    Returned("yahoo, closed", HARD, report(fields("5.0.0", "554 delivery error: dd This user doesn't have a yahoo.co.jp account"))),
    Returned("yahoo, puts off", SOFT, report(fields("4.7.0", "421 4.7.0 [TSS04] Messages temporarily deferred"))),
    Returned("docomo-like, unknown user", HARD, DOCOMO),
    Returned("au-like, user unknown", HARD, AU),
    Returned("softbank-like, invalid recipient", HARD, AU.replace("{address}>: User unknown", "{address}> Invalid recipient")),
    Returned("carrier, refused by its user's settings", SOFT, CARRIER_REFUSES),
    Returned("qmail, no mailbox", HARD, QMAIL),
    Returned("qmail, full", SOFT, QMAIL.replace("no mailbox here by that name. (#5.1.1)", "the user is over quota. (#5.2.2)")),
    Returned("our own address is blamed", SOFT, report(fields("5.1.8", "553 5.1.8 <{to}>... Domain of sender does not exist"))),
    Returned("too large", SOFT, report(fields("5.3.4", "552 5.3.4 Message size exceeds fixed limit"))),
    Returned("says nothing but failed", SOFT, report(fields("5.0.0"), "Sorry.")),
    Returned("no status, an action alone", HARD, report(fields("", "550 no such user").replace("Status: \n", ""))),
    Returned("report within a scanned mail", HARD, WRAPPED),
    Returned("automatic answer", NOTHING, VACATION),
    Returned("automatic answer of old", NOTHING, OLD_VACATION),
    Returned("a person's reply", NOTHING, REPLY),
    Returned("receipt", NOTHING, RECEIPT),
    Returned("complaint", NOTHING, COMPLAINT),
)  # fmt: skip
