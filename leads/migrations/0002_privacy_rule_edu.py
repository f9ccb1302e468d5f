from django.db import migrations


def add_rule(apps, schema_editor):
    """Microsoft's marketplace itself passes on no personal data of .edu addresses."""
    apps.get_model("leads", "PrivacyRule").objects.get_or_create(domain="edu", defaults={"action": "hold"})


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [migrations.RunPython(add_rule, migrations.RunPython.noop)]
