"""What can go wrong when an application or an account signs in with Microsoft Entra ID."""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

CATALOGUE: dict[str, Diagnosis] = {
    "entra_secret_wrong": Diagnosis(
        _("Microsoft refuses the client secret: it is wrong."),
        _("Open the app registration, Certificates & secrets, and copy the secret's “Value”, not its ID. It is shown "
          "only once: if it is gone, make a new secret. Enter it here with its end date."),
        Who.PUBLISHER,
    ),
    "entra_secret_expired": Diagnosis(
        _("The client secret has expired."),
        _("Open the app registration, Certificates & secrets, make a new secret, and enter its value and end date "
          "here."),
        Who.PUBLISHER,
    ),
    "entra_certificate_refused": Diagnosis(
        _("Microsoft refuses the certificate."),
        _("Open the app registration, Certificates & secrets, and upload the certificate that is entered here. If it "
          "is there already, see whether it has ended."),
        Who.PUBLISHER,
    ),
    "entra_clock_wrong": Diagnosis(
        _("Microsoft finds the sign-in too old or not yet valid: the clock of this server is wrong."),
        _("Set the server's clock; keep it right with NTP."),
        Who.OPS,
    ),
    "entra_application_unknown": Diagnosis(
        _("This directory has no application with this client ID."),
        _("Copy “Application (client) ID” and “Directory (tenant) ID” anew from the app registration's overview, and "
          "check that the two were not swapped."),
        Who.PUBLISHER,
    ),
    "entra_application_disabled": Diagnosis(
        _("The application is disabled in the directory."),
        _("In the Microsoft Entra admin center, open Enterprise applications, the application, Properties, and allow "
          "users to sign in."),
        Who.RECEIVER,
    ),
    "entra_tenant_unknown": Diagnosis(
        _("There is no directory with this tenant ID."),
        _("Copy “Directory (tenant) ID” anew from the app registration's overview. Check that it was not swapped with "
          "the application's."),
        Who.PUBLISHER,
    ),
    "entra_tenant_malformed": Diagnosis(
        _("The directory ID is neither an ID nor a domain name."),
        _("Enter “Directory (tenant) ID” as the app registration's overview shows it, without blanks and with all its "
          "characters."),
        Who.PUBLISHER,
    ),
    "entra_policy_blocks": Diagnosis(
        _("A conditional-access policy blocks this application."),
        _("In the Microsoft Entra admin center, open the sign-in logs of service principals to see which policy it is, "
          "and make an exception for the application or for our address."),
        Who.RECEIVER,
    ),
    "entra_second_factor_asked": Diagnosis(
        _("The account must confirm its sign-in with a second factor, which no program can do."),
        _("Sign in with an application (client ID and secret), or use an account without multi-factor authentication."),
        Who.PUBLISHER,
    ),
    "entra_password_expired": Diagnosis(
        _("The account's password has expired."),
        _("Set a new password and enter it where the old one was. An application with a secret is needed less often."),
        Who.PUBLISHER,
    ),
    "entra_user_or_password_wrong": Diagnosis(
        _("The account's user name or password is wrong."),
        _("Enter both anew."),
        Who.PUBLISHER,
    ),
    "entra_sign_in_refused": Diagnosis(
        _("Microsoft refused the application's sign-in[ ({code})]."),
        _("Compare directory ID, application ID and secret with the app registration. What the code means stands at "
          "https://login.microsoftonline.com/error."),
        Who.PUBLISHER,
    ),
    "entra_sign_in_unanswered": Diagnosis(
        _("Microsoft's sign-in did not answer in time. No lead was sent."),
        _("Nothing to do now. If it lasts, check that this server reaches the sign-in address."),
        Who.NOBODY,
    ),
}  # fmt: skip
