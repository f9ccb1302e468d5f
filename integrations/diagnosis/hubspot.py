"""What can go wrong with HubSpot."""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

_ACCESS: dict[str, Diagnosis] = {
    "hubspot_token_refused": Diagnosis(
        _("HubSpot refuses the access token: it is wrong, or was rotated or revoked."),
        _("Copy the token anew: in HubSpot under Settings, Integrations, Private Apps, the app, Auth."),
        Who.PUBLISHER,
    ),
    "hubspot_scope_missing": Diagnosis(
        _("HubSpot's private app lacks a scope[: {scope}]."),
        _("Add the scope to the app: Settings, Integrations, Private Apps, the app, Edit, Scopes."),
        Who.PUBLISHER,
    ),
    "hubspot_path_unknown": Diagnosis(
        _("HubSpot's API has nothing at [the path {path}|a path that Lead CRM calls]."),
        _("Set the API path in the destination's settings to the version that HubSpot's documentation names."),
        Who.PUBLISHER,
    ),
    "hubspot_other_account": Diagnosis(
        _("The access token belongs to [the HubSpot account {found}, not to {wanted}|another HubSpot account]."),
        _("Copy the token from the right account, or correct the Hub ID in the destination's settings."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

_PACE: dict[str, Diagnosis] = {
    "hubspot_rate_limit": Diagnosis(
        _("Too many calls reached HubSpot within some seconds."),
        _("Nothing to do now. If it happens often, see what else uses this private app."),
        Who.NOBODY,
    ),
    "hubspot_daily_limit": Diagnosis(
        _("The HubSpot account's calls of the day are used up. They return at midnight, in the account's time zone."),
        _("Nothing to do now. If it happens often, see under Settings, Integrations, Private Apps who uses them, or "
          "raise the limit."),
        Who.NOBODY,
    ),
    "hubspot_locked": Diagnosis(
        _("The contact is locked in HubSpot, because something else is just changing it."),
        _("Nothing to do: it takes seconds."),
        Who.NOBODY,
    ),
    "hubspot_migrating": Diagnosis(
        _("HubSpot is just moving the account to another place, and takes nothing meanwhile."),
        _("Nothing to do now: it takes a day at most."),
        Who.NOBODY,
    ),
    "hubspot_search_unanswered": Diagnosis(
        _("HubSpot did not answer when it was asked whether the contact is there. Nothing was sent."),
        _("Nothing to do now. If it lasts, look at HubSpot's status page."),
        Who.NOBODY,
    ),
    "hubspot_not_tried": Diagnosis(
        _("Not sent yet: HubSpot left the call before this one unanswered, and may still be working on it."),
        _("Nothing to do: it is sent next time."),
        Who.NOBODY,
    ),
}  # fmt: skip

_FIELDS: dict[str, Diagnosis] = {
    "hubspot_property_unknown": Diagnosis(
        _("HubSpot has no contact property [{field}|of the name used here]."),
        _("Create it in HubSpot under Settings, Properties, or correct the field mapping. Internal names count, like "
          "jobtitle; run the check to read them."),
        Who.PUBLISHER,
    ),
    "hubspot_property_read_only": Diagnosis(
        _("HubSpot sets [the contact property {field}|a contact property] itself and lets nobody write it."),
        _("Choose another property for it in the field mapping, or remove the line."),
        Who.PUBLISHER,
    ),
    "hubspot_option_refused": Diagnosis(
        _("[HubSpot's property {field}|A property in HubSpot] takes only the values of its own list."),
        _("Add the value to the property's options in HubSpot, or change what the field mapping sends there. Internal "
          "values count, not labels."),
        Who.PUBLISHER,
    ),
    "hubspot_value_refused": Diagnosis(
        _("HubSpot refuses a value of the lead[: {field}]."),
        _("Read HubSpot's own words. Change what the field mapping sends there, or the property's type and rules."),
        Who.PUBLISHER,
    ),
    "hubspot_value_not_unique": Diagnosis(
        _("Another contact in HubSpot has the same value in [{field}|a property], which must be unique."),
        _("Look for that contact over there. If it is the same person, merge them; else change the field mapping."),
        Who.SALES,
    ),
}  # fmt: skip

_LEAD: dict[str, Diagnosis] = {
    "hubspot_nobody": Diagnosis(
        _("The lead has neither an e-mail address nor a name that could be sent, and HubSpot takes no such contact."),
        _("Contact the person another way. If the lead has them, see that the field mapping fills email, firstname or "
          "lastname."),
        Who.SALES,
    ),
    "hubspot_email_refused": Diagnosis(
        _("HubSpot does not take the lead's e-mail address."),
        _("Look for a typing error, and find out the right address another way: here the lead is kept as it came."),
        Who.SALES,
    ),
    "hubspot_lead_refused": Diagnosis(
        _("HubSpot refuses this lead for a reason that Lead CRM does not know."),
        _("Read HubSpot's own words, correct the field mapping or HubSpot's rules, then try again."),
        Who.PUBLISHER,
    ),
    "hubspot_request_faulty": Diagnosis(
        _("HubSpot says that the request itself is wrong. That is an error of Lead CRM."),
        _("Report it with HubSpot's own words. The lead is kept."),
        Who.MAKERS,
    ),
}  # fmt: skip

CATALOGUE: dict[str, Diagnosis] = _ACCESS | _PACE | _FIELDS | _LEAD
