"""What can go wrong with Azure Table and Azure Blob.

The remedies name things, not numbered steps: the portal's pages change.
"""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

CREDENTIALS: dict[str, Diagnosis] = {
    "azure_key_wrong": Diagnosis(
        _("The storage account[ {account}] refuses the key."),
        _("The key was probably renewed. In the Azure portal, open the storage account, Access keys, copy the "
          "connection string anew and enter it here."),
        Who.PUBLISHER,
    ),
    "azure_sas_wrong": Diagnosis(
        _("The storage account[ {account}] refuses the signature of the SAS."),
        _("It was made with a key that has been renewed since, with a stored access policy that is gone, or was not "
          "copied whole. Make a new SAS and enter it here."),
        Who.PUBLISHER,
    ),
    "azure_sas_ended": Diagnosis(
        _("The SAS has ended."),
        _("In the Azure portal, make a new shared access signature and enter it here; its end is then watched."),
        Who.PUBLISHER,
    ),
    "azure_sas_not_begun": Diagnosis(
        _("The SAS does not count yet: its start lies ahead."),
        _("Wait until then, or make a new one that starts now."),
        Who.PUBLISHER,
    ),
    "azure_clock_wrong": Diagnosis(
        _("The clock of this server differs from Azure's by more than ten minutes, so that signatures are refused."),
        _("Set the server's clock right and keep it so with NTP."),
        Who.OPS,
    ),
    "azure_signature_missing": Diagnosis(
        _("Azure Storage found no signature that it takes."),
        _("Enter the connection string or the SAS URL anew, copied whole."),
        Who.PUBLISHER,
    ),
    "azure_token_refused": Diagnosis(
        _("The storage account[ {account}] refuses the application's sign-in."),
        _("Check that the storage account's subscription belongs to the directory that is entered here."),
        Who.PUBLISHER,
    ),
    "azure_storage_not_in_directory": Diagnosis(
        _("The directory does not know Azure Storage."),
        _("Check directory ID and sign-in address: the directory must be one with an Azure subscription, in the same "
          "cloud as the storage account."),
        Who.PUBLISHER,
    ),
    "azure_keys_forbidden": Diagnosis(
        _("The storage account[ {account}] forbids keys, and what is signed with them."),
        _("Sign in with an application (Microsoft Entra ID) that has [the role {role}|the right role], or allow "
          "storage account key access in the account's configuration."),
        Who.PUBLISHER,
    ),
}  # fmt: skip

RIGHTS: dict[str, Diagnosis] = {
    "azure_sas_right_missing": Diagnosis(
        _("The SAS does not hold the right that is needed[ ({right})]."),
        _("Make a new one: for a table with Add; for a container with Create and Write, and with Read as well for "
          "daily files. Enter it here."),
        Who.PUBLISHER,
    ),
    "azure_role_missing": Diagnosis(
        _("The application may not write there."),
        _("In the Azure portal, open the storage account, Access control (IAM), and give the application "
          "[the role {role}|the role that is needed]. It takes up to ten minutes until that counts."),
        Who.PUBLISHER,
    ),
    "azure_sas_too_narrow": Diagnosis(
        _("The SAS is not for this kind of thing."),
        _("Make an account SAS with the resource type Object ticked, or a SAS for the table or container itself."),
        Who.PUBLISHER,
    ),
    "azure_sas_for_other_service": Diagnosis(
        _("The SAS is for another service of the storage account."),
        _("Make one with this service ticked: Table for Azure Table, Blob for Azure Blob."),
        Who.PUBLISHER,
    ),
    "azure_sas_https_only": Diagnosis(
        _("The SAS counts over https:// only."),
        _("Enter an address that begins with https://."),
        Who.PUBLISHER,
    ),
    "azure_sas_for_other_address": Diagnosis(
        _("The SAS is for other addresses than the one of this server."),
        _("Make one without allowed IP addresses, or with the public address of this server among them."),
        Who.PUBLISHER,
    ),
    "azure_access_blocked": Diagnosis(
        _("The storage account[ {account}] does not let this request in: its firewall keeps this server's address out, "
          "or the credentials do not reach so far."),
        _("In the Azure portal, open the storage account, Networking, and allow the public address of this server. If "
          "it is allowed, make a new SAS or copy the connection string anew."),
        Who.RECEIVER,
    ),
}  # fmt: skip

