"""Every place where something about a person could be kept is known, down to the column."""

from django.db import models

from leads.models import Lead
from leads.privacy.places import LEADS, PLACES, Place
from leads.privacy.quoting import QUOTES, Quotes
from tests.leads.privacy.erased import all_models

HOLDS_TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)

FREE = {
    "admin.LogEntry": "names rows by their keys; what people typed is emptied by two places",
    "auth.Group": "of staff",
    "auth.Permission": "of staff",
    "auth.User": "of staff",
    "axes.AccessAttempt": "of staff",
    "axes.AccessFailureLog": "of staff",
    "axes.AccessLog": "of staff",
    "contenttypes.ContentType": "names of models",
    "knox.AuthToken": "digests of tokens of staff",
    "sessions.Session": "of staff; ends by itself",
    "leads.AssignmentRule": "settings",
    "leads.BulkEdit": "keys of leads",
    "leads.Calendar": "settings",
    "leads.Chase": "keys at destinations, until they are ticked off",
    "leads.CountryGroup": "settings",
    "leads.Credential": "settings",
    "leads.DayTally": "numbers",
    "leads.Destination": "settings",
    "leads.Endpoint": "settings",
    "leads.EndpointSecret": "settings",
    "leads.FirstRun": "keys of leads that are made up",
    "leads.Heartbeat": "names of processes",
    "leads.ImportChunk": "encrypted; rows of the person are taken out by leads.privacy.files",
    "leads.ImportJob": "numbers",
    "leads.Offer": "settings",
    "leads.OfferTitle": "titles of offers",
    "leads.PrivacyRequest": "names the person until it ends",
    "leads.PrivacyRule": "settings",
    "leads.Profile": "of staff",
    "leads.Proof": "what a check found, of test leads",
    "leads.PurgeRun": "numbers",
    "leads.ResendJob": "keys of deliveries",
    "leads.RetentionRule": "settings",
    "leads.Route": "settings",
    "leads.SalesNotice": "of staff; what it tells is made when it is sent",
    "leads.ScoreRule": "settings",
    "leads.ServiceLevel": "settings",
    "leads.Team": "settings",
    "leads.Term": "settings",
}
"""Models whose texts say nothing about a person, and why."""


def columns_of(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields if isinstance(field, HOLDS_TEXT)}


def test_every_column_for_text_json_or_bytes_is_emptied_or_known_to_be_free_of_personal_data() -> None:
    known: dict[type[models.Model], set[str]] = {}
    places: tuple[Place | Quotes, ...] = (*PLACES, *QUOTES)
    for place in places:
        known.setdefault(place.model, set()).update({*place.blank, *place.plain})
    unknown = {}
    for model in all_models():
        if model._meta.label in FREE:
            continue
        if forgotten := columns_of(model) - known.get(model, set()):
            unknown[model._meta.label] = forgotten
    assert unknown == {}


def test_the_table_of_models_that_are_free_names_no_others() -> None:
    with_texts = {model._meta.label for model in all_models() if columns_of(model)}
    assert FREE.keys() - with_texts == set()


def test_what_is_emptied_of_a_lead_is_emptied_of_its_history() -> None:
    (changes,) = [place for place in PLACES if place.name == "changes"]
    assert changes.only.children == [("field__in", list(LEADS.blank))]
    assert set(LEADS.blank) <= {field.name for field in Lead._meta.concrete_fields}
