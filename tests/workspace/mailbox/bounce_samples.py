"""Notices of mails that did not arrive, as servers write them: their wording and their parts are those of the programs
named, what is in them is made up. `%s` stands for the Message-ID of the mail."""

REPORT = """\
Return-Path: <>
From: {sender}
To: ana@example.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

{words}
--B
Content-Type: message/delivery-status

{status}

--B
Content-Type: {kind}

From: ana@example.test
To: bob@far.example
Subject: Seeds
Message-ID: <%s>

--B--
"""


def report(sender: str, words: str, status: str, kind: str = "message/rfc822") -> str:
    return REPORT.format(sender=sender, words=words, status=status, kind=kind)


POSTFIX = report(
    "MAILER-DAEMON@mx.example.test (Mail Delivery System)",
    """This is the mail system at host mx.example.test.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<bob@far.example>: host mx.far.example[192.0.2.7] said: 550 5.1.1
    <bob@far.example>: Recipient address rejected: User unknown in local
    recipient table (in reply to RCPT TO command)""",
    """Reporting-MTA: dns; mx.example.test
X-Postfix-Queue-ID: 4F2A1C0D
X-Postfix-Sender: rfc822; ana@example.test
Arrival-Date: Mon,  2 Mar 2026 15:00:00 +0000 (UTC)

Final-Recipient: rfc822; bob@far.example
Original-Recipient: rfc822;bob@far.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.far.example
Diagnostic-Code: smtp; 550 5.1.1 <bob@far.example>: Recipient address rejected:
    User unknown in local recipient table""",
)

POSTFIX_LATE = report(
    "MAILER-DAEMON@mx.example.test (Mail Delivery System)",
    """# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.""",
    """Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; bob@far.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.far.example[192.0.2.7]:25: Connection timed out
Will-Retry-Until: Sat,  7 Mar 2026 15:00:00 +0000 (UTC)""",
    "text/rfc822-headers",
)

SENDMAIL_TWO = report(
    "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
    """The original message was received at Mon, 2 Mar 2026 15:00:00 GMT

   ----- The following addresses had permanent fatal errors -----
<bob@far.example>
    (reason: 552 5.2.2 Over quota)
<cy@gone.example>""",
    """Reporting-MTA: dns; mx.example.test

Final-Recipient: RFC822; bob@far.example
Action: failed
Status: 5.2.2
Diagnostic-Code: SMTP; 552 5.2.2 Over quota

Final-Recipient: RFC822; cy@gone.example
Action: failed
Status: 5.1.2
Remote-MTA: DNS; gone.example

Final-Recipient: RFC822; dee@far.example
Action: relayed
Status: 2.0.0""",
)

GMAIL = report(
    "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    "** Address not found **\n\nYour message wasn't delivered to bob@far.example.",
    """Reporting-MTA: dns; googlemail.com
Arrival-Date: Mon, 02 Mar 2026 07:00:00 -0800 (PST)
X-Original-Message-ID: <%s>

Final-Recipient: rfc822; bob@far.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.9, the server for the domain far.example.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces. - gsmtp
Last-Attempt-Date: Mon, 02 Mar 2026 07:00:01 -0800 (PST)""".replace("<%s>", "<other@x>"),
)

EXCHANGE = report(
    "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@far.example",
    "Your message to bob@far.example couldn't be delivered.",
    """Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.exchangelabs.com

Final-Recipient: rfc822;bob@far.example
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
X-Display-Name: bob""",
)

EXIM = """\
Return-path: <>
X-Failed-Recipients: bob@far.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.test>
To: ana@example.test
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@far.example
    SMTP error from remote mail server after RCPT TO:<bob@far.example>:
    host mx.far.example [192.0.2.7]: 550 5.1.1 no such user here

------ This is a copy of the message, including all the headers. ------

Return-path: <ana@example.test>
From: Ana <ana@example.test>
To: bob@far.example
Message-Id: <%s>

Hello
"""

EXIM_LATE = """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.example.test>
To: ana@example.test
Subject: Warning: message 1abcde-000001-AB delayed 24 hours

A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.test.

The message identifier is:     1abcde-000001-AB
The subject of the message is: Seeds
In-Reply-To-Message: none

The address to which the message has not yet been delivered is:

  bob@far.example
    host mx.far.example [192.0.2.7]: Connection timed out

No action is required on your part. Delivery attempts will continue.

------ The header of the original message is following. ------

Message-ID: <%s>
"""

QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.test
To: ana@example.test
Subject: failure notice

Hi. This is the qmail-send program at mx.example.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@far.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.2.1 The email account that you tried to reach is disabled
Giving up on 192.0.2.7.

<cy@far.example>:
User's mailbox is full

--- Below this line is a copy of the message.

Return-Path: <ana@example.test>
Message-ID: <%s>
From: ana@example.test

Hello
"""

YAHOO = """\
From: MAILER-DAEMON@yahoo.example
To: ana@example.test
Subject: Failure Notice

Sorry, we were unable to deliver your message to the following address.

<bob@far.example>:
554: delivery error: dd Sorry your message to bob@far.example cannot be delivered. This mailbox is disabled (554.30).

--- Original message below.

Message-ID: <%s>
"""

EXCHANGE_OLD = """\
From: System Administrator <postmaster@far.example>
To: ana@example.test
Subject: Undeliverable: Seeds
In-Reply-To: <%s>

Your message did not reach some or all of the intended recipients.

      Subject:  Seeds
      Sent:     3/2/2026 3:00 PM

The following recipient(s) could not be reached:

      bob@far.example on 3/2/2026 3:00 PM
            The e-mail account does not exist at the organization this message was sent to.
            <mx.far.example #5.1.1>
"""

IMAIL = """\
From: Postmaster <postmaster@far.example>
To: ana@example.test
Subject: Undeliverable Mail

User mailbox exceeds allowed size: bob@far.example

Original message follows.

Message-ID: <%s>
"""

KEY_ONLY = report(
    "postmaster@far.example", "No.", "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.0.0"
).replace("Message-ID: <%s>", "Message-ID: <rewritten@far.example>\nX-Sayso-Key: %s")
