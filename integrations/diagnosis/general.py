"""What can go wrong with any system: addresses, the network, HTTP, and the delivery engine itself."""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

ADDRESS: dict[str, Diagnosis] = {
    "url_unreadable": Diagnosis(
        _("The URL cannot be read."),
        _("Write it like https://crm.example.com/leads, without blanks, with a port between 1 and 65535 if any."),
        Who.PUBLISHER,
    ),
    "url_not_ascii": Diagnosis(
        _("The URL has letters outside plain ASCII."),
        _("Write the host in punycode (xn--…) and percent-encode the rest."),
        Who.PUBLISHER,
    ),
    "url_not_https": Diagnosis(
        _("The URL does not begin with https://."),
        _("Use an https:// URL: leads are personal data and must not travel in clear text."),
        Who.PUBLISHER,
    ),
    "url_has_user": Diagnosis(
        _("The URL holds a user name or password."),
        _("Take it out of the URL, up to the @. A sign-in has boxes of its own."),
        Who.PUBLISHER,
    ),
    "url_has_fragment": Diagnosis(
        _("The URL has a part after #, which is never sent to a server."),
        _("Remove the # and what follows."),
        Who.PUBLISHER,
    ),
    "url_port_not_allowed": Diagnosis(
        _("The URL names a port that is reserved for other services."),
        _("Use the standard port, or one from 1024 to 65535."),
        Who.PUBLISHER,
    ),
    "address_not_public": Diagnosis(
        _("The host belongs to a private or reserved network, and requests into those are blocked."),
        _("Use a public host, or have the network added to LEADCRM_ALLOWED_PRIVATE_NETWORKS."),
        Who.OPS,
    ),
}

NETWORK: dict[str, Diagnosis] = {
    "name_unknown": Diagnosis(
        _("The host name could not be resolved. Nothing was sent."),
        _("If this lasts, check the host name for typing errors and that its DNS entry exists."),
        Who.PUBLISHER,
    ),
    "cannot_connect": Diagnosis(
        _("Could not connect to the server. Nothing was sent."),
        _("If this lasts, check host and port, that the server runs, and that its firewall lets us in."),
        Who.RECEIVER,
    ),
    "tls_failed": Diagnosis(
        _("The server did not agree on a secure connection. Nothing was sent."),
        _("If this lasts, check that this port speaks HTTPS with TLS 1.2 or newer."),
        Who.RECEIVER,
    ),
    "tls_untrusted": Diagnosis(
        _("The server's certificate cannot be trusted. Nothing was sent."),
        _("Renew the certificate, or have it issued for this host name by a public authority, with its whole chain."),
        Who.RECEIVER,
    ),
    "no_answer_in_time": Diagnosis(
        _("The request was sent, but no complete answer came in time. The lead may have arrived."),
        _("If this lasts, make the receiver answer first and work afterwards."),
        Who.RECEIVER,
    ),
    "connection_lost": Diagnosis(
        _("The request was sent, but the connection ended without an answer. The lead may have arrived."),
        _("If this lasts, look at the receiver's log for this time."),
        Who.RECEIVER,
    ),
    "answer_cut_off": Diagnosis(
        _("The request was sent, but the answer broke off. The lead may have arrived."),
        _("If this lasts, look at the receiver and at proxies in front of it."),
        Who.RECEIVER,
    ),
    "answer_not_http": Diagnosis(
        _("The request was sent, but what came back is not HTTP. The lead may have arrived."),
        _("Check host and port: another kind of service seems to listen there."),
        Who.PUBLISHER,
    ),
    "unreadable_answer": Diagnosis(
        _("The server answered, but not as this kind of system does: often a maintenance page or a proxy in between."),
        _("If this lasts, open the URL from this network and see who answers."),
        Who.RECEIVER,
    ),
}

