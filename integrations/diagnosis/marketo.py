"""What can go wrong with Marketo, REST and forms."""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

_ACCESS: dict[str, Diagnosis] = {
    "marketo_account_unknown": Diagnosis(
        _("Marketo has no account [{account}|of this ID]."),
        _("Copy the Munchkin account ID from Admin, Integration, Munchkin. If it is right, see whether this server can "
          "look up names."),
        Who.PUBLISHER,
    ),
    "marketo_client_refused": Diagnosis(
        _("Marketo refuses the client ID or the client secret."),
        _("Copy both anew from Admin, Integration, LaunchPoint, View Details of the service."),
        Who.PUBLISHER,
    ),
    "marketo_sign_in_refused": Diagnosis(
        _("Marketo refused the sign-in."),
        _("Read its answer. Compare the Munchkin account ID, client ID and client secret with those in Marketo, and "
          "see whether a proxy answers in Marketo's place."),
        Who.PUBLISHER,
    ),
    "marketo_sign_in_unanswered": Diagnosis(
        _("Marketo did not answer the sign-in completely. No lead was sent."),
        _("Nothing to do now. If it lasts, look at Adobe's status page."),
        Who.NOBODY,
    ),
    "marketo_token_refused": Diagnosis(
        _("Marketo gives out an access token, and then refuses it."),
        _("Check that the API-only user and the custom service still exist and that the user's access has not ended."),
        Who.PUBLISHER,
    ),
    "marketo_token_ending": Diagnosis(
        _("Marketo's access token is just ending. All deliveries wait for the next one."),
        _("Nothing to do: it takes a minute at most."),
        Who.NOBODY,
    ),
    "marketo_access_denied": Diagnosis(
        _("The API user may not do this in Marketo."),
        _("Give its role the permission Read-Write Person (Admin, Users & Roles), and put this server on the list of "
          "allowed addresses if there is one."),
        Who.PUBLISHER,
    ),
    "marketo_subscription_type": Diagnosis(
        _("Marketo does not offer this with the account's subscription."),
        _("Ask Marketo's support to enable the REST API, or choose another method in the destination's settings."),
        Who.PUBLISHER,
    ),
    "marketo_feature_off": Diagnosis(
        _("A feature of Marketo that this needs is not switched on for the account."),
        _("Read Marketo's own words, and ask Marketo's support to switch it on."),
        Who.PUBLISHER,
    ),
    "marketo_instance_unknown": Diagnosis(
        _("Marketo does not know this instance or cannot reach it, often only for a moment."),
        _("If this lasts, check the Munchkin account ID and whether the subscription has ended."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

_PACE: dict[str, Diagnosis] = {
    "marketo_rate_limit": Diagnosis(
        _("Too many calls reached Marketo within 20 seconds, those of other integrations included."),
        _("Nothing to do now. If it happens often, slow the other integrations down."),
        Who.NOBODY,
    ),
    "marketo_concurrent_calls": Diagnosis(
        _("Too many calls to Marketo were under way at once, those of other integrations included."),
        _("Nothing to do now. If it happens often, let the other integrations make fewer calls at a time."),
        Who.NOBODY,
    ),
    "marketo_daily_quota": Diagnosis(
        _("The instance's daily API quota is used up. It returns at midnight, US Central time."),
        _("Nothing to do now. Admin, Integration, Web Services shows who uses it; Marketo's support can raise it."),
        Who.NOBODY,
    ),
    "marketo_unavailable": Diagnosis(
        _("Marketo has trouble of its own."),
        _("Nothing to do now. If it lasts, look at Adobe's status page."),
        Who.NOBODY,
    ),
    "marketo_timed_out": Diagnosis(
        _("Marketo gave up working on the request. The lead may have arrived; sending it again updates the same "
          "person."),
        _("Nothing to do now. If it lasts, tell Marketo's support."),
        Who.NOBODY,
    ),
    "marketo_not_tried": Diagnosis(
        _("Not sent yet: Marketo left the call before this one unanswered, and may still be working on it."),
        _("Nothing to do: it is sent next time."),
        Who.NOBODY,
    ),
}  # fmt: skip

_SETTINGS: dict[str, Diagnosis] = {
    "marketo_not_found": Diagnosis(
        _("Marketo does not find what the settings name[: {asset}]."),
        _("Compare the program's name or the form's ID in the settings with Marketo, letter by letter, and see that "
          "it is approved."),
        Who.PUBLISHER,
    ),
    "marketo_field_unknown": Diagnosis(
        _("The field mapping names a field that Marketo does not know[: {field}]."),
        _("Correct it in the field mapping. Marketo's REST names count, like firstName; run the check to read them."),
        Who.PUBLISHER,
    ),
    "marketo_field_locked": Diagnosis(
        _("The field mapping names a field that Marketo lets nobody write[: {field}]."),
        _("Choose another field for it in the field mapping, or remove the line."),
        Who.PUBLISHER,
    ),
    "marketo_partition_denied": Diagnosis(
        _("The API user may not write to the partition[ {partition}]."),
        _("Correct the partition in the settings, or give the user's role access to its workspace."),
        Who.PUBLISHER,
    ),
    "marketo_partition_needed": Diagnosis(
        _("Marketo has several partitions and wants to know which one is meant, or the person is in another one."),
        _("Enter the partition in the destination's settings."),
        Who.PUBLISHER,
    ),
    "marketo_lookup_refused": Diagnosis(
        _("Marketo cannot look people up by [the field {lookup}|the look-up field]."),
        _("Set the look-up field back to email, or ask Marketo's support to make the field searchable."),
        Who.PUBLISHER,
    ),
    "marketo_request_refused": Diagnosis(
        _("Marketo refuses the request for a reason that Lead CRM does not know."),
        _("Read Marketo's own words, correct the settings, and run the check."),
        Who.PUBLISHER,
    ),
    "marketo_request_faulty": Diagnosis(
        _("Marketo says that the request itself is wrong. That is an error of Lead CRM."),
        _("Report it with Marketo's code and words. The lead is kept."),
        Who.MAKERS,
    ),
}  # fmt: skip

_LEAD: dict[str, Diagnosis] = {
    "marketo_no_email": Diagnosis(
        _("The lead has no e-mail address that could be sent, and Marketo knows people by it."),
        _("Contact the person another way, then give up on this delivery."),
        Who.SALES,
    ),
    "marketo_no_lookup_value": Diagnosis(
        _("The lead has nothing for [{field}|the field], by which Marketo looks people up."),
        _("Add a line for [{field}|that field] to the field mapping, or set the look-up field back to email."),
        Who.PUBLISHER,
    ),
    "marketo_email_not_ascii": Diagnosis(
        _("The e-mail address has letters outside plain ASCII, which Marketo does not take."),
        _("Ask the person for another address, and send the lead again."),
        Who.SALES,
    ),
    "marketo_value_type": Diagnosis(
        _("A value does not fit the type of its field in Marketo[: {field}]."),
        _("Change what the field mapping sends there, or the type of the field in Marketo."),
        Who.PUBLISHER,
    ),
    "marketo_value_missing": Diagnosis(
        _("Marketo demands a value that was not sent[: {field}]."),
        _("Add the field to the field mapping, with a fixed text if the lead has nothing for it."),
        Who.PUBLISHER,
    ),
    "marketo_value_refused": Diagnosis(
        _("Marketo refuses a value of the lead[: {field}]."),
        _("Look at the e-mail address first. Correct the value, then send the lead again."),
        Who.SALES,
    ),
    "marketo_blank_value": Diagnosis(
        _("Marketo does not let a field be empty[: {field}]."),
        _("Give it a fixed text in the field mapping, or leave it out when empty."),
        Who.PUBLISHER,
    ),
    "marketo_date_refused": Diagnosis(
        _("Marketo cannot read a date[: {field}]."),
        _("Change what the field mapping sends there: 2026-11-22 or 2026-11-22T06:00:00Z."),
        Who.PUBLISHER,
    ),
    "marketo_nothing_found": Diagnosis(
        _("Marketo found no data for this lead."),
        _("Read Marketo's own words, then try again."),
        Who.SALES,
    ),
    "marketo_business_rule": Diagnosis(
        _("A rule of Marketo forbids this change."),
        _("Read Marketo's own words. Change the rule over there or the lead, then try again."),
        Who.PUBLISHER,
    ),
    "marketo_person_not_found": Diagnosis(
        _("Marketo has no such person to update."),
        _("Send the lead again. If it stays so, report it."),
        Who.SALES,
    ),
    "marketo_several_people": Diagnosis(
        _("Marketo holds several people with the same [{lookup}|value in the look-up field]."),
        _("Merge them in Marketo, then send the lead again."),
        Who.SALES,
    ),
    "marketo_company_locked": Diagnosis(
        _("The person belongs to a company record in Marketo, and may not be changed from here."),
        _("Enter the lead by hand over there, or change the rights of the API user to companies."),
        Who.SALES,
    ),
    "marketo_twice_in_call": Diagnosis(
        _("Marketo says that the person was there twice in one call, though it was sent alone."),
        _("Send the lead again. If it stays so, report it."),
        Who.MAKERS,
    ),
    "marketo_lead_refused": Diagnosis(
        _("Marketo refuses this lead for a reason that Lead CRM does not know."),
        _("Read Marketo's own words, change the field mapping, then try again."),
        Who.SALES,
    ),
}

_FORM: dict[str, Diagnosis] = {
    "marketo_form_ids": Diagnosis(
        _("Marketo does not take posts to the form[ {form} of the account {account}]."),
        _("Compare form ID and Munchkin account ID with the form's embed code, then resume the destination by hand. If "
          "they are right, the form demands a checksum: use the kind Marketo (REST API) with the method Submit form "
          "instead."),
        Who.PUBLISHER,
    ),
    "marketo_form_refused": Diagnosis(
        _("Marketo's form[ {form}] answered with an error."),
        _("Read Marketo's own words; when it is put right, resume the destination by hand. The kind Marketo (REST API) "
          "with the method Submit form takes the same form ID."),
        Who.PUBLISHER,
    ),
    "marketo_form_forbidden": Diagnosis(
        _("Marketo forbids this server to post to forms."),
        _("Use the kind Marketo (REST API) with the method Submit form, which Marketo supports. If you have Marketo "
          "allow it here, resume the destination by hand."),
        Who.PUBLISHER,
    ),
    "marketo_form_not_found": Diagnosis(
        _("There is no form handler at this address."),
        _("Copy the server ID from the form's embed code (//app-….marketo.com), or try the other form handler. Then "
          "resume the destination by hand."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

CATALOGUE: dict[str, Diagnosis] = _ACCESS | _PACE | _SETTINGS | _LEAD | _FORM
