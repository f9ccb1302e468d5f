import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0020_notices_to_sales"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["first_touch_at"], name="lead_came"),
        ),
        migrations.CreateModel(
            name="DayTally",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("zone", models.CharField(blank=True, max_length=50)),
                ("counts", models.JSONField(default=dict)),
                ("counted_at", models.DateTimeField(null=True)),
            ],
            options={
                "permissions": [("view_reports", "Can see reports")],
                "default_permissions": (),
                "indexes": [models.Index(fields=["counted_at"], name="day_tally_counted")],
            },
        ),
        migrations.CreateModel(
            name="FirstRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps_hidden", models.BooleanField(default=False)),
                ("demo_leads", models.JSONField(default=list)),
                (
                    "demo_endpoint",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="demo_of",
                        to="leads.endpoint",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_first_run")],
            },
        ),
    ]