STATUS: dict[str, Diagnosis] = {
    "redirected": Diagnosis(
        _("The URL redirects to another address. Leads are not sent there unasked."),
        _("If the other address is right, enter it in the settings in place of this one."),
        Who.PUBLISHER,
    ),
    "sign_in_refused": Diagnosis(
        _("The receiving system refused the sign-in."),
        _("Enter the credentials anew, and check that they have not expired."),
        Who.PUBLISHER,
    ),
    "access_refused": Diagnosis(
        _("The receiving system knows us, but does not permit this."),
        _("Give the account the right to create leads; check licence, plan and lists of allowed addresses."),
        Who.RECEIVER,
    ),
    "address_not_found": Diagnosis(
        _("The receiving system has nothing at this URL."),
        _("Check the URL's path: copy it anew from the receiving system."),
        Who.PUBLISHER,
    ),
    "address_gone": Diagnosis(
        _("What was at this URL has been removed for good."),
        _("Enter the new URL, or switch the destination off."),
        Who.PUBLISHER,
    ),
    "method_refused": Diagnosis(
        _("The receiver does not take this method at this URL."),
        _("Choose the other method (POST or PUT), or check the URL's path."),
        Who.PUBLISHER,
    ),
    "proxy_sign_in": Diagnosis(
        _("A proxy in front of the receiver asks for a sign-in."),
        _("Enter the URL of the receiver itself, or let our address pass the proxy without sign-in."),
        Who.RECEIVER,
    ),
    "receiver_asks_to_stop": Diagnosis(
        _("The receiver asks to stop: it answered 410 Gone."),
        _("Ask its owner whether leads are still wanted there, correct the URL, then resume the destination by hand."),
        Who.PUBLISHER,
    ),
    "not_supported": Diagnosis(
        _("The server cannot do what the request needs."),
        _("Check that the URL leads to the receiver and that it takes this method over HTTP/1.1."),
        Who.RECEIVER,
    ),
    "record_refused": Diagnosis(
        _("The receiving system refused this lead."),
        _(
            "Read its answer. Change the receiver's rules or the field mapping, then try again; or enter the lead "
            "over there by hand and give up on this delivery."
        ),
        Who.SALES,
    ),
    "record_too_large": Diagnosis(
        _("The receiving system finds this lead too large."),
        _(
            "Raise the receiver's limit, or take a long field out of the mapping, then try again; or enter the lead "
            "over there by hand and give up on this delivery."
        ),
        Who.RECEIVER,
    ),
    "conflict": Diagnosis(
        _("The receiving system says that this lead conflicts with a record it has."),
        _("Look for the lead over there. If it is missing, enter it there by hand. Then give up on this delivery."),
        Who.SALES,
    ),
    "throttled": Diagnosis(
        _("The receiving system asks for fewer requests. All deliveries to it wait."),
        _("Nothing to do now. If it happens often, ask for a higher limit over there."),
        Who.NOBODY,
    ),
    "server_trouble": Diagnosis(
        _("The receiving system has trouble of its own."),
        _("Nothing to do now. If it lasts, tell those who run it."),
        Who.NOBODY,
    ),
}

ENGINE: dict[str, Diagnosis] = {
    "claim_lost": Diagnosis(
        _("The worker stopped while sending."),
        _("Nothing to do: the delivery is tried again. If it happens often, look at the worker's log and memory."),
        Who.NOBODY,
    ),
    "may_have_arrived": Diagnosis(
        _("The lead may have arrived, and this system cannot recognise a repeat."),
        _("Look for the lead over there. Then mark it as arrived, or send it again."),
        Who.SALES,
    ),
    "made_workers_stop": Diagnosis(
        _("This delivery made a worker stop three times, and is not tried again by itself."),
        _("Look at the worker's log for these times before you try again."),
        Who.OPS,
    ),
    "failing_for_days": Diagnosis(
        _("Nothing got through for five days, so Lead CRM stopped trying. Leads wait; none is lost."),
        _("See at its deliveries what the other system answered, and put that right."),
        Who.PUBLISHER,
    ),
    "waited_too_long": Diagnosis(
        _("The delivery waited longer than the time allowed while its destination was stopped."),
        _("Put the destination right, then send the delivery again."),
        Who.PUBLISHER,
    ),
    "no_outcome": Diagnosis(
        _("Lead CRM sent the lead, but does not know what became of it. It may have arrived."),
        _("Nothing to do where repeats are recognised: it is tried again. Otherwise look for the lead over there."),
        Who.MAKERS,
    ),
    "kind_unknown": Diagnosis(
        _("This version of Lead CRM does not know this kind of destination."),
        _("Update Lead CRM, or set up the destination anew."),
        Who.OPS,
    ),
    "secrets_unreadable": Diagnosis(
        _("The destination's stored secrets cannot be decrypted."),
        _("Put the key they were stored with back into LEADCRM_FIELD_KEYS, or enter the secrets anew."),
        Who.OPS,
    ),
    "settings_invalid": Diagnosis(
        _("The destination's settings are not complete or no longer allowed."),
        _("Open the destination, correct what is marked there, and save it."),
        Who.PUBLISHER,
    ),
    "defect": Diagnosis(
        _("Lead CRM made an error of its own."),
        _("Report it with the time and the log's entry for this delivery. The lead is kept."),
        Who.MAKERS,
    ),
}

CATALOGUE: dict[str, Diagnosis] = ADDRESS | NETWORK | STATUS | ENGINE
