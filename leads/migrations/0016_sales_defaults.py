from django.db import migrations

from leads.marketplace.address import company_domain, person_key
from leads.marketplace.phone import phone_e164


def add_defaults(apps, schema_editor):
    """Every lead gets an owner and, as Microsoft's pages advise, an answer within a day."""
    apps.get_model("leads", "AssignmentRule").objects.get_or_create(
        is_catch_all=True, defaults={"name": "Everything else", "sharing": "least_busy"}
    )
    apps.get_model("leads", "ServiceLevel").objects.get_or_create(
        name="Within a day", defaults={"warmths": ["active", "interest"]}
    )


def set_keys(apps, schema_editor):
    """Of the leads that are there already."""
    leads = apps.get_model("leads", "Lead").objects.exclude(email="", phone="").order_by("id")
    for lead in leads.iterator(chunk_size=500):
        lead.email_key, lead.mail_domain = person_key(lead.email), company_domain(lead.email)
        lead.phone_key = phone_e164(lead.phone, lead.country_code)
        lead.save(update_fields=["email_key", "mail_domain", "phone_key"])


class Migration(migrations.Migration):
    dependencies = [("leads", "0015_sales")]
    operations = [
        migrations.RunPython(add_defaults, migrations.RunPython.noop),
        migrations.RunPython(set_keys, migrations.RunPython.noop),
    ]
