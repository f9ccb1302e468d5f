"""What can go wrong with Salesforce, REST and Web-to-Lead."""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

SIGN_IN: dict[str, Diagnosis] = {
    "salesforce_no_run_as_user": Diagnosis(
        _("The Salesforce app has no user to work as."),
        _("Open the app's policies in Salesforce, and set a Run As user under Client Credentials Flow."),
        Who.PUBLISHER,
    ),
    "salesforce_consumer_secret_wrong": Diagnosis(
        _("Salesforce refuses the consumer secret."),
        _("Copy the consumer secret again from the app's OAuth settings, and enter it in this destination."),
        Who.PUBLISHER,
    ),
    "salesforce_consumer_key_unknown": Diagnosis(
        _("Salesforce does not know the consumer key."),
        _("Copy the consumer key again from the app's OAuth settings. A new app works after about ten minutes."),
        Who.PUBLISHER,
    ),
    "salesforce_app_not_permitted": Diagnosis(
        _("The Run As user may not use the Salesforce app."),
        _("Open the app's policies, and permit the user's profile or permission set."),
        Who.PUBLISHER,
    ),
    "salesforce_flow_disabled": Diagnosis(
        _("The Salesforce app does not allow this kind of sign-in."),
        _("Open the app's settings, and enable the client credentials flow there and in its policies."),
        Who.PUBLISHER,
    ),
    "salesforce_not_my_domain": Diagnosis(
        _("This Salesforce address does not take this kind of sign-in."),
        _("Enter the My Domain URL, like https://acme.my.salesforce.com, instead of login.salesforce.com."),
        Who.PUBLISHER,
    ),
    "salesforce_user_inactive": Diagnosis(
        _("The Run As user of the Salesforce app is inactive."),
        _("Activate the user in Salesforce, or set another Run As user in the app's policies."),
        Who.PUBLISHER,
    ),
    "salesforce_org_inactive": Diagnosis(
        _("The Salesforce organization is inactive."),
        _("Ask your Salesforce administrator: the trial may be over, or the sandbox deleted or being refreshed."),
        Who.PUBLISHER,
    ),
    "salesforce_ip_refused": Diagnosis(
        _("Salesforce does not let in the address that we call from."),
        _("Add this server's address to the trusted IP ranges, or relax the IP restrictions in the app's policies."),
        Who.PUBLISHER,
    ),
    "salesforce_sign_in_refused": Diagnosis(
        _("Salesforce refused the sign-in."),
        _("Read its answer. Compare the My Domain URL, consumer key and secret with the app in Salesforce."),
        Who.PUBLISHER,
    ),
    "salesforce_sign_in_unanswered": Diagnosis(
        _("Salesforce did not answer the sign-in completely. No lead was sent."),
        _("Nothing to do now. If it lasts, look at status.salesforce.com."),
        Who.NOBODY,
    ),
    "salesforce_log_in_rate": Diagnosis(
        _("Salesforce counts too many sign-ins in a short time. All deliveries to it wait ten minutes."),
        _("Nothing to do now. If it happens often, see who else signs in as the Run As user."),
        Who.NOBODY,
    ),
    "salesforce_foreign_instance": Diagnosis(
        _("After the sign-in Salesforce sent us to [{host}|an address], which is not its own. Nothing was sent there."),
        _("Check the My Domain URL: something in between seems to answer in Salesforce's place."),
        Who.PUBLISHER,
    ),
    "salesforce_session_refused": Diagnosis(
        _("Salesforce refuses the session that it has just opened for us."),
        _("Open the app's policies: relax the IP restrictions, and see that the user's session settings fit."),
        Who.PUBLISHER,
    ),
}

