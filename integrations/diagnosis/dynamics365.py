"""What can go wrong with Dataverse (Dynamics 365); signing in is in ``entra``.

The remedies name things, not numbered steps: Microsoft's pages and portals renumber and rename theirs.
"""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

ADDRESS: dict[str, Diagnosis] = {
    "dynamics365_environment_unknown": Diagnosis(
        _("The environment URL is not known in this directory."),
        _("Compare the URL with the Power Platform admin center, and check that the app is registered in the "
          "directory that the environment belongs to."),
        Who.PUBLISHER,
    ),
    "dynamics365_scope_refused": Diagnosis(
        _("The environment URL cannot be used as it is."),
        _("Enter it as the Power Platform admin center shows it, like https://contoso.crm4.dynamics.com."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

PERMISSIONS: dict[str, Diagnosis] = {
    "dynamics365_token_refused": Diagnosis(
        _("Dataverse refuses the application's sign-in."),
        _("Check that the environment belongs to the directory entered, and the environment URL."),
        Who.PUBLISHER,
    ),
    "dynamics365_no_application_user": Diagnosis(
        _("The environment has no application user with this client ID."),
        _("In the Power Platform admin center, open the environment, Settings, Users + permissions, Application users, "
          "and add one for the app, with a security role."),
        Who.PUBLISHER,
    ),
    "dynamics365_no_role": Diagnosis(
        _("The application user has no security role."),
        _("In the Power Platform admin center, open the environment, Settings, Users + permissions, Application users, "
          "and give the user a role that may create leads."),
        Who.PUBLISHER,
    ),
    "dynamics365_privilege_missing": Diagnosis(
        _("The application user's role lacks [the privilege {privilege}|a privilege]."),
        _("Open the role in the Power Platform admin center and add it; for prvCreateLead that is “Create” on the "
          "table Lead."),
        Who.PUBLISHER,
    ),
    "dynamics365_system_jobs_not_readable": Diagnosis(
        _("The role lacks the privilege prvReadAsyncOperation: it may not read system jobs."),
        _("Open the role in the Power Platform admin center and give it Read, Write and Append To on the table System "
          "Job, for the whole organization."),
        Who.PUBLISHER,
    ),
    "dynamics365_column_secured": Diagnosis(
        _("The application user may not write [the column {column}|a column]: column security protects it."),
        _("Add the application user to a column security profile that may create [{column}|it], or take the column out "
          "of the field mapping."),
        Who.PUBLISHER,
    ),
    "dynamics365_lead_source_not_permitted": Diagnosis(
        _("The user may not write the lead's source (leadsourcecode)."),
        _("Give the user a role that may, for Microsoft's own connector “Microsoft Marketplace Lead Writer”, and see "
          "that the application user is enabled. In Lead CRM, take leadsourcecode out of the field mapping."),
        Who.PUBLISHER,
    ),
    "dynamics365_user_disabled": Diagnosis(
        _("The application user is disabled."),
        _("In the Power Platform admin center, open the environment, Settings, Users + permissions, Application users, "
          "and activate it."),
        Who.PUBLISHER,
    ),
    "dynamics365_application_blocked": Diagnosis(
        _("A policy of the environment blocks this application."),
        _("Ask the environment's administrator to allow its client ID."),
        Who.RECEIVER,
    ),
}  # fmt: skip

TABLE: dict[str, Diagnosis] = {
    "dynamics365_no_lead_table": Diagnosis(
        _("This environment has no table Lead."),
        _("Check the environment URL. If it is right, install Dynamics 365 Sales there, or choose another "
          "environment."),
        Who.PUBLISHER,
    ),
    "dynamics365_column_unknown": Diagnosis(
        _("The field mapping names [the column {column}|a column], which the table Lead does not have."),
        _("Open the field mapping and choose another column. Dataverse spells names of columns in small letters."),
        Who.PUBLISHER,
    ),
    "dynamics365_column_read_only": Diagnosis(
        _("The field mapping names [the column {column}|a column], which cannot be written."),
        _("Open the field mapping and choose another column."),
        Who.PUBLISHER,
    ),
    "dynamics365_value_of_wrong_type": Diagnosis(
        _("A column takes another type of value than the field mapping gives it[ (wanted: {type})]."),
        _("Open the field mapping and give such columns a number, true or false, or a date where they want one. Then "
          "send again what failed."),
        Who.PUBLISHER,
    ),
    "dynamics365_values_of_wrong_type": Diagnosis(
        _("A value of three leads in a row was of another type than its column takes[ (wanted: {type})]."),
        _("Open the field mapping and give such columns a number, true or false, or a date where they want one, then "
          "resume the destination by hand. Leads that were refused before are tried again by hand."),
        Who.PUBLISHER,
    ),
    "dynamics365_choice_unknown": Diagnosis(
        _("[The column {column}|A column] is a list, and [{value}|what was sent] is none of its values."),
        _("Open the field mapping and enter the number of one of the list's values; a field of the lead fits only "
          "where all its values are on the list. Then send again what failed."),
        Who.PUBLISHER,
    ),
    "dynamics365_key_not_ready": Diagnosis(
        _("The column [{key}|for the lead's ID] has no alternate key, or the key is not active yet."),
        _("In Power Apps, open the table Lead, Keys, and add a key with this one column. A new key is active after "
          "some minutes. Or leave the alternate key column empty here."),
        Who.PUBLISHER,
    ),
    "dynamics365_key_being_built": Diagnosis(
        _("The alternate key[ on {key}] is still being built[ (its state: {state})]."),
        _("Wait some minutes and check again. If the state is Failed, remove doubled values and activate the key "
          "anew."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

RECORD: dict[str, Diagnosis] = {
    "dynamics365_text_too_long": Diagnosis(
        _("The text for [the column {column}|a column] is too long[; at most {limit} characters]."),
        _("Make the column longer over there, or map a shorter value, then try again."),
        Who.PUBLISHER,
    ),
    "dynamics365_character_refused": Diagnosis(
        _("The text for [{column}|a column] holds a character that Dataverse refuses."),
        _("Take the character out of the lead, then try again."),
        Who.SALES,
    ),
    "dynamics365_key_taken": Diagnosis(
        _("Another lead over there has the same value in the key[ {key}]."),
        _("Look for that lead. If it is this one, settle the delivery by hand; else map another value to that "
          "column."),
        Who.SALES,
    ),
    "dynamics365_duplicate_detected": Diagnosis(
        _("Duplicate detection over there has found this lead already."),
        _("Look for the lead over there and settle this delivery by hand, or relax the detection rule."),
        Who.SALES,
    ),
    "dynamics365_changed_meanwhile": Diagnosis(
        _("The record was changed by somebody else at the same moment."),
        _("Nothing to do: it is tried again."),
        Who.NOBODY,
    ),
    "dynamics365_plugin_refused": Diagnosis(
        _("A plug-in or workflow in Dataverse refused the lead."),
        _("Read its text. Change the rule over there or the field mapping, then try again."),
        Who.SALES,
    ),
    "dynamics365_plugin_refuses_all": Diagnosis(
        _("A plug-in or workflow in Dataverse refused three leads in a row."),
        _("Read its text and have the rule over there corrected; often it demands a field that the mapping does not "
          "fill. Then resume the destination by hand. Leads that were refused before are tried again by hand."),
        Who.RECEIVER,
    ),
    "dynamics365_not_tried": Diagnosis(
        _("Not sent yet: Dataverse did not answer the call before this one, or has trouble of its own."),
        _("Nothing to do: it is sent next time."),
        Who.NOBODY,
    ),
    "dynamics365_plugin_failed": Diagnosis(
        _("A plug-in in Dataverse failed."),
        _("Nothing to do now. If it lasts, show the text to those who look after the plug-in."),
        Who.NOBODY,
    ),
    "dynamics365_unexpected_error": Diagnosis(
        _("Dataverse had an unexpected error."),
        _("Nothing to do now. If it lasts, give the request ID from the attempt to Microsoft's support."),
        Who.NOBODY,
    ),
}  # fmt: skip

LIMITS: dict[str, Diagnosis] = {
    "dynamics365_too_many_requests": Diagnosis(
        _("Dataverse has had too many requests from this application user in five minutes. All deliveries wait."),
        _("Nothing to do now. If it happens often, see which other programs use the same application user."),
        Who.NOBODY,
    ),
    "dynamics365_too_much_work": Diagnosis(
        _("Requests of this application user took Dataverse too much time in five minutes. All deliveries wait."),
        _("Nothing to do now. If it happens often, lower “Calls at once” and look for slow plug-ins on the table "
          "Lead."),
        Who.NOBODY,
    ),
    "dynamics365_too_many_at_once": Diagnosis(
        _("Too many requests of this application user were under way at once. All deliveries wait."),
        _("Nothing to do now. If it happens often, lower “Calls at once”, or use an application user for Lead CRM "
          "alone."),
        Who.NOBODY,
    ),
}  # fmt: skip

# What Microsoft's own connector says, the one that writes leads from the marketplace straight into Dynamics 365.
MARKETPLACE: dict[str, Diagnosis] = {
    "dynamics365_marketplace_could_not_save": Diagnosis(
        _("Microsoft's marketplace could not save the lead in Dynamics 365, and does not say why."),
        _("Check in Partner Center what is entered for the offer's lead destination, press Validate there, and look "
          "for the lead under Referrals."),
        Who.PUBLISHER,
    ),
    "dynamics365_marketplace_sign_in_failed": Diagnosis(
        _("Microsoft's marketplace could not sign in to Dynamics 365."),
        _("Check in Partner Center: with a user, name and password, that it has not expired, has no multi-factor "
          "authentication, and has a licence; with an application, both IDs and the secret."),
        Who.PUBLISHER,
    ),
    "dynamics365_marketplace_timed_out": Diagnosis(
        _("Nothing answered at the URL within two minutes: usually it is not that of a Dynamics 365 environment."),
        _("Enter the environment's own URL, like https://contoso.crm4.dynamics.com, and check that it can be reached."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

CATALOGUE: dict[str, Diagnosis] = ADDRESS | PERMISSIONS | TABLE | RECORD | LIMITS | MARKETPLACE