PLACES: dict[str, Diagnosis] = {
    "azure_account_unknown": Diagnosis(
        _("No storage account [{account}|of this name] was found. Nothing was sent."),
        _("Check the account's name for typing errors and that the account was not deleted. If it is right, see "
          "whether this server can resolve names."),
        Who.PUBLISHER,
    ),
    "azure_account_disabled": Diagnosis(
        _("The storage account[ {account}] is disabled."),
        _("See in the Azure portal whether its subscription was stopped, and have it started again."),
        Who.RECEIVER,
    ),
    "azure_account_restricted": Diagnosis(
        _("The storage account[ {account}] is not allowed to do this."),
        _("See in the Azure portal what kind of account it is and whether its subscription has limits; use a "
          "general-purpose account."),
        Who.RECEIVER,
    ),
    "azure_table_not_found": Diagnosis(
        _("The table[ {name}] does not exist."),
        _("Create it in the Azure portal under Storage browser, Tables, or tick “Create the table if it is missing” "
          "and use a connection string with the account's key. Check the table's name."),
        Who.PUBLISHER,
    ),
    "azure_container_not_found": Diagnosis(
        _("The container[ {name}] does not exist."),
        _("Create it in the Azure portal under Containers, without anonymous access, or tick “Create the container if "
          "it is missing” and use a connection string with the account's key. Check the container's name."),
        Who.PUBLISHER,
    ),
    "azure_being_deleted": Diagnosis(
        _("Azure is still deleting a table or container [named {name}|of this name]."),
        _("Nothing to do if it is being made anew: that is possible some minutes later. Otherwise enter another name. "
          "When this has lasted an hour, the destination is paused until the check finds it."),
        Who.PUBLISHER,
    ),
    "azure_not_tried": Diagnosis(
        _("Not sent yet: Azure Storage did not answer the call before this one, or has trouble of its own."),
        _("Nothing to do: it is sent next time."),
        Who.NOBODY,
    ),
    "azure_name_not_allowed": Diagnosis(
        _("Azure does not allow [the name {name}|this name]."),
        _("Enter the name of a table (letters and digits) or container (small letters, digits, single hyphens) as the "
          "portal shows it."),
        Who.PUBLISHER,
    ),
    "azure_column_name": Diagnosis(
        _("Some fields cannot be columns of a table[: {column}]. Nothing was sent."),
        _("Open the destination's fields and rename them: letters, digits and underscores, no digit at first."),
        Who.PUBLISHER,
    ),
    "azure_api_version": Diagnosis(
        _("The server does not know the version of the interface that Lead CRM speaks."),
        _("This happens with emulators and private clouds: update them, or switch their version check off."),
        Who.RECEIVER,
    ),
    "azure_feature_not_supported": Diagnosis(
        _("The storage account[ {account}] does not support what is needed."),
        _("Use a general-purpose account; for daily files one of the standard tier."),
        Who.RECEIVER,
    ),
}  # fmt: skip

RECORDS: dict[str, Diagnosis] = {
    "azure_record_refused": Diagnosis(
        _("Azure refused the lead as Lead CRM sent it[ ({code})]."),
        _("If somebody changed the destination's fields lately, look there first. Otherwise report it with the answer "
          "below: the lead is kept and can be sent again."),
        Who.MAKERS,
    ),
    "azure_blob_leased": Diagnosis(
        _("The blob is locked: some program holds a lease on it."),
        _("Break the lease in the Azure portal (Storage browser, the blob, Break lease), then send the lead again."),
        Who.RECEIVER,
    ),
    "azure_blob_locked": Diagnosis(
        _("The blob may not be changed: an immutability policy or the archive tier keeps it."),
        _("Choose another folder, or one blob for each lead: those are written once."),
        Who.PUBLISHER,
    ),
    "azure_blob_of_other_type": Diagnosis(
        _("The day's file is there already, but as a blob that nothing can be added to."),
        _("Choose another folder, or move that blob away."),
        Who.PUBLISHER,
    ),
    "azure_file_full": Diagnosis(
        _("The day's file has reached 50,000 entries, the most that Azure allows."),
        _("Choose one blob for each lead, or another folder."),
        Who.PUBLISHER,
    ),
    "azure_file_unlike": Diagnosis(
        _("The day's file does not begin with the header line of Lead CRM, so that leads in it cannot be recognised."),
        _("Move the file away, or choose another folder."),
        Who.PUBLISHER,
    ),
    "azure_file_busy": Diagnosis(
        _("Others kept adding to the day's file, so that this lead found no gap."),
        _("Nothing to do: it is tried again. If it happens often, choose one blob for each lead."),
        Who.NOBODY,
    ),
    "azure_busy": Diagnosis(
        _("Azure Storage is busy."),
        _("Nothing to do: it is tried again."),
        Who.NOBODY,
    ),
}  # fmt: skip

# What Microsoft's own connector no longer does.
MARKETPLACE: dict[str, Diagnosis] = {
    "azure_blob_withdrawn": Diagnosis(
        _("The offer's lead destination in Partner Center is Azure Blob, to which the marketplace sends nothing more."),
        _("Choose “HTTPS endpoint” there, with the URL of an endpoint of Lead CRM, and publish the offer again."),
        Who.PUBLISHER,
    ),
}

CATALOGUE: dict[str, Diagnosis] = CREDENTIALS | RIGHTS | PLACES | RECORDS | MARKETPLACE