SET_UP: dict[str, Diagnosis] = {
    "salesforce_no_right": Diagnosis(
        _("The Run As user may not create leads in Salesforce, or not use a record that the lead refers to."),
        _("Give the user Create on Lead in a permission set, and access to the record type, owner or campaign."),
        Who.PUBLISHER,
    ),
    "salesforce_lead_not_found": Diagnosis(
        _("Salesforce has no Lead for the Run As user, or not in this API version."),
        _("Give the user access to Lead in a permission set, and check the API version in the settings."),
        Who.PUBLISHER,
    ),
    "salesforce_no_api": Diagnosis(
        _("The Salesforce edition, or the Run As user's profile, has no access to the API."),
        _("Give the user API Enabled in a permission set. Some editions have the API only as an extra."),
        Who.PUBLISHER,
    ),
    "salesforce_api_version": Diagnosis(
        _("Salesforce no longer offers this API version."),
        _("Raise the API version in the settings of this destination."),
        Who.PUBLISHER,
    ),
    "salesforce_storage_full": Diagnosis(
        _("The data storage of the Salesforce organization is full."),
        _("Delete records in Salesforce, or buy storage. Setup, Storage Usage shows what takes most."),
        Who.PUBLISHER,
    ),
    "salesforce_field_unknown": Diagnosis(
        _("Lead in Salesforce has no field [{field}|of the name used here], or the Run As user may not see it."),
        _("Correct the field mapping, or create the field and give the user access to it in a permission set."),
        Who.PUBLISHER,
    ),
    "salesforce_field_not_writable": Diagnosis(
        _("The Run As user may not write [the Salesforce field {field}|a Salesforce field]."),
        _("Give the user Edit Access to it in a permission set, or take it out of the field mapping."),
        Who.PUBLISHER,
    ),
    "salesforce_key_not_unique": Diagnosis(
        _("The Salesforce field [{field}|for the lead's ID] is not both External ID and Unique: doubles get in."),
        _("Open Setup, Object Manager, Lead, Fields, and tick both on the field."),
        Who.PUBLISHER,
    ),
    "salesforce_key_too_short": Diagnosis(
        _("The Salesforce field [{field}|for the lead's ID] does not hold a text of 36 characters."),
        _("Make it a text field of length 36, or create another one and enter its API name in the settings."),
        Who.PUBLISHER,
    ),
    "salesforce_daily_limit": Diagnosis(
        _("The API requests that Salesforce allows in 24 hours are used up. All deliveries to it wait an hour."),
        _("Nothing is lost. Setup, Company Information shows who uses them; ask Salesforce for more if need be."),
        Who.NOBODY,
    ),
    "salesforce_concurrent_limit": Diagnosis(
        _("Too many long requests run in Salesforce at the same time. All deliveries to it wait a little."),
        _("Nothing to do now. If it happens often, look at slow flows and triggers on Lead."),
        Who.NOBODY,
    ),
}

