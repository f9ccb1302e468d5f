import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import leads.models.ids
import leads.models.privacy

# What is asked of the log in lists of who did what comes without an index.
LOGS = {
    "audit_log_time": "django_admin_log (action_time, id)",
    "audit_log_object": "django_admin_log (content_type_id, object_id)",
    "audit_sign_in_time": "axes_accesslog (attempt_time, id)",
    "audit_failure_time": "axes_accessfailurelog (attempt_time, id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("axes", "0010_accessattemptexpiration"),
        ("leads", "0023_imports_and_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Chase",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leads.models.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("is_certain", models.BooleanField(default=True)),
                ("external_id", models.CharField(blank=True, max_length=300, verbose_name="ID over there")),
                ("external_url", models.URLField(blank=True, max_length=1000, verbose_name="link to the record")),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "record to chase",
                "verbose_name_plural": "records to chase",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PrivacyRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("report", "Wants to know what is kept"), ("erase", "Wants to be erased")],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be answered"),
                            ("erasing", "Being erased"),
                            ("done", "Done"),
                            ("declined", "Declined"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                ("digest", models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ("who_asked", models.CharField(blank=True, max_length=200, verbose_name="who asked, and how")),
                ("due_on", models.DateField(default=leads.models.privacy.due_on, verbose_name="due")),
                (
                    "made_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="entered"),
                ),
                ("begun_at", models.DateTimeField(null=True)),
                ("worked_at", models.DateTimeField(null=True)),
                ("look_at", models.DateTimeField(null=True)),
                ("looks", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("lead_ids", models.BinaryField(default=b"")),
                ("traces", models.JSONField(default=list, editable=False)),
                ("scanned", models.UUIDField(null=True)),
                ("erased", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "privacy request",
                "verbose_name_plural": "privacy requests",
                "ordering": ["-id"],
                "permissions": [
                    ("handle_personal_data", "Can see, export and erase all that is kept about a person"),
                    ("set_retention", "Can say how long things are kept"),
                    ("view_audit", "Can see who did what"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PurgeRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "began_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="began"),
                ),
                (
                    "at",
                    models.CharField(
                        choices=[
                            ("bodies", "Requests as posted"),
                            ("exchanges", "What was sent and answered"),
                            ("leads", "Closed leads"),
                            ("notices", "Notices"),
                            ("jobs", "Finished jobs"),
                            ("sign_ins", "Sign-ins"),
                        ],
                        default="bodies",
                        max_length=20,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("worked_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "clearing",
                "verbose_name_plural": "clearings",
                "ordering": ["-id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bodies", "Requests as posted"),
                            ("exchanges", "What was sent and answered"),
                            ("leads", "Closed leads"),
                            ("notices", "Notices"),
                            ("jobs", "Finished jobs"),
                            ("sign_ins", "Sign-ins"),
                        ],
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="on")),
                ("keep", models.PositiveIntegerField(verbose_name="kept for")),
                ("cursor", models.UUIDField(null=True)),
            ],
            options={
                "verbose_name": "retention rule",
                "verbose_name_plural": "retention rules",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="lead",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="touch",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("erased_at", None), ("is_open", False)),
                fields=["last_touch_at", "id"],
                name="lead_closed",
            ),
        ),
        migrations.AddField(
            model_name="chase",
            name="delivery",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="chases", to="leads.delivery"
            ),
        ),
        migrations.AddField(
            model_name="chase",
            name="destination",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chases",
                to="leads.destination",
                verbose_name="destination",
            ),
        ),
        migrations.AddField(
            model_name="chase",
            name="done_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="privacyrequest",
            name="begun_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="privacyrequest",
            name="lead",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="leads.lead",
                verbose_name="lead",
            ),
        ),
        migrations.AddField(
            model_name="privacyrequest",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddField(
            model_name="chase",
            name="request",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chases",
                to="leads.privacyrequest",
            ),
        ),
        migrations.AddIndex(
            model_name="privacyrequest",
            index=models.Index(condition=models.Q(("state", "open")), fields=["due_on"], name="privacy_request_open"),
        ),
        migrations.AddIndex(
            model_name="privacyrequest",
            index=models.Index(
                condition=models.Q(("state", "erasing")), fields=["look_at"], name="privacy_request_erasing"
            ),
        ),
        migrations.AddConstraint(
            model_name="privacyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("state__in", ["open", "erasing"])),
                    models.Q(
                        models.Q(("state__in", ["open", "erasing"]), _negated=True), ("finished_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="answered_request_has_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="chase",
            constraint=models.UniqueConstraint(fields=("request", "delivery"), name="one_chase_per_delivery"),
        ),
        *(migrations.RunSQL(f"CREATE INDEX {name} ON {on}", f"DROP INDEX {name}") for name, on in LOGS.items()),
    ]
