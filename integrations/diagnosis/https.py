"""What can go wrong with an HTTPS endpoint: it lets us in or not."""

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who

CATALOGUE: dict[str, Diagnosis] = {
    "https_sign_in_missing": Diagnosis(
        _("The receiver lets nobody in without a sign-in, and none is set up here."),
        _("Ask its owner which one it wants, and choose it under “Sign-in”. If the URL itself holds a key, copy the "
          "whole URL anew."),
        Who.PUBLISHER,
    ),
    "https_signature_refused": Diagnosis(
        _("The receiver refused the signed request."),
        _("Compare the signing secret with the receiver's, and see that its clock is right. If it wants a sign-in as "
          "well, choose it under “Sign-in”."),
        Who.PUBLISHER,
    ),
    "https_token_refused": Diagnosis(
        _("The receiver refused the bearer token."),
        _("Enter the token anew. Check that it has not ended, and that it may create leads over there."),
        Who.PUBLISHER,
    ),
    "https_token_or_signature_refused": Diagnosis(
        _("The receiver refused the bearer token or the signature."),
        _("Enter the token anew, and check that it has not ended. Then compare the signing secret with the receiver's, "
          "if it looks at signatures."),
        Who.PUBLISHER,
    ),
    "https_password_refused": Diagnosis(
        _("The receiver refused the user name or the password."),
        _("Enter both anew. Check that the user is active, and may create leads over there."),
        Who.PUBLISHER,
    ),
    "https_password_or_signature_refused": Diagnosis(
        _("The receiver refused the user name, the password or the signature."),
        _("Enter user name and password anew. Then compare the signing secret with the receiver's, if it looks at "
          "signatures."),
        Who.PUBLISHER,
    ),
    "https_headers_refused": Diagnosis(
        _("The receiver refused what the headers say that are set up here[: {headers}]."),
        _("Compare their names with the receiver's documentation, letter by letter, and enter their values anew."),
        Who.PUBLISHER,
    ),
    "https_headers_or_signature_refused": Diagnosis(
        _("The receiver refused the signature, or what the headers say that are set up here[: {headers}]."),
        _("Compare the headers' names with the receiver's documentation, and enter their values anew. Then compare the "
          "signing secret with the receiver's, if it looks at signatures."),
        Who.PUBLISHER,
    ),
}  # fmt: skip