RECORD: dict[str, Diagnosis] = {
    "salesforce_required_field": Diagnosis(
        _("Salesforce demands a value in [{field}|a field]."),
        _("Map a field of the lead or a constant to it, or make it optional in Salesforce. Then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_required_field_always_empty": Diagnosis(
        _("Salesforce demanded a value in [{field}|a field] of three leads in a row."),
        _(
            "Map a constant to it, or make it optional in Salesforce, then resume the destination by hand. Leads that "
            "were refused before are sent again by hand."
        ),
        Who.PUBLISHER,
    ),
    "salesforce_value_of_wrong_type": Diagnosis(
        _("A Salesforce field takes another type of value than the field mapping gives it."),
        _("Read its message. Give numbers, dates and boxes in the field mapping values that fit, then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_text_too_long": Diagnosis(
        _("A text is too long for [the Salesforce field {field}|a Salesforce field][; it takes {limit} characters]."),
        _("Press Check on the destination, which reads the lengths anew, then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_email_refused": Diagnosis(
        _("Salesforce does not take this e-mail address."),
        _("Enter the lead there by hand and give up on this delivery, or change the field mapping, then try again."),
        Who.SALES,
    ),
    "salesforce_validation_rule": Diagnosis(
        _("A validation rule in Salesforce refused the lead."),
        _("Read the rule's message. Complete the lead or the field mapping, or change the rule, then send again."),
        Who.RECEIVER,
    ),
    "salesforce_restricted_list": Diagnosis(
        _("[{field}|A field] is a restricted pick list in Salesforce, and the value is not on it."),
        _("Map a value that is on the list, or a text field; or take off the restriction in Salesforce."),
        Who.PUBLISHER,
    ),
    "salesforce_place_refused": Diagnosis(
        _("State and country lists are on in Salesforce, and the lead's country or state is not on them."),
        _("Map the ISO code to CountryCode, or take Country out of the field mapping, then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_field_refused": Diagnosis(
        _("Salesforce does not take the value of [{field}|a field]."),
        _("Read its message, correct the field mapping or the lead, then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_duplicate_rule": Diagnosis(
        _("A duplicate rule in Salesforce blocks this lead: the person is known there."),
        _("Tick “Save leads that a duplicate rule reports” in the settings, or change the rule, then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_value_not_unique": Diagnosis(
        _("Another record in Salesforce has the same value in [the unique field {field}|a unique field]."),
        _("Take it out of the field mapping, or make it not unique, then send again."),
        Who.PUBLISHER,
    ),
    "salesforce_automation_failed": Diagnosis(
        _("A trigger or flow in Salesforce failed on this lead."),
        _("Show its message to those who run Salesforce. When it is put right, send again."),
        Who.RECEIVER,
    ),
    "salesforce_automation_refuses_all": Diagnosis(
        _("A trigger or flow in Salesforce failed on three leads in a row."),
        _(
            "Show its message to those who run Salesforce. When it is put right, resume the destination by hand. Leads "
            "that were refused before are sent again by hand."
        ),
        Who.RECEIVER,
    ),
    "salesforce_row_locked": Diagnosis(
        _("Another change in Salesforce held the record, or the record of its owner, at that moment."),
        _("Nothing to do now. If it happens often, look at what runs on new leads over there."),
        Who.NOBODY,
    ),
    "salesforce_not_tried": Diagnosis(
        _("Not sent yet: Salesforce did not answer the call before this one, or has trouble of its own."),
        _("Nothing to do: it is sent next time."),
        Who.NOBODY,
    ),
    "salesforce_unexpected_error": Diagnosis(
        _("Salesforce had an error of its own with this lead."),
        _("Nothing to do now. If it lasts, give the error's number in its answer to Salesforce's support."),
        Who.NOBODY,
    ),
    "salesforce_request_unreadable": Diagnosis(
        _("Salesforce could not read the request."),
        _("Report it with its answer and the time. The lead is kept."),
        Who.MAKERS,
    ),
}

WEB_TO_LEAD: dict[str, Diagnosis] = {
    "salesforce_form_refused": Diagnosis(
        _("Salesforce did not take the form."),
        _(
            "Check the organization ID, and that Web-to-Lead is enabled: Setup, Web-to-Lead. Then resume the "
            "destination by hand: no check can prove it."
        ),
        Who.PUBLISHER,
    ),
    "salesforce_form_address": Diagnosis(
        _("This address of Salesforce does not take Web-to-Lead forms."),
        _(
            "Check in the settings whether the organization is a sandbox, and the address of an unusual host. Then "
            "resume the destination by hand."
        ),
        Who.PUBLISHER,
    ),
    "salesforce_form_moved": Diagnosis(
        _("Salesforce sends forms to another of its addresses: for maintenance, or for good."),
        _(
            "If it lasts, generate the form anew under Setup, Web-to-Lead, compare the address in it, and resume the "
            "destination by hand."
        ),
        Who.PUBLISHER,
    ),
    "salesforce_nothing_arrives": Diagnosis(
        _("Leads are sent as forms, no error comes back, and nothing arrives in Salesforce."),
        _(
            "Compare the organization ID with a newly generated form, switch reCAPTCHA off in it, and see that no "
            "field of the lead is both required and a pick list: Country is better an optional text."
        ),
        Who.PUBLISHER,
    ),
}

CATALOGUE: dict[str, Diagnosis] = SIGN_IN | SET_UP | RECORD | WEB_TO_LEAD
