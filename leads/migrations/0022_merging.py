import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import leads.models.ids


class Migration(migrations.Migration):
    """Leads that are there already are compared, too: as for every new one, ``to_compare`` begins as true."""

    dependencies = [
        ("leads", "0021_reports_and_first_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="merged_text",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="lead",
            name="to_compare",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(condition=models.Q(("to_compare", True)), fields=["id"], name="lead_to_compare"),
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("parts", models.JSONField(default=list)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("known", models.JSONField(default=list)),
                ("moved", models.JSONField(default=dict)),
                (
                    "absorbed",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merge", to="leads.lead"
                    ),
                ),
                (
                    "edit",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="merge", to="leads.edit"
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merges", to="leads.lead"
                    ),
                ),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="LeadPair",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leads.models.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "likeness",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Same person, another offer"),
                            (2, "Same phone number"),
                            (3, "Same mailbox, written another way"),
                            (4, "Same e-mail"),
                        ]
                    ),
                ),
                ("found_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("dismissed_at", models.DateTimeField(null=True)),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leads.lead",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="leads.lead",
                    ),
                ),
            ],
            options={
                "verbose_name": "pair of leads",
                "verbose_name_plural": "pairs of leads",
                "ordering": ["-likeness", "-id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["second"], name="pair_second"),
                    models.Index(
                        condition=models.Q(("dismissed_at", None)), fields=["-likeness", "-id"], name="pair_open"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="one_row_per_pair"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="smaller_key_first"
                    ),
                ],
            },
        ),
    ]
